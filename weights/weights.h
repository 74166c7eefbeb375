// SPDX-License-Identifier: MIT
/** ResNet50V2's parameters: a verified, read-only view of a safetensors file, or deterministic random ones.
 *
 *  Names and layouts are Keras': "conv2_block1_1_conv/kernel" f32 HWIO, "..._bn/gamma|beta|moving_mean|moving_variance",
 *  "conv1_conv/bias". The byte layout of the file is in weights/README.md.
 */
#ifndef HM_WEIGHTS_H
#define HM_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

struct weights;

/** One parameter of the network: what a weights file must hold. */
struct weights_spec {
    char name[64];
    size_t rank;     // 1 or 4
    size_t shape[4]; // HWIO for kernels
};

/** The parameters of ResNet50V2 up to avg_pool, in the order of the network; *count of them. */
const struct weights_spec *weights_specs(size_t *count);

/** Map path and check everything before first use: header, metadata, and for each tensor of weights_specs() dtype, shape, bounds.
 *  Other tensors ("predictions/...") are allowed and ignored.
 *  errors  HM_ENOTFOUND, HM_EIO, HM_EFORMAT naming file, layer, found and expected, HM_ENOMEM */
HM_WARN_UNUSED enum hm_status weights_open(struct weights **out, const char *path, struct hm_error *err);

/** Seeded random weights in memory: the same bytes on every machine and ISA. */
HM_WARN_UNUSED enum hm_status weights_random(struct weights **out, uint64_t seed, struct hm_error *err);

/** Write weights to path as safetensors: to a temporary file beside it, then renamed, so that no half file is left. */
HM_WARN_UNUSED enum hm_status weights_save(const struct weights *weights, const char *path, struct hm_error *err);

/** The tensor of that name, f32, borrowed until weights_close; NULL when it is not among weights_specs(). */
const float *weights_tensor(const struct weights *weights, const char *name);

/** What the file says of itself; borrowed, "" where it says nothing. */
const char *weights_model(const struct weights *weights);  // "ResNet50V2"
const char *weights_source(const struct weights *weights); // where they come from, for people
bool weights_are_random(const struct weights *weights);    // made by weights_random, now or before weights_save

/** SHA-256 of the parameters of weights_specs() in that order (names, shapes, values): equal for equal networks, whatever the file
 *  around them. Computed at the first call (tens of ms), then kept; safe to call while others read the tensors, not twice at once.
 *  Borrowed, 64 hexadecimal digits. */
HM_WARN_UNUSED enum hm_status weights_digest(struct weights *weights, const char **hex, struct hm_error *err);

void weights_close(struct weights *weights);

/** Find the weights file: `given` (--weights or $HMREC_WEIGHTS; NULL or "": none), else the first that exists of
 *  weights/resnet50v2.safetensors here, DATA_HOME/hmrec/resnet50v2.safetensors, the install's share folder.
 *  data_home  $XDG_DATA_HOME or its default, NULL: skip
 *  path       out, owned by the caller (free)
 *  errors     HM_ENOTFOUND listing every place looked at and how to get weights */
HM_WARN_UNUSED enum hm_status weights_find(char **path, const char *given, const char *data_home, struct hm_error *err);

#endif
