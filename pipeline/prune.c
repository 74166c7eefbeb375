// SPDX-License-Identifier: MIT
// What a store still has of products that are gone: first listed, with the reason, then removed.

#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "hmrec/pipeline.h"
#include "mem.h"
#include "tell.h"

static enum hm_status list_product(struct hm_prune *prune, const char *code,
                                   enum hm_prune_reason reason, struct hm_error *err) {
    if (prune->n == prune->capacity)
        HM_TRY(hm_grow(&prune->rows, &prune->capacity, prune->n + 1, sizeof *prune->rows, err));
    const char *copy = hm_arena_keep(&prune->strings, code, strlen(code));
    if (!copy) return hm_fail(err, HM_ENOMEM, "no memory for a product code");
    prune->rows[prune->n++] = (struct hm_pruned){copy, reason};
    return HM_OK;
}

// ---- photos

struct photo_search {
    struct hm_prune *prune;
    const char **codes; // [n] of the photos that are there, sorted
    size_t n;
    size_t found; // embeddings that one of them is for
};

static int compare_codes(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum hm_status see_source(void *context, const struct hm_store_source *source,
                                 struct hm_error *err) {
    struct photo_search *search = context;
    if (!*source->image_digest) return HM_OK; // it never had one
    if (bsearch(&source->code, search->codes, search->n, sizeof *search->codes, compare_codes)) {
        search->found++;
        return HM_OK;
    }
    return list_product(search->prune, source->code, HM_PRUNE_PHOTO, err);
}

enum hm_status hm_prune_photos(struct hm_prune *prune, struct hm_store *store,
                               const struct hm_jobs *photos, struct hm_error *err) {
    if (photos->failed)
        return hm_fail(err, HM_EIO,
                       "%zu files or folders could not be read: which photos are gone cannot be "
                       "told, and nothing is removed",
                       photos->failed);
    if (!photos->n)
        return hm_fail(err, HM_ENOTFOUND,
                       "no photo found: that all are gone is hard to believe, and nothing is "
                       "removed");
    struct photo_search search = {prune, malloc(photos->n * sizeof *search.codes), photos->n, 0};
    size_t listed = prune->n;
    if (!search.codes) return hm_fail(err, HM_ENOMEM, "no memory for %zu codes", photos->n);
    for (size_t i = 0; i < photos->n; i++)
        search.codes[i] = photos->rows[i].code;
    qsort(search.codes, search.n, sizeof *search.codes, compare_codes);
    enum hm_status status = hm_store_each_source(store, see_source, &search, err);
    free(search.codes);
    if (status == HM_OK && prune->n > listed && !search.found)
        return hm_fail(err, HM_ECONFLICT,
                       "none of %zu photos has the code of an embedding in %s (\"%s\"): another "
                       "folder, or another --code than embed had? Nothing is removed",
                       photos->n, hm_store_name(store), prune->rows[listed].code);
    return status;
}

// ---- the catalogue

struct catalogue_search {
    struct hm_prune *prune;
    struct hm_names *names; // of the store that has the catalogue, all
};

static enum hm_status see_product(void *context, const struct hm_store_product *product,
                                  struct hm_error *err) {
    const struct catalogue_search *search = context;
    if (hm_names_find(search->names, product->code)->listed) return HM_OK;
    return list_product(search->prune, product->code, HM_PRUNE_CATALOGUE, err);
}

enum hm_status hm_prune_catalogue(struct hm_prune *prune, struct hm_store *store,
                                  struct hm_store *graph, struct hm_error *err) {
    struct hm_store_mark mark;
    struct hm_names names = {.store = graph};
    struct catalogue_search search = {prune, &names};
    HM_TRY(catalogue_mark(graph, &mark, err));
    if (!mark.load)
        return hm_fail(err, HM_ENOTFOUND,
                       "store %s: no catalogue has been loaded by which to tell what it lacks "
                       "(hmrec load --articles)",
                       hm_store_name(graph));
    if (!mark.done)
        return hm_fail(err, HM_ECONFLICT,
                       "store %s: the catalogue has been loaded in part only; the same hmrec load "
                       "goes on with it",
                       hm_store_name(graph));
    enum hm_status status = hm_names_need(&names, NULL, 0, err);
    if (status == HM_OK) status = hm_store_products(store, NULL, 0, see_product, &search, err);
    hm_names_free(&names);
    return status;
}

// ---- removal

static enum hm_status remove_listed(const struct hm_prune *prune, enum hm_prune_reason reason,
                                    struct hm_store *store, const char **codes,
                                    struct hm_store_removed *removed, struct hm_error *err) {
    static const enum hm_store_removal degrees[] = {[HM_PRUNE_PHOTO] = HM_STORE_REMOVE_EMBEDDING,
                                                    [HM_PRUNE_CATALOGUE] =
                                                        HM_STORE_REMOVE_CATALOGUE};
    struct hm_store_removed some;
    size_t n = 0;
    for (size_t i = 0; i < prune->n; i++)
        if (prune->rows[i].reason == reason) codes[n++] = prune->rows[i].code;
    if (!n) return HM_OK;
    HM_TRY(hm_store_remove(store, codes, n, degrees[reason], &some, err));
    removed->products += some.products;
    removed->embeddings += some.embeddings;
    removed->neighbours += some.neighbours;
    removed->purchases += some.purchases;
    return HM_OK;
}

enum hm_status hm_prune_remove(const struct hm_prune *prune, struct hm_store *store,
                               struct hm_store_removed *removed, struct hm_error *err) {
    *removed = (struct hm_store_removed){0};
    const char **codes = malloc((prune->n + 1) * sizeof *codes);
    if (!codes) return hm_fail(err, HM_ENOMEM, "no memory for %zu codes", prune->n);
    enum hm_status status = remove_listed(prune, HM_PRUNE_PHOTO, store, codes, removed, err);
    if (status == HM_OK)
        status = remove_listed(prune, HM_PRUNE_CATALOGUE, store, codes, removed, err);
    free(codes);
    return status;
}

const char *hm_prune_reason_text(enum hm_prune_reason reason) {
    static const char *const texts[] = {
        [HM_PRUNE_PHOTO] = "its photo is gone", [HM_PRUNE_CATALOGUE] = "not in the catalogue"};
    return texts[reason];
}

void hm_prune_free(struct hm_prune *prune) {
    free(prune->rows);
    hm_arena_drop(&prune->strings);
    *prune = (struct hm_prune){0};
}
