// SPDX-License-Identifier: MIT
/** Rows on stdout as a table, CSV or JSON: --format of every command that has rows. */
#ifndef HM_APP_TABLE_H
#define HM_APP_TABLE_H

#include <stdio.h>

#include "app.h"

enum table_format { TABLE_TEXT, TABLE_CSV, TABLE_JSON };

/** "table", "csv" or "json" (an option's argument; context: enum table_format *). */
enum hm_status table_set_format(void *context, const char *value, struct hm_error *err);

struct table_column {
    const char *name;
    bool number; // right-aligned; in JSON as it is, where text is quoted
};

struct table;

/** A table of n columns (borrowed until table_free). */
HM_WARN_UNUSED enum hm_status table_new(struct table **out, const struct table_column *columns,
                                        size_t n, struct hm_error *err);
void table_free(struct table *table);

/** Add a row: one cell a column, copied. NULL: nothing known; in JSON null, otherwise empty. */
HM_WARN_UNUSED enum hm_status table_add(struct table *table, const char *const *cells,
                                        struct hm_error *err);

/** Write the rows added so far, behind a header the first time, and forget them: with table_print at the end, output of any length
 *  in constant memory. Text: columns keep the widths of the first rows written. */
void table_flush(struct table *table, enum table_format format, FILE *out);

/** Write all rows. Text: aligned by columns of the terminal, control characters shown as U+FFFD; CSV: RFC 4180 with a header line
 *  (lines end in LF, as other tools of this system expect); JSON: an array of objects, a row a line. */
void table_print(struct table *table, enum table_format format, FILE *out);

#endif
