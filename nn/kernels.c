// SPDX-License-Identifier: MIT
// All compute kernels, written once with GCC/Clang vector extensions. CMake compiles this file once
// per ISA with that ISA's flags and NN_ISA (the name), NN_VEC (floats in a register), NN_MR and
// NN_NR (the tile of C that the registers hold). -ffp-contract=fast makes every a * b + c one fused
// operation where the ISA has it.

#include "kernels.h"

#include <assert.h>
#include <string.h>

#define CONCAT_(a, b) a##b
#define CONCAT(a, b)  CONCAT_(a, b)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#if defined __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 36")
#endif
#define EACH(i, n) UNROLL for (size_t i = 0; i < (n); i++)

enum { MR = NN_MR, NR = NN_NR, VEC = NN_VEC, NV = NR / VEC };

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

// C[row .. row + mr) of one panel. `next` walks what the caller wants in L2 soon, half as fast as
// b. GCC 12 mixes the steps of a loop unrolled by 4 and spills accumulators (90 % of the FMA peak);
// two steps run at 97 %.
ALWAYS_INLINE void tile(const size_t mr, const struct nn_gemm *g, size_t row, size_t panel,
                        const float *next) {
    const float *a[MR];
    float *c = g->c + row * g->c_stride + panel * NR;
    vec acc[MR][NV];
    EACH(r, mr) {
        a[r] = g->a + (row + r) * g->a_stride;
        EACH(j, NV) acc[r][j] = g->bias ? load(g->bias + panel * NR + j * VEC) : (vec){0};
        __builtin_prefetch(c + r * g->c_stride, 1);
    }
    if (g->residual) {
        EACH(r, mr) __builtin_prefetch(residual_at(g, row + r, panel));
    }
    const float *b = g->b + panel * g->b_stride;
    for (size_t tap = 0; tap < g->taps; tap++) {
        size_t k = 0;
        for (; k + 2 <= g->tap_len; k += 2, b += 2 * NR, next += NR) {
            EACH(line, (NR + 15) / 16) __builtin_prefetch(next + 16 * line, 0, 2);
            EACH(s, 2) multiply_add(mr, acc, a, k + s, b + s * NR);
        }
        for (; k < g->tap_len; k++, b += NR)
            multiply_add(mr, acc, a, k, b);
        EACH(r, mr) a[r] += g->tap_stride;
    }
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
                     const float *next) {
    switch (mr) {
    case 1:
        tile(1, g, row, panel, next);
        break;
    case 2:
        tile(2, g, row, panel, next);
        break;
    case 3:
        tile(3, g, row, panel, next);
        break;
    case 4:
        tile(4, g, row, panel, next);
        break;
#if NN_MR > 4
    case 5:
        tile(5, g, row, panel, next);
        break;
    case 6:
        tile(6, g, row, panel, next);
        break;
#endif
#if NN_MR > 6
    case 7:
        tile(7, g, row, panel, next);
        break;
    case 8:
        tile(8, g, row, panel, next);
        break;
#endif
#if NN_MR > 8
    case 9:
        tile(9, g, row, panel, next);
        break;
    case 10:
        tile(10, g, row, panel, next);
        break;
    case 11:
        tile(11, g, row, panel, next);
        break;
    case 12:
        tile(12, g, row, panel, next);
        break;
#endif
    default:
        assert(mr <= MR);
    }
}

// Rows are spread evenly over the tiles (49 rows in tiles of at most 6: four of 6, five of 5),
// never a tail of one row, which would cost almost as much as six. The first two tiles of a panel
// prefetch the next panel, half each.
static void gemm(const struct nn_gemm *g, size_t row, size_t rows, size_t panel, size_t panels) {
    if (rows == 0) return;
    size_t k = g->taps * g->tap_len;
    size_t tiles = (rows + MR - 1) / MR;
    size_t least = rows / tiles, larger_tiles = rows % tiles;
    for (size_t p = panel; p < panel + panels; p++) {
        const float *b = g->b + p * g->b_stride;
        size_t r = row;
        for (size_t t = 0; t < tiles; t++) {
            size_t mr = least + (t < larger_tiles);
            const float *next = t < 2 ? b + k * NR + t * (k / 2) * NR : b;
            any_tile(mr, g, r, p, next);
            r += mr;
        }
    }
}

