// SPDX-License-Identifier: MIT
/** ResNet50V2 up to avg_pool, and exact nearest neighbours, on this program's own SIMD kernels.
 *
 *  Ownership: a const result is borrowed until its owner is freed; a non-const one is yours.
 * hm_model_new allocates everything that hm_model_embed needs; hm_model_embed allocates nothing. One model may
 * be used by one thread at a time; it runs its own OpenMP team. Results are the same bits for any
 * number of threads and any n, within one plan.
 */
#ifndef HMREC_MODEL_H
#define HMREC_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmrec/sizes.h"
#include "hmrec/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct hm_weights;

/** A row of the table of instruction sets, best last. */
struct hm_isa {
    const char *name; // "baseline", "avx2", "avx512", "neon"
    bool usable;      // CPU and operating system support it
};

/** The ISAs compiled into this binary; *count rows, static. */
HM_API const struct hm_isa *hm_isas(size_t *count);

/** What hm_model_new would choose. name: NULL or "" for the best usable, else that row or
 * HM_EUNSUPPORTED listing those that are there. */
HM_API HM_WARN_UNUSED enum hm_status hm_isa_choose(const char *name, const char **chosen,
                                                   struct hm_error *err);

enum hm_precision { HM_FP32, HM_BF16 };

struct hm_model_options {
    const char *isa;  // NULL: best usable; app/ passes --isa or $HMREC_ISA down
    unsigned threads; // 0: as many as there are CPUs for this process
    unsigned
        batch; // most pictures in one hm_model_embed: 1: the latency plan, more: throughput; 0: 8
    enum hm_precision precision;
};

struct hm_model;

/** Pack the weights for one ISA and plan. The weights are not needed afterwards.
 *  errors  HM_EUNSUPPORTED (ISA or precision not on this CPU), HM_ENOMEM, HM_EARG */
HM_API HM_WARN_UNUSED enum hm_status hm_model_new(struct hm_model **out,
                                                  const struct hm_weights *weights,
                                                  const struct hm_model_options *options,
                                                  struct hm_error *err);

/** Another model on `model`'s packed weights, with buffers of its own and one thread: each worker
 * of a pool embeds batches by itself. The weights go when the last model that shares them is freed,
 * in any order (not from two threads at once). errors  HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status hm_model_share(struct hm_model **out, struct hm_model *model,
                                                    struct hm_error *err);

HM_API void hm_model_free(struct hm_model *model);

/** pixels u8 [n][224][224][3] -> embeddings f32 [n][2048]; 1 <= n <= batch. */
HM_API void hm_model_embed(struct hm_model *model, const uint8_t *pixels, size_t n,
                           float *embeddings);

HM_API const char *hm_model_isa(const struct hm_model *model);
HM_API unsigned hm_model_threads(const struct hm_model *model);
HM_API size_t hm_model_batch(const struct hm_model *model); // most pictures in one hm_model_embed
HM_API size_t hm_model_bytes(const struct hm_model *model); // packed weights + activations

#ifdef __cplusplus
}
#endif

#endif
