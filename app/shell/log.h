// SPDX-License-Identifier: MIT
/** --log: what goes over the wire, without its secrets. */
#ifndef HM_APP_CYPHER_LOG_H
#define HM_APP_CYPHER_LOG_H

#include <stdbool.h>

#include "hmrec/bolt.h"

/** Append to a file that its owner alone can read ("-": stderr), until log_close. */
HM_WARN_UNUSED enum hm_status log_open(const char *path, struct hm_error *err);
void log_close(void);
/** Whether statements are secret from now on: they come without strings and parameters. */
void log_hide(bool hide);
/** Whether what has this name is nothing for a log. */
bool log_is_secret(const char *name);
/** Let a driver write to it; nothing where none is open. */
void log_attach(struct bolt_hooks *hooks);

#endif
