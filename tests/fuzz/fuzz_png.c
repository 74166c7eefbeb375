// SPDX-License-Identifier: MIT
// Fuzz target: PNG files, for the network and for people. A picture is the same whatever was in its
// place before, a failure has a reason.

#include "hmrec/image.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { MAX_PIXELS = 1 << 20 }; // a header may promise 178 million: slow, and no other code

static uint64_t be32(const uint8_t *at) {
    return (uint64_t)at[0] << 24 | (uint64_t)at[1] << 16 | (uint64_t)at[2] << 8 | at[3];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static uint8_t first[HM_PIXEL_BYTES], second[HM_PIXEL_BYTES];
    struct hm_error err = {0};
    struct picture shown;
    if (length < 4 || memcmp(bytes, "\x89PNG", 4) != 0) return 0;
    if (length >= 24 && be32(bytes + 16) * be32(bytes + 20) > MAX_PIXELS) return 0;
    memset(first, 0, sizeof first);
    memset(second, 0xFF, sizeof second);
    enum hm_status status = hm_image_decode(bytes, length, first, &err);
    if (status != HM_OK && !err.text[0]) abort();
    if (hm_image_decode(bytes, length, second, NULL) != status) abort();
    if (status == HM_OK && memcmp(first, second, sizeof first) != 0) abort();
    if (picture_decode(bytes, length, 30, 40, &shown, NULL) != status) abort();
    picture_free(&shown);
    return 0;
}
