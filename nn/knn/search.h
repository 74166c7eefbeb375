// SPDX-License-Identifier: MIT
/** A pass over pairs of rows and columns: knn.c says what is compared, blocks.c does it. */
#ifndef NN_SEARCH_H
#define NN_SEARCH_H

#include "isa/kernels.h"
#include "knn/lists.h"
#include "knn/screen.h"

/** The vectors that a pass multiplies: f32 [n][stride], parts * depth numbers of each. */
struct nn_operand {
    const float *rows;
    const float *scales; // [n], 1 / length, 0 for zero vectors; NULL: nothing to scale
    size_t stride, depth, parts;
};

struct nn_search {
    const struct nn_kernels *kernels;
    const struct hm_knn_options *options;
    unsigned threads;
    struct nn_operand rows, columns; // of the pass
    struct nn_operand exact;         // with a screen: what rows and columns stand for
    const struct nn_screen *screen;  // NULL: the products of the pass are the cosines
    float *scales;                   // of the n rows; owned
    size_t n, m;
    const uint32_t *which; // [m], rows that are the columns, ascending; NULL: m queries
    const uint8_t *kinds;  // [n], enum hm_knn_row; NULL: queries, and rows have no lists
    const uint32_t *self;  // [m], a query's row that is no answer; NULL: none
    struct nn_lists lists; // of the rows; of the queries
    uint64_t done, total;  // pairs, of all passes
    uint64_t compared;     // pairs whose cosines were computed in all their numbers
    int stopped;
};

/** Whether hm_knn_update rules pairs out by a screen. */
enum nn_screening { NN_SCREEN_IF_IT_PAYS, NN_SCREEN_ALWAYS, NN_SCREEN_NEVER };

/** hm_knn_update, with or without a screen. */
HM_WARN_UNUSED enum hm_status nn_knn_update(const float *rows, size_t n, size_t k,
                                            const uint8_t *kinds, struct hm_neighbour *lists,
                                            const struct hm_knn_options *options,
                                            enum nn_screening screening, struct hm_error *err);

/** 1 / length of each vector, 0 for zero vectors.
 *  vectors  f32 [n][HM_DIM]
 *  what     a vector's name in messages
 *  errors   HM_EARG: a number that is not finite, or too long a vector; names the first */
HM_WARN_UNUSED enum hm_status nn_measure(const struct nn_kernels *kernels, const float *vectors,
                                         size_t n, float *scales, unsigned threads,
                                         const char *what, struct hm_error *err);

/** How many pairs a pass goes over. */
uint64_t nn_search_pairs(const struct nn_search *s);

/** Go over all pairs and offer to the lists what s->lists.limits admit.
 *  errors  HM_ENOMEM, HM_ECANCELED */
HM_WARN_UNUSED enum hm_status nn_search_pass(struct nn_search *s, struct hm_error *err);

#endif
