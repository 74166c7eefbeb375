// SPDX-License-Identifier: MIT
/** The compute kernels: one table of functions per ISA, all made from the one source kernels.c, and
 *  one more product for each further precision where a CPU has it.
 *
 *  Everything is f32 where nothing else is said, row-major, channels last. Nothing here allocates,
 *  starts threads or fails: the contracts are asserted. kernels.c and the files of products include
 *  this header and nothing else of the project, and every function in them is static except the
 *  table itself, so that no code compiled for one ISA can be linked into another's path.
 */
#ifndef NN_KERNELS_H
#define NN_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** C[rows][n] = epilogue(A[rows][k] * B[k][n]), the register-blocked product under every layer and
 *  the neighbour search. A and B, the operands, hold numbers of the product's precision; everything
 *  else is f32.
 *
 *  B is packed in panels of nr columns: [n / nr][k / group][nr][group] (struct nn_product). n is a
 *  multiple of nr; rows are any number and may overlap. Each element of C is one chain of
 *  multiply-adds over ascending k, whatever the tile it falls in: the same bits for any split.
 */
struct nn_gemm {
    const void *a;          // row r starts at element r * a_stride
    size_t a_stride;        // elements
    size_t k;               // depth, a multiple of group
    const void *b;          // 64-byte aligned; panel p starts at element p * b_stride
    size_t b_stride;        // elements; k * nr for a packed matrix
    float *c;               // row r starts at c + r * c_stride; 16-byte aligned or better is faster
    size_t c_stride;        // floats
    const float *bias;      // f32 [n], added to every row; NULL: none
    const float *residual;  // f32 added after the bias; may be c itself; NULL: none
    size_t residual_stride; // floats
    const uint32_t *residual_row; // row r takes this row of residual; NULL: row r
    bool relu;                    // max(0, x) at the very end
};

/** Compute rows [row, row + rows) by panels [panel, panel + panels). Reads exactly A and B, and
 *  prefetches what is behind them. */
typedef void nn_gemm_fn(const struct nn_gemm *g, size_t row, size_t rows, size_t panel,
                        size_t panels);

/** Pack rows [row, row + rows) of a matrix into the panels of B.
 *  matrix  f32 [k][n]
 *  scale   f32 [n], a factor for each column; NULL: 1
 *  row     a multiple of group, as is rows */
typedef void nn_pack_fn(const float *matrix, size_t k, size_t n, const float *scale, size_t row,
                        size_t rows, void *panels);

/** Make operands of rows for A.
 *  in   f32 [rows][k], in_stride floats apart; k % 16 == 0
 *  out  [rows][k], out_stride elements apart */
typedef void nn_convert_fn(const float *in, size_t in_stride, size_t rows, size_t k, void *out,
                           size_t out_stride);

/** The matrix product in one precision on one ISA. */
struct nn_product {
    const char *name; // what computes it: "avx2", "AVX512-BF16"
    unsigned mr;      // rows of C held in registers
    unsigned nr;      // columns, those of a panel of B; at most NN_NR_MAX
    unsigned bytes;   // of an element of A and B
    unsigned group;   // steps of k whose elements lie side by side in B
    nn_gemm_fn *gemm;
    nn_pack_fn *pack;
    nn_convert_fn *convert; // NULL: A is f32 and is read where it is
};

enum {
    NN_NR_MAX = 32 // largest nr of any product
};

/** Batch norm and ReLU: out = max(0, in * scale + shift).
 *  in   f32 [rows][channels], channels % 16 == 0
 *  out  f32 [rows][channels], rows out_stride floats apart; may be in */
typedef void nn_activate_fn(const float *in, size_t rows, size_t channels, const float *scale,
                            const float *shift, float *out, size_t out_stride);

/** Lines [line, line + lines) of a picture as x / 127.5 - 1 within its border, which stays as it
 *  is: zeros, which is what conv1_pad puts around the normalised picture.
 *  pixels  u8 [224][224][3]
 *  padded  f32 [230][230][3] */
