// SPDX-License-Identifier: MIT
// Where embeddings go: a store, a .npy file with the codes beside it, or JSON lines.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hmrec/pipeline.h"
#include "json.h"
#include "mem.h"

struct store_sink {
    struct hm_sink base;
    struct hm_store *store;
};

static enum hm_status store_put(struct hm_sink *sink, const struct hm_store_embedding *rows,
                                size_t n, struct hm_error *err) {
    return hm_store_put_embeddings(((struct store_sink *)sink)->store, rows, n, err);
}

static enum hm_status store_done(struct hm_sink *sink, struct hm_error *err) {
    (void)err;
    free(sink);
    return HM_OK;
}

enum hm_status hm_sink_store(struct hm_sink **out, struct hm_store *store, struct hm_error *err) {
    struct store_sink *sink = malloc(sizeof *sink);
    *out = NULL;
    if (!sink) return hm_fail(err, HM_ENOMEM, "no memory");
    *sink = (struct store_sink){{store_put, store_done}, store};
    *out = &sink->base;
    return HM_OK;
}

struct file_sink {
    struct hm_sink base;
    struct hm_npy *npy; // NULL: JSON lines
    FILE *text;         // the JSON lines, or the codes of the rows of npy
    char *path;         // of text, for messages
    struct hm_buf line;
};

static enum hm_status write_failed(const struct file_sink *sink, struct hm_error *err) {
    return hm_fail_errno(err, "write %s", sink->path);
}

static enum hm_status put_npy(struct hm_sink *base, const struct hm_store_embedding *rows, size_t n,
                              struct hm_error *err) {
    struct file_sink *sink = (struct file_sink *)base;
    for (size_t i = 0; i < n; i++) {
        HM_TRY(hm_npy_append(sink->npy, rows[i].vector, err));
        if (fputs(rows[i].source.code, sink->text) < 0 || putc('\n', sink->text) < 0)
            return write_failed(sink, err);
    }
    return HM_OK;
}

// Nine digits bring every float back exactly.
static enum hm_status append_json(struct hm_buf *out, const struct hm_store_embedding *row,
                                  struct hm_error *err) {
    HM_TRY(hm_buf_printf(out, err, "{\"code\":"));
    HM_TRY(hm_json_string(out, row->source.code, strlen(row->source.code), err));
    HM_TRY(hm_buf_printf(out, err, ",\"embedding\":"));
    for (size_t j = 0; j < HM_DIM; j++)
        HM_TRY(hm_buf_printf(out, err, "%c%.9g", j ? ',' : '[', (double)row->vector[j]));
    return hm_buf_printf(out, err, "]}\n");
}

static enum hm_status put_json(struct hm_sink *base, const struct hm_store_embedding *rows,
                               size_t n, struct hm_error *err) {
    struct file_sink *sink = (struct file_sink *)base;
    for (size_t i = 0; i < n; i++) {
        sink->line.length = 0;
        HM_TRY(append_json(&sink->line, &rows[i], err));
        if (fwrite(sink->line.data, sink->line.length, 1, sink->text) != 1)
            return write_failed(sink, err);
    }
    return fflush(sink->text) == 0 ? HM_OK : write_failed(sink, err);
}

static enum hm_status close_file(struct hm_sink *base, struct hm_error *err) {
    struct file_sink *sink = (struct file_sink *)base;
    enum hm_status status = hm_npy_close(sink->npy, err);
    int failed = !sink->text ? 0 : sink->text == stdout ? fflush(stdout) : fclose(sink->text);
    if (failed && status == HM_OK) status = write_failed(sink, err);
    free(sink->path);
    hm_buf_free(&sink->line);
    free(sink);
    return status;
}

enum hm_status hm_sink_file(struct hm_sink **out, const char *path, struct hm_error *err) {
    size_t length = strlen(path);
    bool npy = length > 4 && strcmp(path + length - 4, ".npy") == 0;
    *out = NULL;
    struct file_sink *sink = calloc(1, sizeof *sink);
    if (!sink || !(sink->path = malloc(length + sizeof ".codes"))) {
        free(sink);
        return hm_fail(err, HM_ENOMEM, "no memory");
    }
    sink->base = (struct hm_sink){npy ? put_npy : put_json, close_file};
    snprintf(sink->path, length + sizeof ".codes", "%s%s", path, npy ? ".codes" : "");
    enum hm_status status = HM_OK;
    if (npy) status = hm_npy_create(&sink->npy, path, "<f4", "2048", HM_DIM * sizeof(float), err);
    if (status == HM_OK) {
        sink->text = strcmp(path, "-") == 0 ? stdout : fopen(sink->path, "w");
        if (!sink->text) status = hm_fail_errno(err, "create %s", sink->path);
    }
    if (status == HM_OK)
        *out = &sink->base;
    else if (close_file(&sink->base, NULL) != HM_OK)
        return status; // the first failure is the one to report
    return status;
}
