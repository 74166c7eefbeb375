// SPDX-License-Identifier: MIT
// SHA-256 by OpenSSL, which uses the CPU's own instructions where there are some.

#include "digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256; // NULL: no memory for it

// In a context of its own: where memory runs out while the one that all share is made, libcrypto
// keeps half of it and crashes at its next use. And after libcrypto's start: 3.5 reports a lack of
// memory by starting itself, and waits for ever where that is what it is doing.
static void fetch(void) {
    if (!OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL)) return;
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
    if (context) sha256 = EVP_MD_fetch(context, "SHA256", NULL);
}

enum hm_status hm_digest(const void *bytes, size_t length, char hex[HM_DIGEST_HEX + 1],
                         struct hm_error *err) {
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned int raw_length = 0;
    if (pthread_once(&once, fetch) != 0 || !sha256 ||
        !EVP_Digest(bytes, length, raw, &raw_length, sha256, NULL) ||
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
