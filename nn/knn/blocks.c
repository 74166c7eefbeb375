// SPDX-License-Identifier: MIT
// A blocked product of all rows by a set of columns (all rows too, the new ones, or queries) on the
// GEMM micro-kernel. A block of columns is packed once for the whole team; the threads take blocks
// of rows as they get free; each small tile of products is compared with the worst score that both
// of its lists would still accept. Of two columns only one order is computed: symmetry halves the
// work of all pairs.
//
// Without a screen the products are cosines, and the few that pass go into the lists. With one they
// are bounds of cosines: a tighter bound is tried on those that pass, and what is left is computed
// in full, pair by pair or, where there are many, the whole strip at once.
//
// Who writes what: the list of a row belongs to the thread that has the row's block. The lists of a
// block's columns are kept once per thread and merged when the block is done.

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "knn/matrix.h"
#include "knn/search.h"
#include "mem.h"
#include "model/carve.h"
#include "num.h"

enum {
    COLUMNS = 768, // packed together, 6 MB of L3: every row is read once for each such block
    STRIP = 64,    // columns between two looks at the scores: 12 KB of scores
    DENSE = 384    // survivors of a strip from which on all of it is sooner computed
};

static const float NOTHING = 2; // a limit above every score

// A pair of the strip at hand that a screen lets pass.
struct survivor {
    uint16_t row, column; // of the block
    float near;           // the product of the first level
};

// What a thread works with.
struct worker {
    float *a;                   // [NN_ROWS][NN_STRIDE]
    float *scores;              // products [NN_ROWS][STRIP]
    uint16_t *hits;             // [STRIP]
    struct nn_lists columns;    // [COLUMNS]
    struct survivor *survivors; // of a tile, [DENSE * COLUMNS / STRIP + NN_ROWS * STRIP]
    float *strip;               // the columns of a dense strip, packed
    uint64_t compared;
};

struct pass {
    struct nn_search *s;
    struct worker *workers; // [threads]
    float *packed;          // [COLUMNS / STRIP][parts][STRIP / nr][depth][nr]
};

// ---- vectors

static size_t row_of(const struct nn_search *s, size_t column) {
    return s->which ? s->which[column] : column;
}

// A panel of columns from `first` on to its place in every part, part_floats apart; columns behind
// the last one become zeros.
static void pack_panel(const struct nn_search *s, const struct nn_operand *columns, size_t first,
                       float *to, size_t part_floats) {
    static const float zeros[HM_DIM];
    const size_t nr = s->kernels->f32.nr;
    for (size_t part = 0; part < columns->parts; part++) {
        const float *from[NN_NR_MAX];
        float scale[NN_NR_MAX];
        for (size_t j = 0; j < nr; j++) {
            bool there = first + j < s->m;
            size_t row = there ? row_of(s, first + j) : 0;
            from[j] = there ? columns->rows + row * columns->stride + part * columns->depth : zeros;
            scale[j] = there && columns->scales ? columns->scales[row] : 1;
        }
        nn_pack_transposed(nr, from, scale, columns->depth, to + part * part_floats);
    }
}

// Rows of A: where they lie, or scaled in w->a.
static const float *rows_at(const struct nn_operand *rows, struct worker *w, size_t row,
                            size_t count, size_t *stride) {
    *stride = rows->scales ? NN_STRIDE : rows->stride;
    if (!rows->scales) return rows->rows + row * rows->stride;
    for (size_t r = 0; r < count; r++)
        nn_scale_row(rows->rows + (row + r) * rows->stride, rows->scales[row + r],
                     rows->depth * rows->parts, w->a + r * NN_STRIDE);
    return w->a;
}

// Products of `rows` rows and the panels of a strip to w->scores.
static void multiply(const struct nn_search *s, const struct nn_operand *o, struct worker *w,
                     const float *a, size_t stride, size_t rows, const float *strip,
                     size_t panels) {
    const struct nn_product *f32 = &s->kernels->f32;
    for (size_t part = 0; part < o->parts; part++) {
        struct nn_gemm g = {
            .a = a + part * o->depth,
            .a_stride = stride,
            .k = o->depth,
            .b = strip + part * STRIP * o->depth,
            .b_stride = o->depth * f32->nr,
            .c = w->scores,
            .c_stride = STRIP,
            .residual = part ? w->scores : NULL,
            .residual_stride = STRIP,
        };
        f32->gemm(&g, 0, rows, 0, panels);
    }
}

