// SPDX-License-Identifier: MIT
// cypher-shell's format for scripts: names, then rows, with ", " between; nothing where there are
// no rows.

#include <string.h>

#include "formats/format.h"

static enum hm_status put_cell(struct writer *w, const char *text, size_t i, struct hm_error *err) {
    if (i) HM_TRY(hm_buf_append(&w->text, ", ", 2, err));
    HM_TRY(hm_buf_append(&w->text, text, strlen(text), err));
    return i + 1 == w->options.n ? hm_buf_append(&w->text, "\n", 1, err) : HM_OK;
}

static enum hm_status put_row(struct writer *w, const char *const *cells, struct hm_error *err) {
    for (size_t i = 0; !w->any && i < w->options.n; i++)
        HM_TRY(put_cell(w, w->options.columns[i].name, i, err));
    for (size_t i = 0; i < w->options.n; i++)
        HM_TRY(put_cell(w, cells[i] ? cells[i] : "", i, err));
    return HM_OK;
}

const struct format format_plain = {
    .name = "plain", .meaning = "cypher-shell's for scripts", .exact = true, .row = put_row};
