// SPDX-License-Identifier: MIT
// The life of a struct hm_weights: mapped from a file or made in memory (random.c), asked for
// tensors, digest and figures, closed. safetensors.c checks and writes the file format.

#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "mem.h"

enum hm_status weights_set_network(struct hm_weights *w, const struct hm_network *network,
                                   struct hm_error *err) {
    size_t count;
    hm_weights_specs(network, &count);
    w->network = network;
    w->tensors = calloc(count, sizeof *w->tensors);
    return w->tensors ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for %zu tensors", count);
}

static enum hm_status map_file(struct hm_weights *w, int fd, struct hm_error *err) {
    struct stat info;
    w->fd = fd;
    if (fstat(fd, &info) != 0) return hm_fail_errno(err, "cannot be examined");
    if (!S_ISREG(info.st_mode))
        return hm_fail(err, HM_EFORMAT, "found %s, expected a safetensors file",
                       S_ISDIR(info.st_mode) ? "a folder" : "a device or pipe");
    if (info.st_size == 0) return hm_fail(err, HM_EFORMAT, "the file is empty");
    if ((uintmax_t)info.st_size > SIZE_MAX)
        return hm_fail(err, HM_ENOMEM, "too large for this machine");
    void *map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) return hm_fail_errno(err, "cannot be mapped");
    w->map = map;
    w->map_bytes = (size_t)info.st_size;
    w->opened = info;
    return HM_OK;
}

enum hm_status hm_weights_open(struct hm_weights **out, const char *path, struct hm_error *err) {
    *out = NULL;
    // O_NONBLOCK: opening a pipe without a writer must give an error, not wait for one.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return hm_fail_errno(err, "%s", path);
    struct hm_weights *w = calloc(1, sizeof *w);
    enum hm_status status =
        w && (w->path = strdup(path)) ? map_file(w, fd, err) : hm_fail(err, HM_ENOMEM, "no memory");
    if (!w || !w->path) close(fd);
    if (status == HM_OK) status = weights_parse(w, err);
    if (status != HM_OK) {
        hm_error_prefix(err, "%s", path);
        hm_weights_close(w);
        return status;
    }
    *out = w;
    return HM_OK;
}

enum hm_status hm_weights_check_unchanged(const struct hm_weights *w, struct hm_error *err) {
    struct stat now;
    const struct stat *then = &w->opened;
    if (!w->map) return HM_OK;
    if (fstat(w->fd, &now) != 0) return hm_fail_errno(err, "%s: cannot be examined", w->path);
    if (now.st_size == then->st_size && now.st_mtim.tv_sec == then->st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == then->st_mtim.tv_nsec)
        return HM_OK;
    return hm_fail(err, HM_ECONFLICT,
                   "%s: was written to while it was read; put a new file in its place instead "
                   "(write beside it, then rename)",
                   w->path);
}

void hm_weights_close(struct hm_weights *w) {
    if (!w) return;
    // munmap takes a plain pointer; the mapping was never writable.
    if (w->map) munmap((void *)(uintptr_t)w->map, w->map_bytes);
    if (w->path) close(w->fd);
    free(w->path);
    free(w->memory);
    free(w->tensors);
    free(w->source);
    free(w->source_sha256);
    free(w->random_seed);
    free(w);
}

const float *hm_weights_tensor(const struct hm_weights *w, const char *name) {
    size_t count, i = weights_index(w->network, name);
    hm_weights_specs(w->network, &count);
    return i < count ? w->tensors[i] : NULL;
}

void hm_weights_release(const struct hm_weights *w, const char *name) {
    size_t i = weights_index(w->network, name), count;
    const struct hm_weights_spec *specs = hm_weights_specs(w->network, &count);
    if (!w->map || i == count) return;
    // Rounded outwards: a neighbour's bytes on the same page are read again from the file, too.
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = (uintptr_t)w->tensors[i] / page * page;
    uintptr_t end = (uintptr_t)(w->tensors[i] + hm_weights_count(&specs[i]));
    madvise((void *)begin, end - begin,
            MADV_DONTNEED); // advice: nothing is lost when it is refused
}

const struct hm_network *hm_weights_network(const struct hm_weights *w) {
    return w->network;
}

const char *hm_weights_source(const struct hm_weights *w) {
    return w->source;
}

const char *hm_weights_source_sha256(const struct hm_weights *w) {
    return w->source_sha256;
}

bool hm_weights_are_random(const struct hm_weights *w) {
    return w->random_seed[0] != '\0';
}

enum hm_status hm_weights_digest(struct hm_weights *w, const char **hex, struct hm_error *err) {
    *hex = w->digest;
    if (w->digest[0]) return HM_OK;
    struct hm_buf lines = {0};
    enum hm_status status = HM_OK;
    size_t count;
    const struct hm_weights_spec *specs = hm_weights_specs(w->network, &count);
    for (size_t i = 0; i < count && status == HM_OK; i++) {
        char values[HM_DIGEST_HEX + 1], shape[WEIGHTS_SHAPE_TEXT];
        status = hm_digest(w->tensors[i], hm_weights_count(&specs[i]) * sizeof(float), values, err);
        hm_weights_release(w, specs[i].name);
        weights_shape_text(specs[i].shape, specs[i].rank, shape);
        if (status == HM_OK)
            status = hm_buf_printf(&lines, err, "%s %s %s\n", specs[i].name, shape, values);
    }
    if (status == HM_OK) status = hm_weights_check_unchanged(w, err);
    if (status == HM_OK) status = hm_digest(lines.data, lines.length, w->digest, err);
    if (status != HM_OK) w->digest[0] = '\0';
    hm_buf_free(&lines);
    return status;
}

enum hm_status hm_weights_check_values(const struct hm_weights *w, struct hm_error *err) {
    size_t count;
    const struct hm_weights_spec *specs = hm_weights_specs(w->network, &count);
    for (size_t i = 0; i < count; i++) {
        const char *part = strchr(specs[i].name, '/');
        float least = part && strcmp(part, "/moving_variance") == 0 ? 0 : -INFINITY;
        for (size_t k = 0, n = hm_weights_count(&specs[i]); k < n; k++) {
            float value = w->tensors[i][k];
            if (!isfinite(value) || value < least)
                return hm_fail(err, HM_EFORMAT, "%s: value %zu of %zu is %g, expected %s",
                               specs[i].name, k, n, (double)value,
                               least == 0 ? "a variance" : "a finite number");
        }
        hm_weights_release(w, specs[i].name);
    }
    return HM_OK;
}

struct hm_weights_stats hm_weights_get_stats(const struct hm_weights *w, const char *name) {
    struct hm_weights_stats stats = {0};
    size_t i = weights_index(w->network, name), count;
    const struct hm_weights_spec *specs = hm_weights_specs(w->network, &count);
    if (i == count) return stats;
    const float *values = w->tensors[i];
    size_t n = hm_weights_count(&specs[i]);
    double sum = 0, squares = 0;
    stats.min = stats.max = values[0];
    for (size_t k = 0; k < n; k++) {
        if (values[k] < stats.min) stats.min = values[k];
        if (values[k] > stats.max) stats.max = values[k];
        sum += (double)values[k];
    }
    stats.mean = sum / (double)n;
    for (size_t k = 0; k < n; k++) {
        double deviation = (double)values[k] - stats.mean;
        squares += deviation * deviation;
    }
    stats.sd = sqrt(squares / (double)n);
    hm_weights_release(w, name);
    return stats;
}
