// SPDX-License-Identifier: MIT
// The register-blocked bf16 product, for a file that has defined MR, NR, VEC (floats in a
// register), the types vec (floats) and pairs (as many pairs of bf16) and
//   vec dot(vec sum, pairs a, pairs b)   sum + a.even * b.even + a.odd * b.odd in each lane
//   pairs spread(const uint16_t *pair)   two bf16 from memory to every lane
//   pairs load_pairs(const uint16_t *p)  VEC pairs from memory
// Text to be included, not an interface: an ISA's registers and instructions differ, the loop does
// not. Compare tile() in kernels.c.

#if defined __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif
#define EACH(i, n) UNROLL for (size_t i = 0; i < (n); i++)

enum { NV = NR / VEC };

typedef float vec_mem __attribute__((vector_size(4 * VEC), aligned(4), may_alias));

static inline __attribute__((always_inline)) void
tile(const size_t mr, const struct nn_bf16_gemm *g, size_t row, size_t panel) {
    vec sum[MR][NV];
    const uint16_t *a = g->a + row * g->a_stride, *b = g->b + panel * g->k * NR;
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

static void gemm(const struct nn_bf16_gemm *g, size_t row, size_t rows, size_t panel,
                 size_t panels) {
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
