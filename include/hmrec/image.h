// SPDX-License-Identifier: MIT
/** From a picture's file (JPEG, PNG, WebP) to the bytes that the network sees.
 *
 *  The result equals keras.utils.load_img(path, target_size=(224, 224)) in every byte: Pillow's
 *  decoder settings (islow DCT, fancy upsampling), convert("RGB"), NEAREST with Pillow's
 *  accumulated source index; EXIF orientation is ignored. What that means, and how it is done:
 *  docs/pixels.md. PNG and WebP are read where the library was built with libpng and libwebp.
 */
#ifndef HMREC_IMAGE_H
#define HMREC_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "hmrec/sizes.h"
#include "hmrec/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    HM_IMAGE_MAX_PIXELS = 178956970,   // Pillow raises above twice its MAX_IMAGE_PIXELS
    HM_IMAGE_MAX_SIDE = 65535,         // width or height in pixels; of a JPEG 65500
    HM_IMAGE_MAX_FILE_BYTES = 1 << 30, // six bytes for each of HM_IMAGE_MAX_PIXELS
    HM_IMAGE_MAX_SCANNED = 2147483640  // pixels of a JPEG times its scans: 12 scans of the largest
};

/** Decode a whole picture held in memory; its first bytes say what it is.
 *  bytes   length bytes, untrusted, borrowed
 *  pixels  u8 [224][224][3]; unspecified after an error
 *  errors  HM_EFORMAT: no format that is read, truncated, corrupt, too large (where Pillow would
 *          raise; the text says which); HM_ENOMEM
 *  limits  those above; memory: lines, the coefficients of a progressive JPEG (2 to 6 bytes a
 *          pixel), a WebP whole (3 to 7 bytes a pixel) */
HM_API HM_WARN_UNUSED enum hm_status hm_image_decode(const void *bytes, size_t length,
                                                     uint8_t pixels[HM_PIXEL_BYTES],
                                                     struct hm_error *err);

/** The ending by which a folder's pictures are found.
 *  returns  that of the name, in small letters: ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp";
 *           NULL: none of them, or nothing in front of it */
HM_API const char *hm_image_ending(const char *name);
/** The same of pictures that are not read: ".gif", ".heic", ... */
HM_API const char *hm_image_other_ending(const char *name);
/** The endings of pictures that are read, one by one; NULL behind the last. */
HM_API const char *hm_image_endings(size_t index);

/** A file's content. Zero-initialise; hm_image_file_free when done; reusable, then the buffer is
 *  kept. */
struct hm_image_file {
    unsigned char *bytes; // owned
    size_t length;
    size_t capacity;
};

/** Read a regular file whole. After an error the content is empty.
 *  errors  HM_ENOTFOUND, HM_EIO (folder, device, unreadable, over HM_IMAGE_MAX_FILE_BYTES: the text
 *          names path and reason), HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status hm_image_file_read(struct hm_image_file *file,
                                                        const char *path, struct hm_error *err);
HM_API void hm_image_file_free(struct hm_image_file *file);

#ifdef __cplusplus
}
#endif

#endif
