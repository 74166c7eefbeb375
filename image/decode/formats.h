// SPDX-License-Identifier: MIT
/** The formats of pictures. To add one that is read: a row in formats.c and a file with its
 *  decoder. Internal to image/. */
#ifndef HM_IMAGE_FORMATS_H
#define HM_IMAGE_FORMATS_H

#include <stddef.h>

#include "hmrec/status.h"

struct sample;

/** Settle the sample's grid (sample_begin) and fill it.
 *  bytes   untrusted, borrowed
 *  sample  to be freed also after an error
 *  errors  HM_EFORMAT: where Pillow would raise, or a limit of image.h; HM_ENOMEM */
typedef enum hm_status image_decode_fn(const unsigned char *bytes, size_t length,
                                       struct sample *sample, struct hm_error *err);

/** How a file may begin. */
struct image_magic {
    const char *bytes; // '?': any byte
    size_t length;     // 0: the end of a list
};

struct image_format {
    const char *name;        // "PNG"
    image_decode_fn *decode; // NULL: it is not read
    const char *advice;      // what to do then; "" for nothing
    const char *endings[8];  // of file names, in small letters; ends with NULL
    struct image_magic magic[8];
};

/** The format of a file that can be read.
 *  errors  HM_EFORMAT: says what was found and what is read */
HM_WARN_UNUSED enum hm_status image_format_find(const struct image_format **out,
                                                const unsigned char *bytes, size_t length,
                                                struct hm_error *err);

image_decode_fn jpeg_decode; // the network's grid only: show/ lets libjpeg scale instead
image_decode_fn png_decode;
image_decode_fn webp_decode;

#endif
