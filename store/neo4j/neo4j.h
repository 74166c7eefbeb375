// SPDX-License-Identifier: MIT
/** Inside the Neo4j store: the connection, and batches of scripts that its parts send. */
#ifndef HM_STORE_NEO4J_H
#define HM_STORE_NEO4J_H

#include "cypher.h"
#include "hmrec/bolt.h"
#include "ops.h"
#include "script_columns.h"

/** How the server keeps and takes embeddings; the best that it knows. */
enum neo4j_vectors {
    NEO4J_LIST,   // a list of FLOAT
    NEO4J_F32,    // 32 bits a number, set by a procedure (5.13)
    NEO4J_VECTOR, // the same, and VECTOR on the wire (Bolt 6)
};

enum { NEO4J_URI_MAX = 255 };

struct neo4j_store {
    struct hm_store base;
    struct bolt_driver *driver;
    struct bolt_session *session;
    char *database; // owned; NULL: the user's home database
    char agent[64]; // "Neo4j/5.26.25"
    enum neo4j_vectors vectors;
    bool graph_ready;                   // 11_constraints_graph has been run
    char model[HM_STORE_MODEL_MAX + 1]; // the one that this process uses; "" before there is one
    bool model_to_be;                   // it becomes current with the first embedding that is put,
    char found[HM_STORE_MODEL_MAX + 1]; // in place of this one
    bool (*cancelled)(void *context);   // of the config
    void *context;
    bool writing;             // a transaction whose answer is worth a short wait
    uint64_t cancelled_at_ns; // when that was first seen; 0: not yet
};

static inline struct neo4j_store *neo4j_of(struct hm_store *store) {
    return (struct neo4j_store *)store;
}

/** One run of a script. */
struct neo4j_part {
    enum cypher_id script;
    struct bolt_params *params; // owned
    int64_t expected;           // what the first column of its row must be; -1: anything
};

/** What is sent as one transaction, all parts at once before the first answer is awaited.
 *  Zero-initialise; neo4j_batch_free when done. */
struct neo4j_batch {
    struct neo4j_part *parts; // [n], owned
    size_t n, capacity;
    const char *shortfall; // the message (HM_ECONFLICT) when a part's count is not the expected one
};

/** Append a run of a script.
 *  returns  its parameters, still empty, owned by the batch; NULL without memory */
struct bolt_params *neo4j_add(struct neo4j_batch *batch, enum cypher_id script, int64_t expected);
void neo4j_batch_free(struct neo4j_batch *batch);

/** row  [NAME_COLUMNS of the script NN_NAME.cypher], borrowed until it returns */
typedef enum hm_status neo4j_row_fn(void *context, const struct bolt_value *row,
                                    struct hm_error *err);

/** Write a batch: all or nothing. While the server restarts it is tried again, also when the answer
 *  to COMMIT was lost, so what the scripts do may be done twice.
 *  fn      gets every row, also of a try that failed later; may be NULL
 *  errors  HM_ECONFLICT (shortfall), HM_EPROTO (columns that are not the script's), those of fn
 *          and of bolt_transact */
HM_WARN_UNUSED enum hm_status neo4j_write(struct neo4j_store *s, const struct neo4j_batch *batch,
                                          neo4j_row_fn *fn, void *context, struct hm_error *err);
/** Read. As neo4j_write, but nothing is tried again after the first row was handed to fn. */
HM_WARN_UNUSED enum hm_status neo4j_read(struct neo4j_store *s, const struct neo4j_batch *batch,
                                         neo4j_row_fn *fn, void *context, struct hm_error *err);

/** Text parameters of a script; ends with a NULL name. */
struct neo4j_given {
    const char *name, *value;
};
/** neo4j_read of one script.
 *  given  may be NULL */
HM_WARN_UNUSED enum hm_status neo4j_ask(struct neo4j_store *s, enum cypher_id script,
                                        const struct neo4j_given *given, neo4j_row_fn *fn,
                                        void *context, struct hm_error *err);

/** Append a run of 51_knn_state_put. */
HM_WARN_UNUSED enum hm_status neo4j_add_knn_state(struct neo4j_store *s, struct neo4j_batch *batch,
                                                  const struct hm_store_knn_state *state,
                                                  struct hm_error *err);

/** Connect to a database. Undo with neo4j_disconnect, also after a failure.
 *  s       zeroed but for its name
 *  config  of neo4j_name; database NULL: the user's home database */
HM_WARN_UNUSED enum hm_status
neo4j_connect(struct neo4j_store *s, const struct hm_store_config *config, struct hm_error *err);
void neo4j_disconnect(struct neo4j_store *s);
/** Name the store, and take the database out of a URI such as neo4j://host/products.
 *  out  for neo4j_connect; points into config and uri */
