// SPDX-License-Identifier: MIT
/** PNG by libpng, with Pillow's convert("RGB"): alpha and tRNS are dropped, 16 bits are cut to the
 *  upper 8 (grey ones clipped at 255), a palette's missing entries are black; gamma and profiles
 *  change nothing.
 *
 *  libpng is fed by push: lines come as far as the bytes reach, so that a file is good as soon as
 *  its last line is there, as for Pillow. Lines of an interlaced picture are looked at pass by
 *  pass, and memory is two lines whatever the picture's size. Text, profiles and the like are
 *  stepped over unread. Check sums are Pillow's, too: all chunks in front of the data must have
 *  theirs; the data have zlib's.
 */
#include "decode/formats.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "decode/sample.h"

enum { PASSES = 7 };

struct png_reader {
    png_structp png;
    png_infop info;
    struct sample *sample;
    png_uint_32 width, height;
    int depth, colour, interlace;
    uint8_t palette[256][3]; // entries that the file lacks are black
    uint8_t *line;           // u8 [width][3] of the line at hand; owned
    png_uint_32 lines_left;
    bool started;
    enum hm_status status; // of what failed outside libpng
    struct hm_error *err;
    char text[160]; // libpng's last words
};

static void on_error(png_structp png, png_const_charp text) {
    struct png_reader *r = png_get_error_ptr(png);
    snprintf(r->text, sizeof r->text, "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png; // what it warns of does not touch the pixels
    (void)text;
}

// What a pass has of a width or height: every (1 << shift)-th pixel from start on.
static png_uint_32 pass_extent(png_uint_32 extent, int start, int shift) {
    return (extent + (1u << shift) - 1 - (png_uint_32)start) >> shift;
}

static png_uint_32 pass_columns(png_uint_32 width, int pass) {
    return pass_extent(width, PNG_PASS_START_COL(pass), PNG_PASS_COL_SHIFT(pass));
}

static png_uint_32 count_lines(const struct png_reader *r) {
    png_uint_32 lines = 0;
    if (r->interlace == PNG_INTERLACE_NONE) return r->height;
    for (int pass = 0; pass < PASSES; pass++)
        if (pass_columns(r->width, pass) > 0)
            lines += pass_extent(r->height, PNG_PASS_START_ROW(pass), PNG_PASS_ROW_SHIFT(pass));
    return lines;
}

static void read_palette(struct png_reader *r) {
    png_colorp entries = NULL;
    int n = 0;
    if (png_get_PLTE(r->png, r->info, &entries, &n) == 0) return;
    for (int i = 0; i < n && i < 256; i++) {
        r->palette[i][0] = entries[i].red;
        r->palette[i][1] = entries[i].green;
        r->palette[i][2] = entries[i].blue;
    }
}

// Everything in front of the data has been read.
static void on_info(png_structp png, png_infop info) {
    struct png_reader *r = png_get_progressive_ptr(png);
    png_get_IHDR(png, info, &r->width, &r->height, &r->depth, &r->colour, &r->interlace, NULL,
                 NULL);
    r->status = sample_begin(r->sample, r->width, r->height, r->err);
    if (r->status == HM_OK && !(r->line = malloc((size_t)r->width * 3)))
        r->status = hm_fail(r->err, HM_ENOMEM, "no memory for a line of %u pixels", r->width);
    if (r->status != HM_OK) png_longjmp(png, 1);
    if (r->colour == PNG_COLOR_TYPE_PALETTE) read_palette(r);
    png_set_packing(png);
    png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
    png_set_benign_errors(png, 0); // zlib's check sum is one
    r->lines_left = count_lines(r);
    png_start_read_image(png);
    r->started = true;
}

static unsigned grey(const struct png_reader *r, const uint8_t *at) {
    static const unsigned scale[] = {[1] = 255, [2] = 85, [4] = 17, [8] = 1};
    if (r->depth < 16) return at[0] * scale[r->depth];
    return at[0] ? 255 : at[1]; // Pillow clips a 16-bit grey: nearly all of it is white
}

static void to_rgb(const struct png_reader *r, const uint8_t *in, png_uint_32 n, uint8_t *out) {
    size_t bytes = r->depth == 16 ? 2 : 1, channels = png_get_channels(r->png, r->info);
    for (; n > 0; n--, in += bytes * channels, out += 3)
        switch (r->colour) {
        case PNG_COLOR_TYPE_PALETTE:
            memcpy(out, r->palette[in[0]], 3);
            break;
        case PNG_COLOR_TYPE_GRAY:
            memset(out, (int)grey(r, in), 3);
            break;
        case PNG_COLOR_TYPE_GRAY_ALPHA:
            memset(out, in[0], 3);
            break;
        default:
            out[0] = in[0];
            out[1] = in[bytes];
            out[2] = in[2 * bytes];
        }
}

static void on_row(png_structp png, png_bytep row, png_uint_32 number, int pass) {
    struct png_reader *r = png_get_progressive_ptr(png);
    struct sample_line line = {.y = number, .step = 1};
    png_uint_32 n = r->width;
    unsigned first, end;
    if (!row) return;
    if (r->interlace != PNG_INTERLACE_NONE) {
        line = (struct sample_line){PNG_ROW_FROM_PASS_ROW(number, pass), PNG_PASS_START_COL(pass),
                                    1u << PNG_PASS_COL_SHIFT(pass)};
        n = pass_columns(r->width, pass);
    }
    sample_rows(r->sample, line.y, &first, &end);
    if (first < end) {
        to_rgb(r, row, n, r->line);
        sample_put(r->sample, &line, r->line);
    }
    if (--r->lines_left == 0) png_longjmp(png, 1); // to pause in the middle of IDAT confuses libpng
}

// Text, profiles, times and tRNS: named, since libpng's own list of what it may ignore lacks tRNS.
static void ignore_chunks(png_structp png) {
    static const png_byte transparency[] = "tRNS";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, transparency, 1);
}

