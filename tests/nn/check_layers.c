// SPDX-License-Identifier: MIT
// Layers against a plain double-precision convolution: every way to divide the work, 1 to 3
// threads, pictures and tiles that do not divide evenly. The same bits whatever the division.
// Reports Winograd's rounding error beside direct convolution's.

#include <float.h>

#include "nn_support.h"
#include "model/resnet_v2.h"

enum { MOST_POOL_THREADS = HM_EMULATED ? 1 : 5 };

// ---- tasks

struct counted {
    _Atomic unsigned *runs;
    const struct nn_context *context;
    size_t tasks, phases;
};

static void count_task(const void *arg, size_t task, float *workspace) {
    (void)workspace;
    const struct counted *c = arg;
    atomic_fetch_add(&c->runs[task], 1);
}

static void count_phases(void *arg) {
    const struct counted *c = arg;
    for (size_t i = 0; i < c->phases; i++)
        nn_parallel_for(c->context, c->tasks, count_task, c);
}

START_TEST(test_each_task_once) {
    for (unsigned threads = 1; threads <= MOST_POOL_THREADS; threads++)
        for (size_t tasks = 0; tasks <= 7; tasks++) {
            struct context_memory t;
            context_init(&t, nn_isa_kernels("baseline"), threads, 16, 0);
            _Atomic unsigned runs[8] = {0};
            struct counted c = {runs, &t.context, tasks, 300};
            nn_parallel(&t.context, count_phases, &c);
            for (size_t i = 0; i < 8; i++)
                ck_assert_uint_eq(atomic_load(&runs[i]), i < tasks ? 300 : 0);
            context_destroy(&t);
        }
}
END_TEST

// ---- convolutions

struct conv_case {
    size_t pictures, side, in, out, kernel, stride;
    enum nn_method method;
    size_t block; // Winograd tiles
    enum nn_split split;
    bool pre, relu, residual;
};

struct conv_data {
    float *in, *weights, *scale, *shift, *residual;
    struct nn_conv conv;
    struct nn_affine pre;
};

static size_t conv_depth(const struct conv_case *c) {
    return c->kernel * c->kernel * c->in;
}

static struct conv_data conv_data_new(const struct conv_case *c, const struct nn_kernels *kernels,
                                      const struct nn_product *product) {
    size_t k = conv_depth(c), rows = nn_packed_depth(c->method, k),
           pixels = c->pictures * c->side * c->side;
    struct conv_data d = {random_floats(pixels * c->in),
                          random_floats(k * c->out),
                          random_floats(c->in),
                          random_floats(c->in),
                          random_floats(pixels * c->out),
                          {.method = c->method,
                           .product = product,
                           .k = k,
                           .n = c->out,
                           .b = malloc(rows * c->out * 4),
                           .bias = random_floats(c->out)},
                          {0}};
    d.pre = (struct nn_affine){d.scale, d.shift};
    size_t parts = nn_pack_rows(&d.conv), half = parts / 2;
    nn_pack_conv(&d.conv, kernels, d.weights, NULL, 0, half);
    nn_pack_conv(&d.conv, kernels, d.weights, NULL, half, parts - half);
    return d;
}

static void conv_data_free(struct conv_data *d) {
    free(d->in), free(d->weights), free(d->scale), free(d->shift), free(d->residual);
    free(d->conv.b), free(d->conv.bias);
}

struct conv_run {
    const struct conv_case *c;
    const struct conv_data *d;
    const struct nn_context *context;
    const struct nn_tiling *tiling;
    float *out;
};

static void run_conv(void *arg) {
    const struct conv_run *r = arg;
    const struct conv_case *c = r->c;
    const struct conv_data *d = r->d;
    if (c->kernel == 1)
        nn_pointwise(r->context,
                     &(struct nn_pointwise){.conv = &d->conv,
                                            .pre = c->pre ? &d->pre : NULL,
                                            .split = c->split,
                                            .rows = c->pictures * c->side * c->side,
                                            .in = d->in,
                                            .residual = c->residual ? d->residual : NULL,
                                            .relu = c->relu,
                                            .out = r->out});
    else if (c->method == NN_DIRECT)
        nn_conv3x3(r->context,
                   &(struct nn_conv3x3){&d->conv, c->pictures, c->side, c->stride, d->in, r->out});
    else
        nn_winograd(r->context,
                    &(struct nn_winograd){&d->conv, r->tiling, c->block, d->in, r->out});
}

