// SPDX-License-Identifier: MIT
// A store's embeddings as one matrix in memory, which is what searching them needs.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hmrec/pipeline.h"

static enum hm_status grow(struct vectors *v, size_t capacity, struct hm_error *err) {
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

static enum hm_status add(void *context, const struct hm_store_embedding *row,
                          struct hm_error *err) {
    struct vectors *v = context;
    if (app_signal()) return hm_fail(err, HM_ECANCELED, "stopped by a signal");
    for (size_t d = 0; d < HM_DIM; d++)
        if (!isfinite(row->vector[d]))
            return hm_fail(err, HM_EFORMAT,
                           "embedding of %s: found a number that is not finite; hmrec embed "
                           "--again makes it anew",
                           row->source.code);
    if (v->n == v->capacity) HM_TRY(grow(v, v->capacity + v->capacity / 8 + 16, err));
    v->codes[v->n] = hm_arena_copy(&v->strings, row->source.code, strlen(row->source.code));
    if (!v->codes[v->n]) return hm_fail(err, HM_ENOMEM, "no memory for a product code");
    memcpy(v->rows + v->n * HM_DIM, row->vector, HM_DIM * sizeof *v->rows);
    v->revisions[v->n++] = row->revision;
    if (row->revision > v->revision) v->revision = row->revision;
    return HM_OK;
}

enum hm_status vectors_read(struct vectors *v, struct hm_store *store, struct hm_error *err) {
    struct hm_store_counts counts;
    HM_TRY(hm_store_count(store, &counts, err));
    if (counts.embeddings) HM_TRY(grow(v, counts.embeddings, err));
    return hm_store_each_embedding(store, add, v, err);
}

size_t vectors_find(const struct vectors *v, const char *code) {
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

void vectors_free(struct vectors *v) {
    free(v->rows);
    free(v->codes);
    free(v->revisions);
    hm_arena_free(&v->strings);
}
