// SPDX-License-Identifier: MIT
// The screen in the SQLite store: directions, and what was kept of embeddings, in blocks.

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "sqlite/sqlite.h"

enum { NUMBER_BYTES = 8 }; // of a product, in a block

static enum hm_status no_memory(struct sqlite_store *s, struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "store %s: no memory for its screen", s->base.name);
}

static enum hm_status get(struct hm_store *store, struct hm_store_screen *out,
                          struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *get;
    bool row;
    *out = (struct hm_store_screen){0};
    HM_TRY(sqlite_prepare(s, ST_SCREEN_GET, &get, err));
    sqlite3_bind_int64(get, 1, s->model);
    HM_TRY(sqlite_step(s, get, &row, err));
    if (row)
        *out = (struct hm_store_screen){
            .bytes = (size_t)sqlite3_column_int64(get, 0),
            .made_of = (size_t)sqlite3_column_int64(get, 1),
            .kept = (size_t)sqlite3_column_int64(get, 2),
            .revision = sqlite3_column_int64(get, 3),
            .newer = (size_t)sqlite3_column_int64(get, 4),
            .blocks = (size_t)sqlite3_column_int64(get, 5),
        };
    sqlite3_reset(get);
    return HM_OK;
}

static enum hm_status count(struct hm_store *store, size_t *n, struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *count;
    bool row;
    HM_TRY(sqlite_prepare(s, ST_EMBEDDING_COUNT, &count, err));
    sqlite3_bind_int64(count, 1, s->model);
    HM_TRY(sqlite_step(s, count, &row, err));
    *n = row ? (size_t)sqlite3_column_int64(count, 0) : 0;
    sqlite3_reset(count);
    return HM_OK;
}

static enum hm_status sample(struct hm_store *store, size_t count, float *vectors, size_t *n,
                             struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *next;
    HM_TRY(sqlite_prepare(s, ST_SCREEN_SAMPLE, &next, err));
    *n = 0;
    for (size_t i = 0; i < count; i++) {
        bool row;
        const float *vector;
        sqlite3_reset(next);
        sqlite3_bind_int64(next, 1, s->model);
        sqlite3_bind_double(next, 2, (double)i / (double)count);
        HM_TRY(sqlite_step(s, next, &row, err));
        if (!row) continue;
        enum hm_status status = sqlite_vector_of(s, next, 0, "a product", &vector, err);
        if (status == HM_OK) memcpy(vectors + (*n)++ * HM_DIM, vector, SQLITE_VECTOR_BYTES);
        sqlite3_reset(next);
        HM_TRY(status);
    }
    return HM_OK;
}

// ---- writing

// A block that is being filled.
struct block {
    float *vectors;                  // [HM_STORE_BLOCK][HM_DIM]
    void *kept;                      // [HM_STORE_BLOCK][kept_bytes]
    int64_t numbers[HM_STORE_BLOCK]; // of products
    size_t n, kept_bytes, all;
    hm_store_keep_fn *fn;
    void *context;
};

static enum hm_status write_block(struct sqlite_store *s, struct block *b, struct hm_error *err) {
    sqlite3_stmt *add;
    if (!b->n) return HM_OK;
    if (sqlite_cancelled(s))
        return hm_fail(err, HM_ECANCELED, "store %s: stopped by a signal", s->base.name);
    HM_TRY(b->fn(b->context, b->vectors, b->n, b->kept, err));
    HM_TRY(sqlite_prepare(s, ST_SCREEN_BLOCK_ADD, &add, err));
    sqlite3_bind_blob(add, 1, b->numbers, (int)(b->n * NUMBER_BYTES), SQLITE_STATIC);
    sqlite3_bind_blob64(add, 2, b->kept, b->n * b->kept_bytes, SQLITE_STATIC);
    b->all += b->n;
    b->n = 0;
    return sqlite_run(s, add, err);
}

