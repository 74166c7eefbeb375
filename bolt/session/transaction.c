// SPDX-License-Identifier: MIT
// Explicit and managed transactions. A transaction that failed once stays failed; the server has
// rolled it back by then (or will, when the connection is lost), so that rolling back needs no
// message.

#include "session/session.h"

#include <stdlib.h>
#include <time.h>

enum { NS_PER_MS = 1000000 };

void bolt_tx_fail(struct bolt_tx *tx, const struct hm_error *why) {
    if (!tx || tx->state != TX_OPEN) return;
    tx->state = TX_FAILED;
    tx->error = *why;
}

/** Answer to BEGIN, COMMIT or ROLLBACK. */
static enum hm_status on_tx(void *owner, struct bolt_connection *connection,
                            const struct bolt_reply *reply, struct hm_error *err) {
    (void)connection;
    struct bolt_tx *tx = owner;
    struct bolt_session *session = tx->session;
    struct bolt_value map;
    enum hm_status status = HM_OK;
    tx->answered = true;
    if (reply->kind == REPLY_FAILURE) status = bolt_session_refused(session, reply, err);
    if (reply->kind == REPLY_FAILURE || reply->kind == REPLY_IGNORED) {
        bolt_tx_fail(tx, &session->refused);
        return status;
    }
    if (reply->kind != REPLY_SUCCESS)
        return hm_fail(err, HM_EPROTO, "a row came where none was asked for");
    struct hm_arena arena = {0};
    status = bolt_decode(reply->body, reply->length, &arena, &map, err);
    if (status == HM_OK)
        status = bolt_session_bookmark(session, bolt_get_text(&map, "bookmark"), err);
    const char *home = status == HM_OK ? bolt_get_text(&map, "db") : NULL; // Bolt 5.8, after BEGIN
    if (home && !session->database && session->driver->router) session->database = strdup(home);
    hm_arena_free(&arena);
    return status;
}

/** Wait for the answer to the request just appended; tx->state tells how it went. */
static enum hm_status wait_for_answer(struct bolt_tx *tx, struct hm_error *err) {
    struct bolt_session *session = tx->session;
    tx->answered = false;
    while (!tx->answered && tx->state == TX_OPEN) {
        enum hm_status status = bolt_connection_step(session->connection, err);
        if (status != HM_OK) return status;
    }
    if (tx->state == TX_OPEN) return HM_OK;
    if (err) *err = tx->error;
    return tx->error.status;
}

/** The transaction is over, one way or the other. */
static void end_tx(struct bolt_tx *tx) {
    struct bolt_session *session = tx->session;
    if (tx->state == TX_OPEN) tx->state = TX_CLOSED;
    if (session->connection) bolt_connection_forget(session->connection, tx);
    if (session->tx == tx) session->tx = NULL;
    bolt_session_settle(session);
    for (struct bolt_result *result = session->results; result; result = result->next)
        if (result->tx == tx) result->tx = NULL;
    tx->session = NULL;
}

void bolt_tx_end_failed(struct bolt_session *session) {
    if (session->tx && session->tx->state == TX_FAILED) end_tx(session->tx);
}

static enum hm_status begin_transaction(struct bolt_session *session, enum bolt_access access,
                                        const struct bolt_tx_config *config, struct bolt_tx **out,
                                        struct hm_error *err) {
    *out = NULL;
    bolt_tx_end_failed(session);
    if (session->tx) return hm_fail(err, HM_EARG, "the session already has an open transaction");
    for (struct bolt_result *result = session->results; result; result = result->next)
        bolt_result_buffer(result);
    struct bolt_tx *tx = calloc(1, sizeof *tx);
    if (!tx) return hm_fail(err, HM_ENOMEM, "no memory for a transaction");
    tx->session = session;
    enum hm_status status = bolt_session_connect(session, access, err);
    if (status == HM_OK) {
        struct bolt_start start = bolt_session_start(session, access, config);
        session->tx = tx;
        status = bolt_send_begin(session->connection, &start, (struct bolt_waiter){on_tx, tx}, err);
        if (status == HM_OK) status = wait_for_answer(tx, err);
    }
    if (status != HM_OK) {
        end_tx(tx);
        free(tx);
        return status;
    }
    *out = tx;
    return HM_OK;
}

enum hm_status bolt_begin(struct bolt_session *session, const struct bolt_tx_config *config,
                          struct bolt_tx **out, struct hm_error *err) {
    return begin_transaction(session, session->config.access, config, out, err);
}

/** HM_OK when work can be done in it. */
static enum hm_status check_open(const struct bolt_tx *tx, struct hm_error *err) {
    if (tx->state == TX_CLOSED) return hm_fail(err, HM_EARG, "the transaction is closed");
    if (tx->state == TX_FAILED && err) *err = tx->error;
    return tx->state == TX_FAILED ? tx->error.status : HM_OK;
}

enum hm_status bolt_tx_run(struct bolt_tx *tx, const char *query, const struct bolt_params *params,
                           struct bolt_result **out, struct hm_error *err) {
    *out = NULL;
    HM_TRY(check_open(tx, err));
    return bolt_result_start(tx->session, tx, query, params, NULL, out, err);
}

/** Discard what is unread in the transaction's results. */
static void discard_results(struct bolt_tx *tx) {
    for (struct bolt_result *result = tx->session->results; result; result = result->next)
        if (result->tx == tx) bolt_result_discard(result);
}

