// SPDX-License-Identifier: MIT
// Asking the hooks, or doing without.

#include "cluster/hooks.h"

#include <stdarg.h>
#include <stdio.h>

#include "clock.h"

uint64_t bolt_hooks_now(const struct bolt_hooks *hooks) {
    return hooks->now_ns ? hooks->now_ns(hooks->context) : hm_now_ns();
}

void bolt_hooks_log(const struct bolt_hooks *hooks, enum bolt_log_level level, const char *format,
                    ...) {
    if (!hooks->log) return;
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    hooks->log(hooks->context, level, line);
}

bool bolt_hooks_cancelled(const struct bolt_hooks *hooks) {
    return hooks->cancelled && hooks->cancelled(hooks->context);
}