static void pack(const float *matrix, size_t k, size_t n, const float *scale, size_t row,
                 size_t rows, float *panels) {
    assert(n % NR == 0);
    for (size_t r = row; r < row + rows; r++)
        for (size_t c = 0; c < n; c += VEC) {
            vec v = load(matrix + r * n + c);
            if (scale) v *= load(scale + c);
            store(panels + c / NR * k * NR + r * NR + c % NR, v);
        }
}

// ---- element-wise

static void activate(const float *in, size_t rows, size_t channels, const float *scale,
                     const float *shift, float *out) {
    assert(channels % VEC == 0);
    for (size_t r = 0; r < rows; r++, in += channels, out += channels)
        for (size_t c = 0; c < channels; c += VEC)
            store(out + c, relu(load(in + c) * load(scale + c) + load(shift + c)));
}

static void normalise(const uint8_t *pixels, size_t line, size_t lines, float *padded) {
    enum { WIDTH = 224 * 3, PADDED_WIDTH = NN_PADDED_SIDE * 3 };
    for (size_t y = line; y < line + lines; y++) {
        const uint8_t *from = pixels + y * WIDTH;
        float *to = padded + (y + 3) * PADDED_WIDTH + 9;
        for (size_t x = 0; x < WIDTH; x++)
            to[x] = (float)from[x] / 127.5f - 1;
    }
}

