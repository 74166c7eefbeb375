// SPDX-License-Identifier: MIT
/** Base64 (RFC 4648, with padding). */
#ifndef HM_BASE64_H
#define HM_BASE64_H

#include "mem.h"

/** Append length bytes as base64. */
HM_WARN_UNUSED enum hm_status hm_base64(struct hm_buf *out, const void *bytes, size_t length,
                                        struct hm_error *err);

#endif
