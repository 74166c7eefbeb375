// SPDX-License-Identifier: MIT
/** The whole program on one page, in the order in which data passes:
 *
 *      paths -> jobs -> bytes -> pixels -> embedding -> store -> neighbours -> rows -> pictures
 *
 *  A command (cmd_NAME.c, a row in main.c) reads its options and calls these.
 */
#ifndef HM_APP_PIPELINE_H
#define HM_APP_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "app.h"
#include "hmrec/model.h"
#include "server.h"
#include "hmrec/store.h"
#include "hmrec/weights.h"

// ---- paths -> jobs (jobs.c)

/** A picture to look at. */
struct job {
    const char *path;
    const char *code; // the product's: file name without .jpg / .jpeg
    uint64_t bytes;   // from stat()
    int64_t mtime_ns;
};

/** All pictures of a run, ordered by code (as bytes), each code once. Zero-initialise; jobs_free when done. */
struct jobs {
    struct job *rows; // [n]
    size_t n, capacity;
    size_t failed; // paths that could not be used, each named on stderr
    size_t found;  // pictures before duplicates and shards were taken out
    struct hm_arena strings;
};

/** Add a file as it is, or every *.jpg / *.jpeg below a folder; hidden files and folders are passed over. */
HM_WARN_UNUSED enum hm_status jobs_add_path(struct jobs *jobs, const char *path,
                                            struct hm_error *err);
/** Add every line of a file ("-": standard input) as a path. */
HM_WARN_UNUSED enum hm_status jobs_add_list(struct jobs *jobs, const char *file,
                                            struct hm_error *err);
/** Sort; report and drop codes that come twice; keep shard `shard` of `shards` (from 1), which depends on the code alone. */
void jobs_finish(struct jobs *jobs, unsigned shard, unsigned shards);
void jobs_free(struct jobs *jobs);

// ---- weights, store (resources.c)

/** --isa as given, else $HMREC_ISA, else NULL. */
const char *app_isa(const char *given);
/** The app_each_fn of --precision NAME; context is an enum hm_precision *. */
HM_WARN_UNUSED enum hm_status app_set_precision(void *context, const char *name,
                                                struct hm_error *err);
/** The file that app_open_weights would open; owned by the caller (free). */
HM_WARN_UNUSED enum hm_status app_find_weights(char **path, const char *given,
                                               struct hm_error *err);
/** Open the weights that --weights, the environment or the search order name; says on stderr when they are random. */
HM_WARN_UNUSED enum hm_status app_open_weights(struct hm_weights **out, const char *given,
                                               struct hm_error *err);
/** What hm_store_open wants to know to open the store that --store or the environment name, with the credentials of the options and
 *  the environment. Its strings live until app_server_forget(server). */
struct app_server;
HM_WARN_UNUSED enum hm_status app_store_config(struct hm_store_config *out,
                                               struct app_server *server, const char *uri,
                                               bool create, struct hm_error *err);
/** Open the store that --store or the environment name; a server as server.h says, with what APP_SERVER_OPTIONS were given. */
HM_WARN_UNUSED enum hm_status app_open_store(struct hm_store **out, const char *uri, bool create,
                                             struct hm_error *err);

/** Make what is missing of the folders of a file ("DIR/": DIR itself), with these permissions.
 *  errors  HM_EIO and the like, naming the folder */
HM_WARN_UNUSED enum hm_status app_make_folders(const char *file, unsigned mode,
                                               struct hm_error *err);
/** Where typed statements are remembered; its folder has been made. NULL: nowhere. Owned by the caller (free). */
char *app_history_path(void);

// ---- jobs -> embeddings -> sink (embed.c)

/** Where embeddings go. The functions are called by one thread at a time, in the order of the jobs. */
struct sink {
    enum hm_status (*put)(struct sink *, const struct hm_store_embedding *rows, size_t n,
                          struct hm_error *);
    enum hm_status (*close)(struct sink *,
                            struct hm_error *); // what was put becomes complete; frees the sink
};

/** Rows into a store. The store stays the caller's. */
HM_WARN_UNUSED enum hm_status sink_store(struct sink **out, struct hm_store *store,
                                         struct hm_error *err);
/** FILE.npy: f32 [n][2048] and the codes in FILE.npy.codes; otherwise, and for "-": one JSON object a line. (sinks.c) */
HM_WARN_UNUSED enum hm_status sink_file(struct sink **out, const char *path, struct hm_error *err);

struct embed_run {
    const struct jobs *jobs;
    struct hm_model *const *models; // [workers]
    const struct known *known;      // what the store holds, NULL: nothing (known.c)
    struct sink *sink;
    struct progress *progress;
    unsigned workers; // each decodes and embeds batches of its own
    unsigned batch;
};

struct embed_result {
    size_t done, same, failed; // same: touched, but with the same content
};

/** Decode, embed and put every job. A bad picture is named on stderr and counted; only a failing sink or memory ends the run.
 *  A signal ends it after the batches in hand: HM_ECANCELED. */
HM_WARN_UNUSED enum hm_status embed_run(const struct embed_run *run, struct embed_result *result,
                                        struct hm_error *err);

// ---- embeddings -> matrix (vectors.c)