// Compute a case with a number of threads into a guarded output.
static struct guarded conv_output(const struct conv_case *c, const struct conv_data *d,
                                  const struct nn_kernels *kernels, unsigned threads) {
    size_t m = nn_method_m(c->method), out_side;
    size_t tiles = m ? c->pictures * nn_tiles_per_picture(m, c->side) : 0;
    size_t workspace = nn_rows_workspace(d->conv.product, conv_depth(c));
    size_t shared = c->pictures * c->side * c->side * c->in;
    struct nn_tiling tiling = {.m = m, .side = c->side};
    if (m) {
        workspace = nn_winograd_workspace(m, c->block, c->in, tiles);
        if (!c->block) shared = nn_winograd_shared(m, c->in, tiles);
        tiling.tiles = malloc(tiles * sizeof *tiling.tiles);
        nn_tile(&tiling, c->pictures);
        ck_assert_uint_eq(tiling.count, tiles);
    }
    struct context_memory t;
    context_init(&t, kernels, threads, workspace, shared);
    out_side = c->side / c->stride;
    struct guarded out = guarded_new(c->pictures * out_side * out_side * c->out);
    struct conv_run run = {c, d, &t.context, &tiling, out.data};
    nn_parallel(&t.context, run_conv, &run);
    context_destroy(&t);
    free(tiling.tiles);
    return out;
}

static double conv_at(const struct conv_case *c, const struct conv_data *d, size_t picture,
                      size_t y, size_t x, size_t o) {
    double sum = (double)d->conv.bias[o];
    for (size_t i = 0; i < c->kernel; i++)
        for (size_t j = 0; j < c->kernel; j++) {
            size_t iy = y * c->stride + i - c->kernel / 2, ix = x * c->stride + j - c->kernel / 2;
            if (iy >= c->side || ix >= c->side) continue;
            const float *in = d->in + ((picture * c->side + iy) * c->side + ix) * c->in;
            const float *w = d->weights + (i * c->kernel + j) * c->in * c->out + o;
            for (size_t k = 0; k < c->in; k++) {
                double value = (double)in[k];
                if (c->pre) value = fmax(0, value * (double)d->scale[k] + (double)d->shift[k]);
                sum += value * (double)w[k * c->out];
            }
        }
    if (c->residual)
        sum += (double)d->residual[((picture * c->side + y) * c->side + x) * c->out + o];
    return c->relu ? fmax(0, sum) : sum;
}

struct errors {
    double largest, rms;
};

static struct errors conv_errors(const struct conv_case *c, const struct conv_data *d,
                                 const struct guarded *out) {
    struct errors e = {0};
    size_t out_side = c->side / c->stride;
    for (size_t i = 0; i < out->count; i++) {
        size_t pixel = i / c->out, picture = pixel / (out_side * out_side);
        double want =
            conv_at(c, d, picture, pixel / out_side % out_side, pixel % out_side, i % c->out);
        double error = fabs((double)out->data[i] - want);
        e.largest = isnan(error) ? INFINITY : fmax(e.largest, error);
        e.rms += error * error;
    }
    e.rms = sqrt(e.rms / (double)out->count);
    return e;
}

// The roundings of direct convolution; what the transforms may add to them: F(2x2) sums of 4 * 4
// terms, F(4x4) and F(5x5) of 100 * 100 in the worst case, where the weights of a line add up to 10
// on each side. Operands of another precision add an error to each product, as random as they are;
// four times its size, since an activated input may be 2. A wrong operand is off by hundreds.
static double conv_tolerance(const struct conv_case *c, double unit) {
    const double growth[] = {
        [NN_DIRECT] = 1, [NN_WINOGRAD_2] = 4, [NN_WINOGRAD_4] = 50, [NN_WINOGRAD_5] = 50};
    return 2 * (double)(conv_depth(c) + 2) * (double)FLT_EPSILON * 2 * growth[c->method] +
           4 * sqrt((double)conv_depth(c)) * unit;
}

static void check_conv(const struct product_case *p, const struct conv_case *c) {
    struct conv_data d = conv_data_new(c, p->kernels, p->product);
    struct guarded one = conv_output(c, &d, p->kernels, 1);
    struct errors e = conv_errors(c, &d, &one);
    ck_assert_msg(e.largest <= conv_tolerance(c, p->operand->unit),
                  "%s: %zu pictures of %zux%zu, %zu -> %zu, %zux%zu/%zu, method %d: off by %g",
                  p->name, c->pictures, c->side, c->side, c->in, c->out, c->kernel, c->kernel,
                  c->stride, (int)c->method, e.largest);
    for (unsigned threads = 2; threads <= MOST_THREADS; threads++) {
        struct guarded more = conv_output(c, &d, p->kernels, threads);
        ck_assert_msg(memcmp(one.data, more.data, one.count * sizeof(float)) == 0,
                      "%s: %u threads give other bits than one", p->name, threads);
        guarded_check_and_free(&more, p->name);
    }
    guarded_check_and_free(&one, p->name);
    conv_data_free(&d);
}

