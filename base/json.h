// SPDX-License-Identifier: MIT
/** JSON text, written piece by piece. */
#ifndef HM_JSON_H
#define HM_JSON_H

#include "mem.h"

/** Append length bytes of UTF-8 as a JSON string, quotes included: always valid JSON, and safe to
 *  look at in a terminal. Control characters (C0, C1, DEL, of direction) are escaped, bytes that
 *  are no UTF-8 become U+FFFD. */
HM_WARN_UNUSED enum hm_status hm_json_string(struct hm_buf *out, const char *text, size_t length,
                                             struct hm_error *err);

#endif
