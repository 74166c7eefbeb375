// SPDX-License-Identifier: MIT
// Pictures for people: sizes and colours of thumbnails, encoding, damage; contact sheets by what
// stands where.

#include "sheet.h"

#include <string.h>

#include "golden.h"

static struct hm_error err;

#define OK(expr) ck_assert_msg((expr) == HM_OK, "%s: %s", #expr, err.text)

static struct picture plain(unsigned width, unsigned height, uint8_t r, uint8_t g, uint8_t b) {
    struct picture p = {
        .width = width, .height = height, .rgb = malloc((size_t)width * height * 3)};
    ck_assert_ptr_nonnull(p.rgb);
    for (size_t i = 0; i < (size_t)width * height; i++) {
        p.rgb[3 * i] = r;
        p.rgb[3 * i + 1] = g;
        p.rgb[3 * i + 2] = b;
    }
    return p;
}

// Left half one colour, right half another.
static struct picture halves(unsigned width, unsigned height) {
    struct picture p = plain(width, height, 200, 30, 30);
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = width / 2; x < width; x++)
            memcpy(p.rgb + ((size_t)y * width + x) * 3, "\x1e\x1e\xc8", 3);
    return p;
}

static const uint8_t *pixel(const struct picture *p, unsigned x, unsigned y) {
    return p->rgb + ((size_t)y * p->width + x) * 3;
}

static bool near(const uint8_t *rgb, int r, int g, int b, int tolerance) {
    return abs(rgb[0] - r) <= tolerance && abs(rgb[1] - g) <= tolerance &&
           abs(rgb[2] - b) <= tolerance;
}

// ---- thumbnails

START_TEST(a_picture_fits_its_box) {
    static const unsigned sizes[][6] = {
        // from, box, expected
        {1166, 1750, 208, 312, 208, 312}, {1166, 1750, 400, 600, 400, 600},
        {1750, 1166, 208, 312, 208, 139}, {1000, 1000, 208, 312, 208, 208},
        {100, 50, 208, 312, 100, 50},     {1, 1, 208, 312, 1, 1},
        {4000, 3, 208, 312, 208, 1},      {3, 4000, 208, 312, 1, 312},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const unsigned *s = sizes[i];
        struct picture in = halves(s[0], s[1]), out, decoded;
        struct hm_buf jpeg = {0};
        OK(picture_fit(&in, s[2], s[3], &out, &err));
        ck_assert_uint_eq(out.width, s[4]);
        ck_assert_uint_eq(out.height, s[5]);
        OK(picture_encode(&in, 90, false, &jpeg, &err));
        OK(picture_decode(jpeg.data, jpeg.length, s[2], s[3], &decoded, &err));
        ck_assert_uint_eq(decoded.width, s[4]);
        ck_assert_uint_eq(decoded.height, s[5]);
        if (s[4] > 8 && s[5] > 8)
            for (const struct picture *p = &out; p; p = p == &out ? &decoded : NULL) {
                ck_assert(near(pixel(p, p->width / 8, p->height / 2), 200, 30, 30, 6));
                ck_assert(near(pixel(p, p->width * 7 / 8, p->height / 2), 30, 30, 200, 6));
            }
        picture_free(&in);
        picture_free(&out);
        picture_free(&decoded);
        hm_buf_free(&jpeg);
    }
}
END_TEST

// Of formats that are not scaled while they are decoded only some pixels are taken: the picture
// looks the same.
START_TEST(png_and_webp_are_shown) {
    static const char *const names[] = {"png_225x223.png", "png_8_6_interlaced.png",
                                        "webp_225x223.webp", "webp_225x223_lossless.webp"};
    struct hm_image_file file = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct picture whole, fitted, shown;
        int64_t difference = 0;
        if (!hm_image_ending(names[i])) continue; // built without the library
        golden_read(&file, names[i]);
        OK(picture_decode(file.bytes, file.length, 4096, 4096, &whole, &err));
        OK(picture_fit(&whole, 20, 30, &fitted, &err));
        OK(picture_decode(file.bytes, file.length, 20, 30, &shown, &err));
        ck_assert_uint_eq(shown.width, fitted.width);
        ck_assert_uint_eq(shown.height, fitted.height);
        size_t n = (size_t)shown.width * shown.height * 3;
        for (size_t j = 0; j < n; j++)
            difference += abs(shown.rgb[j] - fitted.rgb[j]);
        ck_assert_int_le(difference, (int64_t)n * 8); // on average, of 255
        picture_free(&whole);
        picture_free(&fitted);
        picture_free(&shown);
    }
    hm_image_file_free(&file);
}
END_TEST

