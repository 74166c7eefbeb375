// SPDX-License-Identifier: MIT
// What reaches a terminal: no name and no server's word can forge a message, move the cursor or
// make a progress line wrap.

#define _XOPEN_SOURCE 700 // posix_openpt

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "app.h"
#include "utf8.h"

#include "suite.h"

static char shown[16384];

// What `act` writes on stderr, which is a terminal of so many columns, or a pipe (0).
static void show(void (*act)(void), unsigned short columns) {
    int ends[2] = {-1, -1}, before = dup(STDERR_FILENO);
    if (columns) {
        struct winsize size = {.ws_row = 24, .ws_col = columns};
        struct termios raw;
        ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
        ck_assert(ends[0] >= 0 && grantpt(ends[0]) == 0 && unlockpt(ends[0]) == 0);
        ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
        ck_assert_int_eq(ioctl(ends[1], TIOCSWINSZ, &size), 0);
        ck_assert_int_eq(tcgetattr(ends[1], &raw), 0);
        raw.c_oflag &= ~(tcflag_t)OPOST;
        ck_assert_int_eq(tcsetattr(ends[1], TCSANOW, &raw), 0);
    } else {
        ck_assert_int_eq(pipe(ends), 0);
    }
    dup2(ends[1], STDERR_FILENO);
    act();
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    size_t length = 0; // a terminal hands over what was written piece by piece, then EIO
    for (ssize_t got; (got = read(ends[0], shown + length, sizeof shown - 1 - length)) > 0;)
        length += (size_t)got;
    close(ends[0]);
    shown[length] = '\0';
}

static void say_hostile(void) {
    app_say("image %s: not found", "a\nhmrec: all done\x1b[2J\xc2\x9b\xe2\x80\xae\xff.jpg");
}

START_TEST(a_name_cannot_forge_a_message) {
    show(say_hostile, 0);
    ck_assert_str_eq(
        shown, "hmrec: image a\\nhmrec: all done\\x1b[2J\\u009b\\u202e\\xff.jpg: not found\n");
}
END_TEST

static void complain_hostile(void) {
    struct hm_error err;
    hm_fail(&err, HM_ESERVER, "no");
    snprintf(err.code, sizeof err.code, "Neo.\x1b]0;x\nhmrec: ok");
    app_complain(&err);
}

START_TEST(nor_can_the_code_of_a_server) {
    show(complain_hostile, 0);
    ck_assert_str_eq(shown, "hmrec: no (Neo.\\x1b]0;x\\nhmrec: ok)\n");
}
END_TEST

static void usage_hostile(void) {
    static const struct app_command command = {.name = "embed"};
    app_usage(&command, "found \"%s\"", "\r\x1b[K");
}

START_TEST(nor_an_argument) {
    show(usage_hostile, 0);
    ck_assert_str_eq(shown, "hmrec embed: found \"\\r\\x1b[K\"; see hmrec embed --help\n");
}
END_TEST

static void say_lines(void) {
    static const char text[] = "Invalid input\n\"bad\"\n ^\x1b[2J\nhmrec: 5 rows\n";
    app_say_text(text, sizeof text - 1);
}

START_TEST(lines_of_a_server_are_indented) {
    show(say_lines, 0);
    ck_assert_str_eq(shown, "hmrec: Invalid input\n  \"bad\"\n   ^\\x1b[2J\n  hmrec: 5 rows\n");
}
END_TEST

static char long_text[4001];

static void say_long(void) {
    app_say("%s", long_text);
}

static void say_long_text(void) {
    app_say_text(long_text, strlen(long_text));
}

START_TEST(a_long_message_is_cut_and_a_long_text_is_not) {
    for (size_t i = 0; i + 3 < sizeof long_text; i += 3)
        memcpy(long_text + i, "\xe6\x97\xa5", 3); // no cut falls behind each of its bytes
    show(say_long_text, 0);
    ck_assert_uint_eq(strlen(shown), strlen("hmrec: \n") + strlen(long_text));
    ck_assert_uint_eq(hm_utf8_check(shown, strlen(shown)), strlen(shown));
    ck_assert_ptr_null(strchr(shown, '\\'));
    show(say_long, 0);
    ck_assert_ptr_null(strchr(shown, '\\'));
    ck_assert_ptr_nonnull(strstr(shown, "...\n"));
}
END_TEST

static void read_behind_the_end(void) {
    char path[] = "/tmp/hmrec-guard-XXXXXX";
    int fd = mkstemp(path), status;
    ck_assert(fd >= 0 && ftruncate(fd, 1 << 20) == 0);
    const volatile char *map = mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE, fd, 0);
    ck_assert(map != MAP_FAILED && ftruncate(fd, 0) == 0);
    pid_t child = fork();
    if (child == 0) {
        app_guard_file("w\x1b[2J\nhmrec: done");
        _exit(map[4096]);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == APP_FAILED);
    close(fd);
    unlink(path);
}

START_TEST(a_mapped_file_that_is_cut_short_is_said) {
    show(read_behind_the_end, 0);
    ck_assert_str_eq(shown, "hmrec: a file was cut short or became unreadable while it was in use: "
                            "the weights, w?[2J?hmrec: done, or the store\n");
}
END_TEST

static const char *counted;

static void draw_progress(void) {
    struct progress *progress = progress_new(counted, 1000);
    usleep(250 * 1000); // a terminal sees a line every 200 ms
    progress_set(progress, 500);
    progress_free(progress);
}

START_TEST(progress_fits_the_terminal) {
    counted = "pictures \x1b[31m of many kinds \xe6\x97\xa5\xe6\x9c\xac";
    for (unsigned short columns = 10; columns <= 80; columns += 35) {
        show(draw_progress, columns);
        char *start = strstr(shown, "\033[K"), *end = start ? strchr(start, '\r') : NULL;
        ck_assert_ptr_nonnull(end);
        *end = '\0';
        ck_assert_uint_lt(hm_utf8_columns(start + 3), columns);
        ck_assert_ptr_null(strchr(start + 3, '\033'));
        ck_assert_int_eq(strncmp(start + 3, "hmrec: 50", 9), 0);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("messages");
    TCase *tests = tcase_create("messages");
    tcase_add_test(tests, a_name_cannot_forge_a_message);
    tcase_add_test(tests, nor_can_the_code_of_a_server);
    tcase_add_test(tests, nor_an_argument);
    tcase_add_test(tests, lines_of_a_server_are_indented);
    tcase_add_test(tests, a_long_message_is_cut_and_a_long_text_is_not);
    tcase_add_test(tests, a_mapped_file_that_is_cut_short_is_said);
    tcase_add_test(tests, progress_fits_the_terminal);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
