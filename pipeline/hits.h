// SPDX-License-Identifier: MIT
/** The best hits of a query so far. */
#ifndef HM_PIPELINE_HITS_H
#define HM_PIPELINE_HITS_H

#include "hmrec/pipeline.h"

/** Take a hit if it is among the k best: best first, equal scores in the order of their codes. The
 *  same one again changes nothing. */
void hits_take(struct hm_search_query *q, size_t k, const char *code, float score);

#endif
