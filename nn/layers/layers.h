// SPDX-License-Identifier: MIT
/** Layers: how one layer of many pictures becomes tasks for the threads, each task being kernel
 *  calls.
 *
 *  Activations are f32 [pictures][side][side][channels], so that a 1x1 convolution is a plain
 *  matrix product over its pixels. No function here allocates or fails. Which thread takes which
 *  task is decided while they run, so that a thread that is slowed down by another process takes
 *  fewer; no task's result depends on who ran it.
 */
#ifndef NN_LAYERS_H
#define NN_LAYERS_H

#include "layers/thread_pool.h"

/** Batch norm as one multiply-add per channel. */
struct nn_affine {
    float *scale, *shift; // f32 [channels]
};

enum nn_method {
    NN_DIRECT, // one matrix product, in the convolution's precision
    NN_WINOGRAD_2,
    NN_WINOGRAD_4,
    NN_WINOGRAD_5,
    NN_WINOGRAD_STEM // F(4, 4) along x: kernels.h
};

/** A convolution with packed weights. */
struct nn_conv {
    enum nn_method method;
    const struct nn_product *product; // f32 but with NN_DIRECT
    size_t k, n;                      // kernel height * width * input channels, output channels
    void *b;     // [n / nr][k / group][nr][group]; Winograd: f32 [n / nr][products][k of each][nr]
    float *bias; // f32 [n]
};

/** How the work of a layer is divided. */
enum nn_split {
    NN_SPLIT_PIXELS,  // a task is a block of pixels and makes all their output channels
    NN_SPLIT_CHANNELS // a task is some output channels of all pixels: reads each weight once, for
                      // layers with few pixels
};

/** A 1x1 convolution, out = relu(conv(pre(in)) + bias + residual); then the same of the next layer,
 *  which may read rows of this one's output: each block of them while it is in the cache. */
struct nn_pointwise {
    const struct nn_conv *conv;
    const struct nn_affine *pre; // batch norm and ReLU of the input on its way in; NULL: none
    enum nn_split split;
    size_t rows;
    const float *in;              // f32 [rows][k]
    const float *residual;        // f32 rows of n; may be out when residual_row is NULL; NULL: none
    const uint32_t *residual_row; // row r takes this row of residual; NULL: row r
    bool relu;
    float *out;                      // f32 [rows][n]
    const struct nn_pointwise *then; // of as many rows; NULL: none
};
void nn_pointwise(const struct nn_context *context, const struct nn_pointwise *layer);

/** A direct 3x3 convolution over one pixel of zeros around each picture, bias, ReLU: the 9
 *  neighbours of each pixel of a block are gathered, then multiplied. */
struct nn_conv3x3 {
    const struct nn_conv *conv;
    size_t pictures, side, stride;
    const float *in; // f32 [pictures][side][side][k / 9]
    float *out;      // f32 [pictures][side / stride][side / stride][n]
};
void nn_conv3x3(const struct nn_context *context, const struct nn_conv3x3 *layer);

/** The same with stride 1 as Winograd's F(m x m, 3x3). */
struct nn_winograd {
    const struct nn_conv *conv;
    const struct nn_tiling *tiling;
    // Tiles that one task carries through input transform, products and output transform in its own
    // cache; 0: first all tiles are transformed into context->shared, then each task makes some
    // output channels of all of them.
    size_t block;
    const float *in;
    float *out;
};
void nn_winograd(const struct nn_context *context, const struct nn_winograd *layer);

/** The tiles of all pictures, sorted so that those whose last row (column) of outputs exists are
 *  neighbours: a tile cut short by the picture's edge does not need the last row (column) of the
 *  (m+2)^2 products, since only its last outputs would use it. Of 14x14 pixels in 4x4 tiles this
 *  saves one product in six. */
struct nn_tiling {
    size_t m, side, count;
    size_t class_start[5]; // cut right only; whole; cut below only; cut both; end
    struct nn_wino_tile *tiles;
};
/** Tiles in one picture. */
size_t nn_tiles_per_picture(size_t m, size_t side);
/** Fill in tiling, whose m, side and tiles (room for pictures * nn_tiles_per_picture) are set. */
void nn_tile(struct nn_tiling *tiling, size_t pictures);

/** The stem, conv1_conv (7x7/2, no ReLU) and pool1_pool (3x3/2, over a border of zeros), in strips
 *  of 4 columns of conv1's output, so that its 3 MB are never written to memory.
 *  source  Keras: pool1_pad pads with 0, not -inf */
struct nn_stem {
    const struct nn_conv *conv;
    size_t pictures;
    const uint8_t *pixels; // u8 [pictures][224][224][3]
    float *padded;         // f32 [pictures][230][230][3], their borders zero
    float *out;            // f32 [pictures][56][56][64]
};
void nn_stem(const struct nn_context *context, const struct nn_stem *layer);

/** Mean over all pixels of relu(pre(in)). */
struct nn_mean {
    size_t pictures, pixels, channels;
    const struct nn_affine *pre;
    const float *in; // f32 [pictures][pixels][channels]
    float *out;      // f32 [pictures][channels]
};
void nn_mean(const struct nn_context *context, const struct nn_mean *layer);

/** Workspace of each thread, in floats, that a layer needs: rows of a direct convolution, k as in
 *  nn_conv. */
size_t nn_rows_workspace(const struct nn_product *product, size_t k);
size_t nn_stem_workspace(void);
size_t nn_winograd_workspace(size_t m, size_t block, size_t channels, size_t tiles);
/** context->shared, in floats, for a Winograd layer with block 0. */
size_t nn_winograd_shared(size_t m, size_t channels, size_t tiles);

#endif
