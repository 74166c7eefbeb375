// SPDX-License-Identifier: MIT
// A session lends its connection to the work that is open in it. Invariants:
//   1. `connection` is set while a result or the transaction is open, and only then (settle gives
//      it back).
//   2. At most one transaction is open; while it is, no auto-commit query starts.
//   3. Auto-commit results share the connection only with `pipeline`; otherwise bolt_run reads the
//      open one to its end first, so that bookmarks chain.
//   4. A FAILURE fails the result (or transaction) it answers; whatever the server ignores after it
//      gets a copy.
//   5. A broken connection fails everything open, at once, and is closed; the session itself stays
//      usable.
//   6. Everything open is in `results` or `tx`, so freeing the session can detach it.
//
//                bolt_run: connect, RUN + PULL               bolt_begin: connect, BEGIN
//      +------+ ----------------------------> +---------+      +---------+
//      | idle |                               | results |      |   tx    | bolt_tx_run: RUN + PULL
//      |      | <---------------------------- |  open   |      |  open   | (results of its own)
//      +------+   last row or failure: settle +---------+      +---------+
//         ^  ^                                                    |   | bolt_commit: COMMIT
//         |  +----------------------------------------------------+   | bolt_rollback: ROLLBACK
//         +---- RESET in bolt_pool_release <---------------- failed <-+ FAILURE
//
//   one result:  SENT --SUCCESS to RUN--> STREAMING --last SUCCESS--> DONE
//                FAILURE or IGNORED: FAILED (result.c)

#include "session/session.h"

#include <stdlib.h>

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory for a session");
}

static enum hm_status keep_config(struct bolt_session *session,
                                  const struct bolt_session_config *config, struct hm_error *err) {
    struct bolt_session_config *own = &session->config;
    bool ok = true;
    *own = *config;
    own->impersonated_user = bolt_copy_text(&session->arena, config->impersonated_user, &ok);
    own->notifications.minimum_severity =
        bolt_copy_text(&session->arena, config->notifications.minimum_severity, &ok);
    size_t count = config->notifications.disabled_count;
    const char **disabled = hm_arena_alloc(&session->arena, (count + 1) * sizeof *disabled);
    for (size_t i = 0; disabled && i < count; i++)
        disabled[i] = bolt_copy_text(&session->arena, config->notifications.disabled[i], &ok);
    own->notifications.disabled = disabled;
    if (config->database && !(session->database = strdup(config->database))) ok = false;
    if (!ok || !disabled) return no_memory(err);
    if (own->fetch_size == 0) own->fetch_size = session->driver->config.fetch_size;
    for (size_t i = 0; i < config->bookmark_count; i++)
        HM_TRY(bolt_strings_add(&session->bookmarks, config->bookmarks[i], err));
    if (!config->auth) return HM_OK;
    HM_TRY(bolt_identity_copy(config->auth, &session->identity, err));
    own->auth = &session->identity.auth;
    return HM_OK;
}

enum hm_status bolt_session_new(struct bolt_driver *driver,
                                const struct bolt_session_config *config, struct bolt_session **out,
                                struct hm_error *err) {
    static const struct bolt_session_config defaults;
    *out = NULL;
    if (!config) config = &defaults;
    if (config->fetch_size < -1)
        return hm_fail(err, HM_EARG, "fetch size %lld: expected -1 or more",
                       (long long)config->fetch_size);
    struct bolt_session *session = calloc(1, sizeof *session);
    if (!session) return no_memory(err);
    session->driver = driver;
    enum hm_status status = keep_config(session, config, err);
    if (status != HM_OK) {
        bolt_session_free(session);
        return status;
    }
    *out = session;
    return HM_OK;
}

void bolt_session_free(struct bolt_session *session) {
    if (!session) return;
    struct bolt_tx *tx = session->tx;
    if (tx && bolt_rollback(tx, NULL) != HM_OK) tx->state = TX_FAILED;
    for (struct bolt_result *result = session->results, *next; result; result = next) {
        next = result->next;
        bolt_result_discard(result);
        result->session = NULL;
        result->next = NULL;
    }
    session->results = NULL;
    bolt_session_settle(session);
    bolt_strings_free(&session->bookmarks);
    bolt_identity_free(&session->identity);
    hm_arena_free(&session->failure_arena);
    hm_arena_free(&session->arena);
    free(session->database);
    free(session);
}

enum hm_status bolt_flush(struct bolt_session *session, struct hm_error *err) {
    return session->connection ? bolt_connection_flush(session->connection, err) : HM_OK;
}

const char *const *bolt_bookmarks(const struct bolt_session *session, size_t *count) {
    *count = session->bookmarks.count;
    return (const char *const *)session->bookmarks.items;
}

