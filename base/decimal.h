// SPDX-License-Identifier: MIT
/** Numbers as decimal text for files of many millions of them: the point is ".", whatever the
 *  locale, and the text reads back as the same number. */
#ifndef HM_DECIMAL_H
#define HM_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

enum { HM_DECIMAL_MAX = 32 }; // bytes that a function here writes at most, with the NUL

/** Write number with a NUL behind; returns its length. */
size_t hm_decimal_int(char out[HM_DECIMAL_MAX], int64_t number);
/** number  finite */
size_t hm_decimal_float(char out[HM_DECIMAL_MAX], float number);
/** number  finite */
size_t hm_decimal_double(char out[HM_DECIMAL_MAX], double number);

#endif
