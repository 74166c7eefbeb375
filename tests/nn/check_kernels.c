// SPDX-License-Identifier: MIT
// Every kernel of every usable ISA against sums in double precision: sizes around the register
// block, outputs between guard bands, tolerances derived from the number of roundings.

#include <float.h>

#include "nn_support.h"

// ---- matrix product

struct product {
    size_t m, n, k;
    bool bias, residual, residual_row, relu;
    bool overlap; // of the rows of A
};

static double product_at(const struct nn_gemm *g, const float *matrix, size_t n, size_t r, size_t c,
                         double *largest) {
    const float *a = g->a;
    double sum = g->bias ? (double)g->bias[c] : 0;
    for (size_t i = 0; i < g->k; i++) {
        double term = (double)a[r * g->a_stride + i] * (double)matrix[i * n + c];
        *largest = fmax(*largest, fabs(term));
        sum += term;
    }
    if (g->residual) {
        size_t row = g->residual_row ? g->residual_row[r] : r;
        sum += (double)g->residual[row * g->residual_stride + c];
    }
    return g->relu ? fmax(0, sum) : sum;
}

static void compare_product(const char *isa, const struct product *p, const struct nn_gemm *g,
                            const float *matrix, const struct guarded *c) {
    double largest = 1, biggest = 0, worst = 0; // bias and residual are within 1
    for (size_t r = 0; r < p->m; r++)
        for (size_t col = 0; col < g->c_stride; col++) {
            size_t at = r * g->c_stride + col;
            if (col >= p->n) {
                if (at < c->count) ck_assert_msg(untouched(c, at), "%s: wrote between rows", isa);
                continue;
            }
            double want = product_at(g, matrix, p->n, r, col, &largest);
            double error = fabs((double)c->data[at] - want);
            worst = isnan(error) ? INFINITY : fmax(worst, error);
            biggest = fmax(biggest, fabs(want));
        }
    double tolerance = 2 * (double)(p->k + 2) * (double)FLT_EPSILON * largest;
    ck_assert_msg(worst <= tolerance, "%s: %zu x %zu x %zu off by %g > %g", isa, p->m, p->n, p->k,
                  worst, tolerance);
    ck_assert_msg(tolerance < biggest || p->m * p->n < 64, "the tolerance %g hides everything",
                  tolerance);
}

static void check_product(const char *isa, const struct nn_kernels *kernels, struct product p) {
    size_t k = p.k, a_stride = p.overlap ? k / 2 : k + 3, c_stride = p.n + 5;
    float *a = random_floats((p.m - 1) * a_stride + k);
    float *matrix = random_floats(k * p.n), *bias = random_floats(p.n);
    float *panels = malloc(k * p.n * sizeof *panels), *residual = random_floats(2 * p.m * c_stride);
    uint32_t *rows = malloc(p.m * sizeof *rows);
    for (size_t i = 0; i < p.m; i++)
        rows[i] = (uint32_t)(2 * p.m - 1 - 2 * i);
    kernels->f32.pack(matrix, k, p.n, NULL, 0, k, panels);
    struct guarded c = guarded_new((p.m - 1) * c_stride + p.n);
    struct nn_gemm g = {.a = a,
                        .a_stride = a_stride,
                        .k = k,
                        .b = panels,
                        .b_stride = k * kernels->f32.nr,
                        .c = c.data,
                        .c_stride = c_stride,
                        .bias = p.bias ? bias : NULL,
                        .residual = p.residual ? residual : NULL,
                        .residual_stride = c_stride,
                        .residual_row = p.residual_row ? rows : NULL,
                        .relu = p.relu};
    kernels->f32.gemm(&g, 0, p.m, 0, p.n / kernels->f32.nr);
    compare_product(isa, &p, &g, matrix, &c);
    // A part alone: only that part is written, with the same bits.
    struct guarded part = guarded_new(c.count);
    g.c = part.data;
    kernels->f32.gemm(&g, p.m / 2, p.m - p.m / 2, p.n / kernels->f32.nr - 1, 1);
    for (size_t i = 0; i < c.count; i++) {
        bool inside =
            i / c_stride >= p.m / 2 && i % c_stride >= p.n - kernels->f32.nr && i % c_stride < p.n;
        ck_assert_msg(inside ? memcmp(&part.data[i], &c.data[i], 4) == 0 : untouched(&part, i),
                      "%s: part of a product, element %zu", isa, i);
    }
    guarded_check_and_free(&part, isa);
    guarded_check_and_free(&c, isa);
    free(a), free(matrix), free(bias), free(panels), free(residual), free(rows);
}

