// SPDX-License-Identifier: MIT
// NumPy's format: magic, version, length and text of a header that is a Python dictionary, numbers.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

#include "vectors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hmrec/sizes.h"
#include "mem.h"

enum { MAGIC = 6, PREFIX = 12, HEADER_MAX = 4096 };

static enum hm_status refuse(const char *path, const char *header, struct hm_error *err) {
    return hm_fail(err, HM_EFORMAT,
                   "%s: found %.100s, expected an array of '<f4' in C order and shape (n, %d), as "
                   "numpy.save writes it",
                   path, header, HM_DIM);
}

// The header as text.
static enum hm_status read_header(FILE *file, const char *path, char header[HEADER_MAX + 1],
                                  struct hm_error *err) {
    unsigned char prefix[PREFIX] = {0};
    size_t length, version;
    if (fread(prefix, 1, PREFIX - 2, file) != PREFIX - 2 || memcmp(prefix, "\x93NUMPY", MAGIC) != 0)
        return refuse(path, "no .npy file", err);
    version = prefix[MAGIC];
    if (version > 1 && fread(prefix + PREFIX - 2, 1, 2, file) != 2)
        return refuse(path, "a file that is cut short", err);
    length = prefix[8] | (size_t)prefix[9] << 8 | (size_t)prefix[10] << 16;
    if (!version || version > 2 || prefix[11] || length > HEADER_MAX)
        return refuse(path, "a header of another version", err);
    if (fread(header, 1, length, file) != length)
        return refuse(path, "a file that is cut short", err);
    header[length] = '\0';
    return HM_OK;
}

// Where the value of a key begins, "" without one.
static const char *value_of(const char *header, const char *key) {
    const char *at = strstr(header, key);
    if (!at) return "";
    at += strlen(key);
    return at + strspn(at, ": ");
}

static enum hm_status read_shape(const char *header, const char *path, size_t *n,
                                 struct hm_error *err) {
    uint64_t rows, columns;
    char end;
    if (strncmp(value_of(header, "'descr'"), "'<f4'", 5) != 0 ||
        strncmp(value_of(header, "'fortran_order'"), "False", 5) != 0 ||
        sscanf(value_of(header, "'shape'"), "(%9" SCNu64 ", %9" SCNu64 "%c", &rows, &columns,
               &end) != 3 ||
        columns != HM_DIM || end != ')')
        return refuse(path, header, err);
    *n = (size_t)rows;
    return rows ? HM_OK : refuse(path, "no vectors", err);
}

static enum hm_status read_rows(FILE *file, const char *path, float **rows, size_t n,
                                struct hm_error *err) {
    *rows = hm_alloc_aligned(n, HM_DIM * sizeof **rows);
    if (!*rows) return hm_fail(err, HM_ENOMEM, "no memory for the %zu vectors of %s", n, path);
    size_t read = fread(*rows, HM_DIM * sizeof **rows, n, file);
    if (ferror(file)) return hm_fail_errno(err, "read %s", path);
    if (read == n) return HM_OK;
    return hm_fail(err, HM_EFORMAT, "%s: found %zu vectors, expected the %zu of its header", path,
                   read, n);
}

enum hm_status bench_read_vectors(float **rows, size_t *n, const char *path, struct hm_error *err) {
    char header[HEADER_MAX + 1] = "";
    FILE *file = fopen(path, "rb");
    *rows = NULL;
    if (!file) return hm_fail_errno(err, "open %s", path);
    enum hm_status status = read_header(file, path, header, err);
    if (status == HM_OK) status = read_shape(header, path, n, err);
    if (status == HM_OK) status = read_rows(file, path, rows, *n, err);
    fclose(file);
    if (status != HM_OK) {
        free(*rows);
        *rows = NULL;
    }
    return status;
}
