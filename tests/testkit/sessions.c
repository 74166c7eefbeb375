// SPDX-License-Identifier: MIT
// Requests about sessions and transactions. In a managed transaction the work is the kit's: it is
// told to try, and its requests are served from inside bolt_transact until it says whether to
// commit.

#include "kit.h"

#include <stdlib.h>
#include <string.h>

static cJSON *no_such(const char *what) {
    return kit_backend_error("the request names no open %s", what);
}

/** As if the client itself had been called with a session that is closed. */
static cJSON *closed(struct kit *kit) {
    struct hm_error err = {0};
    hm_fail(&err, HM_EARG, "the session is closed, or its driver is");
    return kit_driver_error(kit, &err, NULL);
}

static struct kit_session *open_session(const struct kit *kit, const cJSON *data) {
    struct kit_session *session = kit_find(kit, KIT_SESSION, data, "sessionId");
    return session && session->session ? session : NULL;
}

static enum hm_status make_session(const cJSON *data, struct kit_session *session,
                                   struct hm_error *err) {
    struct bolt_session_config config = {.access = session->access,
                                         .database = kit_text(data, "database"),
                                         .impersonated_user = kit_text(data, "impersonatedUser")};
    struct bolt_auth auth;
    struct bolt_params *parameters = NULL;
    const char **disabled;
    kit_number(data, "fetchSize", &config.fetch_size);
    const char **bookmarks =
        kit_texts(cJSON_GetObjectItemCaseSensitive(data, "bookmarks"), &config.bookmark_count);
    config.bookmarks = bookmarks;
    kit_filter(data, &config.notifications, &disabled);
    const cJSON *token = cJSON_GetObjectItemCaseSensitive(data, "authorizationToken");
    enum hm_status status = HM_OK;
    if (cJSON_IsObject(token)) {
        status = kit_auth(token, &auth, &parameters, err);
        config.auth = &auth;
    }
    if (status == HM_OK)
        status = bolt_session_new(session->driver->driver, &config, &session->session, err);
    bolt_params_free(parameters);
    free(bookmarks);
    free(disabled);
    return status;
}

cJSON *kit_new_session(struct kit *kit, const cJSON *data) {
    struct kit_driver *driver = kit_find(kit, KIT_DRIVER, data, "driverId");
    if (!driver || !driver->driver) return no_such("driver");
    const char *mode = kit_text(data, "accessMode");
    struct kit_session *session = calloc(1, sizeof *session);
    struct hm_error err = {0};
    if (!session) return kit_backend_error("no memory for a session");
    session->driver = driver;
    session->access = mode && strcmp(mode, "r") == 0 ? BOLT_READ : BOLT_WRITE;
    if (make_session(data, session, &err) != HM_OK) {
        free(session);
        return kit_driver_error(kit, &err, NULL);
    }
    return kit_answer_id("Session", kit_add(kit, KIT_SESSION, session));
}

/** What freeing would do, but an error is told. */
static enum hm_status roll_back_open(struct kit_tx *tx, struct hm_error *err) {
    if (!tx->tx || tx->over || tx->managed) return HM_OK;
    tx->over = true;
    return bolt_rollback(tx->tx, err);
}

cJSON *kit_session_close(struct kit *kit, const cJSON *data) {
    struct kit_session *session = kit_find(kit, KIT_SESSION, data, "sessionId");
    struct hm_error err = {0};
    enum hm_status status = HM_OK;
    if (!session) return no_such("session");
    for (size_t i = 0; status == HM_OK && i < kit->object_count; i++) { // one is open at most
        struct kit_object *object = &kit->objects[i];
        if (object->kind == KIT_TX && object->as.tx->session == session)
            status = roll_back_open(object->as.tx, &err);
    }
    cJSON *error = status == HM_OK ? NULL : kit_driver_error(kit, &err, session);
    bolt_session_free(session->session);
    session->session = NULL;
    if (error) return error;
    return kit_answer_id("Session", kit_id(kit, session));
}

cJSON *kit_bookmarks(struct kit *kit, const cJSON *data) {
    struct kit_session *session = open_session(kit, data);
    if (!session) return closed(kit);
    size_t count;
    const char *const *bookmarks = bolt_bookmarks(session->session, &count);
    cJSON *inner, *answer = kit_answer("Bookmarks", &inner);
    cJSON *list = cJSON_AddArrayToObject(inner, "bookmarks");
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(bookmarks[i]));
    return answer;
}

