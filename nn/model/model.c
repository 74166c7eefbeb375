// SPDX-License-Identifier: MIT
// A model: the packed network, and the buffers and threads to run it. Many pictures are divided
// among the threads, which then need not wait for one another; few pictures are computed one after
// another by all threads together (thread_pool.h).

#include "model/resnet_v2.h"

#include <assert.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "hmrec/weights.h"
#include "isa/isa.h"
#include "model/carve.h"
#include "num.h"

enum { DEFAULT_BATCH = 8, MAX_BATCH = 1024, MAX_THREADS = 1024 };

// With this many pictures for each, threads are faster alone than together: no waiting at the end
// of every layer, and still enough pictures to share each read of conv5's weights.
enum { PICTURES_ALONE = 4 };

// ---- buffers

// What the buffers that all stages share must hold, in floats.
struct needs {
    size_t sum, reduced, shared, workspace, tiles[HM_STAGES];
};

static void need_block(struct needs *needs, const struct nn_pass *pass, const struct hm_block *s) {
    const struct nn_stage_plan *plan = &pass->network->plan->stages[s->stage];
    size_t group = hm_min(plan->pictures, pass->pictures), pixels = group * s->side * s->side;
    size_t m = nn_method_m(nn_block_method(pass->network->plan, s));
    needs->sum = hm_max(needs->sum, pixels * s->out);
    needs->reduced = hm_max(needs->reduced, pixels * s->width);
    needs->workspace = hm_max(needs->workspace,
                              nn_rows_workspace(pass->network->product, hm_max(s->in, s->width)));
    if (plan->pointwise == NN_SPLIT_CHANNELS) needs->shared = hm_max(needs->shared, pixels * s->in);
    if (m == 0) {
        needs->workspace =
            hm_max(needs->workspace, nn_rows_workspace(pass->network->product, 9 * s->width));
        return;
    }
    size_t tiles = needs->tiles[s->stage] = group * nn_tiles_per_picture(m, s->side);
    needs->workspace =
        hm_max(needs->workspace, nn_winograd_workspace(m, plan->tiles, s->width, tiles));
    if (plan->tiles == 0)
        needs->shared = hm_max(needs->shared, nn_winograd_shared(m, s->width, tiles));
}

static struct needs pass_needs(const struct nn_pass *pass) {
    struct needs needs = {.workspace = nn_stem_workspace()};
    for (size_t i = 0; i < pass->network->count; i++)
        need_block(&needs, pass, &pass->network->shapes[i]);
    needs.workspace = (needs.workspace + 15) / 16 * 16 + 16; // whole cache lines, see nn_carve
    return needs;
}

static void carve_pass(struct nn_pass *pass, struct nn_carver *c) {
    const struct nn_plan *plan = pass->network->plan;
    const struct needs needs = pass_needs(pass);
    size_t stem = hm_min(plan->stages[0].pictures, pass->pictures);
    pass->padded = nn_carve_floats(c, stem * NN_PADDED_SIDE * NN_PADDED_SIDE * 3);
    const struct hm_block *shapes = pass->network->shapes;
    pass->stage_in[0] = nn_carve_floats(c, stem * shapes[0].side * shapes[0].side * shapes[0].in);
    pass->sum = nn_carve_floats(c, needs.sum);
    pass->reduced = nn_carve_floats(c, needs.reduced);
    pass->filtered = nn_carve_floats(c, needs.reduced);
    pass->context.shared = nn_carve_floats(c, needs.shared);
    for (size_t i = 0; i < pass->network->count; i++) {
        const struct hm_block *s = &shapes[i];
        size_t pixels = s->out_side * s->out_side, m = nn_method_m(nn_block_method(plan, s));
        if (m) {
            pass->tiling[s->stage].m = m;
            pass->tiling[s->stage].side = s->side;
        }
        if (s->shortcut == HM_SUBSAMPLED)
            pass->subsampled[s->stage] =
                nn_carve(c, hm_min(plan->stages[s->stage].pictures, pass->pictures) * pixels,
                         sizeof(uint32_t));
        if (i + 1 == pass->network->count || s[1].stage != s->stage)
            pass->stage_in[s->stage + 1] = nn_carve_floats(c, pass->pictures * pixels * s->out);
    }
    for (size_t s = 0; s < HM_STAGES; s++)
        pass->tiling[s].tiles =
            needs.tiles[s] ? nn_carve(c, needs.tiles[s], sizeof(struct nn_wino_tile)) : NULL;
}

