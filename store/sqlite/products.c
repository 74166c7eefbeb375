// SPDX-License-Identifier: MIT
// Neighbours and products in the SQLite store: what a person asks for once the vectors are there.

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "sqlite/sqlite.h"

// What came after the neighbours were computed.
static enum hm_status count_changes(struct sqlite_store *s, struct hm_store_knn_state *state,
                                    struct hm_error *err) {
    sqlite3_stmt *get;
    bool row;
    HM_TRY(sqlite_prepare(s, ST_KNN_COUNTS, &get, err));
    sqlite3_bind_int64(get, 1, s->model);
    sqlite3_bind_int64(get, 2, state->revision);
    HM_TRY(sqlite_step(s, get, &row, err));
    size_t lasting = (size_t)sqlite3_column_int64(get, 1);
    state->newer = (size_t)sqlite3_column_int64(get, 0);
    state->gone = state->revision && state->products > lasting ? state->products - lasting : 0;
    sqlite3_reset(get);
    return HM_OK;
}

enum hm_status sqlite_knn_state(struct hm_store *store, struct hm_store_knn_state *state,
                                struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    int64_t products = 0, k = 0;
    HM_TRY(sqlite_meta_get(s, "knn_revision", &state->revision, err));
    HM_TRY(sqlite_meta_get(s, "knn_products", &products, err));
    HM_TRY(sqlite_meta_get(s, "knn_k", &k, err));
    state->products = (size_t)products;
    state->k = (size_t)k;
    state->approximate = false;
    return count_changes(s, state, err);
}

static enum hm_status find_compared(struct sqlite_store *s, const char *code, int64_t *id,
                                    struct hm_error *err) {
    enum hm_status status = sqlite_product_id(s, code, false, id, err);
    if (status != HM_ENOTFOUND) return status;
    return hm_fail(err, HM_ECONFLICT, "store %s: another process has removed product %s",
                   s->base.name, code);
}

static enum hm_status put_list(struct sqlite_store *s, const struct hm_store_neighbours *row,
                               struct hm_error *err) {
    sqlite3_stmt *statement;
    int64_t product, neighbour;
    HM_TRY(find_compared(s, row->code, &product, err));
    HM_TRY(sqlite_prepare(s, ST_SIMILAR_DELETE, &statement, err));
    sqlite3_bind_int64(statement, 1, product);
    HM_TRY(sqlite_run(s, statement, err));
    for (size_t i = 0; i < row->n; i++) {
        HM_TRY(find_compared(s, row->codes[i], &neighbour, err));
        HM_TRY(sqlite_prepare(s, ST_SIMILAR_ADD, &statement, err));
        sqlite3_bind_int64(statement, 1, product);
        sqlite3_bind_int64(statement, 2, (sqlite3_int64)i + 1);
        sqlite3_bind_int64(statement, 3, neighbour);
        sqlite3_bind_double(statement, 4, (double)row->scores[i]);
        HM_TRY(sqlite_run(s, statement, err));
    }
    return HM_OK;
}

enum hm_status sqlite_put_neighbours(struct hm_store *store, const struct hm_store_neighbours *rows,
                                     size_t n, const struct hm_store_knn_state *state,
                                     struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    enum hm_status status = HM_OK;
    if (!s->neighbours_pending) HM_TRY(sqlite_do(s, ST_BEGIN, err));
    if (!s->neighbours_pending) status = sqlite_check_model(s, err);
    s->neighbours_pending = true;
    for (size_t i = 0; i < n && status == HM_OK; i++)
        status = put_list(s, &rows[i], err);
    if (status == HM_OK && !state) return HM_OK; // more batches of this transaction follow
    if (status == HM_OK) status = sqlite_meta_set(s, "knn_revision", state->revision, err);
    if (status == HM_OK) status = sqlite_meta_set(s, "knn_products", (int64_t)state->products, err);
    if (status == HM_OK) status = sqlite_meta_set(s, "knn_k", (int64_t)state->k, err);
    s->neighbours_pending = false;
    return sqlite_end(s, status, err);
}

// The rows (product, neighbour, score) of one product, collected until the product changes.
struct gather {
    struct hm_arena arena; // all strings below
    const char *code;      // NULL: nothing collected
    const char **codes;    // [capacity], n in use
    float *scores;
    size_t n, capacity;
};

static enum hm_status gather_add(struct gather *g, const char *neighbour, float score,
                                 struct hm_error *err) {
    if (g->n == g->capacity) {
        size_t capacity = g->capacity ? 2 * g->capacity : 16;
        const char **codes = realloc(g->codes, capacity * sizeof *codes);
        if (codes) g->codes = codes;
        float *scores = realloc(g->scores, capacity * sizeof *scores);
        if (scores) g->scores = scores;
        if (!codes || !scores)
            return hm_fail(err, HM_ENOMEM, "no memory for %zu neighbours", capacity);
        g->capacity = capacity;
    }
    g->codes[g->n] = hm_arena_copy(&g->arena, neighbour, strlen(neighbour));
    g->scores[g->n] = score;
    return g->codes[g->n++] ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a product code");
}

