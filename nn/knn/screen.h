// SPDX-License-Identifier: MIT
/** Bounds on cosines from the leading coordinates of vectors: docs/neighbours.md derives them. */
#ifndef NN_SCREEN_H
#define NN_SCREEN_H

#include "hmrec/knn.h"
#include "isa/kernels.h"

enum {
    NN_NEAR = 128,              // numbers of a row's first level
    NN_REMAINDER = NN_NEAR - 2, // place of the length of what the coordinates before it leave
    NN_MARGIN = NN_NEAR - 1,    // place of the root of the margin
    NN_FAR = 128,               // more coordinates, for the second
    NN_FIRST = 64               // coordinates that choose candidates
};

/** What makes codes a vector again. */
struct nn_rounding {
    float step;  // of the codes
    float error; // the length of what rounding took away, or a little more
};

/** The second level of a row, in one place for it is read at random. */
struct nn_far {
    int8_t codes[NN_FAR]; // coordinates, rounded
    struct nn_rounding rounding;
    float before, behind; // lengths of what the coordinates before and all coordinates leave
    float padding[12];    // to whole cache lines
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