// All passes, and behind them the workspaces of all threads in one array, which they use together.
static void carve_model(struct hm_model *m, struct nn_carver *c) {
    size_t workspace =
        pass_needs(&m->pass[0]).workspace; // the largest: pass 0 has the most pictures
    for (size_t i = 0; i < m->passes; i++)
        carve_pass(&m->pass[i], c);
    float *base = nn_carve_floats(c, m->threads * workspace);
    for (size_t i = 0; i < m->passes; i++) {
        m->pass[i].context.workspace_floats = workspace;
        m->pass[i].context.workspace = base ? base + i * workspace : NULL;
    }
}

// The parts of the buffers that nn_forward reads without writing them.
static void fill_pass(const struct nn_pass *pass) {
    const struct nn_stage_plan *plans = pass->network->plan->stages;
    size_t stem = hm_min(plans[0].pictures, pass->pictures);
    memset(pass->padded, 0, stem * NN_PADDED_SIDE * NN_PADDED_SIDE * 3 * sizeof(float));
    for (size_t i = 0; i < pass->network->count; i++) {
        const struct hm_block *s = &pass->network->shapes[i];
        if (s->shortcut != HM_SUBSAMPLED) continue;
        uint32_t *row = pass->subsampled[s->stage];
        for (size_t p = 0; p < hm_min(plans[s->stage].pictures, pass->pictures); p++)
            for (size_t y = 0; y < s->out_side; y++)
                for (size_t x = 0; x < s->out_side; x++)
                    *row++ = (uint32_t)((p * s->side + 2 * y) * s->side + 2 * x);
    }
}

static enum hm_status make_passes(struct hm_model *m, struct hm_error *err) {
    size_t share = (m->batch + m->threads - 1) / m->threads;
    m->passes = m->batch >= m->threads * PICTURES_ALONE ? m->threads : 1;
    m->pass = calloc(m->passes, sizeof *m->pass);
    if (!m->pass) return hm_fail(err, HM_ENOMEM, "no memory for %u threads", m->threads);
    for (size_t i = 0; i < m->passes; i++)
        m->pass[i] = (struct nn_pass){
            .network = m->network,
            .context = {.kernels = m->network->kernels, .threads = 1, .pool = &m->pool},
            .pictures = nn_plan_pictures(m->network->plan, i == 0 ? m->batch : share)};
    struct nn_carver c = {0};
    carve_model(m, &c);
    m->bytes = c.used;
    m->memory = nn_block(&m->bytes);
    if (!m->memory)
        return hm_fail(err, HM_ENOMEM, "no memory for %zu bytes of activations", m->bytes);
    c = (struct nn_carver){.base = m->memory};
    carve_model(m, &c);
    for (size_t i = 0; i < m->passes; i++)
        fill_pass(&m->pass[i]);
    return HM_OK;
}

// ---- models

static enum hm_status check_options(const struct hm_model_options *options, struct hm_error *err) {
    if (options->threads > MAX_THREADS)
        return hm_fail(err, HM_EARG, "%u threads: expected at most %d", options->threads,
                       MAX_THREADS);
    if (options->batch > MAX_BATCH)
        return hm_fail(err, HM_EARG, "a batch of %u pictures: expected at most %d", options->batch,
                       MAX_BATCH);
    return HM_OK;
}

// A model without network and passes.
static enum hm_status model_new(struct hm_model **out, const char *isa, unsigned threads,
                                size_t batch, struct hm_error *err) {
    struct hm_model *m = calloc(1, sizeof *m);
    if (!m) return hm_fail(err, HM_ENOMEM, "no memory for a model");
    if (nn_thread_pool_init(&m->pool) != 0) {
        free(m);
        return hm_fail(err, HM_ENOMEM, "no memory for a lock");
    }
    m->isa = isa;
    m->threads = threads;
    m->batch = batch;
    *out = m;
    return HM_OK;
}

