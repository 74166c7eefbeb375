// SPDX-License-Identifier: MIT
// Sealed files are on the disk before the first of them is put in its place: a disk that is full
// has said so by then.

#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "path.h"

enum { BLOCK_BYTES = 1 << 20 };
#define PART ".part"

static bool names_ours(const char *name, bool (*is_ours)(const char *name)) {
    char whole[HM_PATH_MAX];
    const size_t length = strlen(name), ending = sizeof PART - 1;
    if (is_ours(name)) return true;
    if (length <= ending || length >= sizeof whole) return false;
    if (strcmp(name + length - ending, PART) != 0) return false;
    memcpy(whole, name, length - ending);
    whole[length - ending] = '\0';
    return is_ours(whole);
}

static enum hm_status check_folder(const char *folder, bool (*is_ours)(const char *name),
                                   struct hm_error *err) {
    DIR *entries = opendir(folder);
    if (!entries) return hm_fail_errno(err, "%s: cannot be read", folder);
    enum hm_status status = HM_OK;
    const struct dirent *entry;
    errno = 0;
    while (status == HM_OK && (entry = readdir(entries))) {
        bool dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!dots && !names_ours(entry->d_name, is_ours))
            status = hm_fail(err, HM_ECONFLICT,
                             "%s: found %s there, expected a new or empty folder, or the files of "
                             "an earlier export alone",
                             folder, entry->d_name);
        errno = 0;
    }
    if (status == HM_OK && errno) status = hm_fail_errno(err, "%s: cannot be read", folder);
    closedir(entries);
    return status;
}

enum hm_status admin_files_begin(struct admin_files *files, bool (*is_ours)(const char *name),
                                 struct hm_error *err) {
    files->made = mkdir(files->folder, 0777) == 0;
    if (!files->made && errno != EEXIST)
        return hm_fail_errno(err, "%s: cannot be made", files->folder);
    return check_folder(files->folder, is_ours, err);
}

static enum hm_status write_block(struct admin_files *files, struct hm_error *err) {
    const size_t length = files->block.length;
    files->block.length = 0;
    return output_write(&files->outputs[files->n - 1], files->block.data, length, err);
}

enum hm_status admin_files_spill(struct admin_files *files, struct hm_error *err) {
    return files->block.length < BLOCK_BYTES ? HM_OK : write_block(files, err);
}

static enum hm_status seal_last(struct admin_files *files, struct hm_error *err) {
    if (!files->n) return HM_OK;
    HM_TRY(write_block(files, err));
    return output_seal(&files->outputs[files->n - 1], err);
}

enum hm_status admin_files_next(struct admin_files *files, const char *name, struct hm_error *err) {
    char path[HM_PATH_MAX];
    HM_TRY(seal_last(files, err));
    HM_TRY(hm_path(path, err, "%s/%s", files->folder, name));
    HM_TRY(hm_grow(&files->outputs, &files->capacity, files->n + 1, sizeof *files->outputs, err));
    struct output *output = &files->outputs[files->n++];
    *output = (struct output){0};
    return output_create(output, path, err);
}

enum hm_status admin_files_place(struct admin_files *files, struct hm_error *err) {
    HM_TRY(seal_last(files, err));
    const char *last = files->outputs[files->n - 1].name;
    if (unlink(last) != 0 && errno != ENOENT) return hm_fail_errno(err, "remove %s", last);
    for (size_t i = 0; i < files->n; i++)
        HM_TRY(output_finish(&files->outputs[i], err));
    files->n = 0;
    files->made = false;
    return HM_OK;
}

void admin_files_end(struct admin_files *files) {
    for (size_t i = 0; i < files->n; i++)
        output_abandon(&files->outputs[i], true);
    if (files->made) rmdir(files->folder);
    free(files->outputs);
    hm_buf_free(&files->block);
    *files = (struct admin_files){0};
}
