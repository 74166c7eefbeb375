// SPDX-License-Identifier: MIT
/** The networks: Keras' ResNet50V2, ResNet101V2 and ResNet152V2 up to avg_pool. They are made of
 *  the same blocks and end in 2048 numbers; their embeddings cannot be compared with one another.
 *
 *  All tables are static: borrowed for ever, readable from any thread. They are made from
 *  weights/networks.def.
 */
#ifndef HMREC_NETWORK_H
#define HMREC_NETWORK_H

#include <stddef.h>

#include "hmrec/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { HM_STAGES = 4 }; // conv2, conv3, conv4, conv5

struct hm_network {
    const char *id;             // as options and file names spell it: "resnet50v2"
    const char *name;           // as Keras and weights files do: "ResNet50V2"
    unsigned blocks[HM_STAGES]; // residual blocks in each stage
};

/** Every network, the default first; *count of them. */
HM_API const struct hm_network *hm_networks(size_t *count);

/** The network of that id or name, upper or lower case; NULL or "": the default.
 *  errors  HM_EARG, listing those that there are */
HM_API HM_WARN_UNUSED enum hm_status hm_network_find(const struct hm_network **out,
                                                     const char *name, struct hm_error *err);

/** What a residual block adds to its last convolution. */
enum hm_shortcut {
    HM_PROJECTION, // a 1x1 convolution of the activated input; the first block of a stage
    HM_IDENTITY,   // the raw input
    HM_SUBSAMPLED  // every second pixel of the raw input (a 1x1/2 max pool); the 3x3 has stride 2
};

/** A bottleneck block: [side][side][in] -> 1x1 -> [side][side][width] -> 3x3 ->
 *  [out_side][out_side][width] -> 1x1 -> [out_side][out_side][out]. */
struct hm_block {
    char name[24];  // "conv4_block36"; its layers are NAME_preact_bn, NAME_0_conv, NAME_1_conv, ...
    unsigned stage; // 0 for conv2 ... 3 for conv5
    size_t side, in, width, out_side, out;
    enum hm_shortcut shortcut;
};

/** The blocks of a network in the order of its data; *count of them. */
HM_API const struct hm_block *hm_network_blocks(const struct hm_network *network, size_t *count);

/** Multiplications and additions that a picture takes when every convolution is computed directly:
 *  7.0e9 for ResNet50V2. */
HM_API double hm_network_flop(const struct hm_network *network);

#ifdef __cplusplus
}
#endif

#endif
