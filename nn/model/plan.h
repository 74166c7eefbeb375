// SPDX-License-Identifier: MIT
/** How to compute each stage of a network. Chosen by measurement: docs/kernels.md. */
#ifndef NN_PLAN_H
#define NN_PLAN_H

#include "hmrec/model.h"
#include "hmrec/network.h"
#include "layers/layers.h"

struct nn_stage_plan {
    size_t pictures;         // at a time
    enum nn_method conv3x3;  // for stride 1; all other convolutions are direct
    size_t tiles;            // nn_winograd.block
    enum nn_split pointwise; // of 1x1 convolutions
};

struct nn_plan {
    const char *precision; // of direct convolutions, by name
    bool latency;          // for one picture at a time
    struct nn_stage_plan stages[HM_STAGES];
};

/** The latency plan of a precision for a batch of 1, the throughput plan for any other. */
const struct nn_plan *nn_choose_plan(size_t batch, const struct hm_precision *precision);
/** Pictures that one nn_forward takes at most: those of the plan's widest stage, or the batch. */
size_t nn_plan_pictures(const struct nn_plan *plan, size_t batch);
/** The method of a block's 3x3 convolution under a plan. */
enum nn_method nn_block_method(const struct nn_plan *plan, const struct hm_block *shape);

/** m of F(m x m, 3x3), 0 for any other method. */
size_t nn_method_m(enum nn_method method);
/** Elements of packed weights for each output channel; k as in nn_conv. */
size_t nn_packed_depth(enum nn_method method, size_t k);

#endif
