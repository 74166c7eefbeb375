// SPDX-License-Identifier: MIT
// Shard stores into one. First all that the sources and the target hold is listed and compared, by
// the pictures' digests; only then is anything written.

#include "hmrec/merge.h"

#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "mem.h"
#include "tell.h"
#include "vectors.h"

enum {
    BATCH = 256, // embeddings of a transaction: 2 MiB
    TOLD = 20    // conflicts that are named
};

struct merge_row {
    const char *code;
    const char *digest; // of the picture; "": there is none
    size_t source;
    bool held; // by the target
};

// ---- what there is

static const char *keep(struct hm_merge *merge, const char *text, struct hm_error *err) {
    const char *copy = hm_arena_keep(&merge->strings, text, strlen(text));
    if (!copy) (void)hm_fail(err, HM_ENOMEM, "no memory for a list of %zu products", merge->n);
    return copy;
}

static enum hm_status add_row(void *context, const struct hm_store_source *source,
                              struct hm_error *err) {
    struct hm_merge *merge = context;
    size_t length = strlen(source->code), which = merge->n_sources - 1;
    if (!length || length > HM_STORE_CODE_MAX)
        return hm_fail(err, HM_EFORMAT,
                       "store %s: found a product code of %zu bytes, expected 1 to %d",
                       merge->sources[which], length, HM_STORE_CODE_MAX);
    HM_TRY(stop_if_cancelled(merge->host, "stopped by a signal", err));
    HM_TRY(hm_grow(&merge->rows, &merge->capacity, merge->n + 1, sizeof *merge->rows, err));
    struct merge_row row = {.source = which};
    row.code = keep(merge, source->code, err);
    row.digest = row.code ? keep(merge, source->image_digest, err) : NULL;
    if (!row.digest) return HM_ENOMEM;
    merge->rows[merge->n++] = row;
    return HM_OK;
}

static enum hm_status check_model(struct hm_merge *merge, const char *model, const char *name,
                                  struct hm_error *err) {
    char found[HM_STORE_MODEL_LABEL], expected[HM_STORE_MODEL_LABEL];
    if (!*merge->model) memcpy(merge->model, model, strlen(model) + 1);
    if (!*model || strcmp(model, merge->model) == 0) return HM_OK;
    hm_store_model_label(model, found);
    hm_store_model_label(merge->model, expected);
    return hm_fail(err, HM_ECONFLICT,
                   "store %s: found embeddings of model %s, expected %s as in the stores before it",
                   name, found, expected);
}

static enum hm_status tell_rest(const struct hm_merge *merge, struct hm_store *source,
                                struct hm_error *err) {
    struct hm_store_counts counts;
    struct hm_store_mark mark;
    HM_TRY(hm_store_count(source, &counts, err));
    HM_TRY(catalogue_mark(source, &mark, err));
    if (mark.load || counts.customers || counts.purchases)
        tell_note(merge->host,
                  "note: store %s: catalogue, customers and purchases are not merged; hmrec load "
                  "reads their files",
                  hm_store_name(source));
    return HM_OK;
}

enum hm_status hm_merge_list(struct hm_merge *merge, struct hm_store *source,
                             struct hm_error *err) {
    char model[HM_STORE_MODEL_MAX + 1];
    HM_TRY(hm_grow(&merge->sources, &merge->sources_capacity, merge->n_sources + 1,
                   sizeof *merge->sources, err));
    const char *name = keep(merge, hm_store_name(source), err);
    if (!name) return HM_ENOMEM;
    merge->sources[merge->n_sources++] = name;
    HM_TRY(hm_store_model(source, model, err));
    HM_TRY(check_model(merge, model, name, err));
    HM_TRY(tell_rest(merge, source, err));
    if (!*model) {
        tell_note(merge->host, "note: store %s has no embeddings", name);
        return HM_OK;
    }
    return hm_store_each_source(source, add_row, merge, err);
}

// ---- what contradicts

static enum hm_status end_conflicts(const struct hm_merge *merge, size_t conflicts,
                                    struct hm_error *err) {
    if (!conflicts) return HM_OK;
    if (conflicts > TOLD)
        tell_failure(merge->host, HM_ECONFLICT, "and %zu more products", conflicts - TOLD);
    return hm_fail(err, HM_ECONFLICT,
                   "%zu products have different pictures in two stores; nothing is written (hmrec "
                   "remove --embeddings CODE --store STORE drops one of them)",
                   conflicts);
}

static void tell_conflict(const struct hm_merge *merge, size_t number, const struct merge_row *row,
                          const char *digest, const char *store) {
    if (number > TOLD) return;
    tell_failure(merge->host, HM_ECONFLICT, "product %s: picture %.12s in %s, %.12s in %s",
                 row->code, row->digest, merge->sources[row->source], digest, store);
}

// By code; of one product those with a picture first, then in the order of the sources.
static int compare_rows(const void *a, const void *b) {
    const struct merge_row *x = a, *y = b;
    int order = strcmp(x->code, y->code);
    if (order == 0) order = !*x->digest - !*y->digest;
    return order ? order : (x->source > y->source) - (x->source < y->source);
}

enum hm_status hm_merge_check(struct hm_merge *merge, struct hm_error *err) {
    size_t kept = 0, conflicts = 0;
    if (merge->n) qsort(merge->rows, merge->n, sizeof *merge->rows, compare_rows);
    for (size_t i = 0; i < merge->n; i++) {
        const struct merge_row *row = &merge->rows[i], *first = kept ? &merge->rows[kept - 1] : row;
        if (!kept || strcmp(first->code, row->code) != 0)
            merge->rows[kept++] = *row;
        else if (*row->digest && strcmp(first->digest, row->digest) != 0)
            tell_conflict(merge, ++conflicts, first, row->digest, merge->sources[row->source]);
    }
    merge->n = kept;
    return end_conflicts(merge, conflicts, err);
}

