// SPDX-License-Identifier: MIT
// Error texts: filled in, prefixed, cut without overflow, optional.

#include "hmrec/status.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "path.h"
#include "suite.h"

START_TEST(every_status_has_a_name) {
    for (int i = 0; i < HM_STATUS_COUNT; i++)
        ck_assert_ptr_nonnull(hm_status_name((enum hm_status)i));
    ck_assert_str_eq(hm_status_name((enum hm_status)HM_STATUS_COUNT), "unknown status");
}
END_TEST

START_TEST(fail_fills_and_prefix_leads) {
    struct hm_error err = {.code = "old"};
    ck_assert_int_eq(hm_fail(&err, HM_EFORMAT, "found %d, expected %d", 3, 4), HM_EFORMAT);
    ck_assert_int_eq(hm_error_prefix(&err, "image %s", "a.jpg"), HM_EFORMAT);
    ck_assert_str_eq(err.text, "image a.jpg: found 3, expected 4");
    ck_assert_str_eq(err.code, "");
    hm_fail(&err, HM_EIO, "again: %s", err.text);
    ck_assert_str_eq(err.text, "again: image a.jpg: found 3, expected 4");
}
END_TEST

START_TEST(errno_becomes_text) {
    struct hm_error err;
    errno = ENOENT;
    ck_assert_int_eq(hm_fail_errno(&err, "open %s", "x"), HM_ENOTFOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "open x: No such file"));
    errno = EACCES;
    ck_assert_int_eq(hm_fail_errno(&err, "open"), HM_EIO);
}
END_TEST

START_TEST(long_texts_are_cut) {
    struct hm_error err;
    char text[2000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    hm_fail(&err, HM_EIO, "%s", text);
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
    hm_error_prefix(&err, "%s", "thing");
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
    ck_assert_int_eq(strncmp(err.text, "thing: aaa", 10), 0);
    hm_error_prefix(&err, "%s", text);
    ck_assert_uint_lt(strlen(err.text), sizeof err.text);
}
END_TEST

START_TEST(what_the_system_says_is_never_cut) {
    struct hm_error err;
    char text[2000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (size_t length = 400; length < sizeof text; length += length < 600 ? 1 : 100) {
        errno = ENOENT;
        hm_fail_errno(&err, "%.*s", (int)length, text);
        ck_assert_uint_lt(strlen(err.text), sizeof err.text);
        ck_assert_ptr_nonnull(strstr(err.text, ": No such file or directory"));
        bool whole = strncmp(err.text, text, length) == 0;
        ck_assert_int_eq(whole, strstr(err.text, "...") == NULL);
    }
}
END_TEST

START_TEST(paths_are_whole_or_refused) {
    static char path[HM_PATH_MAX], text[HM_PATH_MAX + 1];
    struct hm_error err;
    memset(text, 'a', HM_PATH_MAX);
    ck_assert_int_eq(hm_path(path, &err, "%s/%d", "folder", 7), HM_OK);
    ck_assert_str_eq(path, "folder/7");
    ck_assert_int_eq(hm_path(path, &err, "%.*s", HM_PATH_MAX - 1, text), HM_OK);
    ck_assert_uint_eq(strlen(path), HM_PATH_MAX - 1);
    ck_assert_int_eq(hm_path(path, &err, "%s", text), HM_EARG);
    ck_assert_str_eq(path, "");
    ck_assert_ptr_nonnull(strstr(err.text, "found a path of 4096 bytes, expected 4095 at most"));
}
END_TEST

START_TEST(error_is_optional) {
    ck_assert_int_eq(hm_fail(NULL, HM_EARG, "x"), HM_EARG);
    ck_assert_int_eq(hm_error_prefix(NULL, "x"), HM_OK);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("status");
    TCase *tests = tcase_create("status");
    tcase_add_test(tests, every_status_has_a_name);
    tcase_add_test(tests, fail_fills_and_prefix_leads);
    tcase_add_test(tests, errno_becomes_text);
    tcase_add_test(tests, long_texts_are_cut);
    tcase_add_test(tests, what_the_system_says_is_never_cut);
    tcase_add_test(tests, paths_are_whole_or_refused);
    tcase_add_test(tests, error_is_optional);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
