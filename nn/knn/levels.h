// SPDX-License-Identifier: MIT
/** What bounds the cosine of two vectors of length 1: leading coordinates, and the lengths of what
 *  they leave. docs/neighbours.md derives it. */
#ifndef NN_LEVELS_H
#define NN_LEVELS_H

#include <stddef.h>
#include <stdint.h>

#include "isa/kernels.h"

enum {
    NN_NEAR = 128,                // numbers of a row's first level
    NN_REMAINDER = NN_NEAR - 2,   // place of the length of what the coordinates before it leave
    NN_MARGIN = NN_NEAR - 1,      // place of the root of the margin
    NN_COORDINATES = NN_REMAINDER // of the first level
};

// Directions further from orthonormal than this would make the margins useless.
#define NN_MOST_ERROR  1e-3
#define NN_SCORE_SLACK 5e-7f // more than rounding can take from a bound's score

/** A f32 that is not below x. */
static inline float nn_rounded_up(double x) {
    return (float)(x * (1 + 0x1p-22));
}

/** What rounding can add to a cosine beside its bound, to the square of a remainder, and to its
 *  codes' error. */
struct nn_margins {
    double cosine, square, remainder;
};

/** error  of the directions
 *  far    coordinates of the second level */
struct nn_margins nn_margins_of(double error, size_t far);

/** What makes codes a vector again. */
struct nn_rounding {
    float step;  // of the codes
    float error; // the length of what rounding took away, or a little more
};

/** Codes of x [n], which becomes what they leave of it.
 *  error  what x itself may be off */
struct nn_rounding nn_encode(const struct nn_kernels *kernels, float *x, size_t n, double error,
                             int8_t *codes);

/** The second level of a row, beside the codes of its coordinates. */
struct nn_far_level {
    struct nn_rounding rounding;
    float before, behind; // lengths of what the coordinates before and all coordinates leave
};

/** The first level of a row.
 *  coordinates  f32 [NN_NEAR], of which the last are no coordinates and zero
 *  near         f32 [NN_NEAR]
 *  returns      the square of what they leave, for nn_far_fill */
double nn_near_fill(const struct nn_kernels *kernels, const struct nn_margins *margins,
                    const float *coordinates, float *near);
/** The second one.
 *  coordinates  f32 [n], used up
 *  codes        [n] */
void nn_far_fill(const struct nn_kernels *kernels, const float *near, double left,
                 float *coordinates, size_t n, int8_t *codes, struct nn_far_level *far);

/** A number that is not below a cosine of the full search.
 *  near  the product of the near rows
 *  dot   of the far codes */
static inline float nn_far_bound(float near, const struct nn_far_level *x,
                                 const struct nn_far_level *y, int32_t dot) {
    return near - x->before * y->before + x->behind * y->behind +
           x->rounding.step * y->rounding.step * (float)dot + x->rounding.error * y->before +
           y->rounding.error * (x->before + x->rounding.error);
}

#endif
