// SPDX-License-Identifier: MIT
/** Names of files, of the length that the system takes. */
#ifndef HM_PATH_H
#define HM_PATH_H

#include <stdbool.h>

#include "hmrec/status.h"

enum { HM_PATH_MAX = 4096 }; // with the NUL; Linux takes no longer one

/** Print a path.
 *  path    out; "" on error: a path that was cut would name another file
 *  errors  HM_EARG: longer than HM_PATH_MAX - 1 bytes */
HM_WARN_UNUSED HM_PRINTF(3, 4) enum hm_status
    hm_path(char path[HM_PATH_MAX], struct hm_error *err, const char *format, ...);

/** Whether a name ends like that, in letters of either case, and is more than the ending. */
bool hm_path_ends(const char *path, const char *ending);

#endif
