// SPDX-License-Identifier: MIT
// Rows are kept until they are printed: only then are the widths of the columns known.

#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

struct table {
    const struct table_column *columns;
    size_t n;
    const char **cells; // [rows][n], strings in the arena
    size_t rows, capacity;
    struct hm_arena strings;
    size_t *widths; // [n], once printing has begun; NULL without memory: not aligned
    bool begun;     // the header is written
    bool any;       // and a row
};

enum hm_status table_set_format(void *context, const char *value, struct hm_error *err) {
    static const char *const names[] = {"table", "csv", "json"};
    for (int i = 0; i < 3; i++)
        if (strcmp(value, names[i]) == 0) {
            *(enum table_format *)context = (enum table_format)i;
            return HM_OK;
        }
    return hm_fail(err, HM_EARG, "found \"%s\", expected table, csv or json", value);
}

enum hm_status table_new(struct table **out, const struct table_column *columns, size_t n,
                         struct hm_error *err) {
    *out = calloc(1, sizeof **out);
    if (!*out) return hm_fail(err, HM_ENOMEM, "no memory for a table");
    (*out)->columns = columns;
    (*out)->n = n;
    return HM_OK;
}

void table_free(struct table *table) {
    if (!table) return;
    hm_arena_free(&table->strings);
    free(table->cells);
    free(table->widths);
    free(table);
}

enum hm_status table_add(struct table *t, const char *const *cells, struct hm_error *err) {
    if (t->rows == t->capacity) {
        size_t capacity = t->capacity ? 2 * t->capacity : 64;
        const char **grown = realloc(t->cells, capacity * t->n * sizeof *grown);
        if (!grown) return hm_fail(err, HM_ENOMEM, "no memory for %zu rows", capacity);
        t->cells = grown;
        t->capacity = capacity;
    }
    for (size_t i = 0; i < t->n; i++) {
        const char *copy = cells[i] ? hm_arena_copy(&t->strings, cells[i], strlen(cells[i])) : NULL;
        if (cells[i] && !copy) return hm_fail(err, HM_ENOMEM, "no memory for %zu rows", t->rows);
        t->cells[t->rows * t->n + i] = copy;
    }
    t->rows++;
    return HM_OK;
}

// ---- text

static void put_cell(const char *text, FILE *out) {
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p < 0x20 || *p == 0x7f)
            fputs("\xef\xbf\xbd", out); // no name may move the cursor
        else
            putc(*p, out);
    }
}

static void put_aligned(const char *text, bool right, size_t width, bool last, FILE *out) {
    size_t columns = hm_utf8_columns(text), pad = width > columns ? width - columns : 0;
    if (right) fprintf(out, "%*s", (int)pad, "");
    put_cell(text, out);
    if (last)
        putc('\n', out);
    else
        fprintf(out, "%*s", (int)(right ? 2 : pad + 2), "");
}

static void measure(struct table *t) {
    t->widths = calloc(t->n ? t->n : 1, sizeof *t->widths);
    for (size_t i = 0; t->widths && i < t->n; i++) {
        t->widths[i] = hm_utf8_columns(t->columns[i].name);
        for (size_t row = 0; row < t->rows; row++) {
            const char *cell = t->cells[row * t->n + i];
            size_t columns = cell ? hm_utf8_columns(cell) : 0;
            if (columns > t->widths[i]) t->widths[i] = columns;
        }
    }
}

static void print_text(struct table *t, FILE *out) {
    if (!t->begun) measure(t);
    for (size_t i = 0; i < t->n && !t->begun; i++)
        put_aligned(t->columns[i].name, t->columns[i].number, t->widths ? t->widths[i] : 0,
                    i + 1 == t->n, out);
    for (size_t row = 0; row < t->rows; row++)
        for (size_t i = 0; i < t->n; i++) {
            const char *cell = t->cells[row * t->n + i];
            put_aligned(cell ? cell : "", t->columns[i].number, t->widths ? t->widths[i] : 0,
                        i + 1 == t->n, out);
        }
}

// ---- CSV

static void put_csv(const char *text, bool last, FILE *out) {
    bool quote = strpbrk(text, "\",\r\n") != NULL;
    if (quote) putc('"', out);
    for (const char *p = text; *p; p++) {
        if (*p == '"') putc('"', out);
        putc(*p, out);
    }
    if (quote) putc('"', out);
    putc(last ? '\n' : ',', out);
}

static void print_csv(struct table *t, FILE *out) {
    for (size_t i = 0; i < t->n && !t->begun; i++)
        put_csv(t->columns[i].name, i + 1 == t->n, out);
    for (size_t i = 0; i < t->rows * t->n; i++)
        put_csv(t->cells[i] ? t->cells[i] : "", (i + 1) % t->n == 0, out);
}

// ---- JSON

static void put_json(const char *text, FILE *out) {
    putc('"', out);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (*p < 0x20)
            fprintf(out, "\\u%04x", *p);
        else
            putc(*p, out);
    }
    putc('"', out);
}

static void print_json(struct table *t, FILE *out) {
    if (!t->begun) fputs("[", out);
    for (size_t row = 0; row < t->rows; row++) {
        fputs(t->any || row ? ",\n {" : "\n {", out);
        for (size_t i = 0; i < t->n; i++) {
            const char *cell = t->cells[row * t->n + i];
            if (i) fputs(", ", out);
            put_json(t->columns[i].name, out);
            fputs(": ", out);
            if (!cell)
                fputs("null", out);
            else if (t->columns[i].number)
                fputs(cell, out);
            else
                put_json(cell, out);
        }
        putc('}', out);
    }
}

void table_flush(struct table *table, enum table_format format, FILE *out) {
    static void (*const print[])(struct table *, FILE *) = {print_text, print_csv, print_json};
    print[format](table, out);
    table->begun = true;
    table->any |= table->rows > 0;
    table->rows = 0;
    hm_arena_reset(&table->strings);
}

void table_print(struct table *table, enum table_format format, FILE *out) {
    table_flush(table, format, out);
    if (format == TABLE_JSON) fputs(table->any ? "\n]\n" : "]\n", out);
}
