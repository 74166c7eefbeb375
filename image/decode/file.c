// SPDX-License-Identifier: MIT
/** A regular file's content in one buffer that is kept from file to file. */
#include "hmrec/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum hm_status fail_open(const char *path, struct hm_error *err) {
    if (errno == ENOENT) return hm_fail(err, HM_ENOTFOUND, "%s: no such file", path);
    return hm_fail_errno(err, "%s: can't open", path);
}

/** Room for size bytes and one more, by which a file that grew meanwhile is noticed. */
static enum hm_status reserve(struct hm_image_file *file, const char *path, size_t size,
                              struct hm_error *err) {
    if (size < file->capacity) return HM_OK;
    hm_image_file_free(file);
    file->bytes = malloc(size + 1);
    if (!file->bytes) return hm_fail(err, HM_ENOMEM, "%s: no memory for %zu bytes", path, size);
    file->capacity = size + 1;
    return HM_OK;
}

static enum hm_status read_open(struct hm_image_file *file, int fd, const char *path,
                                struct hm_error *err) {
    struct stat about;
    if (fstat(fd, &about) != 0) return hm_fail_errno(err, "%s: can't examine", path);
    if (S_ISDIR(about.st_mode))
        return hm_fail(err, HM_EIO, "%s: is a folder, expected a file", path);
    if (!S_ISREG(about.st_mode)) return hm_fail(err, HM_EIO, "%s: is not a regular file", path);
    if (about.st_size > HM_IMAGE_MAX_FILE_BYTES)
        return hm_fail(err, HM_EIO, "%s: %lld bytes, expected at most %d", path,
                       (long long)about.st_size, HM_IMAGE_MAX_FILE_BYTES);
    HM_TRY(reserve(file, path, (size_t)about.st_size, err));
    while (file->length < file->capacity) {
        ssize_t got = read(fd, file->bytes + file->length, file->capacity - file->length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return hm_fail_errno(err, "%s: can't read", path);
        if (got == 0) return HM_OK;
        file->length += (size_t)got;
        if (file->length > (size_t)about.st_size) break;
    }
    return hm_fail(err, HM_EIO, "%s: grew while it was read", path);
}

enum hm_status hm_image_file_read(struct hm_image_file *file, const char *path,
                                  struct hm_error *err) {
    file->length = 0;
    int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a FIFO must not block before it is refused
    if (fd < 0) return fail_open(path, err);
    enum hm_status status = read_open(file, fd, path, err);
    close(fd);
    if (status != HM_OK) file->length = 0;
    return status;
}

void hm_image_file_free(struct hm_image_file *file) {
    free(file->bytes);
    *file = (struct hm_image_file){0};
}
