// SPDX-License-Identifier: MIT
// Every kernel of every usable ISA against sums in double precision: sizes around the register
// block, outputs between guard bands, tolerances derived from the number of roundings.

#include <float.h>

#include "nn_support.h"

// ---- matrix product

struct product {
    size_t m, n, taps, tap_len;
    bool bias, residual, residual_row, relu;
};

static double product_at(const struct nn_gemm *g, const float *matrix, size_t n, size_t r, size_t c,
                         double *largest) {
    double sum = g->bias ? (double)g->bias[c] : 0;
    for (size_t tap = 0; tap < g->taps; tap++)
        for (size_t i = 0; i < g->tap_len; i++) {
            double term = (double)g->a[r * g->a_stride + tap * g->tap_stride + i] *
                          (double)matrix[(tap * g->tap_len + i) * n + c];
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
    double tolerance = 2 * (double)(p->taps * p->tap_len + 2) * (double)FLT_EPSILON * largest;
    ck_assert_msg(worst <= tolerance, "%s: %zu x %zu x %zu*%zu off by %g > %g", isa, p->m, p->n,
                  p->taps, p->tap_len, worst, tolerance);
    ck_assert_msg(tolerance < biggest || p->m * p->n < 64, "the tolerance %g hides everything",
                  tolerance);
}

static void check_product(const char *isa, const struct nn_kernels *kernels, struct product p) {
    size_t k = p.taps * p.tap_len, a_stride = p.tap_len + 3, tap_stride = p.m * a_stride;
    size_t c_stride = p.n + 5;
    float *a = random_floats((p.taps - 1) * tap_stride + (p.m - 1) * a_stride + p.tap_len);
    float *matrix = random_floats(k * p.n), *bias = random_floats(p.n);
    float *panels = malloc(k * p.n * sizeof *panels), *residual = random_floats(2 * p.m * c_stride);
    uint32_t *rows = malloc(p.m * sizeof *rows);
    for (size_t i = 0; i < p.m; i++)
        rows[i] = (uint32_t)(2 * p.m - 1 - 2 * i);
    kernels->pack(matrix, k, p.n, NULL, 0, k, panels);
    struct guarded c = guarded_new((p.m - 1) * c_stride + p.n);
    struct nn_gemm g = {.a = a,
                        .a_stride = a_stride,
                        .taps = p.taps,
                        .tap_len = p.tap_len,
                        .tap_stride = tap_stride,
                        .b = panels,
                        .b_stride = k * kernels->nr,
                        .c = c.data,
                        .c_stride = c_stride,
                        .bias = p.bias ? bias : NULL,
                        .residual = p.residual ? residual : NULL,
                        .residual_stride = c_stride,
                        .residual_row = p.residual_row ? rows : NULL,
                        .relu = p.relu};
    kernels->gemm(&g, 0, p.m, 0, p.n / kernels->nr);
    compare_product(isa, &p, &g, matrix, &c);
    // A part alone: only that part is written, with the same bits.
    struct guarded part = guarded_new(c.count);
    g.c = part.data;
    kernels->gemm(&g, p.m / 2, p.m - p.m / 2, p.n / kernels->nr - 1, 1);
    for (size_t i = 0; i < c.count; i++) {
        bool inside =
            i / c_stride >= p.m / 2 && i % c_stride >= p.n - kernels->nr && i % c_stride < p.n;
        ck_assert_msg(inside ? memcmp(&part.data[i], &c.data[i], 4) == 0 : untouched(&part, i),
                      "%s: part of a product, element %zu", isa, i);
    }
    guarded_check_and_free(&part, isa);
    guarded_check_and_free(&c, isa);
    free(a), free(matrix), free(bias), free(panels), free(residual), free(rows);
}

static void products(const char *isa, const struct nn_kernels *kernels) {
    const size_t mr = kernels->mr, nr = kernels->nr;
    for (size_t m = 1; m <= 2 * mr + 1; m++)
        for (size_t n = nr; n <= 3 * nr; n += nr)
            check_product(isa, kernels, (struct product){m, n, 1, 17, .bias = true, .relu = true});
    const size_t depths[][2] = {{1, 1}, {1, 2}, {1, 64}, {7, 21}, {3, 5}, {1, 2304}};
    for (size_t d = 0; d < sizeof depths / sizeof *depths; d++)
        for (size_t flags = 0; flags < 16; flags++)
            check_product(isa, kernels,
                          (struct product){4 * mr + 1, 2 * nr, depths[d][0], depths[d][1],
                                           flags & 1, flags & 2, (flags & 6) == 6, flags & 8});
}

START_TEST(test_product) {
    each_isa(products);
}
END_TEST

static void nan_survives(const char *isa, const struct nn_kernels *kernels) {
    float a[1] = {NAN}, c[NN_NR_MAX], b[NN_NR_MAX];
    for (size_t i = 0; i < kernels->nr; i++)
        b[i] = 1;
    struct nn_gemm g = {.a = a, .taps = 1, .tap_len = 1, .b = b, .c = c, .relu = true};
    kernels->gemm(&g, 0, 1, 0, 1);
    ck_assert_msg(isnan(c[0]), "%s: ReLU turned a NaN into %g", isa, (double)c[0]);
}

START_TEST(test_nan) {
    each_isa(nan_survives);
}
END_TEST

// ---- packing

static void packed(const char *isa, const struct nn_kernels *kernels) {
    const size_t nr = kernels->nr, k = 5, n = 3 * nr;
    float *matrix = random_floats(k * n), *scale = random_floats(n);
    struct guarded panels = guarded_new(k * n);
    kernels->pack(matrix, k, n, scale, 0, 2, panels.data);
    kernels->pack(matrix, k, n, scale, 2, 3, panels.data);
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
    const size_t rows = 3, channels = 48;
    float *in = random_floats(rows * channels), *scale = random_floats(channels);
    float *shift = random_floats(channels);
    struct guarded out = guarded_new(rows * channels);
    kernels->activate(in, rows, channels, scale, shift, out.data);
    for (size_t i = 0; i < out.count; i++) {
        size_t c = i % channels;
        double want = fmax(0, (double)in[i] * (double)scale[c] + (double)shift[c]);
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
    static uint8_t pixels[NN_PIXEL_BYTES];
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
    const size_t side = 6, half = 3, channels = 32;
    float *in = random_floats(side * side * channels);
    for (size_t i = 0; i < channels; i++) // a corner where only the border's zero is not negative
        in[i] = in[channels + i] = in[side * channels + i] = in[(side + 1) * channels + i] = -1;
    struct guarded out = guarded_new(half * half * channels);
    for (size_t y = 0; y < half; y++)
        kernels->max_pool(in, side, channels, y, out.data);
    for (size_t i = 0; i < out.count; i++) {
        size_t y = i / channels / half, x = i / channels % half, c = i % channels;
        float want = x == 0 || y == 0 ? 0 : -INFINITY;
        for (size_t iy = y ? 2 * y - 1 : 0; iy <= 2 * y + 1; iy++)
            for (size_t ix = x ? 2 * x - 1 : 0; ix <= 2 * x + 1; ix++)
                want = fmaxf(want, in[(iy * side + ix) * channels + c]);
        ck_assert_msg(out.data[i] == want, "%s: pooled [%zu] %g, expected %g", isa, i,
                      (double)out.data[i], (double)want);
    }
    ck_assert(out.data[0] == 0);
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
    ck_assert_msg(operations == 2.0 * kernels->mr * kernels->nr * 10, "%s: %g", isa, operations);
}

START_TEST(test_peak) {
    each_isa(ceiling);
}
END_TEST

static void setup(void) {
    random_state = suite_seed(20);
}

int main(void) {
    Suite *suite = suite_create("nn/kernels");
    TCase *tests = tcase_create("against double precision");
    tcase_set_timeout(tests, 0);
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, test_product);
    tcase_add_test(tests, test_nan);
    tcase_add_test(tests, test_pack);
    tcase_add_test(tests, test_activate);
    tcase_add_test(tests, test_normalise);
    tcase_add_test(tests, test_max_pool);
    tcase_add_test(tests, test_mean);
    tcase_add_test(tests, test_peak);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 1);
}
