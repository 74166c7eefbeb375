// SPDX-License-Identifier: MIT
/** The tables of a graph as the files that neo4j-admin imports: TABLE-header.csv and TABLE.csv. */
#ifndef HM_PIPELINE_ADMIN_TABLES_H
#define HM_PIPELINE_ADMIN_TABLES_H

#include "files.h"
#include "hmrec/export.h"

/** Whether tables_write writes a file of that name. */
bool tables_has(const char *name);

/** Write every table of a store.
 *  arguments  out: a line for each table, and for what its content asks of neo4j-admin
 *  errors     HM_EUNSUPPORTED, HM_EFORMAT, HM_EIO, HM_ECANCELED, the store's */
HM_WARN_UNUSED enum hm_status tables_write(struct admin_files *files, struct hm_store *store,
                                           const struct hm_host *host, struct hm_buf *arguments,
                                           struct hm_admin_result *result, struct hm_error *err);

#endif
