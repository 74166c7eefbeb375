// SPDX-License-Identifier: MIT
/** From a JPEG file to the bytes that the network sees.
 *
 *  The result equals keras.utils.load_img(path, target_size=(224, 224)) in every byte: Pillow's decoder settings (islow DCT,
 *  fancy upsampling), convert("RGB"), NEAREST with Pillow's accumulated source index; EXIF orientation is ignored.
 *  What that means, and how it is done: docs/pixels.md.
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
    HM_IMAGE_MAX_PIXELS = 178956970,  // Pillow raises above twice its MAX_IMAGE_PIXELS
    HM_IMAGE_MAX_FILE_BYTES = 1 << 30 // six bytes for each of those pixels
};

/** Decode a whole JPEG held in memory.
 *  bytes   length bytes, untrusted, borrowed
 *  pixels  u8 [224][224][3]; unspecified after an error
 *  errors  HM_EFORMAT: not a JPEG, truncated, corrupt, too large (where Pillow would raise; the text says
 *          which); HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status hm_image_decode(const void *bytes, size_t length,
                                                     uint8_t pixels[HM_PIXEL_BYTES],
                                                     struct hm_error *err);

/** A file's content. Zero-initialise; hm_image_file_free when done; reusable, then the buffer is kept. */
struct hm_image_file {
    unsigned char *bytes; // owned
    size_t length;
    size_t capacity;
};

/** Read a regular file whole. After an error the content is empty.
 *  errors  HM_ENOTFOUND, HM_EIO (folder, device, unreadable, over HM_IMAGE_MAX_FILE_BYTES: the text names path and reason),
 *          HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status hm_image_file_read(struct hm_image_file *file,
                                                        const char *path, struct hm_error *err);
HM_API void hm_image_file_free(struct hm_image_file *file);

#ifdef __cplusplus
}
#endif

#endif
