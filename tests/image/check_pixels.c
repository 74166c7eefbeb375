// SPDX-License-Identifier: MIT
// Every kind of JPEG against the bytes that Pillow gives, and every kind of non-JPEG against its refusal: golden/pixels.txt.

#include "golden.h"

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

static void check_lines(const char *verdict, int at_least) {
    char line[GOLDEN_LINE], name[256], word[16], digest[65], rows[4 * HM_SIDE + 1];
    int count = 0;
    FILE *table = golden_table("pixels.txt");
    while (fgets(line, sizeof line, table)) {
        ck_assert_int_eq(sscanf(line, "%255s %15s", name, word), 2);
        if (strcmp(word, verdict) != 0) continue;
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
        {"png.jpg", "not a JPEG: found a PNG file"},
        {"empty.jpg", "empty file, expected a JPEG"},
        {"text.jpg", "not a JPEG: begins with 6E 6F 74, expected FF D8 FF"},
        {"header_only.jpg", "truncated: the file ends inside its header, after 200 bytes"},
        {"bomb.jpg", "16384 x 16384 pixels, expected at most 178956970 in all"},
        {"12bit.jpg", "12 bits a sample, expected 8"},
        {"two_layers.jpg", "2 colour layers, expected 1, 3 or 4"},
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

int main(void) {
    Suite *suite = suite_create("image/pixels");
    TCase *tests = tcase_create("golden");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, good);
    tcase_add_test(tests, bad);
    tcase_add_test(tests, reasons);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
