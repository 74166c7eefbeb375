// SPDX-License-Identifier: MIT
// bf16 on any CPU: the same loops as the real products, with two multiply-adds in f32 for a dot
// product.

#include <string.h>

#include "isa/kernels.h"

enum { MR = 4, NR = 16, VEC = 4 };

typedef float vec __attribute__((vector_size(16)));
typedef uint32_t pairs __attribute__((vector_size(16)));
typedef uint32_t pairs_mem __attribute__((vector_size(16), aligned(2), may_alias));

static inline vec dot(vec sum, pairs a, pairs b) {
    vec even = (vec)(a << 16) * (vec)(b << 16); // little-endian: the first of a pair is the lower
    vec odd = (vec)(a & 0xffff0000) * (vec)(b & 0xffff0000);
    return sum + odd + even;
}

static inline pairs spread(const uint16_t *pair) {
    uint32_t both;
    memcpy(&both, pair, sizeof both);
    return both - (pairs){0};
}

static inline pairs load_pairs(const uint16_t *p) {
    return *(const pairs_mem *)p;
}

#include "isa/bf16_kernel.h"

extern const struct nn_product nn_bf16_emulated;
const struct nn_product nn_bf16_emulated = BF16_PRODUCT("emulated");
