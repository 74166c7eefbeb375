// SPDX-License-Identifier: MIT
/** The general path: libjpeg decodes the whole picture. Internal to image/. */
#ifndef HM_IMAGE_WHOLE_H
#define HM_IMAGE_WHOLE_H

#include "decode/header.h"
#include "hmrec/image.h"

/** Decode any JPEG that libjpeg can, line by line, with Pillow's settings and Pillow's verdict on
 *  damage.
 *  header  of the same bytes
 *  errors  HM_EFORMAT where Pillow raises (truncated, or libjpeg gives up: its reason is in the
 *          text); HM_ENOMEM */
HM_WARN_UNUSED enum hm_status whole_decode(const unsigned char *bytes, size_t length,
                                           const struct jpeg_header *header,
                                           uint8_t pixels[HM_PIXEL_BYTES], struct hm_error *err);

#endif
