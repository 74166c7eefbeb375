// SPDX-License-Identifier: MIT
// bench kernels: every layer shape of the network by itself, with the method and division of work
// that the plan gives it, verified against sums in double precision before it is timed. All threads
// work on one layer.

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "mem.h"
#include "model/resnet_v2.h"

// A layer: kernel x kernel convolution of [pictures][side][side][in] to [..][side / stride][side /
// stride][out].
struct shape {
    char name[40];
    size_t kernel, stride, side, in, out;
    size_t count; // layers of this shape in the network
    bool pre, residual;
    enum nn_method method;
    const struct nn_stage_plan *plan; // NULL for the stem
};

enum { MAX_SHAPES = 32 }; // different ones: 21

struct layer {
    const struct shape *shape;
    struct nn_context context;
    struct nn_thread_pool pool;
    size_t pictures;
    struct nn_conv conv;
    struct nn_affine pre;
    struct nn_tiling tiling;
    uint8_t *pixels;                     // stem only
    float *in, *kernel, *residual, *out; // kernel HWIO
    void *owned[12];
    size_t owners;
};

static bool same(const struct shape *a, const struct shape *b) {
    return a->kernel == b->kernel && a->stride == b->stride && a->side == b->side &&
           a->in == b->in && a->out == b->out && a->pre == b->pre;
}

static void add_shape(struct shape *shapes, size_t *count, struct shape shape, const char *block,
                      const char *suffix) {
    snprintf(shape.name, sizeof shape.name, "%s%s", block, suffix);
    shape.count = 1;
    for (size_t i = 0; i < *count; i++)
        if (same(&shapes[i], &shape)) {
            shapes[i].count++;
            return;
        }
    assert(*count < MAX_SHAPES);
    shapes[(*count)++] = shape;
}

static size_t list_shapes(struct shape shapes[MAX_SHAPES], const struct nn_plan *plan) {
    size_t n = 0, count;
    add_shape(shapes, &n,
              (struct shape){.kernel = 7,
                             .stride = 2,
                             .side = HM_SIDE,
                             .in = 3,
                             .out = 64,
                             .method = NN_WINOGRAD_STEM},
              "conv1", "_conv+pool1");
    const struct hm_block *blocks = hm_network_blocks(hm_networks(&count), &count);
    for (size_t i = 0; i < count; i++) {
        const struct hm_block *b = &blocks[i];
        struct shape s = {
            .kernel = 1, .stride = 1, .side = b->side, .plan = &plan->stages[b->stage]};
        struct shape conv0 = s, conv1 = s, conv2 = s, conv3 = s;
        conv0.in = conv1.in = b->in;
        conv0.pre = conv1.pre = true;
        conv0.out = conv3.out = b->out;
        conv1.out = conv2.in = conv2.out = conv3.in = b->width;
        conv2.kernel = 3;
        conv2.stride = b->side / b->out_side;
        conv2.method = nn_block_method(plan, b);
        conv3.side = b->out_side;
        conv3.residual = true;
        if (b->shortcut == HM_PROJECTION) add_shape(shapes, &n, conv0, b->name, "_0_conv");
        add_shape(shapes, &n, conv1, b->name, "_1_conv");
        add_shape(shapes, &n, conv2, b->name, "_2_conv");
        add_shape(shapes, &n, conv3, b->name, "_3_conv");
    }
    return n;
}

// ---- a layer with random data

static float *floats(struct layer *l, size_t count, uint32_t seed) {
    float *p = hm_alloc_aligned(count + 16, sizeof *p); // 16: what a product's prefetch may name
    l->owned[l->owners++] = p;
    for (size_t i = 0; p && i < count; i++) {
        seed = seed * 1664525 + 1013904223;
        p[i] = (float)(int32_t)seed * 0x1p-31f; // -1 .. 1
    }
    return p;
}

static size_t depth(const struct shape *s) {
    return s->kernel * s->kernel * s->in;
}