typedef void nn_normalise_fn(const uint8_t *pixels, size_t line, size_t lines, float *padded);

/** 3x3/2 max pool.
 *  in   f32 [2 * rows + 1][2 * cols + 1][channels], channels % 16 == 0
 *  out  f32 [rows][cols][channels], rows out_stride floats apart */
typedef void nn_max_pool_fn(const float *in, size_t rows, size_t cols, size_t channels, float *out,
                            size_t out_stride);

/** out[c] = mean over pixels of max(0, in[pixel][c] * scale[c] + shift[c]), added in ascending
 *  order.
 *  in  f32 [pixels][channels], channels % 16 == 0 */
typedef void nn_mean_fn(const float *in, size_t pixels, size_t channels, const float *scale,
                        const float *shift, float *out);

/** One output tile of a Winograd convolution: rows x cols outputs, at most m x m, with the corner
 *  at (y, x) of a picture. */
struct nn_wino_tile {
    uint32_t picture;
    uint16_t y, x, rows, cols;
};

/** A 3x3 stride-1 zero-padded convolution as F(m x m, 3x3): m = 2, 4 or 5, (m + 2)^2 matrix
 *  products. */
struct nn_wino {
    size_t m;
    size_t side;                      // pictures are side x side
    const struct nn_wino_tile *tiles; // all tiles of all pictures
    size_t in_channels, out_channels; // multiples of 16
};

/** Transform the inputs of tiles [tile, tile + count).
 *  in  f32 [pictures][side][side][in_channels]
 *  v   f32 [(m+2)^2][count][in_channels], the matrices v_stride floats apart */
typedef void nn_wino_input_fn(const struct nn_wino *w, const float *in, size_t tile, size_t count,
                              float *v, size_t v_stride);

/** Transform the products of tiles [tile, tile + count) to nr output channels from `channel` on:
 *  max(0, x + bias). For a tile with rows < m (cols < m) the last row (column) of the (m+2)^2
 *  products is not used, so it need not have been computed.
 *  prod  f32 [(m+2)^2][count][nr], the matrices prod_stride floats apart
 *  out   f32 [pictures][side][side][out_channels] */
typedef void nn_wino_output_fn(const struct nn_wino *w, const float *prod, size_t prod_stride,
                               size_t tile, size_t count, const float *bias, size_t channel,
                               float *out);

/** Transform input channels [channel, channel + count) of a kernel.
 *  kernel  f32 HWIO [3][3][in][out]
 *  scale   f32 [out], a factor for each output channel; NULL: 1
 *  u       f32 [out / nr][(m+2)^2][in][nr] */
typedef void nn_wino_weights_fn(const struct nn_wino *w, const float *kernel, const float *scale,
                                size_t channel, size_t count, float *u);

/** The stem, a 7x7/2 convolution of a padded picture, as F(4, 4) along x: a line of two
 *  neighbouring pixels is 6 channels, a line of the kernel 4 taps, of which the last has only zeros
 *  for its second pixel; 7 matrix products make 4 outputs of a line. */
enum {
    NN_PADDED_SIDE = 230, // 224 and conv1_pad's 3 on each side
    NN_STEM_CHANNELS = 64,
    NN_STEM_TILE = 4, // outputs along x
    NN_STEM_POINTS = 7,
    NN_STEM_PAIR = 6,                 // floats
    NN_STEM_DEPTH = 7 * NN_STEM_PAIR, // k of each product
    NN_STEM_LINES = 229,              // of the 230, which 112 outputs read
    // Floats from one matrix to the next: 6 a line, 16 spare, an odd number of cache lines.
    NN_STEM_STRIDE = 87 * 16
};

/** Transform the 7 pairs of each line that 4 neighbouring outputs read. Product i of output line y
 *  is row y of a matrix whose rows are NN_STEM_DEPTH long and 2 * 6 apart.
 *  padded  f32 [229][230][3] from the first pair on; up to 16 floats past those pairs are read
 *  v       f32 [7][229][6], the matrices NN_STEM_STRIDE floats apart */
typedef void nn_stem_input_fn(const float *padded, float *v);

