// SPDX-License-Identifier: MIT
/** Thumbnails: libjpeg decodes at n/8 of the size, the smallest that is not below what is wanted,
 *  of other formats evenly spread pixels are taken, and an area average does the rest. setjmp is
 *  confined to the two functions that call libjpeg; what they allocate is reachable from a struct
 *  of the caller. */
#include "picture.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "decode/formats.h"
#include "decode/header.h"
#include "decode/sample.h"
#include "decode/scans.h"

// Of a PNG or WebP a pixel of the small picture averages so many samples each way; the rest is not
// looked at.
enum { SAMPLES_A_SIDE = 4 };

// ---- libjpeg's errors

struct failure {
    struct jpeg_error_mgr manager; // first: libjpeg hands it back
    jmp_buf jump;
    char text[JMSG_LENGTH_MAX];
};

static void on_error(j_common_ptr info) {
    struct failure *f = (struct failure *)info->err;
    f->manager.format_message(info, f->text);
    longjmp(f->jump, 1);
}

static void on_message(j_common_ptr info, int level) {
    (void)info; // a damaged photo is shown as far as it goes
    (void)level;
}

static struct jpeg_error_mgr *start_failure(struct failure *f) {
    struct jpeg_error_mgr *manager = jpeg_std_error(&f->manager);
    manager->error_exit = on_error;
    manager->emit_message = on_message;
    return manager;
}

// ---- sizes

struct size {
    unsigned width, height;
};

static unsigned at_least_1(double x) {
    return x < 1 ? 1 : (unsigned)(x + 0.5);
}

// The largest size of those proportions in the box, not above the photo's own.
static struct size fit(struct size photo, unsigned width, unsigned height) {
    double across = (double)width / photo.width, down = (double)height / photo.height;
    double scale = across < down ? across : down;
    if (scale >= 1) return photo;
    return (struct size){at_least_1(photo.width * scale), at_least_1(photo.height * scale)};
}

static enum hm_status make(struct picture *p, struct size size, struct hm_error *err) {
    size_t bytes;
    *p = (struct picture){.width = size.width, .height = size.height};
    if (hm_mul((size_t)size.width * 3, size.height, &bytes)) p->rgb = malloc(bytes);
    return p->rgb ? HM_OK
                  : hm_fail(err, HM_ENOMEM, "no memory for %ux%u pixels", size.width, size.height);
}

void picture_free(struct picture *picture) {
    free(picture->rgb);
    *picture = (struct picture){0};
}

// ---- averaging

// How much of source cell s lies in [from, to).
static float overlap(size_t s, double from, double to) {
    double low = (double)s > from ? (double)s : from;
    double high = (double)(s + 1) < to ? (double)(s + 1) : to;
    return (float)(high - low);
}

// sum f32 [width][3] = mean of the rows [from, to) of `in`
static void average_rows(const struct picture *in, double from, double to, float *sum) {
    size_t n = (size_t)in->width * 3;
    memset(sum, 0, n * sizeof *sum);
    for (size_t y = (size_t)from; y < in->height && (double)y < to; y++) {
        float weight = overlap(y, from, to) / (float)(to - from);
        const uint8_t *row = in->rgb + y * n;
        for (size_t x = 0; x < n; x++)
            sum[x] += weight * (float)row[x];
    }
}

// out u8 [width][3] from row f32 [n][3]
static void average_columns(const float *row, size_t n, uint8_t *out, size_t width) {
    double ratio = (double)n / (double)width;
    for (size_t x = 0; x < width; x++) {
        double from = (double)x * ratio, to = (double)(x + 1) * ratio;
        float sum[3] = {0.5f, 0.5f, 0.5f}; // rounds
        for (size_t s = (size_t)from; s < n && (double)s < to; s++) {
            float weight = overlap(s, from, to) / (float)ratio;
            for (size_t c = 0; c < 3; c++)
                sum[c] += weight * row[3 * s + c];
        }
        for (size_t c = 0; c < 3; c++)
            out[3 * x + c] = (uint8_t)(sum[c] > 255 ? 255 : sum[c]);
    }
}

