// SPDX-License-Identifier: MIT
// Manual pages and completions are written from the tables of commands and options at build time,
// so that they cannot drift.

#include <string.h>

#include "describe.h"
#include "resources.h"
#include "path.h"

void app_visit(const struct app_command *commands, size_t n,
               void (*visit)(const struct app_command *command, const struct app_option *options)) {
    app_describe = visit;
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s", commands[i].name);
        commands[i].run(&commands[i], 1, (char *[]){name, NULL});
    }
    app_describe = NULL;
}

bool app_takes_file(const struct app_option *option) {
    const char *metavar = option->metavar;
    return metavar && (strncmp(metavar, "FILE", 4) == 0 || strcmp(metavar, "DIR") == 0 ||
                       strcmp(metavar, "URI") == 0);
}

void app_put_names(FILE *out, const struct app_choice *list) {
    const char *between = "";
    for (; list->name; list++) {
        if (!list->meaning) continue;
        fprintf(out, "%s%s", between, list->name);
        between = " ";
    }
}

FILE *app_page_open(const char *folder, const char *name) {
    char path[HM_PATH_MAX];
    struct hm_error err;
    FILE *out = NULL;
    enum hm_status status = hm_path(path, &err, "%s/%s", folder, name);
    if (status == HM_OK) status = app_make_folders(path, 0777, &err);
    if (status == HM_OK && !(out = fopen(path, "w")))
        status = hm_fail_errno(&err, "%s: cannot be made", path);
    if (status != HM_OK) app_complain(&err);
    return out;
}

int app_page_close(FILE *out, const char *name) {
    struct hm_error err;
    bool lost = ferror(out) != 0;
    if (fclose(out) == 0 && !lost) return APP_OK;
    enum hm_status status = hm_fail_errno(&err, "%s: cannot be written", name);
    (void)status;
    return app_complain(&err);
}

int app_generate(const struct app_command *commands, size_t n, const char *folder) {
    static app_pages_fn *const writers[] = {app_write_man, app_write_bash, app_write_zsh,
                                            app_write_fish};
    int code = APP_OK;
    for (size_t i = 0; i < sizeof writers / sizeof *writers && code == APP_OK; i++)
        code = writers[i](commands, n, folder);
    return code;
}
