// SPDX-License-Identifier: MIT
/** What EXPLAIN and PROFILE tell of a query. */
#ifndef HM_APP_CYPHER_PLAN_H
#define HM_APP_CYPHER_PLAN_H

#include <stdbool.h>

#include "hmrec/bolt.h"
#include "mem.h"

/** Append a plan, as a tree of operators (table, csv), as the server sent it (json, ndjson), or
 *  what cypher-shell shows of it.
 *  summary  has a plan or a profile
 *  behind   another result stands above: an empty line where the format wants one
 *  errors   HM_ENOMEM */
HM_WARN_UNUSED enum hm_status plan_render(struct hm_buf *out, const struct bolt_summary *summary,
                                          unsigned format, bool behind, struct hm_error *err);

#endif
