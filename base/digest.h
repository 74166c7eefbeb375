// SPDX-License-Identifier: MIT
/** SHA-256 (OpenSSL's), the provenance of weights and pictures. */
#ifndef HM_DIGEST_H
#define HM_DIGEST_H

#include <stddef.h>

#include "hmrec/status.h"

enum { HM_DIGEST_HEX = 64 };

/** hex[65] = SHA-256 of length bytes as lower-case hexadecimal digits with a NUL behind. */
HM_WARN_UNUSED enum hm_status hm_digest(const void *bytes, size_t length,
                                        char hex[HM_DIGEST_HEX + 1], struct hm_error *err);

#endif
