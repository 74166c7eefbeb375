// SPDX-License-Identifier: MIT
// The table of ResNet50V2's parameters, spelled out block by block with Keras' names and shapes.
// Reader, writer, random weights and the network's packing all go by this one table.

#include "network.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static struct hm_weights_spec table[WEIGHTS_TENSORS];
static size_t filled;

static struct hm_weights_spec *add(const char *layer, const char *part, size_t rank) {
    assert(filled < WEIGHTS_TENSORS);
    struct hm_weights_spec *spec = &table[filled++];
    int length = snprintf(spec->name, sizeof spec->name, "%s/%s", layer, part);
    assert(length > 0 && (size_t)length < sizeof spec->name);
    (void)length;
    spec->rank = rank;
    return spec;
}

static void add_vector(const char *layer, const char *part, size_t channels) {
    add(layer, part, 1)->shape[0] = channels;
}

static void add_conv(const char *layer, size_t side, size_t in, size_t out, bool has_bias) {
    struct hm_weights_spec *kernel = add(layer, "kernel", 4);
    kernel->shape[0] = kernel->shape[1] = side;
    kernel->shape[2] = in;
    kernel->shape[3] = out;
    if (has_bias) add_vector(layer, "bias", out);
}

static void add_bn(const char *layer, size_t channels) {
    static const char *const parts[] = {"gamma", "beta", "moving_mean", "moving_variance"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        add_vector(layer, parts[i], channels);
}

// Layer "STACK_blockN_PART" in a buffer that lives until the end of the enclosing call.
#define LAYER(part)                                                                                \
    (snprintf(layer, sizeof layer, "%s_block%u_%s", stack->name, block, (part)), layer)

static void add_block(const struct weights_stack *stack, unsigned block, size_t in) {
    char layer[48];
    size_t filters = stack->filters, out = filters * WEIGHTS_EXPANSION;
    add_bn(LAYER("preact_bn"), in);
    if (block == 1) add_conv(LAYER("0_conv"), 1, in, out, true);
    add_conv(LAYER("1_conv"), 1, in, filters, false);
    add_bn(LAYER("1_bn"), filters);
    add_conv(LAYER("2_conv"), 3, filters, filters, false);
    add_bn(LAYER("2_bn"), filters);
    add_conv(LAYER("3_conv"), 1, filters, out, true);
}

static void fill_table(void) {
    size_t channels = WEIGHTS_CONV1_FILTERS;
    add_conv("conv1_conv", 7, 3, channels, true);
    for (size_t s = 0; s < WEIGHTS_STACKS; s++)
        for (unsigned block = 1; block <= weights_stacks[s].blocks; block++) {
            add_block(&weights_stacks[s], block, channels);
            channels = weights_stacks[s].filters * WEIGHTS_EXPANSION;
        }
    add_bn("post_bn", channels);
    assert(filled == WEIGHTS_TENSORS);
}

const struct hm_weights_spec *hm_weights_specs(size_t *count) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fill_table);
    *count = WEIGHTS_TENSORS;
    return table;
}

size_t weights_index(const char *name) {
    size_t count, i = 0;
    const struct hm_weights_spec *specs = hm_weights_specs(&count);
    while (i < count && strcmp(specs[i].name, name) != 0)
        i++;
    return i;
}

size_t hm_weights_count(const struct hm_weights_spec *spec) {
    size_t count = 1;
    for (size_t i = 0; i < spec->rank; i++)
        count *= spec->shape[i];
    return count;
}

void weights_shape_text(const size_t *shape, size_t rank, char text[WEIGHTS_SHAPE_TEXT]) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < rank && used < WEIGHTS_SHAPE_TEXT; i++)
        used += (size_t)snprintf(text + used, WEIGHTS_SHAPE_TEXT - used, "%s%zu", i ? "x" : "",
                                 shape[i]);
}
