// SPDX-License-Identifier: MIT
/** Bounds on cosines from the leading coordinates of vectors: docs/neighbours.md derives them. */
#ifndef NN_SCREEN_H
#define NN_SCREEN_H

#include "hmrec/knn.h"
#include "isa/kernels.h"
#include "knn/levels.h"

enum {
    NN_FAR = 128, // coordinates of the second level
    NN_FIRST = 64 // coordinates that choose candidates
};

/** The second level of a row, in one place for it is read at random. */
struct nn_far {
    int8_t codes[NN_FAR];
    struct nn_far_level level;
    float padding[12]; // to whole cache lines
};

/** Three levels of n rows of length 1. The first: coordinates along the leading directions, the
 *  length of the remainder, and the root of a margin for rounding; the product of two is at least
 *  the cosine that a full search computes. The second: coordinates of the remainder. The third: the
 *  whole remainder of the first. */
struct nn_screen {
    float *near;                   // f32 [n][NN_NEAR]
    struct nn_far *far;            // [n]
    int8_t *codes;                 // i8 [n][HM_DIM]
    struct nn_rounding *roundings; // [n]
    float margin;
};

/** The second level's bound of a cosine.
 *  near  the product of the near rows */
float nn_screen_bound(const struct nn_screen *screen, const struct nn_kernels *kernels, size_t i,
                      size_t j, float near);

/** A cosine to within an error. */
struct nn_estimate {
    float cosine, error;
};

/** The third level's estimate. */
struct nn_estimate nn_screen_estimate(const struct nn_screen *screen,
                                      const struct nn_kernels *kernels, size_t i, size_t j,
                                      float near);

/** Ask for what nn_screen_estimate will read of row j. */
static inline void nn_screen_prefetch(const struct nn_screen *screen, size_t j) {
    for (size_t line = 0; line < HM_DIM; line += 64)
        __builtin_prefetch(screen->codes + j * HM_DIM + line);
}

/** Whether screening would pay, from a few rows: directions from some, a look at others.
 *  rows, scales, n, k  as of nn_screen_new; n at least 512
 *  most                it does not when its first level lets more than this share of pairs pass */
bool nn_screen_pays(const struct nn_kernels *kernels, const float *rows, const float *scales,
                    size_t n, size_t k, double most, unsigned threads);

/** Make a screen, if one pays.
 *  rows     f32 [n][HM_DIM], n > 0
 *  scales   f32 [n], 1 / length, 0 for zero vectors
 *  k        neighbours wanted
 *  always   whether it pays or not
 *  returns  whether there is one, for nn_screen_free; there is none without memory either */
bool nn_screen_new(struct nn_screen *screen, const struct nn_kernels *kernels, const float *rows,
                   const float *scales, size_t n, size_t k, bool always, unsigned threads);
void nn_screen_free(struct nn_screen *screen);

#endif
