// SPDX-License-Identifier: MIT
// JSON: one array of objects, a row a line. NDJSON: the objects alone, each on a line of its own.

#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "formats/format.h"

// What stands before each value is the same in every row.
static enum hm_status make_labels(struct writer *w, struct hm_error *err) {
    size_t n = w->options.n;
    w->labels = calloc(n ? n : 1, sizeof *w->labels);
    if (!w->labels) return hm_fail(err, HM_ENOMEM, "no memory for a row");
    for (size_t i = 0; i < n; i++) {
        const char *name = w->options.columns[i].name;
        HM_TRY(hm_buf_printf(&w->labels[i], err, "%s", i ? ", " : "{"));
        HM_TRY(hm_json_string(&w->labels[i], name, strlen(name), err));
        HM_TRY(hm_buf_printf(&w->labels[i], err, ": "));
    }
    return HM_OK;
}

static enum hm_status put_object(struct writer *w, const char *const *cells, struct hm_error *err) {
    struct hm_buf *out = &w->text;
    for (size_t i = 0; i < w->options.n; i++) {
        const char *cell = cells[i] ? cells[i] : "null";
        bool plain = !cells[i] || w->options.columns[i].number;
        HM_TRY(hm_buf_append(out, w->labels[i].data, w->labels[i].length, err));
        HM_TRY(plain ? hm_buf_append(out, cell, strlen(cell), err)
                     : hm_json_string(out, cell, strlen(cell), err));
    }
    return hm_buf_append(out, "}", 1, err);
}

// ---- an array

static enum hm_status open_array(struct writer *w, struct hm_error *err) {
    HM_TRY(make_labels(w, err));
    return hm_buf_append(&w->text, "[", 1, err);
}

static enum hm_status put_item(struct writer *w, const char *const *cells, struct hm_error *err) {
    HM_TRY(hm_buf_printf(&w->text, err, "%s\n ", w->any ? "," : ""));
    return put_object(w, cells, err);
}

static enum hm_status close_array(struct writer *w, struct hm_error *err) {
    return hm_buf_printf(&w->text, err, "%s]\n", w->any ? "\n" : "");
}

// ---- lines

static enum hm_status put_line(struct writer *w, const char *const *cells, struct hm_error *err) {
    HM_TRY(put_object(w, cells, err));
    return hm_buf_append(&w->text, "\n", 1, err);
}

const struct format format_json = {.name = "json",
                                   .meaning = "one array of objects, all digits",
                                   .exact = true,
                                   .head = open_array,
                                   .row = put_item,
                                   .tail = close_array};
const struct format format_ndjson = {.name = "ndjson",
                                     .meaning = "an object a line, all digits",
                                     .exact = true,
                                     .head = make_labels,
                                     .row = put_line};