/** txMeta and timeout (0: none) of a request; *metadata is to be freed. */
static enum hm_status tx_config(const cJSON *data, struct bolt_tx_config *config,
                                struct bolt_params **metadata, struct hm_error *err) {
    int64_t timeout_ms = -1;
    const cJSON *timeout = cJSON_GetObjectItemCaseSensitive(data, "timeout");
    *config = (struct bolt_tx_config){0};
    *metadata = NULL;
    kit_number(data, "timeout", &timeout_ms);
    if (cJSON_IsNumber(timeout) && timeout_ms < 0)
        return hm_fail(err, HM_EARG, "a transaction's timeout is negative");
    if (cJSON_IsNumber(timeout)) config->timeout_ms = timeout_ms ? timeout_ms : BOLT_NO_TX_TIMEOUT;
    HM_TRY(kit_parameters(cJSON_GetObjectItemCaseSensitive(data, "txMeta"), false, metadata, err));
    config->metadata = *metadata;
    return HM_OK;
}

cJSON *kit_session_run(struct kit *kit, const cJSON *data) {
    struct kit_session *session = open_session(kit, data);
    const char *query = kit_text(data, "cypher");
    if (!session || !query) return closed(kit);
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(data, "params");
    struct bolt_tx_config config;
    struct bolt_params *metadata, *parameters = NULL;
    struct bolt_result *result = NULL;
    struct hm_error err = {0};
    enum hm_status status = tx_config(data, &config, &metadata, &err);
    if (status == HM_OK) status = kit_parameters(given, false, &parameters, &err);
    if (status == HM_OK)
        status = bolt_run(session->session, query, parameters, &config, &result, &err);
    bolt_params_free(metadata);
    bolt_params_free(parameters);
    if (status != HM_OK) return kit_driver_error(kit, &err, session);
    return kit_result_answer(kit, result, session, given);
}

/* ---- transactions ---- */

static struct kit_tx *add_tx(struct kit *kit, struct bolt_tx *tx, struct kit_session *session,
                             bool managed) {
    struct kit_tx *kept = calloc(1, sizeof *kept);
    if (!kept) return NULL;
    *kept = (struct kit_tx){.tx = tx, .managed = managed, .session = session};
    if (kit_add(kit, KIT_TX, kept)) return kept;
    free(kept);
    return NULL;
}

cJSON *kit_begin(struct kit *kit, const cJSON *data) {
    struct kit_session *session = open_session(kit, data);
    if (!session) return closed(kit);
    struct bolt_tx_config config;
    struct bolt_params *metadata;
    struct bolt_tx *tx = NULL;
    struct hm_error err = {0};
    enum hm_status status = tx_config(data, &config, &metadata, &err);
    if (status == HM_OK) status = bolt_begin(session->session, &config, &tx, &err);
    bolt_params_free(metadata);
    if (status != HM_OK) return kit_driver_error(kit, &err, session);
    struct kit_tx *kept = add_tx(kit, tx, session, false);
    if (kept) return kit_answer_id("Transaction", kit_id(kit, kept));
    bolt_tx_free(tx);
    return kit_backend_error("no memory for a transaction");
}

static cJSON *closed_tx(struct kit *kit) {
    struct hm_error err = {0};
    hm_fail(&err, HM_EARG, "the transaction is closed");
    return kit_driver_error(kit, &err, NULL);
}

cJSON *kit_tx_run(struct kit *kit, const cJSON *data) {
    struct kit_tx *tx = kit_find(kit, KIT_TX, data, "txId");
    const char *query = kit_text(data, "cypher");
    if (!tx || !query) return no_such("transaction");
    if (!tx->tx) return closed_tx(kit);
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(data, "params");
    struct bolt_params *parameters = NULL;
    struct bolt_result *result = NULL;
    struct hm_error err = {0};
    enum hm_status status = kit_parameters(given, false, &parameters, &err);
    if (status == HM_OK) status = bolt_tx_run(tx->tx, query, parameters, &result, &err);
    bolt_params_free(parameters);
    if (status != HM_OK) return kit_driver_error(kit, &err, tx->session);
    return kit_result_answer(kit, result, tx->session, given);
}

