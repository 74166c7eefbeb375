// SPDX-License-Identifier: MIT
// The fast path and the line-by-line path against a plain oracle: libjpeg decodes the whole picture
// to RGB, then pixels are picked. Pictures of random size, sampling, quality and content are
// encoded in memory; some hold coefficients that no encoder makes.

#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include "decode/baseline.h"
#include "suite.h"
#include "decode/whole.h"

enum { MAX_SIDE = 600, RANDOM_PICTURES = 200, SIDE_BLOCKS = 6 };

struct recipe {
    unsigned width, height;
    int components; // 1 or 3
    int h[3], v[3];
    int quality;
    int restart_mcus;
    int progressive;
    int optimize;
    int noise; // 0: flat areas
};

static uint64_t state;
static uint8_t pixels[HM_PIXEL_BYTES], expected[HM_PIXEL_BYTES];

static unsigned below(unsigned limit) {
    return (unsigned)(suite_random(&state) % limit);
}

static void fatal(j_common_ptr cinfo) {
    char text[JMSG_LENGTH_MAX];
    cinfo->err->format_message(cinfo, text);
    ck_abort_msg("libjpeg in the test: %s", text);
}

static void silent(j_common_ptr cinfo) {
    (void)cinfo;
}

static struct jpeg_error_mgr *handlers(struct jpeg_error_mgr *errors) {
    jpeg_std_error(errors);
    errors->error_exit = fatal;
    errors->output_message = silent;
    return errors;
}

static void draw_line(const struct recipe *r, unsigned y, JSAMPLE *line) {
    for (unsigned x = 0; x < r->width; x++)
        for (int c = 0; c < r->components; c++) {
            unsigned wave = (x * (3 + (unsigned)c) + y * 5) / 7 % 256;
            unsigned flat = (x / 40 + y / 24) % 2 * 255;
            unsigned value = r->noise ? wave + below((unsigned)r->noise) : flat;
            line[x * (unsigned)r->components + (unsigned)c] = (JSAMPLE)value;
        }
}

// A JPEG in a block that the caller frees.
static unsigned char *encode(const struct recipe *r, unsigned long *length) {
    struct jpeg_compress_struct cinfo;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    static JSAMPLE line[MAX_SIDE * 3];
    JSAMPROW row = line;
    cinfo.err = handlers(&errors);
    jpeg_create_compress(&cinfo);
    jpeg_mem_dest(&cinfo, &bytes, length);
    cinfo.image_width = r->width;
    cinfo.image_height = r->height;
    cinfo.input_components = r->components;
    cinfo.in_color_space = r->components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&cinfo);
    jpeg_set_quality(&cinfo, r->quality, below(2) ? TRUE : FALSE);
    for (int c = 0; c < r->components; c++) {
        cinfo.comp_info[c].h_samp_factor = r->h[c];
        cinfo.comp_info[c].v_samp_factor = r->v[c];
    }
    cinfo.restart_interval = (unsigned)r->restart_mcus;
    cinfo.optimize_coding = r->optimize ? TRUE : FALSE;
    if (r->progressive) jpeg_simple_progression(&cinfo);
    jpeg_start_compress(&cinfo, TRUE);
    for (unsigned y = 0; y < r->height; y++) {
        draw_line(r, y, line);
        jpeg_write_scanlines(&cinfo, &row, 1);
    }
    jpeg_finish_compress(&cinfo);
    jpeg_destroy_compress(&cinfo);
    return bytes;
}

// Pillow's accumulated index, written down once more.
static void source_index(unsigned extent, unsigned index[HM_SIDE]) {
    double at = extent / 224.0 * 0.5;
    for (int i = 0; i < HM_SIDE; i++, at += extent / 224.0)
        index[i] = (unsigned)at;
}