static enum hm_status make_layer(struct layer *l, struct hm_error *err) {
    const struct shape *s = l->shape;
    size_t m = nn_method_m(s->method), out_side = s->side / s->stride, tiles = 0;
    size_t in_pixels = l->pictures * s->side * s->side;
    size_t out_pixels = l->pictures * out_side * out_side;
    size_t workspace = s->plan ? nn_rows_workspace(&l->context.kernels->f32, depth(s))
                               : nn_stem_workspace(),
           shared = in_pixels * s->in;
    if (m) {
        tiles = l->pictures * nn_tiles_per_picture(m, s->side);
        workspace = nn_winograd_workspace(m, s->plan->tiles, s->in, tiles);
        shared += nn_winograd_shared(m, s->in, tiles);
        l->tiling = (struct nn_tiling){.m = m, .side = s->side};
    }
    l->kernel = floats(l, depth(s) * s->out, 1);
    l->conv = (struct nn_conv){.method = s->method,
                               .product = &l->context.kernels->f32,
                               .k = depth(s),
                               .n = s->out,
                               .b = floats(l, nn_packed_depth(s->method, depth(s)) * s->out, 2),
                               .bias = floats(l, s->out, 3)};
    l->pre = (struct nn_affine){floats(l, s->in, 4), floats(l, s->in, 5)};
    l->in = floats(l, s->plan ? in_pixels * s->in : l->pictures * 230 * 230 * 3, 6);
    l->out = floats(l, out_pixels * s->out, 7);
    l->residual = floats(l, out_pixels * s->out, 8);
    l->context.workspace_floats = (workspace + 15) / 16 * 16 + 16;
    l->context.workspace = floats(l, l->context.threads * l->context.workspace_floats, 9);
    l->context.shared = floats(l, shared, 10);
    l->owned[l->owners++] = l->tiling.tiles = calloc(tiles + 1, sizeof *l->tiling.tiles);
    l->owned[l->owners++] = l->pixels = calloc(l->pictures, HM_PIXEL_BYTES);
    for (size_t i = 0; i < l->owners; i++)
        if (!l->owned[i]) return hm_fail(err, HM_ENOMEM, "no memory for layer %s", s->name);
    if (!s->plan) memset(l->in, 0, l->pictures * 230 * 230 * 3 * sizeof *l->in);
    for (size_t i = 0; i < l->pictures * HM_PIXEL_BYTES; i++)
        l->pixels[i] = (uint8_t)(i * 2654435761u >> 13);
    if (m) nn_tile(&l->tiling, l->pictures);
    nn_pack_conv(&l->conv, l->context.kernels, l->kernel, NULL, 0, nn_pack_rows(&l->conv));
    return HM_OK;
}

static void free_layer(struct layer *l) {
    for (size_t i = 0; i < l->owners; i++)
        free(l->owned[i]);
    l->owners = 0;
}

static void run_layer(void *arg) {
    const struct layer *l = arg;
    const struct shape *s = l->shape;
    if (!s->plan) {
        nn_stem(&l->context, &(struct nn_stem){&l->conv, l->pictures, l->pixels, l->in, l->out});
    } else if (s->kernel == 1) {
        nn_pointwise(&l->context, &(struct nn_pointwise){
                                      .conv = &l->conv,
                                      .pre = s->pre ? &l->pre : NULL,
                                      .split = s->plan->pointwise,
                                      .rows = l->pictures * s->side * s->side,
                                      .in = l->in,
                                      .residual = s->residual ? l->residual : NULL,
                                      .out = l->out,
                                  });
    } else if (s->method == NN_DIRECT) {
        nn_conv3x3(&l->context,
                   &(struct nn_conv3x3){&l->conv, l->pictures, s->side, s->stride, l->in, l->out});
    } else {
        nn_winograd(&l->context,
                    &(struct nn_winograd){&l->conv, &l->tiling, s->plan->tiles, l->in, l->out});
    }
}

static void call_layer(void *arg) {
    struct layer *l = arg;
    nn_parallel(&l->context, run_layer, l);
}

// ---- verification

// Channel c of input pixel (y, x), zero outside, as the convolution sees it. The stem's buffer has
// a border of 3 already.
static double input(const struct layer *l, size_t picture, size_t y, size_t x, size_t c) {
    const struct shape *s = l->shape;
    if (!s->plan) return (double)l->in[((picture * 230 + y + 3) * 230 + x + 3) * 3 + c];
    if (y >= s->side || x >= s->side) return 0;
    double value = (double)l->in[((picture * s->side + y) * s->side + x) * s->in + c];
    if (!s->pre) return value;
    return fmax(0, value * (double)l->pre.scale[c] + (double)l->pre.shift[c]);
}

