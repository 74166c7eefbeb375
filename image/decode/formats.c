// SPDX-License-Identifier: MIT
/** The one list of picture formats: by what a file begins with, never by its name, a decoder is
 *  chosen; by a name's ending, a folder's pictures are found. Formats that are not read are there
 *  to be named. */
#include "decode/formats.h"

#include <stdio.h>
#include <string.h>

#include "decode/sample.h"
#include "hmrec/image.h"
#include "path.h"

#ifdef HM_HAVE_PNG
#define PNG_DECODER png_decode
#else
#define PNG_DECODER NULL
#endif
#ifdef HM_HAVE_WEBP
#define WEBP_DECODER webp_decode
#else
#define WEBP_DECODER NULL
#endif

// The literal's own terminating NUL does not count.
#define BEGINS(text)                                                                               \
    { text, sizeof(text) - 1 }
#define CONVERT                "convert it to JPEG or PNG"
#define BUILT_WITHOUT(library) "this hmrec was built without " library

static const struct image_format formats[] = {
    {"JPEG", jpeg_decode, "", {".jpg", ".jpeg", ".jpe", ".jfif"}, {BEGINS("\xFF\xD8\xFF")}},
    {"PNG", PNG_DECODER, BUILT_WITHOUT("libpng"), {".png"}, {BEGINS("\x89PNG")}},
    {"WebP", WEBP_DECODER, BUILT_WITHOUT("libwebp"), {".webp"}, {BEGINS("RIFF????WEBP")}},
    {"HEIC",
     NULL,
     CONVERT,
     {".heic", ".heif"},
     {BEGINS("????ftyphei"), BEGINS("????ftyphev"), BEGINS("????ftypmif1"),
      BEGINS("????ftypmsf1")}},
    {"AVIF", NULL, CONVERT, {".avif"}, {BEGINS("????ftypavi")}},
    {"JPEG 2000",
     NULL,
     CONVERT,
     {".jp2", ".j2k", ".jpf", ".jpx"},
     {BEGINS("\0\0\0\x0CjP  \r\n"), BEGINS("\xFF\x4F\xFF\x51")}},
    {"JPEG XL", NULL, CONVERT, {".jxl"}, {BEGINS("\xFF\x0A"), BEGINS("\0\0\0\x0CJXL ")}},
    {"GIF", NULL, CONVERT, {".gif"}, {BEGINS("GIF8")}},
    {"TIFF",
     NULL,
     CONVERT,
     {".tif", ".tiff"},
     {BEGINS("II*\0"), BEGINS("MM\0*"), BEGINS("II+\0"), BEGINS("MM\0+")}},
    {"BMP", NULL, CONVERT, {".bmp"}, {BEGINS("BM")}},
    {"Photoshop", NULL, CONVERT, {".psd"}, {BEGINS("8BPS")}},
    {"PDF", NULL, CONVERT, {NULL}, {BEGINS("%PDF")}},
    {"git-LFS pointer",
     NULL,
     "git lfs pull brings the picture",
     {NULL},
     {BEGINS("version https://git-lfs")}},
    {"HTML, XML or SVG", NULL, "a web page in place of a picture?", {".svg"}, {BEGINS("<")}},
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

static bool begins(const unsigned char *bytes, size_t length, const struct image_magic *magic) {
    if (length < magic->length) return false;
    for (size_t i = 0; i < magic->length; i++)
        if (magic->bytes[i] != '?' && bytes[i] != (unsigned char)magic->bytes[i]) return false;
    return true;
}

static const struct image_format *exactly(const unsigned char *bytes, size_t length) {
    for (size_t i = 0; i < FORMATS; i++)
        for (const struct image_magic *magic = formats[i].magic; magic->length; magic++)
            if (begins(bytes, length, magic)) return &formats[i];
    return NULL;
}

// What servers send in place of a picture often begins with a byte order mark or empty lines.
static const struct image_format *format_of(const unsigned char *bytes, size_t length) {
    const struct image_format *format = exactly(bytes, length);
    size_t at = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (at < length && bytes[at] && strchr(" \t\r\n", bytes[at]))
        at++;
    if (format || !at) return format;
    format = exactly(bytes + at, length - at);
    return format && !format->decode ? format : NULL;
}

// "JPEG, PNG or WebP": what this build reads.
static void list_read(char *out, size_t size) {
    size_t count = 0, seen = 0, at = 0;
    for (size_t i = 0; i < FORMATS; i++)
        count += formats[i].decode != NULL;
    out[0] = '\0';
    for (size_t i = 0; i < FORMATS && at < size; i++) {
        if (!formats[i].decode) continue;
        const char *between = seen == 0 ? "" : seen + 1 < count ? ", " : " or ";
        at += (size_t)snprintf(out + at, size - at, "%s%s", between, formats[i].name);
        seen++;
    }
}

enum hm_status image_format_find(const struct image_format **out, const unsigned char *bytes,
                                 size_t length, struct hm_error *err) {
    char read[64], found[16] = "";
    const struct image_format *format = format_of(bytes, length);
    *out = format;
    if (format && format->decode) return HM_OK;
    list_read(read, sizeof read);
    if (length == 0) return hm_fail(err, HM_EFORMAT, "empty file, expected %s", read);
    if (format)
        return hm_fail(err, HM_EFORMAT, "%s file, expected %s (%s)", format->name, read,
                       format->advice);
    for (size_t i = 0; i < length && i < 3; i++)
        snprintf(found + 3 * i, sizeof found - 3 * i, " %02X", bytes[i]);
    return hm_fail(err, HM_EFORMAT, "not a picture: begins with%s, expected %s", found, read);
}

enum hm_status hm_image_decode(const void *bytes, size_t length, uint8_t pixels[HM_PIXEL_BYTES],
                               struct hm_error *err) {
    const struct image_format *format;
    struct sample sample = {.network = true, .rgb = pixels};
    HM_TRY(image_format_find(&format, bytes, length, err));
    enum hm_status status = format->decode(bytes, length, &sample, err);
    sample_free(&sample);
    return status;
}

static const char *ending_of(const char *name, bool read) {
    for (size_t i = 0; i < FORMATS; i++)
        for (const char *const *ending = formats[i].endings; *ending; ending++)
            if ((formats[i].decode != NULL) == read && hm_path_ends(name, *ending)) return *ending;
    return NULL;
}

const char *hm_image_ending(const char *name) {
    return ending_of(name, true);
}

const char *hm_image_other_ending(const char *name) {
    return ending_of(name, false);
}

const char *hm_image_endings(size_t index) {
    for (size_t i = 0; i < FORMATS; i++)
        for (const char *const *ending = formats[i].endings; *ending; ending++)
            if (formats[i].decode && index-- == 0) return *ending;
    return NULL;
}
