// SPDX-License-Identifier: MIT
// CSV as RFC 4180 has it, with a header line; lines end in LF, as other tools of this system
// expect.

#include "csv_text.h"
#include "formats/format.h"

static enum hm_status put_field(struct writer *w, const char *text, size_t i,
                                struct hm_error *err) {
    if (i) HM_TRY(hm_buf_append(&w->text, ",", 1, err));
    HM_TRY(hm_csv_field(&w->text, text, err));
    return i + 1 == w->options.n ? hm_buf_append(&w->text, "\n", 1, err) : HM_OK;
}

static enum hm_status put_head(struct writer *w, struct hm_error *err) {
    for (size_t i = 0; i < w->options.n; i++)
        HM_TRY(put_field(w, w->options.columns[i].name, i, err));
    return HM_OK;
}

static enum hm_status put_row(struct writer *w, const char *const *cells, struct hm_error *err) {
    for (size_t i = 0; i < w->options.n; i++)
        HM_TRY(put_field(w, cells[i] ? cells[i] : "", i, err));
    return HM_OK;
}

const struct format format_csv = {.name = "csv",
                                  .meaning = "RFC 4180 with a header line, all digits",
                                  .exact = true,
                                  .gap = true,
                                  .head = put_head,
                                  .row = put_row};