// ---- pairs

// The lists that a pair may enter, by what the rows are; each pair is seen once.
struct entries {
    bool row, column;
};

static struct entries entries_of(const struct nn_search *s, size_t i, size_t column) {
    if (column >= s->m) return (struct entries){false, false}; // the last panel's filling
    if (!s->kinds) return (struct entries){false, !s->self || s->self[column] != i};
    size_t j = s->which[column];
    bool row_is_column = s->kinds[i] != HM_KNN_KEPT;
    if (i == j || (row_is_column && i < j)) return (struct entries){false, false};
    return (struct entries){row_is_column || s->kinds[j] == HM_KNN_NEW, true};
}

// Row i and column c of the block that begins at `first`.
static void take(struct nn_search *s, struct worker *w, size_t i, size_t first, size_t c,
                 float cosine) {
    float score = nn_score(cosine);
    struct entries into = entries_of(s, i, first + c);
    if (into.column && score >= w->columns.limits[c]) nn_offer(&w->columns, c, (uint32_t)i, score);
    if (into.row && score >= s->lists.limits[i]) nn_offer(&s->lists, i, s->which[first + c], score);
}

static void take_hits(struct nn_search *s, struct worker *w, size_t row, size_t r, size_t first,
                      size_t c, size_t hits) {
    for (size_t h = 0; h < hits; h++)
        take(s, w, row + r, first, c + w->hits[h], w->scores[r * STRIP + w->hits[h]]);
}

// ---- behind the screen

static bool may_enter(const struct nn_search *s, const struct worker *w, struct entries into,
                      size_t i, size_t c, float bound) {
    float score = nn_score(bound) + NN_SCORE_SLACK;
    return (into.column && score >= w->columns.limits[c]) ||
           (into.row && score >= s->lists.limits[i]);
}

// Which hits of row r pass the second level too; added to the survivors. A zero vector's cosines
// are known.
static size_t screen_hits(struct nn_search *s, struct worker *w, size_t row, size_t r, size_t first,
                          size_t c, size_t hits, size_t survivors) {
    const size_t i = row + r;
    for (size_t h = 0; h < hits; h++) {
        size_t column = c + w->hits[h];
        struct entries into = entries_of(s, i, first + column);
        if (!into.row && !into.column) continue;
        size_t j = s->which[first + column];
        if (s->exact.scales[i] == 0 || s->exact.scales[j] == 0) {
            take(s, w, i, first, column, 0);
            continue;
        }
        float near = w->scores[r * STRIP + w->hits[h]];
        float bound = nn_screen_bound(s->screen, s->kernels, i, j, near);
        if (!may_enter(s, w, into, i, column, bound)) continue;
        nn_screen_prefetch(s->screen, j);
        w->survivors[survivors++] = (struct survivor){(uint16_t)r, (uint16_t)column, near};
    }
    return survivors;
}

// Which survivors from `from` on pass the third level.
static size_t screen_survivors(const struct nn_search *s, struct worker *w, size_t row,
                               size_t first, size_t from, size_t survivors) {
    size_t left = from;
    for (size_t at = from; at < survivors; at++) {
        struct survivor x = w->survivors[at];
        size_t i = row + x.row, c = x.column;
        struct nn_estimate e =
            nn_screen_estimate(s->screen, s->kernels, i, s->which[first + c], x.near);
        if (may_enter(s, w, entries_of(s, i, first + c), i, c, e.cosine + e.error))
            w->survivors[left++] = x;
    }
    return left;
}

static void compare_pairs(struct nn_search *s, struct worker *w, size_t row, size_t first,
                          size_t survivors) {
    enum { TOGETHER = 64 };
    const struct nn_operand *e = &s->exact;
    for (size_t at = 0; at < survivors; at += TOGETHER) {
        size_t count = hm_min(TOGETHER, survivors - at);
        struct nn_pair pairs[TOGETHER];
        float cosines[TOGETHER];
        for (size_t p = 0; p < count; p++) {
            struct survivor x = w->survivors[at + p];
            size_t i = row + x.row, j = s->which[first + x.column];
            pairs[p] = (struct nn_pair){e->rows + i * e->stride, e->rows + j * e->stride,
                                        e->scales[i], e->scales[j]};
        }
        s->kernels->cosines(pairs, count, e->parts * e->depth, cosines);
        for (size_t p = 0; p < count; p++) {
            struct survivor x = w->survivors[at + p];
            take(s, w, row + x.row, first, x.column, cosines[p]);
        }
    }
}