/** All embeddings of a store in memory, ordered by code (as bytes). Zero-initialise; vectors_free when done. */
struct vectors {
    float *rows;        // f32 [n][2048], every number finite
    const char **codes; // [n]
    int64_t *revisions; // [n]
    int64_t revision;   // the highest one
    size_t n, capacity;
    struct hm_arena strings;
};
/** errors  HM_EFORMAT (a number is not finite: names the product), HM_ECANCELED (a signal), the store's */
HM_WARN_UNUSED enum hm_status vectors_read(struct vectors *vectors, struct hm_store *store,
                                           struct hm_error *err);
/** Row of a code; SIZE_MAX where there is none. */
size_t vectors_find(const struct vectors *vectors, const char *code);
void vectors_free(struct vectors *vectors);

// ---- embeddings -> neighbours (neighbours.c)

struct neighbours_run {
    size_t k;         // 1 .. HM_KNN_K_MAX
    const char *isa;  // NULL: best usable
    unsigned threads; // 0: one a CPU
    bool full;        // compare everything, whatever an earlier run found
};

struct neighbours_result {
    size_t products;    // that have an embedding
    size_t searched;    // lists made anew: all, or those touched by a change
    size_t written;     // lists that differ from what the store held
    uint64_t search_ns; // without reading and writing the store
};

/** The k nearest products of each product, exactly, into the store; after changes only what they touch is searched. Zero vectors take
 *  part, with score 0.5. A failure or a signal (HM_ECANCELED) leaves the store's old neighbours, once the store is closed.
 *  errors  HM_ENOTFOUND (no embeddings), HM_ECONFLICT (the store's model was changed meanwhile) */
HM_WARN_UNUSED enum hm_status neighbours_run(struct hm_store *store,
                                             const struct neighbours_run *run,
                                             struct neighbours_result *result,
                                             struct hm_error *err);

// ---- what is done already (known.c)

/** Digest, size and time of change of every picture in the store, by code. */
struct known;
HM_WARN_UNUSED enum hm_status known_read(struct known **out, struct hm_store *store,
                                         struct hm_error *err);
/** NULL when the code is not there. Borrowed. */
const struct hm_store_source *known_find(const struct known *known, const char *code);
void known_free(struct known *known);

// ---- neighbours -> rows (names.c, search.c, similar.c, across.c, photo.c)

/** What people read beside a product, by code; read from a store as it is needed. Zero-initialise but for store. */
struct names {
    struct hm_store *store; // borrowed
    struct name_slot *slots;
    size_t n, capacity;
    bool all;
    struct hm_arena strings;
};
/** Read what the store says of these codes, as far as it is not known yet. codes NULL: of all products. */
HM_WARN_UNUSED enum hm_status names_need(struct names *names, const char *const *codes, size_t n,
                                         struct hm_error *err);
/** Never NULL: of a product that was not asked for, or that the store does not have, all strings are "". Borrowed. */
const struct hm_store_product *names_find(const struct names *names, const char *code);
/** Add a product that is known from elsewhere; its strings are copied. */
HM_WARN_UNUSED enum hm_status names_add(struct names *names, const struct hm_store_product *product,
                                        struct hm_error *err);
void names_free(struct names *names);

struct hit {
    char code[HM_STORE_CODE_MAX + 1];
    float score; // (1 + cosine) / 2
};

/** One product or photo, and what looks like it. */
struct similar {
    const char *query;   // as the user named it
    const float *vector; // f32[2048] of a photo; NULL: query is a product's code
    struct hit *hits;    // [n], best first; owned: similar_free
    size_t n;
    bool failed; // nothing could be found, and it has been said why
};

struct similar_options {
    size_t k;
    bool same_department, same_index; // as the query's; by name
    double min_score;
    const char *isa;  // of the search
    unsigned threads; // of the search; 0: one a CPU
};

/** Find the look-alikes of `m` items: the neighbours in the store where they answer the question, else an exact search over its
 *  embeddings in one pass, in blocks (16 MB) whatever their number.
 *  names   of the store that has the catalogue, for the filters */
HM_WARN_UNUSED enum hm_status similar_find(struct similar *items, size_t m, struct hm_store *store,
                                           struct names *names,
                                           const struct similar_options *options,
                                           struct hm_error *err);
/** The same of products by one query across the two databases that a server joins as "fabric", names included; what is said of an
 *  item without neighbours leaves the others. errors  HM_EUNSUPPORTED: the server joins none (across.c) */
HM_WARN_UNUSED enum hm_status similar_across(struct similar *items, size_t m, const char *store_uri,
                                             enum hm_store_across how,
                                             const struct similar_options *options,
                                             struct names *names, struct hm_error *err);
void similar_free(struct similar *items, size_t m); // the hits

/** An exact search: the k nearest of each query among the products of its department and index. */
struct search_query {
    const float *vector;            // f32[2048]
    const char *self;               // the code that is no answer; NULL: all are
    const char *department, *index; // names; NULL: any
    struct hit *hits;               // [k], n of them filled in, best first
    size_t n;
};
HM_WARN_UNUSED enum hm_status search_store(struct search_query *queries, size_t m, size_t k,
                                           struct hm_store *store, const struct names *names,
                                           const char *isa, unsigned threads, struct hm_error *err);

/** Embed photos as the store's products were: with the weights that --weights or the search order name, which must be the ones
 *  behind the store's embeddings (HM_ECONFLICT). vectors f32 [n][2048]; failed[i]: the file is bad, which has been said. */
HM_WARN_UNUSED enum hm_status photo_embed(const char *const *paths, size_t n,
                                          struct hm_store *store, const char *weights,
                                          const char *isa, unsigned threads, float *vectors,
                                          bool *failed, struct hm_error *err);

#endif
