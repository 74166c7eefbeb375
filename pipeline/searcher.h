// SPDX-License-Identifier: MIT
/** A store's screen as searches use it, and what is remembered of it from one to the next. */
#ifndef HM_PIPELINE_SEARCHER_H
#define HM_PIPELINE_SEARCHER_H

#include "hmrec/pipeline.h"
#include "hmrec/screen.h"

struct hm_searcher {
    struct hm_screen *screen;
    int64_t *numbers; // [n], of products
    char *kept;       // [n][HM_SCREEN_KEPT]; NULL: it is not remembered
    size_t n;
    int64_t revision; // of the store's screen that is remembered as a whole; 0: none is
    bool remembers;
};

/** Whether the store's screen is remembered. */
bool searcher_knows(const struct hm_searcher *searcher, const struct hm_store_screen *state);

/** Take up the store's screen, of which searcher_add is given what was kept; searcher_end says that
 *  it was all of it.
 *  errors  HM_EFORMAT: what the store has is no screen */
HM_WARN_UNUSED enum hm_status searcher_begin(struct hm_searcher *searcher, struct hm_store *store,
                                             const struct hm_store_screen *state,
                                             const struct hm_knn_options *options,
                                             struct hm_error *err);
/** errors  HM_EFORMAT: more than the screen's state says */
HM_WARN_UNUSED enum hm_status searcher_add(struct hm_searcher *searcher,
                                           const struct hm_store *store,
                                           const struct hm_store_screen *state,
                                           const int64_t *numbers, const void *kept, size_t n,
                                           struct hm_error *err);
void searcher_end(struct hm_searcher *searcher, const struct hm_store_screen *state);

/** Forget all of it. */
void searcher_forget(struct hm_searcher *searcher);

#endif
