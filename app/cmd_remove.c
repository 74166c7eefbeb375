// SPDX-License-Identifier: MIT
// hmrec remove: products out of a store, by their codes.

#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "hmrec/pipeline.h"
#include "resources.h"

// The codes that the store has, in order; the others are named.
struct known_codes {
    const char *const *wanted; // [n]
    size_t n, at;
    const char **found; // [n], found_n in use
    size_t found_n, missing;
    const char *store;
};

static void name_missing(struct known_codes *k, size_t end) {
    for (; k->at < end; k->at++, k->missing++)
        app_say("no product %s in %s", k->wanted[k->at], k->store);
}

static enum hm_status see_known(void *context, const struct hm_store_product *product,
                                struct hm_error *err) {
    struct known_codes *k = context;
    size_t at = k->at;
    (void)err;
    while (at < k->n && strcmp(k->wanted[at], product->code) != 0)
        at++;
    name_missing(k, at);
    if (at < k->n) k->found[k->found_n++] = k->wanted[k->at++];
    return HM_OK;
}

static enum hm_status remove_known(struct hm_store *store, const char *const *codes, size_t n,
                                   bool embeddings, size_t *missing, struct hm_error *err) {
    struct known_codes known = {.wanted = codes, .n = n, .store = hm_store_name(store)};
    struct hm_store_removed removed = {0};
    known.found = malloc(n * sizeof *known.found);
    if (!known.found) return hm_fail(err, HM_ENOMEM, "no memory for %zu codes", n);
    enum hm_status status = hm_store_products(store, codes, n, see_known, &known, err);
    if (status == HM_OK) name_missing(&known, n);
    if (status == HM_OK && known.found_n)
        status = hm_store_remove(store, known.found, known.found_n,
                                 embeddings ? HM_STORE_REMOVE_EMBEDDING : HM_STORE_REMOVE_ALL,
                                 &removed, err);
    free(known.found);
    *missing = known.missing;
    if (status == HM_OK) app_note_removed(&removed);
    return status;
}

int cmd_remove(const struct app_command *self, int argc, char **argv) {
    const char *uri = NULL;
    bool embeddings = false;
    const struct app_option options[] = {
        {"embeddings", 0, APP_FLAG, NULL,
         "only their embeddings and neighbours; names and purchases stay", &embeddings},
        {"store", 's', APP_TEXT, "URI",
         "a file, bolt://..., neo4j+s://...; default $NEO4J_URI, else hmrec.db", &uri},
        APP_SERVER_OPTIONS,
        {0},
    };
    struct hm_error err;
    struct hm_store *store = NULL;
    size_t missing = 0;
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (first == argc) return app_usage(self, "no product given");
    app_catch_signals();
    enum hm_status status = app_open_store(&store, uri, false, &err);
    if (status == HM_OK)
        status = remove_known(store, (const char *const *)argv + first, (size_t)(argc - first),
                              embeddings, &missing, &err);
    hm_store_close(&store);
    if (status != HM_OK) return app_ended(status, &err);
    return missing ? APP_FAILED : APP_OK;
}
