// SPDX-License-Identifier: MIT
// The stream of one query's rows:
//
//   SENT --SUCCESS to RUN--> STREAMING --SUCCESS without has_more--> DONE
//     \                        |   ^ |
//      \                       |   +-+ RECORD..., SUCCESS with has_more; PULL for more rows
//       +--FAILURE, IGNORED----+----> FAILED
//
// A row that its reader waits for is decoded in the receive buffer; one that arrives while another
// result is read is buffered in wire format. No more than fetch_size rows are on their way, so
// memory stays bounded by that.

#include "session/session.h"

#include <stdlib.h>

enum { FLUSH_BYTES = 64 * 1024, ROW_HEAD = 4 };

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory for a result");
}

static void fail_result(struct bolt_result *result, const struct hm_error *why) {
    if (bolt_result_is_open(result)) {
        result->state = RESULT_FAILED;
        result->error = *why;
    }
    bolt_tx_fail(result->tx, why);
}

/** FAILURE or IGNORED, to RUN or PULL. */
static enum hm_status on_refusal(struct bolt_result *result, const struct bolt_reply *reply,
                                 struct hm_error *err) {
    struct bolt_session *session = result->session;
    if (reply->kind == REPLY_FAILURE) HM_TRY(bolt_session_refused(session, reply, err));
    if (session->refused.status == HM_OK)
        hm_fail(&session->refused, HM_EPROTO, "the server ignored a request for no known reason");
    fail_result(result, &session->refused);
    return HM_OK;
}

static enum hm_status read_keys(struct bolt_result *result, struct hm_error *err) {
    const struct bolt_value *fields = bolt_get(&result->run_metadata, "fields");
    if (fields && fields->type != BOLT_LIST)
        return hm_fail(err, HM_EPROTO, "malformed answer to RUN: its fields are no list");
    uint32_t count = fields ? fields->length : 0; // none are as good as an empty list
    result->keys = hm_arena_alloc(&result->keep, (count + 1u) * sizeof *result->keys);
    if (!result->keys) return no_memory(err);
    for (uint32_t i = 0; i < count; i++) {
        struct bolt_value key = bolt_at(fields, i);
        if (key.type != BOLT_STRING)
            return hm_fail(err, HM_EPROTO, "malformed answer to RUN: a field has no name");
        result->keys[i] = key.as.string;
    }
    result->key_count = count;
    return HM_OK;
}

static enum hm_status on_run(void *owner, struct bolt_connection *connection,
                             const struct bolt_reply *reply, struct hm_error *err) {
    struct bolt_result *result = owner;
    struct bolt_session *session = result->session;
    if (reply->kind == REPLY_RECORD) return hm_fail(err, HM_EPROTO, "a row came in answer to RUN");
    if (reply->kind == REPLY_IGNORED && session->refused.status == HM_OK)
        return HM_OK; // without a failure before it: the answer to PULL may have one
    if (reply->kind != REPLY_SUCCESS) return on_refusal(result, reply, err);
    HM_TRY(bolt_decode_copy(reply->body, reply->length, &result->keep, &result->run_metadata, err));
    HM_TRY(read_keys(result, err));
    const struct bolt_value *qid = bolt_get(&result->run_metadata, "qid");
    if (qid && qid->type != BOLT_INT)
        return hm_fail(err, HM_EPROTO, "malformed answer to RUN: qid is no INTEGER");
    result->qid = qid ? qid->as.integer : -1;
    result->server = connection->server;
    result->state = RESULT_STREAMING;
    const char *home = bolt_get_text(&result->run_metadata, "db"); // Bolt 5.8
    if (home && !session->database && session->driver->router) session->database = strdup(home);
    return HM_OK;
}

static enum hm_status on_row(struct bolt_result *result, const struct bolt_reply *reply,
                             struct hm_error *err) {
    result->any_row = true;
    if (result->discarding) return HM_OK;
    if (result->reading && !result->received) {
        result->received = reply->body;
        result->received_length = reply->length;
        return HM_OK;
    }
    if (reply->length > UINT32_MAX) return hm_fail(err, HM_EPROTO, "a row is longer than 4 GiB");
    unsigned char head[ROW_HEAD];
    pack_be(head, reply->length, ROW_HEAD);
    HM_TRY(hm_buf_append(&result->buffered, head, ROW_HEAD, err));
    return hm_buf_append(&result->buffered, reply->body, reply->length, err);
}

