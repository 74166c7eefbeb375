// SPDX-License-Identifier: MIT
// Exact nearest neighbours: what is compared with what, and in how many passes. Without a screen it
// is one pass of exact cosines. With one, a pass over a few coordinates finds candidates, which
// tell what a neighbour must score at least; a second pass computes the pairs that may score so
// much.

#include "hmrec/knn.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "isa/isa.h"
#include "knn/search.h"
#include "layers/thread_pool.h"
#include "mem.h"
#include "num.h"

enum {
    DEPTH = HM_DIM / NN_PARTS, // of HM_DIM at a time
    SPARE = 12,                // candidates of a row beyond k
    FEW_COLUMNS = 2048,        // for fewer, all rows are not worth projecting
};
static const uint64_t FEW_PAIRS = 1 << 24; // nor for fewer pairs

static const float EVERYTHING = -1; // a limit below every score

// 1 / length, 0 for a zero vector, negative for one that is not finite.
static float scale_of(const struct nn_kernels *kernels, const float *x) {
    double length = sqrt(kernels->dsdot(HM_DIM, x, x));
    if (!(length <= HM_KNN_LONGEST)) return -1;
    return length < HM_KNN_SHORTEST ? 0 : (float)(1 / length);
}

enum hm_status nn_measure(const struct nn_kernels *kernels, const float *vectors, size_t n,
                          float *scales, unsigned threads, const char *what, struct hm_error *err) {
    size_t bad = n;
#pragma omp parallel for schedule(static) num_threads((int)threads)
    for (size_t i = 0; i < n; i++)
        scales[i] = scale_of(kernels, vectors + i * HM_DIM);
    for (size_t i = n; i-- > 0;)
        if (scales[i] < 0) bad = i;
    if (bad == n) return HM_OK;
    return hm_fail(err, HM_EARG, "%s %zu: found a number that is not finite, or a length above %g",
                   what, bad, HM_KNN_LONGEST);
}

static struct nn_operand full(const float *rows, const float *scales) {
    return (struct nn_operand){rows, scales, HM_DIM, DEPTH, NN_PARTS};
}

// ---- two passes

// The least that a neighbour of row i must score: what the k-th best of its candidates scores at
// least.
static void raise_limit(struct nn_search *s, const struct nn_lists *candidates, size_t i) {
    const struct nn_screen *screen = s->screen;
    struct hm_neighbour best[HM_KNN_K_MAX];
    uint32_t count = 0;
    float limit = EVERYTHING;
    struct nn_lists list = {.entries = best, .counts = &count, .limits = &limit, .k = s->lists.k};
    for (size_t c = 0; c < candidates->counts[i]; c++) {
        const struct hm_neighbour *entry = &candidates->entries[i * candidates->k + c];
        size_t j = entry->index;
        if (c + 1 < candidates->counts[i]) nn_screen_prefetch(screen, entry[1].index);
        float near =
            s->kernels->sdot(NN_NEAR, screen->near + i * NN_NEAR, screen->near + j * NN_NEAR);
        struct nn_estimate e = nn_screen_estimate(screen, s->kernels, i, j, near);
        nn_offer(&list, 0, (uint32_t)j, nn_score(e.cosine - e.error));
    }
    if (count == s->lists.k) s->lists.limits[i] = fmaxf(s->lists.limits[i], limit - NN_SCORE_SLACK);
}

// candidates: [n] lists, empty.
static enum hm_status find_candidates(struct nn_search *s, struct nn_lists *candidates,
                                      struct hm_error *err) {
    struct nn_search first = *s;
    first.screen = NULL;
    first.rows.depth = first.columns.depth = NN_FIRST;
    first.lists = *candidates;
    for (size_t i = 0; i < s->n; i++)
        candidates->limits[i] = EVERYTHING;
    HM_TRY(nn_search_pass(&first, err));
    s->done = first.done;
#pragma omp parallel for schedule(dynamic, 16) num_threads((int)s->threads)
    for (size_t i = 0; i < s->n; i++)
        if (s->kinds[i] != HM_KNN_KEPT) raise_limit(s, candidates, i);
    return HM_OK;
}

static enum hm_status run_screened(struct nn_search *s, const struct nn_screen *screen,
                                   struct nn_lists *candidates, struct hm_error *err) {
    s->exact = s->rows;
    s->screen = screen;
    s->rows = s->columns = (struct nn_operand){screen->near, NULL, NN_NEAR, NN_NEAR, 1};
    s->total *= 2;
    HM_TRY(find_candidates(s, candidates, err));
    return nn_search_pass(s, err);
}

static bool worth_a_look(const struct nn_search *s, enum nn_screening screening) {
    if (!s->kinds || !s->n || screening == NN_SCREEN_NEVER) return false;
    return screening == NN_SCREEN_ALWAYS || (s->m >= FEW_COLUMNS && s->total >= FEW_PAIRS);
}

