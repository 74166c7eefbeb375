// SPDX-License-Identifier: MIT
// The first SIGINT or SIGTERM asks the run to end well, the second one ends it.

#include <signal.h>
#include <string.h>

#include "app.h"

static volatile sig_atomic_t caught;

static void on_signal(int number) {
    caught = number;
}

void app_catch_signals(void) {
    struct sigaction action;
    caught = 0;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int app_signal(void) {
    return caught;
}