START_TEST(averaging_keeps_the_mean) {
    uint64_t random = suite_seed(5);
    struct picture in = plain(97, 61, 0, 0, 0), out;
    double before = 0, after = 0;
    for (size_t i = 0; i < (size_t)97 * 61 * 3; i++)
        before += in.rgb[i] = (uint8_t)(suite_random(&random) >> 56);
    OK(picture_fit(&in, 40, 40, &out, &err));
    for (size_t i = 0; i < (size_t)out.width * out.height * 3; i++)
        after += out.rgb[i];
    ck_assert_double_eq_tol(before / (97.0 * 61), after / (out.width * (double)out.height), 1.0);
    picture_free(&in);
    picture_free(&out);
}
END_TEST

START_TEST(damage_is_survived) {
    struct picture in = halves(300, 300), out;
    struct hm_buf jpeg = {0};
    OK(picture_encode(&in, 80, false, &jpeg, &err));
    size_t shown = 0;
    for (size_t length = 0; length < jpeg.length; length += 7) {
        unsigned char *cut = malloc(length + 1); // a read past the end is seen by the sanitizer
        memcpy(cut, jpeg.data, length);
        enum hm_status status = picture_decode(cut, length, 208, 312, &out, &err);
        ck_assert(status == HM_OK || status == HM_EFORMAT);
        ck_assert((status == HM_OK) == (out.rgb != NULL));
        shown += status == HM_OK;
        picture_free(&out);
        free(cut);
    }
    ck_assert_uint_gt(shown, 0); // a photo that is cut short shows what is there
    ck_assert_int_eq(picture_decode("no photo", 8, 208, 312, &out, &err), HM_EFORMAT);
    ck_assert_int_eq(picture_decode(jpeg.data, jpeg.length, 0, 312, &out, &err), HM_EARG);
    ck_assert_int_eq(picture_fit(&in, PICTURE_MAX_SIDE + 1, 1, &out, &err), HM_EARG);
    picture_free(&in);
    hm_buf_free(&jpeg);
}
END_TEST

// ---- sheets

static size_t boxes; // characters without a font, of the sheet drawn last

static struct sheet empty_sheet(void) {
    struct sheet sheet = {.query = {NULL, "", "", ""}, .n = SHEET_CELLS};
    for (size_t i = 0; i < SHEET_CELLS; i++)
        sheet.cells[i] = (struct sheet_cell){NULL, "", "", ""};
    return sheet;
}

// Pixels darker than paper and boxes in a rectangle.
static size_t ink(const struct picture *p, unsigned x, unsigned y, unsigned width,
                  unsigned height) {
    size_t n = 0;
    for (unsigned row = y; row < y + height; row++)
        for (unsigned column = x; column < x + width; column++)
            n += pixel(p, column, row)[1] < 150;
    return n;
}

enum { GRID_X = 500, PITCH_X = 223, PITCH_Y = 428, TOP = 40 }; // as sheet.c places them

