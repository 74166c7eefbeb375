// SPDX-License-Identifier: MIT
/** A photo, as a file or as bytes, to the 2048 numbers that say what it looks like.
 *
 *      struct hm_weights *weights;
 *      struct hm_embedder *embedder;
 *      float vector[HM_DIM];
 *      HM_TRY(hm_weights_open(&weights, "resnet50v2.safetensors", err));
 *      HM_TRY(hm_embedder_new(&embedder, weights, NULL, err));
 *      HM_TRY(hm_embed_file(embedder, "photo.jpg", vector, err));
 *
 *  Ownership: an embedder is yours until hm_embedder_free; the weights may be closed once it is
 *  made.
 *  Threads: one thread at a time an embedder; hm_embedder_share makes more of them on the same
 *  weights. The bits of a vector do not depend on threads or on what is embedded with it, within
 *  one plan (model.h).
 */
#ifndef HMREC_EMBEDDER_H
#define HMREC_EMBEDDER_H

#include <stddef.h>
#include <stdint.h>

#include "hmrec/model.h"
#include "hmrec/sizes.h"
#include "hmrec/status.h"
#include "hmrec/weights.h"

#ifdef __cplusplus
extern "C" {
#endif

struct hm_embedder;

/** options  NULL: one picture at a time on all CPUs
 *  weights  NULL: it only decodes; hm_embedder_pixels is all that it can give
 *  errors   those of hm_model_new */
HM_API HM_WARN_UNUSED enum hm_status hm_embedder_new(struct hm_embedder **out,
                                                     const struct hm_weights *weights,
                                                     const struct hm_model_options *options,
                                                     struct hm_error *err);
/** Another embedder on the same packed weights, with one thread, for another thread of the caller.
 *  errors  HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status
hm_embedder_share(struct hm_embedder **out, struct hm_embedder *embedder, struct hm_error *err);
HM_API void hm_embedder_free(struct hm_embedder *embedder); // NULL: nothing

/** One photo.
 *  vector  f32 [HM_DIM]; unspecified after an error
 *  errors  those of hm_image_file_read and hm_image_decode, the file's name in front; HM_EARG: made
 *          without weights */
HM_API HM_WARN_UNUSED enum hm_status hm_embed_file(struct hm_embedder *embedder, const char *path,
                                                   float *vector, struct hm_error *err);
HM_API HM_WARN_UNUSED enum hm_status hm_embed_bytes(struct hm_embedder *embedder, const void *bytes,
                                                    size_t length, float *vector,
                                                    struct hm_error *err);

/* ---- several photos at once, which is faster: read, add ..., run ---- */

/** A file's content.
 *  bytes   borrowed until the next hm_embedder_read or hm_embed_file
 *  errors  those of hm_image_file_read */
HM_API HM_WARN_UNUSED enum hm_status hm_embedder_read(struct hm_embedder *embedder,
                                                      const char *path, const void **bytes,
                                                      size_t *length, struct hm_error *err);
/** Decode a photo behind those that wait to be embedded.
 *  errors  those of hm_image_decode (nothing is added then); HM_EARG: hm_embedder_batch photos wait
 *          already */
HM_API HM_WARN_UNUSED enum hm_status hm_embedder_add(struct hm_embedder *embedder,
                                                     const void *bytes, size_t length,
                                                     struct hm_error *err);
/** Most photos that can wait, and how many do. */
HM_API size_t hm_embedder_batch(const struct hm_embedder *embedder);
HM_API size_t hm_embedder_waiting(const struct hm_embedder *embedder);
/** What the network will see of them: u8 [waiting][224][224][3]; borrowed until the next call. */
HM_API const uint8_t *hm_embedder_pixels(const struct hm_embedder *embedder);
/** Embed the photos that wait; none waits afterwards. Not to be called without weights.
 *  returns  f32 [waiting][HM_DIM] in the order in which they were added; borrowed until the next
 *           call */
HM_API const float *hm_embedder_run(struct hm_embedder *embedder);
/** Forget the photos that wait. */
HM_API void hm_embedder_drop(struct hm_embedder *embedder);

/** The network behind it, borrowed; NULL without weights. */
HM_API const struct hm_model *hm_embedder_model(const struct hm_embedder *embedder);

#ifdef __cplusplus
}
#endif

#endif
