// SPDX-License-Identifier: MIT
// The first SIGINT, SIGTERM or SIGHUP asks the run to end well, the second one ends it.

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#include "app.h"

static volatile sig_atomic_t caught;

static void on_signal(int number) {
    caught = number;
}

static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
enum { SIGNALS = sizeof numbers / sizeof *numbers };

void app_catch_signals(void) {
    struct sigaction action, before;
    caught = 0;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < SIGNALS; i++)
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
}

static char cut_short[4352];

static void on_bus_error(int number) {
    (void)number;
    ssize_t ignored = write(STDERR_FILENO, cut_short, strlen(cut_short));
    (void)ignored;
    _exit(APP_FAILED);
}

void app_guard_file(const char *path) {
    struct sigaction action;
    int length = snprintf(cut_short, sizeof cut_short,
                          "hmrec: a file was cut short or became unreadable while it was in use: "
                          "the weights, %.4096s, or the store\n",
                          path);
    for (int i = 0; i < length - 1; i++)
        if ((unsigned char)cut_short[i] < ' ' || cut_short[i] == 0x7f) cut_short[i] = '?';
    memset(&action, 0, sizeof action);
    action.sa_handler = on_bus_error;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

int app_signal(void) {
    return caught;
}

bool app_wait_readable(int fd) {
    return app_wait_readable_for(fd, 0) != APP_WAIT_SIGNAL;
}

enum app_wait app_wait_readable_for(int fd, unsigned seconds) {
    const struct timespec limit = {.tv_sec = (time_t)seconds};
    sigset_t ours, before;
    sigemptyset(&ours);
    for (int i = 0; i < SIGNALS; i++)
        sigaddset(&ours, numbers[i]);
    pthread_sigmask(SIG_BLOCK, &ours, &before); // from here to pselect a signal has to wait
    int ready = 0;
    while (!caught && ready == 0) {
        fd_set wanted;
        FD_ZERO(&wanted);
        FD_SET(fd, &wanted);
        ready = pselect(fd + 1, &wanted, NULL, NULL, seconds ? &limit : NULL, &before);
        if (ready == 0 && seconds) break;
        if (ready < 0 && errno == EINTR) ready = 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (caught) return APP_WAIT_SIGNAL;
    return ready == 0 ? APP_WAIT_TIMEOUT : APP_WAIT_READY; // trouble shows when fd is read
}

int app_ended(enum hm_status status, const struct hm_error *err) {
    app_host_rest();
    app_complain(err);
    return status == HM_ECANCELED && app_signal() ? 128 + app_signal() : APP_FAILED;
}
