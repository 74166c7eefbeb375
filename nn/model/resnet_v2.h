// SPDX-License-Identifier: MIT
/** The plan of how to compute each stage of a network, and the parameters and buffers that a model
 *  holds. Which blocks a network has is said by hmrec/network.h. */
#ifndef NN_RESNET_V2_H
#define NN_RESNET_V2_H

#include "layers/layers.h"
#include "hmrec/model.h"
#include "hmrec/network.h"

/** How to compute a stage. Chosen by measurement: docs/kernels.md. */
struct nn_stage_plan {
    size_t pictures;         // at a time
    enum nn_method conv3x3;  // for stride 1
    size_t tiles;            // nn_winograd.block
    enum nn_split pointwise; // of 1x1 convolutions
};

struct nn_plan {
    const char *name;
    enum nn_method other; // of the 1x1 and the stride-2 3x3 convolutions
    struct nn_stage_plan stages[HM_STAGES];
};
/** The latency plan for a batch of 1, the throughput plan for any other; for bf16 their
 * counterparts. */
const struct nn_plan *nn_choose_plan(size_t batch, enum hm_precision precision);
/** Pictures that one nn_forward takes at most: those of the plan's widest stage, or the batch. */
size_t nn_plan_pictures(const struct nn_plan *plan, size_t batch);

struct nn_block {
    struct nn_affine preact;
    struct nn_conv conv0, conv1, conv2, conv3; // conv0 only for HM_PROJECTION
};

/** The parameters, packed for one ISA and plan. Several models may share one. */
struct nn_network {
    const struct nn_kernels *kernels;
    const struct nn_bf16_kernels *bf16; // when the plan has NN_DIRECT_BF16
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
/** how  kernels, bf16 and plan of the network to be made */
HM_WARN_UNUSED enum hm_status nn_network_new(struct nn_network **out,
                                             const struct hm_weights *weights,
                                             const struct nn_network *how, unsigned threads,
                                             struct hm_error *err);
void nn_network_free(struct nn_network *network);

/** What a pass of some pictures through the network writes to. */
struct nn_pass {
    const struct nn_network *network;
    struct nn_context context;
    size_t pictures; // at most
    // f32 [pictures of the stage][side][side][channels] unless noted
    float *padded; // [230][230][3], the picture within its border
    float
        *stage_in[HM_STAGES + 1]; // stage s reads [s], writes [s + 1]; from [1] on for all pictures
    float *sum;                   // the running sum of the residual blocks: [side][side][out]
    float *reduced;               // output of _1_conv
    float *filtered;              // output of _2_conv
    uint32_t *subsampled[HM_STAGES];    // row of sum for each pixel of stage_in[s + 1]
    struct nn_tiling tiling[HM_STAGES]; // Winograd tiles
};

/** pixels u8 [n][224][224][3] -> embeddings f32 [n][2048]; n <= pass->pictures. From inside
 * nn_parallel. */
void nn_forward(struct nn_pass *pass, const uint8_t *pixels, size_t n, float *embeddings);

/** hm_model_new after its options have been checked and resolved; the tests bring bf16 kernels of
 * their own. */
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

/** The method of a block's 3x3 convolution under a plan. */
enum nn_method nn_block_method(const struct nn_plan *plan, const struct hm_block *shape);
/** m of F(m x m, 3x3), 0 for any other method. */
size_t nn_method_m(enum nn_method method);
/** Floats (or bf16) of packed weights for each output channel; k as in nn_conv. */
size_t nn_packed_depth(enum nn_method method, size_t k);

/** Rows that nn_pack_conv divides a kernel into: those of the kernel as a matrix, the input
 *  channels of
 * a Winograd kernel; the stem's is one. */
size_t nn_pack_rows(const struct nn_conv *conv);
/** Rows [row, row + rows) of a kernel f32 HWIO, times scale f32 [n] (NULL: 1; always for the stem),
 *  to
 * where they belong in conv->b or conv->b16. row and rows are even with NN_DIRECT_BF16, which alone
 * needs bf16. */
void nn_pack_conv(const struct nn_conv *conv, const struct nn_kernels *kernels,
                  const struct nn_bf16_kernels *bf16, const float *kernel, const float *scale,
                  size_t row, size_t rows);

#endif
