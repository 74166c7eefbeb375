// SPDX-License-Identifier: MIT
/** What the suites of the neighbour search share: random numbers, vectors, every usable ISA. */
#ifndef HM_KNN_SUPPORT_H
#define HM_KNN_SUPPORT_H

#include "hmrec/knn.h"
#include "suite.h"

static uint64_t seed;
static struct hm_error err;

#define OK(expr) ck_assert_msg((expr) == HM_OK, "%s: %s", #expr, err.text)

static inline size_t below(size_t n) {
    return (size_t)(suite_random(&seed) >> 33) % n;
}

static inline float uniform(void) {
    return (float)(suite_random(&seed) >> 40) / 16777216.0f;
}

/** f32 [n][HM_DIM] of exactly that size, so that AddressSanitizer sees any over-read. */
static inline float *vectors_new(size_t n) {
    float *rows = malloc((n ? n : 1) * HM_DIM * sizeof *rows);
    ck_assert_ptr_nonnull(rows);
    return rows;
}

enum { MOST_ISAS = 4 };

/** The which-th ISA, NULL where this machine has none such. */
static inline const char *usable_isa(int which) {
    size_t count;
    const struct hm_isa *isas = hm_isas(&count);
    return (size_t)which < count && isas[which].usable ? isas[which].name : NULL;
}

#endif