/** Transform products to nr channels of 4 pixels of each line, plus bias.
 *  prod  f32 [7][lines][nr], the matrices prod_stride floats apart
 *  out   lines line_stride floats apart, pixels pixel_stride */
typedef void nn_stem_output_fn(const float *prod, size_t prod_stride, size_t lines,
                               const float *bias, float *out, size_t line_stride,
                               size_t pixel_stride);

/** Transform the stem's kernel.
 *  kernel  f32 HWIO [7][7][3][out]
 *  u       f32 [out / nr][7][NN_STEM_DEPTH][nr] */
typedef void nn_stem_weights_fn(const float *kernel, size_t out, float *u);

/** The score of a pair of vectors by their cosine, which rounding may have carried past 1. */
static inline float nn_score(float cosine) {
    float score = 0.5f + 0.5f * cosine;
    return score > 1 ? 1 : score < 0 ? 0 : score;
}

/** Find every j of [0, n) whose score nn_score(cosines[j]) reaches limits[j] or limit, and perhaps
 *  one that falls short by less than 1e-6.
 *  n        a multiple of nr, at most 65536
 *  hits     out, ascending; room for n
 *  returns  how many */
typedef size_t nn_scan_fn(const float *cosines, const float *limits, size_t n, float limit,
                          uint16_t *hits);

/** BLAS' functions of these names, for contiguous vectors and n % 64 == 0: the product of two
 *  vectors, added in f32 (in no stated order) or in f64, and y += alpha * x. */
typedef float nn_sdot_fn(size_t n, const float *x, const float *y);
typedef double nn_dsdot_fn(size_t n, const float *x, const float *y);
typedef void nn_saxpy_fn(size_t n, float alpha, const float *x, float *y);

#define NN_LEAST_CODED 0x1p-100f // 127 over a smaller number may be infinite

/** Round a vector to multiples of a step: x = step * codes + an error.
 *  n        a multiple of 64
 *  x        f32 [n]; out: the errors
 *  codes    out, i8 [n], -127 .. 127
 *  returns  the step; 0 where all numbers are below NN_LEAST_CODED, and errors therefore */
typedef float nn_encode_fn(size_t n, float *x, int8_t *codes);

/** Product of two vectors of codes; n a multiple of 64, at most 65536. */
typedef int32_t nn_dot_codes_fn(size_t n, const int8_t *x, const int8_t *y);

enum {
    NN_PARTS = 4 // chains that make up the cosine of two vectors
};

/** Two vectors and what makes their lengths 1. */
struct nn_pair {
    const float *a, *b;
    float a_scale, b_scale;
};

/** Cosines of pairs with the bits that nn_gemm_fn gives for scaled vectors, a product of each of
 *  NN_PARTS equal parts of depth having the sum of the earlier parts as its residual.
 *  depth  a multiple of 64 */
typedef void nn_cosines_fn(const struct nn_pair *pairs, size_t count, size_t depth, float *cosines);

/** Multiply-adds on registers alone, `rounds` of them for each accumulator of a tile: what the FMA
 *  units can do.
 *  returns  the number of floating-point operations done */
typedef double nn_peak_fn(size_t rounds);

struct nn_kernels {
    struct nn_product f32;
    unsigned vec; // floats in a vector register
    nn_activate_fn *activate;
    nn_normalise_fn *normalise;
    nn_max_pool_fn *max_pool;
    nn_mean_fn *mean;
    nn_wino_input_fn *wino_input;
    nn_wino_output_fn *wino_output;
    nn_wino_weights_fn *wino_weights;
    nn_stem_input_fn *stem_input;
    nn_stem_output_fn *stem_output;
    nn_stem_weights_fn *stem_weights;
    nn_scan_fn *scan;
    nn_sdot_fn *sdot;
    nn_dsdot_fn *dsdot;
    nn_saxpy_fn *saxpy;
    nn_cosines_fn *cosines;
    nn_encode_fn *encode;
    nn_dot_codes_fn *dot_codes;
    nn_peak_fn *peak;
};

#endif
