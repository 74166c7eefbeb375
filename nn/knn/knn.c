// SPDX-License-Identifier: MIT
// Exact nearest neighbours: a blocked product of all rows by a set of columns (all rows too, the
// new ones, or queries) on the GEMM micro-kernel. A block of columns is scaled to length 1 and
// packed once for the whole team; the threads take blocks of rows as they get free; each small tile
// of cosines is compared with the worst score that both of its lists would still accept, and the
// few that pass go into the lists. Of two columns only one order is computed: symmetry halves the
// work of all pairs.
//
// Who writes what: the list of a row belongs to the thread that has the row's block. The lists of a
// block's columns are kept once per thread and merged when the block is done. What enters a list is
// decided by (score, index) alone, so no order of events matters.

#include "hmrec/knn.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "model/carve.h"
#include "isa/isa.h"
#include "layers/thread_pool.h"
#include "mem.h"
#include "num.h"

enum {
    ROWS = 48,     // a block's rows: 48 x 512 floats of them are 96 KB of L2
    COLUMNS = 768, // packed together, 6 MB of L3: every row is read once for each such block
    STRIP = 64,  // columns between two looks at the scores: 4 panels of 32 KB, and 12 KB of scores
    DEPTH = 512, // of HM_DIM at a time
    PARTS = HM_DIM / DEPTH,
    STRIDE = HM_DIM + 16, // rows 8 KB apart would share the same few cache sets
};

static const float EVERYTHING = -1, NOTHING = 2; // limits below and above every score

// Lists under construction: heaps with the worst entry on top.
struct lists {
    struct hm_neighbour *entries; // [rows][k]
    uint32_t *counts;             // [rows]
    float *limits;                // [rows]: a lower score cannot enter
    size_t k;
};

// What a thread works with.
struct worker {
    float *a;             // [ROWS][STRIDE]
    float *scores;        // cosines [ROWS][STRIP]
    uint16_t *hits;       // [STRIP]
    struct lists columns; // [COLUMNS]
};

struct search {
    const struct nn_kernels *kernels;
    const struct hm_knn_options *options;
    unsigned threads;
    const float *rows; // [n][HM_DIM]
    size_t n;
    float *scales;              // [n], 1 / length, 0 for zero vectors
    const float *columns;       // [][HM_DIM]: rows, or the queries
    const float *column_scales; // of the same
    const uint32_t
        *which; // [m], rows that are the columns, ascending; NULL: the columns are m queries
    size_t m;
    const uint8_t *kinds;   // [n], enum hm_knn_row; NULL: queries, and rows have no lists
    const uint32_t *self;   // [m], a query's row that is no answer; NULL: none
    struct lists lists;     // of the rows; of the queries
    struct worker *workers; // [threads]
    float *packed;          // [COLUMNS / STRIP][PARTS][STRIP / nr][DEPTH][nr]
    uint64_t done, total;   // pairs
    int stopped;
};

// ---- lists

static bool better(struct hm_neighbour a, struct hm_neighbour b) {
    return a.score > b.score || (a.score == b.score && a.index < b.index);
}

static void sift_down(struct hm_neighbour *heap, size_t n, struct hm_neighbour x) {
    size_t at = 0;
    for (size_t child = 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && better(heap[child], heap[child + 1])) child++;
        if (better(heap[child], x)) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = x;
}

static void offer(struct lists *lists, size_t row, uint32_t index, float score) {
    struct hm_neighbour x = {index, score}, *heap = lists->entries + row * lists->k;
    if (lists->counts[row] < lists->k) {
        size_t at = lists->counts[row]++;
        for (; at && better(heap[(at - 1) / 2], x); at = (at - 1) / 2)
            heap[at] = heap[(at - 1) / 2];
        heap[at] = x;
    } else if (better(x, heap[0])) {
        sift_down(heap, lists->k, x);
    }
    if (lists->counts[row] == lists->k) lists->limits[row] = heap[0].score;
}

// Best first, nothing behind.
static void finish(struct lists *lists, size_t row) {
    struct hm_neighbour *heap = lists->entries + row * lists->k;
    size_t count = lists->counts[row];
    for (size_t n = count; n > 1; n--) {
        struct hm_neighbour last = heap[n - 1];
        heap[n - 1] = heap[0];
        sift_down(heap, n - 1, last);
    }
    for (size_t i = count; i < lists->k; i++)
        heap[i] = (struct hm_neighbour){HM_KNN_NONE, 0};
}

