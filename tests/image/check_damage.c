// SPDX-License-Identifier: MIT
// Damaged files get Pillow's verdict and Pillow's repaired pixels: golden/damage.txt. Each file is
// cut short, those under SMALL bytes at every byte, and has single bytes replaced. The decoder sees
// a block of exactly the file's size, so that AddressSanitizer sees every overrun.

#include <stdbool.h>

#include "golden.h"

enum { SMALL = 1500, STEP = 7 };

static struct hm_image_file file;
static uint8_t whole[HM_PIXEL_BYTES];
static uint8_t pixels[HM_PIXEL_BYTES];

static enum hm_status decode_exactly(const unsigned char *bytes, size_t length,
                                     struct hm_error *err) {
    unsigned char *exact = malloc(length ? length : 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, bytes, length);
    memset(pixels, 0x5A, sizeof pixels);
    enum hm_status status = hm_image_decode(exact, length, pixels, err);
    free(exact);
    return status;
}

static void check_cuts(const char *name, size_t accepted) {
    golden_read(&file, name);
    ck_assert_int_eq(decode_exactly(file.bytes, file.length, NULL), HM_OK);
    memcpy(whole, pixels, sizeof whole);
    for (size_t length = 0; length <= file.length; length++) {
        bool edge = length + 3 > accepted && length < accepted + 3;
        if (file.length >= SMALL && length % STEP != 0 && !edge) continue;
        struct hm_error err = {0};
        enum hm_status status = decode_exactly(file.bytes, length, &err);
        enum hm_status expected = length < accepted ? HM_EFORMAT : HM_OK;
        ck_assert_msg(status == expected, "%s cut to %zu bytes: %s %s", name, length,
                      hm_status_name(status), err.text);
        if (status == HM_OK)
            ck_assert_mem_eq(pixels, whole, sizeof whole);
        else
            ck_assert_int_ne(err.text[0], '\0');
    }
}

static void check_edit(const char *name, size_t offset, unsigned char byte, const char *verdict) {
    struct hm_error err = {0};
    golden_read(&file, name);
    ck_assert_uint_lt(offset, file.length);
    file.bytes[offset] = byte;
    enum hm_status status = decode_exactly(file.bytes, file.length, &err);
    enum hm_status expected = strcmp(verdict, "error") == 0 ? HM_EFORMAT : HM_OK;
    ck_assert_msg(status == expected, "%s with %u at %zu: %s %s", name, byte, offset,
                  hm_status_name(status), err.text);
// Damage can push coefficients out of range, where libjpeg-turbo's SSE2, NEON and plain IDCT wrap
// differently: Pillow's pixels of such pictures, recorded on x86-64, are not those on other CPUs.
#ifdef __SSE2__
    if (strlen(verdict) == HM_DIGEST_HEX)
        ck_assert_msg(golden_digest_is(pixels, verdict), "%s with %u at %zu: not Pillow's pixels",
                      name, byte, offset);
#endif
}

static void check_lines(const char *kind, int at_least) {
    char line[GOLDEN_LINE], name[256], word[16], verdict[65];
    size_t number;
    unsigned byte;
    int count = 0;
    FILE *table = golden_table("damage.txt");
    while (fgets(line, sizeof line, table)) {
        ck_assert_int_eq(sscanf(line, "%255s %15s %zu", name, word, &number), 3);
        if (strcmp(word, kind) != 0 || !hm_image_ending(name)) continue;
        count++;
        if (strcmp(word, "cut") == 0) {
            check_cuts(name, number);
            continue;
        }
        ck_assert_int_eq(sscanf(line, "%*s %*s %*u %u %64s", &byte, verdict), 2);
        check_edit(name, number, (unsigned char)byte, verdict);
    }
    fclose(table);
    ck_assert_int_ge(count, at_least);
}

START_TEST(cuts) {
    check_lines("cut", 6);
}
END_TEST

START_TEST(edits) {
    check_lines("set", 300);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("image/damage");
    TCase *tests = tcase_create("golden");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, cuts);
    tcase_add_test(tests, edits);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