static double expected(const struct layer *l, size_t picture, size_t y, size_t x, size_t o) {
    const struct shape *s = l->shape;
    size_t out_side = s->side / s->stride;
    double sum = (double)l->conv.bias[o];
    for (size_t i = 0; i < s->kernel; i++)
        for (size_t j = 0; j < s->kernel; j++)
            for (size_t c = 0; c < s->in; c++)
                sum += input(l, picture, y * s->stride + i - s->kernel / 2,
                             x * s->stride + j - s->kernel / 2, c) *
                       (double)l->kernel[((i * s->kernel + j) * s->in + c) * s->out + o];
    if (s->residual)
        sum += (double)l->residual[((picture * out_side + y) * out_side + x) * s->out + o];
    return s->kernel == 3 ? fmax(0, sum) : sum; // only the 3x3 layers have their ReLU in here
}

// Output (y, x) of the stem, the largest of the convolution's 3x3 around it, over a border of
// zeros.
static double pooled(const struct layer *l, size_t picture, size_t y, size_t x, size_t o) {
    double best = y == 0 || x == 0 ? 0 : -INFINITY;
    for (size_t i = 0; i < 9; i++) {
        size_t iy = 2 * y + i / 3 - 1, ix = 2 * x + i % 3 - 1; // may wrap: huge
        if (iy < 112 && ix < 112) best = fmax(best, expected(l, picture, iy, ix, o));
    }
    return best;
}

// Some outputs, spread over pictures, pixels and channels. Inputs and weights are within 1,
// activated inputs within 2; the transforms of F(4x4) and F(5x5) multiply rounding errors by up to
// two orders of magnitude.
static enum hm_status verify(struct layer *l, struct hm_error *err) {
    enum { POINTS = 61 };
    const struct shape *s = l->shape;
    size_t out_side = s->side / s->stride / (s->plan ? 1 : 2);
    size_t total = l->pictures * out_side * out_side * s->out;
    double tolerance =
        2 * (double)depth(s) * (double)FLT_EPSILON * 2 * (s->method == NN_DIRECT ? 1 : 100);
    call_layer(l);
    for (size_t i = 0; i < POINTS; i++) {
        size_t at = i * (total - 1) / (POINTS - 1), pixel = at / s->out;
        size_t picture = pixel / (out_side * out_side), y = pixel / out_side % out_side;
        double want = (s->plan ? expected : pooled)(l, picture, y, pixel % out_side, at % s->out);
        if (!(fabs((double)l->out[at] - want) <= tolerance))
            return hm_fail(err, HM_EFORMAT, "layer %s: output %zu is %g, expected %g", s->name, at,
                           (double)l->out[at], want);
    }
    return HM_OK;
}

// ---- report

struct figures {
    double ms, gflops, peak_share, bytes_per_flop;
};

static struct figures measure(struct layer *l, double seconds, double peak) {
    const struct shape *s = l->shape;
    size_t out_side = s->side / s->stride;
    double out_pixels = (double)(l->pictures * out_side * out_side);
    double flop = 2 * out_pixels * (double)(depth(s) * s->out);
    double floats_moved = (double)(l->pictures * s->side * s->side * s->in + depth(s) * s->out) +
                          out_pixels * (double)s->out * (s->residual ? 2 : 1);
    struct bench_time t = bench_time(call_layer, l, seconds);
    double gflops = flop / t.min * 1e-9;
    return (struct figures){t.min * 1e3 / (double)l->pictures, gflops, gflops / peak,
                            floats_moved * 4 / flop};
}

static const char *method_name(enum nn_method method) {
    static const char *const names[] = {"direct", "F(2x2)", "F(4x4)", "F(5x5)", "F(4)"};
    return names[method];
}