HM_WARN_UNUSED enum hm_status neo4j_name(struct neo4j_store *s,
                                         const struct hm_store_config *config,
                                         char uri[NEO4J_URI_MAX + 1], struct hm_store_config *out,
                                         struct hm_error *err);

/** Run every statement of a script, each in a transaction of its own, as changes of the schema want
 *  it.
 *  params  may be NULL */
HM_WARN_UNUSED enum hm_status neo4j_run_script(struct bolt_session *session, enum cypher_id script,
                                               const struct bolt_params *params,
                                               struct hm_error *err);
/** The same for constraints. A user who may not make them works with those that are there. */
HM_WARN_UNUSED enum hm_status neo4j_constrain(struct neo4j_store *s, enum cypher_id script,
                                              struct hm_error *err);

/** Wait until the server accepts the query of a script, and check its columns.
 *  errors  HM_EPROTO (they are not the script's), those of bolt_keys */
HM_WARN_UNUSED enum hm_status neo4j_check_columns(struct bolt_result *result, enum cypher_id script,
                                                  struct hm_error *err);

/** "store NAME: no memory", for neo4j_add and bolt_params_new. */
enum hm_status neo4j_no_memory(const struct neo4j_store *s, struct hm_error *err);

/** The text, number or truth of a value; "", 0 and false for a null or another type. */
const char *neo4j_text(const struct bolt_value *value);
int64_t neo4j_whole(const struct bolt_value *value);
bool neo4j_truth(const struct bolt_value *value);

// embeddings.c
enum hm_status neo4j_use_model(struct hm_store *, const char *model, bool replace,
                               struct hm_error *);
enum hm_status neo4j_model(struct hm_store *, char[HM_STORE_MODEL_MAX + 1], struct hm_error *);
/** The current model's name, also when there are no embeddings of it. */
HM_WARN_UNUSED enum hm_status neo4j_current_model(struct neo4j_store *s,
                                                  char model[HM_STORE_MODEL_MAX + 1],
                                                  struct hm_error *err);
enum hm_status neo4j_each_source(struct hm_store *, hm_store_source_fn *, void *,
                                 struct hm_error *);
enum hm_status neo4j_put_embeddings(struct hm_store *, const struct hm_store_embedding *, size_t,
                                    struct hm_error *);
enum hm_status neo4j_fill_missing(struct hm_store *, size_t *, struct hm_error *);
enum hm_status neo4j_each_embedding(struct hm_store *, hm_store_embedding_fn *, void *,
                                    struct hm_error *);
enum hm_status neo4j_get_embedding(struct hm_store *, const char *, float[HM_DIM],
                                   struct hm_error *);
// products.c
enum hm_status neo4j_knn_state(struct hm_store *, struct hm_store_knn_state *, struct hm_error *);
enum hm_status neo4j_put_neighbours(struct hm_store *, const struct hm_store_neighbours *, size_t,
                                    const struct hm_store_knn_state *, struct hm_error *);
enum hm_status neo4j_each_neighbours(struct hm_store *, hm_store_neighbours_fn *, void *,
                                     struct hm_error *);
enum hm_status neo4j_get_neighbours(struct hm_store *, const char *, hm_store_neighbours_fn *,
                                    void *, struct hm_error *);
enum hm_status neo4j_products(struct hm_store *, const char *const *, size_t, hm_store_product_fn *,
                              void *, struct hm_error *);
enum hm_status neo4j_counts(struct hm_store *, struct hm_store_counts *, struct hm_error *);
// remove.c
enum hm_status neo4j_remove(struct hm_store *, const char *const *, size_t, enum hm_store_removal,
                            struct hm_store_removed *, struct hm_error *);
// gds.c
enum hm_status neo4j_gds_knn(struct hm_store *, size_t k, hm_store_progress_fn *, void *,
                             struct hm_store_gds_result *, struct hm_error *);
// catalogue.c
enum hm_status neo4j_get_mark(struct hm_store *, struct hm_store_mark *, struct hm_error *);
enum hm_status neo4j_each_article(struct hm_store *, hm_store_article_fn *, void *,
                                  struct hm_error *);
enum hm_status neo4j_put_articles(struct hm_store *, const struct hm_store_article *, size_t,
                                  const struct hm_store_mark *, struct hm_error *);
enum hm_status neo4j_put_customers(struct hm_store *, const struct hm_store_customer *, size_t,
                                   const struct hm_store_mark *, struct hm_error *);
enum hm_status neo4j_put_purchases(struct hm_store *, const struct hm_store_purchase *, size_t,
                                   const struct hm_store_mark *, struct hm_error *);

#endif
