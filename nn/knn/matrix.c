// SPDX-License-Identifier: MIT
#include "knn/matrix.h"

#include <assert.h>
#include <stdlib.h>

#include "mem.h"
#include "num.h"

void nn_scale_row(const float *restrict from, float scale, size_t n, float *restrict to) {
    for (size_t i = 0; i < n; i++)
        to[i] = from[i] * scale;
}

// A line of each row at a time: going along all of them together would throw the lines out of L1
// before they are used up, the rows being a power of two apart.
void nn_pack_transposed(size_t nr, const float *const *from, const float *scale, size_t depth,
                        float *to) {
    enum { LINE = 16 };
    assert(depth % LINE == 0);
    for (size_t d = 0; d < depth; d += LINE)
        for (size_t j = 0; j < nr; j++)
            for (size_t i = 0; i < LINE; i++)
                to[(d + i) * nr + j] = from[j][d + i] * scale[j];
}

static bool packed_new(struct nn_packed *out, size_t nr, size_t n, size_t k) {
    *out = (struct nn_packed){.k = k, .n = (n + nr - 1) / nr * nr};
    out->panels = hm_alloc_aligned(out->n, k * sizeof *out->panels);
    return out->panels;
}

void nn_packed_free(struct nn_packed *packed) {
    free(packed->panels);
    packed->panels = NULL;
}

bool nn_packed_transpose(struct nn_packed *out, const struct nn_kernels *kernels, const float *rows,
                         size_t n, size_t k, unsigned threads) {
    const size_t nr = kernels->f32.nr;
    if (!packed_new(out, nr, n, k)) return false;
#pragma omp parallel for schedule(static) num_threads((int)threads)
    for (size_t p = 0; p < out->n / nr; p++) {
        const float *from[NN_NR_MAX];
        float scale[NN_NR_MAX];
        for (size_t j = 0; j < nr; j++) {
            bool there = p * nr + j < n;
            from[j] = rows + (there ? p * nr + j : 0) * k;
            scale[j] = there;
        }
        nn_pack_transposed(nr, from, scale, k, out->panels + p * nr * k);
    }
    return true;
}

bool nn_packed_copy(struct nn_packed *out, const struct nn_kernels *kernels, const float *matrix,
                    size_t k, size_t n, unsigned threads) {
    if (!packed_new(out, kernels->f32.nr, n, k)) return false;
    assert(out->n == n);
#pragma omp parallel for schedule(static) num_threads((int)threads)
    for (size_t row = 0; row < k; row++)
        kernels->f32.pack(matrix, k, n, NULL, row, 1, out->panels);
    return true;
}

void nn_multiply(const struct nn_kernels *kernels, const float *a, size_t a_stride, size_t rows,
                 const struct nn_packed *b, bool add, float *c, size_t c_stride) {
    const size_t nr = kernels->f32.nr;
    for (size_t d = 0; d < b->k; d += NN_CHAIN) {
        struct nn_gemm g = {
            .a = a + d,
            .a_stride = a_stride,
            .k = hm_min(NN_CHAIN, b->k - d),
            .b = b->panels + d * nr,
            .b_stride = b->k * nr,
            .c = c,
            .c_stride = c_stride,
            .residual = d || add ? c : NULL,
            .residual_stride = c_stride,
        };
        kernels->f32.gemm(&g, 0, rows, 0, b->n / nr);
    }
}

void nn_multiply_all(const struct nn_kernels *kernels, const float *a, size_t rows,
                     const struct nn_packed *b, float *c, unsigned threads) {
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)threads)
    for (size_t row = 0; row < rows; row += NN_ROWS)
        nn_multiply(kernels, a + row * b->k, b->k, hm_min(NN_ROWS, rows - row), b, false,
                    c + row * b->n, b->n);
}

bool nn_multiply_rows(const struct nn_kernels *kernels, const float *a, size_t rows, size_t k,
                      float *c, unsigned threads) {
    struct nn_packed columns;
    bool ok = nn_packed_transpose(&columns, kernels, a, rows, k, threads);
    if (ok) nn_multiply_all(kernels, a, rows, &columns, c, threads);
    nn_packed_free(&columns);
    return ok;
}
