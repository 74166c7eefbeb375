// SPDX-License-Identifier: MIT
// Queries by the store's screen. What was kept of every product gives a bound of its score;
// embeddings are read in the order of the bounds, the highest first, until a bound is below the
// k-th best score. Embeddings that came after the screen are compared all. So the answer is that of
// a search over everything, at one moment of the store.

#include <stdlib.h>
#include <string.h>

#include "hits.h"
#include "hmrec/knn.h"
#include "mem.h"
#include "num.h"
#include "screened.h"
#include "searcher.h"
#include "tell.h"
#include "vectors.h"

enum {
    MOST_QUERIES = 16, // for more, one pass over everything is sooner done
    SPARE = 12,        // embeddings read at first, beyond k
    BATCH = 32,        // and then between two looks at the k-th best score
    BATCH_MAX = HM_KNN_K_MAX,
    FEW = 2048, // embeddings read, or newer ones, that are no matter
    ONE_IN = 8, // of all; more than these two, and one pass is sooner done
};

// Embeddings that are compared together.
struct batch {
    float *vectors;                       // [BATCH_MAX][HM_DIM]
    char (*codes)[HM_STORE_CODE_MAX + 1]; // [BATCH_MAX]
    struct hm_neighbour *found;           // [MOST_QUERIES][BATCH_MAX]
    size_t n;
};

struct screened {
    struct hm_search_query *queries;
    size_t m, k;
    struct hm_store *store;
    const struct hm_host *host;
    struct hm_knn_options options;
    struct hm_store_screen state;
    struct hm_searcher *searcher;
    float *vectors; // [m][HM_DIM], of the queries
    char *kept;     // [m][HM_SCREEN_KEPT], of the queries
    float *bounds;  // [m][state.kept], n in use
    uint32_t *heap; // [state.kept]
    size_t n;
    struct batch batch;
    bool answered;
};

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory to search the embeddings");
}

// ---- comparing

static enum hm_status take_embedding(void *context, const struct hm_store_embedding *row,
                                     struct hm_error *err) {
    struct screened *s = context;
    struct batch *b = &s->batch;
    size_t length = strlen(row->source.code);
    if (length > HM_STORE_CODE_MAX)
        return hm_fail(err, HM_EFORMAT, "product code %.70s is longer than %d bytes",
                       row->source.code, HM_STORE_CODE_MAX);
    HM_TRY(vector_check(row, err));
    memcpy(b->vectors + b->n * HM_DIM, row->vector, HM_DIM * sizeof *b->vectors);
    memcpy(b->codes[b->n++], row->source.code, length + 1);
    return HM_OK;
}

// The batch with m queries from `first` on; a query's own product is not among the hits.
static enum hm_status compare_batch(struct screened *s, size_t first, size_t m,
                                    struct hm_error *err) {
    struct batch *b = &s->batch;
    HM_TRY(stop_if_cancelled(s->host, "stopped by a signal", err));
    if (!b->n) return HM_OK;
    HM_TRY(hm_knn_query(s->vectors + first * HM_DIM, m, b->vectors, b->n, b->n, NULL, b->found,
                        &s->options, err));
    for (size_t i = 0; i < m; i++) {
        struct hm_search_query *q = &s->queries[first + i];
        for (size_t j = 0; j < b->n; j++) {
            const struct hm_neighbour *found = &b->found[i * b->n + j];
            const char *code = b->codes[found->index];
            if (!q->self || strcmp(q->self, code) != 0) hits_take(q, s->k, code, found->score);
        }
    }
    b->n = 0;
    return HM_OK;
}

static enum hm_status take_newer(void *context, const struct hm_store_embedding *row,
                                 struct hm_error *err) {
    struct screened *s = context;
    HM_TRY(take_embedding(s, row, err));
    return s->batch.n == BATCH_MAX ? compare_batch(s, 0, s->m, err) : HM_OK;
}

// ---- the order of the bounds

static void sift_down(uint32_t *heap, size_t n, const float *bounds, size_t at) {
    uint32_t x = heap[at];
    for (size_t child = 2 * at + 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && bounds[heap[child + 1]] > bounds[heap[child]]) child++;
        if (bounds[heap[child]] <= bounds[x]) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = x;
}

static void make_heap(uint32_t *heap, size_t n, const float *bounds) {
    for (size_t i = 0; i < n; i++)
        heap[i] = (uint32_t)i;
    for (size_t i = n / 2; i-- > 0;)
        sift_down(heap, n, bounds, i);
}

static bool too_many(const struct screened *s, size_t embeddings) {
    return embeddings > FEW && embeddings > s->state.kept / ONE_IN;
}

