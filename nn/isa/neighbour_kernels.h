// SPDX-License-Identifier: MIT
// Part of kernels.c: what the neighbour search needs beside the matrix product.
#ifndef NN_NEIGHBOUR_KERNELS_H
#define NN_NEIGHBOUR_KERNELS_H

typedef int8_t bytes_vec __attribute__((vector_size(NN_VEC)));

static size_t scan(const float *cosines, const float *limits, size_t n, float limit,
                   uint16_t *hits) {
    const float base = 0.5f + 5e-7f; // more than rounding and clamping can take from a score
    const uint64_t ones = 0x0101010101010101;
    size_t count = 0;
    for (size_t c = 0; c < n; c += VEC) {
        vec score = load(cosines + c) * 0.5f + base;
        mask any = (score >= load(limits + c)) | (score >= limit);
        bytes_vec narrow = __builtin_convertvector(any, bytes_vec);
        uint64_t words[(VEC + 7) / 8] = {0};
        memcpy(words, &narrow, sizeof narrow);
        EACH(w, (VEC + 7) / 8) {
            for (uint64_t bits = words[w] & ones; bits; bits &= bits - 1)
                hits[count++] = (uint16_t)(c + 8 * w + (size_t)__builtin_ctzll(bits) / 8);
        }
    }
    return count;
}

// The sum of a vector's numbers, by halves.
#if NN_VEC == 16
#define ADD_HALVES(type, v)                                                                        \
    type eight __attribute__((vector_size(32))) =                                                  \
        __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +                                    \
        __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);                               \
    type four __attribute__((vector_size(16))) =                                                   \
        __builtin_shufflevector(eight, eight, 0, 1, 2, 3) +                                        \
        __builtin_shufflevector(eight, eight, 4, 5, 6, 7)
#elif NN_VEC == 8
#define ADD_HALVES(type, v)                                                                        \
    type four __attribute__((vector_size(16))) =                                                   \
        __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7)
#else
#define ADD_HALVES(type, v) type four __attribute__((vector_size(16))) = v
#endif

ALWAYS_INLINE float sum_of(vec v) {
    ADD_HALVES(float, v);
    return (four[0] + four[2]) + (four[1] + four[3]);
}

ALWAYS_INLINE int32_t sum_of_integers(mask v) {
    ADD_HALVES(int32_t, v);
    return (four[0] + four[2]) + (four[1] + four[3]);
}

enum { SUMS = 4 }; // side by side, so that an addition need not wait for the one before

