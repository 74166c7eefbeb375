// SPDX-License-Identifier: MIT
// The stem against a plain double-precision convolution: one strip of conv1's output by the kernels
// alone, then convolution and pool of whole pictures, and the same bits from any number of threads.
// Reports the rounding error of F(4, 4).

#include <float.h>

#include "layers/layers.h"
#include "nn_support.h"

enum {
    PICTURES = 2,
    CHANNELS = NN_STEM_CHANNELS,
    LINE = NN_PADDED_SIDE * 3,
    SIDE = 112,
    POOLED = 56,
    DEPTH = 7 * 7 * 3,
};

// Roundings of the direct sum of numbers within 1, times what the transforms of one dimension may
// add: lines of B' whose weights add up to 12.5, of A' up to 16.
static const double tolerance = 2 * (double)(DEPTH + 2) * (double)FLT_EPSILON * 50;

struct stem_data {
    float *kernel, *bias; // HWIO
    struct nn_conv conv;
};

static struct stem_data stem_data_new(const struct nn_kernels *kernels) {
    struct stem_data d = {.kernel = random_floats(DEPTH * CHANNELS),
                          .bias = random_floats(CHANNELS)};
    d.conv = (struct nn_conv){
        .method = NN_WINOGRAD_STEM,
        .product = &kernels->f32,
        .k = DEPTH,
        .n = CHANNELS,
        .b = malloc(NN_STEM_POINTS * NN_STEM_DEPTH * CHANNELS * sizeof(float)),
        .bias = d.bias,
    };
    kernels->stem_weights(d.kernel, CHANNELS, d.conv.b);
    return d;
}

static void stem_data_free(struct stem_data *d) {
    free(d->kernel), free(d->bias), free(d->conv.b);
}

// conv1 at (y, x) of a padded picture
static void conv1_at(const struct stem_data *d, const float *padded, size_t y, size_t x,
                     double out[CHANNELS]) {
    for (size_t o = 0; o < CHANNELS; o++)
        out[o] = (double)d->bias[o];
    for (size_t i = 0; i < DEPTH; i++) {
        double value = (double)padded[(2 * y + i / 21) * LINE + 2 * x * 3 + i % 21];
        for (size_t o = 0; o < CHANNELS; o++)
            out[o] += value * (double)d->kernel[i * CHANNELS + o];
    }
}

static void strip(const char *isa, const struct nn_kernels *kernels) {
    enum { COLUMN = 108 }; // the last strip
    const size_t nr = kernels->f32.nr, pixel = CHANNELS, line = NN_STEM_TILE * CHANNELS;
    struct stem_data d = stem_data_new(kernels);
    float *padded = random_floats(NN_PADDED_SIDE * LINE);
    struct guarded v = guarded_new(NN_STEM_POINTS * NN_STEM_STRIDE);
    struct guarded out = guarded_new(SIDE * line);
    float *products = malloc(NN_STEM_POINTS * SIDE * nr * sizeof *products);
    kernels->stem_input(padded + COLUMN * NN_STEM_PAIR, v.data);
    for (size_t p = 0; p < CHANNELS / nr; p++) {
        for (size_t i = 0; i < NN_STEM_POINTS; i++) {
            struct nn_gemm g = {.a = v.data + i * NN_STEM_STRIDE,
                                .a_stride = 2 * NN_STEM_PAIR,
                                .k = NN_STEM_DEPTH,
                                .b = (const float *)d.conv.b +
                                     (p * NN_STEM_POINTS + i) * NN_STEM_DEPTH * nr,
                                .c = products + i * SIDE * nr,
                                .c_stride = nr};
            kernels->f32.gemm(&g, 0, SIDE, 0, 1);
        }
        kernels->stem_output(products, SIDE * nr, SIDE, d.bias + p * nr, out.data + p * nr, line,
                             pixel);
    }
    double largest = 0, squares = 0, want[CHANNELS];
    for (size_t i = 0; i < out.count; i++) {
        if (i % CHANNELS == 0) conv1_at(&d, padded, i / line, COLUMN + i % line / CHANNELS, want);
        double error = fabs((double)out.data[i] - want[i % CHANNELS]);
        largest = isnan(error) ? INFINITY : fmax(largest, error);
        squares += error * error;
    }
    double unit = sqrt((double)DEPTH / 9); // as in check_layers.c
    printf("%-8s F(4, 4) of the stem: largest error %.1e, rms %.1e of an output's standard "
           "deviation\n",
           isa, largest / unit, sqrt(squares / (double)out.count) / unit);
    ck_assert_msg(largest <= tolerance, "%s: off by %g > %g", isa, largest, tolerance);
    guarded_check_and_free(&out, isa);
    guarded_check_and_free(&v, isa);
    free(products), free(padded);
    stem_data_free(&d);
}

