// SPDX-License-Identifier: MIT
// Text that others wrote, made fit for a terminal, JSON and base64; hashes; arrays that grow.

#include "base64.h"
#include "hash.h"
#include "json.h"
#include "utf8.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "suite.h"

static void cleans_to(const char *text, size_t length, const char *escaped, const char *replaced) {
    char clean[256];
    ck_assert_uint_eq(hm_utf8_clean(clean, text, length, HM_CLEAN_ESCAPE), strlen(escaped));
    ck_assert_str_eq(clean, escaped);
    hm_utf8_clean(clean, text, length, HM_CLEAN_REPLACE);
    ck_assert_str_eq(clean, replaced);
}

#define CLEANS_TO(text, escaped, replaced) cleans_to(text, sizeof(text) - 1, escaped, replaced)

START_TEST(what_does_not_show_is_replaced) {
    CLEANS_TO("plain äöü 日本", "plain äöü 日本", "plain äöü 日本");
    CLEANS_TO("a\nhmrec: b", "a\\nhmrec: b", "a\xEF\xBF\xBDhmrec: b");
    CLEANS_TO("\x1b[2J", "\\x1b[2J", "\xEF\xBF\xBD[2J");
    CLEANS_TO("\xc2\x9b", "\\u009b", "\xEF\xBF\xBD");
    CLEANS_TO("\xe2\x80\xae", "\\u202e", "\xEF\xBF\xBD");
    CLEANS_TO("\xe2\x80\xa8", "\\u2028", "\xEF\xBF\xBD");
    CLEANS_TO("\x7f", "\\x7f", "\xEF\xBF\xBD");
    CLEANS_TO("\xff", "\\xff", "\xEF\xBF\xBD");
    CLEANS_TO("\xe2\x80", "\\xe2\\x80", "\xEF\xBF\xBD\xEF\xBF\xBD");
    CLEANS_TO("a\0b", "a\\x00b",
              "a\xEF\xBF\xBD"
              "b");
    CLEANS_TO("", "", "");
}
END_TEST

START_TEST(every_byte_fits_into_four_times_the_room) {
    char text[512], clean[4 * sizeof text + 1];
    for (unsigned seed = 0; seed < 2000; seed++) {
        uint64_t state = seed;
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = (char)(hm_splitmix64(&state) >> (seed & 1 ? 57 : 56));
        for (int how = HM_CLEAN_REPLACE; how <= HM_CLEAN_ESCAPE; how++) {
            size_t length = hm_utf8_clean(clean, text, sizeof text, (enum hm_clean)how);
            ck_assert_uint_lt(length, sizeof clean);
            ck_assert_uint_eq(hm_utf8_check(clean, length), length);
        }
    }
}
END_TEST

START_TEST(a_line_is_cut_at_a_character) {
    ck_assert_uint_eq(hm_utf8_fit("abc", 2), 2);
    ck_assert_uint_eq(hm_utf8_fit("abc", 9), 3);
    ck_assert_uint_eq(hm_utf8_fit("日本", 3), 3); // two columns each, three bytes each
    ck_assert_uint_eq(hm_utf8_fit("日本", 4), 6);
    ck_assert_uint_eq(hm_utf8_fit("e\xcc\x81x", 1), 3); // a combining mark belongs to its letter
}
END_TEST

START_TEST(any_bytes_are_valid_json) {
    static const char hostile[] = "\"\\\n\t\x01\x7f\xc2\x9b\xe2\x80\xa8\xe2\x80\xae\xff\xc3";
    struct hm_buf out = {0};
    ck_assert_int_eq(hm_json_string(&out, hostile, sizeof hostile - 1, NULL), HM_OK);
    ck_assert_str_eq(out.data, "\"\\\"\\\\\\n\\u0009\\u0001\\u007f\\u009b\\u2028\\u202e"
                               "\xEF\xBF\xBD\xEF\xBF\xBD\"");
    cJSON *parsed = cJSON_Parse(out.data);
    ck_assert_ptr_nonnull(parsed);
    ck_assert_str_eq(parsed->valuestring, "\"\\\n\t\x01\x7f\xc2\x9b\xe2\x80\xa8\xe2\x80\xae"
                                          "\xEF\xBF\xBD\xEF\xBF\xBD");
    cJSON_Delete(parsed);
    hm_buf_free(&out);
}
END_TEST

START_TEST(base64_of_rfc_4648) {
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hm_buf out = {0};
        ck_assert_int_eq(hm_buf_append(&out, ">", 1, NULL), HM_OK);
        ck_assert_int_eq(hm_base64(&out, rows[i][0], strlen(rows[i][0]), NULL), HM_OK);
        ck_assert_str_eq(out.data + 1, rows[i][1]);
        ck_assert_uint_eq(out.length, strlen(rows[i][1]) + 1);
        hm_buf_free(&out);
    }
}
END_TEST

// From the authors' own pages.
START_TEST(hashes_have_their_published_values) {
    ck_assert(hm_fnv1a("", 0) == 0xcbf29ce484222325u);
    ck_assert(hm_fnv1a("foobar", 6) == 0x85944171f73967e8u);
    uint64_t state = 1234567;
    ck_assert(hm_splitmix64(&state) == 6457827717110365317u);
    ck_assert(hm_splitmix64(&state) == 3203168211198807973u);
}
END_TEST

START_TEST(an_array_grows_and_keeps_what_it_holds) {
    int *items = NULL;
    size_t capacity = 0;
    for (size_t n = 0; n < 1000; n++) {
        ck_assert_int_eq(hm_grow(&items, &capacity, n + 1, sizeof *items, NULL), HM_OK);
        ck_assert_uint_gt(capacity, n);
        items[n] = (int)n;
    }
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(items[i], i);
    struct hm_error err;
    size_t before = capacity;
    ck_assert_int_eq(hm_grow(&items, &capacity, SIZE_MAX / 2, sizeof *items, &err), HM_ENOMEM);
    ck_assert_int_eq(hm_grow(&items, &capacity, SIZE_MAX, 1, &err), HM_ENOMEM);
    ck_assert_uint_eq(capacity, before);
    ck_assert_int_eq(items[999], 999);
    free(items);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    tcase_add_test(tests, what_does_not_show_is_replaced);
    tcase_add_test(tests, every_byte_fits_into_four_times_the_room);
    tcase_add_test(tests, a_line_is_cut_at_a_character);
    tcase_add_test(tests, any_bytes_are_valid_json);
    tcase_add_test(tests, base64_of_rfc_4648);
    tcase_add_test(tests, hashes_have_their_published_values);
    tcase_add_test(tests, an_array_grows_and_keeps_what_it_holds);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
