// SPDX-License-Identifier: MIT
// A model from weights: batch norms folded or made into scale and shift, kernels packed for the ISA and plan by all threads, two
// allocations in all. Each tensor of the weights is read once and then released, so that the mapped file does not stay resident.

#include "resnet50v2.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "mem.h"
#include "weights.h"

enum { DEFAULT_BATCH = 8, MAX_BATCH = 1024, MAX_THREADS = 1024 };

// ---- memory ----------------------------------------------------------------------------------------------------------

// Hands out pieces of a block, or with base NULL only counts what the block must hold.
struct carver {
    char *base;
    size_t used;
};

static void *carve(struct carver *c, size_t count, size_t size) {
    // One cache line between pieces: no two of them start a multiple of 4 KiB apart just because their sizes are powers of two.
    size_t at = c->used;
    c->used += (count * size + HM_ALIGN - 1) / HM_ALIGN * HM_ALIGN + HM_ALIGN;
    return c->base ? c->base + at : NULL;
}

static float *carve_floats(struct carver *c, size_t count) {
    return carve(c, count, sizeof(float));
}

static struct nn_affine carve_affine(struct carver *c, size_t channels) {
    float *scale = carve_floats(c, channels);
    return (struct nn_affine){scale, carve_floats(c, channels)};
}

static struct nn_conv carve_conv(struct carver *c, enum nn_method method, size_t k, size_t n) {
    size_t m = nn_method_m(method), rows = m ? (m + 2) * (m + 2) * (k / 9) : k;
    float *b = carve_floats(c, rows * n);
    return (struct nn_conv){.method = method, .k = k, .n = n, .b = b, .bias = carve_floats(c, n)};
}

