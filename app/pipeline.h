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
#include "nn.h"
#include "store.h"
#include "weights.h"

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
/** The file that app_open_weights would open; owned by the caller (free). */
HM_WARN_UNUSED enum hm_status app_find_weights(char **path, const char *given,
                                               struct hm_error *err);
/** Open the weights that --weights, the environment or the search order name; says on stderr when they are random. */
HM_WARN_UNUSED enum hm_status app_open_weights(struct weights **out, const char *given,
                                               struct hm_error *err);
/** Open the store that --store or the environment name, with the credentials of the environment. */
HM_WARN_UNUSED enum hm_status app_open_store(struct store **out, const char *uri, bool create,
                                             struct hm_error *err);

// ---- jobs -> embeddings -> sink (embed.c)

/** Where embeddings go. The functions are called by one thread at a time, in the order of the jobs. */
struct sink {
    enum hm_status (*put)(struct sink *, const struct store_embedding *rows, size_t n,
                          struct hm_error *);
    enum hm_status (*close)(struct sink *,
                            struct hm_error *); // what was put becomes complete; frees the sink
};

/** Rows into a store. The store stays the caller's. */
HM_WARN_UNUSED enum hm_status sink_store(struct sink **out, struct store *store,
                                         struct hm_error *err);
/** FILE.npy: f32 [n][2048] and the codes in FILE.npy.codes; otherwise, and for "-": one JSON object a line. (sinks.c) */
HM_WARN_UNUSED enum hm_status sink_file(struct sink **out, const char *path, struct hm_error *err);

struct embed_run {
    const struct jobs *jobs;
    struct nn_model *const *models; // [workers]
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

// ---- what is done already (known.c)

/** Digest, size and time of change of every picture in the store, by code. */
struct known;
HM_WARN_UNUSED enum hm_status known_read(struct known **out, struct store *store,
                                         struct hm_error *err);
/** NULL when the code is not there. Borrowed. */
const struct store_source *known_find(const struct known *known, const char *code);
void known_free(struct known *known);

#endif