enum hm_status bolt_commit(struct bolt_tx *tx, struct hm_error *err) {
    HM_TRY(check_open(tx, err));
    discard_results(tx);
    enum hm_status status = check_open(tx, err);
    if (status == HM_OK)
        status = bolt_send_simple(tx->session->connection, TAG_COMMIT,
                                  (struct bolt_waiter){on_tx, tx}, err);
    if (status == HM_OK) {
        struct hm_error why = {0};
        status = wait_for_answer(tx, &why);
        if (status != HM_OK && tx->session->connection->broken.status != HM_OK) {
            struct hm_error lost = why; // doing the work again could do it twice
            status = hm_fail(
                &why, lost.status == HM_ERETRY ? HM_EIO : lost.status,
                "%s; COMMIT was not answered: the transaction may or may not have been committed",
                lost.text);
        }
        if (status != HM_OK && err) *err = why;
        if (status != HM_OK) bolt_tx_fail(tx, &why);
    }
    end_tx(tx);
    return status;
}

enum hm_status bolt_rollback(struct bolt_tx *tx, struct hm_error *err) {
    if (tx->state == TX_CLOSED) return check_open(tx, err);
    if (!tx->session) return HM_OK; // failed, and over
    enum hm_status status = HM_OK;
    if (tx->state == TX_OPEN) discard_results(tx);
    if (tx->state == TX_OPEN) {
        status = bolt_send_simple(tx->session->connection, TAG_ROLLBACK,
                                  (struct bolt_waiter){on_tx, tx}, err);
        if (status == HM_OK) status = wait_for_answer(tx, err);
        if (status == HM_OK) tx->state = TX_CLOSED;
    }
    end_tx(tx);
    return status;
}

void bolt_tx_free(struct bolt_tx *tx) {
    if (!tx) return;
    if (tx->session && bolt_rollback(tx, NULL) != HM_OK)
        tx->state = TX_FAILED; // nobody asks any more
    free(tx);
}

/* ---- managed transactions ---- */

static uint64_t now_ms(const struct bolt_driver *driver) {
    return bolt_hooks_now(&driver->config.hooks) / NS_PER_MS;
}

static double random_fraction(const struct bolt_driver *driver) {
    const struct bolt_hooks *hooks = &driver->config.hooks;
    if (hooks->random) return hooks->random(hooks->context);
    return (double)(bolt_hooks_now(&driver->config.hooks) * 6364136223846793005u >> 40) /
           (double)(1 << 24);
}

static enum hm_status pause_ms(const struct bolt_driver *driver, uint32_t milliseconds,
                               struct hm_error *err) {
    const struct bolt_hooks *hooks = &driver->config.hooks;
    if (hooks->sleep_ms) {
        hooks->sleep_ms(hooks->context, milliseconds);
        return HM_OK;
    }
    struct timespec left = {milliseconds / 1000, (long)(milliseconds % 1000) * NS_PER_MS};
    while (nanosleep(&left, &left) != 0)
        if (hooks->cancelled && hooks->cancelled(hooks->context))
            return hm_fail(err, HM_ECANCELED, "interrupted");
    return HM_OK;
}

/** One attempt. *retry: doing it again may help and cannot do anything twice. */
static enum hm_status attempt_once(struct bolt_session *session, enum bolt_access access,
                                   const struct bolt_tx_config *config, bolt_work *work,
                                   void *context, bool *retry, struct hm_error *err) {
    struct bolt_tx *tx;
    enum hm_status status = begin_transaction(session, access, config, &tx, err);
    if (status != HM_OK) { // also when no server could be reached
        *retry = status == HM_ERETRY || status == HM_EIO || status == HM_ETIMEOUT;
        return status;
    }
    status = work(tx, context, err);
    if (status == HM_OK) {
        // A refused COMMIT has committed nothing; one without an answer is not HM_ERETRY.
        status = tx->state == TX_CLOSED ? HM_OK : bolt_commit(tx, err);
    }
    *retry = status == HM_ERETRY;
    bolt_tx_free(tx);
    return status;
}

enum hm_status bolt_transact(struct bolt_session *session, enum bolt_access access,
                             const struct bolt_tx_config *config, bolt_work *work, void *context,
                             struct hm_error *err) {
    enum { FIRST_MS = 1000, LONGEST_MS = 30000 };
    struct bolt_driver *driver = session->driver;
    struct hm_error why = {0};
    uint64_t first_failure_ms = 0, limit_ms = (uint64_t)driver->config.max_retry_ms;
    bool failed_before = false;
    uint32_t delay_ms = FIRST_MS;
    for (;;) {
        bool retry = false;
        why = (struct hm_error){0};
        enum hm_status status = attempt_once(session, access, config, work, context, &retry, &why);
        if (status == HM_OK) return HM_OK;
        uint64_t failed_ms = now_ms(driver);
        if (!failed_before) first_failure_ms = failed_ms; // however long the first attempt took
        failed_before = true;
        if (!retry || failed_ms - first_failure_ms >= limit_ms) {
            if (err) *err = why;
            return status;
        }
        uint32_t jittered_ms = (uint32_t)(delay_ms * (0.8 + 0.4 * random_fraction(driver)));
        bolt_hooks_log(&driver->config.hooks, BOLT_LOG_WARNING, "again in %u ms: %s", jittered_ms,
                       why.text);
        HM_TRY(pause_ms(driver, jittered_ms, err));
        delay_ms = delay_ms * 2 < LONGEST_MS ? delay_ms * 2 : LONGEST_MS;
    }
}