START_TEST(photos_and_titles_stand_in_their_places) {
    struct sheet sheet = empty_sheet();
    struct picture red = plain(208, 312, 220, 20, 20), blue = plain(400, 600, 20, 20, 220), out;
    sheet.query = (struct sheet_cell){&blue, "Strap top", "Vest top / Jersey Basic", "0399223001"};
    sheet.cells[7] = (struct sheet_cell){&red, "Vest top", "1  0.87  Jersey Basic", "0399223002"};
    OK(sheet_draw(&sheet, &out, &boxes, &err));
    ck_assert_uint_eq(out.width, SHEET_WIDTH);
    ck_assert_uint_eq(out.height, SHEET_HEIGHT);
    ck_assert(near(pixel(&out, 2, 2), 255, 255, 255, 0));
    ck_assert(near(pixel(&out, 240, 300), 20, 20, 220, 0));
    for (unsigned i = 0; i < SHEET_CELLS; i++) {
        unsigned x = GRID_X + i % 5 * PITCH_X, y = TOP + i / 5 * PITCH_Y;
        const uint8_t *middle = pixel(&out, x + 20, y + 40);
        ck_assert_msg(near(middle, i == 7 ? 220 : 241, i == 7 ? 20 : 238, i == 7 ? 20 : 233, 2),
                      "cell %u: %u %u %u", i, middle[0], middle[1], middle[2]);
        size_t title = ink(&out, x, y + SHEET_CELL_HEIGHT + 2, SHEET_CELL_WIDTH, 56);
        size_t note = ink(&out, x, y + SHEET_CELL_HEIGHT + 58, SHEET_CELL_WIDTH, 24);
        ck_assert_msg(i == 7 ? title > 100 : title == 0, "cell %u: %zu", i, title);
        ck_assert_msg(i == 7 ? note > 50 : note == 0, "cell %u: %zu", i, note);
        if (i != 7)
            ck_assert_uint_gt(ink(&out, x, y + 120, SHEET_CELL_WIDTH, 80), 20); // "no photo"
    }
    ck_assert_uint_gt(ink(&out, 40, 650, 400, 40), 100);
    picture_free(&red);
    picture_free(&blue);
    picture_free(&out);
}
END_TEST

START_TEST(long_and_strange_names_stay_in_their_column) {
    static const char *const names[] = {
        "An extraordinarily long name of a product that nobody would ever print on a label",
        "Überlänge: Größtmögliche Straßenbahnhaltestellenüberdachungsjacke mit Ärmeln",
        "シャツ シャツ シャツ シャツ シャツ シャツ シャツ シャツ シャツ シャツ シャツ",
        "no UTF-8: \xFF\xFE\x80 and \x01\x02 control",
        "\u0642\u0645\u064a\u0635 \u0642\u0637\u0646\u064a \u0637\u0648\u064a\u0644 "
        "\u0642\u0645\u064a\u0635 "
        "\u0642\u0637\u0646\u064a \u0637\u0648\u064a\u0644 \u0642\u0645\u064a\u0635 "
        "\u0642\u0637\u0646\u064a",
        "W       W       W       W       W       W       W       W       W       W       W       ",
        ("x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81"
         "x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC"
         "\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81x\xCC\x81"),
    };
    enum { NAMES = sizeof names / sizeof *names };
    char longest[5001];
    memset(longest, 'W', 5000);
    longest[5000] = '\0';
    struct sheet sheet = empty_sheet();
    struct picture out;
    for (size_t i = 0; i < NAMES; i++)
        sheet.cells[i] = (struct sheet_cell){NULL, names[i], longest, longest};
    sheet.query = (struct sheet_cell){NULL, longest, longest, longest};
    OK(sheet_draw(&sheet, &out, &boxes, &err));
    for (unsigned i = 0; i < NAMES; i++) {
        unsigned x = GRID_X + i % 5 * PITCH_X, y = TOP + i / 5 * PITCH_Y + SHEET_CELL_HEIGHT;
        ck_assert_uint_gt(ink(&out, x, y + 4, SHEET_CELL_WIDTH, 76), 50);
        ck_assert_uint_eq(ink(&out, x + SHEET_CELL_WIDTH + 3, y + 4, 9, 76), 0); // the gap is free
    }
    ck_assert_uint_eq(ink(&out, 40 + SHEET_QUERY_WIDTH + 4, 640, 40, 120), 0);
    picture_free(&out);
}
END_TEST

#ifdef HM_HAVE_PANGO
// Hebrew and Arabic begin at the right; letters of an Arabic word are joined, which makes it
// narrower than its letters apart.
START_TEST(other_scripts_are_shaped) {
    struct sheet sheet = empty_sheet();
    struct picture out;
    const unsigned half = SHEET_CELL_WIDTH / 2, y = TOP + SHEET_CELL_HEIGHT + 4;
    sheet.cells[0] = (struct sheet_cell){NULL, "\u05e9\u05dc\u05d5\u05dd", "", ""};
    sheet.cells[1] = (struct sheet_cell){NULL, "\u0639\u0645\u0639\u0645\u0639\u0645", "", ""};
    sheet.cells[2] = (struct sheet_cell){
        NULL, "\u0639\u200c\u0645\u200c\u0639\u200c\u0645\u200c\u0639\u200c\u0645", "", ""};
    OK(sheet_draw(&sheet, &out, &boxes, &err));
    unsigned left[3] = {0}; // column of the first ink, from the cell's right edge
    for (unsigned i = 0; i < 3; i++) {
        unsigned x = GRID_X + i * PITCH_X;
        ck_assert_uint_eq(ink(&out, x, y, half, 24), 0);
        ck_assert_uint_gt(ink(&out, x + half, y, half, 24), 20);
        while (left[i] < half && ink(&out, x + half, y, half - left[i], 24))
            left[i]++;
        left[i] = half - left[i]; // what is free of ink
    }
    ck_assert_uint_gt(left[1], left[2]);
    picture_free(&out);
}
END_TEST

