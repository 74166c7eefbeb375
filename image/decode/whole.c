// SPDX-License-Identifier: MIT
/** The general path: libjpeg decodes the whole picture line by line; the wanted pixels of the
 *  wanted lines are kept.
 *
 *  It takes what the fast path (baseline.c) does not: progressive, arithmetic, several scans, CMYK,
 *  and everything damaged. To give Pillow's verdict on damage it feeds libjpeg as Pillow does: a
 *  suspending source that grows by 64 KiB whenever libjpeg has used it up. Out of bytes before the
 *  last line: truncated. Out of bytes after it: fine, even without EOI. Warnings (a bad code, a
 *  marker inside a scan) are ignored, as Pillow ignores them, and the same repaired pixels come
 *  out.
 */
#include "decode/whole.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "decode/nearest.h"
#include "decode/scans.h"

enum { CHUNK_BYTES = 65536 }; // Pillow: ImageFile.MAXBLOCK

/** One decode. cinfo.err and cinfo.src point into it. */
struct whole {
    struct jpeg_decompress_struct cinfo;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf failed; // error_exit must not return to libjpeg
    size_t length;
    size_t visible; // bytes of the file that libjpeg has been shown
    size_t skip;    // of those to come, bytes that it wants skipped
    unsigned width;
    unsigned height;
    unsigned components;
    uint16_t columns[HM_SIDE];
    uint16_t rows[HM_SIDE];
    unsigned char *line; // owned; u8 [width][components]
    uint8_t *pixels;     // borrowed; u8 [HM_SIDE][HM_SIDE][3]
    unsigned filled;     // rows of pixels written
};

enum outcome { DONE, TRUNCATED, MISMATCH, SECOND_FRAME, BROKEN };

static struct whole *whole_of(j_decompress_ptr cinfo) {
    return cinfo->client_data;
}

static void fail_exit(j_common_ptr cinfo) {
    struct whole *whole = cinfo->client_data;
    longjmp(whole->failed, 1);
}

static void ignore_message(j_common_ptr cinfo) {
    (void)cinfo; // libjpeg's own writes to stderr
}

static void ignore_source(j_decompress_ptr cinfo) {
    (void)cinfo;
}

static boolean suspend(j_decompress_ptr cinfo) {
    (void)cinfo;
    return FALSE;
}

static void skip_input(j_decompress_ptr cinfo, long count) {
    struct whole *whole = whole_of(cinfo);
    if (count <= 0) return;
    size_t now = (size_t)count < whole->source.bytes_in_buffer ? (size_t)count
                                                               : whole->source.bytes_in_buffer;
    whole->source.next_input_byte += now;
    whole->source.bytes_in_buffer -= now;
    whole->skip = (size_t)count - now;
}

/** Show libjpeg the next chunk; 0 when the file has no more. */
static int feed(struct whole *whole) {
    do {
        size_t more = whole->length - whole->visible;
        if (more == 0) return 0;
        if (more > CHUNK_BYTES) more = CHUNK_BYTES;
        whole->visible += more;
        whole->source.bytes_in_buffer += more;
        if (whole->skip > 0) skip_input(&whole->cinfo, (long)whole->skip);
    } while (whole->skip > 0);
    return 1;
}

static int read_header(struct whole *whole) {
    for (;;) {
        int got = jpeg_read_header(&whole->cinfo, FALSE);
        if (got == JPEG_HEADER_OK) return 1;
        if (got == JPEG_SUSPENDED && !feed(whole)) return 0;
    }
}

static int read_line(struct whole *whole) {
    JSAMPROW row = whole->line;
    while (jpeg_read_scanlines(&whole->cinfo, &row, 1) != 1)
        if (!feed(whole)) return 0;
    return 1;
}

/** Pillow inverts CMYK ("assume adobe conventions") and takes the ink from what black leaves, a /
 *  255 rounded in integers.
 *  source  Pillow, Unpack.c: CMYK;I; Convert.c: cmyk2rgb */
static uint8_t without_ink(unsigned inverted_ink, unsigned inverted_black) {
    unsigned product = (255 - inverted_ink) * inverted_black + 128;
    return (uint8_t)(inverted_black - ((product + (product >> 8)) >> 8));
}

/** Keep the wanted pixels of line y in every output row that it serves. */
static void keep_line(struct whole *whole, unsigned y) {
    uint8_t *first = NULL;
    while (whole->filled < HM_SIDE && whole->rows[whole->filled] == y) {
        uint8_t *out = whole->pixels + (size_t)whole->filled++ * HM_SIDE * 3;
        if (first) {
            memcpy(out, first, HM_SIDE * 3);
            continue;
        }
        first = out;
        for (int i = 0; i < HM_SIDE; i++, out += 3) {
            const unsigned char *in = whole->line + (size_t)whole->columns[i] * whole->components;
            for (int c = 0; c < 3; c++)
                out[c] = whole->components == 4 ? without_ink(in[c], in[3])
                                                : in[whole->components == 3 ? c : 0];
        }
    }
}

