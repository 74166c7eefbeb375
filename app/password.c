// SPDX-License-Identifier: MIT
// Passwords come from a file or a person, are never printed, and are wiped from memory after use.

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "server.h"

enum { PASSWORD_MAX = 1023 }; // bytes

void app_password_free(char *password) {
    if (password) explicit_bzero(password, strlen(password));
    free(password);
}

/** Read up to the end of a line. *length excludes it. */
static enum hm_status read_line(int fd, char line[PASSWORD_MAX + 1], struct hm_error *err) {
    size_t length = 0;
    for (;;) {
        char byte;
        if (!app_wait_readable(fd)) return hm_fail(err, HM_ECANCELED, "interrupted");
        ssize_t got = read(fd, &byte, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return hm_fail_errno(err, "read");
        if (got == 0 || byte == '\n') break;
        if (length == PASSWORD_MAX)
            return hm_fail(err, HM_EFORMAT, "a password of more than %d bytes", PASSWORD_MAX);
        line[length++] = byte;
    }
    if (length && line[length - 1] == '\r') length--;
    line[length] = '\0';
    return HM_OK;
}

static enum hm_status take_line(int fd, char **out, struct hm_error *err) {
    char line[PASSWORD_MAX + 1];
    enum hm_status status = read_line(fd, line, err);
    if (status == HM_OK && !(*out = strdup(line)))
        status = hm_fail(err, HM_ENOMEM, "no memory for a password");
    explicit_bzero(line, sizeof line);
    return status;
}

enum hm_status app_password_read(char **out, const char *path, struct hm_error *err) {
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return hm_fail_errno(err, "password file %s", path);
    enum hm_status status = take_line(fd, out, err);
    if (status != HM_OK) hm_error_prefix(err, "password file %s", path);
    close(fd);
    return status;
}

static void tell(int fd, const char *text) {
    ssize_t sent = write(fd, text, strlen(text));
    (void)sent; // a terminal that takes no prompt still gives an answer
}

enum hm_status app_password_ask(char **out, const char *user, const char *uri,
                                struct hm_error *err) {
    return app_password_ask_as("Password", out, user, uri, err);
}

enum hm_status app_password_ask_as(const char *what, char **out, const char *user, const char *uri,
                                   struct hm_error *err) {
    struct termios before, silent;
    *out = NULL;
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || tcgetattr(fd, &before) != 0) {
        if (fd >= 0) close(fd);
        return HM_OK;
    }
    app_catch_signals(); // a signal must not leave the terminal without echo
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    tcsetattr(fd, TCSAFLUSH, &silent);
    tell(fd, what);
    tell(fd, " of ");
    tell(fd, user);
    tell(fd, " at ");
    tell(fd, uri);
    tell(fd, ": ");
    enum hm_status status = take_line(fd, out, err);
    tcsetattr(fd, TCSAFLUSH, &before);
    tell(fd, "\n");
    close(fd);
    return status;
}
