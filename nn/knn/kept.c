// SPDX-License-Identifier: MIT
// What is kept of a row for queries: the first two levels of a screen, the second with more
// coordinates than all pairs want, for here each row that is not ruled out costs a read from a
// store.

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "hmrec/screen.h"
#include "isa/isa.h"
#include "knn/directions.h"
#include "knn/levels.h"
#include "knn/matrix.h"
#include "knn/screen.h"
#include "knn/search.h"
#include "layers/thread_pool.h"
#include "mem.h"
#include "num.h"

enum {
    FAR = 384, // coordinates of the second level
    DIRECTIONS = NN_NEAR + FAR,
};

struct kept {
    float near[NN_NEAR];
    int8_t codes[FAR];
    struct nn_far_level far;
};

// Of nn_screen_pays: the second level of a query rules out much that its first lets pass.
static const double MOST = 0.8;

// A screen as it is saved.
struct saved {
    char magic[8];
    double error; // of the directions
    float vectors[DIRECTIONS][HM_DIM];
};
static const char magic[8] = "hmscreen";

_Static_assert(sizeof(struct kept) == HM_SCREEN_KEPT, "as the header says");
_Static_assert(sizeof(struct saved) == HM_SCREEN_BYTES, "as the header says");

struct hm_screen {
    const struct nn_kernels *kernels;
    unsigned threads;
    struct nn_margins margins;
    struct nn_packed packed; // the directions
    struct saved saved;
};

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory for a screen");
}

static enum hm_status screen_alloc(struct hm_screen **out, const struct hm_knn_options *options,
                                   struct hm_error *err) {
    const char *isa;
    HM_TRY(hm_isa_choose(options ? options->isa : NULL, &isa, err));
    struct hm_screen *screen = hm_alloc_aligned(1, sizeof *screen);
    if (!screen) return no_memory(err);
    screen->kernels = nn_isa_kernels(isa);
    screen->threads = nn_threads(options ? options->threads : 0);
    screen->packed = (struct nn_packed){0};
    *out = screen;
    return HM_OK;
}

// From screen->saved all that follows from it.
static enum hm_status screen_complete(struct hm_screen *screen, struct hm_error *err) {
    screen->margins = nn_margins_of(screen->saved.error, FAR);
    return nn_packed_transpose(&screen->packed, screen->kernels, screen->saved.vectors[0],
                               DIRECTIONS, HM_DIM, screen->threads)
               ? HM_OK
               : no_memory(err);
}

// Directions of the sample, whose rows have length 1.
static enum hm_status find(struct hm_screen *screen, const float *sample, size_t n,
                           struct hm_error *err) {
    struct nn_directions d;
    if (!nn_directions_find(&d, screen->kernels, sample, n, DIRECTIONS, screen->threads))
        return no_memory(err);
    memset(d.vectors + (size_t)NN_COORDINATES * HM_DIM, 0,
           (NN_NEAR - NN_COORDINATES) * HM_DIM * sizeof *d.vectors);
    memcpy(screen->saved.magic, magic, sizeof magic);
    memcpy(screen->saved.vectors, d.vectors, sizeof screen->saved.vectors);
    screen->saved.error = d.error;
    nn_directions_free(&d);
    return HM_OK;
}

enum hm_status hm_screen_new(struct hm_screen **out, const float *sample, size_t n,
                             const struct hm_knn_options *options, struct hm_error *err) {
    struct hm_screen *screen;
    *out = NULL;
    if (n < DIRECTIONS || n > HM_SCREEN_SAMPLE)
        return hm_fail(err, HM_EARG, "found a sample of %zu rows, expected %d to %d", n, DIRECTIONS,
                       HM_SCREEN_SAMPLE);
    n = n / 64 * 64;
    HM_TRY(screen_alloc(&screen, options, err));
    float *scales = malloc(n * sizeof *scales);
    float *rows = hm_alloc_aligned(n, HM_DIM * sizeof *rows);
    enum hm_status status =
        scales && rows ? nn_measure(screen->kernels, sample, n, scales, screen->threads, "row", err)
                       : no_memory(err);
    bool pays = status == HM_OK &&
                nn_screen_pays(screen->kernels, sample, scales, n, 1, MOST, screen->threads);
    for (size_t i = 0; pays && i < n; i++)
        nn_scale_row(sample + i * HM_DIM, scales[i], HM_DIM, rows + i * HM_DIM);
    if (pays) status = find(screen, rows, n, err);
    pays = pays && status == HM_OK && screen->saved.error < NN_MOST_ERROR;
    if (pays) status = screen_complete(screen, err);
    free(scales);
    free(rows);
    if (status == HM_OK && pays)
        *out = screen;
    else
        hm_screen_free(screen);
    return status;
}

