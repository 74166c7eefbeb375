// SPDX-License-Identifier: MIT
/** Embeddings made elsewhere into a store, and a store's embeddings, neighbours and catalogue into
 *  the files of other programs. */
#ifndef HMREC_EXCHANGE_H
#define HMREC_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "hmrec/host.h"
#include "hmrec/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What to import. Strings are borrowed for the call. */
struct hm_import {
    const struct hm_host *host;
    struct hm_store *store;
    const char
        *path; // FILE.npy ('<f4' [n][2048]), FILE.ndjson or FILE.jsonl (lines as hm_sink_file
               // writes them)
    const char *codes; // of a .npy's rows, a line each; NULL: FILE.npy.codes
    const char *model; // whose embeddings they are (see HM_STORE_MODEL_MAX)
    bool again;        // in place of another model's
};
struct hm_import_result {
    size_t put, unchanged;
};

/** Put the embeddings of a file into a store. The whole file is read and checked before the first
 *  one is put. They are put in batches: an import that was cut short goes on where it was, for an
 *  embedding that the store has already is passed over.
 *  errors  HM_EFORMAT: another format, type or shape, a number that is not finite, a code that is
 *          none or comes twice; the text names row and code. HM_ECONFLICT: the store has embeddings
 *          of another model, and not again. HM_ECANCELED; HM_EARG; HM_EIO; HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status hm_import_embeddings(const struct hm_import *import,
                                                          struct hm_import_result *result,
                                                          struct hm_error *err);

/** Write every embedding of the store's model, ordered by code, into a file of hm_sink_file.
 *  n       written
 *  errors  HM_ENOTFOUND: the store has none; HM_ECANCELED; those of hm_sink_file. The file is not
 *          in its place then */
HM_API HM_WARN_UNUSED enum hm_status hm_export_embeddings(struct hm_store *store, const char *path,
                                                          const struct hm_host *host, size_t *n,
                                                          struct hm_error *err);

/** Write every product's neighbours, ordered by code and rank: FILE.csv with the columns code, rank
 *  (from 1), neighbour, score, or FILE.ndjson, FILE.jsonl with objects of these; scores as %.9g. As
 *  the store has them, up to date or not (hm_store_get_knn_state).
 *  n       written
 *  errors  as above */
HM_API HM_WARN_UNUSED enum hm_status hm_export_neighbours(struct hm_store *store, const char *path,
                                                          const struct hm_host *host, size_t *n,
                                                          struct hm_error *err);

/** Write what the catalogue says of products, ordered by code, as the 25 columns of articles.csv,
 *  which hm_load reads: FILE.csv.
 *  n       written
 *  errors  as above */
HM_API HM_WARN_UNUSED enum hm_status hm_export_products(struct hm_store *store, const char *path,
                                                        const struct hm_host *host, size_t *n,
                                                        struct hm_error *err);

#ifdef __cplusplus
}
#endif

#endif
