// SPDX-License-Identifier: MIT
// The Neo4j store: opening a server, choosing the scripts that its version understands, and sending
// them as transactions that ride out a restart. Everything written is idempotent (MERGE, SET), so a
// transaction whose COMMIT was not answered is simply done again.

#include "neo4j/neo4j.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "cypher.h"
#include "mem.h"

// How long a server may be away before work is given up: a restart takes 10 to 20 s, on a busy
// machine more than a minute.
static const int64_t ride_out_ms = 120000;
enum { IDLE_MS = 5000 }; // after which a connection is asked whether it lives
static const uint64_t ns_per_ms = 1000000;
// How much longer a write may take once it is to stop.
static const uint64_t last_words_ms = 2000;

static const char forbidden[] = "Neo.ClientError.Security.Forbidden";

enum hm_status neo4j_no_memory(const struct neo4j_store *s, struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "store %s: no memory", s->base.name);
}

const char *neo4j_text(const struct bolt_value *value) {
    return value->type == BOLT_STRING ? value->as.string : "";
}

int64_t neo4j_whole(const struct bolt_value *value) {
    return value->type == BOLT_INT ? value->as.integer : 0;
}

bool neo4j_truth(const struct bolt_value *value) {
    return value->type == BOLT_BOOL && value->as.boolean;
}

struct bolt_params *neo4j_add(struct neo4j_batch *batch, enum cypher_id script, int64_t expected) {
    if (hm_grow(&batch->parts, &batch->capacity, batch->n + 1, sizeof *batch->parts, NULL) != HM_OK)
        return NULL;
    struct neo4j_part part = {script, bolt_params_new(), expected};
    if (part.params) batch->parts[batch->n++] = part;
    return part.params;
}

void neo4j_batch_free(struct neo4j_batch *batch) {
    for (size_t i = 0; i < batch->n; i++)
        bolt_params_free(batch->parts[i].params);
    free(batch->parts);
    *batch = (struct neo4j_batch){0};
}

enum hm_status neo4j_check_columns(struct bolt_result *result, enum cypher_id script,
                                   struct hm_error *err) {
    const char *const *keys;
    size_t n;
    HM_TRY(bolt_keys(result, &keys, &n, err));
    return cypher_check_columns(script, keys, n, err);
}

// ---- one transaction

static bool is_cancelled(void *context) {
    struct neo4j_store *s = context;
    if (!s->cancelled || !s->cancelled(s->context)) return false;
    uint64_t now_ns = hm_now_ns();
    if (!s->cancelled_at_ns) s->cancelled_at_ns = now_ns;
    return !s->writing || now_ns - s->cancelled_at_ns >= last_words_ms * ns_per_ms;
}

struct transaction {
    const struct neo4j_batch *batch;
    neo4j_row_fn *fn; // may be NULL
    void *context;
    bool once;     // rows have effects: no second try after the first of them
    bool returned; // a row was handed to fn
    bool refused;  // fn ended it: its error is not ours
    bool strange;  // it was answered with columns that are not the script's: no second try
};

static enum hm_status take_rows(struct transaction *w, const struct neo4j_part *part,
                                struct bolt_result *result, struct hm_error *err) {
    const struct bolt_value *row;
    enum hm_status status = neo4j_check_columns(result, part->script, err);
    w->strange = status == HM_EPROTO;
    HM_TRY(status);
    for (;;) {
        HM_TRY(bolt_next(result, &row, err));
        if (!row) return HM_OK;
        if (part->expected >= 0 && neo4j_whole(&row[0]) != part->expected)
            return hm_fail(err, HM_ECONFLICT, "%s", w->batch->shortfall);
        if (!w->fn) continue;
        w->returned = true;
        status = w->fn(w->context, row, err);
        w->refused = status != HM_OK;
        HM_TRY(status);
    }
}

static enum hm_status run_batch(struct bolt_tx *tx, void *context, struct hm_error *err) {
    struct transaction *w = context;
    size_t n = w->batch->n;
    struct bolt_result **results = calloc(n, sizeof *results);
    enum hm_status status =
        results ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for %zu results", n);
    for (size_t i = 0; i < n && status == HM_OK; i++)
        status = bolt_tx_run(tx, cypher_text(w->batch->parts[i].script), w->batch->parts[i].params,
                             &results[i], err);
    for (size_t i = 0; i < n && status == HM_OK; i++)
        status = take_rows(w, &w->batch->parts[i], results[i], err);
    for (size_t i = 0; results && i < n; i++)
        bolt_result_free(results[i]);
    free(results);
    if (status == HM_ERETRY && w->once && w->returned) status = HM_EIO;
    return status;
}

