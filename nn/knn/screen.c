// SPDX-License-Identifier: MIT
#include "knn/screen.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "knn/directions.h"
#include "knn/matrix.h"
#include "mem.h"
#include "model/carve.h"
#include "num.h"

enum {
    SAMPLE = 1536, // rows from which the directions come
    PROBE = 256,   // rows that give directions for a first look, and as many that are looked at
    DIRECTIONS = NN_NEAR + NN_FAR // two of them for the places that are no coordinates
};

static const double MOST = 0.5; // of nn_screen_pays, for all pairs
float nn_screen_bound(const struct nn_screen *screen, const struct nn_kernels *kernels, size_t i,
                      size_t j, float near) {
    const struct nn_far *x = &screen->far[i], *y = &screen->far[j];
    return nn_far_bound(near, &x->level, &y->level, kernels->dot_codes(NN_FAR, x->codes, y->codes));
}

struct nn_estimate nn_screen_estimate(const struct nn_screen *screen,
                                      const struct nn_kernels *kernels, size_t i, size_t j,
                                      float near) {
    struct nn_rounding x = screen->roundings[i], y = screen->roundings[j];
    float x_left = screen->near[i * NN_NEAR + NN_REMAINDER];
    float y_left = screen->near[j * NN_NEAR + NN_REMAINDER];
    int32_t dot =
        kernels->dot_codes(HM_DIM, screen->codes + i * HM_DIM, screen->codes + j * HM_DIM);
    return (struct nn_estimate){
        .cosine = near - screen->margin - x_left * y_left + x.step * y.step * (float)dot,
        .error = screen->margin + x.error * y_left + y.error * (x_left + x.error),
    };
}

struct projection {
    const struct nn_kernels *kernels;
    struct nn_margins margins;
    struct nn_packed there, back; // onto the directions; minus what came of it
    const float *rows, *scales;   // scales NULL: the rows are scaled
    struct nn_screen *screen;
};

// What a thread projects with.
struct room {
    float rows[NN_ROWS][NN_STRIDE];
    float coordinates[NN_ROWS][DIRECTIONS];
};

// The levels of `count` rows; of zero vectors they are zeros.
static void project_block(const struct projection *p, struct room *room, size_t row, size_t count) {
    struct nn_screen *screen = p->screen;
    for (size_t r = 0; r < count; r++)
        nn_scale_row(p->rows + (row + r) * HM_DIM, p->scales ? p->scales[row + r] : 1, HM_DIM,
                     room->rows[r]);
    nn_multiply(p->kernels, room->rows[0], NN_STRIDE, count, &p->there, false, room->coordinates[0],
                DIRECTIONS);
    if (screen->codes)
        nn_multiply(p->kernels, room->coordinates[0], DIRECTIONS, count, &p->back, true,
                    room->rows[0], NN_STRIDE);
    for (size_t r = 0; r < count; r++) {
        size_t i = row + r;
        float *near = screen->near + i * NN_NEAR;
        struct nn_far *far = screen->far ? screen->far + i : NULL;
        float *coordinates = room->coordinates[r];
        if (p->scales && p->scales[i] == 0) {
            memset(near, 0, NN_NEAR * sizeof *near);
            if (far) memset(far, 0, sizeof *far);
        } else {
            double left = nn_near_fill(p->kernels, &p->margins, coordinates, near);
            if (far)
                nn_far_fill(p->kernels, near, left, coordinates + NN_NEAR, NN_FAR, far->codes,
                            &far->level);
        }
        if (screen->codes)
            screen->roundings[i] = nn_encode(p->kernels, room->rows[r], HM_DIM,
                                             p->margins.remainder, screen->codes + i * HM_DIM);
    }
}

// The directions as operands. A level's last places are no coordinates.
static bool pack_directions(struct projection *p, struct nn_directions *d, unsigned threads) {
    memset(d->vectors + (size_t)NN_COORDINATES * HM_DIM, 0,
           (NN_NEAR - NN_COORDINATES) * HM_DIM * sizeof *d->vectors);
    bool ok = nn_packed_transpose(&p->there, p->kernels, d->vectors, d->count, HM_DIM, threads);
    for (size_t i = 0; i < (size_t)NN_NEAR * HM_DIM; i++)
        d->vectors[i] = -d->vectors[i];
    return ok && nn_packed_copy(&p->back, p->kernels, d->vectors, NN_NEAR, HM_DIM, threads);
}

