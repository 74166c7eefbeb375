// SPDX-License-Identifier: MIT
// Writes weights as safetensors (byte table: weights/README.md). tools/convert_weights.py writes
// the same bytes for the same tensors and metadata: tensors in the order of the network, no blanks
// in the JSON, the header padded to a multiple of 64.

#include "inside.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

enum { DATA_ALIGN = 64, LENGTH_BYTES = 8, TEMPORARY_NAMES = 100 };

static bool add_metadata(cJSON *root, const struct hm_weights *w) {
    const struct {
        const char *key, *value;
    } fields[] = {
        {"model", w->network->name},
        {"source", w->source},
        {"source_sha256", w->source_sha256},
        {"random_seed", w->random_seed},
    };
    cJSON *metadata = cJSON_AddObjectToObject(root, "__metadata__");
    bool done = metadata != NULL;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (done && fields[i].value[0])
            done = cJSON_AddStringToObject(metadata, fields[i].key, fields[i].value);
    return done;
}

static bool add_number(cJSON *array, size_t value) {
    cJSON *number = cJSON_CreateNumber((double)value);
    return number && cJSON_AddItemToArray(array, number);
}

static bool add_tensor(cJSON *root, const struct hm_weights_spec *spec, size_t *offset) {
    cJSON *entry = cJSON_AddObjectToObject(root, spec->name);
    bool done = entry && cJSON_AddStringToObject(entry, "dtype", "F32");
    cJSON *shape = done ? cJSON_AddArrayToObject(entry, "shape") : NULL;
    done = shape != NULL;
    for (size_t i = 0; i < spec->rank && done; i++)
        done = add_number(shape, spec->shape[i]);
    cJSON *offsets = done ? cJSON_AddArrayToObject(entry, "data_offsets") : NULL;
    done = offsets && add_number(offsets, *offset);
    *offset += hm_weights_count(spec) * sizeof(float);
    return done && add_number(offsets, *offset);
}

// Length and JSON, padded with blanks so that the data starts at a multiple of DATA_ALIGN.
static enum hm_status build_header(struct hm_buf *out, const struct hm_weights *w,
                                   struct hm_error *err) {
    size_t count, offset = 0;
    const struct hm_weights_spec *specs = hm_weights_specs(w->network, &count);
    cJSON *root = cJSON_CreateObject();
    bool done = root && add_metadata(root, w);
    for (size_t i = 0; i < count && done; i++)
        done = add_tensor(root, &specs[i], &offset);
    char *json = done ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    if (!json) return hm_fail(err, HM_ENOMEM, "no memory for the header");

    size_t length = strlen(json);
    size_t padded =
        (LENGTH_BYTES + length + DATA_ALIGN - 1) / DATA_ALIGN * DATA_ALIGN - LENGTH_BYTES;
    unsigned char little[LENGTH_BYTES];
    for (unsigned i = 0; i < LENGTH_BYTES; i++)
        little[i] = (unsigned char)((uint64_t)padded >> 8 * i);
    enum hm_status status = hm_buf_append(out, little, LENGTH_BYTES, err);
    if (status == HM_OK) status = hm_buf_append(out, json, length, err);
    if (status == HM_OK) status = hm_buf_printf(out, err, "%*s", (int)(padded - length), "");
    free(json);
    return status;
}

static enum hm_status write_all(int fd, const void *bytes, size_t length, struct hm_error *err) {
    for (const char *at = bytes; length;) {
        ssize_t written = write(fd, at, length);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return hm_fail_errno(err, "cannot be written");
        at += written;
        length -= (size_t)written;
    }
    return HM_OK;
}

static enum hm_status write_file(int fd, const struct hm_weights *w, struct hm_error *err) {
    struct hm_buf header = {0};
    size_t count;
    const struct hm_weights_spec *specs = hm_weights_specs(w->network, &count);
    enum hm_status status = build_header(&header, w, err);
    if (status == HM_OK) status = write_all(fd, header.data, header.length, err);
    for (size_t i = 0; i < count && status == HM_OK; i++)
        status = write_all(fd, w->tensors[i], hm_weights_count(&specs[i]) * sizeof(float), err);
    if (status == HM_OK && fsync(fd) != 0) status = hm_fail_errno(err, "cannot be written");
    hm_buf_free(&header);
    return status;
}

// A new file beside path. Not mkstemp: its mode 0600 would stay with the weights, which others may
// want to read.
static int create_beside(struct hm_buf *temporary, const char *path, struct hm_error *err) {
    for (unsigned i = 0; i < TEMPORARY_NAMES; i++) {
        temporary->length = 0;
        if (hm_buf_printf(temporary, err, "%s.%ld-%u.tmp", path, (long)getpid(), i) != HM_OK)
            return -1;
        int fd = open(temporary->data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) return fd;
        if (errno != EEXIST) break;
    }
    hm_fail_errno(err, "%s cannot be created", temporary->data);
    return -1;
}

static enum hm_status save(const struct hm_weights *w, const char *path, struct hm_error *err) {
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return hm_fail(err, HM_EIO, "exists and is no regular file, so it is not replaced");
    struct hm_error ignored;
    if (!err) err = &ignored; // the status of a failed create_beside is read from it
    struct hm_buf temporary = {0};
    int fd = create_beside(&temporary, path, err);
    enum hm_status status = fd < 0 ? err->status : write_file(fd, w, err);
    if (fd >= 0 && close(fd) != 0 && status == HM_OK)
        status = hm_fail_errno(err, "cannot be written");
    if (status == HM_OK && rename(temporary.data, path) != 0)
        status = hm_fail_errno(err, "cannot be replaced");
    if (fd >= 0 && status != HM_OK) unlink(temporary.data);
    hm_buf_free(&temporary);
    return status;
}

enum hm_status hm_weights_save(const struct hm_weights *w, const char *path, struct hm_error *err) {
    enum hm_status status = save(w, path, err);
    if (status != HM_OK) hm_error_prefix(err, "%s", path);
    return status;
}
