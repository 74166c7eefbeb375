// SPDX-License-Identifier: MIT
// The register-blocked bf16 product, for a file that has defined MR, NR, VEC (floats in a
// register), the types vec (floats) and pairs (as many pairs of bf16) and
//   vec dot(vec sum, pairs a, pairs b)   sum + a.even * b.even + a.odd * b.odd in each lane
//   pairs spread(const uint16_t *pair)   two bf16 from memory to every lane
//   pairs load_pairs(const uint16_t *p)  VEC pairs from memory
// Text to be included, not an interface: an ISA's registers and instructions differ, the loops do
// not. It defines gemm, pack and convert; compare kernels.c.

#include <assert.h>

#if defined __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif
#define EACH(i, n) UNROLL for (size_t i = 0; i < (n); i++)

enum { NV = NR / VEC };

// In memory: any alignment of an element, and not subject to type-based aliasing.
typedef float vec_mem __attribute__((vector_size(4 * VEC), aligned(4), may_alias));
typedef uint32_t words __attribute__((vector_size(4 * VEC)));
typedef uint32_t words_mem __attribute__((vector_size(4 * VEC), aligned(2), may_alias));
typedef uint16_t halves __attribute__((vector_size(2 * VEC)));
typedef uint16_t halves_mem __attribute__((vector_size(2 * VEC), aligned(2), may_alias));

static inline __attribute__((always_inline)) void tile(const size_t mr, const struct nn_gemm *g,
                                                       size_t row, size_t panel) {
    vec sum[MR][NV];
    const uint16_t *a = (const uint16_t *)g->a + row * g->a_stride;
    const uint16_t *b = (const uint16_t *)g->b + panel * g->b_stride;
    EACH(r, mr) {
        EACH(j, NV)
        sum[r][j] = g->bias ? (vec) * (const vec_mem *)(g->bias + panel * NR + j * VEC) : (vec){0};
    }
    for (size_t k = 0; k < g->k; k += 2, b += 2 * NR) {
        pairs column[NV];
        __builtin_prefetch(b + g->k * NR, 0, 2); // the same place in the next panel
        EACH(j, NV) column[j] = load_pairs(b + 2 * j * VEC);
        EACH(r, mr) {
            pairs factor = spread(a + r * g->a_stride + k);
            EACH(j, NV) sum[r][j] = dot(sum[r][j], factor, column[j]);
        }
    }
    EACH(r, mr) {
        size_t from = g->residual_row ? g->residual_row[row + r] : row + r;
        float *c = g->c + (row + r) * g->c_stride + panel * NR;
        EACH(j, NV) {
            vec v = sum[r][j];
            if (g->residual)
                v += *(const vec_mem *)(g->residual + from * g->residual_stride + panel * NR +
                                        j * VEC);
            for (size_t i = 0; g->relu && i < VEC; i++)
                v[i] = v[i] < 0 ? 0 : v[i];
            *(vec_mem *)(c + j * VEC) = v;
        }
    }
}

static void gemm(const struct nn_gemm *g, size_t row, size_t rows, size_t panel, size_t panels) {
    for (size_t p = panel; p < panel + panels; p++) {
        size_t r = row;
        for (; r + MR <= row + rows; r += MR)
            tile(MR, g, r, p);
        for (; r + MR / 2 <= row + rows; r += MR / 2)
            tile(MR / 2, g, r, p);
        for (; r < row + rows; r++)
            tile(1, g, r, p);
    }
}

// To the nearest bf16, ties to even; a NaN stays one. In the lower half of each lane.
static inline words to_bf16(vec x) {
    words bits = (words)x, nan = (words)(x != x); // NOLINT(misc-redundant-expression)
    words rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    return (rounded & ~nan) | (0x7fc0 & nan);
}

static void pack(const float *matrix, size_t k, size_t n, const float *scale, size_t row,
                 size_t rows, void *panels) {
    assert(n % NR == 0 && row % 2 == 0 && rows % 2 == 0);
    for (size_t r = row; r < row + rows; r += 2)
        for (size_t c = 0; c < n; c += VEC) {
            vec even = *(const vec_mem *)(matrix + r * n + c);
            vec odd = *(const vec_mem *)(matrix + (r + 1) * n + c);
            if (scale) {
                even *= *(const vec_mem *)(scale + c);
                odd *= *(const vec_mem *)(scale + c);
            }
            uint16_t *to = (uint16_t *)panels + c / NR * k * NR + r * NR + c % NR * 2;
            *(words_mem *)to = to_bf16(even) | to_bf16(odd) << 16; // little-endian
        }
}

static void convert(const float *in, size_t in_stride, size_t rows, size_t k, void *out,
                    size_t out_stride) {
    uint16_t *to = out;
    assert(k % VEC == 0);
    for (size_t r = 0; r < rows; r++, in += in_stride, to += out_stride)
        for (size_t i = 0; i < k; i += VEC)
            *(halves_mem *)(to + i) =
                __builtin_convertvector(to_bf16(*(const vec_mem *)(in + i)), halves);
}

// A row of the table of products, by the name of what computes it.
#define BF16_PRODUCT(what)                                                                         \
    {                                                                                              \
        .name = what, .mr = MR, .nr = NR, .bytes = sizeof(uint16_t), .group = 2, .gemm = gemm,     \
        .pack = pack, .convert = convert                                                           \
    }
