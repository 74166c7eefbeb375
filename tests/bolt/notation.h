// SPDX-License-Identifier: MIT
/** Messages as text, both ways: RUN "RETURN 1" {} {"mode": "r"}. Values are null, true, 1, 1.5,
 *  "text", [list], {"key": value} and structures, tag in hexadecimal: (4E 1 ["Label"] {} "id"). */
#ifndef TEST_NOTATION_H
#define TEST_NOTATION_H

#include "mem.h"

/** "SUCCESS {}" -> a message without chunks, appended to out. False: the text is wrong. */
bool notation_read(const char *text, struct hm_buf *out);
/** A message without chunks as text, appended to out. */
bool notation_write(unsigned char *bytes, size_t length, struct hm_buf *out);

#endif
