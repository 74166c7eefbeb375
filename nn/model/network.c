// SPDX-License-Identifier: MIT
// The parameters of a model from weights: batch norms folded or made into scale and shift, kernels
// packed for the ISA and plan by all threads. Each tensor of the weights is read once and then
// released, so that the mapped file does not stay resident.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/carve.h"
#include "model/resnet_v2.h"
#include "hmrec/weights.h"
#include "num.h"

static struct nn_affine carve_affine(struct nn_carver *c, size_t channels) {
    float *scale = nn_carve_floats(c, channels);
    return (struct nn_affine){scale, nn_carve_floats(c, channels)};
}

static struct nn_conv carve_conv(struct nn_carver *c, const struct nn_network *net,
                                 enum nn_method method, size_t k, size_t n) {
    const struct nn_product *product = method == NN_DIRECT ? net->product : &net->kernels->f32;
    return (struct nn_conv){.method = method,
                            .product = product,
                            .k = k,
                            .n = n,
                            .bias = nn_carve_floats(c, n),
                            .b = nn_carve(c, nn_packed_depth(method, k) * n, product->bytes)};
}

static void carve_network(struct nn_network *net, struct nn_carver *c) {
    net->stem = carve_conv(c, net, NN_WINOGRAD_STEM, 7 * 7 * 3, NN_STEM_CHANNELS);
    for (size_t i = 0; i < net->count; i++) {
        const struct hm_block *s = &net->shapes[i];
        const enum nn_method conv3x3 = nn_block_method(net->plan, s);
        struct nn_block *b = &net->blocks[i];
        b->preact = carve_affine(c, s->in);
        if (s->shortcut == HM_PROJECTION) b->conv0 = carve_conv(c, net, NN_DIRECT, s->in, s->out);
        b->conv1 = carve_conv(c, net, NN_DIRECT, s->in, s->width);
        b->conv2 = carve_conv(c, net, conv3x3, 9 * s->width, s->width);
        b->conv3 = carve_conv(c, net, NN_DIRECT, s->width, s->out);
    }
    net->post = carve_affine(c, HM_DIM);
}

enum { LAYER_NAME = 32, TENSOR_NAME = 48 }; // "conv2_block1_preact_bn", with "/moving_variance"

// "conv2_block1_1_conv" and "/kernel"; every name asked for is one of hm_weights_specs(), whose
// tensors are known to be there.
static const float *tensor(const struct hm_weights *weights, const char *layer, const char *part,
                           char name[TENSOR_NAME]) {
    snprintf(name, TENSOR_NAME, "%.31s%.16s", layer, part);
    return hm_weights_tensor(weights, name);
}

// source: Keras gives every batch norm of these networks epsilon 1.001e-5.
static void fill_affine(const struct nn_affine *affine, const struct hm_weights *weights,
                        const char *prefix, const char *norm, size_t channels) {
    char layer[LAYER_NAME], name[TENSOR_NAME];
    snprintf(layer, sizeof layer, "%.15s%.15s", prefix, norm);
    const float *gamma = tensor(weights, layer, "/gamma", name);
    const float *beta = tensor(weights, layer, "/beta", name);
    const float *mean = tensor(weights, layer, "/moving_mean", name);
    const float *variance = tensor(weights, layer, "/moving_variance", name);
    for (size_t c = 0; c < channels; c++) {
        double scale = (double)gamma[c] / sqrt((double)variance[c] + 1.001e-5);
        affine->scale[c] = (float)scale;
        affine->shift[c] = (float)((double)beta[c] - (double)mean[c] * scale);
    }
}

size_t nn_pack_rows(const struct nn_conv *conv) {
    if (conv->method == NN_WINOGRAD_STEM) return 1;
    return nn_method_m(conv->method) ? conv->k / 9 : conv->k;
}

