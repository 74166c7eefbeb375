// SPDX-License-Identifier: MIT
// The first SIGINT, SIGTERM or SIGHUP asks the run to end well, the second one ends it.

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>

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

int app_signal(void) {
    return caught;
}

bool app_wait_readable(int fd) {
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
        ready = pselect(fd + 1, &wanted, NULL, NULL, NULL, &before);
        if (ready < 0 && errno == EINTR) ready = 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return !caught; // any other trouble shows when fd is read
}

int app_ended(enum hm_status status, const struct hm_error *err) {
    app_host_rest();
    app_complain(err);
    return status == HM_ECANCELED && app_signal() ? 128 + app_signal() : APP_FAILED;
}
