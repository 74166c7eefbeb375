// SPDX-License-Identifier: MIT
// Convolutions with weights in bf16: a block of input rows is made ready in f32 (activated,
// gathered), rounded to bf16, and multiplied with f32 sums. Outputs, residuals and everything
// between layers stay f32.

#include "layers/layers.h"

#include <string.h>

#include "layers/blocks.h"

struct bf16_task {
    const struct nn_context *context;
    const struct nn_conv *conv;
    const struct nn_pointwise *pointwise; // one of both
    const struct nn_conv3x3 *conv3x3;
    struct nn_bf16_gemm gemm;
    struct blocks blocks;
};

// Input rows [row, row + rows) as the product sees them, f32 [rows][k]; in ready when they have to
// be computed.
static const float *input_rows(const struct bf16_task *t, size_t row, size_t rows, float *ready) {
    const size_t k = t->conv->k;
    if (t->conv3x3) {
        for (size_t r = 0; r < rows; r++)
            nn_gather(t->conv3x3, row + r, ready + r * k);
        return ready;
    }
    const struct nn_pointwise *l = t->pointwise;
    if (!l->pre) return l->in + row * k;
    t->context->kernels->activate(l->in + row * k, rows, k, l->pre->scale, l->pre->shift, ready, k);
    return ready;
}

static void bf16_block(const void *arg, size_t task, float *workspace) {
    const struct bf16_task *t = arg;
    const size_t k = t->conv->k;
    size_t row = block_start(t->blocks, task), rows = block_start(t->blocks, task + 1) - row;
    const float *in = input_rows(t, row, rows, workspace);
    uint16_t *rounded = (uint16_t *)(void *)(workspace + block_rows(k) * k);
    for (size_t i = 0; i < rows * k; i++)
        rounded[i] = nn_bf16_round(in[i]);
    struct nn_bf16_gemm g = t->gemm;
    g.a = rounded;
    g.c += row * g.c_stride;
    if (g.residual_row)
        g.residual_row += row;
    else if (g.residual)
        g.residual += row * g.residual_stride;
    t->context->bf16->gemm(&g, 0, rows, 0, t->conv->n / t->context->bf16->nr);
}

static void run(struct bf16_task *t, size_t rows, float *out) {
    const struct nn_conv *conv = t->conv;
    t->gemm.a_stride = t->gemm.k = conv->k;
    t->gemm.b = conv->b16;
    t->gemm.c = out;
    t->gemm.c_stride = t->gemm.residual_stride = conv->n;
    t->gemm.bias = conv->bias;
    t->blocks = divide(rows, block_rows(conv->k), t->context->threads);
    nn_parallel_for(t->context, t->blocks.count, bf16_block, t);
}

void nn_pointwise_bf16(const struct nn_context *context, const struct nn_pointwise *layer) {
    struct bf16_task task = {.context = context, .conv = layer->conv, .pointwise = layer};
    task.gemm.residual = layer->residual;
    task.gemm.residual_row = layer->residual_row;
    task.gemm.relu = layer->relu;
    run(&task, layer->rows, layer->out);
}

void nn_conv3x3_bf16(const struct nn_context *context, const struct nn_conv3x3 *layer) {
    size_t out_side = layer->side / layer->stride;
    struct bf16_task task = {.context = context, .conv = layer->conv, .conv3x3 = layer};
    task.gemm.relu = true;
    run(&task, layer->pictures * out_side * out_side, layer->out);
}
