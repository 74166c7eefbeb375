// SPDX-License-Identifier: MIT
// Standard output is checked in one place for every command: a result that was not written is a
// failure.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "app.h"

static bool told; // that it takes no more
static int cause; // errno of the first write that failed; 0: none, or not known
// As large as most results, so that a write that fails does so in a flush, which tells why.
static char buffer[1 << 16];

void app_open_standard(void) {
    sigset_t pipe;
    signal(SIGPIPE, SIG_DFL); // whoever started this may have ignored it; sockets never raise it
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigprocmask(SIG_UNBLOCK, &pipe, NULL);
    if (!isatty(STDOUT_FILENO)) setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
            // The wrong way round: reading from 0 or writing to 1 still fails, as it did when
            // closed.
            int null = open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
            (void)null; // the lowest number that is free: fd
        }
}

enum hm_status app_output_lost(struct hm_error *err) {
    told = true;
    return hm_fail_errno(err, "standard output");
}

void app_flush_output(void) {
    if (fflush(stdout) != 0 && cause == 0) cause = errno;
}

int app_close_output(int code) {
    bool lost = ferror(stdout) != 0;
    errno = 0;
    if (fclose(stdout) != 0) lost = true;
    if (!lost) return code;
    if (cause == 0) cause = errno;
    struct hm_error err;
    errno = cause;
    enum hm_status status =
        cause ? hm_fail_errno(&err, "standard output")
              : hm_fail(&err, HM_EIO, "standard output: not all of it could be written");
    (void)status;
    if (!told) app_complain(&err);
    return code == APP_OK ? APP_FAILED : code;
}