const struct bolt_failure *bolt_session_failure(const struct bolt_session *session) {
    return session->failure;
}

enum hm_status bolt_session_bookmark(struct bolt_session *session, const char *bookmark,
                                     struct hm_error *err) {
    if (!bookmark || !*bookmark) return HM_OK;
    struct bolt_strings one = {0};
    HM_TRY(bolt_strings_add(&one, bookmark, err));
    bolt_strings_free(&session->bookmarks);
    session->bookmarks = one;
    return HM_OK;
}

enum hm_status bolt_session_refused(struct bolt_session *session, const struct bolt_reply *reply,
                                    struct hm_error *err) {
    session->failure = NULL;
    hm_arena_reset(&session->failure_arena);
    HM_TRY(bolt_failure_read(reply, &session->failure_arena, &session->failure, err));
    bolt_failure_fail(session->failure, &session->refused);
    bolt_driver_learn(session->driver, session->connection->server.address, session->database,
                      session->failure->code);
    return HM_OK;
}

struct bolt_start bolt_session_start(const struct bolt_session *session, enum bolt_access access,
                                     const struct bolt_tx_config *config) {
    return (struct bolt_start){.database = session->database,
                               .access = access,
                               .bookmarks = (const char *const *)session->bookmarks.items,
                               .bookmark_count = session->bookmarks.count,
                               .impersonated_user = session->config.impersonated_user,
                               .filter = &session->config.notifications,
                               .timeout_ms = config ? config->timeout_ms : 0,
                               .metadata = config ? config->metadata : NULL};
}

enum hm_status bolt_session_connect(struct bolt_session *session, enum bolt_access access,
                                    struct hm_error *err) {
    if (session->connection && !session->connection->failed) return HM_OK;
    if (session
            ->connection) { // results of a failed pipeline are still open: the server ignores them
        while (session->connection && session->connection->waiter_count)
            HM_TRY(bolt_session_step(session, err));
        bolt_session_settle(session);
    }
    struct bolt_need need = {.database = session->database,
                             .access = access,
                             .bookmarks = (const char *const *)session->bookmarks.items,
                             .bookmark_count = session->bookmarks.count,
                             .impersonated_user = session->config.impersonated_user,
                             .auth = session->config.auth};
    char *home = NULL;
    HM_TRY(bolt_driver_acquire(session->driver, &need, &home, &session->connection, err));
    session->refused = (struct hm_error){0};
    if (home) session->database = home;
    return HM_OK;
}

/** Everything open fails with what broke the connection. */
static void fail_open_work(struct bolt_session *session, const struct hm_error *why) {
    for (struct bolt_result *result = session->results; result; result = result->next)
        if (bolt_result_is_open(result)) {
            result->state = RESULT_FAILED;
            result->error = *why;
            result->pulling = false;
        }
    if (session->tx && session->tx->state == TX_OPEN) {
        session->tx->state = TX_FAILED;
        session->tx->error = *why;
    }
}

void bolt_session_settle(struct bolt_session *session) {
    struct bolt_connection *connection = session->connection;
    if (!connection) return;
    if (connection->broken.status != HM_OK) {
        fail_open_work(session, &connection->broken);
        if (connection->broken.status == HM_ERETRY || connection->broken.status == HM_EIO)
            bolt_driver_learn(session->driver, connection->server.address, session->database, "");
    } else {
        if (session->tx && session->tx->state == TX_OPEN) return;
        for (const struct bolt_result *result = session->results; result; result = result->next)
            if (bolt_result_is_open(result)) return;
    }
    for (struct bolt_result *result = session->results; result; result = result->next)
        bolt_connection_forget(connection, result);
    session->connection = NULL;
    bolt_pool_release(session->driver->pool, connection);
}

enum hm_status bolt_session_step(struct bolt_session *session, struct hm_error *err) {
    enum hm_status status = bolt_connection_step(session->connection, err);
    if (status != HM_OK) bolt_session_settle(session);
    return status;
}

enum hm_status bolt_run(struct bolt_session *session, const char *query,
                        const struct bolt_params *params, const struct bolt_tx_config *config,
                        struct bolt_result **out, struct hm_error *err) {
    *out = NULL;
    bolt_tx_end_failed(session);
    if (session->tx)
        return hm_fail(err, HM_EARG, "the session has an open transaction: run the query in it");
    for (struct bolt_result *result = session->results; result && !session->config.pipeline;
         result = result->next)
        bolt_result_buffer(result);
    HM_TRY(bolt_session_connect(session, session->config.access, err));
    struct bolt_start start = bolt_session_start(session, session->config.access, config);
    enum hm_status status = bolt_result_start(session, NULL, query, params, &start, out, err);
    bolt_session_settle(session);
    return status;
}
