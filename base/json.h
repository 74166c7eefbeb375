// SPDX-License-Identifier: MIT
/** JSON text, written piece by piece. */
#ifndef HM_JSON_H
#define HM_JSON_H

#include "mem.h"

/** Append text as a JSON string, quotes included. text should be UTF-8: bytes from 0x80 are passed on as they are. */
HM_WARN_UNUSED enum hm_status hm_json_string(struct hm_buf *out, const char *text,
                                             struct hm_error *err);

#endif
