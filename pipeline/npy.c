// SPDX-License-Identifier: MIT
// A header of fixed size is written first with 0 rows, and again with the real number whenever rows
// are flushed: behind what it counts there may be more, never less.

#include "npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

enum { HEADER_BYTES = 128, PREFIX_BYTES = 10 };

struct hm_npy {
    struct output output;
    char descr[8];
    char row_shape[32];
    size_t row_bytes, rows;
};

static void format_header(const struct hm_npy *npy, unsigned char header[HEADER_BYTES + 1]) {
    int length = snprintf((char *)header + PREFIX_BYTES, HEADER_BYTES + 1 - PREFIX_BYTES,
                          "{'descr': '%s', 'fortran_order': False, 'shape': (%zu, %s), }",
                          npy->descr, npy->rows, npy->row_shape);
    memset(header + PREFIX_BYTES + length, ' ', (size_t)(HEADER_BYTES - PREFIX_BYTES - length));
    header[HEADER_BYTES - 1] = '\n';
    memcpy(header, "\x93NUMPY\1\0", 8);
    header[8] = HEADER_BYTES - PREFIX_BYTES;
    header[9] = 0;
}

static enum hm_status seek_to(struct hm_npy *npy, uint64_t at, struct hm_error *err) {
    if (fseeko(npy->output.file, (off_t)at, SEEK_SET) == 0) return HM_OK;
    return hm_fail_errno(err, "%s: a .npy file must be seekable", npy->output.written);
}

// Leaves the position behind the last row.
static enum hm_status write_header(struct hm_npy *npy, struct hm_error *err) {
    unsigned char header[HEADER_BYTES + 1];
    format_header(npy, header);
    HM_TRY(seek_to(npy, 0, err));
    HM_TRY(output_write(&npy->output, header, HEADER_BYTES, err));
    HM_TRY(output_flush(&npy->output, err));
    return seek_to(npy, HEADER_BYTES + (uint64_t)npy->rows * npy->row_bytes, err);
}

static enum hm_status npy_make(struct hm_npy **out, const char *path, const char *descr,
                               const char *row_shape, size_t row_bytes, struct hm_error *err) {
    struct hm_npy *npy = calloc(1, sizeof *npy);
    *out = npy;
    if (!npy) return hm_fail(err, HM_ENOMEM, "no memory to write %s", path);
    snprintf(npy->descr, sizeof npy->descr, "%s", descr);
    snprintf(npy->row_shape, sizeof npy->row_shape, "%s", row_shape);
    npy->row_bytes = row_bytes;
    return HM_OK;
}

static enum hm_status made(struct hm_npy **out, enum hm_status status) {
    if (status == HM_OK || !*out) return status;
    output_abandon(&(*out)->output, true);
    free(*out);
    *out = NULL;
    return status;
}

enum hm_status hm_npy_create(struct hm_npy **out, const char *path, const char *descr,
                             const char *row_shape, size_t row_bytes, struct hm_error *err) {
    enum hm_status status = npy_make(out, path, descr, row_shape, row_bytes, err);
    if (status == HM_OK) status = output_create(&(*out)->output, path, err);
    if (status == HM_OK) status = write_header(*out, err);
    return made(out, status);
}

// How many rows a file's header and its length agree on.
static enum hm_status read_header(struct hm_npy *npy, size_t *rows, struct hm_error *err) {
    unsigned char found[HEADER_BYTES + 1] = {0}, expected[HEADER_BYTES + 1];
    FILE *file = npy->output.file;
    HM_TRY(seek_to(npy, 0, err));
    size_t length = fread(found, 1, HEADER_BYTES, file);
    const char *shape = strstr((const char *)found + PREFIX_BYTES, "'shape': (");
    if (length == HEADER_BYTES && shape) npy->rows = strtoull(shape + 10, NULL, 10);
    format_header(npy, expected);
    if (memcmp(found, expected, HEADER_BYTES) != 0)
        return hm_fail(err, HM_EFORMAT,
                       "%s: found other content than hmrec's array of %s (n, %s), expected that "
                       "to go on with",
                       npy->output.written, npy->descr, npy->row_shape);
    off_t end = fseeko(file, 0, SEEK_END) == 0 ? ftello(file) : -1;
    if (end < HEADER_BYTES) return hm_fail_errno(err, "read %s", npy->output.written);
    size_t there = (size_t)(end - HEADER_BYTES) / npy->row_bytes;
    if (npy->rows > there) npy->rows = there;
    *rows = npy->rows;
    return HM_OK;
}

enum hm_status npy_resume(struct hm_npy **out, const char *path, const char *descr,
                          const char *row_shape, size_t row_bytes, size_t *rows,
                          struct hm_error *err) {
    bool found = false;
    *rows = 0;
    enum hm_status status = npy_make(out, path, descr, row_shape, row_bytes, err);
    if (status == HM_OK) status = output_resume(&(*out)->output, path, &found, err);
    if (status == HM_OK) status = found ? read_header(*out, rows, err) : write_header(*out, err);
    return made(out, status);
}

enum hm_status npy_cut(struct hm_npy *npy, size_t rows, struct hm_error *err) {
    npy->rows = rows;
    HM_TRY(write_header(npy, err));
    return output_cut(&npy->output, HEADER_BYTES + (uint64_t)rows * npy->row_bytes, err);
}

enum hm_status npy_read(struct hm_npy *npy, size_t row, void *out, struct hm_error *err) {
    HM_TRY(seek_to(npy, HEADER_BYTES + (uint64_t)row * npy->row_bytes, err));
    if (fread(out, npy->row_bytes, 1, npy->output.file) != 1)
        return hm_fail(err, HM_EIO, "%s: can't read row %zu", npy->output.written, row);
    return seek_to(npy, HEADER_BYTES + (uint64_t)npy->rows * npy->row_bytes, err);
}

enum hm_status hm_npy_append(struct hm_npy *npy, const void *row, struct hm_error *err) {
    HM_TRY(output_write(&npy->output, row, npy->row_bytes, err));
    npy->rows++;
    return HM_OK;
}

enum hm_status npy_flush(struct hm_npy *npy, struct hm_error *err) {
    HM_TRY(output_flush(&npy->output, err));
    return write_header(npy, err);
}

enum hm_status hm_npy_close(struct hm_npy *npy, bool whole, struct hm_error *err) {
    enum hm_status status = HM_OK;
    if (!npy) return HM_OK;
    if (whole) status = npy_flush(npy, err);
    if (whole && status == HM_OK)
        status = output_finish(&npy->output, err);
    else
        output_abandon(&npy->output, npy->rows == 0);
    free(npy);
    return status;
}
