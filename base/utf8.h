// SPDX-License-Identifier: MIT
/** UTF-8: reading, checking, and how wide a text stands in a terminal or table. */
#ifndef HM_UTF8_H
#define HM_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The character at the start of length bytes: its number in *code, its bytes (1 to 4) returned. 0:
 *  length is 0, or no UTF-8 (RFC 3629: shortest form, no surrogates, up to U+10FFFF). */
size_t hm_utf8_next(const char *text, size_t length, uint32_t *code);

/** Where the first byte stands that is no UTF-8; length when all is well. */
size_t hm_utf8_check(const char *text, size_t length);

/** Whether a UTF-8 text is one line to every reader of a list of lines: LF, CR, VT, FF, U+001C to
 *  U+001E, NEL and the separators of lines and paragraphs end one for some (Python's readlines and
 *  splitlines). */
bool hm_utf8_one_line(const char *text, size_t length);

/** U+FFFD, which stands for what cannot be shown. */
#define HM_REPLACEMENT "\xef\xbf\xbd"

/** Whether a terminal may get a character as it is. Not those that move the cursor, colour, or
 *  forge text: C0, DEL, C1, line and paragraph separators, and controls of the direction of
 *  writing. */
bool hm_utf8_shows(uint32_t code);

enum hm_clean {
    HM_CLEAN_REPLACE, // what does not show becomes U+FFFD: cells of a table
    HM_CLEAN_ESCAPE   // ... an escape as in C (\n, \x1b, \u202e; no UTF-8: \xff): messages
};

/** A text as a terminal may get it, in one line. to has room for 4 * length + 1 bytes and gets a
 *  NUL; returns its length. */
size_t hm_utf8_clean(char *to, const char *text, size_t length, enum hm_clean how);

/** How many bytes of a clean text fit into so many columns. */
size_t hm_utf8_fit(const char *text, size_t columns);

/** Columns of one character in a terminal: 2 for East Asian wide ones and emoji, 0 for combining
 *  marks and other invisible ones, 1 otherwise. */
unsigned hm_utf8_width(uint32_t code);

/** Columns of a NUL-terminated text; a byte that is no UTF-8 counts as one. */
size_t hm_utf8_columns(const char *text);

#endif