static void max_pool(const float *in, size_t side, size_t channels, size_t y, float *out) {
    assert(channels % VEC == 0 && side % 2 == 0);
    size_t top = y ? 2 * y - 1 : 0;
    for (size_t x = 0; x < side / 2; x++) {
        size_t left = x ? 2 * x - 1 : 0;
        bool border = x == 0 || y == 0;
        for (size_t c = 0; c < channels; c += VEC) {
            vec best = border ? (vec){0} : load(in + (top * side + left) * channels + c);
            for (size_t iy = top; iy <= 2 * y + 1; iy++)
                for (size_t ix = left; ix <= 2 * x + 1; ix++)
                    best = larger(load(in + (iy * side + ix) * channels + c), best);
            store(out + (y * (side / 2) + x) * channels + c, best);
        }
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
// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks": Y = A' [(G g G') . (B' d B)]
// A. The points are 0, 1, -1, inf for m = 2 and 0, 1, -1, 2, -2, inf for m = 4. Each function below
// is one side of that product for one line of a tile.

// B' d: m + 2 inputs, s floats apart, to m + 2 values, t apart.
ALWAYS_INLINE void input_line(const size_t m, const vec d[], const size_t s, vec v[],
                              const size_t t) {
    if (m == 2) {
        v[0 * t] = d[0 * s] - d[2 * s];
        v[1 * t] = d[1 * s] + d[2 * s];
        v[2 * t] = d[2 * s] - d[1 * s];
        v[3 * t] = d[3 * s] - d[1 * s];
    } else {
        vec even1 = d[4 * s] - 4 * d[2 * s], odd1 = d[3 * s] - 4 * d[1 * s];
        vec even2 = d[4 * s] - d[2 * s], odd2 = d[3 * s] - d[1 * s];
        v[0 * t] = 4 * d[0 * s] + (d[4 * s] - 5 * d[2 * s]);
        v[1 * t] = even1 + odd1;
        v[2 * t] = even1 - odd1;
        v[3 * t] = even2 + 2 * odd2;
        v[4 * t] = even2 - 2 * odd2;
        v[5 * t] = 4 * d[1 * s] + (d[5 * s] - 5 * d[3 * s]);
    }
}

// A' p: m + 2 products to m outputs.
ALWAYS_INLINE void output_line(const size_t m, const vec p[], const size_t s, vec y[],
                               const size_t t) {
    vec sum1 = p[1 * s] + p[2 * s], diff1 = p[1 * s] - p[2 * s];
    if (m == 2) {
        y[0 * t] = p[0 * s] + sum1;
        y[1 * t] = diff1 + p[3 * s];
    } else {
        vec sum2 = p[3 * s] + p[4 * s], diff2 = p[3 * s] - p[4 * s];
        y[0 * t] = p[0 * s] + sum1 + sum2;
        y[1 * t] = diff1 + 2 * diff2;
        y[2 * t] = sum1 + 4 * sum2;
        y[3 * t] = (diff1 + p[5 * s]) + 8 * diff2;
    }
}

// G g: 3 weights to m + 2.
ALWAYS_INLINE void weight_line(const size_t m, const vec g[], const size_t s, vec u[],
                               const size_t t) {
    vec outer = g[0 * s] + g[2 * s];
    if (m == 2) {
        u[0 * t] = g[0 * s];
        u[1 * t] = 0.5f * (outer + g[1 * s]);
        u[2 * t] = 0.5f * (outer - g[1 * s]);
        u[3 * t] = g[2 * s];
    } else {
        vec far = (1.0f / 24) * g[0 * s] + (1.0f / 6) * g[2 * s];
        u[0 * t] = 0.25f * g[0 * s];
        u[1 * t] = (-1.0f / 6) * (outer + g[1 * s]);
        u[2 * t] = (-1.0f / 6) * (outer - g[1 * s]);
        u[3 * t] = far + (1.0f / 12) * g[1 * s];
        u[4 * t] = far - (1.0f / 12) * g[1 * s];
        u[5 * t] = g[2 * s];
    }
}

static const float zeros[2048]; // what a tile reads outside the picture

ALWAYS_INLINE void input_tile(const size_t m, const struct nn_wino *w, const float *in,
                              const struct nn_wino_tile *tile, float *v, size_t v_stride) {
    const size_t n = m + 2, channels = w->in_channels;
    const float *from[6][6];
    EACH(i, n) {
        EACH(j, n) {
            size_t y = tile->y + i - 1,
                   x = tile->x + j - 1; // wraps to a huge number above and left
            bool inside = y < w->side && x < w->side;
            size_t pixel = (tile->picture * w->side + y) * w->side + x;
            from[i][j] = inside ? in + pixel * channels : zeros;
        }
    }
    for (size_t c = 0; c < channels; c += VEC) {
        vec half[6][6], whole[6];
        EACH(j, n) {
            vec column[6];
            EACH(i, n) column[i] = load(from[i][j] + c);
            input_line(m, column, 1, &half[0][j], 6);
        }
        EACH(i, n) {
            input_line(m, half[i], 1, whole, 1);
            EACH(j, n) store(v + (i * n + j) * v_stride + c, whole[j]);
        }
    }
}

static void wino_input(const struct nn_wino *w, const float *in, size_t tile, size_t count,
                       float *v, size_t v_stride) {
    assert(w->in_channels % VEC == 0 && w->in_channels <= sizeof zeros / sizeof *zeros);
    for (size_t t = 0; t < count; t++, v += w->in_channels) {
        if (w->m == 2)
            input_tile(2, w, in, w->tiles + tile + t, v, v_stride);
        else
            input_tile(4, w, in, w->tiles + tile + t, v, v_stride);
    }
}

ALWAYS_INLINE void output_tile(const size_t m, const struct nn_wino *w, const float *prod,
                               size_t prod_stride, const struct nn_wino_tile *tile,
                               const float *bias, size_t channel, float *out) {
    const size_t n = m + 2;
    EACH(c, NV) {
        vec half[4][6], b = load(bias + channel + c * VEC);
        EACH(j, n) {
            vec column[6];
            EACH(i, n) column[i] = load(prod + (i * n + j) * prod_stride + c * VEC);
            output_line(m, column, 1, &half[0][j], 6);
        }
        for (size_t i = 0; i < tile->rows; i++) {
            vec y[4];
            output_line(m, half[i], 1, y, 1);
            size_t pixel = (tile->picture * w->side + tile->y + i) * w->side + tile->x;
            float *to = out + pixel * w->out_channels + channel + c * VEC;
            EACH(j, m) {
                if (j < tile->cols) store(to + j * w->out_channels, relu(y[j] + b));
            }
        }
    }
}

static void wino_output(const struct nn_wino *w, const float *prod, size_t prod_stride, size_t tile,
                        size_t count, const float *bias, size_t channel, float *out) {
    for (size_t t = 0; t < count; t++, prod += NR) {
        if (w->m == 2)
            output_tile(2, w, prod, prod_stride, w->tiles + tile + t, bias, channel, out);
        else
            output_tile(4, w, prod, prod_stride, w->tiles + tile + t, bias, channel, out);
    }
}

ALWAYS_INLINE void transform_weights(const size_t m, const struct nn_wino *w, const float *kernel,
                                     const float *scale, size_t channel, size_t count, float *u) {
    const size_t n = m + 2, in = w->in_channels, out = w->out_channels;
    for (size_t i = channel; i < channel + count; i++)
        for (size_t o = 0; o < out; o += VEC) {
            vec half[6][3], whole[6], s = load(scale + o);
            EACH(x, 3) {
                vec column[3];
                EACH(y, 3) column[y] = load(kernel + ((y * 3 + x) * in + i) * out + o) * s;
                weight_line(m, column, 1, &half[0][x], 3);
            }
            float *to = u + o / NR * n * n * in * NR + i * NR + o % NR;
            EACH(y, n) {
                weight_line(m, half[y], 1, whole, 1);
                EACH(x, n) store(to + (y * n + x) * in * NR, whole[x]);
            }
        }
}

static void wino_weights(const struct nn_wino *w, const float *kernel, const float *scale,
                         size_t channel, size_t count, float *u) {
    assert(w->out_channels % NR == 0);
    if (w->m == 2)
        transform_weights(2, w, kernel, scale, channel, count, u);
    else
        transform_weights(4, w, kernel, scale, channel, count, u);
}

// ---- neighbours

ALWAYS_INLINE bool some(mask m) {
    typedef uint64_t words __attribute__((vector_size(4 * NN_VEC)));
    uint64_t bits = 0;
    EACH(i, VEC / 2) bits |= ((words)m)[i];
    return bits != 0;
}

static size_t scan(const float *cosines, const float *limits, size_t n, float limit,
                   uint16_t *hits) {
    const float base = 0.5f + 5e-7f; // more than rounding and clamping can take from a score
    size_t count = 0;
    for (size_t c = 0; c < n; c += NR) {
        mask any = {0};
        EACH(j, NV) {
            vec score = load(cosines + c + j * VEC) * 0.5f + base;
            any |= (score >= load(limits + c + j * VEC)) | (score >= limit);
        }
        if (!some(any)) continue;
        for (size_t j = c; j < c + NR; j++) {
            float score = cosines[j] * 0.5f + base;
            if (score >= limits[j] || score >= limit) hits[count++] = (uint16_t)j;
        }
    }
    return count;
}

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
    .mr = MR,
    .nr = NR,
    .vec = VEC,
    .gemm = gemm,
    .activate = activate,
    .normalise = normalise,
    .max_pool = max_pool,
    .mean = mean,
    .wino_input = wino_input,
    .wino_output = wino_output,
    .wino_weights = wino_weights,
    .pack = pack,
    .scan = scan,
    .peak = peak,
};
