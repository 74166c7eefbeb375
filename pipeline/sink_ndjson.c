// SPDX-License-Identifier: MIT
// JSON lines: {"code":"...","embedding":[2048 numbers]}, flushed after each batch.

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mem.h"
#include "output.h"
#include "sinks.h"

#define LINE_START  "{\"code\":"
#define LINE_MIDDLE ",\"embedding\":"

struct ndjson_sink {
    struct hm_sink base;
    struct output output;
    struct hm_buf line;
    size_t rows;      // in the file
    struct held held; // when resumed
};

// Nine digits bring every float back exactly.
static enum hm_status append_row(struct hm_buf *out, const struct hm_store_embedding *row,
                                 struct hm_error *err) {
    HM_TRY(hm_buf_printf(out, err, LINE_START));
    HM_TRY(hm_json_string(out, row->source.code, strlen(row->source.code), err));
    HM_TRY(hm_buf_printf(out, err, LINE_MIDDLE));
    for (size_t j = 0; j < HM_DIM; j++)
        HM_TRY(hm_buf_printf(out, err, "%c%.9g", j ? ',' : '[', (double)row->vector[j]));
    return hm_buf_printf(out, err, "]}\n");
}

static enum hm_status put_lines(struct hm_sink *base, const struct hm_store_embedding *rows,
                                size_t n, struct hm_error *err) {
    struct ndjson_sink *sink = (struct ndjson_sink *)base;
    for (size_t i = 0; i < n; i++) {
        sink->line.length = 0;
        HM_TRY(append_row(&sink->line, &rows[i], err));
        HM_TRY(output_write(&sink->output, sink->line.data, sink->line.length, err));
    }
    sink->rows += n;
    return output_flush(&sink->output, err);
}

static enum hm_status close_ndjson(struct hm_sink *base, bool whole, struct hm_error *err) {
    struct ndjson_sink *sink = (struct ndjson_sink *)base;
    enum hm_status status = HM_OK;
    if (whole)
        status = output_finish(&sink->output, err);
    else
        output_abandon(&sink->output, sink->rows == 0);
    hm_buf_free(&sink->line);
    held_free(&sink->held);
    free(sink);
    return status;
}

// ---- going on with a file

// Behind the string that begins at a quote; NULL: it has no end.
static const char *behind_string(const char *text) {
    for (const char *at = text + 1; *at && *at != '\n'; at++) {
        if (*at == '"') return at + 1;
        if (*at == '\\' && at[1]) at++;
    }
    return NULL;
}

// The code is kept as it stands in the file, with quotes and escapes.
static enum hm_status read_line(struct ndjson_sink *sink, const char *line, uint64_t at,
                                struct hm_error *err) {
    const size_t start = sizeof LINE_START - 1;
    const char *rest = NULL;
    if (strncmp(line, LINE_START "\"", start + 1) == 0) rest = behind_string(line + start);
    if (!rest || strncmp(rest, LINE_MIDDLE "[", sizeof LINE_MIDDLE) != 0)
        return hm_fail(err, HM_EFORMAT,
                       "%s: line %zu: found other content than hmrec's embeddings, expected those "
                       "to go on with",
                       sink->output.written, sink->rows + 1);
    sink->rows++;
    return held_add(&sink->held, line + start, (size_t)(rest - line) - start, at, err);
}

// The lines of a resumed file; a last one that was not flushed whole is cut off.
static enum hm_status read_lines(struct ndjson_sink *sink, struct hm_error *err) {
    char *line = NULL;
    size_t capacity = 0;
    uint64_t end = 0;
    enum hm_status status = HM_OK;
    while (status == HM_OK) {
        ssize_t length = getline(&line, &capacity, sink->output.file);
        if (length < 0 && !feof(sink->output.file))
            status = hm_fail_errno(err, "read %s", sink->output.written);
        if (length < 0 || line[length - 1] != '\n') break;
        status = read_line(sink, line, end, err);
        end += (uint64_t)length;
    }
    free(line);
    held_sort(&sink->held);
    return status == HM_OK ? output_cut(&sink->output, end, err) : status;
}

static bool read_vector(struct ndjson_sink *sink, uint64_t at, float *vector) {
    char *line = NULL;
    size_t capacity = 0, n = 0;
    if (fseeko(sink->output.file, (off_t)at, SEEK_SET) == 0 &&
        getline(&line, &capacity, sink->output.file) > 0) {
        const char *number = strstr(line, LINE_MIDDLE "[");
        char *end = line;
        if (number) number += sizeof LINE_MIDDLE - 1;
        for (; number && (*number == '[' || *number == ',') && n < HM_DIM; number = end)
            vector[n++] = strtof(number + 1, &end);
    }
    free(line);
    return n == HM_DIM && fseeko(sink->output.file, 0, SEEK_END) == 0;
}

static bool held_line(struct hm_sink *base, const char *code, float *vector) {
    struct ndjson_sink *sink = (struct ndjson_sink *)base;
    sink->line.length = 0;
    if (hm_json_string(&sink->line, code, strlen(code), NULL) != HM_OK) return false;
    const struct held_row *row = held_find(&sink->held, sink->line.data);
    return row && (!vector || read_vector(sink, row->at, vector));
}

enum hm_status sink_ndjson_open(struct hm_sink **out, const char *path, const char *model,
                                bool resume, struct hm_error *err) {
    (void)model; // the format has no place for it
    struct ndjson_sink *sink = calloc(1, sizeof *sink);
    bool found = false;
    *out = NULL;
    if (!sink) return hm_fail(err, HM_ENOMEM, "no memory to write %s", path);
    sink->base = (struct hm_sink){.put = put_lines, .holds = held_line, .close = close_ndjson};
    enum hm_status status = resume ? output_resume(&sink->output, path, &found, err)
                                   : output_create(&sink->output, path, err);
    if (status == HM_OK && found) status = read_lines(sink, err);
    if (status == HM_OK)
        *out = &sink->base;
    else if (close_ndjson(&sink->base, false, NULL) != HM_OK)
        return status; // the first failure is the one to report
    return status;
}
