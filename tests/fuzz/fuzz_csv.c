// SPDX-License-Identifier: MIT
// Fuzz target: the CSV reader on arbitrary files, packed ones and UTF-16 included. Reading ends,
// rows have as many fields as the header, and going back to a row's position gives the row again.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static int scratch_file(char path[static 32]) {
    static int fd = -1;
    if (fd < 0) {
        FILE *file = tmpfile();
        if (!file) abort();
        fd = fileno(file);
    }
    snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

// Rows, good and bad; a file of n bytes has at most n of them.
static size_t read_rows(struct csv_reader *reader, size_t columns, size_t most) {
    size_t rows = 0;
    for (struct csv_row row;; rows++) {
        struct hm_error err = {0};
        enum hm_status status = csv_reader_next(reader, &row, &err);
        if (status != HM_OK && !err.text[0]) abort();
        if (status == HM_OK && row.n == 0) return rows;
        if (status == HM_OK && columns && row.n != columns) abort();
        if (status == HM_EFORMAT && !strstr(err.text, ": ")) abort();
        if (status != HM_OK && (status != HM_EFORMAT || strstr(err.text, "cannot be unpacked") ||
                                strstr(err.text, "UTF-16") || strstr(err.text, "expected one")))
            return rows;
        if (rows > most) abort();
        columns = status == HM_OK ? row.n : columns;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    enum { MOST_TEXT = 1 << 22 }; // packed bytes may become many
    char path[32];
    struct csv_reader *reader;
    struct hm_error err = {0};
    int fd = scratch_file(path);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, bytes, length, 0) != (ssize_t)length) abort();
    if (csv_reader_open(&reader, path, NULL, &err) != HM_OK) {
        if (reader || !err.text[0]) abort();
        return 0;
    }
    uint64_t at, line;
    csv_reader_position(reader, &at, &line);
    size_t rows = read_rows(reader, 0, MOST_TEXT);
    if (csv_reader_seek(reader, at, line, &err) == HM_OK && read_rows(reader, 0, MOST_TEXT) != rows)
        abort();
    csv_reader_close(reader);
    return 0;
}
