// SPDX-License-Identifier: MIT
// Fields are separated by commas. Texts stand between quotes, a quote within doubled: so "" is the
// empty text, and a field without anything is null. Ids are in id spaces that bear the labels'
// names.

#include "tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decimal.h"
#include "graph.h"
#include "tell.h"

enum {
    LOOK_ROWS = 8192,      // between two looks at the host
    DATE_BYTES = 10,       // 2018-09-20
    PRICE_SLOTS = 1 << 12, // a catalogue has some thousand prices, which come again and again
    FIELD_BYTES = HM_DECIMAL_MAX + 2
};
#define ENDING        ".csv"
#define HEADER_ENDING "-header.csv"

struct writer {
    struct admin_files *files;
    struct hm_buf *arguments;
    const struct hm_host *host;
    struct hm_admin_result *result;
    const struct store_table *table;
    uint64_t rows; // of the table
    bool several;  // a text has more than one line
    struct price {
        double number; // 0: none
        unsigned char length;
        char text[HM_DECIMAL_MAX];
    } prices[PRICE_SLOTS];
};

bool tables_has(const char *name) {
    size_t n;
    const struct store_table *const *tables = store_graph_tables(&n);
    for (size_t i = 0; i < n; i++) {
        const size_t length = strlen(tables[i]->file);
        if (strncmp(name, tables[i]->file, length) != 0) continue;
        name += length;
        if (strcmp(name, ENDING) == 0 || strcmp(name, HEADER_ENDING) == 0) return true;
        name -= length;
    }
    return false;
}

// ---- headers

static enum hm_status put_column(struct hm_buf *out, const struct store_table *table,
                                 const struct store_column *column, struct hm_error *err) {
    static const char *const types[] = {
        [STORE_TEXT] = "string",     [STORE_INTEGER] = "long", [STORE_FLOAT] = "double",
        [STORE_BOOLEAN] = "boolean", [STORE_DATE] = "date",    [STORE_VECTOR] = "float[]"};
    switch (column->type) {
    case STORE_ID:
        return hm_buf_printf(out, err, ":ID(%s)", table->name);
    case STORE_START:
        return hm_buf_printf(out, err, ":START_ID(%s)", table->start);
    case STORE_END:
        return hm_buf_printf(out, err, ":END_ID(%s)", table->end);
    default:
        return hm_buf_printf(out, err, "%s:%s", column->name, types[column->type]);
    }
}

static enum hm_status put_header(struct hm_buf *out, const struct store_table *table,
                                 struct hm_error *err) {
    for (const struct store_column *c = table->columns; c->name; c++) {
        if (c != table->columns) HM_TRY(hm_buf_append(out, ",", 1, err));
        HM_TRY(put_column(out, table, c, err));
    }
    return hm_buf_append(out, "\n", 1, err);
}

static enum hm_status start_table(void *context, const struct store_table *table,
                                  struct hm_error *err) {
    struct writer *w = context;
    char name[64];
    w->table = table;
    w->rows = 0;
    snprintf(name, sizeof name, "%s" HEADER_ENDING, table->file);
    HM_TRY(admin_files_next(w->files, name, err));
    HM_TRY(put_header(&w->files->block, table, err));
    // "./": neo4j-admin of 2026 takes no file's name without a folder
    HM_TRY(hm_buf_printf(w->arguments, err, "--%s=%s=./%s,./%s" ENDING "\n",
                         table->start ? "relationships" : "nodes", table->name, name, table->file));
    snprintf(name, sizeof name, "%s" ENDING, table->file);
    return admin_files_next(w->files, name, err);
}

// ---- rows

static enum hm_status put_text(struct writer *w, const char *text, size_t length,
                               struct hm_error *err) {
    struct hm_buf *out = &w->files->block;
    HM_TRY(hm_buf_reserve(out, 2 * length + 2, err));
    char *to = out->data + out->length;
    *to++ = '"';
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"') *to++ = '"';
        *to++ = text[i];
        w->several |= text[i] == '\n' || text[i] == '\r';
    }
    *to++ = '"';
    out->length = (size_t)(to - out->data);
    return HM_OK;
}

