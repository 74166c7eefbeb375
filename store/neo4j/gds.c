// SPDX-License-Identifier: MIT
// Neighbours found by the server's own Graph Data Science plugin. Its result is written beside the
// neighbours that are there and takes their place product by product, so that a reader never sees
// one without.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "neo4j/neo4j.h"

static const char projection[] = "hmrec";
// One function reads the rows of both.
CYPHER_SAME_COLUMNS(GDS_PUBLISH, GDS_DISCARD);
CYPHER_SAME_COLUMNS(GDS_PUBLISH, SIMILAR_RETIRE);
CYPHER_SAME_COLUMNS(GDS_PROGRESS, GDS_PROGRESS_BETA);
CYPHER_SAME_COLUMNS(GDS_KNN_1, GDS_KNN_2);

enum { PRODUCTS_A_RUN = 1000, EDGES_A_RUN = 10000 };

// ---- what the server has

static enum hm_status copy_version(void *context, const struct bolt_value *row,
                                   struct hm_error *err) {
    struct hm_store_gds_result *result = context;
    (void)err;
    snprintf(result->version, sizeof result->version, "%s", neo4j_text(&row[GDS_VERSION_VERSION]));
    return HM_OK;
}

static enum hm_status find_version(struct neo4j_store *s, struct hm_store_gds_result *result,
                                   struct hm_error *err) {
    struct hm_error why = {0};
    enum hm_status status = neo4j_ask(s, CYPHER_GDS_VERSION, NULL, copy_version, result, &why);
    if (status == HM_OK) return HM_OK;
    if (status == HM_ESERVER && strstr(why.text, "gds.version"))
        return hm_fail(err, HM_EUNSUPPORTED,
                       "store %s: the server has no Graph Data Science plugin; --engine exact "
                       "needs none",
                       s->base.name);
    if (err) *err = why;
    return status;
}

// The first of two scripts whose plugin condition the version meets; CYPHER_SCRIPTS: neither.
static enum cypher_id choose_script(enum cypher_id older, enum cypher_id newer,
                                    const char *version) {
    const enum cypher_id scripts[] = {older, newer};
    for (int i = 0; i < 2; i++) {
        struct cypher_script about;
        if (cypher_describe(&cypher_scripts[scripts[i]], &about, NULL) == HM_OK &&
            cypher_fits(about.plugin, version))
            return scripts[i];
    }
    return CYPHER_SCRIPTS;
}

static enum hm_status check_complete(struct neo4j_store *s, struct hm_store_gds_result *result,
                                     struct hm_error *err) {
    struct hm_store_counts counts;
    HM_TRY(neo4j_counts(&s->base, &counts, err));
    result->products = counts.products;
    if (counts.embeddings == 0)
        return hm_fail(err, HM_ENOTFOUND,
                       "store %s: no embeddings to compare; hmrec embed makes them", s->base.name);
    if (counts.embeddings == counts.products) return HM_OK;
    return hm_fail(err, HM_ECONFLICT,
                   "store %s: %zu of %zu products have no embedding, which GDS cannot take; hmrec "
                   "embed --fill-missing gives them the zero vector",
                   s->base.name, counts.products - counts.embeddings, counts.products);
}

// ---- steps

static enum hm_status copy_count(void *context, const struct bolt_value *row,
                                 struct hm_error *err) {
    (void)err;
    *(int64_t *)context = neo4j_whole(&row[GDS_PUBLISH_COUNT]);
    return HM_OK;
}

// Run a script that does up to limit of something until there is none left.
static enum hm_status repeat_until_none(struct neo4j_store *s, enum cypher_id script, int64_t limit,
                                        struct hm_error *err) {
    struct neo4j_batch batch = {0};
    struct bolt_params *params = neo4j_add(&batch, script, -1);
    enum hm_status status = params ? HM_OK : neo4j_no_memory(s, err);
    int64_t count = 1;
    if (params) bolt_put_int(params, "limit", limit);
    while (status == HM_OK && count > 0)
        status = neo4j_write(s, &batch, copy_count, &count, err);
    neo4j_batch_free(&batch);
    return status;
}

static enum hm_status run_on_projection(struct neo4j_store *s, enum cypher_id script,
                                        struct hm_error *err) {
    struct neo4j_batch batch = {0};
    struct bolt_params *params = neo4j_add(&batch, script, -1);
    if (params) bolt_put_string(params, "graph", projection);
    enum hm_status status =
        params ? neo4j_write(s, &batch, NULL, NULL, err) : neo4j_no_memory(s, err);
    neo4j_batch_free(&batch);
    return status;
}

// ---- the search

struct search_watch {
    hm_store_progress_fn *progress;
    void *context;
    bool running; // the server lists a job of ours
};

// What versions of GDS call the search in their list of jobs.
static bool is_search(const char *task) {
    static const char *const names[] = {"K-Nearest Neighbours", "Knn", "kNN"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strstr(task, names[i])) return true;
    return false;
}

// "62.5%", or "n/a" of a task that does not know.
static enum hm_status see_progress(void *context, const struct bolt_value *row,
                                   struct hm_error *err) {
    struct search_watch *w = context;
    char *end;
    (void)err;
    if (!is_search(neo4j_text(&row[GDS_PROGRESS_TASK]))) return HM_OK;
    double percent = strtod(neo4j_text(&row[GDS_PROGRESS_PROGRESS]), &end);
    w->running = true;
    if (*end == '%' && percent >= 0 && percent <= 100) w->progress(w->context, percent / 100);
    return HM_OK;
}

