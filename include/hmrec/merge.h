// SPDX-License-Identifier: MIT
/** The embeddings of several stores, in one: what the parts of a job (hm_jobs_finish's shards)
 *  made.
 *
 *  In this order: hm_merge_list for each source, hm_merge_check, hm_merge_begin, hm_merge_copy for
 *  each source. Nothing is written before hm_merge_copy, so whatever can be found to contradict has
 *  been found by then. A source may be closed and opened again in between.
 *
 *  Ownership: what a function takes is borrowed for the call.
 *  Threads: one thread at a time a merge.
 */
#ifndef HMREC_MERGE_H
#define HMREC_MERGE_H

#include <stddef.h>

#include "hmrec/host.h"
#include "hmrec/status.h"
#include "hmrec/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Zero-initialise but for host; hm_merge_free when done. About 200 bytes a product. */
struct hm_merge {
    const struct hm_host *host;
    char model[HM_STORE_MODEL_MAX + 1]; // of all of them; "": none had an embedding yet
    struct merge_row *rows;             // [n]; ordered by code from hm_merge_check on
    size_t n, capacity;
    const char **sources; // [n_sources] names, in the order of hm_merge_list
    size_t n_sources, sources_capacity;
    struct hm_arena *strings;
    size_t held;    // products that the target had already
    size_t written; // that it got
};

/** List the embeddings of one more source. The host is told when it has none, and when it has what
 *  hm_load_run reads, which is not merged.
 *  errors  HM_ECONFLICT (of another model than the sources before it), HM_EFORMAT (a code of an
 *          impossible length) */
HM_API HM_WARN_UNUSED enum hm_status hm_merge_list(struct hm_merge *merge, struct hm_store *source,
                                                   struct hm_error *err);
/** Decide which source each product comes from: the first that has a picture of it, else (zero
 *  vector) the first that has it.
 *  errors  HM_ECONFLICT: of a product there are two pictures; the host is told of the first 20 */
HM_API HM_WARN_UNUSED enum hm_status hm_merge_check(struct hm_merge *merge, struct hm_error *err);
/** Compare with the target. An embedding of the same picture stays; a zero vector gives way.
 *  errors  HM_ECONFLICT: the target's are of another model, or of another picture (as above) */
HM_API HM_WARN_UNUSED enum hm_status hm_merge_begin(struct hm_merge *merge, struct hm_store *target,
                                                    struct hm_error *err);
/** Copy what comes from a source, with its provenance, in batches: each is there whole or not at
 *  all, and a merge that was cut off is completed by the next.
 *  which   0 for the first source listed
 *  errors  HM_ECONFLICT (the source has changed since it was listed), HM_EFORMAT (a number is not
 *          finite), HM_ECANCELED, those of both stores */
HM_API HM_WARN_UNUSED enum hm_status hm_merge_copy(struct hm_merge *merge, size_t which,
                                                   struct hm_store *source, struct hm_store *target,
                                                   struct hm_error *err);
HM_API void hm_merge_free(struct hm_merge *merge);

#ifdef __cplusplus
}
#endif

#endif