// The levels of all rows, those for which the screen has room.
static bool project(struct nn_directions *d, const struct nn_kernels *kernels, const float *rows,
                    const float *scales, size_t n, struct nn_screen *screen, unsigned threads) {
    struct projection p = {.kernels = kernels,
                           .margins = nn_margins_of(d->error, NN_FAR),
                           .rows = rows,
                           .scales = scales,
                           .screen = screen};
    screen->margin = nn_rounded_up(p.margins.cosine);
    struct room *rooms = hm_alloc_aligned(threads, sizeof *rooms);
    bool ok = pack_directions(&p, d, threads) && rooms;
    if (ok) {
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)threads)
        for (size_t row = 0; row < n; row += NN_ROWS)
            project_block(&p, &rooms[omp_get_thread_num()], row, hm_min(NN_ROWS, n - row));
    }
    nn_packed_free(&p.there);
    nn_packed_free(&p.back);
    free(rooms);
    return ok;
}

// `count` of the rows, evenly spread, beginning at `from`, scaled.
static void sample_rows(const float *rows, const float *scales, size_t n, size_t from, size_t count,
                        float *sample) {
    for (size_t i = 0; i < count; i++) {
        size_t row = (i * n / count + from) % n;
        nn_scale_row(rows + row * HM_DIM, scales[row], HM_DIM, sample + i * HM_DIM);
    }
}

// ---- does it pay?

static int larger_first(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

// The share of the pairs of rows whose bound reaches what either row's neighbours among the rows
// would demand: the cosine of the place that k takes among n.
static double share_passed(const float *cosines, const float *bounds, size_t rows, size_t n,
                           size_t k) {
    size_t place = hm_min(k * rows / n, rows - 2), passed = 0;
    float limits[PROBE], others[PROBE];
    for (size_t i = 0; i < rows; i++) {
        memcpy(others, cosines + i * rows, rows * sizeof *others);
        others[i] = -2;
        qsort(others, rows, sizeof *others, larger_first);
        limits[i] = others[place];
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < i; j++)
            passed += bounds[i * rows + j] >= fminf(limits[i], limits[j]);
    return (double)passed / (0.5 * (double)rows * (double)(rows - 1));
}

bool nn_screen_pays(const struct nn_kernels *kernels, const float *rows, const float *scales,
                    size_t n, size_t k, double most, unsigned threads) {
    struct nn_directions d = {0};
    float *sample = hm_alloc_aligned((size_t)PROBE * HM_DIM, sizeof *sample);
    struct nn_screen screen = {.near = hm_alloc_aligned((size_t)PROBE * NN_NEAR, sizeof(float))};
    float *products = hm_alloc_aligned((size_t)2 * PROBE * PROBE, sizeof *products);
    bool ok = sample && screen.near && products;
    if (ok) sample_rows(rows, scales, n, 0, PROBE, sample);
    ok = ok && nn_directions_find(&d, kernels, sample, PROBE, NN_NEAR, threads);
    if (ok) sample_rows(rows, scales, n, n / PROBE / 2, PROBE, sample);
    float *cosines = products, *bounds = products + PROBE * PROBE;
    ok = ok && project(&d, kernels, sample, NULL, PROBE, &screen, threads) &&
         nn_multiply_rows(kernels, sample, PROBE, HM_DIM, cosines, threads) &&
         nn_multiply_rows(kernels, screen.near, PROBE, NN_NEAR, bounds, threads) &&
         share_passed(cosines, bounds, PROBE, n, k) < most;
    nn_directions_free(&d);
    nn_screen_free(&screen);
    free(sample);
    free(products);
    return ok;
}

// ---- the screen

static bool allocate(struct nn_screen *screen, size_t n) {
    size_t near_bytes = n * NN_NEAR * sizeof(float), far_bytes = n * sizeof *screen->far;
    size_t code_bytes = n * HM_DIM;
    screen->far = nn_block(&far_bytes);
    screen->near = nn_block(&near_bytes);
    screen->codes = nn_block(&code_bytes);
    screen->roundings = calloc(n, sizeof *screen->roundings);
    return screen->near && screen->far && screen->codes && screen->roundings;
}

bool nn_screen_new(struct nn_screen *screen, const struct nn_kernels *kernels, const float *rows,
                   const float *scales, size_t n, size_t k, bool always, unsigned threads) {
    const size_t taken = hm_max(DIRECTIONS, hm_min(SAMPLE, n / 64 * 64));
    struct nn_directions d = {0};
    *screen = (struct nn_screen){0};
    if (!always && !nn_screen_pays(kernels, rows, scales, n, k, MOST, threads)) return false;
    float *sample = hm_alloc_aligned(taken * HM_DIM, sizeof *sample);
    bool ok = sample && allocate(screen, n);
    if (ok) sample_rows(rows, scales, n, 0, taken, sample);
    ok = ok && nn_directions_find(&d, kernels, sample, taken, DIRECTIONS, threads) &&
         d.error < NN_MOST_ERROR && project(&d, kernels, rows, scales, n, screen, threads);
    free(sample);
    nn_directions_free(&d);
    if (!ok) nn_screen_free(screen);
    return ok;
}

void nn_screen_free(struct nn_screen *screen) {
    free(screen->near);
    free(screen->far);
    free(screen->codes);
    free(screen->roundings);
    *screen = (struct nn_screen){0};
}