// Everything that all kinds of search have in common, once rows, columns and lists are there. A
// screen costs memory: where there is none for it, everything is compared.
static enum hm_status run(struct nn_search *s, enum nn_screening screening, struct hm_error *err) {
    const size_t rows = s->which ? s->n : s->m;
    const uint64_t pairs = s->total = nn_search_pairs(s);
    struct nn_screen screen = {0};
    struct nn_lists candidates = {0};
    bool screened = worth_a_look(s, screening) &&
                    nn_screen_new(&screen, s->kernels, s->rows.rows, s->rows.scales, s->n,
                                  s->lists.k, screening == NN_SCREEN_ALWAYS, s->threads) &&
                    nn_lists_new(&candidates, s->n, s->lists.k + SPARE, NULL);
    enum hm_status status =
        screened ? run_screened(s, &screen, &candidates, err) : nn_search_pass(s, err);
    for (size_t i = 0; status == HM_OK && i < rows; i++)
        nn_lists_finish(&s->lists, i);
    if (s->options->work)
        *s->options->work =
            (struct hm_knn_work){.pairs = pairs, .compared = screened ? s->compared : pairs};
    nn_lists_free(&candidates, true);
    nn_screen_free(&screen);
    return status;
}

static enum hm_status prepare(struct nn_search *s, size_t rows, size_t n, size_t k,
                              struct hm_neighbour *out, const struct hm_knn_options *options,
                              struct hm_error *err) {
    static const struct hm_knn_options defaults;
    const char *isa;
    s->options = options ? options : &defaults;
    if (k < 1 || k > HM_KNN_K_MAX)
        return hm_fail(err, HM_EARG, "found k = %zu, expected 1 to %d neighbours", k, HM_KNN_K_MAX);
    if (n >= HM_KNN_NONE || rows >= HM_KNN_NONE)
        return hm_fail(err, HM_EARG, "%zu rows are more than a neighbour search can number", n);
    HM_TRY(hm_isa_choose(s->options->isa, &isa, err));
    s->kernels = nn_isa_kernels(isa);
    s->threads = nn_threads(s->options->threads);
    float *scales = malloc((n + 1) * sizeof *scales); // + 1: never 0 bytes
    s->rows.scales = s->scales = scales;
    if (!nn_lists_new(&s->lists, rows + 1, k, out) || !scales)
        return hm_fail(err, HM_ENOMEM, "no memory for %zu lists of neighbours", rows);
    for (size_t i = 0; i < rows; i++)
        s->lists.limits[i] = EVERYTHING;
    return nn_measure(s->kernels, s->rows.rows, n, scales, s->threads, "row", err);
}

enum hm_status nn_knn_update(const float *rows, size_t n, size_t k, const uint8_t *kinds,
                             struct hm_neighbour *lists, const struct hm_knn_options *options,
                             enum nn_screening screening, struct hm_error *err) {
    struct nn_search s = {.rows = full(rows, NULL), .n = n, .kinds = kinds};
    uint32_t *which = malloc((n + 1) * sizeof *which);
    enum hm_status status =
        which ? prepare(&s, n, n, k, lists, options, err)
              : hm_fail(err, HM_ENOMEM, "no memory for a neighbour search of %zu rows", n);
    for (size_t i = 0; status == HM_OK && i < n; i++) {
        if (kinds[i] != HM_KNN_KEPT) which[s.m++] = (uint32_t)i;
        for (size_t j = 0; kinds[i] == HM_KNN_KEPT && j < k; j++) {
            struct hm_neighbour x = lists[i * k + j];
            if (x.index == HM_KNN_NONE) break;
            assert(x.index < n && kinds[x.index] != HM_KNN_NEW);
            nn_offer(&s.lists, i, x.index,
                     x.score); // in place: never writes behind what it has read
        }
    }
    s.which = which;
    s.columns = s.rows;
    if (status == HM_OK) status = run(&s, screening, err);
    nn_lists_free(&s.lists, false);
    free(s.scales);
    free(which);
    return status;
}

enum hm_status hm_knn_update(const float *rows, size_t n, size_t k, const uint8_t *kinds,
                             struct hm_neighbour *lists, const struct hm_knn_options *options,
                             struct hm_error *err) {
    return nn_knn_update(rows, n, k, kinds, lists, options, NN_SCREEN_IF_IT_PAYS, err);
}

enum hm_status hm_knn_all(const float *rows, size_t n, size_t k, struct hm_neighbour *out,
                          const struct hm_knn_options *options, struct hm_error *err) {
    uint8_t *kinds = malloc(n + 1);
    if (!kinds) return hm_fail(err, HM_ENOMEM, "no memory for a neighbour search of %zu rows", n);
    memset(kinds, HM_KNN_NEW, n);
    enum hm_status status = hm_knn_update(rows, n, k, kinds, out, options, err);
    free(kinds);
    return status;
}

enum hm_status hm_knn_query(const float *queries, size_t m, const float *rows, size_t n, size_t k,
                            const uint32_t *self, struct hm_neighbour *out,
                            const struct hm_knn_options *options, struct hm_error *err) {
    struct nn_search s = {.rows = full(rows, NULL), .n = n, .m = m, .self = self};
    float *scales = malloc((m + 1) * sizeof *scales);
    enum hm_status status = scales ? prepare(&s, m, n, k, out, options, err)
                                   : hm_fail(err, HM_ENOMEM, "no memory for %zu queries", m);
    if (status == HM_OK)
        status = nn_measure(s.kernels, queries, m, scales, s.threads, "query", err);
    s.columns = full(queries, scales);
    if (status == HM_OK) status = run(&s, NN_SCREEN_NEVER, err);
    nn_lists_free(&s.lists, false);
    free(s.scales);
    free(scales);
    return status;
}
