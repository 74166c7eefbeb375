// SPDX-License-Identifier: MIT
/** Inside store/: what the files of the SQLite store share. */
#ifndef HM_STORE_SQLITE_H
#define HM_STORE_SQLITE_H

#include <sqlite3.h>

#include "ops.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "vectors are stored as they lie in memory: little-endian");

enum {
    SQLITE_VECTOR_BYTES = HM_DIM * (int)sizeof(float),
    SQLITE_BUSY_MS = 30000, // how long a writer waits for another
};

// Every statement of the store, prepared at first use and kept. The texts are in sqlite.c.
enum sqlite_statement {
    ST_BEGIN,
    ST_BEGIN_READ,
    ST_COMMIT,
    ST_ROLLBACK,
    ST_META_GET,
    ST_META_SET,
    ST_MODEL_ADD,
    ST_MODEL_ID,
    ST_PRODUCT_ADD,
    ST_PRODUCT_ID,
    ST_EACH_SOURCE,
    ST_EMBEDDING_PUT,
    ST_EMBEDDING_TOUCH,
    ST_FILL_MISSING,
    ST_EACH_EMBEDDING,
    ST_EMBEDDING_GET,
    ST_EMBEDDING_NUMBERED,
    ST_EMBEDDING_COUNT,
    ST_EACH_NEWER,
    ST_SCREEN_GET,
    ST_SCREEN_SAMPLE,
    ST_SCREEN_CLEAR,
    ST_SCREEN_BLOCKS_CLEAR,
    ST_SCREEN_ADD,
    ST_SCREEN_SET,
    ST_SCREEN_SAVED,
    ST_SCREEN_BLOCKS,
    ST_SCREEN_BLOCK_ADD,
    ST_SIMILAR_DELETE,
    ST_SIMILAR_ADD,
    ST_SIMILAR_EACH,
    ST_SIMILAR_GET,
    ST_PRODUCT_EACH,
    ST_PRODUCT_GET,
    ST_COUNTS,
    ST_KNN_COUNTS,
    ST_MARK_GET,
    ST_MARK_SET,
    ST_GROUP_PUT,
    ST_TYPE_PUT,
    ST_SECTION_PUT,
    ST_DEPARTMENT_PUT,
    ST_INDEX_GROUP_PUT,
    ST_INDEX_PUT,
    ST_GARMENT_GROUP_PUT,
    ST_APPEARANCE_PUT,
    ST_COLOUR_GROUP_PUT,
    ST_COLOUR_VALUE_PUT,
    ST_COLOUR_MASTER_PUT,
    ST_ARTICLE_PUT,
    ST_ARTICLE_EACH,
    ST_CUSTOMER_PUT,
    ST_CUSTOMER_ADD,
    ST_CUSTOMER_GET,
    ST_PURCHASE_ADD,
    ST_PURCHASE_RAISE,
    ST_PURCHASE_RESET,
    ST_DOOMED_ADD,
    ST_LINK_ADD,
    ST_COUNT
};

struct sqlite_store {
    struct hm_store base;
    sqlite3 *db;
    sqlite3_stmt *statements[ST_COUNT];
    int64_t model; // row of table model whose embeddings are shown; 0: none yet
    // use_model: becomes current with the first embedding that is put; "": is current
    char model_to_be[HM_STORE_MODEL_MAX + 1];
    int64_t model_found;              // the one that was current at use_model
    bool neighbours_pending;          // a transaction of put_neighbours is open
    bool loading;                     // the connection is set up for many rows (catalogue.c)
    bool links;                       // every link of the articles is kept (graph.c)
    const char *path;                 // of the config, while it is opened
    bool (*cancelled)(void *context); // of the config
    void *context;
    uint64_t waits_since_ns; // for another writer
};

extern const struct store_ops sqlite_ops;

static inline struct sqlite_store *sqlite_of(struct hm_store *store) {
    return (struct sqlite_store *)store;
}

/** The prepared statement, reset and with its bindings cleared. */
HM_WARN_UNUSED enum hm_status sqlite_prepare(struct sqlite_store *s, enum sqlite_statement which,
                                             sqlite3_stmt **out, struct hm_error *err);
/** One row: *row = true; end: *row = false and the statement is reset. */
HM_WARN_UNUSED enum hm_status sqlite_step(struct sqlite_store *s, sqlite3_stmt *statement,
                                          bool *row, struct hm_error *err);
/** Run a bound statement that returns no rows of interest to its end. */
HM_WARN_UNUSED enum hm_status sqlite_run(struct sqlite_store *s, sqlite3_stmt *statement,
                                         struct hm_error *err);
/** Prepare and run a statement without parameters. */
HM_WARN_UNUSED enum hm_status sqlite_do(struct sqlite_store *s, enum sqlite_statement which,
                                        struct hm_error *err);
/** Fail with what SQLite says of its last error. */
enum hm_status sqlite_fail(struct sqlite_store *s, int code, struct hm_error *err);
/** End a transaction: commit when status is HM_OK, else roll back. Returns the first failure. */
HM_WARN_UNUSED enum hm_status sqlite_end(struct sqlite_store *s, enum hm_status status,
                                         struct hm_error *err);

