// SPDX-License-Identifier: MIT
/** Where products, embeddings and neighbours are kept: one interface, and behind it SQLite (a file)
 *  or Neo4j (a server).
 *
 *  Ownership: what a function takes is borrowed for the call; what a callback gets is borrowed
 *  until it returns.
 *  Callbacks: HM_OK goes on; anything else ends the iteration and becomes its result. A callback
 *  may not call the same store.
 *  Threads: one thread at a time a store.
 *  Errors: name the store and what could not be done.
 */
#ifndef HMREC_STORE_H
#define HMREC_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmrec/sizes.h"
#include "hmrec/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    HM_STORE_CODE_MAX = 255, // bytes in a product code: as many as in a file's name
    HM_STORE_MODEL_MAX = 79  // bytes in a model's name: digest of its weights, then ":bf16" or none
};

/** A number that the catalogue does not say. */
#define HM_STORE_NO_NUMBER INT64_MIN

struct hm_store;

/** How to reach a store. Strings are borrowed during hm_store_open only; NULL or "" where not
 *  given; context is borrowed until hm_store_close. */
struct hm_store_config {
    const char *uri;  // "sqlite:PATH", "bolt://host", "neo4j+s://host/DATABASE"; else a file's path
    const char *user; // servers only, as are the rest
    const char *password;
    const char *database; // where the URI names none
    const char *ca_file;
    bool create;    // SQLite: make the file when it does not exist
    bool read_only; // write nothing: opens files and folders, too, that may only be read
    /** Asked a few times a second while a call works or waits, NULL: never. true ends one that
     *  reads with HM_ECANCELED; one that writes may go on for 2 s, to keep what is in hand. */
    bool (*cancelled)(void *context);
    void *context;
};

/** Open a store. An SQLite file of an earlier schema is brought to this one, in one transaction,
 *  unless read_only.
 *  errors  HM_ENOTFOUND (no such file and !create), HM_EFORMAT (not an hmrec store, of a newer
 *          schema, or of an earlier one and read_only), HM_EIO, HM_EARG (URI), HM_ENOMEM, and
 *          whatever a server answers */
HM_API HM_WARN_UNUSED enum hm_status
hm_store_open(struct hm_store **out, const struct hm_store_config *config, struct hm_error *err);
HM_API void hm_store_close(struct hm_store **store);

/** What can find the neighbours of a store's products. */
enum { HM_STORE_EXACT = 1 /* hmrec itself */, HM_STORE_GDS = 2 /* hm_store_gds_knn */ };

/** What is behind the interface. */
struct hm_store_kind {
    const char *name; // "an SQLite file", "a Neo4j server"
    bool server;      // reached over the network, and may ask for a login; otherwise a file
    unsigned engines; // HM_STORE_EXACT | HM_STORE_GDS
};

/** The kind of the store that a URI names, by its scheme alone.
 *  out     static
 *  uri     as in hm_store_config
 *  errors  HM_EARG: a scheme that no kind has; names it and those there are */
HM_API HM_WARN_UNUSED enum hm_status hm_store_find_kind(const struct hm_store_kind **out,
                                                        const char *uri, struct hm_error *err);
HM_API const struct hm_store_kind *hm_store_kind_of(const struct hm_store *store);

/** The store's name for messages: path or URI without credentials. Borrowed. */
HM_API const char *hm_store_name(const struct hm_store *store);

/* ---- setting up, and two databases at once (servers) ---- */

enum { HM_STORE_PRODUCTS = 1, HM_STORE_GRAPH = 2 }; // parts: products and embeddings; all the rest

struct hm_store_setup_result {
    char name[256];    // as hm_store_name()
    char server[64];   // "Neo4j/5.26.25"; "" for SQLite, as are the rest
    char edition[32];  // "community", "enterprise"
    char database[64]; // the one that is used
    bool made;         // the file or database was not there before
};
/** Make what a store needs and does not have: the file; on a server the database, where the edition
 *  can have several, and the constraints of these parts.
 *  errors  HM_EUNSUPPORTED: there is no such database, and the edition can make none */
