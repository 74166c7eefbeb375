// SPDX-License-Identifier: MIT
/** A network of residual blocks: its packed parameters, and the buffers of a pass through it. Which
 *  blocks it has is said by hmrec/network.h. */
#ifndef NN_RESNET_V2_H
#define NN_RESNET_V2_H

#include "model/plan.h"

struct nn_block {
    struct nn_affine preact;
    struct nn_conv conv0, conv1, conv2, conv3; // conv0 only for HM_PROJECTION
};

/** The parameters, packed for one ISA, precision and plan. Several models may share one. */
struct nn_network {
    const struct nn_kernels *kernels;
    const struct nn_product *product; // of the direct convolutions
    const struct nn_plan *plan;
    const struct hm_block *shapes; // [count], static
    size_t count;                  // blocks
    struct nn_conv stem;
    struct nn_affine post;
    void *memory; // the one allocation behind what stem, post and blocks point to
    size_t bytes;
    size_t sharers; // models on it
    struct nn_block blocks[];
};
/** Pack weights.
 *  how     kernels, product and plan of the network to be made
 *  errors  HM_ENOMEM */
HM_WARN_UNUSED enum hm_status nn_network_new(struct nn_network **out,
                                             const struct hm_weights *weights,
                                             const struct nn_network *how, unsigned threads,
                                             struct hm_error *err);
void nn_network_free(struct nn_network *network);

/** What a pass of some pictures through the network writes to. f32 [pictures of the
 *  stage][side][side][channels] where nothing else is said. */
struct nn_pass {
    const struct nn_network *network;
    struct nn_context context;
    size_t pictures;                 // at most
    float *padded;                   // [230][230][3], the picture within its border
    float *stage_in[HM_STAGES + 1];  // stage s reads [s], writes [s + 1]; from [1] on all pictures
    float *sum;                      // running sum of the residual blocks: [side][side][out]
    float *reduced;                  // output of _1_conv
    float *filtered;                 // output of _2_conv
    uint32_t *subsampled[HM_STAGES]; // row of sum for each pixel of stage_in[s + 1]
    struct nn_tiling tiling[HM_STAGES]; // Winograd tiles
};

/** Embed pictures, from inside nn_parallel.
 *  pixels      u8 [n][224][224][3], n <= pass->pictures
 *  embeddings  f32 [n][2048] */
void nn_forward(struct nn_pass *pass, const uint8_t *pixels, size_t n, float *embeddings);

/** hm_model_new after its options have been checked and resolved; the tests bring a product of
 *  their own. */
HM_WARN_UNUSED enum hm_status nn_model_make(struct hm_model **out, const struct hm_weights *weights,
                                            const char *isa, const struct nn_network *how,
                                            unsigned threads, size_t batch, struct hm_error *err);

struct hm_model {
    const char *isa;
    unsigned threads;
    size_t batch; // most pictures in hm_model_embed
    struct nn_network *network;
    struct nn_thread_pool pool;
    size_t passes; // 1, or one for each thread
    struct nn_pass *pass;
    void *memory; // the allocation behind the passes
    size_t bytes;
};

/** Rows that nn_pack_conv divides a kernel into: those of the kernel as a matrix, the input
 *  channels of a Winograd kernel; the stem's is one. */
size_t nn_pack_rows(const struct nn_conv *conv);
/** Pack rows [row, row + rows) of a kernel to where they belong in conv->b.
 *  kernel  f32 HWIO
 *  scale   f32 [n]; NULL: 1; always for the stem
 *  row     a multiple of conv->product->group, as is rows */
void nn_pack_conv(const struct nn_conv *conv, const struct nn_kernels *kernels, const float *kernel,
                  const float *scale, size_t row, size_t rows);

#endif