/** Whether whoever opened the store wants it to stop. */
static inline bool sqlite_cancelled(const struct sqlite_store *s) {
    return s->cancelled && s->cancelled(s->context);
}

/** Close the database and its statements; s remains. */
void sqlite_forget(struct sqlite_store *s);

/** Integer under a key of table meta, 0 where there is none. */
HM_WARN_UNUSED enum hm_status sqlite_meta_get(struct sqlite_store *s, const char *key,
                                              int64_t *value, struct hm_error *err);
HM_WARN_UNUSED enum hm_status sqlite_meta_set(struct sqlite_store *s, const char *key,
                                              int64_t value, struct hm_error *err);
/** Row of table product with that code; created when missing and add, else HM_ENOTFOUND. */
HM_WARN_UNUSED enum hm_status sqlite_product_id(struct sqlite_store *s, const char *code, bool add,
                                                int64_t *id, struct hm_error *err);

/** Text of a column, "" for NULL. Valid until the next step. */
static inline const char *sqlite_text(sqlite3_stmt *statement, int column) {
    const unsigned char *text = sqlite3_column_text(statement, column);
    return text ? (const char *)text : "";
}

// embeddings.c
/** Inside a transaction: the model that this process found must still be the current one. */
HM_WARN_UNUSED enum hm_status sqlite_check_model(struct sqlite_store *s, struct hm_error *err);
enum hm_status sqlite_use_model(struct hm_store *, const char *, bool, struct hm_error *);
enum hm_status sqlite_model(struct hm_store *, char[HM_STORE_MODEL_MAX + 1], struct hm_error *);
enum hm_status sqlite_each_source(struct hm_store *, hm_store_source_fn *, void *,
                                  struct hm_error *);
enum hm_status sqlite_put_embeddings(struct hm_store *, const struct hm_store_embedding *, size_t,
                                     struct hm_error *);
enum hm_status sqlite_fill_missing(struct hm_store *, size_t *, struct hm_error *);
enum hm_status sqlite_each_embedding(struct hm_store *, hm_store_embedding_fn *, void *,
                                     struct hm_error *);
enum hm_status sqlite_get_embedding(struct hm_store *, const char *, float[HM_DIM],
                                    struct hm_error *);
/** Inside a transaction: the next revision, and that it has been given out. */
HM_WARN_UNUSED enum hm_status sqlite_next_revision(struct sqlite_store *s, int64_t *revision,
                                                   struct hm_error *err);
/** The vector in a column: SQLITE_VECTOR_BYTES at any address, valid until the next step. */
HM_WARN_UNUSED enum hm_status sqlite_vector_of(struct sqlite_store *s, sqlite3_stmt *row,
                                               int column, const char *code, const float **vector,
                                               struct hm_error *err);
/** Step through rows of code, image_digest, image_bytes, image_mtime_ns, revision, vector. */
HM_WARN_UNUSED enum hm_status sqlite_give_embeddings(struct sqlite_store *s, sqlite3_stmt *each,
                                                     hm_store_embedding_fn *fn, void *context,
                                                     struct hm_error *err);
// screen.c
extern const struct store_screen_ops sqlite_screen_ops;
// products.c
enum hm_status sqlite_knn_state(struct hm_store *, struct hm_store_knn_state *, struct hm_error *);
enum hm_status sqlite_put_neighbours(struct hm_store *, const struct hm_store_neighbours *, size_t,
                                     const struct hm_store_knn_state *, struct hm_error *);
enum hm_status sqlite_each_neighbours(struct hm_store *, hm_store_neighbours_fn *, void *,
                                      struct hm_error *);
enum hm_status sqlite_get_neighbours(struct hm_store *, const char *, hm_store_neighbours_fn *,
                                     void *, struct hm_error *);
enum hm_status sqlite_products(struct hm_store *, const char *const *, size_t,
                               hm_store_product_fn *, void *, struct hm_error *);
enum hm_status sqlite_counts(struct hm_store *, struct hm_store_counts *, struct hm_error *);
// graph.c
enum hm_status sqlite_read_graph(struct hm_store *, const struct store_graph_reader *,
                                 struct hm_error *);
enum hm_status sqlite_keep_links(struct hm_store *, struct hm_error *);
// remove.c
enum hm_status sqlite_remove(struct hm_store *, const char *const *, size_t, enum hm_store_removal,
                             struct hm_store_removed *, struct hm_error *);
// catalogue.c
enum hm_status sqlite_get_mark(struct hm_store *, struct hm_store_mark *, struct hm_error *);
enum hm_status sqlite_each_article(struct hm_store *, hm_store_article_fn *, void *,
                                   struct hm_error *);
enum hm_status sqlite_put_articles(struct hm_store *, const struct hm_store_article *, size_t,
                                   const struct hm_store_mark *, struct hm_error *);
enum hm_status sqlite_put_customers(struct hm_store *, const struct hm_store_customer *, size_t,
                                    const struct hm_store_mark *, struct hm_error *);
enum hm_status sqlite_put_purchases(struct hm_store *, const struct hm_store_purchase *, size_t,
                                    const struct hm_store_mark *, struct hm_error *);

#endif
