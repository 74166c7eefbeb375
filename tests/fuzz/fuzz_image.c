// SPDX-License-Identifier: MIT
// Fuzz target: hm_image_decode on arbitrary bytes. The fast path and the line-by-line path must
// agree wherever the fast one answers, and every failure must have a reason.

#include "hmrec/image.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decode/baseline.h"
#include "decode/whole.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { MAX_PIXELS = 1 << 20 }; // a header may promise 178 million: slow, and no other code

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static uint8_t fast[HM_PIXEL_BYTES], slow[HM_PIXEL_BYTES];
    struct jpeg_header header;
    struct hm_error err = {0};
    if (jpeg_header_read(bytes, length, &header, &err) != HM_OK) {
        if (!err.text[0]) abort();
        return 0;
    }
    if (header.width * (uint64_t)header.height > MAX_PIXELS) return 0;
    bool taken = baseline_decode(bytes, length, &header, fast);
    enum hm_status status = whole_decode(bytes, length, &header, slow, &err);
    if (status != HM_OK && !err.text[0]) abort();
    if (taken && (status != HM_OK || memcmp(fast, slow, sizeof fast) != 0)) abort();
    return 0;
}
