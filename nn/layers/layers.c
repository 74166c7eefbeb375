// SPDX-License-Identifier: MIT
// From layers to tasks. Every layer is a struct, a function that turns it into tasks, and the task.

#include "layers/layers.h"

#include <string.h>

#include "layers/blocks.h"

// Between rows in the workspace: rows a power of two apart would fall into the same few sets of the
// L1 cache.
enum { ROW_PAD = 64 }; // bytes

static size_t padded_row(size_t k, size_t bytes) {
    return k + ROW_PAD / bytes;
}

// A block's rows in f32, and the same converted.
size_t nn_rows_workspace(const struct nn_product *product, size_t k) {
    size_t bytes = padded_row(k, sizeof(float)) * sizeof(float);
    if (product->convert) bytes += padded_row(k, product->bytes) * product->bytes;
    return block_rows(k) * bytes / sizeof(float);
}

// Rows of A as the product reads them; f32 is read where it is.
static void convert_rows(const struct nn_product *product, struct nn_gemm *g, size_t rows,
                         void *converted) {
    if (!product->convert) return;
    size_t stride = padded_row(g->k, product->bytes);
    product->convert(g->a, g->a_stride, rows, g->k, converted, stride);
    g->a = converted;
    g->a_stride = stride;
}

// Groups of panels: few enough that most panels are prefetched by whoever uses them, enough to even
// out the threads.
static struct blocks panel_groups(const struct nn_context *context, const struct nn_conv *conv) {
    size_t panels = conv->n / conv->product->nr;
    size_t most = panels / (4 * context->threads);
    return divide(panels, most ? most : 1, context->threads);
}

// The group of a task. Equally fast threads take turns, so each gets a run of neighbouring groups,
// and what it prefetches at the end of one is the beginning of its next.
static size_t group_of(struct blocks groups, size_t task, size_t threads) {
    if (groups.count % threads) return task;
    return task % threads * (groups.count / threads) + task / threads;
}

// ---- 1x1

struct pointwise_task {
    const struct nn_pointwise *layer, *end; // NN_SPLIT_PIXELS: the layers before end
    const struct nn_kernels *kernels;
    struct blocks blocks;
    size_t threads;
    void *ready; // NN_SPLIT_CHANNELS: pre(in), converted; [rows][k]
};

// The product of a layer's rows from `row` on.
static struct nn_gemm pointwise_gemm(const struct nn_pointwise *l, size_t row) {
    const struct nn_conv *conv = l->conv;
    struct nn_gemm g = {.a = l->in + row * conv->k,
                        .a_stride = conv->k,
                        .k = conv->k,
                        .b = conv->b,
                        .b_stride = conv->k * conv->product->nr,
                        .c = l->out + row * conv->n,
                        .c_stride = conv->n,
                        .bias = conv->bias,
                        .residual = l->residual,
                        .residual_stride = conv->n,
                        .relu = l->relu};
    if (l->residual_row)
        g.residual_row = l->residual_row + row;
    else if (l->residual)
        g.residual += row * conv->n;
    return g;
}

static void pointwise_block(const void *arg, size_t task, float *workspace) {
    const struct pointwise_task *t = arg;
    size_t row = block_start(t->blocks, task), rows = block_start(t->blocks, task + 1) - row;
    for (const struct nn_pointwise *l = t->layer; l != t->end; l = l->then) {
        const struct nn_product *product = l->conv->product;
        struct nn_gemm g = pointwise_gemm(l, row);
        size_t stride = padded_row(g.k, sizeof *workspace);
        if (l->pre) {
            t->kernels->activate(g.a, rows, g.k, l->pre->scale, l->pre->shift, workspace, stride);
            g.a = workspace;
            g.a_stride = stride;
        }
        convert_rows(product, &g, rows, workspace + block_rows(g.k) * stride);
        product->gemm(&g, 0, rows, 0, l->conv->n / product->nr);
    }
}

static void pointwise_prepare(const void *arg, size_t task, float *workspace) {
    const struct pointwise_task *t = arg;
    const struct nn_pointwise *l = t->layer;
    const struct nn_product *product = l->conv->product;
    size_t row = block_start(t->blocks, task), rows = block_start(t->blocks, task + 1) - row;
    size_t k = l->conv->k;
    const float *in = l->in + row * k;
    void *ready = (char *)t->ready + row * k * product->bytes;
    if (l->pre) {
        float *activated = product->convert ? workspace : ready;
        t->kernels->activate(in, rows, k, l->pre->scale, l->pre->shift, activated, k);
        in = activated;
    }
    if (product->convert) product->convert(in, k, rows, k, ready, k);
}

