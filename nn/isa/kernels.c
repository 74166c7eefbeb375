// SPDX-License-Identifier: MIT
// All compute kernels, written once with GCC/Clang vector extensions. CMake compiles this file once
// per ISA with that ISA's flags and NN_ISA (the name), NN_VEC (floats in a register), NN_MR and
// NN_NR (the tile of C that the registers hold). -ffp-contract=fast makes every a * b + c one fused
// operation where the ISA has it.

#include "isa/kernels.h"

#include <assert.h>
#include <string.h>

#define CONCAT_(a, b) a##b
#define CONCAT(a, b)  CONCAT_(a, b)
#define TEXT_(a)      #a
#define TEXT(a)       TEXT_(a)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#if defined __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 49")
#endif
#define EACH(i, n) UNROLL for (size_t i = 0; i < (n); i++)

enum { MR = NN_MR, NR = NN_NR, VEC = NN_VEC, NV = NR / VEC };
enum { SHARES = 4 }; // of the next panel

typedef float vec __attribute__((vector_size(4 * NN_VEC)));
typedef int32_t mask __attribute__((vector_size(4 * NN_VEC)));
// The same in memory: any alignment of a float, and not subject to type-based aliasing.
typedef float vec_mem __attribute__((vector_size(4 * NN_VEC), aligned(4), may_alias));

ALWAYS_INLINE vec load(const float *p) {
    return *(const vec_mem *)p;
}

ALWAYS_INLINE void store(float *p, vec v) {
    *(vec_mem *)p = v;
}

// max(0, x) that keeps a NaN visible. C has no ?: on vectors in GCC 12, hence the mask.
ALWAYS_INLINE vec relu(vec x) {
    return (vec)((mask)x & ~(x <= (vec){0}));
}

ALWAYS_INLINE vec larger(vec a, vec b) {
    mask greater = a > b;
    return (vec)(((mask)a & greater) | ((mask)b & ~greater));
}

// ---- matrix product

// One step of k: a column of A (a scalar per row) by a row of the panel.
ALWAYS_INLINE void multiply_add(const size_t mr, vec acc[MR][NV], const float *const a[MR],
                                size_t k, const float *b) {
    vec row[NV];
    EACH(j, NV) row[j] = load(b + j * VEC);
    EACH(r, mr) {
        EACH(j, NV) acc[r][j] += a[r][k] * row[j];
    }
}

ALWAYS_INLINE const float *residual_at(const struct nn_gemm *g, size_t row, size_t panel) {
    size_t from = g->residual_row ? g->residual_row[row] : row;
    return g->residual + from * g->residual_stride + panel * NR;
}

// C[row .. row + mr) of one panel. `next` walks what the caller wants in L2 soon, `pace` floats
// every two steps. GCC 12 mixes the steps of a loop unrolled by 4 and spills accumulators (90 % of
// the FMA peak); two steps run at 97 %.
ALWAYS_INLINE void tile(const size_t mr, const struct nn_gemm *g, size_t row, size_t panel,
                        const float *next, size_t pace) {
    const float *a[MR];
    float *c = g->c + row * g->c_stride + panel * NR;
    vec acc[MR][NV];
    EACH(r, mr) {
        a[r] = (const float *)g->a + (row + r) * g->a_stride;
        EACH(j, NV) acc[r][j] = g->bias ? load(g->bias + panel * NR + j * VEC) : (vec){0};
        __builtin_prefetch(c + r * g->c_stride, 1);
    }
    if (g->residual) {
        EACH(r, mr) __builtin_prefetch(residual_at(g, row + r, panel));
    }
    const float *b = (const float *)g->b + panel * g->b_stride;
    size_t k = 0;
    for (; k + 2 <= g->k; k += 2, b += 2 * NR, next += pace) {
        EACH(line, (NR + 15) / 16) __builtin_prefetch(next + 16 * line, 0, 2);
        EACH(s, 2) multiply_add(mr, acc, a, k + s, b + s * NR);
    }
    if (k < g->k) multiply_add(mr, acc, a, k, b);
    if (g->residual) {
        EACH(r, mr) {
            const float *residual = residual_at(g, row + r, panel);
            EACH(j, NV) acc[r][j] += load(residual + j * VEC);
        }
    }
    if (g->relu) {
        EACH(r, mr) {
            EACH(j, NV) acc[r][j] = relu(acc[r][j]);
        }
    }
    EACH(r, mr) {
        EACH(j, NV) store(c + r * g->c_stride + j * VEC, acc[r][j]);
    }
}

static void any_tile(size_t mr, const struct nn_gemm *g, size_t row, size_t panel,
                     const float *next, size_t pace) {
    switch (mr) {
    case 1:
        tile(1, g, row, panel, next, pace);
        break;
    case 2:
        tile(2, g, row, panel, next, pace);
        break;
    case 3:
        tile(3, g, row, panel, next, pace);
        break;
    case 4:
        tile(4, g, row, panel, next, pace);
        break;
#if NN_MR > 4
    case 5:
        tile(5, g, row, panel, next, pace);
        break;
    case 6:
        tile(6, g, row, panel, next, pace);
        break;
#endif
#if NN_MR > 6
    case 7:
        tile(7, g, row, panel, next, pace);
        break;
    case 8:
        tile(8, g, row, panel, next, pace);
        break;
#endif
#if NN_MR > 8
    case 9:
        tile(9, g, row, panel, next, pace);
        break;
    case 10:
        tile(10, g, row, panel, next, pace);
        break;
    case 11:
        tile(11, g, row, panel, next, pace);
        break;
    case 12:
        tile(12, g, row, panel, next, pace);
        break;
#endif
    default:
        assert(mr <= MR);
    }
}

