// SPDX-License-Identifier: MIT
/** Every query the program sends: the .cypher files of this folder, compiled in, and what each says
 * of itself; and the cutting of any Cypher text into statements.
 *
 *  A file begins with comment lines: what it does, then fields "// name: value" in this order:
 *      database     products, graph (customers and catalogue; may be the same one), fabric, system
 *      parameters   "name TYPE, name TYPE", or "none"
 *      returns      columns in the same form, or "nothing"
 *      servers      versions that understand it: ">= 4.4", ">= 4.4, < 5"
 *      edition      Enterprise, where the Community Edition refuses it
 *      plugin       GDS and its versions, where it needs that
 *      transaction  auto-commit, where it may not run in an explicit one
 *  Behind them come one or more statements with ";" between them.
 *
 *  Everything given out is borrowed and lives as long as the program. Nothing here allocates.
 */
#ifndef HM_CYPHER_H
#define HM_CYPHER_H

#include <stdbool.h>
#include <stddef.h>

#include "hmrec/status.h"
#include "text.h"

/** All scripts by number, name without ".cypher"; ends with a row of NULLs. */
extern const struct hm_text cypher_scripts[];

/** The script of that name ("60_random_sample", or just its number); NULL when there is none. */
const struct hm_text *cypher_find(const char *name);
/** Its statements, without the header; NULL when there is none. */
const char *cypher_text(const char *name);

enum { CYPHER_FIELD_MAX = 255 }; // bytes

/** A script's header. A field that is not there is "". */
struct cypher_script {
    const char *name;
    const char *text; // the statements behind the header
    char summary[3 * CYPHER_FIELD_MAX + 1];
    char database[CYPHER_FIELD_MAX + 1];
    char parameters[CYPHER_FIELD_MAX + 1];
    char returns[CYPHER_FIELD_MAX + 1];
    char servers[CYPHER_FIELD_MAX + 1];
    char edition[CYPHER_FIELD_MAX + 1];
    char plugin[CYPHER_FIELD_MAX + 1];
    char transaction[CYPHER_FIELD_MAX + 1];
};

/** Read a script's header. errors  HM_EFORMAT: unknown, doubled or over-long field, one of the first
 * four missing, no statement */
HM_WARN_UNUSED enum hm_status cypher_describe(const struct hm_text *file, struct cypher_script *out,
                                              struct hm_error *err);

/** Whether a server ("Neo4j/5.26.25" or "5.26.25") or plugin version meets a condition such as
 * ">= 4.4, < 5" (a name before the first sign is passed over). An unreadable version meets none. */
bool cypher_fits(const char *condition, const char *version);

// ---- statements in a text

/** Where the next byte of a Cypher text stands. */
enum cypher_place {
    CYPHER_CODE,
    CYPHER_COMMENT, // the second "/" or the "*" that opens it, up to its end
    CYPHER_STRING,  // '...' or "...", quotes included
    CYPHER_NAME,    // `...`, backticks included
    CYPHER_END      // a ";" that ends a statement
};

/** The state between two bytes; zero-initialise. */
struct cypher_splitter {
    char open;    // what we are inside of: ' " ` or / (line comment) or * (block comment); 0: none
    char last;    // the byte before, where it matters
    bool started; // the statement has something besides blanks and comments
    bool command; // it began with ":", so that it ends with its line (cypher-shell's commands)
    bool ended;   // the next byte begins another statement
};

/** Pass over one byte and say where it stands. */
enum cypher_place cypher_step(struct cypher_splitter *s, char byte);

/** Pass over text up to the end of a statement.
 *  *complete  a statement ended there; text up to here, with its ";", is it. Otherwise all bytes
 *             are used, and the statement goes on in the next text, or ends with the input
 *  returns    the number of bytes used. Text may be cut anywhere */
size_t cypher_split(struct cypher_splitter *s, const char *text, size_t length, bool *complete);

/** Whether there was anything but blanks and comments since the statement began: of the complete
 * one before the next byte is passed over, of the one under way otherwise. */
bool cypher_has_content(const struct cypher_splitter *s);

#endif