static enum hm_status put_int(struct hm_buf *out, int64_t number, struct hm_error *err) {
    HM_TRY(hm_buf_reserve(out, FIELD_BYTES, err));
    out->length += hm_decimal_int(out->data + out->length, number);
    return HM_OK;
}

static enum hm_status put_real(struct writer *w, double number, struct hm_error *err) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    struct price *price = &w->prices[(bits * 0x9e3779b97f4a7c15u) >> 52];
    if (price->number != number || number == 0) {
        price->number = number;
        price->length = (unsigned char)hm_decimal_double(price->text, number);
    }
    return hm_buf_append(&w->files->block, price->text, price->length, err);
}

static enum hm_status put_vector(struct hm_buf *out, const float *vector, struct hm_error *err) {
    HM_TRY(hm_buf_reserve(out, HM_DIM * (size_t)FIELD_BYTES, err));
    for (size_t i = 0; i < HM_DIM; i++) {
        if (i) out->data[out->length++] = ';';
        out->length += hm_decimal_float(out->data + out->length, vector[i]);
    }
    return HM_OK;
}

static enum hm_status put_date(struct hm_buf *out, const struct store_cell *cell,
                               struct hm_error *err) {
    if (cell->length == DATE_BYTES && strspn(cell->text, "0123456789-") == DATE_BYTES)
        return hm_buf_append(out, cell->text, DATE_BYTES, err);
    return hm_fail(err, HM_EFORMAT, "found the day \"%.40s\", expected one such as 2018-09-20",
                   cell->text);
}

static enum hm_status put_cell(struct writer *w, enum store_cell_type type,
                               const struct store_cell *cell, struct hm_error *err) {
    struct hm_buf *out = &w->files->block;
    if (cell->null) return HM_OK;
    switch (type) {
    case STORE_ID:
    case STORE_START:
    case STORE_END:
        if (cell->text) return put_text(w, cell->text, cell->length, err);
        return put_int(out, cell->whole, err);
    case STORE_TEXT:
        return put_text(w, cell->text, cell->length, err);
    case STORE_INTEGER:
        return put_int(out, cell->whole, err);
    case STORE_FLOAT:
        return put_real(w, cell->real, err);
    case STORE_BOOLEAN:
        return hm_buf_printf(out, err, "%s", cell->whole ? "true" : "false");
    case STORE_DATE:
        return put_date(out, cell, err);
    case STORE_VECTOR:
        return put_vector(out, cell->vector, err);
    }
    return HM_OK;
}

static enum hm_status look_at_host(struct writer *w, struct hm_error *err) {
    char what[80];
    snprintf(what, sizeof what, "rows of %s" ENDING, w->table->file);
    tell_progress(w->host, what, w->rows, 0);
    return stop_if_cancelled(w->host, "stopped by a signal", err);
}

static enum hm_status put_row(void *context, const struct store_cell *cells, struct hm_error *err) {
    struct writer *w = context;
    for (size_t i = 0; w->table->columns[i].name; i++) {
        if (i) HM_TRY(hm_buf_append(&w->files->block, ",", 1, err));
        HM_TRY(put_cell(w, w->table->columns[i].type, &cells[i], err));
    }
    HM_TRY(hm_buf_append(&w->files->block, "\n", 1, err));
    ++*(w->table->start ? &w->result->relationships : &w->result->nodes);
    if (++w->rows % LOOK_ROWS == 0) HM_TRY(look_at_host(w, err));
    return admin_files_spill(w->files, err);
}

enum hm_status tables_write(struct admin_files *files, struct hm_store *store,
                            const struct hm_host *host, struct hm_buf *arguments,
                            struct hm_admin_result *result, struct hm_error *err) {
    struct writer *w = calloc(1, sizeof *w);
    if (!w) return hm_fail(err, HM_ENOMEM, "no memory to write tables");
    w->files = files;
    w->arguments = arguments;
    w->host = host;
    w->result = result;
    const struct store_graph_reader reader = {w, start_table, put_row};
    enum hm_status status = store_graph_read(store, &reader, err);
    // In any case, and last: to neo4j-admin a word behind a list of files is one more file.
    if (status == HM_OK)
        status =
            hm_buf_printf(arguments, err, "--multiline-fields=%s\n", w->several ? "true" : "false");
    free(w);
    return status;
}
