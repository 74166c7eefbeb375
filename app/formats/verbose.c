// SPDX-License-Identifier: MIT
// cypher-shell's format for people: a table in a frame. Its widths are those of the rows that are
// written first; what is wider, or has several lines, goes on in the next line behind a "\".

#include <stdlib.h>
#include <string.h>

#include "formats/format.h"
#include "utf8.h"

static enum hm_status put_text(struct writer *w, const char *text, struct hm_error *err) {
    return hm_buf_append(&w->text, text, strlen(text), err);
}

static enum hm_status put_repeated(struct writer *w, char byte, size_t n, struct hm_error *err) {
    HM_TRY(hm_buf_reserve(&w->text, n, err));
    memset(w->text.data + w->text.length, byte, n);
    w->text.length += n;
    return HM_OK;
}

static enum hm_status put_line(struct writer *w, struct hm_error *err) {
    size_t width = 0; // between the outer bars: " cell " a column, and a bar between two
    for (size_t i = 0; i < w->options.n; i++)
        width += w->widths[i] + 3;
    HM_TRY(put_text(w, "+", err));
    HM_TRY(put_repeated(w, '-', width ? width - 1 : 0, err));
    return put_text(w, "+\n", err);
}

static size_t columns_of(const char *text, size_t length) {
    size_t columns = 0;
    for (size_t i = 0; i < length;) {
        uint32_t code = ' ';
        size_t n = hm_utf8_next(text + i, length - i, &code);
        columns += hm_utf8_width(code);
        i += n ? n : 1;
    }
    return columns;
}

/** Bytes of a text that stand in one line of a cell: at least one character, unless a line ends. */
static size_t fit(const char *text, size_t width) {
    size_t line = strcspn(text, "\r\n"), fits = hm_utf8_fit(text, width);
    uint32_t code;
    if (fits == 0) fits = hm_utf8_next(text, line, &code);
    return fits < line ? fits : line;
}

/** Put what fits of *cell, and blanks; *cell = what is left. */
static enum hm_status put_piece(struct writer *w, const char **cell, size_t width,
                                struct hm_error *err) {
    const char *text = *cell;
    size_t fits = fit(text, width);
    bool cut = w->options.cut && text[fits];
    if (cut) fits = fit(text, width - 1);
    size_t columns = columns_of(text, fits) + cut;
    HM_TRY(hm_buf_append(&w->text, text, fits, err));
    if (cut) HM_TRY(put_text(w, "\xe2\x80\xa6", err)); // ...
    text += fits;
    if (*text == '\r' || *text == '\n') text += text[0] == '\r' && text[1] == '\n' ? 2 : 1;
    *cell = cut ? "" : text;
    return put_repeated(w, ' ', width > columns ? width - columns + 1 : 1, err);
}

/** cells are used up: one of a single line becomes NULL. */
static enum hm_status put_cells(struct writer *w, const char **cells, struct hm_error *err) {
    for (bool first = true, more = true; more; first = false) {
        more = false;
        for (size_t i = 0; i < w->options.n; i++) {
            const char *rest = cells[i] ? cells[i] : "";
            HM_TRY(put_text(w, !first && cells[i] ? "\\ " : "| ", err));
            HM_TRY(put_piece(w, &rest, w->widths[i], err));
            if (cells[i]) cells[i] = first && !*rest ? NULL : rest;
            more = more || *rest;
        }
        HM_TRY(put_text(w, "|\n", err));
    }
    return HM_OK;
}

/** Strings are quoted, so that only a number reads as one. */
static bool is_number(const char *cell) {
    char *end;
    if (cell[0] == '0' && cell[1] == 'x') return false;
    strtod(cell, &end);
    return end != cell && !*end;
}

/** What is behind the rows that are known may be any number. */
static void widen_numbers(struct writer *w) {
    enum { MOST_DIGITS = 19 };
    for (size_t at = 0; at < w->waiting * w->options.n; at++) {
        size_t *width = &w->widths[at % w->options.n];
        if (*width < MOST_DIGITS && is_number(w->cells[at])) *width = MOST_DIGITS;
    }
}

static enum hm_status put_names(struct writer *w, const char **names, struct hm_error *err) {
    for (size_t i = 0; i < w->options.n; i++)
        names[i] = w->options.columns[i].name;
    return put_cells(w, names, err);
}

static enum hm_status put_head(struct writer *w, struct hm_error *err) {
    HM_TRY(table_measure(w, err));
    if (w->more) widen_numbers(w);
    HM_TRY(put_line(w, err));
    const char **names = hm_arena_alloc(&w->strings, (w->options.n + 1) * sizeof *names);
    if (!names) return hm_fail(err, HM_ENOMEM, "no memory for a row");
    HM_TRY(put_names(w, names, err));
    return put_line(w, err);
}

static enum hm_status settle_rows(struct writer *w, struct hm_error *err) {
    for (size_t row = 0; row < w->waiting; row++)
        HM_TRY(put_cells(w, w->cells + row * w->options.n, err));
    w->waiting = 0;
    hm_arena_reset(&w->strings);
    return HM_OK;
}

static enum hm_status put_tail(struct writer *w, struct hm_error *err) {
    HM_TRY(put_line(w, err));
    return put_text(w, "\n", err);
}

const struct format format_verbose = {.name = "verbose",
                                      .meaning = "cypher-shell's for people, in a frame",
                                      .lines = true,
                                      .head = put_head,
                                      .row = table_keep_row,
                                      .settle = settle_rows,
                                      .tail = put_tail};
