// SPDX-License-Identifier: MIT
// Files that are whole or not there. A link is followed first, so that the file behind it is
// replaced and not the link.

#include "output.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum hm_status write_failed(const struct output *output, struct hm_error *err) {
    return hm_fail_errno(err, "write %s", output->written);
}

static char *joined(const char *name, const char *ending) {
    size_t size = strlen(name) + strlen(ending) + 1;
    char *text = malloc(size);
    if (text) snprintf(text, size, "%s%s", name, ending);
    return text;
}

// Settle what is written for a name.
static enum hm_status name_output(struct output *output, const char *name, struct hm_error *err) {
    struct stat st;
    bool standard = strcmp(name, "-") == 0, there = !standard && stat(name, &st) == 0;
    output->name = there ? realpath(name, NULL) : strdup(name);
    output->direct = standard || (there && !S_ISREG(st.st_mode));
    if (output->name) output->written = joined(output->name, output->direct ? "" : ".part");
    if (output->written) return HM_OK;
    return hm_fail(err, HM_ENOMEM, "no memory to write %s", name);
}

enum hm_status output_create(struct output *output, const char *name, struct hm_error *err) {
    HM_TRY(name_output(output, name, err));
    output->file = strcmp(name, "-") == 0 ? stdout : fopen(output->written, "wb");
    output->made = output->file != NULL;
    return output->file ? HM_OK : hm_fail_errno(err, "create %s", output->written);
}

static enum hm_status copy_file(struct output *output, FILE *from, struct hm_error *err) {
    char block[1 << 16];
    size_t length;
    while ((length = fread(block, 1, sizeof block, from)) > 0)
        HM_TRY(output_write(output, block, length, err));
    if (ferror(from)) return hm_fail_errno(err, "read %s", output->name);
    HM_TRY(output_flush(output, err));
    rewind(output->file);
    return HM_OK;
}

enum hm_status output_resume(struct output *output, const char *name, bool *found,
                             struct hm_error *err) {
    HM_TRY(name_output(output, name, err));
    if (output->direct)
        return hm_fail(err, HM_EARG, "%s: found no regular file, expected one to go on with", name);
    output->file = fopen(output->written, "r+b");
    *found = output->file != NULL;
    if (output->file) return HM_OK;
    if (errno != ENOENT) return hm_fail_errno(err, "open %s", output->written);
    FILE *finished = fopen(output->name, "rb");
    if (!finished && errno != ENOENT) return hm_fail_errno(err, "open %s", output->name);
    *found = finished != NULL;
    output->file = fopen(output->written, "w+b");
    output->made = output->file != NULL;
    enum hm_status status = output->file ? HM_OK : hm_fail_errno(err, "create %s", output->written);
    if (status == HM_OK && finished) status = copy_file(output, finished, err);
    if (finished) fclose(finished);
    // Half a copy must not be taken for an unfinished run's file.
    if (status != HM_OK) output_abandon(output, true);
    return status;
}

enum hm_status output_write(struct output *output, const void *bytes, size_t length,
                            struct hm_error *err) {
    if (length && fwrite(bytes, length, 1, output->file) != 1) return write_failed(output, err);
    return HM_OK;
}

enum hm_status output_flush(struct output *output, struct hm_error *err) {
    return fflush(output->file) == 0 ? HM_OK : write_failed(output, err);
}

enum hm_status output_cut(struct output *output, uint64_t length, struct hm_error *err) {
    HM_TRY(output_flush(output, err));
    if (ftruncate(fileno(output->file), (off_t)length) != 0 ||
        fseeko(output->file, (off_t)length, SEEK_SET) != 0)
        return write_failed(output, err);
    return HM_OK;
}

enum hm_status output_sync(struct output *output, struct hm_error *err) {
    HM_TRY(output_flush(output, err));
    if (!output->direct && fsync(fileno(output->file)) != 0) return write_failed(output, err);
    return HM_OK;
}

static int close_output(struct output *output) {
    int failed = !output->file ? 0 : output->file == stdout ? fflush(stdout) : fclose(output->file);
    output->file = NULL;
    return failed;
}

static void forget(struct output *output) {
    free(output->name);
    free(output->written);
    *output = (struct output){0};
}

enum hm_status output_seal(struct output *output, struct hm_error *err) {
    enum hm_status status = output_sync(output, err);
    if (close_output(output) != 0 && status == HM_OK) status = write_failed(output, err);
    return status;
}

enum hm_status output_finish(struct output *output, struct hm_error *err) {
    enum hm_status status = output->file ? output_seal(output, err) : HM_OK;
    if (status == HM_OK && !output->direct && rename(output->written, output->name) != 0)
        status = hm_fail_errno(err, "rename %s to %s", output->written, output->name);
    forget(output);
    return status;
}

void output_abandon(struct output *output, bool remove) {
    close_output(output); // what could not be written has been told, or is not wanted
    if (remove && output->made && !output->direct) unlink(output->written);
    forget(output);
}