static bool lists_new(struct lists *lists, size_t rows, size_t k, struct hm_neighbour *entries) {
    size_t size;
    lists->k = k;
    lists->entries = entries;
    if (!entries && hm_mul(rows, k, &size)) lists->entries = calloc(size, sizeof *entries);
    lists->counts = calloc(rows, sizeof *lists->counts);
    lists->limits = calloc(rows, sizeof *lists->limits);
    return lists->entries && lists->counts && lists->limits;
}

// ---- vectors

// 1 / length, 0 for a zero vector, negative for one that is not finite. Four sums, so that the
// additions need not wait for one another.
static float scale_of(const float *x) {
    double a = 0, b = 0, c = 0, d = 0;
    for (size_t i = 0; i < HM_DIM; i += 4) {
        a += (double)x[i] * (double)x[i];
        b += (double)x[i + 1] * (double)x[i + 1];
        c += (double)x[i + 2] * (double)x[i + 2];
        d += (double)x[i + 3] * (double)x[i + 3];
    }
    double length = sqrt((a + b) + (c + d));
    if (!(length <= HM_KNN_LONGEST)) return -1;
    return length < HM_KNN_SHORTEST ? 0 : (float)(1 / length);
}

// Where column c (the first of a panel) of the packed block lies in a part of the depth: strip by
// strip and within it part by part, as the tiles read them.
static float *panels_at(const struct search *s, size_t c, size_t part) {
    return s->packed + ((c / STRIP * PARTS + part) * STRIP + c % STRIP) * DEPTH;
}

// Panel p of the columns from `first` on, scaled, to its place in every part; columns behind the
// last one become zeros. A line of each column at a time: going along all of them together would
// throw the lines out of L1 before they are used up, the columns being 8 KB apart.
static void pack_panel(struct search *s, size_t first, size_t p) {
    enum { LINE = 16 };
    static const float zeros[HM_DIM];
    const size_t nr = s->kernels->f32.nr;
    const float *from[NN_NR_MAX];
    float scale[NN_NR_MAX];
    for (size_t j = 0; j < nr; j++) {
        size_t c = first + p * nr + j;
        size_t row = c < s->m && s->which ? s->which[c] : c;
        from[j] = c < s->m ? s->columns + row * HM_DIM : zeros;
        scale[j] = c < s->m ? s->column_scales[row] : 0;
    }
    for (size_t d = 0; d < HM_DIM; d += LINE) {
        float *to = panels_at(s, p * nr, d / DEPTH) + d % DEPTH * nr;
        for (size_t j = 0; j < nr; j++)
            for (size_t i = 0; i < LINE; i++)
                to[i * nr + j] = from[j][d + i] * scale[j];
    }
}

static void scale_row(const float *restrict from, float scale, float *restrict to) {
    for (size_t d = 0; d < HM_DIM; d++)
        to[d] = from[d] * scale;
}

// ---- tiles

// Cosine of row i and column c of the block that begins at `first`, seen once per pair.
static void take(struct search *s, struct worker *w, size_t i, size_t first, size_t c,
                 float cosine) {
    float score = nn_score(cosine);
    if (first + c >= s->m) return; // the last panel's filling
    if (!s->kinds) {
        if (!s->self || s->self[first + c] != i) offer(&w->columns, c, (uint32_t)i, score);
        return;
    }
    size_t j = s->which[first + c];
    bool row_is_column = s->kinds[i] != HM_KNN_KEPT;
    if (i == j || (row_is_column && i < j)) return;
    if (score >= w->columns.limits[c]) offer(&w->columns, c, (uint32_t)i, score);
    if ((row_is_column || s->kinds[j] == HM_KNN_NEW) && score >= s->lists.limits[i])
        offer(&s->lists, i, (uint32_t)j, score);
}

