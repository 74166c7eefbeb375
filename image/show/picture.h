// SPDX-License-Identifier: MIT
/** Photos for people to look at: decoded to the size they are shown in, and encoded again. What the
 *  network sees is image.h. */
#ifndef HM_IMAGE_PICTURE_H
#define HM_IMAGE_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"
#include "hmrec/status.h"

enum { PICTURE_MAX_SIDE = 4096 }; // of the box to fit into

/** Zero-initialise; picture_free when done. */
struct picture {
    unsigned width, height;
    uint8_t *rgb; // u8 [height][width][3], owned; NULL: no picture
};

/** Decode a picture so that it fits into width x height with its proportions kept; it is never
 *  enlarged. A JPEG that is cut short shows what is there.
 *  bytes   any format that hm_image_decode reads; untrusted, borrowed
 *  errors  those of hm_image_decode; HM_EARG (box) */
HM_WARN_UNUSED enum hm_status picture_decode(const void *bytes, size_t length, unsigned width,
                                             unsigned height, struct picture *out,
                                             struct hm_error *err);

/** A copy that fits into width x height, by averaging; never enlarged. */
HM_WARN_UNUSED enum hm_status picture_fit(const struct picture *in, unsigned width, unsigned height,
                                          struct picture *out, struct hm_error *err);

/** Append a JPEG to out. quality 1..100; fine_colour: no chroma subsampling, for letters and
 *  lines. */
HM_WARN_UNUSED enum hm_status picture_encode(const struct picture *picture, int quality,
                                             bool fine_colour, struct hm_buf *out,
                                             struct hm_error *err);

void picture_free(struct picture *picture);

#endif