void hm_screen_free(struct hm_screen *screen) {
    if (!screen) return;
    nn_packed_free(&screen->packed);
    free(screen);
}

void hm_screen_save(const struct hm_screen *screen, void *to) {
    memcpy(to, &screen->saved, sizeof screen->saved);
}

enum hm_status hm_screen_restore(struct hm_screen **out, const void *saved, size_t bytes,
                                 const struct hm_knn_options *options, struct hm_error *err) {
    struct hm_screen *screen;
    *out = NULL;
    if (bytes != sizeof screen->saved || memcmp(saved, magic, sizeof magic) != 0)
        return hm_fail(err, HM_EFORMAT, "found %zu bytes that are no screen, expected %zu of one",
                       bytes, sizeof screen->saved);
    HM_TRY(screen_alloc(&screen, options, err));
    memcpy(&screen->saved, saved, sizeof screen->saved);
    enum hm_status status = HM_OK;
    if (!(screen->saved.error >= 0 && screen->saved.error < NN_MOST_ERROR))
        status = hm_fail(err, HM_EFORMAT,
                         "found a screen whose directions are off by %g, expected "
                         "less than %g",
                         screen->saved.error, NN_MOST_ERROR);
    if (status == HM_OK) status = screen_complete(screen, err);
    if (status == HM_OK)
        *out = screen;
    else
        hm_screen_free(screen);
    return status;
}

// ---- rows

// What a thread projects with.
struct room {
    float rows[NN_ROWS][NN_STRIDE];
    float coordinates[NN_ROWS][DIRECTIONS];
};

static void keep_block(const struct hm_screen *screen, struct room *room, const float *rows,
                       const float *scales, size_t count, struct kept *kept) {
    for (size_t r = 0; r < count; r++)
        nn_scale_row(rows + r * HM_DIM, scales[r], HM_DIM, room->rows[r]);
    nn_multiply(screen->kernels, room->rows[0], NN_STRIDE, count, &screen->packed, false,
                room->coordinates[0], DIRECTIONS);
    for (size_t r = 0; r < count; r++) {
        float *coordinates = room->coordinates[r];
        memset(&kept[r], 0, sizeof kept[r]);
        if (scales[r] == 0) continue; // a zero vector's products are 0
        double left = nn_near_fill(screen->kernels, &screen->margins, coordinates, kept[r].near);
        nn_far_fill(screen->kernels, kept[r].near, left, coordinates + NN_NEAR, FAR, kept[r].codes,
                    &kept[r].far);
    }
}

enum hm_status hm_screen_keep(const struct hm_screen *screen, const float *rows, size_t n,
                              void *kept, struct hm_error *err) {
    const unsigned threads = (unsigned)hm_min(screen->threads, (n + NN_ROWS - 1) / NN_ROWS);
    float *scales = malloc((n + 1) * sizeof *scales);
    struct room *rooms = hm_alloc_aligned(threads + 1, sizeof *rooms);
    enum hm_status status = scales && rooms ? nn_measure(screen->kernels, rows, n, scales,
                                                         threads ? threads : 1, "row", err)
                                            : no_memory(err);
    if (status == HM_OK && n) {
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)threads)
        for (size_t row = 0; row < n; row += NN_ROWS)
            keep_block(screen, &rooms[omp_get_thread_num()], rows + row * HM_DIM, scales + row,
                       hm_min(NN_ROWS, n - row), (struct kept *)kept + row);
    }
    free(scales);
    free(rooms);
    return status;
}

void hm_screen_bounds(const struct hm_screen *screen, const void *query, const void *kept, size_t n,
                      float *bounds) {
    const struct nn_kernels *kernels = screen->kernels;
    const struct kept *q = query, *rows = kept;
    for (size_t i = 0; i < n; i++) {
        float near = kernels->sdot(NN_NEAR, q->near, rows[i].near);
        float bound = nn_far_bound(near, &q->far, &rows[i].far,
                                   kernels->dot_codes(FAR, q->codes, rows[i].codes));
        float score = nn_score(bound) + NN_SCORE_SLACK;
        bounds[i] = score < 1 ? score : 1; // NaN too
    }
}
