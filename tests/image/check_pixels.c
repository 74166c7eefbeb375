// SPDX-License-Identifier: MIT
// Every kind of JPEG against the bytes that Pillow gives, and every kind of non-JPEG against its
// refusal: golden/pixels.txt.

#include <stdbool.h>

#include "golden.h"
#include "picture.h"

static struct hm_image_file file;
static uint8_t pixels[HM_PIXEL_BYTES];

// zlib's CRC-32, lower half, of one row of pixels.
static unsigned row_check(const uint8_t *row) {
    uint32_t crc = 0xFFFFFFFF;
    for (int i = 0; i < HM_SIDE * 3; i++) {
        crc ^= row[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc & 0xFFFF;
}

// The first row that differs, by the checks of 4 digits each; HM_SIDE when all agree.
static int first_difference(const char *rows) {
    for (int y = 0; y < HM_SIDE; y++) {
        char expected[5];
        snprintf(expected, sizeof expected, "%04x", row_check(pixels + y * HM_SIDE * 3));
        if (memcmp(expected, rows + 4 * y, 4) != 0) return y;
    }
    return HM_SIDE;
}

static void check_good(const char *name, const char *digest, const char *rows) {
    struct hm_error err = {0};
    golden_read(&file, name);
    memset(pixels, 0xA5, sizeof pixels);
    enum hm_status status = hm_image_decode(file.bytes, file.length, pixels, &err);
    ck_assert_msg(status == HM_OK, "%s: %s", name, err.text);
    int row = first_difference(rows);
    ck_assert_msg(row == HM_SIDE, "%s: the first row that differs from Pillow's is %d", name, row);
    ck_assert_msg(golden_digest_is(pixels, digest), "%s: SHA-256 differs from Pillow's", name);
}

static void check_bad(const char *name, const char *reason) {
    struct hm_error err = {0};
    golden_read(&file, name);
    enum hm_status status = hm_image_decode(file.bytes, file.length, pixels, &err);
    ck_assert_msg(status == HM_EFORMAT, "%s: status %s, Pillow says %s", name,
                  hm_status_name(status), reason);
    ck_assert_msg(err.text[0] != '\0', "%s: no reason given", name);
}

// Whether this build has the library that a picture needs: its name says what it is.
static bool is_read(const char *name) {
    if (strstr(name, "png")) return hm_image_ending("x.png") != NULL;
    if (strstr(name, "webp")) return hm_image_ending("x.webp") != NULL;
    return true;
}

static void check_lines(const char *verdict, int at_least) {
    char line[GOLDEN_LINE], name[256], word[16], digest[65], rows[4 * HM_SIDE + 1];
    int count = 0;
    FILE *table = golden_table("pixels.txt");
    while (fgets(line, sizeof line, table)) {
        ck_assert_int_eq(sscanf(line, "%255s %15s", name, word), 2);
        if (strcmp(word, verdict) != 0 || !is_read(name)) continue;
        count++;
        if (strcmp(word, "ok") != 0) {
            check_bad(name, line + strlen(name) + strlen(word) + 2);
            continue;
        }
        ck_assert_int_eq(sscanf(line, "%*s %*s %64s %896s", digest, rows), 2);
        check_good(name, digest, rows);
    }
    fclose(table);
    ck_assert_int_ge(count, at_least);
}

START_TEST(good) {
    check_lines("ok", 90);
}
END_TEST

START_TEST(bad) {
    check_lines("error", 20);
}
END_TEST

// What the user reads. A picture's path is the caller's to add.
START_TEST(reasons) {
    static const struct {
        const char *name;
        const char *reason;
    } cases[] = {
        {"header_only.jpg", "truncated: the file ends inside its header, after 200 bytes"},
        {"bomb.jpg", "16384 x 16384 pixels, expected at most 178956970 in all"},
        {"12bit.jpg", "12 bits a sample, expected 8"},
        {"two_layers.jpg", "2 colour components, expected 1, 3 or 4"},
        {"tem.jpg", "corrupt: unknown marker FF 01 at byte 2"},
        {"hierarchical.jpg", "corrupt or not supported: Unsupported JPEG process: SOF type 0xc5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hm_error err = {0};
        golden_read(&file, cases[i].name);
        ck_assert_int_eq(hm_image_decode(file.bytes, file.length, pixels, &err), HM_EFORMAT);
        ck_assert_str_eq(err.text, cases[i].reason);
    }
    struct hm_error err = {0};
    golden_read(&file, "truncated.jpg");
    ck_assert_int_eq(hm_image_decode(file.bytes, file.length, pixels, &err), HM_EFORMAT);
    ck_assert_msg(strncmp(err.text, "truncated: the file ends after ", 31) == 0, "%s", err.text);
    ck_assert_int_eq(hm_image_decode(file.bytes, file.length, pixels, NULL),
                     HM_EFORMAT); // err is optional
}
END_TEST

static void refused(const char *bytes, size_t length, const char *reason) {
    struct hm_error err = {0};
    ck_assert_int_eq(hm_image_decode(bytes, length, pixels, &err), HM_EFORMAT);
    ck_assert_msg(strstr(err.text, reason) != NULL, "found \"%s\", expected \"%s\"", err.text,
                  reason);
}
#define REFUSED(bytes, reason) refused(bytes, sizeof(bytes) - 1, reason)

// What it is, is said; each of them cut short is no reason to read behind its end.
START_TEST(others_are_named) {
    REFUSED("", "empty file, expected JPEG");
    REFUSED("not a picture\n", "not a picture: begins with 6E 6F 74, expected JPEG");
    REFUSED("\xFF\xD8", "not a picture: begins with FF D8,");
    REFUSED("\0\0\0\x18"
            "ftypheic\0\0",
            "HEIC file, expected JPEG");
    REFUSED("\0\0\0\x18"
            "ftypmif1\0\0",
            "HEIC file, expected JPEG");
    REFUSED("\0\0\0\x18"
            "ftypavif\0\0",
            "AVIF file, expected JPEG");
    REFUSED("\0\0\0\x0CjP  \r\n\x87\n", "JPEG 2000 file, expected JPEG");
    REFUSED("\xFF\x4F\xFF\x51\0", "JPEG 2000 file, expected JPEG");
    REFUSED("\xFF\x0A\0", "JPEG XL file, expected JPEG");
    REFUSED("GIF89a", "GIF file, expected JPEG");
    REFUSED("BM\0\0", "BMP file, expected JPEG");
    REFUSED("II*\0\x08", "TIFF file, expected JPEG");
    REFUSED("<!DOCTYPE html>", "HTML, XML or SVG file, expected JPEG");
    REFUSED("\xEF\xBB\xBF\r\n \t<html>", "HTML, XML or SVG file, expected JPEG");
    REFUSED("\n\xFF\xD8\xFF", "not a picture: begins with 0A FF D8");
    REFUSED(" \n ", "not a picture: begins with 20 0A 20");
    REFUSED("version https://git-lfs.github.com/spec/v1\noid sha256:0",
            "git-LFS pointer file, expected JPEG");
    REFUSED("RIFF\x10\0\0\0WAVEfmt ", "not a picture: begins with 52 49 46");
}
END_TEST

// A progressive picture whose last scan comes `more` times again.
static enum hm_status with_scans(size_t more, struct hm_error *err) {
    golden_read(&file, "grey_progressive.jpg");
    size_t last = file.length - 2, end = last; // the end marker stays the end
    while (file.bytes[last] != 0xFF || file.bytes[last + 1] != 0xDA)
        last--;
    size_t scan = end - last;
    unsigned char *bytes = malloc(file.length + more * scan);
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, file.bytes, end);
    for (size_t i = 0; i < more; i++)
        memcpy(bytes + end + i * scan, file.bytes + last, scan);
    memcpy(bytes + end + more * scan, "\xFF\xD9", 2);
    enum hm_status status = hm_image_decode(bytes, file.length + more * scan, pixels, err);
    if (status == HM_OK) {
        struct picture shown;
        ck_assert_int_eq(picture_decode(bytes, file.length + more * scan, 9, 9, &shown, err),
                         HM_OK);
        picture_free(&shown);
    }
    free(bytes);
    return status;
}

START_TEST(scans_are_limited) {
    struct hm_error err = {0};
    ck_assert_msg(with_scans(900, &err) == HM_OK, "%s", err.text);
    ck_assert_int_eq(with_scans(1100, &err), HM_EFORMAT);
    ck_assert_msg(strstr(err.text, "more than 1023 scans of 100 x 80 pixels") != NULL, "%s",
                  err.text);
}
END_TEST

START_TEST(endings) {
    ck_assert_str_eq(hm_image_ending("0108775015.jpg"), ".jpg");
    ck_assert_str_eq(hm_image_ending("A.B.JPEG"), ".jpeg");
    ck_assert_str_eq(hm_image_ending("a.Jpe"), ".jpe");
    ck_assert_str_eq(hm_image_ending("a.JFIF"), ".jfif");
    ck_assert_ptr_null(hm_image_ending(".jpg")); // a hidden file without a name
    ck_assert_ptr_null(hm_image_ending("jpg"));
    ck_assert_ptr_null(hm_image_ending("a.gif"));
    ck_assert_ptr_null(hm_image_ending(""));
    ck_assert_str_eq(hm_image_other_ending("a.GIF"), ".gif");
    ck_assert_ptr_null(hm_image_other_ending("a.jpg"));
    ck_assert_ptr_null(hm_image_other_ending("notes.txt"));
    size_t n = 0;
    while (hm_image_endings(n))
        n++;
    ck_assert_uint_ge(n, 4);
    ck_assert_uint_le(n, 6);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("image/pixels");
    TCase *tests = tcase_create("golden");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, good);
    tcase_add_test(tests, bad);
    tcase_add_test(tests, reasons);
    tcase_add_test(tests, others_are_named);
    tcase_add_test(tests, scans_are_limited);
    tcase_add_test(tests, endings);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
