// SPDX-License-Identifier: MIT
// A ResNet V2 of any depth (He et al., "Identity Mappings in Deep Residual Networks"), layer by
// layer under Keras' names, up to avg_pool. Which blocks it has is said by hmrec/network.h.
//
// Pre-activation: a block first normalises and rectifies its input, but the identity shortcut takes
// the raw input. So the _preact_bn can't be folded into a convolution and is applied while _0_conv
// and _1_conv read their input; _1_bn and _2_bn are folded (model.c). The running sum lives in one
// buffer: the last convolution of a block adds its output to it in place. source: Keras resnet.py
// and resnet_v2.py. The stride of a stage is in its LAST block.

#include "model/resnet_v2.h"

#include <assert.h>

#include "num.h"

// _2_conv, _2_bn, _2_relu of n pictures
static void conv2(struct nn_pass *p, const struct hm_block *s, const struct nn_conv *conv,
                  size_t n) {
    if (nn_method_m(conv->method) == 0) {
        nn_conv3x3(&p->context, &(struct nn_conv3x3){.conv = conv,
                                                     .pictures = n,
                                                     .side = s->side,
                                                     .stride = s->side / s->out_side,
                                                     .in = p->reduced,
                                                     .out = p->filtered});
        return;
    }
    nn_winograd(&p->context,
                &(struct nn_winograd){.conv = conv,
                                      .tiling = &p->tiling[s->stage],
                                      .block = p->network->plan->stages[s->stage].tiles,
                                      .in = p->reduced,
                                      .out = p->filtered});
}

// _preact_bn, _preact_relu, _1_conv, _1_bn, _1_relu: [side][side][in] -> [side][side][width]
static struct nn_pointwise conv1(const struct nn_pass *p, size_t i, size_t n, const float *in) {
    const struct hm_block *s = &p->network->shapes[i];
    const struct nn_block *b = &p->network->blocks[i];
    return (struct nn_pointwise){.conv = &b->conv1,
                                 .pre = &b->preact,
                                 .split = p->network->plan->stages[s->stage].pointwise,
                                 .rows = n * s->side * s->side,
                                 .in = in,
                                 .relu = true,
                                 .out = p->reduced};
}

// The first block of a stage reads in, the others p->sum, which each leaves its output in, the last
// in out. The _1_conv of all but the first is done along with the _3_conv before it.
static void block(struct nn_pass *p, size_t i, size_t n, const float *in, float *out) {
    const struct hm_block *s = &p->network->shapes[i];
    const struct nn_block *b = &p->network->blocks[i];
    const bool last = i + 1 == p->network->count || s[1].stage != s->stage;

    if (s->shortcut == HM_PROJECTION) {
        struct nn_pointwise first = conv1(p, i, n, in), conv0 = first;
        conv0.conv = &b->conv0; // [side][side][in] -> [side][side][out]
        conv0.relu = false;
        conv0.out = p->sum;
        conv0.then = &first;
        nn_pointwise(&p->context, &conv0);
    }
    conv2(p, s, &b->conv2, n); // [side][side][width] -> [out_side][out_side][width]

    struct nn_pointwise next,
        conv3 = {.conv = &b->conv3, // [out_side][out_side][width] -> [..][out]
                 .split = p->network->plan->stages[s->stage].pointwise,
                 .rows = n * s->out_side * s->out_side,
                 .in = p->filtered,
                 .residual = p->sum, // _out
                 .out = last ? out : p->sum};
    if (s->shortcut == HM_SUBSAMPLED) conv3.residual_row = p->subsampled[s->stage];
    if (!last) {
        next = conv1(p, i + 1, n, p->sum);
        conv3.then = &next;
    }
    nn_pointwise(&p->context, &conv3);
}

// conv2 (0) ... conv5 (3) of n pictures: in [side][side][in] -> out [out_side][out_side][out]
static void stage(struct nn_pass *p, unsigned number, size_t n, const float *in, float *out) {
    if (p->tiling[number].tiles) nn_tile(&p->tiling[number], n);
    for (size_t i = 0; i < p->network->count; i++)
        if (p->network->shapes[i].stage == number) block(p, i, n, in, out);
}

void nn_forward(struct nn_pass *p, const uint8_t *pixels, size_t n, float *embeddings) {
    assert(n <= p->pictures);
    for (unsigned s = 0; s < HM_STAGES; s++) {
        const size_t step = p->network->plan->stages[s].pictures;
        const struct hm_block *first = NULL, *last = NULL;
        for (size_t i = 0; i < p->network->count; i++)
            if (p->network->shapes[i].stage == s) {
                if (!first) first = &p->network->shapes[i];
                last = &p->network->shapes[i];
            }
        const size_t in_size = first->side * first->side * first->in;
        const size_t out_size = last->out_side * last->out_side * last->out;
        for (size_t i = 0; i < n; i += step) {
            size_t group = hm_min(step, n - i);
            const float *in = p->stage_in[s] + (s ? i * in_size : 0);
            // conv1_pad, conv1_conv, pool1_pad, pool1_pool: [224][224][3] -> [56][56][64]
            if (s == 0)
                nn_stem(&p->context, &(struct nn_stem){.conv = &p->network->stem,
                                                       .pictures = group,
                                                       .pixels = pixels + i * HM_PIXEL_BYTES,
                                                       .padded = p->padded,
                                                       .out = p->stage_in[0]});
            stage(p, s, group, in, p->stage_in[s + 1] + i * out_size);
        }
    }
    nn_mean(&p->context, // post_bn, post_relu, avg_pool: [7][7][2048] -> [2048]
            &(struct nn_mean){.pictures = n,
                              .pixels = 7 * 7,
                              .channels = HM_DIM,
                              .pre = &p->network->post,
                              .in = p->stage_in[HM_STAGES],
                              .out = embeddings});
}