static void pointwise_panels(const void *arg, size_t task, float *workspace) {
    (void)workspace;
    const struct pointwise_task *t = arg;
    const struct nn_pointwise *l = t->layer;
    size_t group = group_of(t->blocks, task, t->threads), panel = block_start(t->blocks, group);
    struct nn_gemm g = pointwise_gemm(l, 0);
    if (l->pre || l->conv->product->convert) g.a = t->ready;
    l->conv->product->gemm(&g, 0, l->rows, panel, block_start(t->blocks, group + 1) - panel);
}

// The layers that go through the cache with this one: those that take blocks of as many rows.
// Smaller blocks would read this one's weights more often than that saves.
static const struct nn_pointwise *chain_end(const struct nn_pointwise *layer) {
    const struct nn_pointwise *l = layer->then;
    while (l && block_rows(l->conv->k) == block_rows(layer->conv->k))
        l = l->then;
    return l;
}

void nn_pointwise(const struct nn_context *context, const struct nn_pointwise *layer) {
    struct pointwise_task task = {
        .layer = layer,
        .end = layer->then,
        .kernels = context->kernels,
        .blocks = divide(layer->rows, block_rows(layer->conv->k), context->threads),
        .threads = context->threads,
        .ready = context->shared,
    };
    if (layer->split == NN_SPLIT_PIXELS) {
        task.end = chain_end(layer);
        nn_parallel_for(context, task.blocks.count, pointwise_block, &task);
    } else {
        if (layer->pre || layer->conv->product->convert)
            nn_parallel_for(context, task.blocks.count, pointwise_prepare, &task);
        task.blocks = panel_groups(context, layer->conv);
        nn_parallel_for(context, task.blocks.count, pointwise_panels, &task);
    }
    if (task.end) nn_pointwise(context, task.end);
}

// ---- 3x3, direct

struct conv3x3_task {
    const struct nn_conv3x3 *layer;
    struct blocks blocks;
};

// The 3x3 neighbourhood of output pixel `row`, counted over all pictures: f32 [3][3][channels],
// zeros outside the picture.
static void gather(const struct nn_conv3x3 *l, size_t row, float *to) {
    size_t channels = l->conv->k / 9, out_side = l->side / l->stride;
    size_t picture = row / (out_side * out_side);
    size_t y = row / out_side % out_side, x = row % out_side;
    const float *from = l->in + picture * l->side * l->side * channels;
    for (size_t tap = 0; tap < 9; tap++, to += channels) {
        size_t iy = y * l->stride + tap / 3 - 1, ix = x * l->stride + tap % 3 - 1; // may wrap: huge
        if (iy < l->side && ix < l->side)
            memcpy(to, from + (iy * l->side + ix) * channels, channels * sizeof *to);
        else
            memset(to, 0, channels * sizeof *to);
    }
}

static void conv3x3_block(const void *arg, size_t task, float *workspace) {
    const struct conv3x3_task *t = arg;
    const struct nn_conv *conv = t->layer->conv;
    size_t row = block_start(t->blocks, task), rows = block_start(t->blocks, task + 1) - row;
    for (size_t r = 0; r < rows; r++)
        gather(t->layer, row + r, workspace + r * conv->k);
    struct nn_gemm g = {.a = workspace,
                        .a_stride = conv->k,
                        .k = conv->k,
                        .b = conv->b,
                        .b_stride = conv->k * conv->product->nr,
                        .c = t->layer->out + row * conv->n,
                        .c_stride = conv->n,
                        .bias = conv->bias,
                        .relu = true};
    convert_rows(conv->product, &g, rows, workspace + block_rows(g.k) * g.k);
    conv->product->gemm(&g, 0, rows, 0, conv->n / conv->product->nr);
}

