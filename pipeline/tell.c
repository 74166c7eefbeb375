// SPDX-License-Identifier: MIT
// Lines for the host: formatted here, so that it gets a finished text.

#include "tell.h"

#include <stdarg.h>
#include <stdio.h>

void tell_note(const struct hm_host *host, const char *format, ...) {
    if (!host || !host->note) return;
    struct hm_error line; // as long as any other line for a person
    va_list args;
    va_start(args, format);
    vsnprintf(line.text, sizeof line.text, format, args);
    va_end(args);
    host->note(host->context, line.text);
}

void tell_failed(const struct hm_host *host, const struct hm_error *err) {
    if (host && host->failed) host->failed(host->context, err);
}

void tell_failure(const struct hm_host *host, enum hm_status status, const char *format, ...) {
    struct hm_error err = {.status = status};
    va_list args;
    va_start(args, format);
    vsnprintf(err.text, sizeof err.text, format, args);
    va_end(args);
    tell_failed(host, &err);
}

void tell_progress(const struct hm_host *host, const char *what, uint64_t done, uint64_t total) {
    if (host && host->progress) host->progress(host->context, what, done, total);
}

bool host_cancelled(const struct hm_host *host) {
    return host && host->cancelled && host->cancelled(host->context);
}

enum hm_status stop_if_cancelled(const struct hm_host *host, const char *text,
                                 struct hm_error *err) {
    return host_cancelled(host) ? hm_fail(err, HM_ECANCELED, "%s", text) : HM_OK;
}
