// SPDX-License-Identifier: MIT
/** Every query the program sends: the .cypher files of this folder, compiled in, and what each says
 *  of itself; examples of queries that it does not send; the cutting of any Cypher text into
 *  statements.
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
 *  A file in this folder is one that C code sends, by its id: 72_sources.cypher is CYPHER_SOURCES.
 *  The columns that it returns have names as well (script_columns.h): row[SOURCES_DIGEST] is one of
 *  SOURCES_COLUMNS. Both are made from the files by cmake/scripts.cmake. Files in examples/ have no
 *  id.
 *
 *  Everything given out is borrowed and lives as long as the program. Nothing here allocates.
 */
#ifndef HM_CYPHER_H
#define HM_CYPHER_H

#include <stdbool.h>
#include <stddef.h>

#include "hmrec/status.h"
#include "script_ids.h"
#include "text.h"

/** The scripts that are sent, by id, then the examples; both in the order of their numbers.
 *  name  with ".cypher"
 *  ends  with a row of NULLs */
extern const struct hm_text cypher_scripts[];

/** The script or example of that name ("60_random_sample") or number ("60"); NULL when there is
 *  none. */
const struct hm_text *cypher_find(const char *name);
/** The statements of a script, without its header. */
const char *cypher_text(enum cypher_id script);
/** Whether that version of the server ("Neo4j/5.26.25") understands a script. */
bool cypher_serves(enum cypher_id script, const char *agent);

/** Check that the columns of a result are those of the script's header, in that order.
 *  keys    [n], their names as the server gives them
 *  errors  HM_EPROTO: others; names them and the script */
HM_WARN_UNUSED enum hm_status cypher_check_columns(enum cypher_id script, const char *const *keys,
                                                   size_t n, struct hm_error *err);

enum { CYPHER_FIELD_MAX = 1023 }; // bytes

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

/** Read a script's header.
 *  errors  HM_EFORMAT: unknown, doubled or over-long field, one of the first four missing, no
 *          statement */
HM_WARN_UNUSED enum hm_status cypher_describe(const struct hm_text *file, struct cypher_script *out,
                                              struct hm_error *err);

/** Whether a version meets a condition.
 *  condition  such as ">= 4.4, < 5"; a name before the first sign is passed over
 *  version    of a server ("Neo4j/5.26.25" or "5.26.25") or plugin; an unreadable one meets none */
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

/** What of a command comes next. */
enum cypher_command_part { CYPHER_COMMAND_NAME, CYPHER_COMMAND_GAP, CYPHER_COMMAND_REST };

/** The state between two bytes; zero-initialise. */
struct cypher_splitter {
    char open;    // what we are inside of: ' " ` or / (line comment) or * (block comment); 0: none
    char last;    // the byte before, where it matters
    bool started; // the statement has something besides blanks and comments
    bool command; // it began with ":", so that it ends with its line (cypher-shell's commands)
    enum cypher_command_part part;
    unsigned braces; // of a command's map that are open
    bool ended;      // the next byte begins another statement
};

/** Pass over one byte and say where it stands. */
enum cypher_place cypher_step(struct cypher_splitter *s, char byte);

/** Pass over text, which may be cut anywhere, up to the end of a statement.
 *  complete  set to whether a statement ended; text up to there, with its ";", is it. If not, all
 *            bytes are used, and the statement goes on in the next text or ends with the input
 *  returns   the number of bytes used */
size_t cypher_split(struct cypher_splitter *s, const char *text, size_t length, bool *complete);

/** Whether a statement has anything but blanks and comments: the one that has just ended, until
 *  the next byte is passed over; otherwise the one under way. */
bool cypher_has_content(const struct cypher_splitter *s);

#endif
