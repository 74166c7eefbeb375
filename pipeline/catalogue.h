// SPDX-License-Identifier: MIT
/** The catalogue as a store has it: the articles that were loaded last. */
#ifndef HM_PIPELINE_CATALOGUE_H
#define HM_PIPELINE_CATALOGUE_H

#include "hmrec/store.h"

/** How far it has been loaded. load is 0 without one. */
HM_WARN_UNUSED enum hm_status catalogue_mark(struct hm_store *store, struct hm_store_mark *mark,
                                             struct hm_error *err);

#endif
