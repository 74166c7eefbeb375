// SPDX-License-Identifier: MIT
// A store's embeddings as one matrix in memory, which is what searching them needs.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hmrec/pipeline.h"
#include "mem.h"
#include "tell.h"
#include "vectors.h"

enum hm_status vector_check(const struct hm_store_embedding *row, struct hm_error *err) {
    bool finite = true;
    for (size_t d = 0; d < HM_DIM; d++)
        finite &= isfinite(row->vector[d]) != 0;
    if (finite) return HM_OK;
    return hm_fail(err, HM_EFORMAT,
                   "embedding of %s: found a number that is not finite; hmrec embed --again makes "
                   "it anew",
                   row->source.code);
}

static enum hm_status grow_vectors(struct hm_vectors *v, size_t capacity, struct hm_error *err) {
    size_t bytes;
    float *rows = hm_mul(capacity, HM_DIM * sizeof *rows, &bytes) ? realloc(v->rows, bytes) : NULL;
    if (rows) v->rows = rows;
    const char **codes = realloc(v->codes, capacity * sizeof *codes);
    if (codes) v->codes = codes;
    int64_t *revisions = realloc(v->revisions, capacity * sizeof *revisions);
    if (revisions) v->revisions = revisions;
    if (!rows || !codes || !revisions)
        return hm_fail(err, HM_ENOMEM, "no memory for %zu embeddings of %zu bytes", capacity,
                       HM_DIM * sizeof *rows);
    v->capacity = capacity;
    return HM_OK;
}

static enum hm_status add_vector(void *context, const struct hm_store_embedding *row,
                                 struct hm_error *err) {
    struct hm_vectors *v = context;
    HM_TRY(stop_if_cancelled(v->host, "stopped by a signal", err));
    HM_TRY(vector_check(row, err));
    if (v->n == v->capacity) HM_TRY(grow_vectors(v, v->capacity + v->capacity / 8 + 16, err));
    v->codes[v->n] = hm_arena_keep(&v->strings, row->source.code, strlen(row->source.code));
    if (!v->codes[v->n]) return hm_fail(err, HM_ENOMEM, "no memory for a product code");
    memcpy(v->rows + v->n * HM_DIM, row->vector, HM_DIM * sizeof *v->rows);
    v->revisions[v->n++] = row->revision;
    if (row->revision > v->revision) v->revision = row->revision;
    return HM_OK;
}

enum hm_status hm_vectors_read(struct hm_vectors *v, struct hm_store *store, struct hm_error *err) {
    struct hm_store_counts counts;
    HM_TRY(hm_store_count(store, &counts, err));
    if (counts.embeddings) HM_TRY(grow_vectors(v, counts.embeddings, err));
    return hm_store_each_embedding(store, add_vector, v, err);
}

size_t hm_vectors_find(const struct hm_vectors *v, const char *code) {
    size_t low = 0, high = v->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(v->codes[middle], code);
        if (order == 0) return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

void hm_vectors_free(struct hm_vectors *v) {
    free(v->rows);
    free(v->codes);
    free(v->revisions);
    hm_arena_drop(&v->strings);
}