static void run_tile(struct search *s, struct worker *w, size_t row, size_t rows, size_t first,
                     size_t columns) {
    const struct nn_kernels *kernels = s->kernels;
    for (size_t r = 0; r < rows; r++)
        scale_row(s->rows + (row + r) * HM_DIM, s->scales[row + r], w->a + r * STRIDE);
    for (size_t c = 0; c < columns; c += STRIP) {
        size_t strip = hm_min(columns - c, STRIP);
        size_t panels = (strip + kernels->f32.nr - 1) / kernels->f32.nr;
        for (size_t part = 0; part < PARTS; part++) {
            struct nn_gemm g = {
                .a = w->a + part * DEPTH,
                .a_stride = STRIDE,
                .k = DEPTH,
                .b = panels_at(s, c, part),
                .b_stride = DEPTH * kernels->f32.nr,
                .c = w->scores,
                .c_stride = STRIP,
                .residual = part ? w->scores : NULL,
                .residual_stride = STRIP,
            };
            kernels->f32.gemm(&g, 0, rows, 0, panels);
        }
        for (size_t r = 0; r < rows; r++) {
            const float *scores = w->scores + r * STRIP;
            float limit = s->kinds ? s->lists.limits[row + r] : NOTHING;
            size_t hits = kernels->scan(scores, w->columns.limits + c, panels * kernels->f32.nr,
                                        limit, w->hits);
            for (size_t h = 0; h < hits; h++)
                take(s, w, row + r, first, c + w->hits[h], scores[w->hits[h]]);
        }
    }
}

// How many of the block's columns these rows have to see: when all of the rows are columns too,
// none behind the last of them.
static size_t columns_for(const struct search *s, size_t row, size_t rows, size_t first,
                          size_t columns) {
    if (!s->kinds) return columns;
    for (size_t r = row; r < row + rows; r++)
        if (s->kinds[r] == HM_KNN_KEPT) return columns;
    size_t last = row + rows - 1;
    if (s->which[first] >= last) return 0;
    while (s->which[first + columns - 1] >= last)
        columns--;
    return columns;
}

static uint64_t pairs(const struct search *s) {
    uint64_t sum = 0;
    for (size_t first = 0; first < s->m; first += COLUMNS)
        for (size_t row = 0; row < s->n; row += ROWS) {
            size_t rows = hm_min(ROWS, s->n - row);
            sum += rows * columns_for(s, row, rows, first, hm_min(COLUMNS, s->m - first));
        }
    return sum;
}

static void report(struct search *s, uint64_t more) {
    uint64_t done;
#pragma omp atomic capture
    done = s->done += more;
    const struct hm_knn_options *o = s->options;
    if (omp_get_thread_num() != 0 || !o->progress || o->progress(o->context, done, s->total))
        return;
#pragma omp atomic write
    s->stopped = 1;
}

// Inside the team: everything about one block of columns.
static void run_block(struct search *s, struct worker *w, size_t first) {
    const size_t columns = hm_min(COLUMNS, s->m - first), nr = s->kernels->f32.nr;
    const size_t blocks = (s->n + ROWS - 1) / ROWS;
    memset(w->columns.counts, 0, COLUMNS * sizeof *w->columns.counts);
    for (size_t c = 0; c < COLUMNS; c++) {
        size_t list = s->which && c < columns ? s->which[first + c] : first + c;
        w->columns.limits[c] = c < columns ? s->lists.limits[list] : NOTHING;
    }
#pragma omp for schedule(static)
    for (size_t p = 0; p < (columns + nr - 1) / nr; p++)
        pack_panel(s, first, p);
        // From the last rows down: the short blocks at the diagonal are the last ones.
#pragma omp for schedule(dynamic, 1)
    for (size_t b = 0; b < blocks; b++) {
        size_t row = (blocks - 1 - b) * ROWS, rows = hm_min(ROWS, s->n - row);
        size_t seen = columns_for(s, row, rows, first, columns);
        int stopped;
#pragma omp atomic read
        stopped = s->stopped;
        if (!seen || stopped) continue;
        run_tile(s, w, row, rows, first, seen);
        report(s, rows * seen);
    }
#pragma omp for schedule(static)
    for (size_t c = 0; c < columns; c++) {
        size_t list = s->which ? s->which[first + c] : first + c;
        for (unsigned t = 0; t < s->threads; t++) {
            const struct lists *from = &s->workers[t].columns;
            for (size_t i = 0; i < from->counts[c]; i++) {
                struct hm_neighbour x = from->entries[c * from->k + i];
                offer(&s->lists, list, x.index, x.score);
            }
        }
    }
}

// ---- a whole search

static enum hm_status measure(const struct search *s, const float *vectors, size_t n, float *scales,
                              const char *what, struct hm_error *err) {
    size_t bad = n;
#pragma omp parallel for schedule(static) num_threads((int)s->threads)
    for (size_t i = 0; i < n; i++)
        scales[i] = scale_of(vectors + i * HM_DIM);
    for (size_t i = n; i-- > 0;)
        if (scales[i] < 0) bad = i;
    if (bad == n) return HM_OK;
    return hm_fail(err, HM_EARG, "%s %zu: found a number that is not finite, or a length above %g",
                   what, bad, HM_KNN_LONGEST);
}

