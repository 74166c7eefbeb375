// SPDX-License-Identifier: MIT
// SHA-256 by OpenSSL, which uses the CPU's own instructions where there are some.

#include "digest.h"

#include <openssl/evp.h>

enum hm_status hm_digest(const void *bytes, size_t length, char hex[HM_DIGEST_HEX + 1],
                         struct hm_error *err) {
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned int raw_length = 0;
    if (!EVP_Digest(bytes, length, raw, &raw_length, EVP_sha256(), NULL) ||
        raw_length * 2 != HM_DIGEST_HEX)
        return hm_fail(err, HM_ENOMEM, "OpenSSL cannot compute a SHA-256 of %zu bytes", length);
    static const char digits[] = "0123456789abcdef";
    for (unsigned int i = 0; i < raw_length; i++) {
        hex[2 * i] = digits[raw[i] >> 4];
        hex[2 * i + 1] = digits[raw[i] & 15];
    }
    hex[HM_DIGEST_HEX] = '\0';
    return HM_OK;
}
