// SPDX-License-Identifier: MIT
/** CSV files (RFC 4180, UTF-8, with a header line) row by row in bounded memory, on libcsv. A bad
 *  row is reported with its line and can be passed over: reading goes on with the line behind the
 *  one where it began, so that a stray quote costs one row. A byte order mark is skipped; lines end
 *  in LF or CRLF; blanks around a field belong to it. */
#ifndef HM_APP_CSV_READER_H
#define HM_APP_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"
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

/** path "-": standard input. Reads the header.
 *  errors  HM_ENOTFOUND, HM_EIO, HM_ENOMEM, HM_EFORMAT (empty, no UTF-8, bad header); the text
 *          names the file */
HM_WARN_UNUSED enum hm_status csv_reader_open(struct csv_reader **out, const char *path,
                                              struct hm_error *err);
void csv_reader_close(struct csv_reader *reader); // NULL: nothing

/** Which field has that name in the header; -1: none. */
int csv_reader_column(const struct csv_reader *reader, const char *name);

/** errors  HM_EFORMAT: this row is bad (FILE:LINE: why), the next call goes on behind it; others
 *          are final */
HM_WARN_UNUSED enum hm_status csv_reader_next(struct csv_reader *reader, struct csv_row *row,
                                              struct hm_error *err);

/** What identifies the file's content: digest of size, time of change and the first 64 KiB; "" for
 *  a pipe. Borrowed. */
const char *csv_reader_identity(const struct csv_reader *reader);
uint64_t csv_reader_size(const struct csv_reader *reader); // bytes; 0 for a pipe
/** Bytes and lines before the next row. */
void csv_reader_position(const struct csv_reader *reader, uint64_t *bytes, uint64_t *lines);
/** Go on at a position that csv_reader_position gave for the same file. */
HM_WARN_UNUSED enum hm_status csv_reader_seek(struct csv_reader *reader, uint64_t bytes,
                                              uint64_t lines, struct hm_error *err);

#endif
