// SPDX-License-Identifier: MIT
/** The first look at a JPEG, with the eyes of Pillow's marker parser. Internal to image/. */
#ifndef HM_IMAGE_HEADER_H
#define HM_IMAGE_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

/** Marker codes (ITU-T T.81, table B.1): the byte that follows 0xFF. */
enum jpeg_marker {
    JPEG_TEM = 0x01,
    JPEG_SOF0 = 0xC0,
    JPEG_SOF1 = 0xC1,
    JPEG_DHT = 0xC4,
    JPEG_JPG = 0xC8,
    JPEG_DAC = 0xCC,
    JPEG_RST0 = 0xD0,
    JPEG_SOI = 0xD8,
    JPEG_EOI = 0xD9,
    JPEG_SOS = 0xDA,
    JPEG_DQT = 0xDB,
    JPEG_DRI = 0xDD,
    JPEG_EXP = 0xDF,
    JPEG_APP0 = 0xE0,
    JPEG_APP1 = 0xE1,
    JPEG_APP2 = 0xE2,
    JPEG_APP13 = 0xED,
    JPEG_APP14 = 0xEE,
    JPEG_APP15 = 0xEF,
    JPEG_JPG0 = 0xF0,
    JPEG_COM = 0xFE
};

struct jpeg_header {
    unsigned width;  // 1..65535
    unsigned height; // 1..65535
    unsigned layers; // 1 (grey), 3 or 4
};

/** Walk the markers up to the first scan as Pillow's JpegImagePlugin does.
 *  errors  HM_EFORMAT where Pillow's open() raises: no JPEG, header cut short, a marker it does not
 * know, not 8 bits, not 1, 3 or 4 layers, no or an empty frame, more than IMAGE_MAX_PIXELS. The
 * rest is left to the decoder. */
HM_WARN_UNUSED enum hm_status jpeg_header_read(const unsigned char *bytes, size_t length,
                                               struct jpeg_header *header, struct hm_error *err);

#endif