HM_API HM_WARN_UNUSED enum hm_status hm_store_setup(const struct hm_store_config *config,
                                                    unsigned parts,
                                                    struct hm_store_setup_result *out,
                                                    struct hm_error *err);
/** Make (on Neo4j 5 and later, Enterprise) the composite database "fabric" of these two databases
 *  of the server.
 *  errors  HM_EUNSUPPORTED: this version or edition has none */
HM_API HM_WARN_UNUSED enum hm_status hm_store_setup_composite(const struct hm_store_config *server,
                                                              const char *products,
                                                              const char *graph,
                                                              struct hm_error *err);

/** How one query reaches two databases: FABRIC of 4.x, COMPOSITE of 5 and later. */
enum hm_store_across { HM_STORE_ACROSS_AUTO, HM_STORE_FABRIC, HM_STORE_COMPOSITE };

struct hm_store_across_row {
    const char *code;
    float score;
    const char *type, *department; // names; "" where the catalogue has none
};
typedef enum hm_status hm_store_across_fn(void *context, size_t which,
                                          const struct hm_store_across_row *row,
                                          struct hm_error *err);
/** The k best neighbours of codes[which], best first, with the catalogue's names, by the one query
 *  across the databases that the server's database "fabric" joins.
 *  errors  HM_EUNSUPPORTED: the server has no such database, or is of another version than `how` */
HM_API HM_WARN_UNUSED enum hm_status hm_store_similar_across(const struct hm_store_config *server,
                                                             enum hm_store_across how,
                                                             const char *const *codes, size_t n,
                                                             size_t k, hm_store_across_fn *fn,
                                                             void *context, struct hm_error *err);

/* ---- embeddings ---- */

/** Say which model the coming embeddings are from (see HM_STORE_MODEL_MAX). A store shows the
 *  embeddings of one model: the one whose embeddings were put last. Nothing changes in the store
 *  before the first of them is put; then those of another model are out of sight until they are
 *  overwritten.
 *  errors  HM_ECONFLICT: the store has embeddings of another model, and not replace */
HM_API HM_WARN_UNUSED enum hm_status hm_store_use_model(struct hm_store *store, const char *model,
                                                        bool replace, struct hm_error *err);

/** The name of the model whose embeddings the store shows, "" when there are none. */
HM_API HM_WARN_UNUSED enum hm_status
hm_store_model(struct hm_store *store, char model[HM_STORE_MODEL_MAX + 1], struct hm_error *err);

/** Whether a model's name is that of weights of hmrec's own networks: their digest, and what may
 *  stand behind it. Others were imported. */
HM_API bool hm_store_model_is_digest(const char *model);

enum { HM_STORE_MODEL_LABEL = HM_STORE_MODEL_MAX + 1 };
/** A model's name as people see it: of weights' digest the first 12 digits and what stands behind
 *  it ("03a9661169b4:bf16"); another name as it is. */
HM_API void hm_store_model_label(const char *model, char label[HM_STORE_MODEL_LABEL]);

/** Where an embedding came from: enough to see that it need not be made again. */
struct hm_store_source {
    const char *code;
    const char *image_digest; // of the file: SHA-256, 64 digits; "": no photo, zero vector
    uint64_t image_bytes;     // its size and time of change: equal ones spare reading it
    int64_t image_mtime_ns;
};

typedef enum hm_status hm_store_source_fn(void *context, const struct hm_store_source *source,
                                          struct hm_error *err);
/** Every embedding of the current model, in no particular order. */
HM_API HM_WARN_UNUSED enum hm_status hm_store_each_source(struct hm_store *store,
                                                          hm_store_source_fn *fn, void *context,
                                                          struct hm_error *err);

