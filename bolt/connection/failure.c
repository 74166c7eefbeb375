// SPDX-License-Identifier: MIT
// What a server says about a failure, and whether trying again may help.

#include "connection/connection.h"

const char *bolt_get_text(const struct bolt_value *map, const char *key) {
    const struct bolt_value *value = bolt_get(map, key);
    return value && value->type == BOLT_STRING ? value->as.string : NULL;
}

int64_t bolt_get_int(const struct bolt_value *map, const char *key, int64_t fallback) {
    const struct bolt_value *value = bolt_get(map, key);
    return value && value->type == BOLT_INT ? value->as.integer : fallback;
}

/** Two codes of Neo4j 4 that are called transient but mean that someone stopped the transaction on
 *  purpose. */
static const char *todays_code(const char *code) {
    if (strcmp(code, "Neo.TransientError.Transaction.Terminated") == 0)
        return "Neo.ClientError.Transaction.Terminated";
    if (strcmp(code, "Neo.TransientError.Transaction.LockClientStopped") == 0)
        return "Neo.ClientError.Transaction.LockClientStopped";
    return code;
}

static bool may_go_away(const char *code) {
    static const char *const others[] = {
        "Neo.ClientError.Cluster.NotALeader",
        "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
        "Neo.ClientError.Security.AuthorizationExpired",
    };
    if (strncmp(code, "Neo.TransientError.", 19) == 0) return true;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(code, others[i]) == 0) return true;
    return false;
}

enum hm_status bolt_diagnostic_record(const struct bolt_value *sent, struct hm_arena *arena,
                                      struct bolt_value *out, struct hm_error *err) {
    static const struct {
        const char *key, *value;
    } defaults[] = {{"OPERATION", ""}, {"OPERATION_CODE", "0"}, {"CURRENT_SCHEMA", "/"}};
    enum { DEFAULTS = sizeof defaults / sizeof *defaults };
    size_t count = sent && sent->type == BOLT_MAP ? sent->length : 0;
    struct bolt_entry *entries = hm_arena_alloc(arena, (count + DEFAULTS) * sizeof *entries);
    if (!entries) return hm_fail(err, HM_ENOMEM, "no memory for a failure");
    size_t used = 0;
    for (size_t i = 0; i < DEFAULTS; i++) {
        if (bolt_get(sent, defaults[i].key)) continue;
        entries[used].key = defaults[i].key;
        entries[used].key_length = strlen(defaults[i].key);
        entries[used].value =
            (struct bolt_value){.type = BOLT_STRING, .length = (uint32_t)strlen(defaults[i].value)};
        entries[used++].value.as.string = defaults[i].value;
    }
    if (count) memcpy(entries + used, sent->as.entries, count * sizeof *entries);
    *out = (struct bolt_value){.type = BOLT_MAP, .length = (uint32_t)(used + count)};
    out->as.entries = entries;
    return HM_OK;
}

/** GQL's text for 50N42, which a server before Bolt 5.7 does not send, around its message. */
static enum hm_status make_description(const char *message, struct hm_arena *arena,
                                       const char **out, struct hm_error *err) {
    static const char head[] = "error: general processing exception - unexpected error. ";
    size_t length = strlen(message);
    char *text = hm_arena_alloc(arena, sizeof head + length);
    if (!text) return hm_fail(err, HM_ENOMEM, "no memory for a failure");
    memcpy(text, head, sizeof head - 1);
    memcpy(text + sizeof head - 1, message, length);
    *out = text;
    return HM_OK;
}

static enum hm_status read_failure(const struct bolt_value *map, bool outermost,
                                   struct hm_arena *arena, struct bolt_failure **out,
                                   struct hm_error *err) {
    struct bolt_failure *failure = hm_arena_alloc(arena, sizeof *failure);
    if (!failure) return hm_fail(err, HM_ENOMEM, "no memory for a failure");
    const char *code = bolt_get_text(map, "neo4j_code"); // Bolt 5.7
    if (!code) code = bolt_get_text(map, "code");
    failure->code =
        outermost ? todays_code(bolt_text_or(code, "Neo.DatabaseError.General.UnknownError")) : "";
    failure->message = bolt_text_or(bolt_get_text(map, "message"), "An unknown error occurred");
    failure->gql_status = bolt_text_or(bolt_get_text(map, "gql_status"), "50N42");
    failure->description = bolt_get_text(map, "description");
    if (!failure->description)
        HM_TRY(make_description(failure->message, arena, &failure->description, err));
    const struct bolt_value *record = bolt_get(map, "diagnostic_record");
    failure->raw_classification = bolt_get_text(record, "_classification");
    static const char *const known[] = {"CLIENT_ERROR", "DATABASE_ERROR", "TRANSIENT_ERROR"};
    failure->classification = "UNKNOWN";
    for (size_t i = 0; failure->raw_classification && i < sizeof known / sizeof *known; i++)
        if (strcmp(failure->raw_classification, known[i]) == 0) failure->classification = known[i];
    *out = failure;
    return bolt_diagnostic_record(record, arena, &failure->diagnostic_record, err);
}

enum hm_status bolt_failure_read(const struct bolt_reply *reply, struct hm_arena *arena,
                                 const struct bolt_failure **out, struct hm_error *err) {
    *out = NULL;
    struct bolt_value map;
    HM_TRY(bolt_decode_copy(reply->body, reply->length, arena, &map, err));
    struct bolt_failure *first, *last;
    HM_TRY(read_failure(&map, true, arena, &first, err));
    last = first;
    for (const struct bolt_value *inner = bolt_get(&map, "cause"); inner && inner->type == BOLT_MAP;
         inner = bolt_get(inner, "cause")) {
        struct bolt_failure *cause;
        HM_TRY(read_failure(inner, false, arena, &cause, err));
        last->cause = cause;
        last = cause;
    }
    *out = first;
    return HM_OK;
}

enum hm_status bolt_failure_fail(const struct bolt_failure *failure, struct hm_error *err) {
    enum hm_status status = may_go_away(failure->code) ? HM_ERETRY : HM_ESERVER;
    if (!err) return status;
    hm_fail(err, status, "%s", failure->message);
    for (char *p = err->text; *p; p++)
        if (*p == '\n' || *p == '\r' || *p == '\t') *p = ' ';
    strncpy(err->code, failure->code, sizeof err->code - 1);
    err->code[sizeof err->code - 1] = '\0';
    return status;
}

enum hm_status bolt_keep_error(void *owner, struct bolt_connection *connection,
                               const struct bolt_reply *reply, struct hm_error *err) {
    (void)connection;
    struct hm_error *kept = owner;
    if (reply->kind == REPLY_RECORD)
        return hm_fail(err, HM_EPROTO, "a row came where none was asked for");
    if (reply->kind == REPLY_IGNORED && kept->status == HM_OK)
        hm_fail(kept, HM_ESERVER, "the server ignored the request because an earlier one failed");
    if (reply->kind != REPLY_FAILURE || kept->status != HM_OK) return HM_OK;
    struct hm_arena arena = {0};
    const struct bolt_failure *failure;
    enum hm_status status = bolt_failure_read(reply, &arena, &failure, err);
    if (status == HM_OK) bolt_failure_fail(failure, kept);
    hm_arena_free(&arena);
    return status;
}
