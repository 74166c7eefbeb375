// SPDX-License-Identifier: MIT
/** ResNet50V2 up to avg_pool, and exact nearest neighbours, on this program's own SIMD kernels.
 *
 *  Ownership: a const result is borrowed until its owner is freed; a non-const one is yours.
 * nn_model_new allocates everything that nn_embed needs; nn_embed allocates nothing. One model may
 * be used by one thread at a time; it runs its own OpenMP team. Results are the same bits for any
 * number of threads and any n, within one plan.
 */
#ifndef HM_NN_H
#define HM_NN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmrec/status.h"

struct weights;

enum {
    NN_SIDE = 224,
    NN_PIXEL_BYTES = NN_SIDE * NN_SIDE * 3, // u8 [224][224][3], RGB
    NN_DIM = 2048                           // numbers in an embedding
};

/** A row of the table of instruction sets, best last. */
struct nn_isa_info {
    const char *name; // "baseline", "avx2", "avx512", "neon"
    bool usable;      // CPU and operating system support it
};

/** The ISAs compiled into this binary; *count rows, static. */
const struct nn_isa_info *nn_isas(size_t *count);

/** What nn_model_new would choose. name: NULL or "" for the best usable, else that row or
 * HM_EUNSUPPORTED listing those that are there. */
HM_WARN_UNUSED enum hm_status nn_isa_choose(const char *name, const char **chosen,
                                            struct hm_error *err);

enum nn_precision { NN_FP32, NN_BF16 };

struct nn_options {
    const char *isa;  // NULL: best usable; app/ passes --isa or $HMREC_ISA down
    unsigned threads; // 0: as many as there are CPUs for this process
    unsigned batch;   // most pictures in one nn_embed: 1: the latency plan, more: throughput; 0: 8
    enum nn_precision precision;
};

struct nn_model;

/** Pack the weights for one ISA and plan. The weights are not needed afterwards.
 *  errors  HM_EUNSUPPORTED (ISA or precision not on this CPU), HM_ENOMEM, HM_EARG */
HM_WARN_UNUSED enum hm_status nn_model_new(struct nn_model **out, const struct weights *weights,
                                           const struct nn_options *options, struct hm_error *err);

/** Another model on `model`'s packed weights, with buffers of its own and one thread: each worker
 * of a pool embeds batches by itself. The weights go when the last model that shares them is freed,
 * in any order (not from two threads at once). errors  HM_ENOMEM */
HM_WARN_UNUSED enum hm_status nn_model_share(struct nn_model **out, struct nn_model *model,
                                             struct hm_error *err);

void nn_model_free(struct nn_model *model);

/** pixels u8 [n][224][224][3] -> embeddings f32 [n][2048]; 1 <= n <= batch. */
void nn_embed(struct nn_model *model, const uint8_t *pixels, size_t n, float *embeddings);

const char *nn_model_isa(const struct nn_model *model);
unsigned nn_model_threads(const struct nn_model *model);
size_t nn_model_bytes(const struct nn_model *model); // packed weights + activations

#endif