void nn_conv3x3(const struct nn_context *context, const struct nn_conv3x3 *layer) {
    size_t out_side = layer->side / layer->stride;
    struct conv3x3_task task = {layer, divide(layer->pictures * out_side * out_side,
                                              block_rows(layer->conv->k), context->threads)};
    nn_parallel_for(context, task.blocks.count, conv3x3_block, &task);
}

// ---- 3x3, Winograd

size_t nn_tiles_per_picture(size_t m, size_t side) {
    size_t per_side = (side + m - 1) / m;
    return per_side * per_side;
}

void nn_tile(struct nn_tiling *tiling, size_t pictures) {
    size_t per_side = (tiling->side + tiling->m - 1) / tiling->m, count = 0;
    static const bool cut_below[] = {false, false, true, true};
    static const bool cut_right[] = {true, false, false, true};
    for (size_t class = 0; class < 4; class ++) {
        tiling->class_start[class] = count;
        for (size_t picture = 0; picture < pictures; picture++)
            for (size_t i = 0; i < per_side * per_side; i++) {
                size_t ty = i / per_side, tx = i % per_side;
                size_t y = tiling->side * ty / per_side, x = tiling->side * tx / per_side;
                size_t rows = tiling->side * (ty + 1) / per_side - y;
                size_t cols = tiling->side * (tx + 1) / per_side - x;
                if ((rows < tiling->m) != cut_below[class]) continue;
                if ((cols < tiling->m) != cut_right[class]) continue;
                tiling->tiles[count++] = (struct nn_wino_tile){
                    (uint32_t)picture, (uint16_t)y, (uint16_t)x, (uint16_t)rows, (uint16_t)cols};
            }
    }
    tiling->class_start[4] = tiling->count = count;
}

// The tiles of [tile, tile + count) that need product (i, j).
static size_t needed(const struct nn_tiling *tiling, size_t i, size_t j, size_t tile, size_t count,
                     size_t *first) {
    size_t last = tiling->m + 1;
    size_t from = tiling->class_start[j == last ? 1 : 0];
    size_t to = tiling->class_start[i == last ? 2 : (j == last ? 3 : 4)];
    if (from < tile) from = tile;
    if (to > tile + count) to = tile + count;
    *first = from;
    return to > from ? to - from : 0;
}

struct wino_task {
    const struct nn_winograd *layer;
    const struct nn_kernels *kernels;
    struct nn_wino wino;
    struct blocks blocks;
    size_t threads;
    float *shared; // block 0: f32 [(m+2)^2][tiles][in]
};

// Strides of one of the (m+2)^2 matrices. An odd number of cache lines, so that the matrices of one
// tile don't all fall into the same sets of the L1 cache.
static size_t input_stride(size_t channels, size_t tiles) {
    return channels * tiles + 16;
}

static size_t product_stride(size_t nr, size_t tiles) {
    return nr * (tiles | 1);
}

size_t nn_winograd_shared(size_t m, size_t channels, size_t tiles) {
    return (m + 2) * (m + 2) * input_stride(channels, tiles);
}

size_t nn_winograd_workspace(size_t m, size_t block, size_t channels, size_t tiles) {
    size_t products = (m + 2) * (m + 2) * product_stride(NN_NR_MAX, block ? block : tiles);
    return products + (block ? nn_winograd_shared(m, channels, block) : 0);
}

// Products and output transform of some panels for tiles [tile, tile + count), whose transformed
// inputs start at v.
static void wino_panels(const struct wino_task *t, size_t tile, size_t count, const float *v,
                        size_t v_stride, size_t panel, size_t panels, float *products) {
    const struct nn_winograd *l = t->layer;
    const float *weights = l->conv->b;
    const size_t nr = t->kernels->f32.nr, n = t->wino.m + 2, channels = t->wino.in_channels;
    const size_t prod_stride = product_stride(nr, count);
    for (size_t p = panel; p < panel + panels; p++) {
        for (size_t i = 0; i < n * n; i++) {
            size_t first, rows = needed(l->tiling, i / n, i % n, tile, count, &first);
            struct nn_gemm g = {.a = v + i * v_stride,
                                .a_stride = channels,
                                .k = channels,
                                .b = weights + (p * n * n + i) * channels * nr,
                                .c = products + i * prod_stride,
                                .c_stride = nr};
            t->kernels->f32.gemm(&g, first - tile, rows, 0, 1);
        }
        t->kernels->wino_output(&t->wino, products, prod_stride, tile, count, l->conv->bias, p * nr,
                                l->out);
    }
}