// libpng leaves it by longjmp: what it changes is in *r.
static void feed(struct png_reader *r, const unsigned char *bytes, size_t length) {
    if (setjmp(png_jmpbuf(r->png))) return;
    png_set_crc_action(r->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    ignore_chunks(r->png);
    png_set_progressive_read_fn(r->png, r, on_info, on_row, NULL);
    // It is not written to; libpng's prototype lacks the const.
    png_process_data(r->png, r->info, (png_bytep)(uintptr_t)bytes, length);
}

static enum hm_status verdict(const struct png_reader *r, size_t length, struct hm_error *err) {
    if (r->status != HM_OK) return r->status;
    if (r->started && r->lines_left == 0) return HM_OK;
    if (r->text[0]) return hm_fail(err, HM_EFORMAT, "corrupt or not supported: %s", r->text);
    if (!r->started)
        return hm_fail(err, HM_EFORMAT,
                       "truncated: the file ends inside its header, after %zu bytes", length);
    return hm_fail(err, HM_EFORMAT,
                   "truncated: the file ends after %zu bytes, %u of %u lines are missing", length,
                   r->lines_left, count_lines(r));
}

enum hm_status png_decode(const unsigned char *bytes, size_t length, struct sample *sample,
                          struct hm_error *err) {
    struct png_reader *r = calloc(1, sizeof *r);
    enum hm_status status = HM_ENOMEM;
    if (r) {
        r->sample = sample;
        r->err = err;
        r->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, r, on_error, on_warning);
        r->info = r->png ? png_create_info_struct(r->png) : NULL;
    }
    if (r && r->info) {
        feed(r, bytes, length);
        status = verdict(r, length, err);
    } else
        hm_fail(err, HM_ENOMEM, "no memory for a PNG decoder");
    if (r) {
        png_destroy_read_struct(&r->png, &r->info, NULL);
        free(r->line);
    }
    free(r);
    return status;
}
