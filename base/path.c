// SPDX-License-Identifier: MIT
#include "path.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum hm_status hm_path(char path[HM_PATH_MAX], struct hm_error *err, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int length = vsnprintf(path, HM_PATH_MAX, format, args);
    va_end(args);
    if (length >= 0 && length < HM_PATH_MAX) return HM_OK;
    enum hm_status status =
        hm_fail(err, HM_EARG, "%.200s...: found a path of %d bytes, expected %d at most", path,
                length, HM_PATH_MAX - 1);
    path[0] = '\0';
    return status;
}

bool hm_path_ends(const char *path, const char *ending) {
    size_t length = strlen(path), n = strlen(ending);
    return length > n && strcasecmp(path + length - n, ending) == 0;
}