static void compare_strip(struct nn_search *s, struct worker *w, size_t row, size_t rows,
                          size_t first, size_t c, size_t columns, size_t from, size_t to) {
    const size_t nr = s->kernels->f32.nr, panels = (columns + nr - 1) / nr;
    size_t stride;
    for (size_t p = 0; p < panels; p++)
        pack_panel(s, &s->exact, first + c + p * nr, w->strip + p * nr * s->exact.depth,
                   STRIP * s->exact.depth);
    const float *a = rows_at(&s->exact, w, row, rows, &stride);
    multiply(s, &s->exact, w, a, stride, rows, w->strip, panels);
    for (size_t i = from; i < to; i++) {
        struct survivor x = w->survivors[i];
        take(s, w, row + x.row, first, x.column, w->scores[(size_t)x.row * STRIP + x.column - c]);
    }
}

// ---- tiles

static void run_tile(struct pass *pass, struct worker *w, size_t row, size_t rows, size_t first,
                     size_t columns) {
    struct nn_search *s = pass->s;
    const struct nn_operand *o = &s->rows;
    const size_t nr = s->kernels->f32.nr;
    size_t stride;
    const float *a = rows_at(o, w, row, rows, &stride);
    size_t survivors = 0;
    for (size_t c = 0; c < columns; c += STRIP) {
        size_t strip = hm_min(columns - c, STRIP), panels = (strip + nr - 1) / nr;
        size_t before = survivors;
        multiply(s, o, w, a, stride, rows, pass->packed + c * o->depth * o->parts, panels);
        for (size_t r = 0; r < rows; r++) {
            float limit = s->kinds ? s->lists.limits[row + r] : NOTHING;
            size_t hits = s->kernels->scan(w->scores + r * STRIP, w->columns.limits + c,
                                           panels * nr, limit, w->hits);
            if (s->screen)
                survivors = screen_hits(s, w, row, r, first, c, hits, survivors);
            else
                take_hits(s, w, row, r, first, c, hits);
        }
        survivors = screen_survivors(s, w, row, first, before, survivors);
        if (survivors - before <= DENSE) continue;
        compare_strip(s, w, row, rows, first, c, strip, before, survivors);
        w->compared += rows * strip;
        survivors = before;
    }
    compare_pairs(s, w, row, first, survivors);
    w->compared += survivors;
}