struct hm_store_embedding {
    struct hm_store_source source;
    const float *vector; // f32[HM_DIM]; NULL: the file was touched only, its content is the same
    int64_t revision;    // given out by the store, rising with every change; ignored when written
};

/** Insert or replace n embeddings, creating products that are not there. All or none; they survive
 *  a crash of this process.
 *  errors  HM_ECONFLICT: another process has changed the store's model since; HM_EIO: the file was
 *          deleted or replaced */
HM_API HM_WARN_UNUSED enum hm_status hm_store_put_embeddings(struct hm_store *store,
                                                             const struct hm_store_embedding *rows,
                                                             size_t n, struct hm_error *err);

/** Give every product without an embedding the zero vector; *count of them. */
HM_API HM_WARN_UNUSED enum hm_status hm_store_fill_missing(struct hm_store *store, size_t *count,
                                                           struct hm_error *err);

typedef enum hm_status hm_store_embedding_fn(void *context, const struct hm_store_embedding *row,
                                             struct hm_error *err);
/** Every embedding of the current model, ordered by code (as bytes). */
HM_API HM_WARN_UNUSED enum hm_status hm_store_each_embedding(struct hm_store *store,
                                                             hm_store_embedding_fn *fn,
                                                             void *context, struct hm_error *err);
/** The one of that code.
 *  vector  f32[HM_DIM]
 *  errors  HM_ENOTFOUND */
HM_API HM_WARN_UNUSED enum hm_status hm_store_get_embedding(struct hm_store *store,
                                                            const char *code, float vector[HM_DIM],
                                                            struct hm_error *err);

/* ---- a screen: what rules most products out of a search (hmrec/screen.h). SQLite stores alone
 *      keep one; what asks others for it fails with HM_EUNSUPPORTED. ---- */

/** What the store keeps. Embeddings of photos alone count. */
struct hm_store_screen {
    size_t bytes;     // of the screen as saved; 0: there is none, or none that pays
    size_t made_of;   // how many embeddings there were when directions were looked for
    size_t kept;      // how many have gone in since then, those that were replaced later included
    int64_t revision; // at which that was done: not below theirs, another each time
    size_t newer;     // how many have been put since
    size_t blocks;
};
/** The state; zeros on a server. */
HM_API HM_WARN_UNUSED enum hm_status
hm_store_get_screen(struct hm_store *store, struct hm_store_screen *out, struct hm_error *err);

/** How many embeddings of the current model there are, zero vectors too. */
HM_API HM_WARN_UNUSED enum hm_status hm_store_count_embeddings(struct hm_store *store,
                                                               size_t *count, struct hm_error *err);

/** Up to `count` embeddings, evenly spread.
 *  vectors  f32 [count][HM_DIM], n of them filled in */
HM_API HM_WARN_UNUSED enum hm_status hm_store_sample_embeddings(struct hm_store *store,
                                                                size_t count, float *vectors,
                                                                size_t *n, struct hm_error *err);

/** What is to be kept of n vectors.
 *  vectors  f32 [n][HM_DIM]
 *  kept     out, [n][kept_bytes] */
typedef enum hm_status hm_store_keep_fn(void *context, const float *vectors, size_t n, void *kept,
                                        struct hm_error *err);
/** Keep something of every embedding that is newer than what is kept. All or none.
 *  saved       a screen that replaces the one before, and all that was kept with it; NULL: the one
 *              that is there stays
 *  bytes       of saved; 0: none pays, which is kept as well
 *  kept_bytes  of a row
 *  errors      HM_ECONFLICT: another process has changed the store's model since */
HM_API HM_WARN_UNUSED enum hm_status hm_store_put_screen(struct hm_store *store, const void *saved,
                                                         size_t bytes, size_t kept_bytes,
                                                         hm_store_keep_fn *fn, void *context,
                                                         struct hm_error *err);

