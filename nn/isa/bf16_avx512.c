// SPDX-License-Identifier: MIT
// bf16 products with AVX512-BF16's VDPBF16PS, which has no portable form.

#include <immintrin.h>
#include <string.h>

#include "isa/kernels.h"

enum { MR = 12, NR = 32, VEC = 16 };

typedef float vec __attribute__((vector_size(64)));
typedef __m512i pairs;

static inline vec dot(vec sum, pairs a, pairs b) {
    return (vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
}

static inline pairs spread(const uint16_t *pair) {
    int32_t both;
    memcpy(&both, pair, sizeof both);
    return _mm512_set1_epi32(both);
}

static inline pairs load_pairs(const uint16_t *p) {
    return _mm512_loadu_si512(p);
}

#include "isa/bf16_kernel.h"

extern const struct nn_product nn_bf16_avx512;
const struct nn_product nn_bf16_avx512 = BF16_PRODUCT("AVX512-BF16");
