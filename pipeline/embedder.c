// SPDX-License-Identifier: MIT
// The only way from a photo to its vector: file -> bytes -> pixels -> network, with the buffers in
// between.

#include "hmrec/embedder.h"

#include <stdlib.h>
#include <string.h>

#include "hmrec/image.h"
#include "mem.h"

struct hm_embedder {
    struct hm_model *model; // NULL: without weights
    struct hm_image_file file;
    size_t batch, waiting;
    uint8_t *pixels; // u8 [batch][224][224][3], [waiting] in use
    float *vectors;  // f32 [batch][HM_DIM]
};

// Takes the model, also when it fails.
static enum hm_status embedder_make(struct hm_embedder **out, struct hm_model *model, size_t batch,
                                    struct hm_error *err) {
    struct hm_embedder *e = calloc(1, sizeof *e);
    *out = NULL;
    if (e) {
        e->model = model;
        e->batch = batch;
        e->pixels = hm_alloc_aligned(batch, HM_PIXEL_BYTES);
        e->vectors = hm_alloc_aligned(batch, HM_DIM * sizeof *e->vectors);
    } else
        hm_model_free(model);
    if (!e || !e->pixels || !e->vectors) {
        hm_embedder_free(e);
        return hm_fail(err, HM_ENOMEM, "no memory for a batch of %zu pictures", batch);
    }
    *out = e;
    return HM_OK;
}

enum hm_status hm_embedder_new(struct hm_embedder **out, const struct hm_weights *weights,
                               const struct hm_model_options *options, struct hm_error *err) {
    static const struct hm_model_options one = {.batch = 1};
    struct hm_model *model = NULL;
    *out = NULL;
    if (!options) options = &one;
    if (weights) HM_TRY(hm_model_new(&model, weights, options, err));
    return embedder_make(out, model, model ? hm_model_batch(model) : 1, err);
}

enum hm_status hm_embedder_share(struct hm_embedder **out, struct hm_embedder *embedder,
                                 struct hm_error *err) {
    struct hm_model *model = NULL;
    *out = NULL;
    if (embedder->model) HM_TRY(hm_model_share(&model, embedder->model, err));
    return embedder_make(out, model, embedder->batch, err);
}

void hm_embedder_free(struct hm_embedder *e) {
    if (!e) return;
    hm_model_free(e->model);
    hm_image_file_free(&e->file);
    free(e->pixels);
    free(e->vectors);
    free(e);
}

enum hm_status hm_embedder_read(struct hm_embedder *e, const char *path, const void **bytes,
                                size_t *length, struct hm_error *err) {
    *bytes = NULL;
    *length = 0;
    HM_TRY(hm_image_file_read(&e->file, path, err));
    *bytes = e->file.bytes;
    *length = e->file.length;
    return HM_OK;
}

enum hm_status hm_embedder_add(struct hm_embedder *e, const void *bytes, size_t length,
                               struct hm_error *err) {
    if (e->waiting == e->batch)
        return hm_fail(err, HM_EARG, "found %zu pictures waiting to be embedded, expected fewer",
                       e->batch);
    HM_TRY(hm_image_decode(bytes, length, e->pixels + e->waiting * HM_PIXEL_BYTES, err));
    e->waiting++;
    return HM_OK;
}

size_t hm_embedder_batch(const struct hm_embedder *e) {
    return e->batch;
}

size_t hm_embedder_waiting(const struct hm_embedder *e) {
    return e->waiting;
}

const uint8_t *hm_embedder_pixels(const struct hm_embedder *e) {
    return e->pixels;
}

const float *hm_embedder_run(struct hm_embedder *e) {
    if (e->waiting) hm_model_embed(e->model, e->pixels, e->waiting, e->vectors);
    e->waiting = 0;
    return e->vectors;
}

void hm_embedder_drop(struct hm_embedder *e) {
    e->waiting = 0;
}

const struct hm_model *hm_embedder_model(const struct hm_embedder *e) {
    return e->model;
}

enum hm_status hm_embed_bytes(struct hm_embedder *e, const void *bytes, size_t length,
                              float *vector, struct hm_error *err) {
    if (!e->model) return hm_fail(err, HM_EARG, "found an embedder without weights");
    e->waiting = 0;
    HM_TRY(hm_embedder_add(e, bytes, length, err));
    memcpy(vector, hm_embedder_run(e), HM_DIM * sizeof *vector);
    return HM_OK;
}

enum hm_status hm_embed_file(struct hm_embedder *e, const char *path, float *vector,
                             struct hm_error *err) {
    const void *bytes;
    size_t length;
    HM_TRY(hm_embedder_read(e, path, &bytes, &length, err));
    enum hm_status status = hm_embed_bytes(e, bytes, length, vector, err);
    if (status != HM_OK) hm_error_prefix(err, "%s", path);
    return status;
}