static enum hm_status give_passes(struct hm_model **out, struct hm_model *m, struct hm_error *err) {
    enum hm_status status = make_passes(m, err);
    if (status != HM_OK) {
        hm_model_free(m);
        return status;
    }
    *out = m;
    return HM_OK;
}

enum hm_status nn_model_make(struct hm_model **out, const struct hm_weights *weights,
                             const char *isa, const struct nn_network *how, unsigned threads,
                             size_t batch, struct hm_error *err) {
    *out = NULL;
    struct hm_model *m = NULL;
    HM_TRY(model_new(&m, isa, threads, batch, err));
    enum hm_status status = nn_network_new(&m->network, weights, how, threads, err);
    if (status == HM_OK) status = hm_weights_check_unchanged(weights, err);
    if (status != HM_OK) {
        hm_model_free(m);
        return status;
    }
    return give_passes(out, m, err);
}

enum hm_status hm_model_new(struct hm_model **out, const struct hm_weights *weights,
                            const struct hm_model_options *options, struct hm_error *err) {
    *out = NULL;
    const char *isa;
    HM_TRY(check_options(options, err));
    HM_TRY(hm_isa_choose(options->isa, &isa, err));
    size_t count, batch = options->batch ? options->batch : DEFAULT_BATCH;
    const struct hm_precision *precision =
        options->precision ? options->precision : hm_precisions(&count);
    struct nn_network how = {.kernels = nn_isa_kernels(isa),
                             .plan = nn_choose_plan(batch, precision)};
    HM_TRY(nn_isa_product(&how.product, isa, precision, err));
    return nn_model_make(out, weights, isa, &how, nn_threads(options->threads), batch, err);
}

enum hm_status hm_model_share(struct hm_model **out, struct hm_model *model, struct hm_error *err) {
    *out = NULL;
    struct hm_model *m = NULL;
    HM_TRY(model_new(&m, model->isa, 1, model->batch, err));
    m->network = model->network;
    m->network->sharers++;
    return give_passes(out, m, err);
}

void hm_model_free(struct hm_model *model) {
    if (!model) return;
    nn_network_free(model->network);
    nn_thread_pool_destroy(&model->pool);
    free(model->pass);
    free(model->memory);
    free(model);
}

// ---- embedding

struct embedding {
    const struct hm_model *model;
    const uint8_t *pixels;
    size_t n;
    float *out;
};

// All threads on the same pictures, as many at a time as the plan has it.
static void embed_together(void *arg) {
    const struct embedding *e = arg;
    struct nn_pass pass = e->model->pass[0];
    pass.context.threads = e->model->threads;
    for (size_t p = 0; p < e->n; p += pass.pictures)
        nn_forward(&pass, e->pixels + p * HM_PIXEL_BYTES, hm_min(pass.pictures, e->n - p),
                   e->out + p * HM_DIM);
}

// Each thread takes a group of pictures when it is done with the one before.
static void embed_apart(const struct embedding *e) {
    const struct hm_model *m = e->model;
    size_t share = (e->n + m->threads - 1) / m->threads;
    size_t group = hm_min(share, m->pass[m->passes - 1].pictures);
#pragma omp parallel for num_threads((int)m->threads) schedule(dynamic, 1)
    for (size_t p = 0; p < e->n; p += group) {
        struct nn_pass pass = m->pass[omp_get_thread_num()];
        nn_forward(&pass, e->pixels + p * HM_PIXEL_BYTES, hm_min(group, e->n - p),
                   e->out + p * HM_DIM);
    }
}

void hm_model_embed(struct hm_model *model, const uint8_t *pixels, size_t n, float *embeddings) {
    assert(n >= 1 && n <= model->batch);
    struct embedding e = {model, pixels, n, embeddings};
    if (model->passes > 1 && n >= model->threads * PICTURES_ALONE) {
        embed_apart(&e);
    } else {
        struct nn_context context = model->pass[0].context;
        context.threads = model->threads;
        nn_parallel(&context, embed_together, &e);
    }
}

const char *hm_model_isa(const struct hm_model *model) {
    return model->isa;
}

size_t hm_model_batch(const struct hm_model *m) {
    return m->batch;
}

unsigned hm_model_threads(const struct hm_model *model) {
    return model->threads;
}

size_t hm_model_bytes(const struct hm_model *model) {
    return model->bytes + model->network->bytes;
}
