// SPDX-License-Identifier: MIT
/** JPEG -> the 224 x 224 x 3 bytes that the network sees: header first, then the decoder that
 *  fits. */
#include <assert.h>

#include "decode/baseline.h"
#include "decode/formats.h"
#include "decode/header.h"
#include "decode/sample.h"
#include "decode/whole.h"

enum hm_status jpeg_decode(const unsigned char *bytes, size_t length, struct sample *sample,
                           struct hm_error *err) {
    struct jpeg_header header;
    assert(sample->network);
    HM_TRY(jpeg_header_read(bytes, length, &header, err));
    if (baseline_decode(bytes, length, &header, sample->rgb)) return HM_OK;
    return whole_decode(bytes, length, &header, sample->rgb, err);
}
