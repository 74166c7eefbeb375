// SPDX-License-Identifier: MIT
/** :sysinfo */
#ifndef HM_APP_CYPHER_SYSINFO_H
#define HM_APP_CYPHER_SYSINFO_H

#include "shell/shell.h"

/** Write down, in the shell's format, which server answers, as whom and where one is, and what is
 *  there. What this user may not ask is left out, and said.
 *  errors  disconnected; those of the connection; HM_EIO: standard output takes no more */
HM_WARN_UNUSED enum hm_status sysinfo_write(struct shell *shell, struct hm_error *err);

#endif
