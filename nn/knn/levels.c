// SPDX-License-Identifier: MIT
#include "knn/levels.h"

#include <math.h>
#include <string.h>

#include "hmrec/model.h"
#include "knn/matrix.h"

enum { LONGEST_CHAIN = 520 }; // roundings in a cosine of the full search, and some to spare

struct nn_margins nn_margins_of(double error, size_t far) {
    const double u = 0x1p-24, slack = 1.01; // the unit roundoff of f32; products of roundoffs
    double chain = (NN_CHAIN + HM_DIM / NN_CHAIN) * u * slack;
    double coordinates = sqrt((double)(NN_COORDINATES + far)) * chain;
    return (struct nn_margins){
        .cosine = slack * (2 * coordinates + error + (double)(LONGEST_CHAIN + NN_NEAR + far) * u),
        .square = slack * (2 * coordinates + error) + 16 * u,
        .remainder = slack * (sqrt(NN_COORDINATES) + 1) * (NN_CHAIN + 4) * u,
    };
}

static float root(double square) {
    return square > 0 ? nn_rounded_up(sqrt(square)) : 0;
}

struct nn_rounding nn_encode(const struct nn_kernels *kernels, float *x, size_t n, double error,
                             int8_t *codes) {
    float step = kernels->encode(n, x, codes);
    return (struct nn_rounding){step, nn_rounded_up(sqrt(kernels->dsdot(n, x, x)) + error)};
}

double nn_near_fill(const struct nn_kernels *kernels, const struct nn_margins *margins,
                    const float *coordinates, float *near) {
    double left = 1 + margins->square - kernels->dsdot(NN_NEAR, coordinates, coordinates);
    memcpy(near, coordinates, NN_COORDINATES * sizeof *near);
    near[NN_REMAINDER] = root(left);
    near[NN_MARGIN] = root(margins->cosine);
    return left;
}

void nn_far_fill(const struct nn_kernels *kernels, const float *near, double left,
                 float *coordinates, size_t n, int8_t *codes, struct nn_far_level *far) {
    far->before = near[NN_REMAINDER];
    far->behind = root(left - kernels->dsdot(n, coordinates, coordinates));
    far->rounding = nn_encode(kernels, coordinates, n, 0x1p-23, codes);
}
