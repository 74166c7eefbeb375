// SPDX-License-Identifier: MIT
// bf16 products with Armv8.6's BFDOT, which has no portable form.

#include <arm_neon.h>
#include <string.h>

#include "isa/kernels.h"

enum { MR = 6, NR = 16, VEC = 4 };

typedef float32x4_t vec;
typedef bfloat16x8_t pairs;

static inline vec dot(vec sum, pairs a, pairs b) {
    return vbfdotq_f32(sum, a, b);
}

static inline pairs spread(const uint16_t *pair) {
    uint32_t both;
    memcpy(&both, pair, sizeof both);
    return vreinterpretq_bf16_u32(vdupq_n_u32(both));
}

static inline pairs load_pairs(const uint16_t *p) {
    return vreinterpretq_bf16_u16(vld1q_u16(p));
}

#include "isa/bf16_kernel.h"

extern const struct nn_product nn_bf16_arm;
const struct nn_product nn_bf16_arm = BF16_PRODUCT("Arm BF16");