static enum hm_status write_blocks(struct sqlite_store *s, struct block *b, int64_t newer_than,
                                   struct hm_error *err) {
    sqlite3_stmt *each;
    bool row;
    HM_TRY(sqlite_prepare(s, ST_EACH_NEWER, &each, err));
    sqlite3_bind_int64(each, 1, s->model);
    sqlite3_bind_int64(each, 2, newer_than);
    enum hm_status status = sqlite_step(s, each, &row, err);
    while (status == HM_OK && row) {
        const float *vector;
        status = sqlite_vector_of(s, each, 5, sqlite_text(each, 0), &vector, err);
        if (status != HM_OK) break;
        memcpy(b->vectors + b->n * HM_DIM, vector, SQLITE_VECTOR_BYTES);
        b->numbers[b->n++] = sqlite3_column_int64(each, 6);
        if (b->n == HM_STORE_BLOCK) status = write_block(s, b, err);
        if (status == HM_OK) status = sqlite_step(s, each, &row, err);
    }
    sqlite3_reset(each);
    return status == HM_OK ? write_block(s, b, err) : status;
}

static enum hm_status replace_screen(struct sqlite_store *s, const void *saved, size_t bytes,
                                     struct hm_error *err) {
    sqlite3_stmt *add;
    HM_TRY(sqlite_do(s, ST_SCREEN_CLEAR, err));
    HM_TRY(sqlite_do(s, ST_SCREEN_BLOCKS_CLEAR, err));
    HM_TRY(sqlite_prepare(s, ST_SCREEN_ADD, &add, err));
    sqlite3_bind_int64(add, 1, s->model);
    sqlite3_bind_blob64(add, 2, bytes ? saved : "", bytes, SQLITE_STATIC);
    return sqlite_run(s, add, err);
}

// Inside a transaction.
static enum hm_status bring_up(struct sqlite_store *s, const void *saved, size_t bytes,
                               struct block *b, struct hm_error *err) {
    struct hm_store_screen state;
    sqlite3_stmt *set;
    HM_TRY(sqlite_check_model(s, err));
    if (saved) HM_TRY(replace_screen(s, saved, bytes, err));
    HM_TRY(get(&s->base, &state, err));
    if (state.bytes) HM_TRY(write_blocks(s, b, state.revision, err));
    HM_TRY(sqlite_next_revision(s, &state.revision, err)); // above all that is there now
    HM_TRY(sqlite_prepare(s, ST_SCREEN_SET, &set, err));
    sqlite3_bind_int64(set, 1, s->model);
    sqlite3_bind_int64(set, 2, state.revision);
    sqlite3_bind_int64(set, 3, (sqlite3_int64)b->all);
    return sqlite_run(s, set, err);
}

static enum hm_status put(struct hm_store *store, const void *saved, size_t bytes,
                          size_t kept_bytes, hm_store_keep_fn *fn, void *context,
                          struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    struct block *b = calloc(1, sizeof *b);
    if (!b) return no_memory(s, err);
    *b = (struct block){.kept_bytes = kept_bytes, .fn = fn, .context = context};
    b->vectors = hm_alloc_aligned(HM_STORE_BLOCK, HM_DIM * sizeof *b->vectors);
    b->kept = hm_alloc_aligned(HM_STORE_BLOCK, kept_bytes);
    enum hm_status status = b->vectors && b->kept ? sqlite_do(s, ST_BEGIN, err) : no_memory(s, err);
    if (status == HM_OK) status = sqlite_end(s, bring_up(s, saved, bytes, b, err), err);
    free(b->vectors);
    free(b->kept);
    free(b);
    return status;
}

// ---- reading

static enum hm_status at_one_moment(struct hm_store *store, hm_store_moment_fn *fn, void *context,
                                    struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    HM_TRY(sqlite_do(s, ST_BEGIN_READ, err));
    enum hm_status status = fn(context, err);
    enum hm_status ended = sqlite_do(s, ST_ROLLBACK, status == HM_OK ? err : NULL);
    return status == HM_OK ? ended : status; // nothing was written
}