static enum hm_status on_pull(void *owner, struct bolt_connection *connection,
                              const struct bolt_reply *reply, struct hm_error *err) {
    (void)connection;
    struct bolt_result *result = owner;
    if (result->state == RESULT_SENT && reply->kind != REPLY_FAILURE &&
        reply->kind != REPLY_IGNORED)
        return hm_fail(err, HM_EPROTO, "the server ignored RUN, but not its PULL");
    if (reply->kind == REPLY_RECORD) return on_row(result, reply, err);
    result->pulling = false;
    if (reply->kind != REPLY_SUCCESS)
        return result->state == RESULT_FAILED ? HM_OK : on_refusal(result, reply, err);
    struct bolt_value metadata;
    struct hm_arena *arena = &result->keep;
    HM_TRY(bolt_decode_copy(reply->body, reply->length, arena, &metadata, err));
    const struct bolt_value *has_more = bolt_get(&metadata, "has_more");
    if (has_more && has_more->type != BOLT_BOOL) // rows may be missing
        return hm_fail(err, HM_EPROTO, "malformed answer to PULL: has_more is no BOOLEAN");
    if (has_more && has_more->as.boolean) return HM_OK;
    result->end_metadata = metadata;
    result->state = RESULT_DONE;
    if (result->tx) return HM_OK;
    return bolt_session_bookmark(result->session, bolt_get_text(&metadata, "bookmark"), err);
}

/** Ask for more rows, or for the rest to be dropped, unless an answer to that is due. */
static enum hm_status request_rows(struct bolt_result *result, struct hm_error *err) {
    if (result->state != RESULT_STREAMING || result->pulling) return HM_OK;
    bool latest = !result->tx || result->tx->latest == result;
    int64_t n = result->discarding ? -1 : result->fetch_size;
    HM_TRY(bolt_send_pull(result->session->connection, result->discarding, n,
                          latest ? -1 : result->qid, (struct bolt_waiter){on_pull, result}, err));
    result->pulling = true;
    return HM_OK;
}

/** Until something happened to the result, or one message more came. The connection goes back when
 *  it is over. */
static enum hm_status advance_result(struct bolt_result *result, struct hm_error *err) {
    struct hm_error why = {0};
    struct bolt_session *session = result->session;
    if (result->state == RESULT_STREAMING && !result->pulling && session->connection->failed) {
        fail_result(result, &session->refused); // another request's failure: PULL would be ignored
        bolt_session_settle(session);
        return HM_OK;
    }
    if (request_rows(result, &why) !=
        HM_OK) { // without its PULL the stream would stay open for ever
        bolt_connection_break(session->connection, &why);
        bolt_session_settle(session);
        if (err) *err = why;
        return why.status;
    }
    HM_TRY(bolt_session_step(session, err));
    if (!bolt_result_is_open(result)) bolt_session_settle(session);
    return HM_OK;
}

enum hm_status bolt_result_start(struct bolt_session *session, struct bolt_tx *tx,
                                 const char *query, const struct bolt_params *params,
                                 const struct bolt_start *start, struct bolt_result **out,
                                 struct hm_error *err) {
    struct bolt_connection *connection = session->connection;
    struct bolt_result *result = calloc(1, sizeof *result);
    if (!result) return no_memory(err);
    result->session = session;
    result->tx = tx;
    result->qid = -1;
    result->fetch_size = session->config.fetch_size;
    result->query = hm_arena_copy(&result->keep, query, strlen(query));
    struct bolt_waiter run_waiter = {on_run, result};
    enum hm_status status = result->query ? HM_OK : no_memory(err);
    if (status == HM_OK) status = bolt_send_run(connection, query, params, start, run_waiter, err);
    if (status != HM_OK) {
        hm_arena_free(&result->keep);
        free(result);
        return status;
    }
    result->pulling = true;
    result->next = session->results;
    session->results = result;
    if (tx) tx->latest = result;
    struct hm_error why = {0};
    status = bolt_send_pull(connection, false, result->fetch_size, -1,
                            (struct bolt_waiter){on_pull, result}, &why);
    if (status != HM_OK) // a RUN without its PULL: nothing more can be done on this connection
        status = bolt_connection_break(connection, &why);
    else if (connection->wire.out.length >= FLUSH_BYTES)
        status = bolt_connection_flush(connection, &why);
    if (status != HM_OK) {
        bolt_session_settle(session);
        bolt_result_free(result);
        if (err) *err = why;
        return status;
    }
    *out = result;
    return HM_OK;
}

void bolt_result_buffer(struct bolt_result *result) {
    while (bolt_result_is_open(result)) {
        struct hm_error why = {0};
        if (advance_result(result, &why) != HM_OK) fail_result(result, &why);
    }
}

void bolt_result_discard(struct bolt_result *result) {
    result->discarding = true;
    result->consumed = true;
    result->peeked = NULL;
    result->buffered.length = result->buffered_at = 0;
    bolt_result_buffer(result);
}

static enum hm_status check_row(const struct bolt_result *result, const struct bolt_value *row,
                                struct hm_error *err) {
    if (row->type == BOLT_LIST && row->length == result->key_count) return HM_OK;
    return hm_fail(err, HM_EPROTO, "malformed row: found %s of %u values, expected a list of %zu",
                   bolt_type_name(row->type), row->length, result->key_count);
}

static const struct bolt_value *values_of(const struct bolt_value *row) {
    static const struct bolt_value none; // a row without columns still is a row
    return row->length ? row->as.items : &none;
}