static void products(const char *isa, const struct nn_kernels *kernels) {
    const size_t mr = kernels->f32.mr, nr = kernels->f32.nr;
    for (size_t m = 1; m <= 2 * mr + 1; m++)
        for (size_t n = nr; n <= 3 * nr; n += nr)
            check_product(isa, kernels, (struct product){m, n, 17, .bias = true, .relu = true});
    const size_t depths[] = {1, 2, 42, 64, 147, 2304};
    for (size_t d = 0; d < sizeof depths / sizeof *depths; d++)
        for (size_t flags = 0; flags < 16; flags++)
            check_product(isa, kernels,
                          (struct product){4 * mr + 1, 2 * nr, depths[d], flags & 1, flags & 2,
                                           (flags & 6) == 6, flags & 8, .overlap = d == 2});
}

START_TEST(test_product) {
    each_isa(products);
}
END_TEST

static void nan_survives(const char *isa, const struct nn_kernels *kernels) {
    float a[1] = {NAN}, c[NN_NR_MAX], b[NN_NR_MAX];
    for (size_t i = 0; i < kernels->f32.nr; i++)
        b[i] = 1;
    struct nn_gemm g = {.a = a, .k = 1, .b = b, .c = c, .relu = true};
    kernels->f32.gemm(&g, 0, 1, 0, 1);
    ck_assert_msg(isnan(c[0]), "%s: ReLU turned a NaN into %g", isa, (double)c[0]);
}

START_TEST(test_nan) {
    each_isa(nan_survives);
}
END_TEST

// ---- packing

static void packed(const char *isa, const struct nn_kernels *kernels) {
    const size_t nr = kernels->f32.nr, k = 5, n = 3 * nr;
    float *matrix = random_floats(k * n), *scale = random_floats(n);
    struct guarded panels = guarded_new(k * n);
    kernels->f32.pack(matrix, k, n, scale, 0, 2, panels.data);
    kernels->f32.pack(matrix, k, n, scale, 2, 3, panels.data);
    for (size_t r = 0; r < k; r++)
        for (size_t c = 0; c < n; c++) {
            float want = matrix[r * n + c] * scale[c];
            float found = panels.data[c / nr * k * nr + r * nr + c % nr];
            ck_assert_msg(found == want, "%s: packed [%zu][%zu]", isa, r, c);
        }
    guarded_check_and_free(&panels, isa);
    free(matrix), free(scale);
}

START_TEST(test_pack) {
    each_isa(packed);
}
END_TEST

// ---- element-wise

static void activated(const char *isa, const struct nn_kernels *kernels) {
    const size_t rows = 3, channels = 48, stride = channels + 16;
    float *in = random_floats(rows * channels), *scale = random_floats(channels);
    float *shift = random_floats(channels);
    struct guarded out = guarded_new((rows - 1) * stride + channels);
    kernels->activate(in, rows, channels, scale, shift, out.data, stride);
    for (size_t i = 0; i < out.count; i++) {
        size_t r = i / stride, c = i % stride;
        if (c >= channels) {
            ck_assert_msg(untouched(&out, i), "%s: wrote between rows", isa);
            continue;
        }
        double value = (double)in[r * channels + c];
        double want = fmax(0, value * (double)scale[c] + (double)shift[c]);
        ck_assert_msg(fabs((double)out.data[i] - want) <= 2 * (double)FLT_EPSILON,
                      "%s: activated [%zu] %g, expected %g", isa, i, (double)out.data[i], want);
    }
    guarded_check_and_free(&out, isa);
    free(in), free(scale), free(shift);
}