static const struct conv_case cases[] = {
    // pictures side in out kernel stride method block split pre relu residual
    {1, 7, 64, 128, 1, 1, NN_DIRECT, 0, NN_SPLIT_PIXELS, false, false, false},
    {2, 7, 128, 64, 1, 1, NN_DIRECT, 0, NN_SPLIT_PIXELS, true, true, false},
    {3, 5, 64, 64, 1, 1, NN_DIRECT, 0, NN_SPLIT_CHANNELS, false, true, true},
    {1, 9, 192, 128, 1, 1, NN_DIRECT, 0, NN_SPLIT_CHANNELS, true, false, true},
    {1, 8, 64, 64, 3, 1, NN_DIRECT, 0, NN_SPLIT_PIXELS, false, true, false},
    {2, 6, 64, 64, 3, 2, NN_DIRECT, 0, NN_SPLIT_PIXELS, false, true, false},
    {2, 14, 64, 64, 3, 2, NN_DIRECT, 0, NN_SPLIT_PIXELS, false, true, false},
    {1, 8, 64, 64, 3, 1, NN_WINOGRAD_4, 3, NN_SPLIT_PIXELS, false, true, false},
    {2, 14, 64, 64, 3, 1, NN_WINOGRAD_4, 5, NN_SPLIT_PIXELS, false, true, false},
    {3, 7, 64, 128, 3, 1, NN_WINOGRAD_4, 0, NN_SPLIT_PIXELS, false, true, false},
    {1, 5, 64, 64, 3, 1, NN_WINOGRAD_4, 0, NN_SPLIT_PIXELS, false, true, false},
    {2, 2, 64, 64, 3, 1, NN_WINOGRAD_4, 0, NN_SPLIT_PIXELS, false, true, false},
    {1, 10, 64, 64, 3, 1, NN_WINOGRAD_5, 3, NN_SPLIT_PIXELS, false, true, false},
    {2, 14, 64, 64, 3, 1, NN_WINOGRAD_5, 0, NN_SPLIT_PIXELS, false, true, false},
    {1, 28, 64, 64, 3, 1, NN_WINOGRAD_5, 7, NN_SPLIT_PIXELS, false, true, false},
    {3, 7, 64, 128, 3, 1, NN_WINOGRAD_5, 0, NN_SPLIT_PIXELS, false, true, false},
    {2, 2, 64, 64, 3, 1, NN_WINOGRAD_5, 0, NN_SPLIT_PIXELS, false, true, false},
    {1, 8, 64, 64, 3, 1, NN_WINOGRAD_2, 0, NN_SPLIT_PIXELS, false, true, false},
    {3, 7, 64, 128, 3, 1, NN_WINOGRAD_2, 4, NN_SPLIT_PIXELS, false, true, false},
};

// Winograd's methods are f32's alone.
static void convolutions(const struct product_case *p) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (cases[i].method == NN_DIRECT || p->product == &p->kernels->f32)
            check_conv(p, &cases[i]);
}

START_TEST(test_convolutions) {
    each_product(convolutions);
}
END_TEST

// Layers one after the other, the first two of which share their blocks of rows, the third not: the
// same bits as each by itself.
struct chain {
    const struct nn_context *context;
    const struct nn_pointwise *first;
};

static void run_chain(void *arg) {
    const struct chain *c = arg;
    nn_pointwise(c->context, c->first);
}