// Whether the server was lost, not the work refused. A server that is starting hangs up during the
// handshake (HM_EPROTO).
static bool server_lost(enum hm_status status) {
    return status == HM_EIO || status == HM_ETIMEOUT || status == HM_EPROTO;
}

static enum hm_status run_transaction(struct neo4j_store *s, enum bolt_access access,
                                      struct transaction *w, struct hm_error *err) {
    static const struct timespec pause = {.tv_nsec = 500000000};
    struct hm_error why = {0};
    uint64_t first_failure_ns = 0;
    enum hm_status status;
    for (;;) { // bolt_transact gives up at a COMMIT without an answer; we need not
        status = bolt_transact(s->session, access, NULL, run_batch, w, &why);
        uint64_t now_ns = hm_now_ns();
        if (!first_failure_ns) first_failure_ns = now_ns; // however long the first attempt took
        bool again = server_lost(status) && !w->strange && !(w->once && w->returned) &&
                     now_ns - first_failure_ns < (uint64_t)ride_out_ms * ns_per_ms;
        if (again && s->cancelled && s->cancelled(s->context))
            status = hm_fail(&why, HM_ECANCELED, "interrupted while it could not be reached");
        else if (again && nanosleep(&pause, NULL) == 0)
            continue;
        break; // a signal ends the waiting
    }
    if (status == HM_OK) return HM_OK;
    why.status = status;
    if (!w->refused) hm_error_prefix(&why, "store %s", s->base.name);
    if (err) *err = why;
    return status;
}

enum hm_status neo4j_write(struct neo4j_store *s, const struct neo4j_batch *batch, neo4j_row_fn *fn,
                           void *context, struct hm_error *err) {
    struct transaction w = {.batch = batch, .fn = fn, .context = context};
    if (batch->n == 0) return HM_OK;
    s->writing = true;
    enum hm_status status = run_transaction(s, BOLT_WRITE, &w, err);
    s->writing = false;
    return status;
}

enum hm_status neo4j_read(struct neo4j_store *s, const struct neo4j_batch *batch, neo4j_row_fn *fn,
                          void *context, struct hm_error *err) {
    struct transaction w = {.batch = batch, .fn = fn, .context = context, .once = true};
    return run_transaction(s, BOLT_READ, &w, err);
}

enum hm_status neo4j_ask(struct neo4j_store *s, enum cypher_id script,
                         const struct neo4j_given *given, neo4j_row_fn *fn, void *context,
                         struct hm_error *err) {
    struct neo4j_batch batch = {0};
    struct bolt_params *params = neo4j_add(&batch, script, -1);
    enum hm_status status = HM_OK;
    for (; params && given && given->name; given++)
        bolt_put_string(params, given->name, given->value);
    status = params ? neo4j_read(s, &batch, fn, context, err) : neo4j_no_memory(s, err);
    neo4j_batch_free(&batch);
    return status;
}

// ---- opening

static enum neo4j_vectors best_vectors(const struct bolt_server *server) {
    if (server->major >= 6 && cypher_serves(CYPHER_EMBEDDINGS_VECTOR, server->agent))
        return NEO4J_VECTOR;
    return cypher_serves(CYPHER_EMBEDDINGS_F32, server->agent) ? NEO4J_F32 : NEO4J_LIST;
}

enum hm_status neo4j_name(struct neo4j_store *s, const struct hm_store_config *config,
                          char uri[NEO4J_URI_MAX + 1], struct hm_store_config *out,
                          struct hm_error *err) {
    const char *authority = strstr(config->uri, "://") + 3;
    size_t length = (size_t)(authority - config->uri) + strcspn(authority, "/");
    const char *path = config->uri[length] ? config->uri + length + 1 : "";
    *out = *config;
    if (length > NEO4J_URI_MAX)
        return hm_fail(err, HM_EARG, "store \"%s\": longer than %d bytes", config->uri,
                       NEO4J_URI_MAX);
    memcpy(uri, config->uri, length);
    uri[length] = '\0';
    out->uri = uri;
    if (*path) out->database = path;
    bool named = out->database && *out->database;
    snprintf(s->base.name, sizeof s->base.name, "%s%s%s", uri, named ? "/" : "",
             named ? out->database : "");
    return HM_OK;
}