static enum hm_status gather_flush(struct gather *g, hm_store_neighbours_fn *fn, void *context,
                                   struct hm_error *err) {
    if (!g->code) return HM_OK;
    struct hm_store_neighbours row = {
        .code = g->code, .n = g->n, .codes = g->codes, .scores = g->scores};
    HM_TRY(fn(context, &row, err));
    hm_arena_reset(&g->arena);
    g->code = NULL;
    g->n = 0;
    return HM_OK;
}

static enum hm_status gather_row(struct gather *g, sqlite3_stmt *row, hm_store_neighbours_fn *fn,
                                 void *context, struct hm_error *err) {
    const char *code = sqlite_text(row, 0);
    if (g->code && strcmp(g->code, code) != 0) HM_TRY(gather_flush(g, fn, context, err));
    if (!g->code) g->code = hm_arena_copy(&g->arena, code, strlen(code));
    if (!g->code) return hm_fail(err, HM_ENOMEM, "no memory for a product code");
    if (sqlite3_column_type(row, 1) == SQLITE_NULL) return HM_OK; // a product without neighbours
    return gather_add(g, sqlite_text(row, 1), (float)sqlite3_column_double(row, 2), err);
}

// Runs a bound SQL_NEIGHBOURS statement; *any: there was a product.
static enum hm_status gather_all(struct sqlite_store *s, sqlite3_stmt *each,
                                 hm_store_neighbours_fn *fn, void *context, bool *any,
                                 struct hm_error *err) {
    struct gather g = {0};
    bool row;
    enum hm_status status = sqlite_step(s, each, &row, err);
    *any = status == HM_OK && row;
    while (status == HM_OK && row) {
        status = gather_row(&g, each, fn, context, err);
        if (status == HM_OK) status = sqlite_step(s, each, &row, err);
    }
    if (status == HM_OK) status = gather_flush(&g, fn, context, err);
    sqlite3_reset(each);
    hm_arena_free(&g.arena);
    free(g.codes);
    free(g.scores);
    return status;
}

enum hm_status sqlite_each_neighbours(struct hm_store *store, hm_store_neighbours_fn *fn,
                                      void *context, struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *each;
    bool any;
    HM_TRY(sqlite_prepare(s, ST_SIMILAR_EACH, &each, err));
    return gather_all(s, each, fn, context, &any, err);
}

enum hm_status sqlite_get_neighbours(struct hm_store *store, const char *code,
                                     hm_store_neighbours_fn *fn, void *context,
                                     struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *get;
    bool any;
    HM_TRY(sqlite_prepare(s, ST_SIMILAR_GET, &get, err));
    sqlite3_bind_text(get, 1, code, -1, SQLITE_STATIC);
    HM_TRY(gather_all(s, get, fn, context, &any, err));
    return any ? HM_OK : hm_fail(err, HM_ENOTFOUND, "store %s: no product %s", store->name, code);
}

static enum hm_status each_product(struct sqlite_store *s, sqlite3_stmt *each,
                                   hm_store_product_fn *fn, void *context, struct hm_error *err) {
    bool row;
    sqlite3_bind_int64(each, 1, s->model);
    enum hm_status status = sqlite_step(s, each, &row, err);
    while (status == HM_OK && row) {
        struct hm_store_product product = {
            .code = sqlite_text(each, 0),
            .name = sqlite_text(each, 1),
            .type = sqlite_text(each, 2),
            .group = sqlite_text(each, 3),
            .department = sqlite_text(each, 4),
            .index = sqlite_text(each, 5),
            .appearance = sqlite_text(each, 6),
            .colour = sqlite_text(each, 7),
            .department_number = sqlite3_column_type(each, 8) == SQLITE_NULL
                                     ? HM_STORE_NO_NUMBER
                                     : sqlite3_column_int64(each, 8),
            .index_code = sqlite_text(each, 9),
            .embedded = sqlite3_column_int(each, 10) != 0,
            .listed = sqlite3_column_int(each, 11) != 0,
        };
        status = fn(context, &product, err);
        if (status == HM_OK) status = sqlite_step(s, each, &row, err);
    }
    sqlite3_reset(each);
    return status;
}

enum hm_status sqlite_products(struct hm_store *store, const char *const *codes, size_t n,
                               hm_store_product_fn *fn, void *context, struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *statement;
    if (n == 0) {
        HM_TRY(sqlite_prepare(s, ST_PRODUCT_EACH, &statement, err));
        return each_product(s, statement, fn, context, err);
    }
    for (size_t i = 0; i < n; i++) {
        HM_TRY(sqlite_prepare(s, ST_PRODUCT_GET, &statement, err));
        sqlite3_bind_text(statement, 2, codes[i], -1, SQLITE_STATIC);
        HM_TRY(each_product(s, statement, fn, context, err));
    }
    return HM_OK;
}

enum hm_status sqlite_counts(struct hm_store *store, struct hm_store_counts *counts,
                             struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *get;
    bool row;
    HM_TRY(sqlite_prepare(s, ST_COUNTS, &get, err));
    sqlite3_bind_int64(get, 1, s->model);
    HM_TRY(sqlite_step(s, get, &row, err));
    size_t *const fields[] = {&counts->products, &counts->embeddings, &counts->neighbours,
                              &counts->customers, &counts->purchases};
    for (int i = 0; i < 5; i++)
        *fields[i] = (size_t)sqlite3_column_int64(get, i);
    sqlite3_reset(get);
    return HM_OK;
}