START_TEST(test_strip) {
    each_isa(strip);
}
END_TEST

struct stem_call {
    const struct nn_context *context;
    struct nn_stem layer;
};

static void run_stem(void *arg) {
    const struct stem_call *call = arg;
    nn_stem(call->context, &call->layer);
}

static void compute(const struct nn_kernels *kernels, unsigned threads, struct nn_stem layer) {
    size_t workspace = (nn_stem_workspace() + 15) / 16 * 16;
    struct context_memory t;
    context_init(&t, kernels, threads, workspace, 0);
    nn_parallel(&t.context, run_stem, &(struct stem_call){&t.context, layer});
    context_destroy(&t);
}

// The pool by the convolution's outputs, [112][112][64] in double precision.
static void compare_picture(const char *isa, const double *conv1, const float *found) {
    for (size_t i = 0; i < (size_t)POOLED * POOLED * CHANNELS; i++) {
        size_t y = i / CHANNELS / POOLED, x = i / CHANNELS % POOLED, o = i % CHANNELS;
        double want = y == 0 || x == 0 ? 0 : -INFINITY;
        for (size_t tap = 0; tap < 9; tap++) {
            size_t iy = 2 * y + tap / 3 - 1, ix = 2 * x + tap % 3 - 1; // may wrap: huge
            if (iy < SIDE && ix < SIDE) want = fmax(want, conv1[(iy * SIDE + ix) * CHANNELS + o]);
        }
        ck_assert_msg(fabs((double)found[i] - want) <= tolerance,
                      "%s: output (%zu, %zu), channel %zu is %g, expected %g", isa, y, x, o,
                      (double)found[i], want);
    }
}

static void pictures(const char *isa, const struct nn_kernels *kernels) {
    struct stem_data d = stem_data_new(kernels);
    uint8_t *pixels = malloc(PICTURES * HM_PIXEL_BYTES);
    float *padded = calloc((size_t)PICTURES * NN_PADDED_SIDE * LINE, sizeof *padded);
    double *conv1 = malloc((size_t)SIDE * SIDE * CHANNELS * sizeof *conv1);
    for (size_t i = 0; i < PICTURES * HM_PIXEL_BYTES; i++)
        pixels[i] = (uint8_t)suite_random(&random_state);
    const size_t picture = (size_t)POOLED * POOLED * CHANNELS;
    struct guarded one = guarded_new(PICTURES * picture);
    compute(kernels, 1, (struct nn_stem){&d.conv, PICTURES, pixels, padded, one.data});
    for (size_t p = 0; p < PICTURES; p++) {
        for (size_t i = 0; i < (size_t)SIDE * SIDE; i++)
            conv1_at(&d, padded + p * NN_PADDED_SIDE * LINE, i / SIDE, i % SIDE,
                     conv1 + i * CHANNELS);
        compare_picture(isa, conv1, one.data + p * picture);
    }
    for (unsigned threads = 2; threads <= MOST_THREADS; threads++) {
        struct guarded more = guarded_new(one.count);
        compute(kernels, threads, (struct nn_stem){&d.conv, PICTURES, pixels, padded, more.data});
        ck_assert_msg(memcmp(one.data, more.data, one.count * sizeof(float)) == 0,
                      "%s: %u threads give other bits than one", isa, threads);
        guarded_check_and_free(&more, isa);
    }
    guarded_check_and_free(&one, isa);
    free(pixels), free(padded), free(conv1);
    stem_data_free(&d);
}

START_TEST(test_pictures) {
    each_isa(pictures);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {test_strip, test_pictures};
    return random_suite_run("nn/stem", 22, tests, sizeof tests / sizeof *tests);
}
