// SPDX-License-Identifier: MIT
/** Products of matrices whose rows are vectors, on the GEMM micro-kernel: rows by rows, and rows by
 *  columns. */
#ifndef NN_MATRIX_H
#define NN_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

#include "hmrec/model.h"
#include "isa/kernels.h"

enum {
    NN_ROWS = 48,           // that a thread takes at a time: 48 x 512 floats are 96 KB of L2
    NN_STRIDE = HM_DIM + 16 // of scaled rows; 8 KB apart they would share the same few cache sets
};

/** to = from * scale, f32 [n]. */
void nn_scale_row(const float *restrict from, float scale, size_t n, float *restrict to);

/** One panel of B from nr rows: B's columns are the rows.
 *  from   f32 [nr] rows of depth numbers; depth % 16 == 0
 *  scale  f32 [nr], a factor for each row
 *  to     f32 [depth][nr] */
void nn_pack_transposed(size_t nr, const float *const *from, const float *scale, size_t depth,
                        float *to);

/** A packed matrix. */
struct nn_packed {
    float *panels; // f32 [n / nr][k][nr]; owned
    size_t k, n;   // n is a multiple of nr
};

/** Pack the transpose of a matrix, shared by the threads.
 *  rows     f32 [n][k]; columns behind the last become zeros
 *  returns  false without memory */
bool nn_packed_transpose(struct nn_packed *out, const struct nn_kernels *kernels, const float *rows,
                         size_t n, size_t k, unsigned threads);
/** Pack a matrix as it is.
 *  matrix  f32 [k][n], n a multiple of nr */
bool nn_packed_copy(struct nn_packed *out, const struct nn_kernels *kernels, const float *matrix,
                    size_t k, size_t n, unsigned threads);
void nn_packed_free(struct nn_packed *packed);

enum {
    NN_CHAIN = 128 // multiply-adds in one chain of nn_multiply; the chains' sums are then added
};

/** C = A * B, or C + A * B, for some rows, by one thread. Of k products NN_CHAIN are one chain; the
 *  sums of chains are added in order, so that a number of C has NN_CHAIN + k / NN_CHAIN roundings.
 *  a  f32 [rows][k], a_stride floats apart
 *  c  f32 [rows][n], c_stride floats apart */
void nn_multiply(const struct nn_kernels *kernels, const float *a, size_t a_stride, size_t rows,
                 const struct nn_packed *b, bool add, float *c, size_t c_stride);

/** The same, shared by the threads; rows lie k and n floats apart. */
void nn_multiply_all(const struct nn_kernels *kernels, const float *a, size_t rows,
                     const struct nn_packed *b, float *c, unsigned threads);

/** C = A * A', f32 [rows][rows], for A f32 [rows][k]; rows a multiple of 32.
 *  returns  false without memory */
bool nn_multiply_rows(const struct nn_kernels *kernels, const float *a, size_t rows, size_t k,
                      float *c, unsigned threads);

#endif