typedef enum hm_status hm_store_moment_fn(void *context, struct hm_error *err);
/** Run fn: all that it reads of the store is of one moment. */
HM_API HM_WARN_UNUSED enum hm_status hm_store_at_one_moment(struct hm_store *store,
                                                            hm_store_moment_fn *fn, void *context,
                                                            struct hm_error *err);

/** The screen as saved.
 *  to      [bytes], as many as hm_store_get_screen says
 *  errors  HM_EFORMAT: as many are not there */
HM_API HM_WARN_UNUSED enum hm_status hm_store_read_screen(struct hm_store *store, void *to,
                                                          size_t bytes, struct hm_error *err);

enum { HM_STORE_BLOCK = 1024 };
/** What was kept of n <= HM_STORE_BLOCK products.
 *  numbers  i64 [n], for hm_store_numbered_embedding
 *  kept     [n][kept_bytes], aligned for a float */
typedef enum hm_status hm_store_kept_fn(void *context, const int64_t *numbers, const void *kept,
                                        size_t n, struct hm_error *err);
HM_API HM_WARN_UNUSED enum hm_status hm_store_each_kept(struct hm_store *store, size_t kept_bytes,
                                                        hm_store_kept_fn *fn, void *context,
                                                        struct hm_error *err);

/** The embedding of which something was kept; fn is not called when it has been replaced or removed
 *  since. */
HM_API HM_WARN_UNUSED enum hm_status
hm_store_numbered_embedding(struct hm_store *store, int64_t number, hm_store_embedding_fn *fn,
                            void *context, struct hm_error *err);
/** The embeddings that are newer than all that was kept, in no particular order. */
HM_API HM_WARN_UNUSED enum hm_status hm_store_each_newer_embedding(struct hm_store *store,
                                                                   hm_store_embedding_fn *fn,
                                                                   void *context,
                                                                   struct hm_error *err);

/* ---- neighbours ---- */

/** The neighbours of one product, best first. */
struct hm_store_neighbours {
    const char *code;
    size_t n;
    const char *const *codes; // [n]
    const float *scores;      // [n], (1 + cosine) / 2
};

/** What the neighbours in the store were computed from: a later search needs to look only at what
 *  came after. */
struct hm_store_knn_state {
    int64_t revision; // highest revision of an embedding that went in; 0: none of the current model
    size_t products;  // how many products went in
    size_t k;
    bool approximate; // found by the server's GDS: an exact search starts anew
    size_t newer;     // filled in: embeddings put since
    size_t gone;      // filled in: embeddings that went in and were replaced or removed since
};
HM_API HM_WARN_UNUSED enum hm_status hm_store_get_knn_state(struct hm_store *store,
                                                            struct hm_store_knn_state *state,
                                                            struct hm_error *err);

/** Replace the neighbours of these n products; those of others stay. A reader sees each product's
 *  old ones or its new ones, never none.
 *  state   written with the last batch; NULL before that (SQLite keeps the batches before it out of
 *          sight until then)
 *  errors  HM_ECONFLICT: another process has changed the store's model or removed products since */
HM_API HM_WARN_UNUSED enum hm_status
hm_store_put_neighbours(struct hm_store *store, const struct hm_store_neighbours *rows, size_t n,
                        const struct hm_store_knn_state *state, struct hm_error *err);

/** How far a search inside the server is: 0 <= share <= 1. */
typedef void hm_store_progress_fn(void *context, double share);
struct hm_store_gds_result {
    char version[32]; // of the plugin
    size_t products;  // that went in
    size_t written;   // neighbours of all of them together
};
/** Let the server's Graph Data Science plugin find the k nearest neighbours of each product
 *  (approximately) and make them the store's; a reader never sees a product without. A projection
 *  or result that an earlier run left behind is dropped first.
 *  progress  may be NULL
 *  errors    HM_EUNSUPPORTED (SQLite; no plugin, or one too old), HM_ECONFLICT (products without an
 *            embedding of the current model, which GDS cannot take) */
