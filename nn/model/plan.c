// SPDX-License-Identifier: MIT
// THE table of plans.

#include "model/plan.h"

#include <assert.h>
#include <string.h>

#include "num.h"

// clang-format off
static const struct nn_plan plans[] = {
// Throughput: pictures share each weight read, as many as keep a stage's activations in the L3
// cache.
{"f32", .latency = false, .stages = {
    //         pictures conv3x3     tiles pointwise
    /* conv2 */ {1, NN_WINOGRAD_4, 24, NN_SPLIT_PIXELS},
    /* conv3 */ {2, NN_WINOGRAD_5, 72, NN_SPLIT_PIXELS},
    /* conv4 */ {8, NN_WINOGRAD_5, 0,  NN_SPLIT_PIXELS},
    /* conv5 */ {8, NN_WINOGRAD_4, 0,  NN_SPLIT_PIXELS},
}},
// Latency: conv4 and conv5 have so few pixels that the weights come from memory once a picture,
// hence split by channel, and F(2x2) where F(4x4)'s weights are too large.
{"f32", .latency = true, .stages = {
    /* conv2 */ {1, NN_WINOGRAD_4, 24, NN_SPLIT_PIXELS},
    /* conv3 */ {1, NN_WINOGRAD_5, 18, NN_SPLIT_PIXELS},
    /* conv4 */ {1, NN_WINOGRAD_4, 0,  NN_SPLIT_CHANNELS},
    /* conv5 */ {1, NN_WINOGRAD_2, 0,  NN_SPLIT_CHANNELS},
}},
// bf16 dot products do twice the work of f32 ones in the same time, Winograd in f32 three times,
// and more exactly; but its weights take eight times the memory, which only the first stages can
// spare.
{"bf16", .latency = false, .stages = {
    /* conv2 */ {1, NN_WINOGRAD_4, 24, NN_SPLIT_PIXELS},
    /* conv3 */ {2, NN_WINOGRAD_5, 72, NN_SPLIT_PIXELS},
    /* conv4 */ {8, NN_DIRECT,     0,  NN_SPLIT_PIXELS},
    /* conv5 */ {8, NN_DIRECT,     0,  NN_SPLIT_PIXELS},
}},
{"bf16", .latency = true, .stages = {
    /* conv2 */ {1, NN_WINOGRAD_4, 24, NN_SPLIT_PIXELS},
    /* conv3 */ {1, NN_WINOGRAD_5, 18, NN_SPLIT_PIXELS},
    /* conv4 */ {1, NN_DIRECT,     0,  NN_SPLIT_PIXELS},
    /* conv5 */ {1, NN_DIRECT,     0,  NN_SPLIT_PIXELS},
}},
};
// clang-format on

const struct nn_plan *nn_choose_plan(size_t batch, const struct hm_precision *precision) {
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        if (plans[i].latency == (batch == 1) && strcmp(plans[i].precision, precision->name) == 0)
            return &plans[i];
    assert(!"a precision without a plan");
    return NULL;
}

size_t nn_plan_pictures(const struct nn_plan *plan, size_t batch) {
    size_t most = 0;
    for (size_t s = 0; s < HM_STAGES; s++)
        most = hm_max(most, plan->stages[s].pictures);
    return hm_min(batch, most);
}

enum nn_method nn_block_method(const struct nn_plan *plan, const struct hm_block *shape) {
    return shape->side == shape->out_side ? plan->stages[shape->stage].conv3x3 : NN_DIRECT;
}

size_t nn_method_m(enum nn_method method) {
    static const size_t m[] = {[NN_DIRECT] = 0,
                               [NN_WINOGRAD_2] = 2,
                               [NN_WINOGRAD_4] = 4,
                               [NN_WINOGRAD_5] = 5,
                               [NN_WINOGRAD_STEM] = 0};
    return m[method];
}

size_t nn_packed_depth(enum nn_method method, size_t k) {
    size_t m = nn_method_m(method);
    if (method == NN_WINOGRAD_STEM) return NN_STEM_POINTS * NN_STEM_DEPTH;
    return m ? (m + 2) * (m + 2) * (k / 9) : k;
}