static float sdot(size_t n, const float *x, const float *y) {
    vec sum[SUMS] = {{0}};
    assert(n % ((size_t)VEC * SUMS) == 0);
    for (size_t i = 0; i < n; i += VEC * SUMS) {
        EACH(s, SUMS) sum[s] += load(x + i + s * VEC) * load(y + i + s * VEC);
    }
    return sum_of((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

typedef double wide __attribute__((vector_size(8 * NN_VEC)));

static double dsdot(size_t n, const float *x, const float *y) {
    wide sum[2] = {{0}};
    assert(n % ((size_t)VEC * 2) == 0);
    for (size_t i = 0; i < n; i += VEC * 2) {
        EACH(s, 2) {
            wide a = __builtin_convertvector(load(x + i + s * VEC), wide);
            sum[s] += a * __builtin_convertvector(load(y + i + s * VEC), wide);
        }
    }
    double total = 0;
    EACH(i, VEC) total += sum[0][i] + sum[1][i];
    return total;
}

static void saxpy(size_t n, float alpha, const float *x, float *y) {
    assert(n % VEC == 0);
    for (size_t i = 0; i < n; i += VEC)
        store(y + i, load(y + i) + alpha * load(x + i));
}

typedef int16_t shorts __attribute__((vector_size(4 * NN_VEC)));
typedef int16_t shorts_mem __attribute__((vector_size(4 * NN_VEC), aligned(1), may_alias));

static float encode(size_t n, float *x, int8_t *codes) {
    const float nearest = 0x1.8p23f; // what is added to it is rounded to an integer
    vec largest = {0};
    assert(n % VEC == 0);
    for (size_t i = 0; i < n; i += VEC)
        largest = larger(larger(load(x + i), -load(x + i)), largest);
    float most = 0;
    EACH(i, VEC) most = largest[i] > most ? largest[i] : most;
    const bool coded = most >= NN_LEAST_CODED;
    const float step = coded ? most / 127 : 0, per_step = coded ? 127 / most : 0;
    for (size_t i = 0; i < n; i += VEC) {
        vec code = load(x + i) * per_step + nearest;
        code -= nearest;
        bytes_vec narrow = __builtin_convertvector(code, bytes_vec);
        memcpy(codes + i, &narrow, sizeof narrow);
        store(x + i, load(x + i) - code * step);
    }
    return step;
}

// Codes in pairs, as 16-bit numbers whose upper and lower halves they are. Two products of codes,
// at most 2 * 127 * 127, are a 16-bit number still.
static int32_t dot_codes(size_t n, const int8_t *x, const int8_t *y) {
    enum { STEP = 4 * NN_VEC };
    mask sum[2] = {{0}};
    assert(n % STEP == 0);
    for (size_t i = 0; i < n; i += STEP) {
        shorts a = *(const shorts_mem *)(x + i), b = *(const shorts_mem *)(y + i);
        mask both = (mask)((a >> 8) * (b >> 8) + ((a << 8) >> 8) * ((b << 8) >> 8));
        sum[0] += (both << 16) >> 16;
        sum[1] += both >> 16;
    }
    return sum_of_integers(sum[0] + sum[1]);
}

// The chains of a pair are the 4 floats of a lane of 128 bits, so that a register has the chains of
// NN_VEC / 4 pairs.
enum { PAIRS = NN_VEC / NN_PARTS };

typedef float quad __attribute__((vector_size(16)));
typedef float quad_mem __attribute__((vector_size(16), aligned(4), may_alias));

// Floats of a register by lane l, from two registers: which floats of each.
#define LOWER(l)  4 * l, 4 * l + NN_VEC, 4 * l + 1, 4 * l + 1 + NN_VEC
#define UPPER(l)  4 * l + 2, 4 * l + 2 + NN_VEC, 4 * l + 3, 4 * l + 3 + NN_VEC
#define FIRSTS(l) 4 * l, 4 * l + 1, 4 * l + NN_VEC, 4 * l + 1 + NN_VEC
#define LASTS(l)  4 * l + 2, 4 * l + 3, 4 * l + 2 + NN_VEC, 4 * l + 3 + NN_VEC
#if NN_VEC == 4
#define LANES(which) which(0)
#elif NN_VEC == 8
#define LANES(which) which(0), which(1)
#else
#define LANES(which) which(0), which(1), which(2), which(3)
#endif

ALWAYS_INLINE quad quad_at(const float *p) {
    return *(const quad_mem *)p;
}

// 4 floats of each vector, a lane each.
ALWAYS_INLINE vec lanes(const float *const from[PAIRS], size_t at) {
#if NN_VEC == 4
    return quad_at(from[0] + at);
#else
    typedef float oct __attribute__((vector_size(32)));
    oct low = __builtin_shufflevector(quad_at(from[0] + at), quad_at(from[1] + at), 0, 1, 2, 3, 4,
                                      5, 6, 7);
#if NN_VEC == 8
    return low;
#else
    oct high = __builtin_shufflevector(quad_at(from[2] + at), quad_at(from[3] + at), 0, 1, 2, 3, 4,
                                       5, 6, 7);
    return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#endif
#endif
}

// Steps [k, k + 4) of every chain: steps[i] has step k + i of the 4 chains of each pair.
ALWAYS_INLINE void four_steps(const float *const from[PAIRS], vec scale, size_t part, size_t k,
                              vec steps[4]) {
    vec chain[NN_PARTS];
    EACH(q, NN_PARTS) chain[q] = lanes(from, q * part + k) * scale;
    vec a = __builtin_shufflevector(chain[0], chain[1], LANES(LOWER));
    vec b = __builtin_shufflevector(chain[2], chain[3], LANES(LOWER));
    vec c = __builtin_shufflevector(chain[0], chain[1], LANES(UPPER));
    vec d = __builtin_shufflevector(chain[2], chain[3], LANES(UPPER));
    steps[0] = __builtin_shufflevector(a, b, LANES(FIRSTS));
    steps[1] = __builtin_shufflevector(a, b, LANES(LASTS));
    steps[2] = __builtin_shufflevector(c, d, LANES(FIRSTS));
    steps[3] = __builtin_shufflevector(c, d, LANES(LASTS));
}

static void cosines(const struct nn_pair *pairs, size_t count, size_t depth, float *out) {
    const size_t part = depth / NN_PARTS;
    assert(depth % 64 == 0);
    for (size_t first = 0; first < count; first += PAIRS) {
        const float *a[PAIRS], *b[PAIRS], *next[PAIRS];
        vec a_scale, b_scale, sum = {0};
        EACH(p, PAIRS) {
            const struct nn_pair *pair = &pairs[first + p < count ? first + p : first];
            a[p] = pair->a;
            b[p] = pair->b;
            next[p] = pairs[first + PAIRS + p < count ? first + PAIRS + p : first].b;
            EACH(q, NN_PARTS) {
                a_scale[p * NN_PARTS + q] = pair->a_scale;
                b_scale[p * NN_PARTS + q] = pair->b_scale;
            }
        }
        for (size_t k = 0; k < part; k += 4) {
            vec x[4], y[4];
            EACH(p, PAIRS) __builtin_prefetch(next[p] + k * NN_PARTS);
            four_steps(a, a_scale, part, k, x);
            four_steps(b, b_scale, part, k, y);
            EACH(i, 4) sum += x[i] * y[i];
        }
        for (size_t p = 0; p < PAIRS && first + p < count; p++) {
            const size_t q = p * NN_PARTS;
            out[first + p] = sum[q + 3] + (sum[q + 2] + (sum[q + 1] + sum[q]));
        }
    }
}

#endif