typedef enum hm_status end_tx(struct bolt_tx *tx, struct hm_error *err);

static cJSON *end(struct kit *kit, const cJSON *data, end_tx *how) {
    struct kit_tx *tx = kit_find(kit, KIT_TX, data, "txId");
    struct hm_error err = {0};
    if (!tx) return no_such("transaction");
    if (!tx->tx) return closed_tx(kit);
    enum hm_status status = how(tx->tx, &err);
    tx->over = true; // one way or the other
    if (status != HM_OK) return kit_driver_error(kit, &err, tx->session);
    return kit_answer_id("Transaction", kit_id(kit, tx));
}

cJSON *kit_commit(struct kit *kit, const cJSON *data) {
    return end(kit, data, bolt_commit);
}

cJSON *kit_rollback(struct kit *kit, const cJSON *data) {
    return end(kit, data, bolt_rollback);
}

cJSON *kit_tx_close(struct kit *kit, const cJSON *data) {
    struct kit_tx *tx = kit_find(kit, KIT_TX, data, "txId");
    if (!tx) return no_such("transaction");
    struct hm_error err = {0};
    enum hm_status status = roll_back_open(tx, &err);
    if (!tx->managed) bolt_tx_free(tx->tx);
    tx->tx = NULL;
    if (status != HM_OK) return kit_driver_error(kit, &err, tx->session);
    return kit_answer_id("Transaction", kit_id(kit, tx));
}

/* ---- managed transactions ---- */

struct work {
    struct kit *kit;
    struct kit_session *session;
    bool by_kit;                 // it was the kit itself that gave up
    struct kit_failure *failure; // it gave up because of this error of ours
};

/** One try: let the kit do its work in the transaction, and do as it decides. */
static enum hm_status try_work(struct bolt_tx *tx, void *context, struct hm_error *err) {
    struct work *work = context;
    struct kit *kit = work->kit;
    struct kit_tx *kept = add_tx(kit, tx, work->session, true);
    if (!kept) return hm_fail(err, HM_ENOMEM, "no memory for a transaction");
    work->failure = NULL;
    kit_send(kit, kit_answer_id("RetryableTry", kit_id(kit, kept)));
    cJSON *verdict = kit_serve_until(kit, "RetryablePositive", "RetryableNegative");
    kept->tx = NULL; // bolt_transact commits or frees it
    if (!verdict) return hm_fail(err, HM_ECANCELED, "the test kit hung up");
    bool positive = strcmp(kit_text(verdict, "name"), "RetryablePositive") == 0;
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(verdict, "data");
    work->failure = kit_find(kit, KIT_ERROR, data, "errorId");
    cJSON_Delete(verdict);
    if (positive) return HM_OK;
    work->by_kit = !work->failure;
    if (work->by_kit) return hm_fail(err, HM_ECANCELED, "the test kit gave up");
    *err = work->failure->error;
    return err->status;
}

static cJSON *transact(struct kit *kit, const cJSON *data, enum bolt_access access) {
    struct kit_session *session = open_session(kit, data);
    if (!session) return closed(kit);
    struct work work = {.kit = kit, .session = session};
    struct bolt_tx_config config;
    struct bolt_params *metadata;
    struct hm_error err = {0};
    enum hm_status status = tx_config(data, &config, &metadata, &err);
    if (status == HM_OK)
        status = bolt_transact(session->session, access, &config, try_work, &work, &err);
    bolt_params_free(metadata);
    if (kit->closed) return NULL;
    if (status == HM_OK) return kit_answer("RetryableDone", NULL);
    if (work.failure) return cJSON_Duplicate(work.failure->answer, true);
    if (!work.by_kit) return kit_driver_error(kit, &err, session);
    cJSON *inner, *answer = kit_answer("FrontendError", &inner);
    cJSON_AddStringToObject(inner, "msg", err.text);
    return answer;
}

cJSON *kit_read(struct kit *kit, const cJSON *data) {
    return transact(kit, data, BOLT_READ);
}

cJSON *kit_write(struct kit *kit, const cJSON *data) {
    return transact(kit, data, BOLT_WRITE);
}
