// SPDX-License-Identifier: MIT
// A table for people, aligned by columns of the terminal. Its widths are those of the rows that are
// written first; no cell can move the cursor.

#include "formats/format.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory for a row");
}

static const char *keep(struct writer *w, const char *text) {
    size_t length = strlen(text), shown = 0;
    while (text[shown] >= 0x20 && text[shown] < 0x7f)
        shown++;
    if (shown == length || w->format->lines) return hm_arena_copy(&w->strings, text, length);
    char *copy = length < SIZE_MAX / 8 ? hm_arena_alloc(&w->strings, 4 * length + 1) : NULL;
    if (copy) hm_utf8_clean(copy, text, length, HM_CLEAN_REPLACE);
    return copy;
}

enum hm_status table_keep_row(struct writer *w, const char *const *cells, struct hm_error *err) {
    size_t n = w->options.n, used = w->waiting * n;
    HM_TRY(hm_grow(&w->cells, &w->capacity, used + n, sizeof *w->cells, err));
    for (size_t i = 0; i < n; i++) {
        w->cells[used + i] = cells[i] ? keep(w, cells[i]) : "";
        if (!w->cells[used + i]) return no_memory(err);
    }
    w->waiting++;
    return HM_OK;
}

static enum hm_status put_blanks(struct writer *w, size_t n, struct hm_error *err) {
    HM_TRY(hm_buf_reserve(&w->text, n, err));
    memset(w->text.data + w->text.length, ' ', n);
    w->text.length += n;
    return HM_OK;
}

static enum hm_status put_aligned(struct writer *w, const char *text, size_t i,
                                  struct hm_error *err) {
    size_t columns = hm_utf8_columns(text), width = w->widths[i];
    size_t pad = width > columns ? width - columns : 0;
    bool right = w->options.columns[i].number, last = i + 1 == w->options.n;
    if (right) HM_TRY(put_blanks(w, pad, err));
    HM_TRY(hm_buf_append(&w->text, text, strlen(text), err));
    return last ? hm_buf_append(&w->text, "\n", 1, err) : put_blanks(w, right ? 2 : pad + 2, err);
}

enum hm_status table_measure(struct writer *w, struct hm_error *err) {
    size_t n = w->options.n;
    w->widths = calloc(n ? n : 1, sizeof *w->widths);
    if (!w->widths) return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        const char *name = keep(w, w->options.columns[i].name);
        if (!name) return no_memory(err);
        w->widths[i] = hm_utf8_columns(name);
        for (size_t row = 0; row < w->waiting; row++) {
            size_t columns = hm_utf8_columns(w->cells[row * n + i]);
            if (columns > w->widths[i]) w->widths[i] = columns;
        }
    }
    return HM_OK;
}

static enum hm_status put_head(struct writer *w, struct hm_error *err) {
    HM_TRY(table_measure(w, err));
    for (size_t i = 0; i < w->options.n; i++) {
        const char *name = keep(w, w->options.columns[i].name);
        if (!name) return no_memory(err);
        HM_TRY(put_aligned(w, name, i, err));
    }
    return HM_OK;
}

static enum hm_status settle_rows(struct writer *w, struct hm_error *err) {
    for (size_t at = 0; at < w->waiting * w->options.n; at++)
        HM_TRY(put_aligned(w, w->cells[at], at % w->options.n, err));
    w->waiting = 0;
    hm_arena_reset(&w->strings);
    return HM_OK;
}

const struct format format_table = {.name = "table",
                                    .meaning = "aligned columns, for people",
                                    .gap = true,
                                    .head = put_head,
                                    .row = table_keep_row,
                                    .settle = settle_rows};