static enum hm_status print_row(cJSON *rows, FILE *out, const struct layer *l,
                                const struct figures *f, struct hm_error *err) {
    const struct shape *s = l->shape;
    if (!rows) {
        fprintf(out,
                "%-20s %2zu %4zu %5zu %5zu  %zux%zu/%zu %-7s %2zu %8.3f %8.1f %6.1f %% %9.3f\n",
                s->name, s->count, s->side, s->in, s->out, s->kernel, s->kernel, s->stride,
                method_name(s->method), l->pictures, f->ms, f->gflops, 100 * f->peak_share,
                f->bytes_per_flop);
        return HM_OK;
    }
    cJSON *row = cJSON_CreateObject();
    cJSON_AddStringToObject(row, "layer", s->name);
    cJSON_AddNumberToObject(row, "count", (double)s->count);
    cJSON_AddNumberToObject(row, "side", (double)s->side);
    cJSON_AddNumberToObject(row, "in", (double)s->in);
    cJSON_AddNumberToObject(row, "out", (double)s->out);
    cJSON_AddNumberToObject(row, "kernel", (double)s->kernel);
    cJSON_AddNumberToObject(row, "stride", (double)s->stride);
    cJSON_AddStringToObject(row, "method", method_name(s->method));
    cJSON_AddNumberToObject(row, "ms_per_image", f->ms);
    cJSON_AddNumberToObject(row, "gflops", f->gflops);
    cJSON_AddNumberToObject(row, "peak_share", f->peak_share);
    cJSON_AddNumberToObject(row, "bytes_per_flop", f->bytes_per_flop);
    if (cJSON_AddItemToArray(rows, row)) return HM_OK;
    cJSON_Delete(row);
    return hm_fail(err, HM_ENOMEM, "no memory for a report");
}

static enum hm_status bench_layer(const struct bench_options *options, struct layer *l, double peak,
                                  cJSON *rows, FILE *out, double *total, struct hm_error *err) {
    HM_TRY(make_layer(l, err));
    HM_TRY(verify(l, err));
    struct figures f = measure(l, options->seconds > 0 ? options->seconds : 0.2, peak);
    *total += f.ms * (double)l->shape->count;
    return print_row(rows, out, l, &f, err);
}

static enum hm_status bench_shapes(const struct bench_options *options,
                                   const struct nn_kernels *kernels, struct nn_thread_pool *pool,
                                   cJSON *rows, double peak, FILE *out, struct hm_error *err) {
    struct shape shapes[MAX_SHAPES];
    size_t batch = options->batch ? options->batch : 8, timed = 0, precisions;
    size_t count = list_shapes(shapes, nn_choose_plan(batch, hm_precisions(&precisions)));
    double total = 0;
    enum hm_status status = HM_OK;
    for (size_t i = 0; i < count && status == HM_OK; i++) {
        if (options->layer && !strstr(shapes[i].name, options->layer)) continue;
        size_t pictures = shapes[i].plan ? shapes[i].plan->pictures : 1;
        struct layer l = {.shape = &shapes[i], .pictures = pictures < batch ? pictures : batch};
        l.context = (struct nn_context){
            .kernels = kernels, .threads = bench_threads(options), .pool = pool};
        status = bench_layer(options, &l, peak, rows, out, &total, err);
        free_layer(&l);
        timed++;
    }
    if (status == HM_OK && timed == 0)
        return hm_fail(err, HM_EARG, "no layer's name contains \"%s\"", options->layer);
    if (status == HM_OK && !rows) fprintf(out, "%.2f ms a picture in these layers\n", total);
    return status;
}

enum hm_status bench_kernels(const struct bench_options *options, FILE *out, struct hm_error *err) {
    const char *isa;
    unsigned threads = bench_threads(options), batch = options->batch ? options->batch : 8;
    HM_TRY(hm_isa_choose(options->isa, &isa, err));
    if (options->pin) HM_TRY(bench_pin(threads, err));
    double peak = bench_peak_gflops(nn_isa_kernels(isa), threads);
    struct nn_thread_pool pool;
    if (nn_thread_pool_init(&pool) != 0) return hm_fail(err, HM_ENOMEM, "no memory for a lock");
    cJSON *report = NULL, *rows = NULL;
    if (options->json) {
        report = bench_report(options, isa, batch, peak);
        rows = cJSON_AddArrayToObject(report, "layers");
    } else {
        bench_heading(out, isa, threads, batch, peak);
        fprintf(out, "%-20s %2s %4s %5s %5s  %-5s %-7s %2s %8s %8s %8s %9s\n", "layer", "x", "side",
                "in", "out", "size", "method", "n", "ms/pict.", "GFLOP/s", "of peak", "byte/flop");
    }
    enum hm_status status =
        options->json && !rows
            ? hm_fail(err, HM_ENOMEM, "no memory for a report")
            : bench_shapes(options, nn_isa_kernels(isa), &pool, rows, peak, out, err);
    nn_thread_pool_destroy(&pool);
    if (status == HM_OK && options->json) return bench_print(report, out, err);
    cJSON_Delete(report);
    return status;
}
