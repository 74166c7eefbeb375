// SPDX-License-Identifier: MIT
#include "csv_text.h"

#include <string.h>

static enum hm_status put_quoted(struct hm_buf *out, const char *text, struct hm_error *err) {
    HM_TRY(hm_buf_append(out, "\"", 1, err));
    for (const char *quote; (quote = strchr(text, '"')); text = quote + 1) {
        HM_TRY(hm_buf_append(out, text, (size_t)(quote - text) + 1, err));
        HM_TRY(hm_buf_append(out, "\"", 1, err));
    }
    HM_TRY(hm_buf_append(out, text, strlen(text), err));
    return hm_buf_append(out, "\"", 1, err);
}

enum hm_status hm_csv_field(struct hm_buf *out, const char *text, struct hm_error *err) {
    return text[strcspn(text, "\",\r\n")] ? put_quoted(out, text, err)
                                          : hm_buf_append(out, text, strlen(text), err);
}
