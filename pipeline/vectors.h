// SPDX-License-Identifier: MIT
/** What every reader of embeddings checks. */
#ifndef HM_PIPELINE_VECTORS_H
#define HM_PIPELINE_VECTORS_H

#include "hmrec/store.h"

/** HM_EFORMAT, naming the product, when a number of its embedding is not finite. */
HM_WARN_UNUSED enum hm_status vector_check(const struct hm_store_embedding *row,
                                           struct hm_error *err);

#endif
