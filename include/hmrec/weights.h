// SPDX-License-Identifier: MIT
/** ResNet50V2's parameters: a verified, read-only view of a safetensors file, or deterministic
 * random ones.
 *
 *  Names and layouts are Keras': "conv2_block1_1_conv/kernel" f32 HWIO,
 * "..._bn/gamma|beta|moving_mean|moving_variance", "conv1_conv/bias". The byte layout of the file
 * is in weights/README.md.
 */
#ifndef HMREC_WEIGHTS_H
#define HMREC_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmrec/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HM_WEIGHTS_MODEL "ResNet50V2"

struct hm_weights;

/** One parameter of the network: what a weights file must hold. */
struct hm_weights_spec {
    char name[64];
    size_t rank;     // 1 or 4
    size_t shape[4]; // HWIO for kernels
};

enum {
    HM_WEIGHTS_HEADER_MAX = 1 << 20, // bytes of JSON; the network's own header takes 31 KB
    HM_WEIGHTS_METADATA_MAX = 1024   // bytes of one metadata value
};

/** The parameters of ResNet50V2 up to avg_pool, in the order of the network; *count of them.
 * Static; any thread. */
HM_API const struct hm_weights_spec *hm_weights_specs(size_t *count);

/** Number of values in a tensor: the product of its shape. */
HM_API size_t hm_weights_count(const struct hm_weights_spec *spec);

/** Map path and check everything before first use: header, metadata, and for each tensor of
 * hm_weights_specs() dtype, shape, bounds. Tensors named "predictions/..." are allowed and ignored;
 * any other means that the file is of another network and is refused. The file must not be changed
 * in place while it is open (replace it by renaming, as hm_weights_save does). limits
 * HM_WEIGHTS_HEADER_MAX, HM_WEIGHTS_METADATA_MAX errors  HM_ENOTFOUND, HM_EIO, HM_EFORMAT naming file,
 * layer, found and expected, HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status hm_weights_open(struct hm_weights **out, const char *path,
                                                     struct hm_error *err);

/** Seeded random weights in memory (94 MB): the same bytes on every machine and ISA. He-initialised
 * kernels, batch norm statistics as the sums before them predict, so that activations keep their
 * size through the network and pictures stay apart. */
HM_API HM_WARN_UNUSED enum hm_status hm_weights_random(struct hm_weights **out, uint64_t seed,
                                                       struct hm_error *err);

/** Write weights to path as safetensors: to a temporary file beside it, then renamed, so that no
 * half file is left. Equal weights and metadata give equal bytes. Format: weights/README.md. errors
 * HM_EIO (disk full, folder missing, path is no regular file), HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status hm_weights_save(const struct hm_weights *weights,
                                                     const char *path, struct hm_error *err);

/** The tensor of that name, f32, borrowed until hm_weights_close; NULL when it is not among
 * hm_weights_specs(). */
HM_API const float *hm_weights_tensor(const struct hm_weights *weights, const char *name);

/** Tell the system that this tensor is not needed for now, for instance since it has been packed:
 * the pages of a mapped file leave this process' resident memory (94 MB for all). Reading the
 * tensor again is allowed and brings them back. No effect on weights made by hm_weights_random, nor
 * for unknown names. */
HM_API void hm_weights_release(const struct hm_weights *weights, const char *name);

/** What the file says of itself; borrowed, "" where it says nothing. */
HM_API const char *hm_weights_model(const struct hm_weights *weights); // "ResNet50V2"
HM_API const char *
hm_weights_source(const struct hm_weights *weights); // where they come from, for people
HM_API const char *hm_weights_source_sha256(
    const struct hm_weights
        *weights); // of the file they were converted from, 64 hexadecimal digits
HM_API bool hm_weights_are_random(
    const struct hm_weights *weights); // made by hm_weights_random, now or before hm_weights_save

/** SHA-256 of the parameters of hm_weights_specs() in that order (names, shapes, values): equal for
 * equal networks, whatever the file around them. Computed at the first call (60 ms with SHA
 * instructions), then kept; releases each tensor it has read, so that the whole file is never
 * resident. Safe to call while others read the tensors, not twice at once. Borrowed, 64 hexadecimal
 * digits. source  SHA-256 over one line "NAME SHAPE SHA-256-OF-VALUES" + LF a tensor, so that
 * tensors could be hashed in parallel */
HM_API HM_WARN_UNUSED enum hm_status hm_weights_digest(struct hm_weights *weights, const char **hex,
                                                       struct hm_error *err);

/** What `weights verify` looks at beyond the format: every value is finite and no moving_variance
 * is negative. errors  HM_EFORMAT naming the tensor, the value and its position */
HM_API HM_WARN_UNUSED enum hm_status hm_weights_check_values(const struct hm_weights *weights,
                                                             struct hm_error *err);

/** Figures of one tensor, for `weights info`; zeroes for an unknown name. */
struct hm_weights_stats {
    float min, max;
    double mean, sd; // standard deviation over all values
};
HM_API struct hm_weights_stats hm_weights_get_stats(const struct hm_weights *weights,
                                                    const char *name);

HM_API void hm_weights_close(struct hm_weights *weights);

/** Find the weights file: the one that is given, else the first that exists of
 *  weights/resnet50v2.safetensors here, DATA_HOME/hmrec/resnet50v2.safetensors,
 *  SHARE/resnet50v2.safetensors.
 *  path       out, owned by the caller (free)
 *  given      --weights or $HMREC_WEIGHTS; NULL or "": none
 *  data_home  $XDG_DATA_HOME or its default; NULL: skip
 *  share      the share folder of an installed hmrec; NULL: skip
 *  errors     HM_ENOTFOUND listing every place looked at and how to get weights */
HM_API HM_WARN_UNUSED enum hm_status hm_weights_find(char **path, const char *given,
                                                     const char *data_home, const char *share,
                                                     struct hm_error *err);

#ifdef __cplusplus
}
#endif

#endif
