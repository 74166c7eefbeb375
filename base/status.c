// SPDX-License-Identifier: MIT
// Error texts. Nothing here allocates, so that running out of memory can be reported too.

#include "hmrec/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const status_names[HM_STATUS_COUNT] = {
    [HM_OK] = "ok",
    [HM_EARG] = "invalid argument",
    [HM_ENOMEM] = "out of memory",
    [HM_EIO] = "input/output error",
    [HM_EFORMAT] = "malformed data",
    [HM_ENOTFOUND] = "not found",
    [HM_ECONFLICT] = "conflict",
    [HM_ETLS] = "TLS error",
    [HM_EPROTO] = "protocol error",
    [HM_ESERVER] = "server error",
    [HM_ERETRY] = "temporary failure",
    [HM_ETIMEOUT] = "timed out",
    [HM_ECANCELED] = "interrupted",
    [HM_EUNSUPPORTED] = "not supported",
};

const char *hm_status_name(enum hm_status status) {
    return (unsigned)status < HM_STATUS_COUNT ? status_names[status] : "unknown status";
}

enum hm_status hm_fail(struct hm_error *err, enum hm_status status, const char *format, ...) {
    if (!err) return status;
    char text[sizeof err->text]; // format may refer to err's old text
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    err->status = status;
    err->code[0] = '\0';
    memcpy(err->text, text, sizeof text);
    return status;
}

enum hm_status hm_fail_errno(struct hm_error *err, const char *format, ...) {
    int saved = errno;
    if (!err) return HM_EIO;
    char text[sizeof err->text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char reason[128] = "";
    if (strerror_r(saved, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "errno %d", saved);
    enum hm_status status = saved == ENOENT ? HM_ENOTFOUND : HM_EIO;
    int room = (int)(sizeof err->text - sizeof "...: " - strlen(reason));
    bool cut = (int)strlen(text) > room;
    hm_fail(err, status, "%.*s%s: %s", room, text, cut ? "..." : "", reason);
    return status;
}

enum hm_status hm_error_prefix(struct hm_error *err, const char *format, ...) {
    if (!err) return HM_OK;
    char prefix[sizeof err->text];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(prefix, sizeof prefix, format, args);
    va_end(args);
    if (length < 0) return err->status;
    size_t keep = (size_t)length < sizeof prefix - 3 ? (size_t)length : sizeof prefix - 3;
    size_t rest = strnlen(err->text, sizeof err->text - 1);
    if (rest > sizeof err->text - keep - 3) rest = sizeof err->text - keep - 3;
    memmove(err->text + keep + 2, err->text, rest);
    err->text[keep + 2 + rest] = '\0';
    memcpy(err->text, prefix, keep);
    memcpy(err->text + keep, ": ", 2);
    return err->status;
}