// Rows are spread evenly over the tiles (49 rows in tiles of at most 6: four of 6, five of 5),
// never a tail of one row, which would cost almost as much as six. The first tiles of a panel
// prefetch the next panel, a share each, so that memory can follow; the others the rows of A behind
// their own.
static void gemm(const struct nn_gemm *g, size_t row, size_t rows, size_t panel, size_t panels) {
    if (rows == 0) return;
    size_t tiles = (rows + MR - 1) / MR;
    size_t least = rows / tiles, larger_tiles = rows % tiles, k = g->k;
    size_t shares = tiles < SHARES ? 2 : SHARES;
    for (size_t p = panel; p < panel + panels; p++) {
        const float *a = g->a, *b = (const float *)g->b + p * g->b_stride;
        size_t r = row;
        for (size_t t = 0; t < tiles; t++) {
            size_t mr = least + (t < larger_tiles);
            if (t < shares)
                any_tile(mr, g, r, p, b + k * NR + t * (k / shares) * NR, 2 * NR / shares);
            else
                any_tile(mr, g, r, p, a + (r + mr) * g->a_stride, NR);
            r += mr;
        }
    }
}

static void pack(const float *matrix, size_t k, size_t n, const float *scale, size_t row,
                 size_t rows, void *panels) {
    float *to = panels;
    assert(n % NR == 0);
    for (size_t r = row; r < row + rows; r++)
        for (size_t c = 0; c < n; c += VEC) {
            vec v = load(matrix + r * n + c);
            if (scale) v *= load(scale + c);
            store(to + c / NR * k * NR + r * NR + c % NR, v);
        }
}

// ---- element-wise

static void activate(const float *in, size_t rows, size_t channels, const float *scale,
                     const float *shift, float *out, size_t out_stride) {
    assert(channels % VEC == 0);
    for (size_t r = 0; r < rows; r++, in += channels, out += out_stride)
        for (size_t c = 0; c < channels; c += VEC)
            store(out + c, relu(load(in + c) * load(scale + c) + load(shift + c)));
}

static void normalise(const uint8_t *pixels, size_t line, size_t lines, float *padded) {
    enum { WIDTH = 224 * 3, PADDED_WIDTH = NN_PADDED_SIDE * 3 };
    typedef uint8_t bytes __attribute__((vector_size(NN_VEC)));
    for (size_t y = line; y < line + lines; y++) {
        const uint8_t *from = pixels + y * WIDTH;
        float *to = padded + (y + 3) * PADDED_WIDTH + 9;
        for (size_t x = 0; x < WIDTH; x += VEC) {
            bytes b;
            memcpy(&b, from + x, sizeof b);
            store(to + x, __builtin_convertvector(b, vec) / 127.5f - 1);
        }
    }
}

static void max_pool(const float *in, size_t rows, size_t cols, size_t channels, float *out,
                     size_t out_stride) {
    assert(channels % VEC == 0);
    const size_t line = (2 * cols + 1) * channels;
    for (size_t y = 0; y < rows; y++, in += 2 * line, out += out_stride)
        for (size_t i = 0; i < cols * channels; i += VEC) {
            const float *from = in + i / channels * 2 * channels + i % channels;
            vec best = load(from);
            EACH(tap, 9) best = larger(load(from + tap / 3 * line + tap % 3 * channels), best);
            store(out + i, best);
        }
}

static void mean(const float *in, size_t pixels, size_t channels, const float *scale,
                 const float *shift, float *out) {
    assert(channels % VEC == 0);
    for (size_t c = 0; c < channels; c += VEC) {
        vec sum = {0}, s = load(scale + c), t = load(shift + c);
        for (size_t p = 0; p < pixels; p++)
            sum += relu(load(in + p * channels + c) * s + t);
        store(out + c, sum * (1.0f / (float)pixels));
    }
}

// ---- Winograd

#include "isa/winograd_kernels.h"

// ---- neighbours

#include "isa/neighbour_kernels.h"

// ---- the ceiling

static double peak(size_t rounds) {
    vec acc[MR][NV], factor = {0};
    EACH(r, MR) {
        EACH(j, NV) acc[r][j] = (vec){(float)r, (float)j};
    }
    factor += 0.999f;
    for (size_t i = 0; i < rounds; i++) {
        EACH(r, MR) {
            EACH(j, NV) acc[r][j] = acc[r][j] * factor + factor;
        }
    }
    vec sum = {0};
    EACH(r, MR) {
        EACH(j, NV) sum += acc[r][j];
    }
    volatile float used = sum[0]; // the compiler must not see that nobody wants the result
    (void)used;
    return 2.0 * MR * NR * (double)rounds;
}

extern const struct nn_kernels CONCAT(nn_kernels_, NN_ISA);
const struct nn_kernels CONCAT(nn_kernels_, NN_ISA) = {
    .f32 = {.name = TEXT(NN_ISA),
            .mr = MR,
            .nr = NR,
            .bytes = sizeof(float),
            .group = 1,
            .gemm = gemm,
            .pack = pack},
    .vec = VEC,
    .activate = activate,
    .normalise = normalise,
    .max_pool = max_pool,
    .mean = mean,
    .wino_input = wino_input,
    .wino_output = wino_output,
    .wino_weights = wino_weights,
    .stem_input = stem_input,
    .stem_output = stem_output,
    .stem_weights = stem_weights,
    .scan = scan,
    .sdot = sdot,
    .dsdot = dsdot,
    .saxpy = saxpy,
    .cosines = cosines,
    .encode = encode,
    .dot_codes = dot_codes,
    .peak = peak,
};