HM_API HM_WARN_UNUSED enum hm_status hm_store_gds_knn(struct hm_store *store, size_t k,
                                                      hm_store_progress_fn *progress, void *context,
                                                      struct hm_store_gds_result *result,
                                                      struct hm_error *err);

typedef enum hm_status hm_store_neighbours_fn(void *context, const struct hm_store_neighbours *row,
                                              struct hm_error *err);
/** Every product's neighbours, ordered by code (as bytes). */
HM_API HM_WARN_UNUSED enum hm_status hm_store_each_neighbours(struct hm_store *store,
                                                              hm_store_neighbours_fn *fn,
                                                              void *context, struct hm_error *err);
/** Those of one product: fn is called once, with n = 0 when it has none.
 *  errors  HM_ENOTFOUND: no such product */
HM_API HM_WARN_UNUSED enum hm_status hm_store_get_neighbours(struct hm_store *store,
                                                             const char *code,
                                                             hm_store_neighbours_fn *fn,
                                                             void *context, struct hm_error *err);

/* ---- products ---- */

/** What people want to read beside a picture; "" where the catalogue says nothing. Names need not
 *  be unique: of H&M's 299 departments several share one. Numbers and codes are. */
struct hm_store_product {
    const char *code;
    const char *name;
    const char *type;          // product type's name
    const char *group;         // product group's name
    const char *department;    // department's name
    const char *index;         // index' name
    const char *appearance;    // graphical appearance's name
    const char *colour;        // colour group's name
    int64_t department_number; // HM_STORE_NO_NUMBER where the catalogue says nothing
    const char *index_code;
    bool embedded; // has an embedding of the current model that is not the zero vector
    bool listed;   // the catalogue that was loaded last has it
};

typedef enum hm_status hm_store_product_fn(void *context, const struct hm_store_product *row,
                                           struct hm_error *err);
/** Products by code, in the order asked for; those that do not exist are left out. n == 0: all,
 *  ordered by code (as bytes). */
HM_API HM_WARN_UNUSED enum hm_status hm_store_products(struct hm_store *store,
                                                       const char *const *codes, size_t n,
                                                       hm_store_product_fn *fn, void *context,
                                                       struct hm_error *err);

/** How much of a product is removed; each takes what the one before it takes. */
enum hm_store_removal {
    HM_STORE_REMOVE_EMBEDDING, // its embedding, its neighbours, and itself as a neighbour of others
    HM_STORE_REMOVE_CATALOGUE, // what the catalogue says of it
    HM_STORE_REMOVE_ALL        // its purchases
};
struct hm_store_removed {
    size_t products; // of which nothing was left
    size_t embeddings, neighbours, purchases;
};
/** Remove products, or parts of them. A product of which nothing is left is gone; the neighbours of
 *  others are then too few until they are searched for anew (hm_store_get_knn_state tells). Codes
 *  that do not exist are passed over.
 *  limits  SQLite: all or none; Neo4j: in transactions of 1000 products */
HM_API HM_WARN_UNUSED enum hm_status
hm_store_remove(struct hm_store *store, const char *const *codes, size_t n,
                enum hm_store_removal what, struct hm_store_removed *out, struct hm_error *err);

/* ---- catalogue, customers, purchases: what hmrec load reads ---- */

enum { HM_STORE_SOURCE_MAX = 95 }; // bytes in the name of a kind or of a file's content

/** How far the content that was loaded last of a kind has been read. It is written together with
 *  the rows that lie before it, so a load that was cut off goes on there, and what has been loaded
 *  over is not taken for loaded. */
struct hm_store_mark {
    const char *kind;   // "articles", "customers", "transactions"
    const char *source; // whatever identifies the content; "": nothing does (a pipe)
    int64_t load;       // number of this load among those of the kind, from 1
    uint64_t from;      // bytes of the mark before this one in the same load, 0 at its start
    uint64_t bytes;     // read up to here
    uint64_t lines;     // that are lines before it
    uint64_t rows, bad; // that were put, that were passed over
    uint64_t merged;    // filled in by hm_store_get_mark: rows that raised a purchase's quantity
    bool done;          // the content has been read to its end
};