static void plain_decode(const unsigned char *bytes, unsigned long length) {
    struct jpeg_decompress_struct cinfo;
    struct jpeg_error_mgr errors;
    unsigned columns[HM_SIDE], rows[HM_SIDE];
    cinfo.err = handlers(&errors);
    jpeg_create_decompress(&cinfo);
    jpeg_mem_src(&cinfo, bytes, length);
    jpeg_read_header(&cinfo, TRUE);
    cinfo.out_color_space = JCS_RGB;
    jpeg_start_decompress(&cinfo);
    size_t stride = (size_t)cinfo.output_width * 3;
    JSAMPLE *picture = malloc(stride * cinfo.output_height);
    ck_assert_ptr_nonnull(picture);
    while (cinfo.output_scanline < cinfo.output_height) {
        JSAMPROW row = picture + stride * cinfo.output_scanline;
        jpeg_read_scanlines(&cinfo, &row, 1);
    }
    source_index(cinfo.output_width, columns);
    source_index(cinfo.output_height, rows);
    for (int y = 0; y < HM_SIDE; y++)
        for (int x = 0; x < HM_SIDE; x++)
            memcpy(expected + (y * HM_SIDE + x) * 3,
                   picture + stride * rows[y] + 3 * (size_t)columns[x], 3);
    jpeg_finish_decompress(&cinfo);
    jpeg_destroy_decompress(&cinfo);
    free(picture);
}

static void compare(const char *path, const struct recipe *r) {
    int i = 0;
    if (memcmp(pixels, expected, HM_PIXEL_BYTES) == 0) return;
    while (pixels[i] == expected[i])
        i++;
    ck_abort_msg("%s: found %u, expected %u at row %d, column %d, channel %d of %u x %u, factors "
                 "%dx%d %dx%d "
                 "%dx%d, quality %d, restart %d, progressive %d",
                 path, pixels[i], expected[i], i / 3 / HM_SIDE, i / 3 % HM_SIDE, i % 3, r->width,
                 r->height, r->h[0], r->v[0], r->h[1], r->v[1], r->h[2], r->v[2], r->quality,
                 r->restart_mcus, r->progressive);
}

// Both paths on one picture; the fast one must take it unless it is progressive.
static void check_recipe(const struct recipe *r) {
    unsigned long length = 0;
    unsigned char *bytes = encode(r, &length);
    struct jpeg_header header;
    struct hm_error err = {0};
    plain_decode(bytes, length);
    ck_assert_msg(jpeg_header_read(bytes, length, &header, &err) == HM_OK, "%s", err.text);
    memset(pixels, 0xA5, sizeof pixels);
    int taken = baseline_decode(bytes, length, &header, pixels);
    ck_assert_msg(taken == !r->progressive, "fast path: taken %d, progressive %d", taken,
                  r->progressive);
    if (taken) compare("fast path", r);
    memset(pixels, 0xA5, sizeof pixels);
    ck_assert_msg(whole_decode(bytes, length, &header, pixels, &err) == HM_OK, "%s", err.text);
    compare("line by line", r);
    free(bytes);
}

static const int factors[][6] = {
    // h, v of three components
    {1, 1, 1, 1, 1, 1}, {2, 1, 1, 1, 1, 1}, {2, 2, 1, 1, 1, 1}, {1, 2, 1, 1, 1, 1},
    {4, 1, 1, 1, 1, 1}, {4, 2, 1, 1, 1, 1}, {1, 4, 1, 1, 1, 1}, {2, 4, 1, 1, 1, 1},
    {3, 1, 1, 1, 1, 1}, {1, 3, 1, 1, 1, 1}, {1, 1, 2, 2, 2, 2}, {2, 2, 1, 2, 2, 1},
    {2, 2, 2, 1, 1, 2}, {2, 1, 1, 2, 1, 1}, {1, 1, 2, 1, 1, 2}, {4, 1, 2, 1, 2, 1},
    {1, 4, 1, 1, 1, 2}, {1, 4, 1, 2, 1, 1}, {2, 2, 2, 2, 1, 1}, {4, 1, 2, 1, 1, 1},
};
enum { FACTOR_COUNT = sizeof factors / sizeof factors[0] };

static struct recipe random_recipe(unsigned width, unsigned height, unsigned sampling) {
    struct recipe r = {.width = width, .height = height, .components = below(8) ? 3 : 1};
    for (int c = 0; c < 3; c++) {
        r.h[c] = factors[sampling][2 * c];
        r.v[c] = factors[sampling][2 * c + 1];
    }
    r.quality = 1 + (int)below(100);
    r.restart_mcus = below(3) ? 0 : 1 + (int)below(20);
    r.progressive = below(8) == 0;
    r.optimize = (int)below(2);
    r.noise = below(4) ? 1 + (int)below(200) : 0;
    return r;
}

START_TEST(random_pictures) {
    for (int i = 0; i < RANDOM_PICTURES; i++) {
        struct recipe r =
            random_recipe(1 + below(MAX_SIDE), 1 + below(MAX_SIDE), below(FACTOR_COUNT));
        check_recipe(&r);
    }
}
END_TEST