// ---- what the target has

static int compare_code(const void *code, const void *row) {
    return strcmp(code, ((const struct merge_row *)row)->code);
}

static struct merge_row *find_row(const struct hm_merge *merge, const char *code) {
    if (!merge->n) return NULL;
    return bsearch(code, merge->rows, merge->n, sizeof *merge->rows, compare_code);
}

struct target_search {
    struct hm_merge *merge;
    const char *name;
    size_t conflicts;
};

static enum hm_status see_held(void *context, const struct hm_store_source *held,
                               struct hm_error *err) {
    struct target_search *search = context;
    struct merge_row *row = find_row(search->merge, held->code);
    (void)err;
    if (!row) return HM_OK;
    row->held = !*row->digest || strcmp(row->digest, held->image_digest) == 0;
    search->merge->held += row->held;
    if (!row->held && *held->image_digest)
        tell_conflict(search->merge, ++search->conflicts, row, held->image_digest, search->name);
    return HM_OK;
}

enum hm_status hm_merge_begin(struct hm_merge *merge, struct hm_store *target,
                              struct hm_error *err) {
    struct target_search search = {merge, hm_store_name(target), 0};
    if (!*merge->model) return HM_OK;
    HM_TRY(hm_store_use_model(target, merge->model, false, err));
    HM_TRY(hm_store_each_source(target, see_held, &search, err));
    return end_conflicts(merge, search.conflicts, err);
}

// ---- the copy

struct copy {
    struct hm_merge *merge;
    size_t which;
    struct hm_store *target;
    float *vectors; // f32 [BATCH][HM_DIM]
    struct hm_store_embedding rows[BATCH];
    struct merge_row *listed[BATCH];
    size_t n;
};

static enum hm_status put_batch(struct copy *copy, struct hm_error *err) {
    struct hm_merge *merge = copy->merge;
    if (!copy->n) return HM_OK;
    HM_TRY(hm_store_put_embeddings(copy->target, copy->rows, copy->n, err));
    for (size_t i = 0; i < copy->n; i++)
        copy->listed[i]->held = true;
    merge->written += copy->n;
    copy->n = 0;
    tell_progress(merge->host, "embeddings", merge->written, merge->n - merge->held);
    return HM_OK;
}

static enum hm_status fail_changed(const struct copy *copy, const char *code,
                                   struct hm_error *err) {
    return hm_fail(err, HM_ECONFLICT,
                   "store %s: the embedding of %s has changed since the merge began; run it again",
                   copy->merge->sources[copy->which], code);
}

static enum hm_status copy_row(void *context, const struct hm_store_embedding *e,
                               struct hm_error *err) {
    struct copy *copy = context;
    struct merge_row *row = find_row(copy->merge, e->source.code);
    HM_TRY(stop_if_cancelled(copy->merge->host,
                             "stopped by a signal; the same command completes the merge", err));
    if (!row) return fail_changed(copy, e->source.code, err);
    if (row->source != copy->which || row->held) return HM_OK;
    if (strcmp(row->digest, e->source.image_digest) != 0) return fail_changed(copy, row->code, err);
    HM_TRY(vector_check(e, err));
    float *vector = copy->vectors + copy->n * HM_DIM;
    memcpy(vector, e->vector, HM_DIM * sizeof *vector);
    copy->rows[copy->n] = *e;
    copy->rows[copy->n].vector = vector;
    copy->rows[copy->n].source.code = row->code;
    copy->rows[copy->n].source.image_digest = row->digest;
    copy->listed[copy->n++] = row;
    return copy->n == BATCH ? put_batch(copy, err) : HM_OK;
}

static enum hm_status copy_all(struct copy *copy, struct hm_store *source, struct hm_error *err) {
    const struct hm_merge *merge = copy->merge;
    char model[HM_STORE_MODEL_MAX + 1];
    HM_TRY(hm_store_model(source, model, err));
    HM_TRY(check_model(copy->merge, model, merge->sources[copy->which], err));
    HM_TRY(hm_store_each_embedding(source, copy_row, copy, err));
    HM_TRY(put_batch(copy, err));
    for (size_t i = 0; i < merge->n; i++)
        if (merge->rows[i].source == copy->which && !merge->rows[i].held)
            return fail_changed(copy, merge->rows[i].code, err);
    return HM_OK;
}

enum hm_status hm_merge_copy(struct hm_merge *merge, size_t which, struct hm_store *source,
                             struct hm_store *target, struct hm_error *err) {
    struct copy *copy = calloc(1, sizeof *copy);
    float *vectors = hm_alloc_aligned(BATCH, HM_DIM * sizeof *vectors);
    enum hm_status status = HM_ENOMEM;
    if (copy && vectors) {
        copy->merge = merge;
        copy->which = which;
        copy->target = target;
        copy->vectors = vectors;
        status = copy_all(copy, source, err);
    } else {
        (void)hm_fail(err, HM_ENOMEM, "no memory for %d embeddings", BATCH);
    }
    free(vectors);
    free(copy);
    return status;
}

void hm_merge_free(struct hm_merge *merge) {
    free(merge->rows);
    free(merge->sources);
    hm_arena_drop(&merge->strings);
    *merge = (struct hm_merge){0};
}