enum hm_status neo4j_connect(struct neo4j_store *s, const struct hm_store_config *config,
                             struct hm_error *err) {
    struct bolt_server server;
    bool login = config->password && *config->password;
    struct bolt_config bolt = {
        .auth = {.scheme = login ? "basic" : "none"},
        .ca_file = config->ca_file && *config->ca_file ? config->ca_file : NULL,
        .max_retry_ms = ride_out_ms,
        .liveness_check_ms = IDLE_MS,
        .hooks = {.context = s, .cancelled = is_cancelled},
    };
    s->cancelled = config->cancelled;
    s->context = config->context;
    if (login) {
        bolt.auth.principal = config->user && *config->user ? config->user : "neo4j";
        bolt.auth.credentials = config->password;
    }
    if (config->database && *config->database && !(s->database = strdup(config->database)))
        return neo4j_no_memory(s, err);
    struct bolt_session_config session = {.database = s->database};
    enum hm_status status = bolt_driver_new(config->uri, &bolt, &s->driver, err);
    if (status == HM_OK) status = bolt_verify(s->driver, s->database, &server, err);
    if (status == HM_OK && !cypher_serves(CYPHER_STATE, server.agent))
        status = hm_fail(err, HM_EUNSUPPORTED, "found server %s, expected Neo4j 4.4 or later",
                         server.agent);
    if (status == HM_OK) status = bolt_session_new(s->driver, &session, &s->session, err);
    if (status != HM_OK) {
        hm_error_prefix(err, "store %s", s->base.name);
        return status;
    }
    memcpy(s->agent, server.agent, sizeof s->agent);
    s->vectors = best_vectors(&server);
    return HM_OK;
}

void neo4j_disconnect(struct neo4j_store *s) {
    bolt_session_free(s->session);
    bolt_driver_free(s->driver);
    free(s->database);
    s->session = NULL;
    s->driver = NULL;
    s->database = NULL;
}

enum hm_status neo4j_run_script(struct bolt_session *session, enum cypher_id script,
                                const struct bolt_params *params, struct hm_error *err) {
    const char *text = cypher_text(script);
    struct cypher_splitter splitter = {0};
    bool more = true;
    while (more) {
        size_t length = cypher_split(&splitter, text, strlen(text), &more);
        struct bolt_result *result = NULL;
        char *statement = strndup(text, length - more);
        if (!statement) return hm_fail(err, HM_ENOMEM, "no memory for a statement");
        text += length;
        enum hm_status status = bolt_run(session, statement, params, NULL, &result, err);
        free(statement);
        if (status == HM_OK) status = bolt_consume(result, NULL, err);
        bolt_result_free(result);
        HM_TRY(status);
    }
    return HM_OK;
}

enum hm_status neo4j_constrain(struct neo4j_store *s, enum cypher_id script, struct hm_error *err) {
    struct hm_error why = {0};
    enum hm_status status = neo4j_run_script(s->session, script, NULL, &why);
    if (status == HM_OK || strcmp(why.code, forbidden) == 0) return HM_OK;
    hm_error_prefix(&why, "store %s", s->base.name);
    if (err) *err = why;
    return status;
}

static void neo4j_close(struct hm_store *store) {
    neo4j_disconnect(neo4j_of(store));
    free(store);
}

static const struct store_ops neo4j_ops = {
    .close = neo4j_close,
    .use_model = neo4j_use_model,
    .model = neo4j_model,
    .each_source = neo4j_each_source,
    .put_embeddings = neo4j_put_embeddings,
    .fill_missing = neo4j_fill_missing,
    .each_embedding = neo4j_each_embedding,
    .get_embedding = neo4j_get_embedding,
    .knn_state = neo4j_knn_state,
    .put_neighbours = neo4j_put_neighbours,
    .gds_knn = neo4j_gds_knn,
    .each_neighbours = neo4j_each_neighbours,
    .get_neighbours = neo4j_get_neighbours,
    .products = neo4j_products,
    .remove = neo4j_remove,
    .get_mark = neo4j_get_mark,
    .each_article = neo4j_each_article,
    .put_articles = neo4j_put_articles,
    .put_customers = neo4j_put_customers,
    .put_purchases = neo4j_put_purchases,
    .counts = neo4j_counts,
};

enum hm_status store_neo4j_open(struct hm_store **out, const struct hm_store_config *config,
                                struct hm_error *err) {
    struct neo4j_store *s = calloc(1, sizeof *s);
    char uri[NEO4J_URI_MAX + 1];
    struct hm_store_config server;
    *out = NULL;
    if (!s) return hm_fail(err, HM_ENOMEM, "store %s: no memory", config->uri);
    s->base.ops = &neo4j_ops;
    enum hm_status status = neo4j_name(s, config, uri, &server, err);
    if (status == HM_OK) status = neo4j_connect(s, &server, err);
    if (status == HM_OK && config->create)
        status = neo4j_constrain(s, CYPHER_CONSTRAINTS_PRODUCTS, err);
    if (status == HM_OK) status = neo4j_current_model(s, s->model, err);
    if (status == HM_OK)
        *out = &s->base;
    else
        neo4j_close(&s->base);
    return status;
}
