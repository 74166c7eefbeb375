// SPDX-License-Identifier: MIT
// Neighbours and products in the Neo4j store: what a person asks for once the vectors are there.

#include <stdlib.h>

#include "neo4j/neo4j.h"

enum {
    NEIGHBOURS_A_RUN = 500, // products whose neighbours one run of a script replaces
    CODES_A_RUN = 1000,     // products asked for by one run
};

// One function reads the rows of both.
CYPHER_SAME_COLUMNS(NEIGHBOURS, NEIGHBOURS_OF);
CYPHER_SAME_COLUMNS(PRODUCTS, PRODUCTS_BY_CODE);

// ---- neighbours

static enum hm_status copy_state(void *context, const struct bolt_value *row,
                                 struct hm_error *err) {
    struct hm_store_knn_state *state = context;
    (void)err;
    state->revision = neo4j_whole(&row[STATE_KNN_REVISION]);
    state->products = (size_t)neo4j_whole(&row[STATE_KNN_PRODUCTS]);
    state->k = (size_t)neo4j_whole(&row[STATE_KNN_K]);
    state->approximate = neo4j_truth(&row[STATE_KNN_APPROXIMATE]);
    return HM_OK;
}

static enum hm_status copy_changes(void *context, const struct bolt_value *row,
                                   struct hm_error *err) {
    struct hm_store_knn_state *state = context;
    size_t lasting = (size_t)neo4j_whole(&row[CHANGES_LASTING]);
    (void)err;
    state->newer = (size_t)neo4j_whole(&row[CHANGES_NEWER]);
    state->gone = state->revision && state->products > lasting ? state->products - lasting : 0;
    return HM_OK;
}

enum hm_status neo4j_knn_state(struct hm_store *store, struct hm_store_knn_state *state,
                               struct hm_error *err) {
    struct neo4j_store *s = neo4j_of(store);
    struct neo4j_batch batch = {0};
    *state = (struct hm_store_knn_state){0};
    HM_TRY(neo4j_ask(s, CYPHER_STATE, NULL, copy_state, state, err));
    struct bolt_params *params = neo4j_add(&batch, CYPHER_CHANGES, -1);
    if (!params) return neo4j_no_memory(s, err);
    bolt_put_string(params, "model", s->model);
    bolt_put_int(params, "revision", state->revision);
    enum hm_status status = neo4j_read(s, &batch, copy_changes, state, err);
    neo4j_batch_free(&batch);
    return status;
}

static enum hm_status add_clear(struct neo4j_store *s, struct neo4j_batch *batch,
                                const struct hm_store_neighbours *rows, size_t n,
                                struct hm_error *err) {
    struct bolt_params *params = neo4j_add(batch, CYPHER_SIMILAR_CLEAR, -1);
    if (!params) return neo4j_no_memory(s, err);
    bolt_put_string(params, "model", s->model);
    bolt_begin_list(params, "codes", n);
    for (size_t i = 0; i < n; i++)
        bolt_put_string(params, NULL, rows[i].code);
    bolt_end(params);
    return HM_OK;
}

static void put_row(struct bolt_params *params, const struct hm_store_neighbours *row) {
    bolt_begin_map(params, NULL, 3);
    bolt_put_string(params, "code", row->code);
    bolt_begin_list(params, "codes", row->n);
    for (size_t i = 0; i < row->n; i++)
        bolt_put_string(params, NULL, row->codes[i]);
    bolt_end(params);
    bolt_put_f32(params, "scores", row->scores, row->n);
    bolt_end(params);
}

static enum hm_status add_neighbours(struct neo4j_store *s, struct neo4j_batch *batch,
                                     const struct hm_store_neighbours *rows, size_t n,
                                     struct hm_error *err) {
    int64_t edges = 0;
    for (size_t i = 0; i < n; i++)
        edges += (int64_t)rows[i].n;
    HM_TRY(add_clear(s, batch, rows, n, err));
    struct bolt_params *params = neo4j_add(batch, CYPHER_SIMILAR_PUT, edges);
    if (!params) return neo4j_no_memory(s, err);
    bolt_put_string(params, "model", s->model);
    bolt_begin_list(params, "rows", n);
    for (size_t i = 0; i < n; i++)
        put_row(params, &rows[i]);
    bolt_end(params);
    return HM_OK;
}

