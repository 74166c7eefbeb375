// SPDX-License-Identifier: MIT
/** A network up to avg_pool on this program's own SIMD kernels: pictures to embeddings.
 *
 *  Ownership: a const result is borrowed until its owner is freed; a non-const one is yours.
 *  hm_model_new allocates everything that hm_model_embed needs; hm_model_embed allocates nothing.
 *  Threads: one model may be used by one thread at a time; it runs its own OpenMP team. Results are
 *  the same bits for any number of threads and any n, within one plan.
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

/** A row of the table of instruction sets. */
struct hm_isa {
    const char *name; // "baseline", "avx2", "avx512", "neon"
    bool usable;      // CPU and operating system support it
};

/** The ISAs compiled into this binary, best last; *count rows, static. */
HM_API const struct hm_isa *hm_isas(size_t *count);

/** What hm_model_new would choose.
 *  name    NULL or "": the best usable one
 *  errors  HM_EUNSUPPORTED listing those that are there */
HM_API HM_WARN_UNUSED enum hm_status hm_isa_choose(const char *name, const char **chosen,
                                                   struct hm_error *err);

/** A row of the table of precisions: what the operands of convolutions, weights and inputs, are
 *  rounded to. Sums, what lies between layers, and the convolutions that a plan computes as
 *  Winograd's are f32 in each. */
struct hm_precision {
    const char *name;                 // "f32", "bf16"
    const char *alias;                // another name that is understood, such as "fp32"; NULL: none
    const char *suffix;               // of a model's name: "", ":bf16"
    const char *summary;              // one line
    const struct nn_operand *operand; // hmrec's own
};

/** The precisions compiled into this binary, the default first; *count rows, static. Whether a CPU
 *  has one, hm_model_new tells. */
HM_API const struct hm_precision *hm_precisions(size_t *count);

/** The precision of that name or alias.
 *  name    NULL or "": the default
 *  errors  HM_EARG listing those that there are */
HM_API HM_WARN_UNUSED enum hm_status hm_precision_find(const struct hm_precision **out,
                                                       const char *name, struct hm_error *err);

/** What a store calls the model of these weights in a precision: "DIGEST", "DIGEST:bf16".
 *  digest     hm_weights_digest
 *  precision  NULL: the default
 *  name       out, size bytes
 *  errors     HM_EARG: does not fit */
HM_API HM_WARN_UNUSED enum hm_status hm_model_name(const char *digest,
                                                   const struct hm_precision *precision, char *name,
                                                   size_t size, struct hm_error *err);

/** The precision in such a name, which is the digest up to the precision's suffix.
 *  errors  HM_EUNSUPPORTED: none of hm_precisions */
HM_API HM_WARN_UNUSED enum hm_status
hm_model_name_precision(const struct hm_precision **out, const char *name, struct hm_error *err);

struct hm_model_options {
    const char *isa;  // NULL: best usable; app/ passes --isa or $HMREC_ISA down
    unsigned threads; // 0: one for each CPU of this process; 1 where the system gives no more
    unsigned batch; // most pictures in one hm_model_embed; 0: 8; 1: latency plan, more: throughput
    const struct hm_precision *precision; // NULL: the default
};

struct hm_model;

/** Pack the weights for one ISA, precision and plan. The weights are not needed afterwards.
 *  errors  HM_EUNSUPPORTED (ISA or precision not on this CPU), HM_ECONFLICT (the weights' file was
 *          written to meanwhile), HM_ENOMEM, HM_EARG */
HM_API HM_WARN_UNUSED enum hm_status hm_model_new(struct hm_model **out,
                                                  const struct hm_weights *weights,
                                                  const struct hm_model_options *options,
                                                  struct hm_error *err);

/** Another model on `model`'s packed weights, with buffers of its own and one thread: each worker
 *  of a pool embeds batches by itself. The weights go when the last model that shares them is
 *  freed, in any order, not from two threads at once.
 *  errors  HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status hm_model_share(struct hm_model **out, struct hm_model *model,
                                                    struct hm_error *err);

HM_API void hm_model_free(struct hm_model *model); // NULL: nothing

/** Embed n pictures, 1 <= n <= batch.
 *  pixels      u8 [n][224][224][3]
 *  embeddings  out, f32 [n][HM_DIM] */
HM_API void hm_model_embed(struct hm_model *model, const uint8_t *pixels, size_t n,
                           float *embeddings);

HM_API const char *hm_model_isa(const struct hm_model *model);
HM_API unsigned hm_model_threads(const struct hm_model *model);
HM_API size_t hm_model_batch(const struct hm_model *model); // most pictures in one hm_model_embed
HM_API size_t hm_model_bytes(const struct hm_model *model); // packed weights and activations

#ifdef __cplusplus
}
#endif

#endif
