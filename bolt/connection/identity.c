// SPDX-License-Identifier: MIT
// Credentials of our own: copied, compared, freed.

#include "connection/connection.h"

const char *bolt_copy_text(struct hm_arena *arena, const char *text, bool *ok) {
    if (!text) return NULL;
    const char *copy = hm_arena_copy(arena, text, strlen(text));
    if (!copy) *ok = false;
    return copy;
}

enum hm_status bolt_identity_copy(const struct bolt_auth *auth, struct bolt_identity *out,
                                  struct hm_error *err) {
    *out = (struct bolt_identity){0};
    bool ok = true;
    out->auth.scheme = bolt_copy_text(&out->arena, auth->scheme, &ok);
    out->auth.principal = bolt_copy_text(&out->arena, auth->principal, &ok);
    out->auth.credentials = bolt_copy_text(&out->arena, auth->credentials, &ok);
    out->auth.realm = bolt_copy_text(&out->arena, auth->realm, &ok);
    enum hm_status status = ok ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for credentials");
    if (status == HM_OK && auth->parameters) {
        out->parameters = bolt_params_new();
        if (out->parameters) {
            bolt_params_add_all(out->parameters, auth->parameters);
            status = bolt_params_status(out->parameters, err);
        } else {
            status = hm_fail(err, HM_ENOMEM, "no memory for credentials");
        }
        out->auth.parameters = out->parameters;
    }
    if (status != HM_OK) bolt_identity_free(out);
    return status;
}

void bolt_identity_free(struct bolt_identity *identity) {
    bolt_params_free(identity->parameters);
    hm_arena_free(&identity->arena);
    *identity = (struct bolt_identity){0};
}

static bool same_text(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_params(const struct bolt_params *a, const struct bolt_params *b) {
    if (!a || !b) return a == b;
    return a->count == b->count && a->bytes.length == b->bytes.length &&
           (a->bytes.length == 0 || memcmp(a->bytes.data, b->bytes.data, a->bytes.length) == 0);
}

bool bolt_auth_equal(const struct bolt_auth *a, const struct bolt_auth *b) {
    return same_text(a->scheme ? a->scheme : "none", b->scheme ? b->scheme : "none") &&
           same_text(a->principal, b->principal) && same_text(a->credentials, b->credentials) &&
           same_text(a->realm, b->realm) && same_params(a->parameters, b->parameters);
}