static void carve_parameters(struct nn_model *m, struct carver *c) {
    m->stem = carve_conv(c, NN_DIRECT, 7 * 7 * 3, NN_STEM_CHANNELS);
    for (size_t i = 0; i < NN_BLOCKS; i++) {
        const struct nn_block_shape *s = &nn_block_shapes[i];
        struct nn_block *b = &m->blocks[i];
        b->preact = carve_affine(c, s->in);
        if (s->shortcut == NN_PROJECTION) b->conv0 = carve_conv(c, NN_DIRECT, s->in, s->out);
        b->conv1 = carve_conv(c, NN_DIRECT, s->in, s->width);
        b->conv2 = carve_conv(c, nn_block_method(m->plan, s), 9 * s->width, s->width);
        b->conv3 = carve_conv(c, NN_DIRECT, s->width, s->out);
    }
    m->post = carve_affine(c, NN_DIM);
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

static void carve_buffers(struct nn_model *m, struct carver *c) {
    const struct nn_stage_plan *plans = m->plan->stages;
    size_t stem = smaller(plans[0].pictures, m->pictures);
    size_t sum = 0, reduced = 0, shared = 0, scratch = nn_rows_scratch(NN_STEM_CHANNELS);
    size_t tiles[NN_STAGES] = {0};
    m->padded = carve_floats(c, stem * NN_PADDED_SIDE * NN_PADDED_SIDE * 3);
    m->conv1 = carve_floats(c, stem * NN_STEM_SIDE * NN_STEM_SIDE * NN_STEM_CHANNELS);
    m->stage_in[0] = carve_floats(c, stem * 56 * 56 * NN_STEM_CHANNELS);
    for (size_t i = 0; i < NN_BLOCKS; i++) {
        const struct nn_block_shape *s = &nn_block_shapes[i];
        const struct nn_stage_plan *plan = &plans[s->stage];
        size_t group = smaller(plan->pictures, m->pictures);
        size_t pixels = group * s->side * s->side, out_pixels = s->out_side * s->out_side;
        size_t method_m = nn_method_m(nn_block_method(m->plan, s));
        sum = larger(sum, pixels * s->out);
        reduced = larger(reduced, pixels * s->width);
        scratch = larger(scratch, nn_rows_scratch(larger(s->in, s->width)));
        if (plan->pointwise == NN_SPLIT_CHANNELS) shared = larger(shared, pixels * s->in);
        if (method_m) {
            tiles[s->stage] = group * nn_tiles_per_picture(method_m, s->side);
            m->tiling[s->stage].m = method_m;
            m->tiling[s->stage].side = s->side;
            scratch = larger(scratch,
                             nn_winograd_scratch(method_m, plan->tiles, s->width, tiles[s->stage]));
            if (!plan->tiles)
                shared = larger(shared, nn_winograd_shared(method_m, s->width, tiles[s->stage]));
        } else {
            scratch = larger(scratch, nn_rows_scratch(9 * s->width));
        }
        if (s->shortcut == NN_SUBSAMPLED)
            m->subsampled[s->stage] = carve(c, group * out_pixels, sizeof(uint32_t));
        if (i + 1 == NN_BLOCKS || nn_block_shapes[i + 1].stage != s->stage)
            m->stage_in[s->stage + 1] = carve_floats(c, m->pictures * out_pixels * s->out);
    }
    m->sum = carve_floats(c, sum);
    m->reduced = carve_floats(c, reduced);
    m->filtered = carve_floats(c, reduced);
    m->team.shared = carve_floats(c, shared);
    m->team.scratch_floats = (scratch + 15) / 16 * 16 + 16;
    m->team.scratch = carve_floats(c, m->team.threads * m->team.scratch_floats);
    for (unsigned s = 0; s < NN_STAGES; s++)
        m->tiling[s].tiles = tiles[s] ? carve(c, tiles[s], sizeof(struct nn_wino_tile)) : NULL;
}

typedef void carve_fn(struct nn_model *m, struct carver *c);

// All pieces of one kind in one block; huge pages, because each product walks megabytes of weights.
static enum hm_status allocate(struct nn_model *m, carve_fn *pieces, void **block,
                               struct hm_error *err) {
    enum { HUGE_PAGE = 2 << 20 };
    struct carver c = {0};
    pieces(m, &c);
    size_t bytes = (c.used + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    *block = aligned_alloc(HUGE_PAGE, bytes);
    if (!*block) return hm_fail(err, HM_ENOMEM, "no memory for a model's %zu bytes", bytes);
#if defined MADV_HUGEPAGE
    madvise(*block, bytes, MADV_HUGEPAGE); // advice: slower, not wrong, when refused
#endif
    c = (struct carver){.base = *block};
    pieces(m, &c);
    m->bytes += bytes;
    return HM_OK;
}

// ---- parameters ------------------------------------------------------------------------------------------------------

enum { LAYER_NAME = 32, TENSOR_NAME = 48 }; // "conv2_block1_preact_bn", that and "/moving_variance"

// "conv2_block1_1_conv" and "/kernel"; every name asked for is one of weights_specs(), whose tensors weights_open has checked.
static const float *tensor(const struct weights *weights, const char *layer, const char *part,
                           char name[TENSOR_NAME]) {
    snprintf(name, TENSOR_NAME, "%.31s%.16s", layer, part);
    return weights_tensor(weights, name);
}

// source: Keras gives every batch norm of this network epsilon 1.001e-5.
static void fill_affine(const struct nn_affine *affine, const struct weights *weights,
                        const char *prefix, const char *norm, size_t channels) {
    char layer[LAYER_NAME], name[TENSOR_NAME];
    snprintf(layer, sizeof layer, "%.15s%.15s", prefix, norm);
    const float *gamma = tensor(weights, layer, "/gamma", name);
    const float *beta = tensor(weights, layer, "/beta", name);
    const float *mean = tensor(weights, layer, "/moving_mean", name);
    const float *variance = tensor(weights, layer, "/moving_variance", name);
    for (size_t c = 0; c < channels; c++) {
        double scale = (double)gamma[c] / sqrt((double)variance[c] + 1.001e-5);
        affine->scale[c] = (float)scale;
        affine->shift[c] = (float)((double)beta[c] - (double)mean[c] * scale);
    }
}

struct pack_task {
    const struct nn_conv *conv;
    const struct nn_kernels *kernels;
    const float *kernel, *scale;
    size_t rows; // of the matrix, or input channels
};

enum { PACK_ROWS = 16 }; // in a task

static void pack_rows(const void *arg, size_t task, float *scratch) {
    (void)scratch;
    const struct pack_task *t = arg;
    size_t row = task * PACK_ROWS, rows = smaller(PACK_ROWS, t->rows - row);
    const struct nn_conv *conv = t->conv;
    if (conv->method == NN_DIRECT) {
        t->kernels->pack(t->kernel, conv->k, conv->n, t->scale, row, rows, conv->b);
        return;
    }
    struct nn_wino wino = {
        .m = nn_method_m(conv->method), .in_channels = conv->k / 9, .out_channels = conv->n};
    t->kernels->wino_weights(&wino, t->kernel, t->scale, row, rows, conv->b);
}

// Pack the kernel of layer PREFIX_conv; norm "_1_bn": fold that batch norm into it, NULL: the layer has a bias of its own.
static void fill_conv(const struct nn_model *m, const struct nn_conv *conv,
                      const struct weights *weights, const char *prefix, const char *suffix,
                      const char *norm) {
    float scale[512]; // widest folded batch norm: conv5's
    char layer[LAYER_NAME], name[TENSOR_NAME];
    snprintf(layer, sizeof layer, "%.15s%.15s", prefix, suffix);
    struct nn_affine folded = {scale, conv->bias};
    if (norm)
        fill_affine(&folded, weights, prefix, norm, conv->n);
    else
        memcpy(conv->bias, tensor(weights, layer, "/bias", name), conv->n * sizeof(float));
    struct pack_task task = {.conv = conv,
                             .kernels = m->team.kernels,
                             .kernel = tensor(weights, layer, "/kernel", name),
                             .scale = norm ? scale : NULL,
                             .rows = conv->method == NN_DIRECT ? conv->k : conv->k / 9};
    nn_run(&m->team, (task.rows + PACK_ROWS - 1) / PACK_ROWS, pack_rows, &task);
    weights_release(weights, name);
}

static void fill_parameters(const struct nn_model *m, const struct weights *weights) {
    fill_conv(m, &m->stem, weights, "conv1", "_conv", NULL);
    for (size_t i = 0; i < NN_BLOCKS; i++) {
        const struct nn_block_shape *s = &nn_block_shapes[i];
        const struct nn_block *b = &m->blocks[i];
        fill_affine(&b->preact, weights, s->name, "_preact_bn", s->in);
        if (s->shortcut == NN_PROJECTION)
            fill_conv(m, &b->conv0, weights, s->name, "_0_conv", NULL);
        fill_conv(m, &b->conv1, weights, s->name, "_1_conv", "_1_bn");
        fill_conv(m, &b->conv2, weights, s->name, "_2_conv", "_2_bn");
        fill_conv(m, &b->conv3, weights, s->name, "_3_conv", NULL);
    }
    fill_affine(&m->post, weights, "post_bn", "", NN_DIM);
}

// The parts of the buffers that nn_forward reads without writing them.
static void fill_buffers(const struct nn_model *m) {
    size_t stem = smaller(m->plan->stages[0].pictures, m->pictures);
    memset(m->padded, 0, stem * NN_PADDED_SIDE * NN_PADDED_SIDE * 3 * sizeof(float));
    for (size_t i = 0; i < NN_BLOCKS; i++) {
        const struct nn_block_shape *s = &nn_block_shapes[i];
        if (s->shortcut != NN_SUBSAMPLED) continue;
        size_t group = smaller(m->plan->stages[s->stage].pictures, m->pictures), row = 0;
        for (size_t p = 0; p < group; p++)
            for (size_t y = 0; y < s->out_side; y++)
                for (size_t x = 0; x < s->out_side; x++)
                    m->subsampled[s->stage][row++] =
                        (uint32_t)((p * s->side + 2 * y) * s->side + 2 * x);
    }
}

// ---- public ----------------------------------------------------------------------------------------------------------

static enum hm_status check_options(const struct nn_options *options, struct hm_error *err) {
    if (options->threads > MAX_THREADS)
        return hm_fail(err, HM_EARG, "%u threads: expected at most %d", options->threads,
                       MAX_THREADS);
    if (options->batch > MAX_BATCH)
        return hm_fail(err, HM_EARG, "a batch of %u pictures: expected at most %d", options->batch,
                       MAX_BATCH);
    if (options->precision != NN_FP32)
        return hm_fail(err, HM_EUNSUPPORTED, "this build computes in fp32 only");
    return HM_OK;
}

enum hm_status nn_model_new(struct nn_model **out, const struct weights *weights,
                            const struct nn_options *options, struct hm_error *err) {
    *out = NULL;
    const char *isa;
    HM_TRY(check_options(options, err));
    HM_TRY(nn_isa_choose(options->isa, &isa, err));
    struct nn_model *m = calloc(1, sizeof *m);
    if (!m) return hm_fail(err, HM_ENOMEM, "no memory for a model");
    m->isa = isa;
    m->batch = options->batch ? options->batch : DEFAULT_BATCH;
    m->plan = nn_choose_plan(m->batch);
    m->pictures = nn_plan_pictures(m->plan, m->batch);
    m->team.kernels = nn_isa_kernels(isa);
    m->team.threads = options->threads
                          ? options->threads
                          : (unsigned)omp_get_num_procs(); // those this process may run on
    m->sharers = malloc(sizeof *m->sharers);
    enum hm_status status = m->sharers ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a model");
    if (status == HM_OK) *m->sharers = 1;
    if (status == HM_OK) status = allocate(m, carve_parameters, &m->parameters, err);
    if (status == HM_OK) status = allocate(m, carve_buffers, &m->buffers, err);
    if (status != HM_OK) {
        nn_model_free(m);
        return status;
    }
    fill_parameters(m, weights);
    fill_buffers(m);
    *out = m;
    return HM_OK;
}

enum hm_status nn_model_share(struct nn_model **out, struct nn_model *model, struct hm_error *err) {
    *out = NULL;
    struct nn_model *m = malloc(sizeof *m);
    if (!m) return hm_fail(err, HM_ENOMEM, "no memory for a model");
    *m = *model;
    m->buffers = NULL;
    m->bytes = 0; // the parameters count once
    m->team.threads = 1;
    ++*m->sharers;
    enum hm_status status = allocate(m, carve_buffers, &m->buffers, err);
    if (status != HM_OK) {
        nn_model_free(m);
        return status;
    }
    fill_buffers(m);
    *out = m;
    return HM_OK;
}

void nn_model_free(struct nn_model *model) {
    if (!model) return;
    if (model->sharers && --*model->sharers == 0) {
        free(model->parameters);
        free(model->sharers);
    }
    free(model->buffers);
    free(model);
}

void nn_embed(struct nn_model *model, const uint8_t *pixels, size_t n, float *embeddings) {
    for (size_t p = 0; p < n; p += model->pictures)
        nn_forward(model, pixels + p * NN_PIXEL_BYTES, smaller(model->pictures, n - p),
                   embeddings + p * NN_DIM);
}

const char *nn_model_isa(const struct nn_model *model) {
    return model->isa;
}

unsigned nn_model_threads(const struct nn_model *model) {
    return model->team.threads;
}

size_t nn_model_bytes(const struct nn_model *model) {
    return model->bytes;
}
