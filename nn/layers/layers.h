// SPDX-License-Identifier: MIT
/** Layers: how one layer of many pictures becomes tasks for the threads, each task being kernel
 * calls.
 *
 *  Activations are f32 [pictures][side][side][channels], so that a 1x1 convolution is a plain
 * matrix product over its pixels. No function here allocates or fails. Which thread takes which
 * task is decided while they run, so that a thread that is slowed down by another process takes
 * fewer; no task's result depends on who ran it.
 */
#ifndef NN_LAYERS_H
#define NN_LAYERS_H

#include "layers/thread_pool.h"

/** Batch norm as one multiply-add per channel. */
struct nn_affine {
    float *scale, *shift; // f32 [channels]
};

enum nn_method {
    NN_DIRECT,
    NN_WINOGRAD_2,
    NN_WINOGRAD_4,
    NN_WINOGRAD_5,
    NN_WINOGRAD_STEM, // F(4, 4) along x: kernels.h
    NN_DIRECT_BF16    // weights and inputs rounded to bf16, summed in f32
};

/** A convolution with packed weights. */
struct nn_conv {
    enum nn_method method;
    size_t k, n; // kernel height * width * input channels, output channels
    float *
        b; // f32 [n / nr][k][nr]; Winograd: [n / nr][products][k of each][nr]; NULL with NN_DIRECT_BF16
    uint16_t *b16; // bf16 [n / nr][k / 2][nr][2] with NN_DIRECT_BF16
    float *bias;   // f32 [n]
};

/** How the work of a layer is divided. */
enum nn_split {
    NN_SPLIT_PIXELS,  // a task is a block of pixels and makes all their output channels
    NN_SPLIT_CHANNELS // a task is some output channels of all pixels: reads each weight once, for
                      // layers with few pixels
};

/** out[rows][n] = relu(conv(pre(in[rows][k])) + bias + residual), k = conv->k; then the same of the next
 * layer, which may read rows of this one's output: each block of them while it is in the cache.
 *  pre  batch norm and ReLU applied to the input on its way in; NULL: none
 *  residual  f32 rows of n, row r takes residual_row[r] (NULL: r); NULL: none; may be out when
 * residual_row is NULL */
struct nn_pointwise {
    const struct nn_conv *conv;
    const struct nn_affine *pre;
    enum nn_split split;
    size_t rows;
    const float *in;
    const float *residual;
    const uint32_t *residual_row;
    bool relu;
    float *out;
    const struct nn_pointwise *then; // of as many rows; NULL: none
};
void nn_pointwise(const struct nn_context *context, const struct nn_pointwise *layer);

/** 3x3 convolution over one pixel of zeros around each picture, + bias, ReLU: in
 * [pictures][side][side][k / 9] to out [pictures][side / stride][side / stride][n]. Direct: the 9
 * neighbours of a block of pixels are gathered, then multiplied. */
struct nn_conv3x3 {
    const struct nn_conv *conv;
    size_t pictures, side, stride;
    const float *in;
    float *out;
};
void nn_conv3x3(const struct nn_context *context, const struct nn_conv3x3 *layer);
/** The 3x3 neighbourhood of output pixel `row`, counted over all pictures: f32 [3][3][channels],
 * zeros outside the picture. */
void nn_gather(const struct nn_conv3x3 *layer, size_t row, float *to);

/** Both kinds of layer with weights in bf16 (layers_bf16.c); nn_pointwise and nn_conv3x3 call these
 * for NN_DIRECT_BF16. */
void nn_pointwise_bf16(const struct nn_context *context, const struct nn_pointwise *layer);
void nn_conv3x3_bf16(const struct nn_context *context, const struct nn_conv3x3 *layer);

/** The same for stride 1 as Winograd's F(m x m, 3x3).
 *  block  tiles that one task carries through input transform, products and output transform in its
 * own cache; 0: first all tiles are transformed into context->shared, then each task makes some output
 * channels of all of them */
struct nn_winograd {
    const struct nn_conv *conv;
    const struct nn_tiling *tiling;
    size_t block;
    const float *in;
    float *out;
};
void nn_winograd(const struct nn_context *context, const struct nn_winograd *layer);

/** The tiles of all pictures, sorted so that those whose last row (column) of outputs exists are
 * neighbours: a tile cut short by the picture's edge does not need the last row (column) of the
 * (m+2)^2 products, since only its last outputs would use it. Of 14x14 pixels in 4x4 tiles this
 * saves one product in six. */
struct nn_tiling {
    size_t m, side, count;
    size_t class_start[5]; // cut right only; whole; cut below only; cut both; end
    struct nn_wino_tile *tiles;
};
/** Tiles in one picture. */
size_t nn_tiles_per_picture(size_t m, size_t side);
/** Fill in tiling, whose m, side and tiles (room for pictures * nn_tiles_per_picture) are set. */
void nn_tile(struct nn_tiling *tiling, size_t pictures);

/** The stem, conv1_conv (7x7/2, no ReLU) and pool1_pool (3x3/2, over a border of zeros): u8
 * [pictures][224][224][3] to f32 [pictures][56][56][64]. In strips of 4 columns of conv1's output, so
 * that its 3 MB are never written to memory. source: Keras' pool1_pad pads with 0, not -inf.
 *  padded  f32 [230][230][3] per picture, its border zero */
struct nn_stem {
    const struct nn_conv *conv;
    size_t pictures;
    const uint8_t *pixels;
    float *padded;
    float *out;
};
void nn_stem(const struct nn_context *context, const struct nn_stem *layer);

/** Mean over all pixels of relu(pre(in)): [pictures][pixels][channels] to [pictures][channels]. */
struct nn_mean {
    size_t pictures, pixels, channels;
    const struct nn_affine *pre;
    const float *in;
    float *out;
};
void nn_mean(const struct nn_context *context, const struct nn_mean *layer);

/** Workspace per thread, in floats, that a layer needs; k and n as in nn_conv. */
size_t nn_rows_workspace(size_t k);
size_t nn_stem_workspace(void);
size_t nn_winograd_workspace(size_t m, size_t block, size_t channels, size_t tiles);
/** context->shared, in floats, for a Winograd layer with block 0. */
size_t nn_winograd_shared(size_t m, size_t channels, size_t tiles);

#endif