// *few: false when so many embeddings would have to be read that one pass is sooner done.
static enum hm_status answer(struct screened *s, size_t which, bool *few, struct hm_error *err) {
    struct hm_search_query *q = &s->queries[which];
    const float *bounds = s->bounds + which * s->state.kept;
    size_t left = s->n, read = 0;
    make_heap(s->heap, left, bounds);
    for (size_t size = s->k + SPARE;; size = BATCH) {
        float limit = q->n == s->k ? q->hits[s->k - 1].score : -1;
        size_t before = read, most = before + hm_min(size, BATCH_MAX);
        for (; read < most && left && bounds[s->heap[0]] >= limit; read++) {
            HM_TRY(hm_store_numbered_embedding(s->store, s->searcher->numbers[s->heap[0]],
                                               take_embedding, s, err));
            s->heap[0] = s->heap[--left];
            sift_down(s->heap, left, bounds, 0);
        }
        if (read == before) return HM_OK;
        HM_TRY(compare_batch(s, which, 1, err));
        *few = !too_many(s, read);
        if (!*few) return HM_OK;
    }
}

// ---- the screen

// Bounds of n more rows.
static void bound(struct screened *s, const void *kept, size_t n) {
    for (size_t i = 0; i < s->m; i++)
        hm_screen_bounds(s->searcher->screen, s->kept + i * HM_SCREEN_KEPT, kept, n,
                         s->bounds + i * s->state.kept + s->n);
    s->n += n;
}

static enum hm_status take_kept(void *context, const int64_t *numbers, const void *kept, size_t n,
                                struct hm_error *err) {
    struct screened *s = context;
    HM_TRY(stop_if_cancelled(s->host, "stopped by a signal", err));
    HM_TRY(searcher_add(s->searcher, s->store, &s->state, numbers, kept, n, err));
    bound(s, kept, n);
    return HM_OK;
}

static bool allocate(struct screened *s) {
    size_t n = s->state.kept;
    s->vectors = hm_alloc_aligned(s->m, HM_DIM * sizeof *s->vectors);
    s->kept = hm_alloc_aligned(s->m, HM_SCREEN_KEPT);
    s->bounds = calloc(n + 1, s->m * sizeof *s->bounds);
    s->heap = calloc(n + 1, sizeof *s->heap);
    s->batch.vectors = hm_alloc_aligned(BATCH_MAX, HM_DIM * sizeof *s->batch.vectors);
    s->batch.codes = calloc(BATCH_MAX, sizeof *s->batch.codes);
    s->batch.found = calloc(BATCH_MAX * s->m, sizeof *s->batch.found);
    return s->vectors && s->kept && s->bounds && s->heap && s->batch.vectors && s->batch.codes &&
           s->batch.found;
}

// At one moment of the store.
static enum hm_status run(void *context, struct hm_error *err) {
    struct screened *s = context;
    HM_TRY(hm_store_get_screen(s->store, &s->state, err));
    if (!s->state.bytes || too_many(s, s->state.newer)) return HM_OK;
    bool known = searcher_knows(s->searcher, &s->state);
    if (!known) HM_TRY(searcher_begin(s->searcher, s->store, &s->state, &s->options, err));
    if (!allocate(s)) return no_memory(err);
    for (size_t i = 0; i < s->m; i++)
        memcpy(s->vectors + i * HM_DIM, s->queries[i].vector, HM_DIM * sizeof *s->vectors);
    enum hm_status status = hm_screen_keep(s->searcher->screen, s->vectors, s->m, s->kept, err);
    if (status == HM_EARG) return HM_OK; // a search over everything says it of the query
    HM_TRY(status);
    if (known)
        bound(s, s->searcher->kept, s->searcher->n);
    else
        HM_TRY(hm_store_each_kept(s->store, HM_SCREEN_KEPT, take_kept, s, err));
    searcher_end(s->searcher, &s->state);
    HM_TRY(hm_store_each_newer_embedding(s->store, take_newer, s, err));
    HM_TRY(compare_batch(s, 0, s->m, err));
    bool few = true;
    for (size_t i = 0; i < s->m && few; i++)
        HM_TRY(answer(s, i, &few, err));
    s->answered = few;
    return HM_OK;
}

static bool can_answer(const struct hm_search_query *queries, size_t m) {
    for (size_t i = 0; i < m; i++)
        if (queries[i].department != HM_STORE_NO_NUMBER || queries[i].index_code ||
            queries[i].one_per_product_code)
            return false;
    return m <= MOST_QUERIES;
}

enum hm_status search_screened(struct hm_search_query *queries, size_t m, size_t k,
                               struct hm_store *store, const char *isa, const struct hm_host *host,
                               struct hm_searcher *searcher, bool *answered, struct hm_error *err) {
    struct hm_searcher once = {0};
    struct screened s = {.queries = queries,
                         .m = m,
                         .k = k,
                         .store = store,
                         .host = host,
                         .searcher = searcher ? searcher : &once,
                         .options = {.isa = isa, .threads = 1}};
    *answered = false;
    if (hm_store_kind_of(store)->server || !can_answer(queries, m)) return HM_OK;
    enum hm_status status = hm_store_at_one_moment(store, run, &s, err);
    searcher_forget(&once);
    free(s.vectors);
    free(s.kept);
    free(s.bounds);
    free(s.heap);
    free(s.batch.vectors);
    free(s.batch.codes);
    free(s.batch.found);
    for (size_t i = 0; i < m && !s.answered; i++)
        queries[i].n = 0;
    *answered = s.answered;
    if (status != HM_EFORMAT) return status;
    tell_note(host, "note: %s; searching without it", err->text); // slower, and right all the same
    return HM_OK;
}
