// SPDX-License-Identifier: MIT
// The pipeline's host: what it has to say goes to stderr, and a signal cancels it.

#include <string.h>

#include "app.h"

static struct progress *shown; // of the job at hand

static void host_note(void *context, const char *line) {
    (void)context;
    app_note("%s", line);
}

static void host_failed(void *context, const struct hm_error *err) {
    (void)context;
    app_complain(err);
}

static void host_progress(void *context, const char *what, uint64_t done, uint64_t total) {
    (void)context;
    if (!shown || strcmp(what, progress_what(shown)) != 0) {
        progress_free(shown);
        shown = progress_new(what, total);
    }
    if (total && done >= total)
        app_host_rest();
    else
        progress_set(shown, done);
}

void app_host_rest(void) {
    progress_free(shown);
    shown = NULL;
}

static bool host_cancelled(void *context) {
    (void)context;
    return app_signal() != 0;
}

const struct hm_host *app_host(void) {
    static const struct hm_host host = {.note = host_note,
                                        .failed = host_failed,
                                        .progress = host_progress,
                                        .cancelled = host_cancelled};
    return &host;
}
