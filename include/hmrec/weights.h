// SPDX-License-Identifier: MIT
/** A network's parameters: a verified, read-only view of a safetensors file, or deterministic
 *  random ones.
 *
 *  Names and layouts are Keras': "conv2_block1_1_conv/kernel" f32 HWIO,
 *  "..._bn/gamma|beta|moving_mean|moving_variance", "conv1_conv/bias". The byte layout of the file
 *  is in weights/README.md.
 */
#ifndef HMREC_WEIGHTS_H
#define HMREC_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmrec/network.h"
#include "hmrec/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct hm_weights;

/** One parameter of a network: what a weights file must hold. */
struct hm_weights_spec {
    char name[64];
    size_t rank;     // 1 or 4
    size_t shape[4]; // HWIO for kernels
};

enum {
    HM_WEIGHTS_HEADER_MAX = 1 << 20, // bytes of JSON; the largest network's own header takes 94 KB
    HM_WEIGHTS_METADATA_MAX = 1024   // bytes of one metadata value
};

/** The parameters of a network up to avg_pool, in the order of its data; *count of them. Static;
 *  any thread. */
HM_API const struct hm_weights_spec *hm_weights_specs(const struct hm_network *network,
                                                      size_t *count);

/** Number of values in a tensor: the product of its shape. */
HM_API size_t hm_weights_count(const struct hm_weights_spec *spec);

/** Map a file and check everything before first use: header, metadata, and for each tensor of its
 *  network dtype, shape, bounds. The network is the one that the metadata's "model" names; without
 *  it, the one with as many tensors. Tensors named "predictions/..." are allowed and ignored; any
 *  other that the network does not have is refused.
 *  path    must not be changed in place while it is open (replace it by renaming, as
 *          hm_weights_save does)
 *  limits  HM_WEIGHTS_HEADER_MAX, HM_WEIGHTS_METADATA_MAX
 *  errors  HM_ENOTFOUND, HM_EIO, HM_EFORMAT naming file, layer, found and expected, HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status hm_weights_open(struct hm_weights **out, const char *path,
                                                     struct hm_error *err);

/** Seeded random weights in memory (94, 170 or 233 MB): the same bytes on every machine and ISA.
 *  He-initialised kernels, batch norm statistics as the sums before them predict, so that
 *  activations keep their size through the network and pictures stay apart.
 *  network  NULL: the default
 *  errors   HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status hm_weights_random(struct hm_weights **out,
                                                       const struct hm_network *network,
                                                       uint64_t seed, struct hm_error *err);

/** Write weights as safetensors: to a temporary file beside path, then renamed, so that no half
 *  file is left. Equal weights and metadata give equal bytes. Format: weights/README.md.
 *  errors  HM_EIO (disk full, folder missing, path is no regular file), HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status hm_weights_save(const struct hm_weights *weights,
                                                     const char *path, struct hm_error *err);

/** The network that these are the parameters of. */
HM_API const struct hm_network *hm_weights_network(const struct hm_weights *weights);

/** The tensor of that name, f32, borrowed until hm_weights_close; NULL when the network has none of
 *  that name. */
HM_API const float *hm_weights_tensor(const struct hm_weights *weights, const char *name);

/** Tell the system that this tensor is not needed for now, for instance since it has been packed:
 *  the pages of a mapped file leave this process' resident memory. Reading the tensor again is
 *  allowed and brings them back. No effect on weights made by hm_weights_random, nor for unknown
 *  names. */
HM_API void hm_weights_release(const struct hm_weights *weights, const char *name);

/** Where they come from, for people; borrowed, "" where the file does not say. */
HM_API const char *hm_weights_source(const struct hm_weights *weights);

/** SHA-256 of the file that they were converted from, 64 hexadecimal digits; borrowed, "" where the
 *  file does not say. */
HM_API const char *hm_weights_source_sha256(const struct hm_weights *weights);

/** Whether they were made by hm_weights_random, now or before hm_weights_save. */
HM_API bool hm_weights_are_random(const struct hm_weights *weights);

/** SHA-256 of the parameters in the order of hm_weights_specs (names, shapes, values): equal for
 *  equal networks, whatever the file around them. Computed at the first call (60 ms with SHA
 *  instructions for ResNet50V2), then kept; releases each tensor it has read, so that the whole
 *  file is never resident.
 *  hex      borrowed, 64 hexadecimal digits
 *  threads  safe while others read the tensors, not twice at once
 *  errors   those of hm_weights_check_unchanged, HM_ENOMEM
 *  source   SHA-256 over one line "NAME SHAPE SHA-256-OF-VALUES" + LF a tensor, so that tensors
 *           could be hashed in parallel */
HM_API HM_WARN_UNUSED enum hm_status hm_weights_digest(struct hm_weights *weights, const char **hex,
                                                       struct hm_error *err);

/** Whether the file is what it was when it was opened: asked after its values have been read, so
 *  that they are those of one file. hm_weights_digest and hm_model_new ask by themselves. A file
 *  that is cut short while it is mapped ends the process by SIGBUS, as every mapped file does;
 *  one that is replaced by another under its name does no harm.
 *  errors  HM_ECONFLICT: it was written to; HM_EIO */
HM_API HM_WARN_UNUSED enum hm_status hm_weights_check_unchanged(const struct hm_weights *weights,
                                                                struct hm_error *err);

/** What `weights verify` looks at beyond the format: every value is finite and no moving_variance
 *  is negative.
 *  errors  HM_EFORMAT naming the tensor, the value and its position */
HM_API HM_WARN_UNUSED enum hm_status hm_weights_check_values(const struct hm_weights *weights,
                                                             struct hm_error *err);

/** Figures of one tensor, for `weights info`; zeroes for an unknown name. */
struct hm_weights_stats {
    float min, max;
    double mean, sd; // standard deviation over all values
};
HM_API struct hm_weights_stats hm_weights_get_stats(const struct hm_weights *weights,
                                                    const char *name);

HM_API void hm_weights_close(struct hm_weights *weights); // NULL: nothing

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
