// SPDX-License-Identifier: MIT
// A header of fixed size is written first with 0 rows, and again with the real number at the end.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hmrec/pipeline.h"

enum { HEADER_BYTES = 128, PREFIX_BYTES = 10 };

struct hm_npy {
    FILE *file;
    char *path;
    char descr[8];
    char row_shape[32];
    size_t row_bytes, rows;
};

static enum hm_status write_header(struct hm_npy *npy, struct hm_error *err) {
    unsigned char header[HEADER_BYTES + 1];
    int length = snprintf((char *)header + PREFIX_BYTES, sizeof header - PREFIX_BYTES,
                          "{'descr': '%s', 'fortran_order': False, 'shape': (%zu, %s), }",
                          npy->descr, npy->rows, npy->row_shape);
    memset(header + PREFIX_BYTES + length, ' ', (size_t)(HEADER_BYTES - PREFIX_BYTES - length));
    header[HEADER_BYTES - 1] = '\n';
    memcpy(header, "\x93NUMPY\1\0", 8);
    header[8] = HEADER_BYTES - PREFIX_BYTES;
    header[9] = 0;
    if (fseek(npy->file, 0, SEEK_SET) != 0)
        return hm_fail_errno(err, "%s: a .npy file must be seekable", npy->path);
    if (fwrite(header, HEADER_BYTES, 1, npy->file) != 1)
        return hm_fail_errno(err, "write %s", npy->path);
    return HM_OK;
}

enum hm_status hm_npy_create(struct hm_npy **out, const char *path, const char *descr,
                             const char *row_shape, size_t row_bytes, struct hm_error *err) {
    struct hm_npy *npy = calloc(1, sizeof *npy);
    *out = NULL;
    if (!npy || !(npy->path = strdup(path))) {
        free(npy);
        return hm_fail(err, HM_ENOMEM, "no memory to write %s", path);
    }
    snprintf(npy->descr, sizeof npy->descr, "%s", descr);
    snprintf(npy->row_shape, sizeof npy->row_shape, "%s", row_shape);
    npy->row_bytes = row_bytes;
    npy->file = fopen(path, "wb");
    enum hm_status status =
        npy->file ? write_header(npy, err) : hm_fail_errno(err, "create %s", path);
    if (status == HM_OK) {
        *out = npy;
        return HM_OK;
    }
    if (npy->file) fclose(npy->file);
    free(npy->path);
    free(npy);
    return status;
}

enum hm_status hm_npy_append(struct hm_npy *npy, const void *row, struct hm_error *err) {
    if (fwrite(row, npy->row_bytes, 1, npy->file) != 1)
        return hm_fail_errno(err, "write %s", npy->path);
    npy->rows++;
    return HM_OK;
}

enum hm_status hm_npy_close(struct hm_npy *npy, struct hm_error *err) {
    if (!npy) return HM_OK;
    enum hm_status status = write_header(npy, err);
    if (fclose(npy->file) != 0 && status == HM_OK)
        status = hm_fail_errno(err, "write %s", npy->path);
    free(npy->path);
    free(npy);
    return status;
}