static void wino_block(const void *arg, size_t task, float *workspace) {
    const struct wino_task *t = arg;
    size_t tile = block_start(t->blocks, task), count = block_start(t->blocks, task + 1) - tile;
    size_t v_stride = input_stride(t->wino.in_channels, count), n = t->wino.m + 2;
    t->kernels->wino_input(&t->wino, t->layer->in, tile, count, workspace, v_stride);
    wino_panels(t, tile, count, workspace, v_stride, 0, t->wino.out_channels / t->kernels->f32.nr,
                workspace + n * n * v_stride);
}

static void wino_transform(const void *arg, size_t task, float *workspace) {
    (void)workspace;
    const struct wino_task *t = arg;
    size_t tile = block_start(t->blocks, task), count = block_start(t->blocks, task + 1) - tile;
    size_t channels = t->wino.in_channels;
    t->kernels->wino_input(&t->wino, t->layer->in, tile, count, t->shared + tile * channels,
                           input_stride(channels, t->blocks.total));
}

static void wino_channels(const void *arg, size_t task, float *workspace) {
    const struct wino_task *t = arg;
    size_t group = group_of(t->blocks, task, t->threads), panel = block_start(t->blocks, group);
    size_t tiles = t->layer->tiling->count;
    wino_panels(t, 0, tiles, t->shared, input_stride(t->wino.in_channels, tiles), panel,
                block_start(t->blocks, group + 1) - panel, workspace);
}

void nn_winograd(const struct nn_context *context, const struct nn_winograd *layer) {
    const struct nn_tiling *tiling = layer->tiling;
    struct wino_task task = {
        .layer = layer,
        .kernels = context->kernels,
        .wino = {.m = tiling->m,
                 .side = tiling->side,
                 .tiles = tiling->tiles,
                 .in_channels = layer->conv->k / 9,
                 .out_channels = layer->conv->n},
        .threads = context->threads,
        .shared = context->shared,
    };
    if (layer->block) {
        task.blocks = divide(tiling->count, layer->block, context->threads);
        nn_parallel_for(context, task.blocks.count, wino_block, &task);
        return;
    }
    task.blocks = divide(tiling->count, 4, context->threads);
    nn_parallel_for(context, task.blocks.count, wino_transform, &task);
    task.blocks = panel_groups(context, layer->conv);
    nn_parallel_for(context, task.blocks.count, wino_channels, &task);
}

// ---- stem

struct stem_task {
    const struct nn_stem *layer;
    const struct nn_kernels *kernels;
    struct blocks runs; // of strips in a picture
};

enum {
    STEM_SIDE = NN_PADDED_SIDE / 2 - 3, // 112
    STEM_STRIPS = STEM_SIDE / NN_STEM_TILE,
    RUN_STRIPS = 7, // of a task when threads share a picture
    STRIP_WIDTH = NN_STEM_TILE + 1,
    STRIP_LINE = STRIP_WIDTH * NN_STEM_CHANNELS,
    STRIP_FLOATS = (STEM_SIDE + 1) * STRIP_LINE,
    POOLED_SIDE = STEM_SIDE / 2,
    NORMALISED_LINES = 8, // in a task
    PADDED_LINE = NN_PADDED_SIDE * 3,
    PADDED_FLOATS = NN_PADDED_SIDE * PADDED_LINE,
    PICTURE_SIDE = NN_PADDED_SIDE - 6,
    PICTURE_BYTES = PICTURE_SIDE * PICTURE_SIDE * 3,
};

size_t nn_stem_workspace(void) {
    return STRIP_FLOATS + NN_STEM_POINTS * (NN_STEM_STRIDE + product_stride(NN_NR_MAX, STEM_SIDE));
}

static void stem_normalise(const void *arg, size_t task, float *workspace) {
    (void)workspace;
    const struct stem_task *t = arg;
    size_t picture = task / (PICTURE_SIDE / NORMALISED_LINES);
    size_t line = task % (PICTURE_SIDE / NORMALISED_LINES) * NORMALISED_LINES;
    t->kernels->normalise(t->layer->pixels + picture * PICTURE_BYTES, line, NORMALISED_LINES,
                          t->layer->padded + picture * PADDED_FLOATS);
}

