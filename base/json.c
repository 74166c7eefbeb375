// SPDX-License-Identifier: MIT
// JSON text without a tree, for output of any length.

#include "json.h"

#include "utf8.h"

static bool stands_as_it_is(uint32_t code) {
    return code != '"' && code != '\\' && hm_utf8_shows(code);
}

static enum hm_status put_escape(struct hm_buf *out, uint32_t code, struct hm_error *err) {
    if (code == '"' || code == '\\') return hm_buf_printf(out, err, "\\%c", (char)code);
    if (code == '\n') return hm_buf_append(out, "\\n", 2, err);
    return hm_buf_printf(out, err, "\\u%04x", (unsigned)code);
}

enum hm_status hm_json_string(struct hm_buf *out, const char *text, size_t length,
                              struct hm_error *err) {
    const char *plain = text, *end = text + length; // plain: start of what can be copied
    HM_TRY(hm_buf_append(out, "\"", 1, err));
    for (const char *p = text; p < end;) {
        uint32_t code = (unsigned char)*p;
        if (code >= 0x20 && code < 0x7f && code != '"' && code != '\\') { // nearly always
            p++;
            continue;
        }
        size_t bytes = hm_utf8_next(p, (size_t)(end - p), &code);
        if (bytes && stands_as_it_is(code)) {
            p += bytes;
            continue;
        }
        HM_TRY(hm_buf_append(out, plain, (size_t)(p - plain), err));
        HM_TRY(bytes ? put_escape(out, code, err)
                     : hm_buf_append(out, HM_REPLACEMENT, sizeof HM_REPLACEMENT - 1, err));
        p += bytes ? bytes : 1;
        plain = p;
    }
    HM_TRY(hm_buf_append(out, plain, (size_t)(end - plain), err));
    return hm_buf_append(out, "\"", 1, err);
}
