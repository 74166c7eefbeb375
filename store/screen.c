// SPDX-License-Identifier: MIT
// A screen beside the embeddings, where the kind of store keeps one.

#include "ops.h"

static enum hm_status keeps_none(const struct hm_store *store, struct hm_error *err) {
    return hm_fail(err, HM_EUNSUPPORTED, "store %s is %s, which keeps no screen", store->name,
                   store->kind->name);
}

enum hm_status hm_store_get_screen(struct hm_store *store, struct hm_store_screen *out,
                                   struct hm_error *err) {
    const struct store_screen_ops *ops = store->ops->screen;
    *out = (struct hm_store_screen){0};
    return ops ? ops->get(store, out, err) : HM_OK;
}

enum hm_status hm_store_count_embeddings(struct hm_store *store, size_t *count,
                                         struct hm_error *err) {
    const struct store_screen_ops *ops = store->ops->screen;
    return ops ? ops->count(store, count, err) : keeps_none(store, err);
}

enum hm_status hm_store_sample_embeddings(struct hm_store *store, size_t count, float *vectors,
                                          size_t *n, struct hm_error *err) {
    const struct store_screen_ops *ops = store->ops->screen;
    return ops ? ops->sample(store, count, vectors, n, err) : keeps_none(store, err);
}

enum hm_status hm_store_put_screen(struct hm_store *store, const void *saved, size_t bytes,
                                   size_t kept_bytes, hm_store_keep_fn *fn, void *context,
                                   struct hm_error *err) {
    const struct store_screen_ops *ops = store->ops->screen;
    return ops ? ops->put(store, saved, bytes, kept_bytes, fn, context, err)
               : keeps_none(store, err);
}

enum hm_status hm_store_at_one_moment(struct hm_store *store, hm_store_moment_fn *fn, void *context,
                                      struct hm_error *err) {
    const struct store_screen_ops *ops = store->ops->screen;
    return ops ? ops->at_one_moment(store, fn, context, err) : keeps_none(store, err);
}

enum hm_status hm_store_read_screen(struct hm_store *store, void *to, size_t bytes,
                                    struct hm_error *err) {
    const struct store_screen_ops *ops = store->ops->screen;
    return ops ? ops->read(store, to, bytes, err) : keeps_none(store, err);
}

enum hm_status hm_store_each_kept(struct hm_store *store, size_t kept_bytes, hm_store_kept_fn *fn,
                                  void *context, struct hm_error *err) {
    const struct store_screen_ops *ops = store->ops->screen;
    return ops ? ops->each_kept(store, kept_bytes, fn, context, err) : keeps_none(store, err);
}

enum hm_status hm_store_numbered_embedding(struct hm_store *store, int64_t number,
                                           hm_store_embedding_fn *fn, void *context,
                                           struct hm_error *err) {
    const struct store_screen_ops *ops = store->ops->screen;
    return ops ? ops->numbered(store, number, fn, context, err) : keeps_none(store, err);
}

enum hm_status hm_store_each_newer_embedding(struct hm_store *store, hm_store_embedding_fn *fn,
                                             void *context, struct hm_error *err) {
    const struct store_screen_ops *ops = store->ops->screen;
    return ops ? ops->each_newer(store, fn, context, err) : keeps_none(store, err);
}
