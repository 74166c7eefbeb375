// SPDX-License-Identifier: MIT
/** The whole flow on one page, in the order in which data passes:
 *
 *      paths -> jobs -> bytes -> pixels -> embedding -> store -> neighbours -> rows
 *
 *  Each function does one leg of the way for a host (host.h), which may be NULL. Nothing here
 *  prints, exits or reads the environment.
 *
 *  Ownership: what a function takes is borrowed for the call, or until the object that keeps it is
 *  freed; what has a ..._free is yours.
 *  Threads: one thread at a time an object; objects do not share anything but the store they were
 *  given.
 */
#ifndef HMREC_PIPELINE_H
#define HMREC_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmrec/embedder.h"
#include "hmrec/host.h"
#include "hmrec/status.h"
#include "hmrec/store.h"
#include "hmrec/weights.h"

#ifdef __cplusplus
extern "C" {
#endif

struct hm_arena; // holds the text of a list; freed with it

/* ---- paths -> jobs ---- */

/** A picture to look at. */
struct hm_job {
    const char *path;
    const char *code; // the product's
    uint64_t bytes;   // from stat()
    int64_t mtime_ns;
    uint64_t device, inode; // two paths to one file have the same
};

/** What a product's code is made of, for images/SKU/1.jpg below the folder images. */
enum hm_code_from {
    HM_CODE_STEM, // "1": the file's name without its ending
    HM_CODE_NAME, // "1.jpg": the file's name
    HM_CODE_PATH  // "SKU/1": the path below the folder that was named, without the ending
};

/** All pictures of a run, ordered by code (as bytes), each code once. Zero-initialise but for what
 *  is to be chosen; hm_jobs_free when done. */
struct hm_jobs {
    const struct hm_host *host;  // chosen
    enum hm_code_from code_from; // chosen
    bool lines;                  // chosen: codes go into a list: what ends a line in one is refused
    struct hm_job *rows;         // [n]
    size_t n, capacity;
    size_t failed;                 // paths that could not be used; the host was told of each
    size_t found;                  // pictures before duplicates and shards were taken out
    struct hm_jobs_passed *passed; // pictures that are not read, by ending
    struct hm_arena *strings;
};

/** Add a file as it is, or every picture (by its ending, see image.h) below a folder; links are
 *  followed, hidden files and folders are passed over.
 *  errors  HM_ENOMEM, HM_ECANCELED. What cannot be used is told of and counted as failed: no such
 *          path, a folder that cannot be read to its end, a name that is not UTF-8 or longer than
 *          HM_STORE_CODE_MAX */
HM_API HM_WARN_UNUSED enum hm_status hm_jobs_add_path(struct hm_jobs *jobs, const char *path,
                                                      struct hm_error *err);
/** Add the paths of a list.
 *  file   "-": standard input
 *  nulls  each path ends with a NUL (find -print0) instead of a newline
 *  errors  those of hm_jobs_add_path; HM_EIO; HM_EFORMAT: a NUL where lines were expected */
HM_API HM_WARN_UNUSED enum hm_status hm_jobs_add_list(struct hm_jobs *jobs, const char *file,
                                                      bool nulls, struct hm_error *err);
/** Sort; drop files that come twice; tell of and drop other files of the same code; keep shard
 *  `shard` of `shards` (from 1), which depends on the code alone. Notes what was passed over
 *  ("12 .gif"). */
HM_API void hm_jobs_finish(struct hm_jobs *jobs, unsigned shard, unsigned shards);
HM_API void hm_jobs_free(struct hm_jobs *jobs);

/* ---- what is done already ---- */

/** Digest, size and time of change of every picture in a store, by code. */
struct hm_known;
HM_API HM_WARN_UNUSED enum hm_status hm_known_read(struct hm_known **out, struct hm_store *store,
                                                   struct hm_error *err);
/** NULL: the code is not there. Borrowed until hm_known_free. */
HM_API const struct hm_store_source *hm_known_find(const struct hm_known *known, const char *code);
HM_API void hm_known_free(struct hm_known *known);

/* ---- jobs -> embeddings -> sink ---- */

/** Where embeddings go. Its functions are called by one thread at a time, in the order of the
 *  jobs. */
struct hm_sink {
    enum hm_status (*put)(struct hm_sink *sink, const struct hm_store_embedding *rows, size_t n,
                          struct hm_error *err);
    /** Whether a resumed file holds a code already, and its embedding (vector NULL: not wanted).
     *  NULL: it holds none. */
    bool (*holds)(struct hm_sink *sink, const char *code, float *vector);
    /** whole: the file is put in its place; else what was put stays in FILE.part, to be resumed.
     *  Frees the sink, also when it fails. */
    enum hm_status (*close)(struct hm_sink *sink, bool whole, struct hm_error *err);
    /** A job that could not be done, and why; behind the rows of its batch. NULL: left out. */
    enum hm_status (*fail)(struct hm_sink *sink, const char *code, const struct hm_error *why,
                           struct hm_error *err);
};

/** Rows into a store, which stays the caller's. */
HM_API HM_WARN_UNUSED enum hm_status hm_sink_store(struct hm_sink **out, struct hm_store *store,
                                                   struct hm_error *err);
/** A file, by its ending: FILE.npy is f32 [n][2048] with the codes, a line each, in FILE.npy.codes;
 *  FILE.ndjson, FILE.jsonl and "-" (standard output) get one JSON object a line; FILE.arrow is an
 *  Arrow IPC file (docs/embed.md). It is written as FILE.part and whole up to the last put, in
 *  FILE.arrow the last 64 rows, whenever the process ends.
 *  model   whose embeddings they are, for formats that say it; NULL: not known
 *  resume  go on with FILE.part, else with FILE: what it holds is not to be put again
 *  errors  HM_EARG: no such ending, or nothing that can be resumed; HM_EIO; HM_ENOMEM;
 *          HM_EFORMAT: what is to be resumed was not written by hmrec */
HM_API HM_WARN_UNUSED enum hm_status hm_sink_file(struct hm_sink **out, const char *path,
                                                  const char *model, bool resume,
                                                  struct hm_error *err);
struct hm_sink_format {
    bool lines;      // codes go into a list of lines (struct hm_jobs)
    bool resumes;    // what a run left can be gone on with
    bool says_model; // it has a place for the model's name
};
/** What is to be known of the format that a path's ending names.
 *  errors  HM_EARG: the text lists the endings that hm_sink_file knows */
HM_API HM_WARN_UNUSED enum hm_status hm_sink_check(const char *path, struct hm_sink_format *out,
                                                   struct hm_error *err);
/** Embed pictures that a resumed sink holds again, and compare: other weights are not mixed in.
 *  errors  HM_ECONFLICT: some could be read, and none of these has the embedding that is held */
HM_API HM_WARN_UNUSED enum hm_status hm_sink_fits(struct hm_sink *sink,
                                                  struct hm_embedder *embedder,
                                                  const struct hm_job *jobs, size_t n,
                                                  struct hm_error *err);

struct hm_embed_run {
    const struct hm_host *host;
    const struct hm_jobs *jobs;
    struct hm_embedder *const *embedders; // [workers]
    const struct hm_known *known;         // what the store holds; NULL: nothing
    struct hm_sink *sink;
    unsigned workers; // each decodes and embeds batches of its own
    unsigned batch;   // pictures, at most those of an embedder
};

struct hm_embed_result {
    size_t done, same, failed; // same: touched, but with the same content
};

/** Decode, embed and put every job. A bad picture is told of and counted; only a failing sink or
 *  memory ends the run.
 *  errors  HM_ECANCELED: after the batches in hand; the sink's */
HM_API HM_WARN_UNUSED enum hm_status
hm_embed_jobs(const struct hm_embed_run *run, struct hm_embed_result *result, struct hm_error *err);

/** Embed photos as the store's products were.
 *  weights  must be the ones behind the store's embeddings (else HM_ECONFLICT)
 *  vectors  f32 [n][HM_DIM]
 *  failed   [n]: the file is bad, and the host was told
 *  errors   HM_ECANCELED, HM_ECONFLICT, HM_ENOTFOUND (no embeddings yet), HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status
hm_photo_embed(const char *const *paths, size_t n, struct hm_store *store,
               struct hm_weights *weights, const char *isa, unsigned threads,
               const struct hm_host *host, float *vectors, bool *failed, struct hm_error *err);

/* ---- arrays in files ---- */

/** NumPy's .npy format, version 1.0, written row by row: magic "\x93NUMPY" 1 0, u16 header length,
 *  a Python dictionary padded with blanks to a multiple of 64 bytes, then the rows. Written as
 *  PATH.part. */
struct hm_npy;
/** descr      "<f4", "|u1"
 *  row_shape  what stands behind the number of rows in the shape: "2048", "224, 224, 3" */
HM_API HM_WARN_UNUSED enum hm_status hm_npy_create(struct hm_npy **out, const char *path,
                                                   const char *descr, const char *row_shape,
                                                   size_t row_bytes, struct hm_error *err);
HM_API HM_WARN_UNUSED enum hm_status hm_npy_append(struct hm_npy *npy, const void *row,
                                                   struct hm_error *err);
/** Close and free; with `whole` the file is put in its place, which is done only when this returns
 *  HM_OK. NULL: nothing. */
HM_API HM_WARN_UNUSED enum hm_status hm_npy_close(struct hm_npy *npy, bool whole,
                                                  struct hm_error *err);

/* ---- embeddings -> matrix ---- */

/** All embeddings of a store in memory, ordered by code (as bytes). Zero-initialise but for host;
 *  hm_vectors_free when done. */
struct hm_vectors {
    const struct hm_host *host;
    float *rows;        // f32 [n][HM_DIM], every number finite
    const char **codes; // [n]
    int64_t *revisions; // [n]
    int64_t revision;   // the highest one
    size_t n, capacity;
    struct hm_arena *strings;
};
/** errors  HM_EFORMAT (a number is not finite: names the product), HM_ECANCELED, the store's */
HM_API HM_WARN_UNUSED enum hm_status hm_vectors_read(struct hm_vectors *vectors,
                                                     struct hm_store *store, struct hm_error *err);
/** Row of a code; SIZE_MAX where there is none. */
HM_API size_t hm_vectors_find(const struct hm_vectors *vectors, const char *code);
HM_API void hm_vectors_free(struct hm_vectors *vectors);

/* ---- embeddings -> neighbours ---- */

struct hm_neighbours_run {
    const struct hm_host *host;
    size_t k;         // 1 .. HM_KNN_K_MAX
    const char *isa;  // NULL: best usable
    unsigned threads; // 0: one a CPU
    bool full;        // compare everything, whatever an earlier run found
};

struct hm_neighbours_result {
    size_t products;    // that have an embedding
    size_t searched;    // lists made anew: all, or those touched by a change
    size_t written;     // lists that differ from what the store held
    double compared;    // share of the pairs whose cosine was computed in full
    uint64_t search_ns; // without reading and writing the store
};

/** The k nearest products of each product, exactly, into the store; after changes only what they
 *  touch is searched. Zero vectors take part, with score 0.5. A failure or HM_ECANCELED leaves the
 *  store's old neighbours, once the store is closed.
 *  errors  HM_ENOTFOUND (no embeddings), HM_ECONFLICT (the store's model was changed meanwhile) */
HM_API HM_WARN_UNUSED enum hm_status hm_neighbours_find(struct hm_store *store,
                                                        const struct hm_neighbours_run *run,
                                                        struct hm_neighbours_result *result,
                                                        struct hm_error *err);

/* ---- neighbours -> rows ---- */

/** What people read beside a product, by code; read from a store as it is needed. Zero-initialise
 *  but for store; hm_names_free when done. */
struct hm_names {
    struct hm_store *store; // borrowed
    struct name_slot *slots;
    size_t n, capacity;
    bool all;
    struct hm_arena *strings;
};
/** Read what the store says of these codes, as far as it is not known yet. codes NULL: of all
 *  products. */
HM_API HM_WARN_UNUSED enum hm_status hm_names_need(struct hm_names *names, const char *const *codes,
                                                   size_t n, struct hm_error *err);
/** Never NULL: of a product that was not asked for, or that the store does not have, all strings
 *  are "". Borrowed. */
HM_API const struct hm_store_product *hm_names_find(const struct hm_names *names, const char *code);
/** Add a product that is known from elsewhere; its strings are copied. */
HM_API HM_WARN_UNUSED enum hm_status
hm_names_add(struct hm_names *names, const struct hm_store_product *product, struct hm_error *err);
HM_API void hm_names_free(struct hm_names *names);

struct hm_hit {
    char code[HM_STORE_CODE_MAX + 1];
    float score; // (1 + cosine) / 2
};

/** One product or photo, and what looks like it. */
struct hm_similar {
    const char *query;   // as the user named it
    const float *vector; // f32 [HM_DIM] of a photo; NULL: query is a product's code
    struct hm_hit *hits; // [n], best first; owned: hm_similar_free
    size_t n;
    bool failed; // no result; the host was told why
};

struct hm_similar_options {
    const struct hm_host *host;
    size_t k;
    bool same_department, same_index; // as the query's; by number and code, which names repeat
    // Of the articles that share a product code (the first 7 of an article's 10 digits: a garment
    // in its colours) only the best, and none that shares the query's.
    bool one_per_product_code;
    double min_score;
    const char *isa;  // of the search
    unsigned threads; // of the search; 0: one a CPU
};

/** Find the look-alikes of m items: the neighbours in the store where they answer the question and
 *  are up to date, else an exact search over its embeddings in one pass, in blocks (16 MB) whatever
 *  their number.
 *  names  of the store that has the catalogue, for the filters */
HM_API HM_WARN_UNUSED enum hm_status hm_similar_find(struct hm_similar *items, size_t m,
                                                     struct hm_store *store, struct hm_names *names,
                                                     const struct hm_similar_options *options,
                                                     struct hm_error *err);
/** The same of products by one query across the two databases that a server joins as "fabric",
 *  names included; what is said of an item without neighbours leaves the others.
 *  errors  HM_EUNSUPPORTED: the server joins none */
HM_API HM_WARN_UNUSED enum hm_status
hm_similar_across(struct hm_similar *items, size_t m, const struct hm_store_config *server,
                  enum hm_store_across how, const struct hm_similar_options *options,
                  struct hm_names *names, struct hm_error *err);
HM_API void hm_similar_free(struct hm_similar *items, size_t m); // the hits

/** Whether the neighbours in the store are those of its embeddings; if not, what came between, for
 *  a message: "3 embeddings are newer than the neighbours in hmrec.db". */
HM_API bool hm_neighbours_current(const struct hm_store_knn_state *state,
                                  const struct hm_store *store, char *what, size_t size);

/** An exact search: the k nearest of each query among the products of its department and index. */
struct hm_search_query {
    const float *vector;       // f32 [HM_DIM]
    const char *self;          // the code that is no answer; NULL: all are
    int64_t department;        // its number; HM_STORE_NO_NUMBER: any
    const char *index_code;    // NULL: any
    bool one_per_product_code; // as in hm_similar_options
    struct hm_hit *hits;       // [k], n of them filled in, best first
    size_t n;
};
/** errors  HM_EFORMAT: a number of an embedding is not finite; names the product */
HM_API HM_WARN_UNUSED enum hm_status hm_search_store(struct hm_search_query *queries, size_t m,
                                                     size_t k, struct hm_store *store,
                                                     const struct hm_names *names, const char *isa,
                                                     unsigned threads, const struct hm_host *host,
                                                     struct hm_error *err);

/** What the searches of a process with many questions remember of a store's screen: 920 bytes a
 *  product. It is read at the first search that can use it, and again when it has changed.
 *  threads  one search at a time */
struct hm_searcher;
HM_API HM_WARN_UNUSED enum hm_status hm_searcher_new(struct hm_searcher **out,
                                                     struct hm_error *err);
HM_API void hm_searcher_free(struct hm_searcher *searcher);
/** hm_search_store, always of the same store. */
HM_API HM_WARN_UNUSED enum hm_status
hm_searcher_search(struct hm_searcher *searcher, struct hm_search_query *queries, size_t m,
                   size_t k, struct hm_store *store, const struct hm_names *names, const char *isa,
                   unsigned threads, const struct hm_host *host, struct hm_error *err);

/** Bring up to date what rules most products out of a search in an SQLite store, once embeddings
 *  have come in (docs/neighbours.md); it is made when there are enough of them, and anew when it
 *  has aged. A search finds the same without it, but slower, so a failure is but a note.
 *  isa      as of struct hm_knn_options
 *  threads  the same */
HM_API void hm_search_prepare(struct hm_store *store, const char *isa, unsigned threads,
                              const struct hm_host *host);

/* ---- the catalogue's files -> store ---- */

enum hm_load_kind { HM_LOAD_ARTICLES, HM_LOAD_CUSTOMERS, HM_LOAD_TRANSACTIONS, HM_LOAD_KINDS };

/** "articles", "customers", "transactions": the option's name, too. */
HM_API const char *hm_load_kind_name(enum hm_load_kind kind);

/** A CSV file of the competition, with a header line: as it is, packed (.gz, .zip with one member),
 *  in UTF-8 or UTF-16, separated by commas, semicolons or tabs; numbers, dates and codes also in
 *  the shapes that pandas gives them. */
struct hm_load;
/** path    "-": standard input
 *  host    borrowed until hm_load_free
 *  errors  HM_ENOTFOUND, HM_EIO, HM_EFORMAT (empty, bad header, several files in it),
 *          HM_EUNSUPPORTED (packed, and built without libarchive), HM_ENOMEM; the text names the
 *          file */
HM_API HM_WARN_UNUSED enum hm_status hm_load_open(struct hm_load **out, enum hm_load_kind kind,
                                                  const char *path, const struct hm_host *host,
                                                  struct hm_error *err);
struct hm_load_result {
    uint64_t rows; // loaded by this run
    uint64_t bad; // passed over, by earlier runs that this one goes on from, too; the host was told
                  // of the first 100
};
/** Read it into a store, from where an earlier run of the same file came to; again: from the start.
 *  A file that has been loaded whole, and no other of its kind since, is not read again.
 *  errors  HM_ECANCELED: a later run goes on there; HM_EFORMAT: a column is missing; those of the
 *          store */
HM_API HM_WARN_UNUSED enum hm_status hm_load_run(struct hm_load *load, struct hm_store *store,
                                                 bool again, struct hm_load_result *result,
                                                 struct hm_error *err);
HM_API void hm_load_free(struct hm_load *load); // NULL: nothing
/** Tell the host, as a note, how many products with a photo the catalogue that was loaded last
 *  lacks: their names may be written differently. Nothing is said without a catalogue. */
HM_API HM_WARN_UNUSED enum hm_status
hm_tell_unlisted(struct hm_store *store, const struct hm_host *host, struct hm_error *err);

/* ---- what is gone -> out of the store ---- */

/** Why a store should no longer have a product: PHOTO, the file that its embedding is from is not
 *  there any more; CATALOGUE, the catalogue that was loaded last lacks it. */
enum hm_prune_reason { HM_PRUNE_PHOTO, HM_PRUNE_CATALOGUE };
/** "its photo is gone", "not in the catalogue" */
HM_API const char *hm_prune_reason_text(enum hm_prune_reason reason);

struct hm_pruned {
    const char *code;
    enum hm_prune_reason reason;
};
/** Products to be removed; one may be listed for each reason. Zero-initialise; hm_prune_free when
 *  done. */
struct hm_prune {
    struct hm_pruned *rows; // [n]
    size_t n, capacity;
    struct hm_arena *strings;
};
/** List the products with an embedding of a photo that is not among these.
 *  photos  as hm_jobs_add_path found them, hm_jobs_finish or not
 *  errors  HM_EIO (some could not be looked at), HM_ENOTFOUND (there are none at all), HM_ECONFLICT
 *          (no embedding is of one of these: another folder, or other codes) */
HM_API HM_WARN_UNUSED enum hm_status hm_prune_photos(struct hm_prune *prune, struct hm_store *store,
                                                     const struct hm_jobs *photos,
                                                     struct hm_error *err);
/** List the products that the catalogue in graph (may be the same store) lacks.
 *  errors  HM_ENOTFOUND (hmrec load has loaded none), HM_ECONFLICT (one has been loaded in part) */
HM_API HM_WARN_UNUSED enum hm_status hm_prune_catalogue(struct hm_prune *prune,
                                                        struct hm_store *store,
                                                        struct hm_store *graph,
                                                        struct hm_error *err);
/** Remove what is listed: of a product whose photo is gone the embedding, of one that is not in the
 *  catalogue what the catalogue said as well. Purchases stay, and with them their products. */
HM_API HM_WARN_UNUSED enum hm_status hm_prune_remove(const struct hm_prune *prune,
                                                     struct hm_store *store,
                                                     struct hm_store_removed *removed,
                                                     struct hm_error *err);
HM_API void hm_prune_free(struct hm_prune *prune);

/* ---- how good look-alikes are: how often one shares the type, colour, appearance ---- */

enum hm_eval_facet { HM_EVAL_TYPE, HM_EVAL_COLOUR, HM_EVAL_APPEARANCE, HM_EVAL_FACETS };

/** Of one facet: pairs of a product and a neighbour of which the catalogue knows both values. */
struct hm_eval_share {
    size_t pairs, same;
    double chance; // what share would be the same if neighbours were drawn by lot
};

struct hm_eval_row {
    const char *group; // product group; "" for products without
    size_t products;   // with neighbours
    size_t neighbours;
    struct hm_eval_share facets[HM_EVAL_FACETS];
};

/** Zero-initialise; hm_eval_free when done. */
struct hm_eval {
    struct hm_eval_row all;
    struct hm_eval_row *groups; // [n], the one with the most products first
    size_t n;
    struct hm_names names;
};

/** "type", "colour", "appearance" */
HM_API const char *hm_eval_facet_name(enum hm_eval_facet facet);

/** Compare the neighbours in the store with what the catalogue in graph (may be the same store)
 *  says. The chance of a pair is exact: of the other products with a picture and a known value, the
 *  share that has this product's value.
 *  host    is told when the neighbours are not up to date; NULL: nobody
 *  errors  HM_ENOTFOUND: no neighbours of the current embeddings, or nothing in the catalogue to
 *          compare them by */
HM_API HM_WARN_UNUSED enum hm_status hm_eval_measure(struct hm_eval *eval, struct hm_store *store,
                                                     struct hm_store *graph,
                                                     const struct hm_host *host,
                                                     struct hm_error *err);
HM_API void hm_eval_free(struct hm_eval *eval);

#ifdef __cplusplus
}
#endif

#endif