static void lists_free(struct lists *lists) {
    free(lists->counts);
    free(lists->limits);
}

static void worker_free(struct worker *w) {
    free(w->a);
    free(w->scores);
    free(w->hits);
    free(w->columns.entries);
    lists_free(&w->columns);
}

static bool worker_new(struct worker *w, size_t k) {
    size_t bytes = ROWS * STRIDE * sizeof *w->a;
    w->a = nn_block(&bytes);
    w->scores = hm_alloc_aligned(ROWS * STRIP, sizeof *w->scores);
    w->hits = calloc(STRIP, sizeof *w->hits);
    return lists_new(&w->columns, COLUMNS, k, NULL) && w->a && w->scores && w->hits;
}

static enum hm_status run_blocks(struct search *s, struct hm_error *err) {
    s->total = pairs(s);
#pragma omp parallel num_threads((int)s->threads)
    for (size_t first = 0; first < s->m; first += COLUMNS) {
        int stopped;
        run_block(s, &s->workers[omp_get_thread_num()], first);
#pragma omp atomic read
        stopped = s->stopped;
        if (stopped) break; // all or none: before it could be set again there is another barrier
    }
    return s->stopped ? hm_fail(err, HM_ECANCELED, "the neighbour search was stopped") : HM_OK;
}

// Everything that both kinds of search have in common, once rows, columns and lists are there.
static enum hm_status run(struct search *s, struct hm_error *err) {
    const size_t k = s->lists.k, rows = s->which ? s->n : s->m;
    bool ok = true;
    size_t bytes = (size_t)COLUMNS * HM_DIM * sizeof *s->packed;
    s->packed = nn_block(&bytes);
    s->workers = calloc(s->threads, sizeof *s->workers);
    for (unsigned t = 0; s->workers && t < s->threads; t++)
        ok = worker_new(&s->workers[t], k) && ok;
    enum hm_status status = HM_OK;
    if (!ok || !s->packed || !s->workers)
        status = hm_fail(err, HM_ENOMEM, "no memory for a neighbour search");
    if (status == HM_OK) status = run_blocks(s, err);
    for (size_t i = 0; status == HM_OK && i < rows; i++)
        finish(&s->lists, i);
    for (unsigned t = 0; s->workers && t < s->threads; t++)
        worker_free(&s->workers[t]);
    free(s->workers);
    free(s->packed);
    return status;
}

static enum hm_status prepare(struct search *s, size_t rows, size_t n, size_t k,
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
    s->scales = malloc((n + 1) * sizeof *s->scales); // + 1: never 0 bytes
    if (!lists_new(&s->lists, rows + 1, k, out) || !s->scales)
        return hm_fail(err, HM_ENOMEM, "no memory for %zu lists of neighbours", rows);
    for (size_t i = 0; i < rows; i++)
        s->lists.limits[i] = EVERYTHING;
    return measure(s, s->rows, n, s->scales, "row", err);
}

enum hm_status hm_knn_update(const float *rows, size_t n, size_t k, const uint8_t *kinds,
                             struct hm_neighbour *lists, const struct hm_knn_options *options,
                             struct hm_error *err) {
    struct search s = {.rows = rows, .n = n, .columns = rows, .kinds = kinds};
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
            offer(&s.lists, i, x.index, x.score); // in place: never writes behind what it has read
        }
    }
    s.which = which;
    s.column_scales = s.scales;
    if (status == HM_OK) status = run(&s, err);
    lists_free(&s.lists);
    free(s.scales);
    free(which);
    return status;
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
    struct search s = {.rows = rows, .n = n, .columns = queries, .m = m, .self = self};
    float *scales = malloc((m + 1) * sizeof *scales);
    enum hm_status status = scales ? prepare(&s, m, n, k, out, options, err)
                                   : hm_fail(err, HM_ENOMEM, "no memory for %zu queries", m);
    if (status == HM_OK) status = measure(&s, queries, m, scales, "query", err);
    s.column_scales = scales;
    if (status == HM_OK) status = run(&s, err);
    lists_free(&s.lists);
    free(s.scales);
    free(scales);
    return status;
}