// Every sampling at each small size: borders of blocks and MCUs, and planes too narrow to be
// smoothed.
START_TEST(small_pictures) {
    for (unsigned sampling = 0; sampling < FACTOR_COUNT; sampling++)
        for (unsigned i = 0; i < 25; i++) {
            struct recipe r =
                random_recipe(1 + i % 5 + below(2) * 16, 1 + i / 5 + below(2) * 16, sampling);
            r.components = 3;
            check_recipe(&r);
        }
}
END_TEST

// A grey picture of random coefficients up to `largest`, quantised by `step`.
static unsigned char *encode_coefficients(int largest, int step, unsigned long *length) {
    struct jpeg_compress_struct cinfo;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned steps[DCTSIZE2];
    for (int i = 0; i < DCTSIZE2; i++)
        steps[i] = (unsigned)step;
    cinfo.err = handlers(&errors);
    jpeg_create_compress(&cinfo);
    jpeg_mem_dest(&cinfo, &bytes, length);
    cinfo.image_width = cinfo.image_height = SIDE_BLOCKS * DCTSIZE;
    cinfo.input_components = 1;
    cinfo.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&cinfo);
#if JPEG_LIB_VERSION >= 70 // the size that jpeg_write_coefficients takes; Ubuntu's has API 8
    cinfo.jpeg_width = cinfo.image_width;
    cinfo.jpeg_height = cinfo.image_height;
    cinfo.min_DCT_h_scaled_size = cinfo.min_DCT_v_scaled_size = DCTSIZE;
#endif
    jpeg_add_quant_table(&cinfo, 0, steps, 100, TRUE);
    jvirt_barray_ptr array = cinfo.mem->request_virt_barray((j_common_ptr)&cinfo, JPOOL_IMAGE, TRUE,
                                                            SIDE_BLOCKS, SIDE_BLOCKS, 1);
    jpeg_write_coefficients(&cinfo, &array);
    for (unsigned y = 0; y < SIDE_BLOCKS; y++) {
        JBLOCKARRAY row = cinfo.mem->access_virt_barray((j_common_ptr)&cinfo, array, y, 1, TRUE);
        for (unsigned x = 0; x < SIDE_BLOCKS; x++)
            for (int k = 0, kept = (int)below(DCTSIZE2); k < DCTSIZE2; k++)
                row[0][x][k] =
                    (JCOEF)(k > kept ? 0 : (int)below(2 * (unsigned)largest + 1) - largest);
    }
    jpeg_finish_compress(&cinfo);
    jpeg_destroy_compress(&cinfo);
    return bytes;
}

// Whatever the coefficients, the result is libjpeg's; where implementations of its DCT differ, the
// fast path must step back.
START_TEST(wild_coefficients) {
    static const int largest[] = {1, 10, 60, 200, 500, 1023};
    static const int steps[] = {1, 3, 8, 16, 40, 100, 255};
    int taken = 0, left = 0;
    for (int repeat = 0; repeat < 4; repeat++)
        for (size_t i = 0; i < sizeof largest / sizeof largest[0]; i++)
            for (size_t j = 0; j < sizeof steps / sizeof steps[0]; j++) {
                struct recipe r = {.width = SIDE_BLOCKS * 8,
                                   .height = SIDE_BLOCKS * 8,
                                   .quality = largest[i] * steps[j]};
                unsigned long length = 0;
                unsigned char *bytes = encode_coefficients(largest[i], steps[j], &length);
                struct jpeg_header header;
                plain_decode(bytes, length);
                ck_assert_int_eq(jpeg_header_read(bytes, length, &header, NULL), HM_OK);
                int fast = baseline_decode(bytes, length, &header, pixels);
                if (fast) compare("fast path", &r);
                ck_assert_int_eq(hm_image_decode(bytes, length, pixels, NULL), HM_OK);
                compare("decode", &r);
                taken += fast;
                left += !fast;
                free(bytes);
            }
    ck_assert_int_gt(taken, 30);
    ck_assert_int_gt(left, 30);
}
END_TEST

int main(void) {
    state = suite_seed(20240131);
    Suite *suite = suite_create("image/paths");
    TCase *tests = tcase_create("against libjpeg");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, random_pictures);
    tcase_add_test(tests, small_pictures);
    tcase_add_test(tests, wild_coefficients);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
