// SPDX-License-Identifier: MIT
// The tables of the networks, spelled out from networks.def block by block and tensor by tensor
// with Keras' names and shapes. Reader, writer, random weights and the network's packing all go by
// these tables.

#include "inside.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "hmrec/sizes.h"
#include "mem.h"

enum { EXPANSION = 4 }; // channels out of a block for each of its bottleneck

static const struct hm_network networks[] = {
#define NETWORK(id, name, conv2, conv3, conv4, conv5, md5_top, md5_notop)                          \
    {#id, #name, {conv2, conv3, conv4, conv5}},
#include "networks.def"
};

enum { NETWORKS = sizeof networks / sizeof *networks };

static const struct stage {
    const char *name;
    size_t side, width;
} stages[] = {
#define STAGE(name, side, width) {#name, side, width},
#include "networks.def"
};

static_assert(sizeof stages / sizeof *stages == HM_STAGES, "a stage is added in network.h, too");

// Blocks of all networks, and an upper bound of their tensors: as if each block had a projection.
enum {
    BLOCKS = 0
#define NETWORK(id, name, conv2, conv3, conv4, conv5, md5_top, md5_notop)                          \
    +conv2 + conv3 + conv4 + conv5
#include "networks.def"
    ,
    BLOCK_TENSORS = 0
#define BN(where, layer, channels)                      +4
#define CONV(where, layer, side, inputs, outputs, bias) +1 + bias
#include "networks.def"
    ,
    OTHER_TENSORS = 0
#define STEM(layer, side, inputs, outputs) +2
#define FINAL_BN(layer)                    +4
#include "networks.def"
};

static struct hm_block all_blocks[BLOCKS];
static struct hm_weights_spec all_specs[BLOCKS * BLOCK_TENSORS + NETWORKS * OTHER_TENSORS];

// A network's share of both.
static struct table {
    struct hm_block *blocks;
    struct hm_weights_spec *specs;
    size_t block_count, spec_count;
    double flop;
} tables[NETWORKS];

// ---- tensors, and what their layers cost

static struct hm_weights_spec *add_spec(struct table *t, const char *layer, const char *part,
                                        size_t rank) {
    struct hm_weights_spec *spec = &t->specs[t->spec_count++];
    int length = snprintf(spec->name, sizeof spec->name, "%s/%s", layer, part);
    assert(length > 0 && (size_t)length < sizeof spec->name);
    (void)length;
    spec->rank = rank;
    return spec;
}

static void add_vector(struct table *t, const char *layer, const char *part, size_t channels) {
    add_spec(t, layer, part, 1)->shape[0] = channels;
}

// out_side: of the picture that the convolution makes, for what it costs
static void add_conv(struct table *t, const char *layer, size_t side, size_t in, size_t out,
                     bool has_bias, size_t out_side) {
    struct hm_weights_spec *kernel = add_spec(t, layer, "kernel", 4);
    kernel->shape[0] = kernel->shape[1] = side;
    kernel->shape[2] = in;
    kernel->shape[3] = out;
    if (has_bias) add_vector(t, layer, "bias", out);
    t->flop += 2.0 * (double)(out_side * out_side * side * side * in * out);
}

static void add_bn(struct table *t, const char *layer, size_t channels) {
    static const char *const parts[] = {"gamma", "beta", "moving_mean", "moving_variance"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        add_vector(t, layer, parts[i], channels);
}

static void add_block_tensors(struct table *t, const struct hm_block *b) {
    const size_t in = b->in, width = b->width, out = b->out;
    const bool each = true, first = b->shortcut == HM_PROJECTION;
    char layer[sizeof b->name + 16];
    size_t at = b->side; // a side of the picture that a convolution makes; the 3x3 has the stride
#define BN(where, suffix, channels)                                                                \
    if (where) {                                                                                   \
        snprintf(layer, sizeof layer, "%s_" #suffix, b->name);                                     \
        add_bn(t, layer, channels);                                                                \
    }
#define CONV(where, suffix, kernel, inputs, outputs, bias)                                         \
    if (where) {                                                                                   \
        snprintf(layer, sizeof layer, "%s_" #suffix, b->name);                                     \
        if ((kernel) > 1) at = b->out_side;                                                        \
        add_conv(t, layer, kernel, inputs, outputs, bias, at);                                     \
    }
#include "networks.def"
}

// ---- blocks

// Block `number`, from 1 on, of `blocks` in a stage.
static struct hm_block describe_block(unsigned stage, unsigned number, unsigned blocks, size_t in) {
    const struct stage *s = &stages[stage];
    bool strided = number == blocks && stage + 1 < HM_STAGES;
    struct hm_block b = {.stage = stage,
                         .side = s->side,
                         .in = in,
                         .width = s->width,
                         .out_side = strided ? stages[stage + 1].side : s->side,
                         .out = EXPANSION * s->width,
                         .shortcut = number == 1 ? HM_PROJECTION
                                     : strided   ? HM_SUBSAMPLED
                                                 : HM_IDENTITY};
    snprintf(b.name, sizeof b.name, "%s_block%u", s->name, number);
    return b;
}

static void fill_table(struct table *t, const struct hm_network *network) {
    size_t channels = 0;
#define STEM(layer, side, inputs, outputs)                                                         \
    add_conv(t, #layer, side, inputs, outputs, true, HM_SIDE / 2);                                 \
    channels = outputs;
#include "networks.def"
    for (unsigned stage = 0; stage < HM_STAGES; stage++)
        for (unsigned number = 1; number <= network->blocks[stage]; number++) {
            struct hm_block *b = &t->blocks[t->block_count++];
            *b = describe_block(stage, number, network->blocks[stage], channels);
            add_block_tensors(t, b);
            channels = b->out;
        }
#define FINAL_BN(layer) add_bn(t, #layer, channels);
#include "networks.def"
    assert(channels == HM_DIM);
}

static void fill_tables(void) {
    struct hm_block *blocks = all_blocks;
    struct hm_weights_spec *specs = all_specs;
    for (size_t i = 0; i < NETWORKS; i++) {
        tables[i].blocks = blocks;
        tables[i].specs = specs;
        fill_table(&tables[i], &networks[i]);
        blocks += tables[i].block_count;
        specs += tables[i].spec_count;
    }
    assert(blocks == all_blocks + BLOCKS);
    assert(specs <= all_specs + sizeof all_specs / sizeof *all_specs);
}

static const struct table *table_of(const struct hm_network *network) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fill_tables);
    return &tables[network - networks];
}

// ---- questions

const struct hm_network *hm_networks(size_t *count) {
    *count = NETWORKS;
    return networks;
}

enum hm_status hm_network_find(const struct hm_network **out, const char *name,
                               struct hm_error *err) {
    *out = networks;
    if (!name || !*name) return HM_OK;
    char known[32 * NETWORKS] = "";
    for (size_t i = 0, used = 0; i < NETWORKS; i++) {
        *out = &networks[i];
        if (strcasecmp(name, networks[i].id) == 0 || strcasecmp(name, networks[i].name) == 0)
            return HM_OK;
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s",
                                 i == 0             ? ""
                                 : i + 1 < NETWORKS ? ", "
                                                    : " or ",
                                 networks[i].id);
    }
    *out = NULL;
    return hm_fail(err, HM_EARG, "found model \"%.64s\", expected %s", name, known);
}

const struct hm_block *hm_network_blocks(const struct hm_network *network, size_t *count) {
    *count = table_of(network)->block_count;
    return table_of(network)->blocks;
}

double hm_network_flop(const struct hm_network *network) {
    return table_of(network)->flop;
}

const struct hm_weights_spec *hm_weights_specs(const struct hm_network *network, size_t *count) {
    *count = table_of(network)->spec_count;
    return table_of(network)->specs;
}

size_t weights_index(const struct hm_network *network, const char *name) {
    size_t count, i = 0;
    const struct hm_weights_spec *specs = hm_weights_specs(network, &count);
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
