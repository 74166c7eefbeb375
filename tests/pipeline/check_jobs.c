// SPDX-License-Identifier: MIT
// Folders and lists that cannot be read to their end: never taken for shorter ones. readdir() and
// getdelim() fail here when told to (the linker wraps them).

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hmrec/pipeline.h"
#include "suite.h"

struct dirent *__real_readdir(DIR *directory);
struct dirent *__wrap_readdir(DIR *directory);
ssize_t __real_getdelim(char **line, size_t *capacity, int end, FILE *file);
ssize_t __wrap_getdelim(char **line, size_t *capacity, int end, FILE *file);

static int calls_left = -1; // until a call fails; -1: none does
static int failure;         // errno of it

static bool fails(void) {
    if (calls_left < 0 || calls_left-- > 0) return false;
    errno = failure;
    return true;
}

struct dirent *__wrap_readdir(DIR *directory) {
    return fails() ? NULL : __real_readdir(directory);
}

ssize_t __wrap_getdelim(char **line, size_t *capacity, int end, FILE *file) {
    return fails() ? -1 : __real_getdelim(line, capacity, end, file);
}

enum { PICTURES = 5 };

static char folder[] = "/tmp/hmrec-jobs-XXXXXX";
static char told[1024];
static struct hm_error err;

static void on_failed(void *context, const struct hm_error *failed) {
    (void)context;
    snprintf(told, sizeof told, "%s", failed->text);
}

static const struct hm_host host = {.failed = on_failed};

static const char *path_of(const char *name) {
    static char path[sizeof folder + 32];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void make_files(void) {
    char name[32];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    FILE *list = fopen(path_of("list"), "w");
    ck_assert_ptr_nonnull(list);
    for (int i = 0; i < PICTURES; i++) {
        snprintf(name, sizeof name, "%d.jpg", i);
        FILE *file = fopen(path_of(name), "w");
        ck_assert_ptr_nonnull(file);
        fclose(file);
        fprintf(list, "%s\n", path_of(name));
    }
    fclose(list);
}

static void remove_files(void) {
    char name[32];
    for (int i = 0; i < PICTURES; i++) {
        snprintf(name, sizeof name, "%d.jpg", i);
        unlink(path_of(name));
    }
    unlink(path_of("list"));
    rmdir(folder);
}

START_TEST(a_folder_that_fails_is_told_of) {
    static const int reasons[] = {EIO, ENOMEM, EOVERFLOW};
    for (size_t r = 0; r < sizeof reasons / sizeof *reasons; r++)
        for (int before = 0; before < PICTURES; before++) {
            struct hm_jobs jobs = {.host = &host};
            told[0] = '\0';
            failure = reasons[r];
            calls_left = before;
            ck_assert_int_eq(hm_jobs_add_path(&jobs, folder, &err), HM_OK);
            calls_left = -1;
            ck_assert_uint_eq(jobs.failed, 1);
            ck_assert_uint_le(jobs.n, (size_t)before);
            ck_assert_ptr_nonnull(strstr(told, "can't read the folder to its end"));
            ck_assert_ptr_nonnull(strstr(told, strerror(failure)));
            hm_jobs_free(&jobs);
        }
}
END_TEST

START_TEST(a_list_that_fails_ends_the_run) {
    for (int before = 0; before <= PICTURES; before++) {
        struct hm_jobs jobs = {.host = &host};
        failure = ENOMEM;
        calls_left = before;
        ck_assert_int_eq(hm_jobs_add_list(&jobs, path_of("list"), false, &err), HM_EIO);
        calls_left = -1;
        ck_assert_ptr_nonnull(strstr(err.text, strerror(ENOMEM)));
        ck_assert_uint_eq(jobs.n, (size_t)before);
        hm_jobs_free(&jobs);
    }
}
END_TEST

START_TEST(all_is_found) {
    struct hm_jobs jobs = {.host = &host};
    ck_assert_int_eq(hm_jobs_add_path(&jobs, folder, &err), HM_OK);
    ck_assert_int_eq(hm_jobs_add_list(&jobs, path_of("list"), false, &err), HM_OK);
    ck_assert_uint_eq(jobs.n, 2 * PICTURES);
    hm_jobs_finish(&jobs, 1, 1);
    ck_assert_uint_eq(jobs.n, PICTURES); // each file came twice
    ck_assert_uint_eq(jobs.failed, 0);
    hm_jobs_free(&jobs);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pipeline/jobs");
    TCase *tests = tcase_create("failing");
    tcase_add_unchecked_fixture(tests, make_files, remove_files);
    tcase_add_test(tests, all_is_found);
    tcase_add_test(tests, a_folder_that_fails_is_told_of);
    tcase_add_test(tests, a_list_that_fails_ends_the_run);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
