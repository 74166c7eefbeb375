// SPDX-License-Identifier: MIT
// Photos that are not in the store: decoded and embedded exactly as hmrec embed would, so that
// their vectors can be compared.

#include <string.h>

#include "hmrec/embedder.h"
#include "hmrec/pipeline.h"
#include "tell.h"

// The precision of the store's embeddings, which must be from these weights.
static enum hm_status check_model(struct hm_store *store, struct hm_weights *weights,
                                  const struct hm_precision **precision, struct hm_error *err) {
    const char *digest;
    char model[HM_STORE_MODEL_MAX + 1];
    HM_TRY(hm_store_model(store, model, err));
    HM_TRY(hm_weights_digest(weights, &digest, err));
    if (!*model)
        return hm_fail(err, HM_ENOTFOUND, "store %s: no embeddings yet (hmrec embed makes them)",
                       hm_store_name(store));
    if (!hm_store_model_is_digest(model))
        return hm_fail(err, HM_ECONFLICT,
                       "store %s: its embeddings were imported as \"%s\"; photos can be compared "
                       "with hmrec's own alone",
                       hm_store_name(store), model);
    if (hm_model_name_precision(precision, model, err) != HM_OK)
        return hm_error_prefix(err, "store %s", hm_store_name(store));
    char wanted[HM_STORE_MODEL_MAX + 1];
    HM_TRY(hm_model_name(digest, *precision, wanted, sizeof wanted, err));
    if (strcmp(model, wanted) == 0) return HM_OK;
    char label[HM_STORE_MODEL_LABEL], photo[HM_STORE_MODEL_LABEL];
    hm_store_model_label(model, label);
    hm_store_model_label(wanted, photo);
    return hm_fail(err, HM_ECONFLICT,
                   "store %s: its embeddings are from weights %s, a photo's would be from %s; "
                   "give --weights FILE",
                   hm_store_name(store), label, photo);
}

enum hm_status hm_photo_embed(const char *const *paths, size_t n, struct hm_store *store,
                              struct hm_weights *weights, const char *isa, unsigned threads,
                              const struct hm_host *host, float *vectors, bool *failed,
                              struct hm_error *err) {
    struct hm_embedder *embedder = NULL;
    struct hm_model_options options = {.isa = isa, .threads = threads, .batch = 1};
    HM_TRY(check_model(store, weights, &options.precision, err));
    HM_TRY(hm_embedder_new(&embedder, weights, &options, err));
    enum hm_status status = HM_OK;
    for (size_t i = 0; i < n && status == HM_OK; i++) {
        struct hm_error own;
        failed[i] = hm_embed_file(embedder, paths[i], vectors + i * HM_DIM, &own) != HM_OK;
        if (failed[i]) tell_failed(host, &own);
        status = stop_if_cancelled(host, "stopped by a signal", err);
    }
    hm_embedder_free(embedder);
    return status;
}
