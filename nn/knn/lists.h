// SPDX-License-Identifier: MIT
/** Lists of nearest neighbours under construction: heaps with the worst entry on top. What enters a
 *  list is decided by (score, index) alone, so the order of the offers does not matter. */
#ifndef NN_LISTS_H
#define NN_LISTS_H

#include "hmrec/knn.h"

struct nn_lists {
    struct hm_neighbour *entries; // [rows][k]
    uint32_t *counts;             // [rows]
    float *limits;                // [rows]: a lower score cannot enter
    size_t k;
};

/** Empty lists.
 *  entries  the caller's [rows][k]; NULL: made here, for nn_lists_free with `own`
 *  returns  false without memory; what was made is still to be freed */
bool nn_lists_new(struct nn_lists *lists, size_t rows, size_t k, struct hm_neighbour *entries);
void nn_lists_free(struct nn_lists *lists, bool own);

/** Take the pair if it is among the k best so far; each index is offered once. */
void nn_offer(struct nn_lists *lists, size_t row, uint32_t index, float score);

/** Order a list: best first, HM_KNN_NONE behind. */
void nn_lists_finish(struct nn_lists *lists, size_t row);

#endif
