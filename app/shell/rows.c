// SPDX-License-Identifier: MIT
// A table's rows are collected until its widths are known: those of the first batch, which also
// ends when it has grown large. CSV takes the same way in smaller steps; JSON has no need of it.

#include "shell/rows.h"

#include <stdlib.h>
#include <string.h>

#include "shell/render.h"

enum {
    OUT_BYTES = 64 * 1024,    // of JSON in one write
    BATCH_BYTES = 1024 * 1024 // of cells that wait for a table's widths
};

struct rows {
    struct hm_arena arena;
    const char **keys; // [n], in the arena
    size_t n;
    enum table_format format;
    FILE *file;
    bool gap, printed;
    struct render
        text; // JSON: rows to be written; otherwise the cells of one row, each with its NUL
    struct hm_buf *labels; // JSON: [n], what stands before each value
    struct table
        *table; // otherwise; made with the first row, which tells which columns are numbers
    struct table_column *columns;
    const char **cells;
    size_t *offsets; // of the cells in text
    size_t batch, waiting, waiting_bytes;
};

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory for a row");
}

static enum hm_status copy_keys(struct rows *rows, const char *const *keys, struct hm_error *err) {
    rows->keys = hm_arena_alloc(&rows->arena, (rows->n + 1) * sizeof *rows->keys);
    if (!rows->keys) return no_memory(err);
    for (size_t i = 0; i < rows->n; i++) {
        rows->keys[i] = hm_arena_copy(&rows->arena, keys[i], strlen(keys[i]));
        if (!rows->keys[i]) return no_memory(err);
    }
    return HM_OK;
}

static enum hm_status make_labels(struct rows *rows, struct hm_error *err) {
    rows->labels = calloc(rows->n + 1, sizeof *rows->labels);
    if (!rows->labels) return no_memory(err);
    for (size_t i = 0; i < rows->n; i++) {
        struct render label = {0};
        render_text(&label, i ? ", " : "{");
        render_json_string(&label, rows->keys[i], strlen(rows->keys[i]));
        render_text(&label, ": ");
        rows->labels[i] = label.text;
        if (label.error.status != HM_OK) return no_memory(err);
    }
    return HM_OK;
}

enum hm_status rows_new(struct rows **out, const char *const *keys, size_t n,
                        enum table_format format, size_t batch, bool gap, FILE *file,
                        struct hm_error *err) {
    struct rows *rows = *out = calloc(1, sizeof *rows);
    if (!rows) return no_memory(err);
    *rows = (struct rows){.n = n, .format = format, .file = file, .batch = batch, .gap = gap};
    enum hm_status status = copy_keys(rows, keys, err);
    if (status == HM_OK && format == TABLE_JSON) status = make_labels(rows, err);
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
    for (size_t i = 0; rows->labels && i < rows->n; i++)
        hm_buf_free(&rows->labels[i]);
    free(rows->labels);
    free(rows->columns);
    free(rows->cells);
    free(rows->offsets);
    hm_buf_free(&rows->text.text);
    table_free(rows->table);
    hm_arena_free(&rows->arena);
    free(rows);
}

bool rows_printed(const struct rows *rows) {
    return rows->printed;
}

static enum hm_status wrote(struct rows *rows, struct hm_error *err) {
    rows->printed = true;
    return ferror(rows->file) ? hm_fail(err, HM_EIO, "standard output takes no more") : HM_OK;
}

// ---- JSON: an object a line

static enum hm_status write_json(struct rows *rows, struct hm_error *err) {
    struct hm_buf *text = &rows->text.text;
    if (text->length) fwrite(text->data, 1, text->length, rows->file);
    text->length = 0;
    return wrote(rows, err);
}

static enum hm_status add_json(struct rows *rows, const struct bolt_value *row,
                               struct hm_error *err) {
    struct render *r = &rows->text;
    for (size_t i = 0; i < rows->n; i++) {
        render_bytes(r, rows->labels[i].data, rows->labels[i].length);
        render_json(r, &row[i]);
    }
    render_text(r, "}\n");
    if (r->error.status != HM_OK) return no_memory(err);
    return r->text.length >= OUT_BYTES ? write_json(rows, err) : HM_OK;
}

// ---- table and CSV

static enum hm_status make_table(struct rows *rows, const struct bolt_value *row,
                                 struct hm_error *err) {
    for (size_t i = 0; i < rows->n; i++) {
        bool number = row && (row[i].type == BOLT_INT || row[i].type == BOLT_FLOAT);
        rows->columns[i] = (struct table_column){rows->keys[i], number};
    }
    return table_new(&rows->table, rows->columns, rows->n, err);
}

static enum hm_status flush_table(struct rows *rows, struct hm_error *err) {
    if (rows->gap && !rows->printed) putc('\n', rows->file);
    table_flush(rows->table, rows->format, rows->file);
    rows->waiting = rows->waiting_bytes = 0;
    return wrote(rows, err);
}

static enum hm_status add_cells(struct rows *rows, const struct bolt_value *row,
                                struct hm_error *err) {
    struct render *r = &rows->text;
    if (!rows->table) HM_TRY(make_table(rows, row, err));
    r->text.length = 0;
    for (size_t i = 0; i < rows->n; i++) {
        rows->offsets[i] = r->text.length;
        if (rows->format == TABLE_CSV)
            render_plain(r, &row[i]);
        else
            render_literal(r, &row[i]);
        render_bytes(r, "", 1);
    }
    if (r->error.status != HM_OK) return no_memory(err);
    for (size_t i = 0; i < rows->n; i++)
        rows->cells[i] = r->text.data + rows->offsets[i];
    HM_TRY(table_add(rows->table, rows->cells, err));
    rows->waiting++;
    rows->waiting_bytes += r->text.length;
    if (rows->waiting < rows->batch && rows->waiting_bytes < BATCH_BYTES) return HM_OK;
    return flush_table(rows, err);
}

enum hm_status rows_add(struct rows *rows, const struct bolt_value *row, struct hm_error *err) {
    if (rows->n == 0) return HM_OK;
    return rows->format == TABLE_JSON ? add_json(rows, row, err) : add_cells(rows, row, err);
}

enum hm_status rows_end(struct rows *rows, struct hm_error *err) {
    if (rows->format == TABLE_JSON) {
        HM_TRY(write_json(rows, err));
    } else if (rows->n) { // a query without columns has nothing to show
        if (!rows->table) HM_TRY(make_table(rows, NULL, err));
        HM_TRY(flush_table(rows, err));
    }
    if (fflush(rows->file) != 0) return hm_fail_errno(err, "standard output");
    return HM_OK;
}
