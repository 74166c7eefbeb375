// SPDX-License-Identifier: MIT
/** Queries among many rows without reading them all: of each row 912 bytes are kept, from which
 *  comes a number that its score does not exceed. Rows are looked at in the order of these bounds,
 *  until a bound is below the k-th best score so far: what hm_knn_query would find, to the bit.
 *  docs/neighbours.md derives the bounds. */
#ifndef HMREC_SCREEN_H
#define HMREC_SCREEN_H

#include <stddef.h>

#include "hmrec/knn.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    HM_SCREEN_SAMPLE = 1536,  // rows from which the directions come
    HM_SCREEN_KEPT = 912,     // bytes kept of a row
    HM_SCREEN_BYTES = 4194320 // of a screen that is saved
};

/** Directions along which the rows extend most: what was kept with one screen is of no use with
 *  another. */
struct hm_screen;

/** Find directions.
 *  sample   f32 [n][HM_DIM], rows evenly spread over all of them; none zero
 *  n        at least 512, at most HM_SCREEN_SAMPLE; what is behind the last multiple of 64 is not
 *           looked at
 *  out      NULL: with rows like these few would be ruled out
 *  options  isa and threads; NULL: defaults
 *  errors   HM_EARG (n, a number that is not finite: names the row), HM_EUNSUPPORTED (ISA),
 *           HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status hm_screen_new(struct hm_screen **out, const float *sample,
                                                   size_t n, const struct hm_knn_options *options,
                                                   struct hm_error *err);
HM_API void hm_screen_free(struct hm_screen *screen);

/** Save it: HM_SCREEN_BYTES bytes. */
HM_API void hm_screen_save(const struct hm_screen *screen, void *to);
/** The screen that was saved.
 *  errors  HM_EFORMAT (other bytes), HM_EUNSUPPORTED, HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status hm_screen_restore(struct hm_screen **out, const void *saved,
                                                       size_t bytes,
                                                       const struct hm_knn_options *options,
                                                       struct hm_error *err);

/** What is to be kept of rows.
 *  rows    f32 [n][HM_DIM]
 *  kept    [n][HM_SCREEN_KEPT], aligned for a float
 *  errors  HM_EARG: a number that is not finite (names the row); HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status hm_screen_keep(const struct hm_screen *screen,
                                                    const float *rows, size_t n, void *kept,
                                                    struct hm_error *err);

/** Numbers that scores of a query do not exceed; 1 where what was kept makes no sense.
 *  query   what hm_screen_keep made of it
 *  kept    of n rows
 *  bounds  f32 [n] */
HM_API void hm_screen_bounds(const struct hm_screen *screen, const void *query, const void *kept,
                             size_t n, float *bounds);

#ifdef __cplusplus
}
#endif

#endif
