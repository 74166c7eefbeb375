// SPDX-License-Identifier: MIT
// Where a weights file is looked for when none is named.

#include "inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"

#define FILE_NAME "resnet50v2.safetensors"
#define CONVERTER "convert_weights.py"

// Take path when something is there; else note it for the error text. found: path's own buffer,
// handed over.
static enum hm_status look(char **found, struct hm_buf *looked, const char *folder,
                           struct hm_error *err) {
    struct hm_buf path = {0};
    enum hm_status status = hm_buf_printf(&path, err, "%s/" FILE_NAME, folder);
    if (status == HM_OK && access(path.data, F_OK) == 0) {
        *found = path.data;
        return HM_OK;
    }
    if (status == HM_OK)
        status = hm_buf_printf(looked, err, "%s%s", looked->length ? ", " : "", path.data);
    hm_buf_free(&path);
    return status;
}

static enum hm_status say_none(const char *share, const char *looked, struct hm_error *err) {
    struct hm_buf installed = {0};
    if (share) HM_TRY(hm_buf_printf(&installed, err, "%s/" CONVERTER, share));
    bool there = share && access(installed.data, F_OK) == 0;
    enum hm_status status = hm_fail(
        err, HM_ENOTFOUND,
        "no weights found: get the trained ones with python3 %s --download -o weights/" FILE_NAME
        ", or make seeded ones with hmrec weights random -o weights/" FILE_NAME "; looked for %s",
        there ? installed.data : "tools/" CONVERTER, looked);
    hm_buf_free(&installed);
    return status;
}

enum hm_status hm_weights_find(char **path, const char *given, const char *data_home,
                               const char *share, struct hm_error *err) {
    *path = NULL;
    if (given && *given) {
        if (access(given, F_OK) != 0) return hm_fail_errno(err, "weights file %s", given);
        *path = strdup(given);
        return *path ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a path");
    }
    struct hm_buf home = {0}, looked = {0};
    enum hm_status status = HM_OK;
    if (data_home && *data_home) status = hm_buf_printf(&home, err, "%s/hmrec", data_home);
    const char *const folders[] = {"weights", home.data, share};
    for (size_t i = 0; i < sizeof folders / sizeof *folders && status == HM_OK && !*path; i++)
        if (folders[i]) status = look(path, &looked, folders[i], err);
    if (status == HM_OK && !*path) status = say_none(share, looked.data, err);
    hm_buf_free(&home);
    hm_buf_free(&looked);
    return status;
}
