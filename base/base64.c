// SPDX-License-Identifier: MIT
// Base64: three bytes become four letters.

#include "base64.h"

#include <stdint.h>

enum hm_status hm_base64(struct hm_buf *out, const void *bytes, size_t length,
                         struct hm_error *err) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = bytes;
    if (length > SIZE_MAX / 2) return hm_fail(err, HM_ENOMEM, "%zu bytes are too many", length);
    HM_TRY(hm_buf_reserve(out, (length + 2) / 3 * 4, err));
    char *to = out->data + out->length;
    for (size_t left = length; left > 0; p += 3) {
        size_t n = left < 3 ? left : 3;
        uint32_t group =
            (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0) | (n > 2 ? p[2] : 0u);
        *to++ = digits[group >> 18];
        *to++ = digits[group >> 12 & 63];
        *to++ = n > 1 ? digits[group >> 6 & 63] : '=';
        *to++ = n > 2 ? digits[group & 63] : '=';
        left -= n;
    }
    *to = '\0';
    out->length = (size_t)(to - out->data);
    return HM_OK;
}
