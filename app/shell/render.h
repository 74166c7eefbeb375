// SPDX-License-Identifier: MIT
/** Values of a server as text: Cypher literals for people, typed JSON for programs. */
#ifndef HM_APP_CYPHER_RENDER_H
#define HM_APP_CYPHER_RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmrec/bolt.h"
#include "mem.h"

enum render_words {
    RENDER_CYPHER, // on one line; strings read back as they were
    RENDER_SHELL,  // as cypher-shell writes them: TRUE, 1.0E22, point({srid:7203, x:1.0}); strings
                   // with their line ends, and only quotes escaped, and what moves the cursor
    RENDER_SHELL_RAW // the same, and only quotes escaped
};

/** Text under construction. Zero-initialise; hm_buf_free(&r->text) when done. The first failure
 * (memory) is kept in error, and nothing is added after it. */
struct render {
    struct hm_buf text;
    enum render_words words;
    struct hm_error error;
};

/** As Cypher would write it: "text", 1.0, [1, 2], (:Label {key: 1}), 2020-01-31. */
void render_literal(struct render *r, const struct bolt_value *value);
/** As an expression that a server computes back to the same value: date('2020-01-31'). What stands
 *  on further lines is set in by depth. (expression.c) */
void render_expression(struct render *r, const struct bolt_value *value, unsigned depth);
/** As render_literal, but a string as it is (with U+FFFD for NUL), and nothing for NULL: a field of
 *  CSV. */
void render_plain(struct render *r, const struct bolt_value *value);
/** A label, type, key or parameter, in backticks where Cypher needs them. */
void render_name(struct render *r, const char *name, size_t length);
/** JSON; whatever JSON lacks is {"$type": NAME, "_value": ...}, see docs/cypher.md. */
void render_json(struct render *r, const struct bolt_value *value);

// ---- parts (scalar.c)

void render_bytes(struct render *r, const void *bytes, size_t length);
void render_text(struct render *r, const char *text);
HM_PRINTF(2, 3) void render_format(struct render *r, const char *format, ...);
void render_int(struct render *r, int64_t number);
/** The shortest digits that read back as the same number; always with "." or "e". NaN, Infinity. */
void render_float(struct render *r, double number);
/** Item i of a list or vector, floats of 32 bits with the digits that those need. */
void render_vector_item(struct render *r, const struct bolt_value *vector, size_t i);
const char *render_vector_type(const struct bolt_value *vector);
/** A date, time, date-time or duration in ISO 8601; false: it is none. */
bool render_temporal(struct render *r, const struct bolt_value *value);

#endif
