// SPDX-License-Identifier: MIT
// FILE.npy: f32 [n][2048]; the codes of its rows, a line each, in FILE.npy.codes.
//
// After each batch the codes are flushed, then the rows, then the header that counts them: whenever
// the process is killed, the first n lines of FILE.npy.codes.part belong to the n rows that the
// header of FILE.npy.part says.

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "npy.h"
#include "output.h"
#include "sinks.h"
#include "utf8.h"

#define CODES_ENDING ".codes"

struct npy_sink {
    struct hm_sink base;
    struct hm_npy *npy;
    struct output codes;
    size_t rows;      // in the file
    struct held held; // when resumed
};

static enum hm_status put_rows(struct hm_sink *base, const struct hm_store_embedding *rows,
                               size_t n, struct hm_error *err) {
    struct npy_sink *sink = (struct npy_sink *)base;
    for (size_t i = 0; i < n; i++) {
        const char *code = rows[i].source.code;
        if (!hm_utf8_one_line(code, strlen(code)))
            return hm_fail(err, HM_EARG, "product code \"%s\": a list of codes has no newlines",
                           code);
        HM_TRY(output_write(&sink->codes, code, strlen(code), err));
        HM_TRY(output_write(&sink->codes, "\n", 1, err));
        HM_TRY(hm_npy_append(sink->npy, rows[i].vector, err));
    }
    sink->rows += n;
    HM_TRY(output_flush(&sink->codes, err));
    return npy_flush(sink->npy, err);
}

static bool held_row(struct hm_sink *base, const char *code, float *vector) {
    struct npy_sink *sink = (struct npy_sink *)base;
    const struct held_row *row = held_find(&sink->held, code);
    return row && (!vector || npy_read(sink->npy, row->at, vector, NULL) == HM_OK);
}

static enum hm_status close_npy(struct hm_sink *base, bool whole, struct hm_error *err) {
    struct npy_sink *sink = (struct npy_sink *)base;
    enum hm_status status = whole ? output_sync(&sink->codes, err) : HM_OK;
    bool good = whole && status == HM_OK, rows = sink->rows > 0;
    enum hm_status closed = hm_npy_close(sink->npy, good, good ? err : NULL);
    if (status == HM_OK) status = closed;
    if (good && status == HM_OK)
        status = output_finish(&sink->codes, err);
    else
        output_abandon(&sink->codes, !rows);
    held_free(&sink->held);
    free(sink);
    return status;
}

// The codes of the rows of a resumed file; cuts both files to what they have in common.
static enum hm_status read_codes(struct npy_sink *sink, size_t rows, struct hm_error *err) {
    char *line = NULL;
    size_t capacity = 0;
    uint64_t end = 0;
    enum hm_status status = HM_OK;
    while (status == HM_OK && sink->rows < rows) {
        ssize_t length = getline(&line, &capacity, sink->codes.file);
        if (length < 0 && !feof(sink->codes.file))
            status = hm_fail_errno(err, "read %s", sink->codes.written);
        if (length < 0 || line[length - 1] != '\n') break; // the last line was not flushed whole
        status = held_add(&sink->held, line, (size_t)length - 1, sink->rows++, err);
        end += (uint64_t)length;
    }
    free(line);
    held_sort(&sink->held);
    if (status == HM_OK) status = output_cut(&sink->codes, end, err);
    if (status == HM_OK) status = npy_cut(sink->npy, sink->rows, err);
    return status;
}

enum hm_status sink_npy_open(struct hm_sink **out, const char *path, const char *model, bool resume,
                             struct hm_error *err) {
    (void)model; // the format has no place for it
    struct npy_sink *sink = calloc(1, sizeof *sink);
    struct hm_buf codes = {0};
    size_t rows = 0;
    bool found;
    *out = NULL;
    if (!sink) return hm_fail(err, HM_ENOMEM, "no memory to write %s", path);
    sink->base = (struct hm_sink){.put = put_rows, .holds = held_row, .close = close_npy};
    enum hm_status status = hm_buf_printf(&codes, err, "%s" CODES_ENDING, path);
    if (status == HM_OK && !resume) {
        status = hm_npy_create(&sink->npy, path, "<f4", "2048", HM_DIM * sizeof(float), err);
        if (status == HM_OK) status = output_create(&sink->codes, codes.data, err);
    } else if (status == HM_OK) {
        status = npy_resume(&sink->npy, path, "<f4", "2048", HM_DIM * sizeof(float), &rows, err);
        if (status == HM_OK) status = output_resume(&sink->codes, codes.data, &found, err);
        if (status == HM_OK) status = read_codes(sink, rows, err);
    }
    hm_buf_free(&codes);
    if (status == HM_OK)
        *out = &sink->base;
    else if (close_npy(&sink->base, false, NULL) != HM_OK)
        return status; // the first failure is the one to report
    return status;
}
