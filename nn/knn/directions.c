// SPDX-License-Identifier: MIT
// Orthogonal iteration on the n x n Gram matrix G of the sample, which has the same leading
// eigenvalues as the 2048 x 2048 second-moment matrix and is smaller: Z <- orthonormal rows of Z G,
// beginning with the rows of G itself. Then V = Z X, made orthonormal twice, for once leaves what
// f32 loses between nearly parallel rows.

#include "knn/directions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "knn/matrix.h"
#include "mem.h"
#include "num.h"

enum {
    ROUNDS = 3,
    PANEL = 32 // rows made orthonormal before they are taken from all behind them
};

// What is left of a row once its part along the others is taken away is noise below this share.
static const double NOISE = 1e-5;

static void take_away(const struct nn_kernels *kernels, float *row, const float *from, size_t n) {
    kernels->saxpy(n, -kernels->sdot(n, row, from), from, row);
}

// Length 1, or zeros.
static void normalise(const struct nn_kernels *kernels, float *row, size_t n, double before) {
    double length = sqrt(kernels->dsdot(n, row, row));
    float scale = length > NOISE * before ? (float)(1 / length) : 0;
    for (size_t i = 0; i < n; i++)
        row[i] = scale > 0 ? row[i] * scale : 0;
}

// Modified Gram-Schmidt on the rows of z [count][n].
static void orthonormalise(const struct nn_kernels *kernels, float *z, size_t count, size_t n,
                           double *lengths, unsigned threads) {
#pragma omp parallel num_threads((int)threads)
    {
#pragma omp for schedule(static)
        for (size_t r = 0; r < count; r++)
            lengths[r] = sqrt(kernels->dsdot(n, z + r * n, z + r * n));
        for (size_t first = 0; first < count; first += PANEL) {
            size_t end = hm_min(first + PANEL, count);
#pragma omp single
            for (size_t r = first; r < end; r++) {
                normalise(kernels, z + r * n, n, lengths[r]);
                for (size_t behind = r + 1; behind < end; behind++)
                    take_away(kernels, z + behind * n, z + r * n, n);
            }
#pragma omp for schedule(static)
            for (size_t behind = end; behind < count; behind++)
                for (size_t r = first; r < end; r++)
                    take_away(kernels, z + behind * n, z + r * n, n);
        }
    }
}

// Row by row, to be added in order: the same number for any threads.
static double measure(const struct nn_kernels *kernels, const struct nn_directions *d, double *sums,
                      unsigned threads) {
#pragma omp parallel for schedule(dynamic, 8) num_threads((int)threads)
    for (size_t i = 0; i < d->count; i++) {
        const float *row = d->vectors + i * HM_DIM;
        double square = kernels->dsdot(HM_DIM, row, row);
        sums[i] = square > 0 ? (square - 1) * (square - 1) : 0;
        for (size_t j = 0; square > 0 && j < i; j++) {
            double product = kernels->dsdot(HM_DIM, row, d->vectors + j * HM_DIM);
            sums[i] += 2 * product * product;
        }
    }
    double sum = 0;
    for (size_t i = 0; i < d->count; i++)
        sum += sums[i];
    return sqrt(sum);
}

// The leading eigenvectors of the Gram matrix as rows of z [count][n].
static bool iterate(const struct nn_kernels *kernels, const float *sample, size_t n, size_t count,
                    float *z, double *lengths, unsigned threads) {
    struct nn_packed packed = {0};
    float *gram = hm_alloc_aligned(n * n, sizeof *gram);
    float *next = hm_alloc_aligned(count * n, sizeof *next);
    bool ok = gram && next && nn_multiply_rows(kernels, sample, n, HM_DIM, gram, threads) &&
              nn_packed_copy(&packed, kernels, gram, n, n, threads);
    if (ok) memcpy(z, gram, count * n * sizeof *z);
    for (int round = 0; ok && round < ROUNDS; round++) {
        orthonormalise(kernels, z, count, n, lengths, threads);
        nn_multiply_all(kernels, z, count, &packed, next, threads);
        memcpy(z, next, count * n * sizeof *z);
    }
    if (ok) orthonormalise(kernels, z, count, n, lengths, threads);
    nn_packed_free(&packed);
    free(gram);
    free(next);
    return ok;
}

bool nn_directions_find(struct nn_directions *out, const struct nn_kernels *kernels,
                        const float *sample, size_t n, size_t count, unsigned threads) {
    struct nn_packed packed = {0};
    float *z = hm_alloc_aligned(count * n, sizeof *z);
    double *lengths = calloc(count, sizeof *lengths);
    *out = (struct nn_directions){.count = count};
    out->vectors = hm_alloc_aligned(count * HM_DIM, sizeof *out->vectors);
    bool ok = z && lengths && out->vectors &&
              iterate(kernels, sample, n, count, z, lengths, threads) &&
              nn_packed_copy(&packed, kernels, sample, n, HM_DIM, threads);
    if (ok) {
        nn_multiply_all(kernels, z, count, &packed, out->vectors, threads);
        for (int twice = 0; twice < 2; twice++)
            orthonormalise(kernels, out->vectors, count, HM_DIM, lengths, threads);
        out->error = measure(kernels, out, lengths, threads);
    }
    nn_packed_free(&packed);
    free(z);
    free(lengths);
    if (!ok) nn_directions_free(out);
    return ok;
}

void nn_directions_free(struct nn_directions *directions) {
    free(directions->vectors);
    directions->vectors = NULL;
}
