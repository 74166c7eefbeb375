// SPDX-License-Identifier: MIT
// The URI chooses the kind of store; everything else is a call through its table.

#include "hmrec/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops.h"

typedef enum hm_status open_fn(struct hm_store **out, const struct hm_store_config *config,
                               struct hm_error *err);

typedef enum hm_status setup_fn(const struct hm_store_config *config, unsigned parts,
                                struct hm_store_setup_result *out, struct hm_error *err);

static enum hm_status setup_sqlite(const struct hm_store_config *config, unsigned parts,
                                   struct hm_store_setup_result *out, struct hm_error *err) {
    struct hm_store_config asked = *config;
    struct hm_store *store;
    (void)parts;
    asked.create = false;
    enum hm_status status = store_sqlite_open(&store, &asked, err);
    if (status == HM_ENOTFOUND) {
        out->made = asked.create = true;
        status = store_sqlite_open(&store, &asked, err);
    }
    if (status != HM_OK) return status;
    snprintf(out->name, sizeof out->name, "%s", hm_store_name(store));
    hm_store_close(&store);
    return HM_OK;
}

// A URI that begins with no scheme of this table, and has none at all, is the path of an SQLite
// file.
static const struct kind {
    const char *prefix;
    open_fn *open;
    setup_fn *setup;
} kinds[] = {
    {"", store_sqlite_open, setup_sqlite},
    {"sqlite:", store_sqlite_open, setup_sqlite},
    {"bolt://", store_neo4j_open, store_neo4j_setup},
    {"bolt+s://", store_neo4j_open, store_neo4j_setup},
    {"bolt+ssc://", store_neo4j_open, store_neo4j_setup},
    {"neo4j://", store_neo4j_open, store_neo4j_setup},
    {"neo4j+s://", store_neo4j_open, store_neo4j_setup},
    {"neo4j+ssc://", store_neo4j_open, store_neo4j_setup},
};

static enum hm_status find_kind(const char *uri, const struct kind **kind, struct hm_error *err) {
    for (size_t i = sizeof kinds / sizeof *kinds; i-- > 0;) {
        *kind = &kinds[i];
        size_t length = strlen(kinds[i].prefix);
        if (length > 0 && strncmp(uri, kinds[i].prefix, length) == 0) return HM_OK;
    }
    if (!strstr(uri, "://")) return HM_OK; // and *kind is the first row
    return hm_fail(err, HM_EARG,
                   "store \"%s\": unknown scheme; expected a file name, sqlite:, bolt://, "
                   "bolt+s://, bolt+ssc://, neo4j://, neo4j+s:// or neo4j+ssc://",
                   uri);
}

static struct hm_store_config with_default(const struct hm_store_config *config) {
    struct hm_store_config full = *config;
    if (!full.uri || !*full.uri) full.uri = "hmrec.db";
    return full;
}

enum hm_status hm_store_open(struct hm_store **out, const struct hm_store_config *config,
                             struct hm_error *err) {
    struct hm_store_config full = with_default(config);
    const struct kind *kind;
    *out = NULL;
    HM_TRY(find_kind(full.uri, &kind, err));
    return kind->open(out, &full, err);
}

enum hm_status hm_store_setup(const struct hm_store_config *config, unsigned parts,
                              struct hm_store_setup_result *out, struct hm_error *err) {
    struct hm_store_config full = with_default(config);
    const struct kind *kind;
    *out = (struct hm_store_setup_result){0};
    HM_TRY(find_kind(full.uri, &kind, err));
    return kind->setup(&full, parts, out, err);
}

void hm_store_close(struct hm_store **store) {
    if (*store) (*store)->ops->close(*store);
    *store = NULL;
}

enum hm_store_kind hm_store_kind_of(const struct hm_store *store) {
    return store->ops->kind;
}

const char *hm_store_name(const struct hm_store *store) {
    return store->name;
}

enum hm_status hm_store_use_model(struct hm_store *store, const char *model, bool replace,
                                  struct hm_error *err) {
    if (strlen(model) > HM_STORE_MODEL_MAX)
        return hm_fail(err, HM_EARG, "model name \"%s\" is longer than %d bytes", model,
                       HM_STORE_MODEL_MAX);
    return store->ops->use_model(store, model, replace, err);
}