enum hm_status picture_fit(const struct picture *in, unsigned width, unsigned height,
                           struct picture *out, struct hm_error *err) {
    *out = (struct picture){0};
    if (!width || !height || width > PICTURE_MAX_SIDE || height > PICTURE_MAX_SIDE)
        return hm_fail(err, HM_EARG, "a picture of %ux%u: expected 1 to %d", width, height,
                       PICTURE_MAX_SIDE);
    struct size size = fit((struct size){in->width, in->height}, width, height);
    float *row = malloc((size_t)in->width * 3 * sizeof *row);
    if (!row) return hm_fail(err, HM_ENOMEM, "no memory for %u pixels", in->width);
    enum hm_status status = make(out, size, err);
    double ratio = (double)in->height / size.height;
    for (size_t y = 0; status == HM_OK && y < size.height; y++) {
        average_rows(in, (double)y * ratio, (double)(y + 1) * ratio, row);
        average_columns(row, in->width, out->rgb + y * size.width * 3, size.width);
    }
    free(row);
    return status;
}

// ---- decoding

struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct failure failure;
    struct jpeg_progress_mgr progress;
    const unsigned char *bytes;
    size_t length;
    struct size wanted;
    struct picture scaled; // owned
    uint8_t *cmyk;         // one line, owned
};

// n/8 of the photo's size: the smallest that is not below what is wanted.
static unsigned choose_eighths(const struct decoder *d) {
    unsigned n = 1;
    while (n < 8 && ((uint64_t)d->jpeg.image_width * n < 8ull * d->wanted.width ||
                     (uint64_t)d->jpeg.image_height * n < 8ull * d->wanted.height))
        n++;
    return n;
}

// Adobe's CMYK is stored inverted: 255 is no ink.
static void from_cmyk(const uint8_t *cmyk, uint8_t *rgb, size_t n, bool inverted) {
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 3; c++) {
            unsigned colour = cmyk[4 * i + c], black = cmyk[4 * i + 3];
            if (!inverted) {
                colour = 255 - colour;
                black = 255 - black;
            }
            rgb[3 * i + c] = (uint8_t)(colour * black / 255);
        }
}

static enum hm_status start(struct decoder *d, struct hm_error *err) {
    d->jpeg.err = start_failure(&d->failure);
    if (setjmp(d->failure.jump)) return hm_fail(err, HM_EFORMAT, "%s", d->failure.text);
    jpeg_create_decompress(&d->jpeg);
    scans_limit(&d->jpeg, &d->progress);
    jpeg_mem_src(&d->jpeg, d->bytes, d->length);
    jpeg_read_header(&d->jpeg, TRUE);
    bool four = d->jpeg.num_components == 4;
    d->jpeg.out_color_space = four ? JCS_CMYK : JCS_RGB;
    d->jpeg.scale_num = choose_eighths(d);
    d->jpeg.scale_denom = 8;
    d->jpeg.dct_method = JDCT_IFAST;
    d->jpeg.do_fancy_upsampling = FALSE;
    jpeg_start_decompress(&d->jpeg);
    return HM_OK;
}

static enum hm_status read_lines(struct decoder *d, struct hm_error *err) {
    if (setjmp(d->failure.jump)) return hm_fail(err, HM_EFORMAT, "%s", d->failure.text);
    size_t row_bytes = (size_t)d->scaled.width * 3;
    while (d->jpeg.output_scanline < d->jpeg.output_height) {
        uint8_t *rgb = d->scaled.rgb + d->jpeg.output_scanline * row_bytes;
        JSAMPROW line = d->cmyk ? d->cmyk : rgb;
        jpeg_read_scanlines(&d->jpeg, &line, 1);
        if (d->cmyk) from_cmyk(d->cmyk, rgb, d->scaled.width, d->jpeg.saw_Adobe_marker);
    }
    return HM_OK;
}

static enum hm_status decode_scaled(struct decoder *d, struct hm_error *err) {
    HM_TRY(start(d, err));
    HM_TRY(make(&d->scaled, (struct size){d->jpeg.output_width, d->jpeg.output_height}, err));
    memset(d->scaled.rgb, 0x80, (size_t)d->scaled.width * 3 * d->scaled.height);
    if (d->jpeg.out_color_space == JCS_CMYK) {
        d->cmyk = malloc((size_t)d->scaled.width * 4);
        if (!d->cmyk) return hm_fail(err, HM_ENOMEM, "no memory for a line of pixels");
    }
    return read_lines(d, err);
}

