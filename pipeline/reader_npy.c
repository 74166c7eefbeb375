// SPDX-License-Identifier: MIT
// FILE.npy and the codes of its rows. NumPy's format: magic, version, length and text of a header
// that is a Python dictionary, numbers.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "readers.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

enum {
    MAGIC = 6,
    PREFIX = 12,
    HEADER_MAX = 4096,
    MARK = sizeof BYTE_ORDER_MARK - 1,
    LINE_MAX_BYTES = MARK + HM_STORE_CODE_MAX + 2 // one more, or a CR: too long is seen
};

static enum hm_status refuse(const char *path, const char *header, struct hm_error *err) {
    return hm_fail(err, HM_EFORMAT,
                   "%s: found %.100s, expected an array of '<f4' in C order and shape (n, %d), as "
                   "numpy.save writes it",
                   path, header, HM_DIM);
}

// The header as text.
static enum hm_status read_text(FILE *file, const char *path, char header[HEADER_MAX + 1],
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

static enum hm_status read_shape(const char *header, const char *path, uint64_t *n,
                                 struct hm_error *err) {
    uint64_t rows, columns;
    char end;
    if (strncmp(value_of(header, "'descr'"), "'<f4'", 5) != 0 ||
        strncmp(value_of(header, "'fortran_order'"), "False", 5) != 0 ||
        sscanf(value_of(header, "'shape'"), "(%9" SCNu64 ", %9" SCNu64 "%c", &rows, &columns,
               &end) != 3 ||
        columns != HM_DIM || end != ')')
        return refuse(path, header, err);
    *n = rows;
    return rows ? HM_OK : refuse(path, "no vectors", err);
}

// A file that can be asked for its length has what its header tells of.
static enum hm_status check_length(FILE *file, const char *path, uint64_t n, struct hm_error *err) {
    struct stat st;
    off_t at = ftello(file);
    if (fstat(fileno(file), &st) != 0 || at < 0 || !S_ISREG(st.st_mode))
        return hm_fail(err, HM_EARG, "%s: a .npy file must be a regular file", path);
    uint64_t there = st.st_size > at ? (uint64_t)(st.st_size - at) / (HM_DIM * sizeof(float)) : 0;
    if (there >= n) return HM_OK;
    return hm_fail(err, HM_EFORMAT,
                   "%s: found %" PRIu64 " vectors, expected the %" PRIu64 " of its header", path,
                   there, n);
}

enum hm_status npy_read_header(FILE *file, const char *path, uint64_t *n, struct hm_error *err) {
    char header[HEADER_MAX + 1] = "";
    HM_TRY(read_text(file, path, header, err));
    HM_TRY(read_shape(header, path, n, err));
    return check_length(file, path, *n, err);
}

// ---- the reader

struct npy_reader {
    struct reader base;
    const char *path; // borrowed
    FILE *rows, *codes;
    struct hm_buf codes_path;
    char line[LINE_MAX_BYTES + 1];
};

static enum hm_status rewind_npy(struct reader *base, struct hm_error *err) {
    struct npy_reader *r = (struct npy_reader *)base;
    rewind(r->rows);
    if (fseeko(r->codes, 0, SEEK_SET) != 0)
        return hm_fail_errno(err, "%s is read twice", r->codes_path.data);
    base->row = 0;
    return npy_read_header(r->rows, r->path, &base->total, err);
}

// A line, or as much of it as is too long for a code.
static enum hm_status next_code(struct npy_reader *r, bool *end, struct hm_error *err) {
    size_t length = 0, start = 0;
    int c = 0;
    while (length < LINE_MAX_BYTES && (c = getc(r->codes)) != EOF && c != '\n')
        r->line[length++] = (char)c;
    if (ferror(r->codes)) return hm_fail_errno(err, "read %s", r->codes_path.data);
    *end = c == EOF && !length;
    if (length && r->line[length - 1] == '\r') length--;
    r->line[length] = '\0';
    if (r->base.row == 0 && strncmp(r->line, BYTE_ORDER_MARK, MARK) == 0) start = MARK;
    r->base.code = r->line + start;
    r->base.length = length - start;
    return HM_OK;
}

static enum hm_status next_npy(struct reader *base, bool *end, float vector[HM_DIM],
                               struct hm_error *err) {
    struct npy_reader *r = (struct npy_reader *)base;
    const bool rows_end = base->row == base->total;
    HM_TRY(next_code(r, end, err));
    if (*end != rows_end)
        return hm_fail(err, HM_EFORMAT, "%s: found %s codes than the %" PRIu64 " rows of %s",
                       r->codes_path.data, rows_end ? "more" : "fewer", base->total, r->path);
    if (*end) return HM_OK;
    base->row++;
    if (fread(vector, sizeof *vector, HM_DIM, r->rows) != HM_DIM)
        return hm_fail(err, HM_EIO, "%s: row %" PRIu64 " cannot be read any more", r->path,
                       base->row);
    return HM_OK;
}

static void close_npy(struct reader *base) {
    struct npy_reader *r = (struct npy_reader *)base;
    if (r->rows) fclose(r->rows);
    if (r->codes) fclose(r->codes);
    hm_buf_free(&r->codes_path);
    free(r);
}

static enum hm_status open_both(struct npy_reader *r, const char *codes, struct hm_error *err) {
    HM_TRY(
        hm_buf_printf(&r->codes_path, err, "%s%s", codes ? codes : r->path, codes ? "" : ".codes"));
    r->rows = fopen(r->path, "rb");
    if (!r->rows) return hm_fail_errno(err, "open %s", r->path);
    r->codes = fopen(r->codes_path.data, "rb");
    if (r->codes) return rewind_npy(&r->base, err);
    if (codes) return hm_fail_errno(err, "open %s", codes);
    return hm_fail_errno(err, "open %s, the codes of the rows (--codes names another file)",
                         r->codes_path.data);
}

enum hm_status reader_npy_open(struct reader **out, const char *path, const char *codes,
                               struct hm_error *err) {
    struct npy_reader *r = calloc(1, sizeof *r);
    if (!r) return hm_fail(err, HM_ENOMEM, "no memory to read %s", path);
    r->base =
        (struct reader){.next = next_npy, .rewind = rewind_npy, .close = close_npy, .unit = "row"};
    r->path = path;
    enum hm_status status = open_both(r, codes, err);
    if (status == HM_OK)
        *out = &r->base;
    else
        close_npy(&r->base);
    return status;
}