// Of the kinds that libjpeg decodes; it refuses the others at once.
static int second_frame(int marker) {
    return marker == 0xC0 || marker == 0xC1 || marker == 0xC2 || marker == 0xC9 || marker == 0xCA;
}

/** The decoder's flow, which is Pillow's (libImaging/JpegDecode.c). May leave by longjmp from
 *  within libjpeg, so it owns nothing and its caller keeps no state in locals. */
static enum outcome decode_lines(struct whole *whole) {
    static const J_COLOR_SPACE output[] = {[1] = JCS_GRAYSCALE, [3] = JCS_RGB, [4] = JCS_CMYK};
    struct jpeg_decompress_struct *cinfo = &whole->cinfo;
    if (!read_header(whole)) return TRUNCATED;
    if (cinfo->image_width != whole->width || cinfo->image_height != whole->height ||
        (unsigned)cinfo->num_components != whole->components)
        return MISMATCH;
    cinfo->out_color_space = output[whole->components];
    while (!jpeg_start_decompress(cinfo))
        if (!feed(whole)) return TRUNCATED;
    if ((unsigned)cinfo->output_components != whole->components) return MISMATCH;
    for (unsigned y = 0; y < whole->height; y++) {
        if (!read_line(whole)) return TRUNCATED;
        keep_line(whole, y);
    }
    // It may still find the file broken; that it would like more bytes is no matter, but for those
    // of a second frame header, which libjpeg-turbo 3 refuses before it has them and 2 does not.
    if (!jpeg_finish_decompress(cinfo) && second_frame(cinfo->unread_marker)) return SECOND_FRAME;
    return DONE;
}

static enum outcome guarded_decode(struct whole *whole) {
    if (setjmp(whole->failed)) return BROKEN;
    jpeg_create_decompress(&whole->cinfo);
    whole->cinfo.client_data = whole;
    whole->cinfo.src = &whole->source;
    scans_limit(&whole->cinfo, &whole->progress);
    return decode_lines(whole);
}

static enum hm_status report(struct whole *whole, enum outcome outcome, struct hm_error *err) {
    char reason[JMSG_LENGTH_MAX] = "";
    switch (outcome) {
    case DONE:
        return HM_OK;
    case TRUNCATED:
        return hm_fail(err, HM_EFORMAT,
                       "truncated: the file ends after %zu bytes, in line %u of %u", whole->length,
                       (unsigned)whole->cinfo.output_scanline + 1, whole->height);
    case MISMATCH:
        return hm_fail(err, HM_EFORMAT,
                       "corrupt: two frame headers disagree, the first to be read said %u x %u",
                       whole->width, whole->height);
    case SECOND_FRAME:
        return hm_fail(err, HM_EFORMAT,
                       "corrupt: a second frame header (FF %02X) behind the picture",
                       (unsigned)whole->cinfo.unread_marker);
    case BROKEN:
        break;
    }
    whole->errors.format_message((j_common_ptr)&whole->cinfo, reason);
    enum hm_status status = whole->errors.msg_code == JERR_OUT_OF_MEMORY ? HM_ENOMEM : HM_EFORMAT;
    return hm_fail(err, status, "corrupt or not supported: %s", reason);
}

enum hm_status whole_decode(const unsigned char *bytes, size_t length,
                            const struct jpeg_header *header, uint8_t pixels[HM_PIXEL_BYTES],
                            struct hm_error *err) {
    struct whole *whole = calloc(1, sizeof *whole);
    unsigned char *line = calloc(header->width, header->components);
    if (!whole || !line) {
        free(whole);
        free(line);
        return hm_fail(err, HM_ENOMEM, "no memory for a line of %u pixels", header->width);
    }
    whole->cinfo.err = jpeg_std_error(&whole->errors);
    whole->cinfo.client_data = whole;
    whole->errors.error_exit = fail_exit;
    whole->errors.output_message = ignore_message;
    whole->source = (struct jpeg_source_mgr){.next_input_byte = bytes,
                                             .init_source = ignore_source,
                                             .fill_input_buffer = suspend,
                                             .skip_input_data = skip_input,
                                             .resync_to_restart = jpeg_resync_to_restart,
                                             .term_source = ignore_source};
    whole->length = length;
    whole->width = header->width;
    whole->height = header->height;
    whole->components = header->components;
    nearest_index(header->width, whole->columns);
    nearest_index(header->height, whole->rows);
    whole->line = line;
    whole->pixels = pixels;
    enum hm_status status = report(whole, guarded_decode(whole), err);
    jpeg_destroy_decompress(&whole->cinfo);
    free(line);
    free(whole);
    return status;
}
