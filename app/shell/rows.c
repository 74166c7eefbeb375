// SPDX-License-Identifier: MIT
// Values of a server become cells: Cypher literals in a table, plain text in CSV, typed JSON
// elsewhere.

#include "shell/rows.h"

#include <stdlib.h>
#include <string.h>

#include "shell/render.h"
#include "utf8.h"

struct rows {
    struct hm_arena arena;
    const char **keys; // [n], in the arena
    size_t n;
    struct writer_options options;
    FILE *file;
    void (*render)(struct render *r, const struct bolt_value *value);
    struct render text;    // the cells of one row, each with its NUL
    struct writer *writer; // made with the first row, which tells which columns are numbers
    struct column *columns;
    const char **cells;
    size_t *offsets; // of the cells in text
};

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory for a row");
}

/** No name moves the cursor in a frame; the other formats look after themselves. */
static const char *copy_key(struct rows *rows, const char *key) {
    size_t length = strlen(key);
    if (rows->options.format != FORMAT_VERBOSE) return hm_arena_copy(&rows->arena, key, length);
    char *copy = hm_arena_alloc(&rows->arena, 4 * length + 1);
    if (copy) hm_utf8_clean(copy, key, length, HM_CLEAN_REPLACE);
    return copy;
}

static enum hm_status copy_keys(struct rows *rows, const char *const *keys, struct hm_error *err) {
    rows->keys = hm_arena_alloc(&rows->arena, (rows->n + 1) * sizeof *rows->keys);
    if (!rows->keys) return no_memory(err);
    for (size_t i = 0; i < rows->n; i++) {
        rows->keys[i] = copy_key(rows, keys[i]);
        if (!rows->keys[i]) return no_memory(err);
    }
    return HM_OK;
}

enum hm_status rows_new(struct rows **out, const char *const *keys, size_t n,
                        const struct writer_options *options, FILE *file, struct hm_error *err) {
    static void (*const renders[FORMATS])(struct render *, const struct bolt_value *) = {
        [FORMAT_TABLE] = render_literal, [FORMAT_CSV] = render_plain,
        [FORMAT_JSON] = render_json,     [FORMAT_NDJSON] = render_json,
        [FORMAT_PLAIN] = render_literal, [FORMAT_VERBOSE] = render_literal};
    static const enum render_words words[FORMATS] = {
        [FORMAT_PLAIN] = RENDER_SHELL_RAW, [FORMAT_VERBOSE] = RENDER_SHELL};
    struct rows *rows = *out = calloc(1, sizeof *rows);
    if (!rows) return no_memory(err);
    *rows = (struct rows){
        .n = n, .options = *options, .file = file, .render = renders[options->format]};
    rows->text.words = words[options->format];
    enum hm_status status = copy_keys(rows, keys, err);
    rows->columns = calloc(n + 1, sizeof *rows->columns);
    rows->cells = calloc(n + 1, sizeof *rows->cells);
    rows->offsets = calloc(n + 1, sizeof *rows->offsets);
    if (!rows->columns || !rows->cells || !rows->offsets) status = no_memory(err);
    if (status != HM_OK) {
        rows_free(rows);
        *out = NULL;
    }
    return status;
}

void rows_free(struct rows *rows) {
    if (!rows) return;
    free(rows->columns);
    free(rows->cells);
    free(rows->offsets);
    hm_buf_free(&rows->text.text);
    writer_free(rows->writer);
    hm_arena_free(&rows->arena);
    free(rows);
}

bool rows_wrote(const struct rows *rows) {
    return rows->writer && writer_wrote(rows->writer);
}

static enum hm_status make_writer(struct rows *rows, const struct bolt_value *row,
                                  struct hm_error *err) {
    bool json = rows->render == render_json;
    for (size_t i = 0; i < rows->n; i++) {
        bool number = row && (row[i].type == BOLT_INT || row[i].type == BOLT_FLOAT);
        rows->columns[i] = (struct column){rows->keys[i], json || number};
    }
    rows->options.columns = rows->columns;
    rows->options.n = rows->n;
    return writer_new(&rows->writer, &rows->options, rows->file, err);
}

enum hm_status rows_add(struct rows *rows, const struct bolt_value *row, struct hm_error *err) {
    struct render *r = &rows->text;
    if (rows->n == 0) return HM_OK;
    if (!rows->writer) HM_TRY(make_writer(rows, row, err));
    r->text.length = 0;
    for (size_t i = 0; i < rows->n; i++) {
        rows->offsets[i] = r->text.length;
        rows->render(r, &row[i]);
        render_bytes(r, "", 1);
    }
    if (r->error.status != HM_OK) return no_memory(err);
    for (size_t i = 0; i < rows->n; i++)
        rows->cells[i] = r->text.data + rows->offsets[i];
    return writer_add(rows->writer, rows->cells, err);
}

enum hm_status rows_end(struct rows *rows, bool whole, struct hm_error *err) {
    if (rows->n == 0) return HM_OK;
    if (!rows->writer) HM_TRY(make_writer(rows, NULL, err));
    return writer_end(rows->writer, whole, err);
}
