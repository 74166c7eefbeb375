// SPDX-License-Identifier: MIT
/** JPEG -> the 224 x 224 x 3 bytes that the network sees: header first, then the decoder that fits. */
#include "hmrec/image.h"

#include "decode/baseline.h"
#include "decode/header.h"
#include "decode/whole.h"

enum hm_status hm_image_decode(const void *bytes, size_t length, uint8_t pixels[HM_PIXEL_BYTES],
                               struct hm_error *err) {
    struct jpeg_header header;
    HM_TRY(jpeg_header_read(bytes, length, &header, err));
    if (baseline_decode(bytes, length, &header, pixels)) return HM_OK;
    return whole_decode(bytes, length, &header, pixels, err);
}