enum hm_status neo4j_add_knn_state(struct neo4j_store *s, struct neo4j_batch *batch,
                                   const struct hm_store_knn_state *state, struct hm_error *err) {
    struct bolt_params *params = neo4j_add(batch, CYPHER_KNN_STATE_PUT, -1);
    if (!params) return neo4j_no_memory(s, err);
    bolt_put_int(params, "revision", state->revision);
    bolt_put_int(params, "products", (int64_t)state->products);
    bolt_put_int(params, "k", (int64_t)state->k);
    bolt_put_bool(params, "approximate", state->approximate);
    return HM_OK;
}

enum hm_status neo4j_put_neighbours(struct hm_store *store, const struct hm_store_neighbours *rows,
                                    size_t n, const struct hm_store_knn_state *state,
                                    struct hm_error *err) {
    struct neo4j_store *s = neo4j_of(store);
    struct neo4j_batch batch = {.shortfall =
                                    "another process has changed its model or taken products away"};
    enum hm_status status = HM_OK;
    for (size_t at = 0; at < n && status == HM_OK; at += NEIGHBOURS_A_RUN) {
        size_t some = n - at < NEIGHBOURS_A_RUN ? n - at : NEIGHBOURS_A_RUN;
        status = add_neighbours(s, &batch, rows + at, some, err);
    }
    if (status == HM_OK && state) status = neo4j_add_knn_state(s, &batch, state, err);
    if (status == HM_OK) status = neo4j_write(s, &batch, NULL, NULL, err);
    neo4j_batch_free(&batch);
    return status;
}

struct neighbours {
    const struct neo4j_store *store;
    hm_store_neighbours_fn *fn;
    void *context;
    const char **codes; // [capacity], owned; what they point to is the row's
    float *scores;      // [capacity], owned
    size_t capacity;
    bool found;
};

static enum hm_status make_room(struct neighbours *to, size_t n, struct hm_error *err) {
    if (n <= to->capacity) return HM_OK;
    const char **codes = realloc(to->codes, n * sizeof *codes);
    if (codes) to->codes = codes;
    float *scores = realloc(to->scores, n * sizeof *scores);
    if (scores) to->scores = scores;
    if (!codes || !scores) return neo4j_no_memory(to->store, err);
    to->capacity = n;
    return HM_OK;
}

static enum hm_status give_neighbours(void *context, const struct bolt_value *row,
                                      struct hm_error *err) {
    struct neighbours *to = context;
    const struct bolt_value *codes = &row[NEIGHBOURS_CODES];
    size_t n = codes->type == BOLT_LIST ? codes->length : 0;
    HM_TRY(make_room(to, n, err));
    for (size_t i = 0; i < n; i++) {
        struct bolt_value code = bolt_at(codes, i);
        to->codes[i] = neo4j_text(&code);
    }
    HM_TRY(bolt_to_f32(&row[NEIGHBOURS_SCORES], to->scores, n, err));
    to->found = true;
    struct hm_store_neighbours given = {neo4j_text(&row[NEIGHBOURS_CODE]), n, to->codes,
                                        to->scores};
    return to->fn(to->context, &given, err);
}

static enum hm_status ask_neighbours(struct neighbours *to, struct neo4j_store *s,
                                     enum cypher_id script, const struct neo4j_given *given,
                                     struct hm_error *err) {
    enum hm_status status = neo4j_ask(s, script, given, give_neighbours, to, err);
    free(to->codes);
    free(to->scores);
    return status;
}

enum hm_status neo4j_each_neighbours(struct hm_store *store, hm_store_neighbours_fn *fn,
                                     void *context, struct hm_error *err) {
    struct neo4j_store *s = neo4j_of(store);
    struct neighbours to = {.store = s, .fn = fn, .context = context};
    return ask_neighbours(&to, s, CYPHER_NEIGHBOURS, NULL, err);
}

