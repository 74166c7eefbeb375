// SPDX-License-Identifier: MIT
/** Queries by the store's screen. */
#ifndef HM_PIPELINE_SCREENED_H
#define HM_PIPELINE_SCREENED_H

#include "hmrec/pipeline.h"

/** Answer queries by the store's screen, reading the embeddings of the few products that it does
 *  not rule out.
 *  searcher  what is remembered of the screen; NULL: nothing
 *  answered  false: there is no screen, or it would not pay; the hits are none
 *  other     as of hm_search_store */
HM_WARN_UNUSED enum hm_status search_screened(struct hm_search_query *queries, size_t m, size_t k,
                                              struct hm_store *store, const char *isa,
                                              const struct hm_host *host,
                                              struct hm_searcher *searcher, bool *answered,
                                              struct hm_error *err);

#endif
