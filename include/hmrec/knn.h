// SPDX-License-Identifier: MIT
/** Exact nearest neighbours by cosine among f32 rows of HM_DIM numbers: all pairs, an update of
 *  earlier lists, queries against rows.
 *
 *  Vectors are taken as they are: nothing needs to be normalised, nothing is written to. The score
 *  is (1 + cosine) / 2 as f32, at most 1; a zero vector has cosine 0 (score 0.5) to everything,
 *  itself and other zero vectors included, so no score is ever NaN. Order: score descending, then
 *  index ascending; whoever sorts the rows by code gets that order among equals. Every score is one
 *  chain of operations that depends on the two vectors and the ISA alone: any number of threads,
 *  any set of rows, either function and either order of the pair give the same bits. Another ISA
 *  may differ in the last bit.
 *
 *  All pairs of a large set are not compared one by one where the vectors lie near a subspace of
 *  few dimensions: a bound on the cosine of a pair rules most of them out (docs/neighbours.md). The
 *  lists are the same.
 *
 *  Memory, besides what the caller passes: 17 bytes a row, a packed block of 6 MB, and for each
 *  thread 0.4 MB + 6 KB * k; where pairs are ruled out, 2.8 KB + 8 * (k + 12) bytes a row and 60 MB
 *  more. There is no n x n matrix. 105,542 rows and k = 10: 865 MB of vectors and 8.4 MB of lists,
 *  both the caller's, and about 380 MB more.
 *  Threads: a call runs its own OpenMP team; calls from different threads do not disturb each
 *  other.
 */
#ifndef HMREC_KNN_H
#define HMREC_KNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmrec/model.h"
#include "hmrec/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { HM_KNN_K_MAX = 1000 };
#define HM_KNN_NONE     UINT32_MAX // index of an entry that is not there; more rows are refused
#define HM_KNN_SHORTEST 1e-37      // a shorter vector counts as zero
#define HM_KNN_LONGEST  1e37       // a longer one is refused, as are NaN and infinity

struct hm_neighbour {
    uint32_t index; // row
    float score;    // 0 where index is HM_KNN_NONE
};

/** What a search did. */
struct hm_knn_work {
    uint64_t pairs;    // of rows and columns
    uint64_t compared; // those whose cosine was computed in full; the others were ruled out
};

struct hm_knn_options {
    const char *isa;  // NULL: best usable
    unsigned threads; // 0: one for each CPU of this process; 1 where the system gives no more
    /** Called now and then by the calling thread with the share of the work that is done; false
     *  stops the search: HM_ECANCELED, and what out holds is of no use. NULL: none. */
    bool (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
    struct hm_knn_work *work; // out; NULL: not wanted
};

/** The k nearest of each row among the others.
 *  rows     f32 [n][HM_DIM]
 *  out      [n][k], best first; with n <= k the last k - (n - 1) entries of each list are
 *           HM_KNN_NONE
 *  options  NULL: defaults
 *  errors   HM_EARG (k not in 1 .. HM_KNN_K_MAX, n too large, a number that is not finite: names
 *           the row), HM_EUNSUPPORTED (ISA), HM_ENOMEM, HM_ECANCELED */
HM_API HM_WARN_UNUSED enum hm_status hm_knn_all(const float *rows, size_t n, size_t k,
                                                struct hm_neighbour *out,
                                                const struct hm_knn_options *options,
                                                struct hm_error *err);

/** What an earlier list of hm_knn_update's caller is worth. */
enum hm_knn_row {
    HM_KNN_KEPT,  // vector and list are those of the earlier search
    HM_KNN_STALE, // the vector is, but the list is to be made anew: one of its neighbours changed
                  // or is gone
    HM_KNN_NEW    // the row was not there, or its vector changed
};

/** Bring the lists of an earlier search up to date: the same result as hm_knn_all, for the work of
 *  (new and stale rows) x n pairs.
 *  kinds  enum hm_knn_row as u8 [n]
 *  lists  [n][k]; in: the list of each row that is HM_KNN_KEPT, with indices of today, no new row
 *         in it, and full (k entries, or all other rows that are not new); what others hold is
 *         ignored. Out: as hm_knn_all */
HM_API HM_WARN_UNUSED enum hm_status hm_knn_update(const float *rows, size_t n, size_t k,
                                                   const uint8_t *kinds, struct hm_neighbour *lists,
                                                   const struct hm_knn_options *options,
                                                   struct hm_error *err);

/** The k rows nearest to each of m queries.
 *  queries  f32 [m][HM_DIM]
 *  self     u32 [m]: a row that is not an answer to this query (itself), or HM_KNN_NONE; NULL:
 *           none for any
 *  out      [m][k], best first; the entries behind the last row are HM_KNN_NONE */
HM_API HM_WARN_UNUSED enum hm_status hm_knn_query(const float *queries, size_t m, const float *rows,
                                                  size_t n, size_t k, const uint32_t *self,
                                                  struct hm_neighbour *out,
                                                  const struct hm_knn_options *options,
                                                  struct hm_error *err);

#ifdef __cplusplus
}
#endif

#endif
