// SPDX-License-Identifier: MIT
/** CSV files (RFC 4180 with a header line) row by row in bounded memory, on libcsv. A bad row is
 *  reported with its line and can be passed over: reading goes on with the line behind the one
 *  where it began, so that a stray quote costs one row. UTF-8, or UTF-16 with a byte order mark;
 *  packed files as they are (text_source.h). Fields are separated by commas, or by what the first
 *  line has more of: semicolons, tabs. Lines end in LF or CRLF, or all in CR. Blanks around a field
 *  belong to it; names of columns are compared without them, and without regard to case. */
#ifndef HM_PIPELINE_CSV_READER_H
#define HM_PIPELINE_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "hmrec/host.h"
#include "hmrec/status.h"

enum {
    CSV_READER_COLUMNS = 256,      // most fields in a row
    CSV_READER_ROW_BYTES = 1 << 18 // most bytes in a row: a hundred times a long description
};

struct csv_reader;

struct csv_row {
    const char *const *fields; // [n], NUL-terminated UTF-8; borrowed until the next call
    size_t n;                  // 0: end of file; otherwise as many as the header has
    uint64_t line;             // where it begins, from 1
};

/** Reads the header.
 *  path    "-": standard input
 *  host    asked when a signal interrupts a wait; borrowed until csv_reader_close; may be NULL
 *  errors  HM_EFORMAT (empty, a bad header, a column twice), those of text_source_open; the text
 *          names the file */
HM_WARN_UNUSED enum hm_status csv_reader_open(struct csv_reader **out, const char *path,
                                              const struct hm_host *host, struct hm_error *err);
void csv_reader_close(struct csv_reader *reader); // NULL: nothing

/** Which field has that name in the header; -1: none. */
int csv_reader_column(const struct csv_reader *reader, const char *name);

/** The name of field i as the header has it; NULL: there is none. Borrowed. */
const char *csv_reader_name(const struct csv_reader *reader, size_t i);

/** errors  HM_EFORMAT: this row is bad (FILE:LINE: why), the next call goes on behind it; others
 *          are final */
HM_WARN_UNUSED enum hm_status csv_reader_next(struct csv_reader *reader, struct csv_row *row,
                                              struct hm_error *err);

/** What identifies the file's content: digest of size, time of change and the first 64 KiB; "" for
 *  a pipe. Borrowed. */
const char *csv_reader_identity(const struct csv_reader *reader);
/** What a person may want to know of how the file is read: "gzip, tab-separated"; "" for a plain
 *  one. Borrowed. */
const char *csv_reader_remark(const struct csv_reader *reader);
uint64_t csv_reader_size(
    const struct csv_reader *reader); // bytes of text; 0 where not known: a pipe, a packed file
/** Bytes and lines of text before the next row. */
void csv_reader_position(const struct csv_reader *reader, uint64_t *bytes, uint64_t *lines);
/** Go on at a position that csv_reader_position gave for the same file. */
HM_WARN_UNUSED enum hm_status csv_reader_seek(struct csv_reader *reader, uint64_t bytes,
                                              uint64_t lines, struct hm_error *err);

#endif
