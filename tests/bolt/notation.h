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

/** "SUCCESS {}" -> a message in chunks of at most 100 bytes, appended to out. False: the text is
 *  wrong. */
bool notation_put(const char *text, struct hm_buf *out);
/** Take the first message out of `in`, as text appended to out; its bytes leave `in` also when
 *  they are no message (then *ok is false). False: none is complete yet. */
bool notation_take(struct hm_buf *in, struct hm_buf *out, bool *ok);

#endif
