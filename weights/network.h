// SPDX-License-Identifier: MIT
/** What the files of this room share: the shape of the network and the inside of struct hm_weights. */
#ifndef HM_WEIGHTS_NETWORK_H
#define HM_WEIGHTS_NETWORK_H

#include "hmrec/weights.h"

/** One stack of residual blocks: `blocks` of them, bottleneck width `filters`, 4 * filters channels
 * out. */
struct weights_stack {
    const char *name;
    unsigned filters;
    unsigned blocks;
};

enum { WEIGHTS_STACKS = 4, WEIGHTS_EXPANSION = 4, WEIGHTS_CONV1_FILTERS = 64 };

static const struct weights_stack weights_stacks[WEIGHTS_STACKS] = {
    {"conv2", 64, 3},
    {"conv3", 128, 4},
    {"conv4", 256, 6},
    {"conv5", 512, 3},
};

/** conv1 (2), 16 blocks of three batch norms (4 each), three kernels and one bias, a shortcut (2)
 * per stack, post_bn (4). */
enum { WEIGHTS_TENSORS = 2 + (3 + 4 + 6 + 3) * (3 * 4 + 3 + 1) + WEIGHTS_STACKS * 2 + 4 };

struct hm_weights {
    const unsigned char *map; // the whole file; NULL for weights made in memory
    size_t map_bytes;
    float *memory;                         // one block for all tensors; NULL for a mapped file
    const float *tensors[WEIGHTS_TENSORS]; // in the order of hm_weights_specs(), into map or memory
    char *model, *source, *source_sha256;  // metadata, owned; never NULL after a successful open
    char *random_seed;                     // owned; "" when the weights are not random
    char digest[64 + 1];                   // "" until hm_weights_digest
};

/** Position in hm_weights_specs(), or WEIGHTS_TENSORS when there is no such tensor. */
size_t weights_index(const char *name);

/** "3x3x64x128" */
enum { WEIGHTS_SHAPE_TEXT = 8 * 21 };
void weights_shape_text(const size_t *shape, size_t rank, char text[WEIGHTS_SHAPE_TEXT]);

/** Check header and metadata of the mapped file and point w->tensors at its data. */
HM_WARN_UNUSED enum hm_status weights_parse(struct hm_weights *w, struct hm_error *err);

#endif
