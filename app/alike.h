// SPDX-License-Identifier: MIT
/** Look-alikes as hmrec similar and hmrec gallery ask for and show them. */
#ifndef HM_APP_ALIKE_H
#define HM_APP_ALIKE_H

#include "app.h"
#include "hmrec/pipeline.h"

/** Rows of a table of options.
 *  k     unsigned, 10 by default
 *  find  struct hm_similar_options */
#define ALIKE_OPTIONS(k, find)                                                                     \
    {"neighbours", 'k', APP_COUNT, "K", "how many for each (default 10)", &(k)},                   \
        {"same-department",      0, APP_FLAG, NULL, "only from the product's own department",      \
         &(find).same_department},                                                                 \
        {"same-index",                                                                             \
         0,                                                                                        \
         APP_FLAG,                                                                                 \
         NULL,                                                                                     \
         "only from its own index (Ladieswear, Menswear, ...)",                                    \
         &(find).same_index},                                                                      \
        {"min-score",                                                                              \
         0,                                                                                        \
         APP_SHARE,                                                                                \
         "X",                                                                                      \
         "only with this score or more; 1 is the same, 0.5 unrelated",                             \
         &(find).min_score},                                                                       \
    {                                                                                              \
        "one-per-product-code", 0, APP_FLAG, NULL,                                                 \
            "of the colours of a garment (the first 7 of 10 digits) only the nearest, none of "    \
            "its "                                                                                 \
            "own",                                                                                 \
            &(find).one_per_product_code                                                           \
    }

/** Digits behind the point that tell neighbouring scores of an item apart wherever they differ: as
 *  many as that takes, at least `few`, at most the nine that bring a float back. */
int alike_digits(const struct hm_similar *items, size_t m, int few);

#endif
