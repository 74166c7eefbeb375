// SPDX-License-Identifier: MIT
/** Inside store/: a kind of store is a table of the functions of store.h. */
#ifndef HM_STORE_OPS_H
#define HM_STORE_OPS_H

#include <stddef.h>

#include "graph.h"
#include "hmrec/store.h"

/** A screen beside the embeddings. */
struct store_screen_ops {
    enum hm_status (*get)(struct hm_store *, struct hm_store_screen *, struct hm_error *);
    enum hm_status (*count)(struct hm_store *, size_t *, struct hm_error *);
    enum hm_status (*sample)(struct hm_store *, size_t, float *, size_t *, struct hm_error *);
    enum hm_status (*put)(struct hm_store *, const void *, size_t, size_t, hm_store_keep_fn *,
                          void *, struct hm_error *);
    enum hm_status (*at_one_moment)(struct hm_store *, hm_store_moment_fn *, void *,
                                    struct hm_error *);
    enum hm_status (*read)(struct hm_store *, void *, size_t, struct hm_error *);
    enum hm_status (*each_kept)(struct hm_store *, size_t, hm_store_kept_fn *, void *,
                                struct hm_error *);
    enum hm_status (*numbered)(struct hm_store *, int64_t, hm_store_embedding_fn *, void *,
                               struct hm_error *);
    enum hm_status (*each_newer)(struct hm_store *, hm_store_embedding_fn *, void *,
                                 struct hm_error *);
};

struct store_ops {
    void (*close)(struct hm_store *);
    enum hm_status (*use_model)(struct hm_store *, const char *model, bool replace,
                                struct hm_error *);
    enum hm_status (*model)(struct hm_store *, char model[HM_STORE_MODEL_MAX + 1],
                            struct hm_error *);
    enum hm_status (*each_source)(struct hm_store *, hm_store_source_fn *, void *,
                                  struct hm_error *);
    enum hm_status (*put_embeddings)(struct hm_store *, const struct hm_store_embedding *, size_t,
                                     struct hm_error *);
    enum hm_status (*fill_missing)(struct hm_store *, size_t *, struct hm_error *);
    enum hm_status (*each_embedding)(struct hm_store *, hm_store_embedding_fn *, void *,
                                     struct hm_error *);
    enum hm_status (*get_embedding)(struct hm_store *, const char *, float[HM_DIM],
                                    struct hm_error *);
    const struct store_screen_ops *screen; // NULL: such a store keeps none
    enum hm_status (*knn_state)(struct hm_store *, struct hm_store_knn_state *, struct hm_error *);
    enum hm_status (*put_neighbours)(struct hm_store *, const struct hm_store_neighbours *, size_t,
                                     const struct hm_store_knn_state *, struct hm_error *);
    enum hm_status (*gds_knn)(struct hm_store *, size_t, hm_store_progress_fn *, void *,
                              struct hm_store_gds_result *, struct hm_error *); // NULL: cannot
    enum hm_status (*each_neighbours)(struct hm_store *, hm_store_neighbours_fn *, void *,
                                      struct hm_error *);
    enum hm_status (*get_neighbours)(struct hm_store *, const char *, hm_store_neighbours_fn *,
                                     void *, struct hm_error *);
    enum hm_status (*products)(struct hm_store *, const char *const *, size_t,
                               hm_store_product_fn *, void *, struct hm_error *);
    enum hm_status (*remove)(struct hm_store *, const char *const *, size_t, enum hm_store_removal,
                             struct hm_store_removed *, struct hm_error *);
    enum hm_status (*each_article)(struct hm_store *, hm_store_article_fn *, void *,
                                   struct hm_error *);
    enum hm_status (*get_mark)(struct hm_store *, struct hm_store_mark *, struct hm_error *);
    enum hm_status (*put_articles)(struct hm_store *, const struct hm_store_article *, size_t,
                                   const struct hm_store_mark *, struct hm_error *);
    enum hm_status (*put_customers)(struct hm_store *, const struct hm_store_customer *, size_t,
                                    const struct hm_store_mark *, struct hm_error *);
    enum hm_status (*put_purchases)(struct hm_store *, const struct hm_store_purchase *, size_t,
                                    const struct hm_store_mark *, struct hm_error *);
    // NULL: such a store has the graph itself
    enum hm_status (*read_graph)(struct hm_store *, const struct store_graph_reader *,
                                 struct hm_error *);
    enum hm_status (*keep_links)(struct hm_store *, struct hm_error *);
    enum hm_status (*counts)(struct hm_store *, struct hm_store_counts *, struct hm_error *);
};

/** The first member of every kind's own struct. */
struct hm_store {
    const struct store_ops *ops;
    const struct hm_store_kind *kind; // set by hm_store_open
    char name[256];
};

/** What there is to do before a store is open. config->uri is a file's path or a server's URI. */
struct store_kind {
    struct hm_store_kind about;
    enum hm_status (*open)(struct hm_store **, const struct hm_store_config *, struct hm_error *);
    enum hm_status (*setup)(const struct hm_store_config *, unsigned parts,
                            struct hm_store_setup_result *, struct hm_error *);
    // NULL: no query reaches two of them
    enum hm_status (*setup_composite)(const struct hm_store_config *, const char *products,
                                      const char *graph, struct hm_error *);
    enum hm_status (*similar_across)(const struct hm_store_config *, enum hm_store_across,
                                     const char *const *codes, size_t n, size_t k,
                                     hm_store_across_fn *, void *, struct hm_error *);
};

/** What a query for articles returns, in this order: a text, or a number and a name.
 *  (articles.c) */
enum { STORE_ARTICLE_FIELDS = 16 };
struct store_article_field {
    size_t offset; // in struct hm_store_article
    bool numbered; // struct hm_store_named, two columns
};
extern const struct store_article_field store_article_fields[STORE_ARTICLE_FIELDS];

/** The kind of HmrecLoad that rows put without a mark belong to. */
#define STORE_UNMARKED "transactions without mark"

/** HM_ECONFLICT: the embeddings are of the model `found`, not of `wanted`. (model.c) */
enum hm_status store_model_conflict(const struct hm_store *store, const char *found,
                                    const char *wanted, struct hm_error *err);
/** The names in a mark are not too long. (store.c) */
HM_WARN_UNUSED enum hm_status store_check_mark(const struct hm_store *store,
                                               const struct hm_store_mark *mark,
                                               struct hm_error *err);

enum hm_status store_sqlite_open(struct hm_store **out, const struct hm_store_config *config,
                                 struct hm_error *err);
enum hm_status store_neo4j_open(struct hm_store **out, const struct hm_store_config *config,
                                struct hm_error *err);
enum hm_status store_neo4j_setup(const struct hm_store_config *config, unsigned parts,
                                 struct hm_store_setup_result *out, struct hm_error *err);
enum hm_status store_neo4j_setup_composite(const struct hm_store_config *config,
                                           const char *products, const char *graph,
                                           struct hm_error *err);
enum hm_status store_neo4j_similar_across(const struct hm_store_config *config,
                                          enum hm_store_across how, const char *const *codes,
                                          size_t n, size_t k, hm_store_across_fn *fn, void *context,
                                          struct hm_error *err);

#endif
