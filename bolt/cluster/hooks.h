// SPDX-License-Identifier: MIT
/** The caller's hooks as the rooms above the wire ask them: each with what is done without one. */
#ifndef BOLT_HOOKS_H
#define BOLT_HOOKS_H

#include "hmrec/bolt.h"

/** Nanoseconds of hooks->now_ns, or of the machine's monotonic clock. */
uint64_t bolt_hooks_now(const struct bolt_hooks *hooks);
/** One line for hooks->log; a line of more than 511 bytes is cut. */
HM_PRINTF(3, 4)
void bolt_hooks_log(const struct bolt_hooks *hooks, enum bolt_log_level level, const char *format,
                    ...);
/** True when hooks->cancelled says so. */
bool bolt_hooks_cancelled(const struct bolt_hooks *hooks);

#endif