static enum hm_status row_from_buffer(struct bolt_result *result, const struct bolt_value **row,
                                      struct hm_error *err) {
    const unsigned char *at = (const unsigned char *)result->buffered.data + result->buffered_at;
    size_t length = (size_t)unpack_be(at, ROW_HEAD);
    struct bolt_value list;
    HM_TRY(bolt_decode_copy(at + ROW_HEAD, length, &result->row_arena, &list, err));
    HM_TRY(check_row(result, &list, err));
    result->buffered_at += ROW_HEAD + length;
    if (result->buffered_at == result->buffered.length)
        result->buffered_at = result->buffered.length = 0;
    *row = values_of(&list);
    return HM_OK;
}

static enum hm_status row_in_place(struct bolt_result *result, const struct bolt_value **row,
                                   struct hm_error *err) {
    struct bolt_value list;
    unsigned char *bytes = result->received;
    result->received = NULL;
    HM_TRY(bolt_decode(bytes, result->received_length, &result->row_arena, &list, err));
    HM_TRY(check_row(result, &list, err));
    *row = values_of(&list);
    return HM_OK;
}

/** A row that cannot be read: nothing that follows it can be trusted. */
static enum hm_status break_off(struct bolt_result *result, struct hm_error *why,
                                struct hm_error *err) {
    struct bolt_session *session = result->session;
    if (session && session->connection && bolt_result_is_open(result)) {
        bolt_connection_break(session->connection, why);
        bolt_session_settle(session);
    }
    result->state = RESULT_FAILED;
    result->error = *why;
    result->buffered_at = result->buffered.length = 0;
    if (err) *err = *why;
    return why->status;
}

/** in_place: the row may live in the connection's buffer. */
static enum hm_status next_row(struct bolt_result *result, bool in_place,
                               const struct bolt_value **row, struct hm_error *err) {
    *row = NULL;
    hm_arena_reset(&result->row_arena);
    if (result->consumed && result->state != RESULT_FAILED)
        return hm_fail(err, HM_EARG,
                       "the result has no rows any more: it was consumed, or its transaction or "
                       "session ended");
    for (;;) {
        struct hm_error why = {0};
        if (result->buffered.length) {
            if (row_from_buffer(result, row, &why) == HM_OK) return HM_OK;
            return break_off(result, &why, err);
        }
        if (result->state == RESULT_FAILED) {
            if (err) *err = result->error;
            return result->error.status;
        }
        if (result->state == RESULT_DONE) return HM_OK;
        result->reading = in_place;
        enum hm_status status = advance_result(result, err);
        result->reading = false;
        HM_TRY(status);
        if (!result->received) continue;
        if (row_in_place(result, row, &why) == HM_OK) return HM_OK;
        return break_off(result, &why, err);
    }
}

enum hm_status bolt_next(struct bolt_result *result, const struct bolt_value **row,
                         struct hm_error *err) {
    *row = result->peeked;
    result->peeked = NULL;
    return *row ? HM_OK : next_row(result, true, row, err);
}

enum hm_status bolt_peek(struct bolt_result *result, const struct bolt_value **row,
                         struct hm_error *err) {
    enum hm_status status = HM_OK;
    if (!result->peeked) status = next_row(result, false, &result->peeked, err);
    *row = result->peeked;
    return status;
}

enum hm_status bolt_fetch_all(struct bolt_result *result, struct hm_error *err) {
    result->fetch_size = -1;
    if (result->state != RESULT_FAILED) return HM_OK;
    if (err) *err = result->error;
    return result->error.status;
}

enum hm_status bolt_keys(struct bolt_result *result, const char *const **keys, size_t *count,
                         struct hm_error *err) {
    *keys = NULL;
    *count = 0;
    while (result->state == RESULT_SENT)
        HM_TRY(advance_result(result, err));
    if (!result->keys) {
        if (err) *err = result->error;
        return result->error.status;
    }
    *keys = result->keys;
    *count = result->key_count;
    return HM_OK;
}

enum hm_status bolt_consume(struct bolt_result *result, const struct bolt_summary **summary,
                            struct hm_error *err) {
    if (summary) *summary = NULL;
    bolt_result_discard(result);
    if (result->state == RESULT_FAILED) {
        if (err) *err = result->error;
        return result->error.status;
    }
    if (!summary) return HM_OK;
    if (!result->summary) HM_TRY(bolt_summary_make(result, err));
    *summary = result->summary;
    return HM_OK;
}

void bolt_result_free(struct bolt_result *result) {
    if (!result) return;
    struct bolt_session *session = result->session;
    if (session) {
        bolt_result_discard(result);
        struct bolt_result **link = &session->results;
        while (*link != result)
            link = &(*link)->next;
        *link = result->next;
        if (session->connection) bolt_connection_forget(session->connection, result);
        if (result->tx && result->tx->latest == result) result->tx->latest = NULL;
    }
    hm_arena_free(&result->keep);
    hm_arena_free(&result->row_arena);
    hm_buf_free(&result->buffered);
    free(result);
}
