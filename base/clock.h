// SPDX-License-Identifier: MIT
/** Time that never goes backwards, for deadlines, progress and benchmarks. */
#ifndef HM_CLOCK_H
#define HM_CLOCK_H

#include <stdint.h>

/** Nanoseconds since an arbitrary moment (CLOCK_MONOTONIC). */
uint64_t hm_now_ns(void);

#endif
