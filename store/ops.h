// SPDX-License-Identifier: MIT
/** Inside store/: a kind of store is a table of the functions of store.h. */
#ifndef HM_STORE_OPS_H
#define HM_STORE_OPS_H

#include "hmrec/store.h"

struct store_ops {
    enum store_kind kind;
    void (*close)(struct store *);
    enum hm_status (*use_model)(struct store *, const char *model, bool replace, struct hm_error *);
    enum hm_status (*model)(struct store *, char model[STORE_MODEL_MAX + 1], struct hm_error *);
    enum hm_status (*each_source)(struct store *, store_source_fn *, void *, struct hm_error *);
    enum hm_status (*put_embeddings)(struct store *, const struct store_embedding *, size_t,
                                     struct hm_error *);
    enum hm_status (*fill_missing)(struct store *, size_t *, struct hm_error *);
    enum hm_status (*each_embedding)(struct store *, store_embedding_fn *, void *,
                                     struct hm_error *);
    enum hm_status (*get_embedding)(struct store *, const char *, float[STORE_DIM],
                                    struct hm_error *);
    enum hm_status (*knn_state)(struct store *, struct store_knn_state *, struct hm_error *);
    enum hm_status (*put_neighbours)(struct store *, const struct store_neighbours *, size_t,
                                     const struct store_knn_state *, struct hm_error *);
    enum hm_status (*gds_knn)(struct store *, size_t, store_progress_fn *, void *,
                              struct store_gds_result *, struct hm_error *); // NULL: cannot
    enum hm_status (*each_neighbours)(struct store *, store_neighbours_fn *, void *,
                                      struct hm_error *);
    enum hm_status (*get_neighbours)(struct store *, const char *, store_neighbours_fn *, void *,
                                     struct hm_error *);
    enum hm_status (*products)(struct store *, const char *const *, size_t, store_product_fn *,
                               void *, struct hm_error *);
    enum hm_status (*get_mark)(struct store *, struct store_mark *, struct hm_error *);
    enum hm_status (*put_articles)(struct store *, const struct store_article *, size_t,
                                   const struct store_mark *, struct hm_error *);
    enum hm_status (*put_customers)(struct store *, const struct store_customer *, size_t,
                                    const struct store_mark *, struct hm_error *);
    enum hm_status (*put_purchases)(struct store *, const struct store_purchase *, size_t,
                                    const struct store_mark *, struct hm_error *);
    enum hm_status (*counts)(struct store *, struct store_counts *, struct hm_error *);
};

/** The first member of every kind's own struct. */
struct store {
    const struct store_ops *ops;
    char name[256];
};

enum hm_status store_sqlite_open(struct store **out, const struct store_config *config,
                                 struct hm_error *err);
enum hm_status store_neo4j_setup(const struct store_config *config, unsigned parts,
                                 struct store_setup *out, struct hm_error *err);
enum hm_status store_neo4j_open(struct store **out, const struct store_config *config,
                                struct hm_error *err);

#endif
