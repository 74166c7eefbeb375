// SPDX-License-Identifier: MIT
/** The first look at a JPEG, with the eyes of Pillow's marker parser. Internal to image/. */
#ifndef HM_IMAGE_HEADER_H
#define HM_IMAGE_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "hmrec/status.h"

/** Marker codes (ITU-T T.81, table B.1): the byte that follows 0xFF. */
enum jpeg_marker {
    MARKER_SOF0 = 0xC0,
    MARKER_SOF1 = 0xC1,
    MARKER_DHT = 0xC4,
    MARKER_JPG = 0xC8,
    MARKER_DAC = 0xCC,
    MARKER_RST0 = 0xD0,
    MARKER_EOI = 0xD9,
    MARKER_SOS = 0xDA,
    MARKER_DQT = 0xDB,
    MARKER_DRI = 0xDD,
    MARKER_EXP = 0xDF,
    MARKER_APP0 = 0xE0,
    MARKER_APP2 = 0xE2,
    MARKER_APP13 = 0xED,
    MARKER_APP14 = 0xEE,
    MARKER_APP15 = 0xEF,
    MARKER_JPG0 = 0xF0,
    MARKER_COM = 0xFE
};

struct jpeg_header {
    unsigned width;      // 1..65500
    unsigned height;     // 1..65500
    unsigned components; // 1 (grey), 3 or 4
};

/** Walk the markers up to the first scan as Pillow's JpegImagePlugin does.
 *  errors  HM_EFORMAT where Pillow's open() raises: no JPEG, header cut short, a marker it does not
 *          know, not 8 bits, not 1, 3 or 4 components, no or an empty frame, more than
 *          HM_IMAGE_MAX_PIXELS or 65500 a side. The rest is left to the decoder. */
HM_WARN_UNUSED enum hm_status jpeg_header_read(const unsigned char *bytes, size_t length,
                                               struct jpeg_header *header, struct hm_error *err);

#endif