// Report progress over a connection of its own while the search runs. A failure here ends the
// reports, not the search.
static void watch_search(struct neo4j_store *s, enum cypher_id script,
                         hm_store_progress_fn *progress, void *context) {
    enum { UNSEEN_POLLS = 5 }; // before the job is listed: the server still plans the query
    static const struct timespec soon = {.tv_nsec = 100000000}, later = {.tv_nsec = 500000000};
    struct neo4j_store beside = *s;
    struct search_watch w = {.progress = progress, .context = context};
    struct bolt_session_config config = {.database = s->database};
    bool seen = false;
    if (bolt_session_new(s->driver, &config, &beside.session, NULL) != HM_OK) return;
    for (int polls = 1; nanosleep(seen ? &later : &soon, NULL) == 0; polls++) {
        w.running = false;
        if (neo4j_ask(&beside, script, NULL, see_progress, &w, NULL) != HM_OK) break;
        if (!w.running && (seen || polls == UNSEEN_POLLS)) break;
        seen = seen || w.running;
    }
    bolt_session_free(beside.session);
}

// Not a managed transaction: done twice it would write everything twice.
static enum hm_status run_search(struct neo4j_store *s, enum cypher_id script, size_t k,
                                 enum cypher_id progress_script, hm_store_progress_fn *progress,
                                 void *context, struct hm_store_gds_result *result,
                                 struct hm_error *err) {
    struct bolt_params *params = bolt_params_new();
    struct bolt_result *rows = NULL;
    const struct bolt_value *row = NULL;
    if (!params) return neo4j_no_memory(s, err);
    bolt_put_string(params, "graph", projection);
    bolt_put_int(params, "k", (int64_t)k);
    enum hm_status status = bolt_run(s->session, cypher_text(script), params, NULL, &rows, err);
    if (status == HM_OK) status = bolt_flush(s->session, err);
    if (status == HM_OK && progress && progress_script != CYPHER_SCRIPTS)
        watch_search(s, progress_script, progress, context);
    if (status == HM_OK) status = neo4j_check_columns(rows, script, err);
    if (status == HM_OK) status = bolt_next(rows, &row, err);
    if (status == HM_OK && row) result->written = (size_t)neo4j_whole(&row[GDS_KNN_2_WRITTEN]);
    if (status == HM_OK) status = bolt_consume(rows, NULL, err);
    bolt_result_free(rows);
    bolt_params_free(params);
    if (status != HM_OK) hm_error_prefix(err, "store %s", s->base.name);
    return status;
}

static enum hm_status publish_neighbours(struct neo4j_store *s,
                                         const struct hm_store_knn_state *state,
                                         struct hm_error *err) {
    struct neo4j_batch batch = {0};
    HM_TRY(repeat_until_none(s, CYPHER_SIMILAR_RETIRE, PRODUCTS_A_RUN, err));
    HM_TRY(repeat_until_none(s, CYPHER_GDS_PUBLISH, PRODUCTS_A_RUN, err));
    enum hm_status status = neo4j_add_knn_state(s, &batch, state, err);
    if (status == HM_OK) status = neo4j_write(s, &batch, NULL, NULL, err);
    neo4j_batch_free(&batch);
    return status;
}

static enum hm_status copy_revision(void *context, const struct bolt_value *row,
                                    struct hm_error *err) {
    (void)err;
    *(int64_t *)context = neo4j_whole(&row[STATE_REVISION]);
    return HM_OK;
}

enum hm_status neo4j_gds_knn(struct hm_store *store, size_t k, hm_store_progress_fn *progress,
                             void *context, struct hm_store_gds_result *result,
                             struct hm_error *err) {
    struct neo4j_store *s = neo4j_of(store);
    struct hm_store_knn_state state = {.k = k, .approximate = true};
    *result = (struct hm_store_gds_result){0};
    HM_TRY(find_version(s, result, err));
    enum cypher_id project =
        choose_script(CYPHER_GDS_PROJECT_1, CYPHER_GDS_PROJECT_2, result->version);
    enum cypher_id knn = choose_script(CYPHER_GDS_KNN_1, CYPHER_GDS_KNN_2, result->version);
    if (project == CYPHER_SCRIPTS || knn == CYPHER_SCRIPTS)
        return hm_fail(err, HM_EUNSUPPORTED,
                       "store %s: found GDS %s, expected 1.4 to 1.8 or 2.2 and later", s->base.name,
                       result->version);
    HM_TRY(check_complete(s, result, err));
    HM_TRY(neo4j_ask(s, CYPHER_STATE, NULL, copy_revision, &state.revision, err));
    state.products = result->products;
    HM_TRY(repeat_until_none(s, CYPHER_GDS_DISCARD, EDGES_A_RUN, err));
    HM_TRY(run_on_projection(s, CYPHER_GDS_DROP, err));
    HM_TRY(run_on_projection(s, project, err));
    enum cypher_id watching =
        choose_script(CYPHER_GDS_PROGRESS_BETA, CYPHER_GDS_PROGRESS, result->version);
    enum hm_status status = run_search(s, knn, k, watching, progress, context, result, err);
    enum hm_status dropped = run_on_projection(s, CYPHER_GDS_DROP, status == HM_OK ? err : NULL);
    HM_TRY(status);
    HM_TRY(dropped);
    return publish_neighbours(s, &state, err);
}
