// SPDX-License-Identifier: MIT
/** The directions in which a set of vectors extends most: the leading eigenvectors of a sample's
 *  second-moment matrix. How good they are decides how soon a search is done, never what it finds:
 *  only how far they are from orthonormal enters its bounds, and that is measured. */
#ifndef NN_DIRECTIONS_H
#define NN_DIRECTIONS_H

#include "hmrec/knn.h"
#include "isa/kernels.h"

struct nn_directions {
    float *vectors; // f32 [count][HM_DIM], the leading ones first; zeros where the sample has no
                    // further direction; owned
    size_t count;
    double error; // Frobenius norm of V V' - I, over the directions that are not zeros
};

/** Find directions.
 *  sample   f32 [n][HM_DIM], vectors of length 1 (or 0); n a multiple of 64, at least count
 *  count    a multiple of 32
 *  returns  false without memory; nothing is to be freed then */
bool nn_directions_find(struct nn_directions *out, const struct nn_kernels *kernels,
                        const float *sample, size_t n, size_t count, unsigned threads);
void nn_directions_free(struct nn_directions *directions);

#endif