static enum hm_status decode_jpeg(const void *bytes, size_t length, unsigned width, unsigned height,
                                  struct picture *out, struct hm_error *err) {
    struct jpeg_header header;
    HM_TRY(jpeg_header_read(bytes, length, &header, err));
    struct decoder *d = calloc(1, sizeof *d);
    if (!d) return hm_fail(err, HM_ENOMEM, "no memory for a decoder");
    d->bytes = bytes;
    d->length = length;
    d->wanted = fit((struct size){header.width, header.height}, width, height);
    enum hm_status status = decode_scaled(d, err);
    if (status == HM_OK && d->scaled.width <= width && d->scaled.height <= height) {
        *out = d->scaled;
        d->scaled.rgb = NULL;
    } else if (status == HM_OK)
        status = picture_fit(&d->scaled, width, height, out, err);
    picture_free(&d->scaled);
    free(d->cmyk);
    jpeg_destroy_decompress(&d->jpeg);
    free(d);
    return status;
}

static enum hm_status decode_other(image_decode_fn *decode, const void *bytes, size_t length,
                                   unsigned width, unsigned height, struct picture *out,
                                   struct hm_error *err) {
    struct sample sample = {.width = width * SAMPLES_A_SIDE, .height = height * SAMPLES_A_SIDE};
    enum hm_status status = decode(bytes, length, &sample, err);
    struct picture samples = {sample.width, sample.height, sample.rgb};
    if (status == HM_OK) status = picture_fit(&samples, width, height, out, err);
    sample_free(&sample);
    return status;
}

enum hm_status picture_decode(const void *bytes, size_t length, unsigned width, unsigned height,
                              struct picture *out, struct hm_error *err) {
    const struct image_format *format;
    *out = (struct picture){0};
    if (!width || !height || width > PICTURE_MAX_SIDE || height > PICTURE_MAX_SIDE)
        return hm_fail(err, HM_EARG, "a picture of %ux%u: expected 1 to %d", width, height,
                       PICTURE_MAX_SIDE);
    HM_TRY(image_format_find(&format, bytes, length, err));
    if (format->decode == jpeg_decode) return decode_jpeg(bytes, length, width, height, out, err);
    return decode_other(format->decode, bytes, length, width, height, out, err);
}

// ---- encoding

struct encoder {
    struct jpeg_compress_struct jpeg;
    struct failure failure;
    unsigned char *bytes; // libjpeg's, by malloc
    unsigned long length;
};

static enum hm_status encode(struct encoder *e, const struct picture *p, int quality,
                             bool fine_colour, struct hm_error *err) {
    e->jpeg.err = start_failure(&e->failure);
    if (setjmp(e->failure.jump)) return hm_fail(err, HM_EARG, "%s", e->failure.text);
    jpeg_create_compress(&e->jpeg);
    jpeg_mem_dest(&e->jpeg, &e->bytes, &e->length);
    e->jpeg.image_width = p->width;
    e->jpeg.image_height = p->height;
    e->jpeg.input_components = 3;
    e->jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&e->jpeg);
    jpeg_set_quality(&e->jpeg, quality, TRUE);
    if (fine_colour) e->jpeg.comp_info[0].h_samp_factor = e->jpeg.comp_info[0].v_samp_factor = 1;
    e->jpeg.optimize_coding = TRUE; // a tenth smaller
    jpeg_start_compress(&e->jpeg, TRUE);
    while (e->jpeg.next_scanline < e->jpeg.image_height) {
        JSAMPROW line = p->rgb + (size_t)e->jpeg.next_scanline * p->width * 3;
        jpeg_write_scanlines(&e->jpeg, &line, 1);
    }
    jpeg_finish_compress(&e->jpeg);
    return HM_OK;
}

enum hm_status picture_encode(const struct picture *picture, int quality, bool fine_colour,
                              struct hm_buf *out, struct hm_error *err) {
    struct encoder *e = calloc(1, sizeof *e);
    if (!e) return hm_fail(err, HM_ENOMEM, "no memory for an encoder");
    enum hm_status status = encode(e, picture, quality, fine_colour, err);
    if (status == HM_OK) status = hm_buf_append(out, e->bytes, e->length, err);
    jpeg_destroy_compress(&e->jpeg);
    free(e->bytes);
    free(e);
    return status;
}
