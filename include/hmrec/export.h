// SPDX-License-Identifier: MIT
/** What a store holds, or the competition's files say, in files for other programs.
 *
 *  Ownership: what a function takes is borrowed for the call.
 *  Threads: one thread at a time a store.
 */
#ifndef HMREC_EXPORT_H
#define HMREC_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "hmrec/host.h"
#include "hmrec/pipeline.h"
#include "hmrec/status.h"
#include "hmrec/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The files, in the folder of an export, with the options of neo4j-admin and with the constraints
 *  to be made behind the import. */
#define HM_ADMIN_ARGUMENTS   "import.args"
#define HM_ADMIN_CONSTRAINTS "constraints.cypher"

struct hm_admin_run {
    const struct hm_host *host;
    const char *folder;               // made if it is not there
    struct hm_store *store;           // a file; NULL: the files below
    const char *paths[HM_LOAD_KINDS]; // as of hm_load_open; NULL: none of that kind
};

struct hm_admin_result {
    uint64_t nodes, relationships;
    uint64_t bad; // rows of the files that were named and passed over
};

/** Write header and data files for `neo4j-admin database import full`: the graph that loading the
 *  same files into a Neo4j store, or embedding and searching there, makes. All or nothing: until
 *  every file is whole, those of an earlier export stay. Files are read into an SQLite file in the
 *  folder first, which counts equal purchases; memory is that of hm_load_run.
 *  errors  HM_ECONFLICT: the folder has files that are not of an export; HM_EUNSUPPORTED: the store
 *          is a server; HM_EIO, HM_ECANCELED; those of hm_load_open and hm_load_run */
HM_API HM_WARN_UNUSED enum hm_status hm_admin_export(const struct hm_admin_run *run,
                                                     struct hm_admin_result *result,
                                                     struct hm_error *err);

#ifdef __cplusplus
}
#endif

#endif