START_TEST(test_activate) {
    each_isa(activated);
}
END_TEST

static void normalised(const char *isa, const struct nn_kernels *kernels) {
    enum { LINE = NN_PADDED_SIDE * 3 };
    static uint8_t pixels[HM_PIXEL_BYTES];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)suite_random(&random_state);
    struct guarded padded = guarded_new(NN_PADDED_SIDE * LINE);
    kernels->normalise(pixels, 0, 100, padded.data);
    kernels->normalise(pixels, 100, 124, padded.data);
    for (size_t i = 0; i < padded.count; i++) {
        size_t y = i / LINE, x = i % LINE / 3, c = i % 3;
        bool inside = y >= 3 && y < 227 && x >= 3 && x < 227;
        if (!inside) {
            ck_assert_msg(untouched(&padded, i), "%s: wrote to the border", isa);
            continue;
        }
        double want = (double)pixels[((y - 3) * 224 + x - 3) * 3 + c] / 127.5 - 1;
        ck_assert_msg(fabs((double)padded.data[i] - want) <= (double)FLT_EPSILON,
                      "%s: pixel %zu is %g, expected %g", isa, i, (double)padded.data[i], want);
    }
    guarded_check_and_free(&padded, isa);
}

START_TEST(test_normalise) {
    each_isa(normalised);
}
END_TEST

static void max_pooled(const char *isa, const struct nn_kernels *kernels) {
    const size_t rows = 3, cols = 2, channels = 32, width = 2 * cols + 1;
    const size_t stride = cols * channels + 16;
    float *in = random_floats((2 * rows + 1) * width * channels);
    struct guarded out = guarded_new((rows - 1) * stride + cols * channels);
    kernels->max_pool(in, rows, cols, channels, out.data, stride);
    for (size_t i = 0; i < out.count; i++) {
        size_t y = i / stride, x = i % stride / channels, c = i % stride % channels;
        float want = -INFINITY;
        if (x >= cols) {
            ck_assert_msg(untouched(&out, i), "%s: wrote between rows", isa);
            continue;
        }
        for (size_t tap = 0; tap < 9; tap++) {
            size_t pixel = (2 * y + tap / 3) * width + 2 * x + tap % 3;
            want = fmaxf(want, in[pixel * channels + c]);
        }
        ck_assert_msg(out.data[i] == want, "%s: pooled [%zu] %g, expected %g", isa, i,
                      (double)out.data[i], (double)want);
    }
    guarded_check_and_free(&out, isa);
    free(in);
}

START_TEST(test_max_pool) {
    each_isa(max_pooled);
}
END_TEST

static void averaged(const char *isa, const struct nn_kernels *kernels) {
    const size_t pixels = 49, channels = 32;
    float *in = random_floats(pixels * channels), *scale = random_floats(channels);
    float *shift = random_floats(channels);
    struct guarded out = guarded_new(channels);
    kernels->mean(in, pixels, channels, scale, shift, out.data);
    for (size_t c = 0; c < channels; c++) {
        double sum = 0;
        for (size_t p = 0; p < pixels; p++)
            sum += fmax(0, (double)in[p * channels + c] * (double)scale[c] + (double)shift[c]);
        ck_assert_msg(fabs((double)out.data[c] - sum / 49) <= 49 * 2 * (double)FLT_EPSILON,
                      "%s: mean %g, expected %g", isa, (double)out.data[c], sum / 49);
    }
    guarded_check_and_free(&out, isa);
    free(in), free(scale), free(shift);
}

START_TEST(test_mean) {
    each_isa(averaged);
}
END_TEST

static void ceiling(const char *isa, const struct nn_kernels *kernels) {
    double operations = kernels->peak(10);
    ck_assert_msg(operations == 2.0 * kernels->f32.mr * kernels->f32.nr * 10, "%s: %g", isa,
                  operations);
}

START_TEST(test_peak) {
    each_isa(ceiling);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {test_product,   test_nan,      test_pack, test_activate,
                                  test_normalise, test_max_pool, test_mean, test_peak};
    return random_suite_run("nn/kernels", 20, tests, sizeof tests / sizeof *tests);
}
