// SPDX-License-Identifier: MIT
// Where the files are that are installed beside the program. The prefix is looked up when it runs,
// since `cmake --install --prefix` and whoever unpacks an archive choose it after it was built.

#include <string.h>
#include <unistd.h>

#include "mem.h"
#include "resources.h"

// Length of PREFIX in "PREFIX/BINDIR/hmrec"; 0 when the program is not in a folder of that name.
static size_t prefix_length(const char *program) {
    static const char bin[] = "/" HM_BINDIR;
    const char *name = strrchr(program, '/');
    size_t folder = name ? (size_t)(name - program) : 0, tail = sizeof bin - 1;
    if (folder <= tail || memcmp(program + folder - tail, bin, tail) != 0) return 0;
    return folder - tail;
}

enum hm_status app_share_folder(char **folder, struct hm_error *err) {
    struct hm_buf path = {0};
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    size_t prefix = prefix_length(program);
    if (prefix)
        HM_TRY(hm_buf_printf(&path, err, "%.*s/%s/hmrec", (int)prefix, program, HM_DATADIR));
    else
        HM_TRY(hm_buf_printf(&path, err, "%s", HM_SHARE_DIR));
    *folder = path.data;
    return HM_OK;
}