/** The kind's mark. kind is given, source, and load or 0; load is filled in (0: none yet), and the
 *  rest if source or load are those of the mark, else 0. */
HM_API HM_WARN_UNUSED enum hm_status
hm_store_get_mark(struct hm_store *store, struct hm_store_mark *mark, struct hm_error *err);

/** A node known by its number. name NULL: the row does not say. */
struct hm_store_named {
    int64_t number;
    const char *name;
};

/** A product as the catalogue has it: the 25 columns of articles.csv. Strings may be NULL. */
struct hm_store_article {
    const char *code; // never NULL
    const char *product_code;
    const char *name;
    const char *description;
    const char *product_group; // of product_type
    struct hm_store_named product_type;
    struct hm_store_named department;
    struct hm_store_named section; // of department
    const char *index_code;
    const char *index_name;
    struct hm_store_named index_group; // of index
    struct hm_store_named garment_group;
    struct hm_store_named appearance;
    struct hm_store_named colour_group;
    struct hm_store_named colour_value;
    struct hm_store_named colour_master;
};

/** Insert n products, or replace what the catalogue says of them; embeddings and neighbours stay.
 *  All or none, with mark.
 *  mark    where the load is after these rows; NULL: they belong to none
 *  errors  HM_ECONFLICT: the mark in the store is not the one before this, because another process
 *          loads the same kind */
HM_API HM_WARN_UNUSED enum hm_status
hm_store_put_articles(struct hm_store *store, const struct hm_store_article *rows, size_t n,
                      const struct hm_store_mark *mark, struct hm_error *err);

typedef enum hm_status hm_store_article_fn(void *context, const struct hm_store_article *row,
                                           struct hm_error *err);
/** Every product of which the catalogue says something, ordered by code (as bytes). */
HM_API HM_WARN_UNUSED enum hm_status hm_store_each_article(struct hm_store *store,
                                                           hm_store_article_fn *fn, void *context,
                                                           struct hm_error *err);

enum { HM_STORE_CUSTOMER_MAX = 64 }; // bytes in a customer's id: a SHA-256 in hexadecimal digits

/** A row of customers.csv. Strings may be NULL, numbers are -1 where nothing is given. */
struct hm_store_customer {
    const char *id; // never NULL
    int fn, active, age;
    const char *club_member_status;
    const char *fashion_news_frequency;
    const char *postal_code;
};
/** Insert or replace n customers, as hm_store_put_articles does. */
HM_API HM_WARN_UNUSED enum hm_status
hm_store_put_customers(struct hm_store *store, const struct hm_store_customer *rows, size_t n,
                       const struct hm_store_mark *mark, struct hm_error *err);

/** A row of transactions_train.csv: one piece bought. */
struct hm_store_purchase {
    const char *customer; // id
    const char *code;     // product
    const char *date;     // "2018-09-20"
    double price;
    int sales_channel;
};
/** Count n pieces: equal rows of one load are one purchase, whose quantity is how often they come
 *  in it. A purchase that an earlier load counted is counted anew, so loading a file twice changes
 *  nothing. Customers and products that are not there are created with nothing but their id. All or
 *  none, with mark.
 *  mark    as of hm_store_put_articles; NULL: these rows are a load of their own */
HM_API HM_WARN_UNUSED enum hm_status
hm_store_put_purchases(struct hm_store *store, const struct hm_store_purchase *rows, size_t n,
                       const struct hm_store_mark *mark, struct hm_error *err);

struct hm_store_counts {
    size_t products, embeddings, neighbours, customers, purchases;
};
HM_API HM_WARN_UNUSED enum hm_status
hm_store_count(struct hm_store *store, struct hm_store_counts *counts, struct hm_error *err);

#ifdef __cplusplus
}
#endif

#endif
