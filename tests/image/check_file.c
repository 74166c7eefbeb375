// SPDX-License-Identifier: MIT
// Reading files whole, and what cannot be read.

#include "hmrec/image.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"

static char folder[] = "/tmp/hmrec-file-XXXXXX";
static char path[sizeof folder + 16];
static struct hm_image_file file;

static void put(const char *name, const void *bytes, size_t length) {
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, length), (ssize_t)length);
    close(fd);
}

static void expect_error(enum hm_status expected, const char *reason) {
    struct hm_error err = {0};
    ck_assert_int_eq(hm_image_file_read(&file, path, &err), expected);
    ck_assert_msg(strstr(err.text, path) == err.text, "\"%s\" does not begin with the path",
                  err.text);
    ck_assert_msg(strstr(err.text, reason) != NULL, "\"%s\" lacks \"%s\"", err.text, reason);
    ck_assert_uint_eq(file.length, 0);
}

START_TEST(reads_and_reuses) {
    static const char *const contents[] = {"a longer text", "", "short",
                                           "a text that is longer than all the others"};
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        struct hm_error err = {0};
        put("f.jpg", contents[i], strlen(contents[i]));
        ck_assert_msg(hm_image_file_read(&file, path, &err) == HM_OK, "%s", err.text);
        ck_assert_uint_eq(file.length, strlen(contents[i]));
        ck_assert_int_eq(memcmp(file.bytes, contents[i], file.length), 0);
    }
    hm_image_file_free(&file);
    ck_assert_ptr_null(file.bytes);
    hm_image_file_free(&file); // freeing nothing is allowed
}
END_TEST

START_TEST(refuses) {
    snprintf(path, sizeof path, "%s/none.jpg", folder);
    expect_error(HM_ENOTFOUND, "no such file");
    snprintf(path, sizeof path, "%s", folder);
    expect_error(HM_EIO, "is a folder, expected a file");
    snprintf(path, sizeof path, "%s/pipe.jpg", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    expect_error(HM_EIO, "is not a regular file");
    put("huge.jpg", "", 0);
    ck_assert_int_eq(truncate(path, (off_t)HM_IMAGE_MAX_FILE_BYTES + 1), 0);
    expect_error(HM_EIO, "expected at most");
    put("locked.jpg", "x", 1);
    if (geteuid() != 0) { // root may read everything
        ck_assert_int_eq(chmod(path, 0), 0);
        expect_error(HM_EIO, "Permission denied");
    }
}
END_TEST

static void remove_folder(void) {
    static const char *const names[] = {"f.jpg", "pipe.jpg", "huge.jpg", "locked.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

int main(void) {
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    Suite *suite = suite_create("image/file");
    TCase *tests = tcase_create("file");
    tcase_add_test(tests, reads_and_reuses);
    tcase_add_test(tests, refuses);
    suite_add_tcase(suite, tests);
    int status = suite_run(suite, 0);
    remove_folder();
    return status;
}
