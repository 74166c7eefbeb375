// SPDX-License-Identifier: MIT
/** What a format does with the rows of a writer. */
#ifndef HM_APP_FORMAT_H
#define HM_APP_FORMAT_H

#include "formats/formats.h"

struct writer {
    const struct format *format;
    struct writer_options options;
    FILE *file;
    struct hm_buf text; // formatted, to be written next
    size_t rows;        // since something was written last
    bool begun;         // the head has been formatted
    bool any;           // and a row
    bool wrote;
    struct hm_buf *labels; // JSON: [n], what stands before each value
    // A table's rows wait until its widths are known.
    struct hm_arena strings;
    const char **cells; // [waiting][n], strings in the arena
    size_t waiting, capacity;
    bool more;      // there are rows behind those whose widths are measured
    size_t *widths; // [n], once the head is formatted
};

typedef enum hm_status format_fn(struct writer *writer, struct hm_error *err);

struct format {
    const char *name, *meaning;
    bool exact;      // see format_is_exact
    bool gap;        // an empty line between two results
    bool lines;      // cells that wait keep their line ends, and whatever else there is
    format_fn *head; // before the first row is written; NULL: nothing
    enum hm_status (*row)(struct writer *writer, const char *const *cells, struct hm_error *err);
    format_fn *settle; // format the rows that wait; NULL: none do
    format_fn *tail;   // behind the last row; NULL: nothing
};

/** Keep a row until the widths are known, with nothing in it that could move the cursor unless
 *  format->lines; and find the widths of the rows kept. (table.c) */
HM_WARN_UNUSED enum hm_status table_keep_row(struct writer *writer, const char *const *cells,
                                             struct hm_error *err);
HM_WARN_UNUSED enum hm_status table_measure(struct writer *writer, struct hm_error *err);

extern const struct format format_table, format_csv, format_json, format_ndjson, format_plain,
    format_verbose;

#endif
