// SPDX-License-Identifier: MIT
/** Small arithmetic that several rooms need. */
#ifndef HM_NUM_H
#define HM_NUM_H

#include <stddef.h>

static inline size_t hm_min(size_t a, size_t b) {
    return a < b ? a : b;
}

static inline size_t hm_max(size_t a, size_t b) {
    return a > b ? a : b;
}

#endif
