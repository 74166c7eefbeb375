// SPDX-License-Identifier: MIT
/** The formats of files that embeddings come from. Another format is a row in readers.c and a
 *  file. */
#ifndef HM_PIPELINE_READERS_H
#define HM_PIPELINE_READERS_H

#include <stdint.h>
#include <stdio.h>

#include "hmrec/exchange.h"
#include "mem.h"

/** A file that is read from its start to its end, as often as wanted. */
struct reader {
    /** The next row: its vector, and the members below. */
    enum hm_status (*next)(struct reader *reader, bool *end, float vector[HM_DIM],
                           struct hm_error *err);
    enum hm_status (*rewind)(struct reader *reader, struct hm_error *err);
    void (*close)(struct reader *reader);
    const char *code; // of that row, with a NUL at code[length]; borrowed until the next call
    size_t length;
    uint64_t row;     // where it stands, from 1
    const char *unit; // in what: "row", "line"
    uint64_t total;   // rows; 0: not known
};

typedef enum hm_status reader_open_fn(struct reader **out, const char *path, const char *codes,
                                      struct hm_error *err);
reader_open_fn reader_npy_open, reader_ndjson_open;

/** Open a file by its ending; codes as in struct hm_import.
 *  errors  HM_EARG: no such ending, or codes for a format that has its own; HM_EIO; HM_EFORMAT;
 *          HM_ENOMEM */
HM_WARN_UNUSED enum hm_status reader_open(struct reader **out, const char *path, const char *codes,
                                          struct hm_error *err);

/** Read the header of an array of f32 [n][HM_DIM] in C order (.npy, versions 1 and 2) and leave the
 *  file before its first row.
 *  source  https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *  errors  HM_EFORMAT: another type, order or shape, or fewer bytes than the header tells of;
 *          HM_EARG: no regular file; HM_EIO */
HM_WARN_UNUSED enum hm_status npy_read_header(FILE *file, const char *path, uint64_t *n,
                                              struct hm_error *err);

#endif