// How many of the block's columns these rows have to see: when all of the rows are columns too,
// none behind the last of them.
static size_t columns_for(const struct nn_search *s, size_t row, size_t rows, size_t first,
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

uint64_t nn_search_pairs(const struct nn_search *s) {
    uint64_t sum = 0;
    for (size_t first = 0; first < s->m; first += COLUMNS)
        for (size_t row = 0; row < s->n; row += NN_ROWS) {
            size_t rows = hm_min(NN_ROWS, s->n - row);
            sum += rows * columns_for(s, row, rows, first, hm_min(COLUMNS, s->m - first));
        }
    return sum;
}

static void report(struct nn_search *s, uint64_t more) {
    uint64_t done;
#pragma omp atomic capture
    done = s->done += more;
    const struct hm_knn_options *o = s->options;
    if (omp_get_thread_num() != 0 || !o->progress || o->progress(o->context, done, s->total))
        return;
#pragma omp atomic write
    s->stopped = 1;
}

static void merge_columns(struct pass *pass, size_t first, size_t c) {
    struct nn_search *s = pass->s;
    size_t list = row_of(s, first + c);
    for (unsigned t = 0; t < s->threads; t++) {
        const struct nn_lists *from = &pass->workers[t].columns;
        for (size_t i = 0; i < from->counts[c]; i++) {
            struct hm_neighbour x = from->entries[c * from->k + i];
            nn_offer(&s->lists, list, x.index, x.score);
        }
    }
}

// Inside the team: everything about one block of columns.
static void run_block(struct pass *pass, struct worker *w, size_t first) {
    struct nn_search *s = pass->s;
    const struct nn_operand *o = &s->columns;
    const size_t columns = hm_min(COLUMNS, s->m - first), nr = s->kernels->f32.nr;
    const size_t blocks = (s->n + NN_ROWS - 1) / NN_ROWS;
    memset(w->columns.counts, 0, COLUMNS * sizeof *w->columns.counts);
    for (size_t c = 0; c < COLUMNS; c++)
        w->columns.limits[c] = c < columns ? s->lists.limits[row_of(s, first + c)] : NOTHING;
#pragma omp for schedule(static)
    for (size_t p = 0; p < (columns + nr - 1) / nr; p++) {
        size_t c = p * nr, strip = c / STRIP * STRIP;
        pack_panel(s, o, first + c, pass->packed + (strip * o->parts + c % STRIP) * o->depth,
                   STRIP * o->depth);
    }
    // From the last rows down: the short blocks at the diagonal are the last ones.
#pragma omp for schedule(dynamic, 1)
    for (size_t b = 0; b < blocks; b++) {
        size_t row = (blocks - 1 - b) * NN_ROWS, rows = hm_min(NN_ROWS, s->n - row);
        size_t seen = columns_for(s, row, rows, first, columns);
        int stopped;
#pragma omp atomic read
        stopped = s->stopped;
        if (!seen || stopped) continue;
        run_tile(pass, w, row, rows, first, seen);
        report(s, rows * seen);
    }
#pragma omp for schedule(static)
    for (size_t c = 0; c < columns; c++)
        merge_columns(pass, first, c);
}

// ---- a pass

static void worker_free(struct worker *w) {
    free(w->a);
    free(w->scores);
    free(w->hits);
    free(w->survivors);
    free(w->strip);
    nn_lists_free(&w->columns, true);
}

static bool worker_new(struct worker *w, const struct nn_search *s) {
    size_t bytes = NN_ROWS * NN_STRIDE * sizeof *w->a;
    w->a = nn_block(&bytes);
    w->scores = hm_alloc_aligned(NN_ROWS * STRIP, sizeof *w->scores);
    w->hits = calloc(STRIP, sizeof *w->hits);
    if (s->screen) {
        w->survivors = calloc(DENSE * COLUMNS / STRIP + NN_ROWS * STRIP, sizeof *w->survivors);
        w->strip = hm_alloc_aligned((size_t)STRIP * HM_DIM, sizeof *w->strip);
    }
    return nn_lists_new(&w->columns, COLUMNS, s->lists.k, NULL) && w->a && w->scores && w->hits &&
           (!s->screen || (w->survivors && w->strip));
}

static void run_blocks(struct pass *pass) {
    struct nn_search *s = pass->s;
#pragma omp parallel num_threads((int)s->threads)
    for (size_t first = 0; first < s->m; first += COLUMNS) {
        int stopped;
        run_block(pass, &pass->workers[omp_get_thread_num()], first);
#pragma omp atomic read
        stopped = s->stopped;
        if (stopped) break; // all or none: before it could be set again there is another barrier
    }
}

enum hm_status nn_search_pass(struct nn_search *s, struct hm_error *err) {
    bool ok = true;
    size_t bytes = (size_t)COLUMNS * s->columns.depth * s->columns.parts * sizeof(float);
    struct pass pass = {.s = s, .packed = nn_block(&bytes)};
    pass.workers = calloc(s->threads, sizeof *pass.workers);
    for (unsigned t = 0; pass.workers && t < s->threads; t++)
        ok = worker_new(&pass.workers[t], s) && ok;
    ok = ok && pass.packed && pass.workers;
    if (ok) run_blocks(&pass);
    for (unsigned t = 0; pass.workers && t < s->threads; t++) {
        s->compared += pass.workers[t].compared;
        worker_free(&pass.workers[t]);
    }
    free(pass.workers);
    free(pass.packed);
    if (!ok) return hm_fail(err, HM_ENOMEM, "no memory for a neighbour search");
    return s->stopped ? hm_fail(err, HM_ECANCELED, "the neighbour search was stopped") : HM_OK;
}
