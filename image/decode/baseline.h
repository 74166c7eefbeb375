// SPDX-License-Identifier: MIT
/** The fast path: baseline JPEGs in one scan, grey or YCbCr, without a flaw. Internal to image/. */
#ifndef HM_IMAGE_BASELINE_H
#define HM_IMAGE_BASELINE_H

#include <stdbool.h>

#include "decode/header.h"
#include "hmrec/image.h"

/** Decode what the network sees of a plain picture.
 *  header   of the same bytes
 *  returns  true: pixels are the picture, as whole_decode gives them. false: not such a picture (or
 *           no memory), pixels are unspecified and nothing is said about the file: whole_decode
 *           decides */
HM_WARN_UNUSED bool baseline_decode(const unsigned char *bytes, size_t length,
                                    const struct jpeg_header *header,
                                    uint8_t pixels[HM_PIXEL_BYTES]);

#endif