static void check_chain(const struct product_case *p, enum nn_split split, unsigned threads) {
    enum { LAYERS = 3 };
    const size_t rows = 3 * 49, widths[LAYERS + 1] = {64, 128, 1024, 64};
    struct conv_data data[LAYERS];
    struct guarded out[LAYERS], alone[LAYERS];
    struct nn_pointwise layers[LAYERS];
    struct context_memory t;
    context_init(&t, p->kernels, threads, nn_rows_workspace(p->product, 1024), rows * 1024);
    for (size_t i = 0; i < LAYERS; i++) {
        struct conv_case c = {.pictures = 3,
                              .side = 7,
                              .in = widths[i],
                              .out = widths[i + 1],
                              .kernel = 1,
                              .stride = 1,
                              .pre = i > 0};
        data[i] = conv_data_new(&c, p->kernels, p->product);
        out[i] = guarded_new(rows * c.out);
        alone[i] = guarded_new(rows * c.out);
        layers[i] = (struct nn_pointwise){.conv = &data[i].conv,
                                          .pre = c.pre ? &data[i].pre : NULL,
                                          .split = split,
                                          .rows = rows,
                                          .in = i ? out[i - 1].data : data[0].in,
                                          .residual = i ? NULL : data[i].residual,
                                          .out = out[i].data,
                                          .then = i + 1 < LAYERS ? &layers[i + 1] : NULL};
    }
    nn_parallel(&t.context, run_chain, &(struct chain){&t.context, layers});
    for (size_t i = 0; i < LAYERS; i++) {
        layers[i].then = NULL;
        layers[i].out = alone[i].data;
        nn_parallel(&t.context, run_chain, &(struct chain){&t.context, &layers[i]});
        ck_assert_msg(memcmp(out[i].data, alone[i].data, out[i].count * sizeof(float)) == 0,
                      "%s: layer %zu of a chain, %u threads, split %d", p->name, i, threads,
                      (int)split);
    }
    for (size_t i = 0; i < LAYERS; i++) {
        guarded_check_and_free(&out[i], p->name);
        guarded_check_and_free(&alone[i], p->name);
        conv_data_free(&data[i]);
    }
    context_destroy(&t);
}

static void chains(const struct product_case *p) {
    for (unsigned threads = 1; threads <= MOST_THREADS; threads++) {
        check_chain(p, NN_SPLIT_PIXELS, threads);
        check_chain(p, NN_SPLIT_CHANNELS, threads);
    }
}

START_TEST(test_chains) {
    each_product(chains);
}
END_TEST

// One convolution of conv4 by each method: unit variance in and out, as the network's batch norms
// keep it.
static void rounding(const char *isa, const struct nn_kernels *kernels) {
    const char *const names[] = {"direct", "F(2x2)", "F(4x4)", "F(5x5)"};
    double rms[4];
    uint64_t start = random_state;
    for (int method = NN_DIRECT; method <= NN_WINOGRAD_5; method++) {
        struct conv_case c = {
            1, 14, 256, 64, 3, 1, (enum nn_method)method, 0, NN_SPLIT_PIXELS, false, true, false};
        random_state = start; // the same data for each
        struct conv_data d = conv_data_new(&c, kernels, &kernels->f32);
        struct guarded out = conv_output(&c, &d, kernels, 1);
        struct errors e = conv_errors(&c, &d, &out);
        // Uniform numbers have variance 1/3: a sum of k products has k / 9.
        double unit = sqrt((double)conv_depth(&c) / 9);
        rms[method] = e.rms / unit;
        printf("%-8s %s: largest error %.1e, rms %.1e of an output's standard deviation\n", isa,
               names[method], e.largest / unit, rms[method]);
        guarded_check_and_free(&out, isa);
        conv_data_free(&d);
    }
    ck_assert_msg(rms[NN_DIRECT] < 2e-6 && rms[NN_WINOGRAD_2] < 2e-6 && rms[NN_WINOGRAD_4] < 1e-5 &&
                      rms[NN_WINOGRAD_5] < 1e-5,
                  "%s: more rounding than the method explains", isa);
}

START_TEST(test_rounding) {
    each_isa(rounding);
}
END_TEST

// The order of the tiles keeps what each product needs in one run.
START_TEST(test_tiles_sorted) {
    struct nn_wino_tile tiles[3 * 16];
    struct nn_tiling t = {.m = 4, .side = 14, .tiles = tiles};
    nn_tile(&t, 3);
    ck_assert_uint_eq(t.count, 48);
    bool seen[3][14][14] = {0};
    for (size_t i = 0; i < t.count; i++) {
        bool right = tiles[i].cols < 4, below = tiles[i].rows < 4;
        size_t class = below ? (right ? 3 : 2) : (right ? 0 : 1);
        ck_assert(i >= t.class_start[class] && i < t.class_start[class + 1]);
        for (size_t y = 0; y < tiles[i].rows; y++)
            for (size_t x = 0; x < tiles[i].cols; x++) {
                bool *pixel = &seen[tiles[i].picture][tiles[i].y + y][tiles[i].x + x];
                ck_assert_msg(!*pixel, "an output belongs to two tiles");
                *pixel = true;
            }
    }
    for (size_t i = 0; i < sizeof seen; i++)
        ck_assert_msg(((bool *)seen)[i], "an output belongs to no tile");
}
END_TEST

int main(void) {
    const TTest *const tests[] = {test_each_task_once, test_tiles_sorted, test_convolutions,
                                  test_chains, test_rounding};
    return random_suite_run("nn/layers", 21, tests, sizeof tests / sizeof *tests);
}
