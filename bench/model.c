// SPDX-License-Identifier: MIT
// bench model: the whole network, from u8 pixels to embeddings, as `hmrec embed` runs it.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "hmrec/model.h"
#include "hmrec/weights.h"

struct run {
    struct hm_model *model;
    const struct hm_network *network;
    size_t batch;
    uint8_t *pixels;
    float *embeddings;
};

static void embed(void *arg) {
    const struct run *r = arg;
    hm_model_embed(r->model, r->pixels, r->batch, r->embeddings);
}

// Before timing: every number is finite, and a picture's embedding does not depend on its place in
// the batch.
static enum hm_status verify(const struct run *r, struct hm_error *err) {
    memcpy(r->pixels + (r->batch - 1) * HM_PIXEL_BYTES, r->pixels, HM_PIXEL_BYTES);
    hm_model_embed(r->model, r->pixels, r->batch, r->embeddings);
    for (size_t i = 0; i < r->batch * HM_DIM; i++)
        if (!isfinite(r->embeddings[i]))
            return hm_fail(err, HM_EFORMAT, "number %zu of an embedding is not finite", i);
    if (memcmp(r->embeddings, r->embeddings + (r->batch - 1) * HM_DIM, HM_DIM * sizeof(float)))
        return hm_fail(err, HM_EFORMAT, "the same picture twice gave two embeddings");
    return HM_OK;
}

static enum hm_status report(const struct bench_options *options, const struct run *r, double peak,
                             FILE *out, struct hm_error *err) {
    const char *isa = hm_model_isa(r->model);
    unsigned batch = (unsigned)r->batch;
    struct bench_time t =
        bench_time(embed, (void *)(uintptr_t)r, options->seconds > 0 ? options->seconds : 2);
    double min = t.min * 1e3 / batch, median = t.median * 1e3 / batch;
    double gflops = hm_network_flop(r->network) * 1e-9 / min * 1e3;
    size_t count;
    const char *precision = (options->precision ? options->precision : hm_precisions(&count))->name;
    if (!options->json) {
        bench_heading(out, isa, bench_threads(options), batch, peak);
        fprintf(out,
                "%s, %s: %.2f ms a picture (median %.2f, %zu runs), %.1f pictures/s, %.0f GFLOP/s "
                "counted "
                "as direct convolution, %.0f MB packed and buffered\n",
                r->network->name, precision, min, median, t.samples, 1e3 / min, gflops,
                (double)hm_model_bytes(r->model) / 1e6);
        return HM_OK;
    }
    cJSON *object = bench_report(options, isa, batch, peak);
    cJSON_AddStringToObject(object, "model", r->network->name);
    cJSON_AddStringToObject(object, "precision", precision);
    cJSON_AddNumberToObject(object, "ms_per_image_min", min);
    cJSON_AddNumberToObject(object, "ms_per_image_median", median);
    cJSON_AddNumberToObject(object, "gflop_per_image", hm_network_flop(r->network) * 1e-9);
    cJSON_AddNumberToObject(object, "gflops", gflops);
    cJSON_AddNumberToObject(object, "model_bytes", (double)hm_model_bytes(r->model));
    return bench_print(object, out, err);
}

static enum hm_status run_model(const struct bench_options *options, struct hm_model *model,
                                const struct hm_network *network, FILE *out, struct hm_error *err) {
    struct run r = {
        .model = model, .network = network, .batch = options->batch ? options->batch : 8};
    double peak = bench_peak_gflops(nn_isa_kernels(hm_model_isa(model)), bench_threads(options));
    r.pixels = malloc(r.batch * HM_PIXEL_BYTES);
    r.embeddings = malloc(r.batch * HM_DIM * sizeof(float));
    enum hm_status status = HM_OK;
    if (!r.pixels || !r.embeddings) status = hm_fail(err, HM_ENOMEM, "no memory for pictures");
    uint32_t state = 1;
    for (size_t i = 0; status == HM_OK && i < r.batch * HM_PIXEL_BYTES; i++) {
        state = state * 1664525 + 1013904223;
        r.pixels[i] = (uint8_t)(state >> 24);
    }
    if (status == HM_OK) status = verify(&r, err);
    if (status == HM_OK) status = report(options, &r, peak, out, err);
    free(r.pixels);
    free(r.embeddings);
    return status;
}

enum hm_status bench_model(const struct bench_options *options, FILE *out, struct hm_error *err) {
    struct hm_weights *random = NULL;
    if (options->pin) HM_TRY(bench_pin(bench_threads(options), err));
    if (!options->weights) HM_TRY(hm_weights_random(&random, NULL, 1, err));
    struct hm_model_options nn = {.isa = options->isa,
                                  .threads = bench_threads(options),
                                  .batch = options->batch,
                                  .precision = options->precision};
    struct hm_model *model;
    const struct hm_weights *weights = options->weights ? options->weights : random;
    const struct hm_network *network = hm_weights_network(weights);
    enum hm_status status = hm_model_new(&model, weights, &nn, err);
    hm_weights_close(random);
    if (status != HM_OK) return status;
    status = run_model(options, model, network, out, err);
    hm_model_free(model);
    return status;
}
