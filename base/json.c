// SPDX-License-Identifier: MIT
// JSON text without a tree, for output of any length.

#include "json.h"

static enum hm_status json_char(struct hm_buf *out, unsigned char c, struct hm_error *err) {
    if (c == '"' || c == '\\') return hm_buf_printf(out, err, "\\%c", c);
    if (c < 0x20) return hm_buf_printf(out, err, "\\u%04x", c);
    return hm_buf_append(out, &c, 1, err);
}

enum hm_status hm_json_string(struct hm_buf *out, const char *text, struct hm_error *err) {
    HM_TRY(hm_buf_append(out, "\"", 1, err));
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        HM_TRY(json_char(out, *p, err));
    return hm_buf_append(out, "\"", 1, err);
}