enum hm_status neo4j_get_neighbours(struct hm_store *store, const char *code,
                                    hm_store_neighbours_fn *fn, void *context,
                                    struct hm_error *err) {
    struct neo4j_store *s = neo4j_of(store);
    struct neighbours to = {.store = s, .fn = fn, .context = context};
    HM_TRY(ask_neighbours(&to, s, CYPHER_NEIGHBOURS_OF,
                          (struct neo4j_given[]){{"code", code}, {NULL, NULL}}, err));
    if (to.found) return HM_OK;
    return hm_fail(err, HM_ENOTFOUND, "store %s: no product %s", s->base.name, code);
}

// ---- products

struct products {
    hm_store_product_fn *fn;
    void *context;
};

static enum hm_status give_product(void *context, const struct bolt_value *row,
                                   struct hm_error *err) {
    struct products *to = context;
    const struct bolt_value *department = &row[PRODUCTS_DEPARTMENT_NUMBER];
    struct hm_store_product product = {
        .code = neo4j_text(&row[PRODUCTS_CODE]),
        .name = neo4j_text(&row[PRODUCTS_NAME]),
        .type = neo4j_text(&row[PRODUCTS_TYPE]),
        .group = neo4j_text(&row[PRODUCTS_GROUP]),
        .department = neo4j_text(&row[PRODUCTS_DEPARTMENT]),
        .index = neo4j_text(&row[PRODUCTS_INDEX]),
        .appearance = neo4j_text(&row[PRODUCTS_APPEARANCE]),
        .colour = neo4j_text(&row[PRODUCTS_COLOUR]),
        .department_number =
            department->type == BOLT_INT ? department->as.integer : HM_STORE_NO_NUMBER,
        .index_code = neo4j_text(&row[PRODUCTS_INDEX_CODE]),
        .embedded = neo4j_truth(&row[PRODUCTS_EMBEDDED]),
        .listed = neo4j_truth(&row[PRODUCTS_LISTED]),
    };
    return to->fn(to->context, &product, err);
}

static enum hm_status some_products(struct neo4j_store *s, const char *const *codes, size_t n,
                                    struct products *to, struct hm_error *err) {
    struct neo4j_batch batch = {0};
    struct bolt_params *params = neo4j_add(&batch, CYPHER_PRODUCTS_BY_CODE, -1);
    if (!params) return neo4j_no_memory(s, err);
    bolt_put_string(params, "model", s->model);
    bolt_begin_list(params, "codes", n);
    for (size_t i = 0; i < n; i++)
        bolt_put_string(params, NULL, codes[i]);
    bolt_end(params);
    enum hm_status status = neo4j_read(s, &batch, give_product, to, err);
    neo4j_batch_free(&batch);
    return status;
}

enum hm_status neo4j_products(struct hm_store *store, const char *const *codes, size_t n,
                              hm_store_product_fn *fn, void *context, struct hm_error *err) {
    struct neo4j_store *s = neo4j_of(store);
    struct products to = {fn, context};
    if (n == 0)
        return neo4j_ask(s, CYPHER_PRODUCTS,
                         (struct neo4j_given[]){{"model", s->model}, {NULL, NULL}}, give_product,
                         &to, err);
    for (size_t at = 0; at < n; at += CODES_A_RUN)
        HM_TRY(some_products(s, codes + at, n - at < CODES_A_RUN ? n - at : CODES_A_RUN, &to, err));
    return HM_OK;
}

static enum hm_status copy_counts(void *context, const struct bolt_value *row,
                                  struct hm_error *err) {
    struct hm_store_counts *counts = context;
    (void)err;
    counts->products = (size_t)neo4j_whole(&row[COUNTS_PRODUCTS]);
    counts->embeddings = (size_t)neo4j_whole(&row[COUNTS_EMBEDDINGS]);
    counts->neighbours = (size_t)neo4j_whole(&row[COUNTS_NEIGHBOURS]);
    counts->customers = (size_t)neo4j_whole(&row[COUNTS_CUSTOMERS]);
    counts->purchases = (size_t)neo4j_whole(&row[COUNTS_PURCHASES]);
    return HM_OK;
}

enum hm_status neo4j_counts(struct hm_store *store, struct hm_store_counts *counts,
                            struct hm_error *err) {
    struct neo4j_store *s = neo4j_of(store);
    *counts = (struct hm_store_counts){0};
    return neo4j_ask(s, CYPHER_COUNTS, (struct neo4j_given[]){{"model", s->model}, {NULL, NULL}},
                     copy_counts, counts, err);
}