enum hm_status hm_store_model(struct hm_store *store, char model[HM_STORE_MODEL_MAX + 1],
                              struct hm_error *err) {
    return store->ops->model(store, model, err);
}

enum hm_status hm_store_each_source(struct hm_store *store, hm_store_source_fn *fn, void *context,
                                    struct hm_error *err) {
    return store->ops->each_source(store, fn, context, err);
}

enum hm_status hm_store_put_embeddings(struct hm_store *store,
                                       const struct hm_store_embedding *rows, size_t n,
                                       struct hm_error *err) {
    return store->ops->put_embeddings(store, rows, n, err);
}

enum hm_status hm_store_fill_missing(struct hm_store *store, size_t *count, struct hm_error *err) {
    return store->ops->fill_missing(store, count, err);
}

enum hm_status hm_store_each_embedding(struct hm_store *store, hm_store_embedding_fn *fn,
                                       void *context, struct hm_error *err) {
    return store->ops->each_embedding(store, fn, context, err);
}

enum hm_status hm_store_get_embedding(struct hm_store *store, const char *code,
                                      float vector[HM_DIM], struct hm_error *err) {
    return store->ops->get_embedding(store, code, vector, err);
}

enum hm_status hm_store_get_knn_state(struct hm_store *store, struct hm_store_knn_state *state,
                                      struct hm_error *err) {
    return store->ops->knn_state(store, state, err);
}

enum hm_status hm_store_put_neighbours(struct hm_store *store,
                                       const struct hm_store_neighbours *rows, size_t n,
                                       const struct hm_store_knn_state *state,
                                       struct hm_error *err) {
    return store->ops->put_neighbours(store, rows, n, state, err);
}

enum hm_status hm_store_gds_knn(struct hm_store *store, size_t k, hm_store_progress_fn *progress,
                                void *context, struct hm_store_gds_result *result,
                                struct hm_error *err) {
    if (!store->ops->gds_knn)
        return hm_fail(err, HM_EUNSUPPORTED,
                       "store %s: Graph Data Science is a plugin of Neo4j servers", store->name);
    return store->ops->gds_knn(store, k, progress, context, result, err);
}

enum hm_status hm_store_each_neighbours(struct hm_store *store, hm_store_neighbours_fn *fn,
                                        void *context, struct hm_error *err) {
    return store->ops->each_neighbours(store, fn, context, err);
}

enum hm_status hm_store_get_neighbours(struct hm_store *store, const char *code,
                                       hm_store_neighbours_fn *fn, void *context,
                                       struct hm_error *err) {
    return store->ops->get_neighbours(store, code, fn, context, err);
}

enum hm_status hm_store_products(struct hm_store *store, const char *const *codes, size_t n,
                                 hm_store_product_fn *fn, void *context, struct hm_error *err) {
    return store->ops->products(store, codes, n, fn, context, err);
}

enum hm_status hm_store_get_mark(struct hm_store *store, struct hm_store_mark *mark,
                                 struct hm_error *err) {
    return store->ops->get_mark(store, mark, err);
}

enum hm_status hm_store_put_articles(struct hm_store *store, const struct hm_store_article *rows,
                                     size_t n, const struct hm_store_mark *mark,
                                     struct hm_error *err) {
    return store->ops->put_articles(store, rows, n, mark, err);
}

enum hm_status hm_store_put_customers(struct hm_store *store, const struct hm_store_customer *rows,
                                      size_t n, const struct hm_store_mark *mark,
                                      struct hm_error *err) {
    return store->ops->put_customers(store, rows, n, mark, err);
}

enum hm_status hm_store_put_purchases(struct hm_store *store, const struct hm_store_purchase *rows,
                                      size_t n, const struct hm_store_mark *mark,
                                      struct hm_error *err) {
    return store->ops->put_purchases(store, rows, n, mark, err);
}

enum hm_status hm_store_count(struct hm_store *store, struct hm_store_counts *counts,
                              struct hm_error *err) {
    return store->ops->counts(store, counts, err);
}