// Rank and score stand at the left of their line, whatever script the type is written in.
START_TEST(lines_below_a_name_run_rightwards) {
    struct sheet sheet = empty_sheet();
    struct picture out;
    sheet.cells[0] = (struct sheet_cell){NULL, "", "1.  0.97  \u05e9\u05dc\u05d5\u05dd", "\u05e9"};
    OK(sheet_draw(&sheet, &out, &boxes, &err));
    unsigned y = TOP + SHEET_CELL_HEIGHT + 4 + 24;
    ck_assert_uint_gt(ink(&out, GRID_X, y, 20, 24), 0);
    ck_assert_uint_eq(ink(&out, GRID_X + SHEET_CELL_WIDTH - 30, y, 30, 24), 0);
    ck_assert_uint_gt(ink(&out, GRID_X, y + 24, 20, 24), 0);
    picture_free(&out);
}
END_TEST
#endif

// U+E000 is for private use: a font that has it would be an odd sans-serif one.
START_TEST(characters_without_a_font_are_counted) {
    struct sheet sheet = empty_sheet();
    struct picture out;
    sheet.cells[1] = (struct sheet_cell){NULL, "Vest", "1.  0.97  Top", "0399223002"};
    OK(sheet_draw(&sheet, &out, &boxes, &err));
    ck_assert_uint_eq(boxes, 0);
    picture_free(&out);
    sheet.cells[1].title = "Vest \ue000\ue001";
    sheet.query.subtitle = "\ue000";
    OK(sheet_draw(&sheet, &out, &boxes, &err));
    ck_assert_uint_eq(boxes, 3);
    picture_free(&out);
}
END_TEST

START_TEST(fewer_look_alikes_leave_paper) {
    struct sheet sheet = empty_sheet();
    struct picture out;
    sheet.n = 2;
    OK(sheet_draw(&sheet, &out, &boxes, &err));
    ck_assert(near(pixel(&out, GRID_X + PITCH_X + 20, TOP + 40), 241, 238, 233, 2));
    ck_assert(near(pixel(&out, GRID_X + 2 * PITCH_X + 20, TOP + 40), 255, 255, 255, 0));
    picture_free(&out);
}
END_TEST

START_TEST(without_cairo_it_says_so) {
    struct sheet sheet = empty_sheet();
    struct picture out;
    ck_assert_int_eq(sheet_draw(&sheet, &out, &boxes, &err), HM_EUNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(err.text, "Cairo"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sheet");
    TCase *pictures = tcase_create("pictures"), *sheets = tcase_create("sheets");
    tcase_add_test(pictures, a_picture_fits_its_box);
    tcase_add_test(pictures, png_and_webp_are_shown);
    tcase_add_test(pictures, averaging_keeps_the_mean);
    tcase_add_test(pictures, damage_is_survived);
    if (sheet_available()) {
        tcase_add_test(sheets, photos_and_titles_stand_in_their_places);
        tcase_add_test(sheets, long_and_strange_names_stay_in_their_column);
        tcase_add_test(sheets, fewer_look_alikes_leave_paper);
#ifdef HM_HAVE_PANGO
        tcase_add_test(sheets, other_scripts_are_shaped);
        tcase_add_test(sheets, lines_below_a_name_run_rightwards);
#endif
        tcase_add_test(sheets, characters_without_a_font_are_counted);
    } else
        tcase_add_test(sheets, without_cairo_it_says_so);
    suite_add_tcase(suite, pictures);
    suite_add_tcase(suite, sheets);
    return suite_run(suite, 0);
}
