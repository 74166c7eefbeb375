// SPDX-License-Identifier: MIT
/** Rows on their way out, as a table, CSV, JSON or NDJSON: --format of every command that has rows.
 *  A format is a row in formats.c and a file. Memory does not grow with the number of rows. */
#ifndef HM_APP_FORMATS_H
#define HM_APP_FORMATS_H

#include <stdio.h>

#include "app.h"

enum {
    FORMAT_TABLE,
    FORMAT_CSV,
    FORMAT_JSON,
    FORMAT_NDJSON,
    FORMATS_EVERYWHERE,
    FORMAT_PLAIN = FORMATS_EVERYWHERE, // those from here on are cypher-shell's
    FORMAT_VERBOSE,
    FORMATS,
    FORMAT_AUTO = FORMATS // what a pick of format_shell_choices may also be
};

/** The list of --format, for an app_pick. */
const struct app_choice *format_choices(void);
/** The same with cypher-shell's formats. */
const struct app_choice *format_shell_choices(void);
/** The row of a table of options. pick: struct app_pick * of format_choices(). */
#define FORMAT_OPTION(pick)                                                                        \
    { "format", 'F', APP_CHOICE, "NAME", "how rows are written:", pick }

/** Whether numbers are for programs: all digits that bring them back ("%.9g" of a float); otherwise
 *  as few as tell them apart. */
bool format_is_exact(unsigned format);

struct column {
    const char *name;
    bool number; // right-aligned in a table; in JSON as it is, while other cells are quoted
};

struct writer;

struct writer_options {
    unsigned format;
    const struct column *columns; // borrowed until writer_free
    size_t n;
    size_t hold; // rows that are kept before any is written; a table's widths are theirs. 0: 1000
    bool cut;    // verbose: what is wider than its column is cut, not wrapped
    bool behind; // another result stands above: an empty line where the format wants one
};

/** errors  HM_ENOMEM */
HM_WARN_UNUSED enum hm_status writer_new(struct writer **out, const struct writer_options *options,
                                         FILE *file, struct hm_error *err);
/** Add a row: one cell a column. NULL: nothing known; null in JSON, otherwise empty. `hold` rows or
 *  1 MiB of them are written together; the first ones of a table when there is another one.
 *  errors  HM_ENOMEM, HM_EIO (the file takes no more) */
HM_WARN_UNUSED enum hm_status writer_add(struct writer *writer, const char *const *cells,
                                         struct hm_error *err);
/** Write what is left: the header where no row came; when the result is whole, its end, without
 *  which JSON is not valid. */
HM_WARN_UNUSED enum hm_status writer_end(struct writer *writer, bool whole, struct hm_error *err);
/** Whether something has been written: then the rows cannot be taken back. */
bool writer_wrote(const struct writer *writer);
void writer_free(struct writer *writer);

#endif
