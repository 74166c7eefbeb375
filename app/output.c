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

void app_open_standard(void) {
    sigset_t pipe;
    signal(SIGPIPE, SIG_DFL); // whoever started this may have ignored it; sockets never raise it
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigprocmask(SIG_UNBLOCK, &pipe, NULL);
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

int app_close_output(int code) {
    bool lost = ferror(stdout) != 0;
    errno = 0;
    lost |= fclose(stdout) != 0;
    if (!lost) return code;
    struct hm_error err;
    bool again = told;
    if (errno == 0) errno = EIO; // it was lost earlier, for a reason that is gone
    enum hm_status status = app_output_lost(&err);
    (void)status;
    if (!again) app_complain(&err);
    return code == APP_OK ? APP_FAILED : code;
}