static enum hm_status read_screen(struct hm_store *store, void *to, size_t bytes,
                                  struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *saved;
    bool row;
    HM_TRY(sqlite_prepare(s, ST_SCREEN_SAVED, &saved, err));
    sqlite3_bind_int64(saved, 1, s->model);
    HM_TRY(sqlite_step(s, saved, &row, err));
    size_t found = row ? (size_t)sqlite3_column_bytes(saved, 0) : 0;
    const void *blob = row ? sqlite3_column_blob(saved, 0) : NULL;
    bool right = blob && found == bytes;
    if (right) memcpy(to, blob, bytes);
    sqlite3_reset(saved);
    if (right) return HM_OK;
    return hm_fail(err, HM_EFORMAT, "store %s: its screen has %zu bytes, expected %zu",
                   s->base.name, found, bytes);
}

static enum hm_status give_block(struct sqlite_store *s, sqlite3_stmt *row, size_t kept_bytes,
                                 int64_t *numbers, void *kept, hm_store_kept_fn *fn, void *context,
                                 struct hm_error *err) {
    const void *products = sqlite3_column_blob(row, 0), *blob = sqlite3_column_blob(row, 1);
    size_t n = (size_t)sqlite3_column_bytes(row, 0) / NUMBER_BYTES;
    size_t bytes = (size_t)sqlite3_column_bytes(row, 1);
    if (!products || !blob || n > HM_STORE_BLOCK || bytes != n * kept_bytes)
        return hm_fail(err, HM_EFORMAT,
                       "store %s: a block of its screen has %zu products and %zu bytes, expected "
                       "at most %d products of %zu bytes",
                       s->base.name, n, bytes, HM_STORE_BLOCK, kept_bytes);
    memcpy(numbers, products, n * NUMBER_BYTES);
    memcpy(kept, blob, bytes);
    return fn(context, numbers, kept, n, err);
}

static enum hm_status each_kept(struct hm_store *store, size_t kept_bytes, hm_store_kept_fn *fn,
                                void *context, struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *each;
    bool row;
    int64_t numbers[HM_STORE_BLOCK];
    void *kept = hm_alloc_aligned(HM_STORE_BLOCK, kept_bytes);
    if (!kept) return no_memory(s, err);
    enum hm_status status = sqlite_prepare(s, ST_SCREEN_BLOCKS, &each, err);
    if (status == HM_OK) status = sqlite_step(s, each, &row, err);
    while (status == HM_OK && row) {
        status = give_block(s, each, kept_bytes, numbers, kept, fn, context, err);
        if (status == HM_OK) status = sqlite_step(s, each, &row, err);
    }
    if (each) sqlite3_reset(each);
    free(kept);
    return status;
}

static enum hm_status numbered(struct hm_store *store, int64_t number, hm_store_embedding_fn *fn,
                               void *context, struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *get;
    HM_TRY(sqlite_prepare(s, ST_EMBEDDING_NUMBERED, &get, err));
    sqlite3_bind_int64(get, 1, s->model);
    sqlite3_bind_int64(get, 2, number);
    return sqlite_give_embeddings(s, get, fn, context, err);
}

static enum hm_status each_newer(struct hm_store *store, hm_store_embedding_fn *fn, void *context,
                                 struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    struct hm_store_screen state;
    sqlite3_stmt *each;
    HM_TRY(get(store, &state, err));
    HM_TRY(sqlite_prepare(s, ST_EACH_NEWER, &each, err));
    sqlite3_bind_int64(each, 1, s->model);
    sqlite3_bind_int64(each, 2, state.revision);
    return sqlite_give_embeddings(s, each, fn, context, err);
}

const struct store_screen_ops sqlite_screen_ops = {
    .get = get,
    .count = count,
    .sample = sample,
    .put = put,
    .at_one_moment = at_one_moment,
    .read = read_screen,
    .each_kept = each_kept,
    .numbered = numbered,
    .each_newer = each_newer,
};