void nn_pack_conv(const struct nn_conv *conv, const struct nn_kernels *kernels, const float *kernel,
                  const float *scale, size_t row, size_t rows) {
    if (conv->method == NN_WINOGRAD_STEM) {
        kernels->stem_weights(kernel, conv->n, conv->b);
    } else if (conv->method == NN_DIRECT) {
        conv->product->pack(kernel, conv->k, conv->n, scale, row, rows, conv->b);
    } else {
        struct nn_wino wino = {
            .m = nn_method_m(conv->method), .in_channels = conv->k / 9, .out_channels = conv->n};
        kernels->wino_weights(&wino, kernel, scale, row, rows, conv->b);
    }
}

// Where parameters come from, and how many threads pack them.
struct source {
    const struct hm_weights *weights;
    unsigned threads;
};

// Pack the kernel of layer PREFIX_conv; norm "_1_bn": fold that batch norm into it, NULL: the layer
// has a bias of its own.
static void fill_conv(const struct nn_network *net, const struct nn_conv *conv,
                      const struct source *source, const char *prefix, const char *suffix,
                      const char *norm) {
    enum { WIDEST_FOLDED = 512, STEP = 16 };
    float folded[WIDEST_FOLDED];
    char layer[LAYER_NAME], name[TENSOR_NAME];
    const float *scale = norm ? folded : NULL;
    snprintf(layer, sizeof layer, "%.15s%.15s", prefix, suffix);
    if (norm)
        fill_affine(&(struct nn_affine){folded, conv->bias}, source->weights, prefix, norm,
                    conv->n);
    else
        memcpy(conv->bias, tensor(source->weights, layer, "/bias", name), conv->n * sizeof(float));
    const float *kernel = tensor(source->weights, layer, "/kernel", name);
    size_t total = nn_pack_rows(conv);
#pragma omp parallel for num_threads((int)source->threads) schedule(static)
    for (size_t row = 0; row < total; row += STEP)
        nn_pack_conv(conv, net->kernels, kernel, scale, row, hm_min(total - row, STEP));
    hm_weights_release(source->weights, name);
}

static void fill_network(const struct nn_network *net, const struct source *source) {
    fill_conv(net, &net->stem, source, "conv1", "_conv", NULL);
    for (size_t i = 0; i < net->count; i++) {
        const struct hm_block *s = &net->shapes[i];
        const struct nn_block *b = &net->blocks[i];
        fill_affine(&b->preact, source->weights, s->name, "_preact_bn", s->in);
        if (s->shortcut == HM_PROJECTION)
            fill_conv(net, &b->conv0, source, s->name, "_0_conv", NULL);
        fill_conv(net, &b->conv1, source, s->name, "_1_conv", "_1_bn");
        fill_conv(net, &b->conv2, source, s->name, "_2_conv", "_2_bn");
        fill_conv(net, &b->conv3, source, s->name, "_3_conv", NULL);
    }
    fill_affine(&net->post, source->weights, "post_bn", "", HM_DIM);
}

enum hm_status nn_network_new(struct nn_network **out, const struct hm_weights *weights,
                              const struct nn_network *how, unsigned threads,
                              struct hm_error *err) {
    size_t count;
    const struct hm_block *shapes = hm_network_blocks(hm_weights_network(weights), &count);
    struct nn_network *net = calloc(1, sizeof *net + count * sizeof *net->blocks);
    if (!net) return hm_fail(err, HM_ENOMEM, "no memory for a network");
    net->kernels = how->kernels;
    net->product = how->product;
    net->plan = how->plan;
    net->shapes = shapes;
    net->count = count;
    net->sharers = 1;
    struct nn_carver c = {0};
    carve_network(net, &c);
    net->bytes = c.used;
    net->memory = nn_block(&net->bytes);
    if (!net->memory) {
        size_t bytes = net->bytes;
        free(net);
        return hm_fail(err, HM_ENOMEM, "no memory for the %zu bytes of packed weights", bytes);
    }
    c = (struct nn_carver){.base = net->memory};
    carve_network(net, &c);
    fill_network(net, &(struct source){weights, threads});
    *out = net;
    return HM_OK;
}

void nn_network_free(struct nn_network *network) {
    if (!network || --network->sharers) return;
    free(network->memory);
    free(network);
}
