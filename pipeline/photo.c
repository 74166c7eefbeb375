// SPDX-License-Identifier: MIT
// Photos that are not in the store: decoded and embedded exactly as hmrec embed would, so that their vectors can be compared.

#include <stdlib.h>
#include <string.h>

#include "hmrec/image.h"
#include "hmrec/pipeline.h"

static enum hm_status check_model(struct hm_store *store, struct hm_weights *weights, bool *bf16,
                                  struct hm_error *err) {
    const char *digest;
    char model[HM_STORE_MODEL_MAX + 1];
    HM_TRY(hm_store_model(store, model, err));
    HM_TRY(hm_weights_digest(weights, &digest, err));
    size_t length = strlen(digest);
    if (!*model)
        return hm_fail(err, HM_ENOTFOUND, "store %s: no embeddings yet (hmrec embed makes them)",
                       hm_store_name(store));
    *bf16 = strcmp(model + strcspn(model, ":"), ":bf16") == 0;
    if (strncmp(model, digest, length) == 0 && (!model[length] || *bf16)) return HM_OK;
    return hm_fail(err, HM_ECONFLICT,
                   "store %s: its embeddings are from weights %.12s, a photo's would be from "
                   "%.12s; give --weights FILE",
                   hm_store_name(store), model, digest);
}

static void embed_one(struct hm_model *model, const char *path, struct hm_image_file *file,
                      uint8_t *pixels, float *vector, bool *failed) {
    struct hm_error err;
    enum hm_status status = hm_image_file_read(file, path, &err);
    if (status == HM_OK) {
        status = hm_image_decode(file->bytes, file->length, pixels, &err);
        if (status != HM_OK) hm_error_prefix(&err, "%s", path);
    }
    *failed = status != HM_OK;
    if (*failed)
        app_complain(&err);
    else
        hm_model_embed(model, pixels, 1, vector);
}

enum hm_status photo_embed(const char *const *paths, size_t n, struct hm_store *store,
                           const char *weights_path, const char *isa, unsigned threads,
                           float *vectors, bool *failed, struct hm_error *err) {
    struct hm_weights *weights = NULL;
    struct hm_model *model = NULL;
    struct hm_image_file file = {0};
    struct hm_model_options options = {.isa = isa, .threads = threads, .batch = 1};
    bool bf16 = false;
    uint8_t *pixels = hm_alloc_aligned(HM_PIXEL_BYTES, 1);
    enum hm_status status =
        pixels ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for the pixels of a photo");
    if (status == HM_OK) status = app_open_weights(&weights, weights_path, err);
    if (status == HM_OK) status = check_model(store, weights, &bf16, err);
    if (bf16) options.precision = HM_BF16;
    if (status == HM_OK) status = hm_model_new(&model, weights, &options, err);
    for (size_t i = 0; i < n && status == HM_OK; i++)
        embed_one(model, paths[i], &file, pixels, vectors + i * HM_DIM, &failed[i]);
    hm_model_free(model);
    hm_weights_close(weights);
    hm_image_file_free(&file);
    free(pixels);
    return status;
}
