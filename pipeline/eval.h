// SPDX-License-Identifier: MIT
/** How good look-alikes are: how often a neighbour shares the type, colour and appearance, against chance. */
#ifndef HM_APP_EVAL_H
#define HM_APP_EVAL_H

#include "hmrec/pipeline.h"

enum eval_facet { EVAL_TYPE, EVAL_COLOUR, EVAL_APPEARANCE, EVAL_FACETS };

/** Of one facet: pairs of a product and a neighbour of which the catalogue knows both values. */
struct eval_share {
    size_t pairs, same;
    double chance; // what share would be the same if neighbours were drawn by lot
};

struct eval_row {
    const char *group; // product group; "" for products without
    size_t products;   // with neighbours
    size_t neighbours;
    struct eval_share facets[EVAL_FACETS];
};

/** Zero-initialise; eval_free when done. */
struct eval {
    struct eval_row all;
    struct eval_row *groups; // [n], the one with the most products first
    size_t n;
    struct names names;
};

/** "type", "colour", "appearance" */
const char *eval_facet_name(enum eval_facet facet);

/** Compare the neighbours in the store with what the catalogue in graph (may be the same store) says. The chance of a pair is exact:
 *  of the other products with a picture and a known value, the share that has this product's value.
 *  errors  HM_ENOTFOUND: no neighbours yet */
HM_WARN_UNUSED enum hm_status eval_run(struct eval *eval, struct hm_store *store,
                                       struct hm_store *graph, struct hm_error *err);
void eval_free(struct eval *eval);

/** The same as a plot: a bar for each share, a mark for its chance. */
HM_WARN_UNUSED enum hm_status eval_plot(const struct eval *eval, const char *path,
                                        struct hm_error *err);

#endif
