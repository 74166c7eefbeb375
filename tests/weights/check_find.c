// SPDX-License-Identifier: MIT
// The search order of weights files.

#include "hmrec/weights.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"

#define SHARE "share/hmrec"

static char folder[] = "/tmp/hmrec-find-XXXXXX";

static void touch(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static void expect(const char *given, const char *data_home, const char *expected) {
    char *path;
    struct hm_error err = {0};
    ck_assert_msg(hm_weights_find(&path, given, data_home, SHARE, &err) == HM_OK, "%s", err.text);
    ck_assert_str_eq(path, expected);
    free(path);
}

static void expect_names_places(const struct hm_error *err) {
    static const char *const named[] = {
        "weights/resnet50v2.safetensors",
        "data/hmrec/resnet50v2.safetensors",
        "share/hmrec/resnet50v2.safetensors",
        "python3 tools/convert_weights.py --download",
        "weights random",
    };
    ck_assert_int_eq(err->status, HM_ENOTFOUND);
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        ck_assert_msg(strstr(err->text, named[i]) != NULL, "%s is not in: %s", named[i], err->text);
}

START_TEST(test_search_order) {
    char *path;
    struct hm_error err = {0};
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(hm_weights_find(&path, NULL, "data", SHARE, &err), HM_ENOTFOUND);
    expect_names_places(&err);
    ck_assert_int_eq(hm_weights_find(&path, NULL, NULL, NULL, &err), HM_ENOTFOUND);
    ck_assert_int_eq(hm_weights_find(&path, "mine", "data", SHARE, &err), HM_ENOTFOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "mine"));

    ck_assert_int_eq(mkdir("share", 0700) | mkdir(SHARE, 0700), 0);
    touch(SHARE "/convert_weights.py");
    ck_assert_int_eq(hm_weights_find(&path, NULL, "data", SHARE, &err), HM_ENOTFOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "python3 " SHARE "/convert_weights.py --download"));

    // Each place that is filled hides those after it.
    touch(SHARE "/resnet50v2.safetensors");
    expect(NULL, "data", SHARE "/resnet50v2.safetensors");
    ck_assert_int_eq(mkdir("data", 0700) | mkdir("data/hmrec", 0700) | mkdir("weights", 0700), 0);
    touch("data/hmrec/resnet50v2.safetensors");
    expect(NULL, "data", "data/hmrec/resnet50v2.safetensors");
    touch("weights/resnet50v2.safetensors");
    expect("", "data", "weights/resnet50v2.safetensors");
    touch("mine");
    expect("mine", "data", "mine");
}
END_TEST

int main(void) {
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    Suite *suite = suite_create("weights/find");
    TCase *tests = tcase_create("search order");
    tcase_add_test(tests, test_search_order);
    suite_add_tcase(suite, tests);
    int result = suite_run(suite, 0);
    char command[sizeof folder + 16];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? result : EXIT_FAILURE;
}