// Strip `number` of conv1's output, 4 pixels wide, to the last 4 columns of `strip`.
static void stem_strip(const struct stem_task *t, const float *padded, size_t number, float *strip,
                       float *workspace) {
    const struct nn_conv *conv = t->layer->conv;
    const size_t nr = t->kernels->f32.nr, prod_stride = product_stride(nr, STEM_SIDE);
    const float *weights = conv->b;
    float *v = workspace, *products = v + NN_STEM_POINTS * NN_STEM_STRIDE;
    float *out = strip + STRIP_LINE + NN_STEM_CHANNELS;
    t->kernels->stem_input(padded + number * NN_STEM_TILE * NN_STEM_PAIR, v);
    for (size_t p = 0; p < NN_STEM_CHANNELS / nr; p++) {
        for (size_t i = 0; i < NN_STEM_POINTS; i++) {
            struct nn_gemm g = {.a = v + i * NN_STEM_STRIDE,
                                .a_stride = 2 * NN_STEM_PAIR,
                                .k = NN_STEM_DEPTH,
                                .b = weights + (p * NN_STEM_POINTS + i) * NN_STEM_DEPTH * nr,
                                .c = products + i * prod_stride,
                                .c_stride = nr};
            t->kernels->f32.gemm(&g, 0, STEM_SIDE, 0, 1);
        }
        t->kernels->stem_output(products, prod_stride, STEM_SIDE, conv->bias + p * nr, out + p * nr,
                                STRIP_LINE, NN_STEM_CHANNELS);
    }
}

// A run of strips, each pooled while it is in the cache. strip: f32 [113][5][64], the border of
// zeros above, the last column of the strip before (or the border) on the left.
static void stem_run(const void *arg, size_t task, float *workspace) {
    const struct stem_task *t = arg;
    const size_t picture = task / t->runs.count, run = task % t->runs.count;
    const size_t first = block_start(t->runs, run), end = block_start(t->runs, run + 1);
    const float *padded = t->layer->padded + picture * PADDED_FLOATS;
    float *strip = workspace, *rest = workspace + STRIP_FLOATS;
    float *out = t->layer->out + picture * POOLED_SIDE * POOLED_SIDE * NN_STEM_CHANNELS;
    memset(strip, 0, STRIP_FLOATS * sizeof *strip);
    if (first > 0) stem_strip(t, padded, first - 1, strip, rest);
    for (size_t i = first; i < end; i++) {
        for (size_t y = 1; i > 0 && y <= STEM_SIDE; y++)
            memcpy(strip + y * STRIP_LINE, strip + (y + 1) * STRIP_LINE - NN_STEM_CHANNELS,
                   NN_STEM_CHANNELS * sizeof *strip);
        stem_strip(t, padded, i, strip, rest);
        t->kernels->max_pool(strip, POOLED_SIDE, NN_STEM_TILE / 2, NN_STEM_CHANNELS,
                             out + i * NN_STEM_TILE / 2 * NN_STEM_CHANNELS,
                             POOLED_SIDE * NN_STEM_CHANNELS);
    }
}

void nn_stem(const struct nn_context *context, const struct nn_stem *layer) {
    const size_t most = context->threads == 1 ? STEM_STRIPS : RUN_STRIPS;
    struct stem_task task = {layer, context->kernels, divide(STEM_STRIPS, most, 1)};
    nn_parallel_for(context, layer->pictures * PICTURE_SIDE / NORMALISED_LINES, stem_normalise,
                    &task);
    nn_parallel_for(context, layer->pictures * task.runs.count, stem_run, &task);
}

// ---- mean

struct mean_task {
    const struct nn_mean *layer;
    const struct nn_kernels *kernels;
};

static void mean_picture(const void *arg, size_t task, float *workspace) {
    (void)workspace;
    const struct mean_task *t = arg;
    const struct nn_mean *l = t->layer;
    t->kernels->mean(l->in + task * l->pixels * l->channels, l->pixels, l->channels, l->pre->scale,
                     l->pre->shift, l->out + task * l->channels);
}

void nn_mean(const struct nn_context *context, const struct nn_mean *layer) {
    struct mean_task task = {layer, context->kernels};
    nn_parallel_for(context, layer->pictures, mean_picture, &task);
}
