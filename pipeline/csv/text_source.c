// SPDX-License-Identifier: MIT
// Layers over a descriptor: bytes of the file, unpacked where its first bytes tell a packing,
// converted where the unpacked ones begin with UTF-16's byte order mark.

#include "text_source.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tell.h"
#include "unpack.h"

enum { HEAD_BYTES = 512, RAW_BYTES = 1 << 16 };

struct text_source {
    char *path;
    const struct hm_host *host;
    int fd;
    bool regular;
    struct stat about;
    char head[HEAD_BYTES]; // the file's first bytes
    size_t head_length, head_used;
    const char *packing; // NULL: none
    struct unpack *unpack;
    char kind[32];
    // conversion
    bool utf16;
    iconv_t converter;
    char raw[RAW_BYTES]; // unpacked bytes that wait: [raw_at, raw_end)
    size_t raw_at, raw_end;
    bool raw_ended;
    size_t mark; // bytes of UTF-8's byte order mark
};

// ---- bytes of the file

static enum hm_status read_file(struct text_source *s, void *to, size_t capacity, size_t *got,
                                struct hm_error *err) {
    for (;;) {
        HM_TRY(stop_if_cancelled(s->host, "stopped while it was read", err));
        ssize_t length = read(s->fd, to, capacity);
        *got = length > 0 ? (size_t)length : 0;
        if (length >= 0) return HM_OK;
        if (errno != EINTR) return hm_fail_errno(err, "%s: cannot be read", s->path);
    }
}

static enum hm_status read_head(struct text_source *s, struct hm_error *err) {
    for (size_t got = 1; got && s->head_length < HEAD_BYTES; s->head_length += got)
        HM_TRY(read_file(s, s->head + s->head_length, HEAD_BYTES - s->head_length, &got, err));
    return HM_OK;
}

static enum hm_status read_unpacked(struct text_source *s, void *to, size_t capacity, size_t *got,
                                    struct hm_error *err) {
    if (s->unpack) return unpack_read(s->unpack, to, capacity, got, err);
    size_t left = s->head_length - s->head_used;
    if (!left) return read_file(s, to, capacity, got, err);
    *got = left < capacity ? left : capacity;
    memcpy(to, s->head + s->head_used, *got);
    s->head_used += *got;
    return HM_OK;
}

// ---- text

// Unpacked bytes into raw, behind those that wait.
static enum hm_status fill_raw(struct text_source *s, struct hm_error *err) {
    size_t got = 0;
    memmove(s->raw, s->raw + s->raw_at, s->raw_end - s->raw_at);
    s->raw_end -= s->raw_at;
    s->raw_at = 0;
    HM_TRY(read_unpacked(s, s->raw + s->raw_end, RAW_BYTES - s->raw_end, &got, err));
    s->raw_end += got;
    s->raw_ended = got == 0;
    return HM_OK;
}

static enum hm_status start_text(struct text_source *s, struct hm_error *err) {
    s->raw_at = s->raw_end = s->mark = 0;
    s->raw_ended = false;
    while (!s->raw_ended && s->raw_end < 4)
        HM_TRY(fill_raw(s, err));
    bool little = s->raw_end >= 2 && memcmp(s->raw, "\xff\xfe", 2) == 0;
    bool big = s->raw_end >= 2 && memcmp(s->raw, "\xfe\xff", 2) == 0;
    s->utf16 = little || big;
    if (s->raw_end >= 3 && memcmp(s->raw, "\xef\xbb\xbf", 3) == 0) s->mark = s->raw_at = 3;
    if (s->utf16) {
        s->raw_at = 2;
        if (s->converter != (iconv_t)-1) iconv_close(s->converter);
        s->converter = iconv_open("UTF-8", little ? "UTF-16LE" : "UTF-16BE");
        if (s->converter == (iconv_t)-1)
            return hm_fail_errno(err, "%s: UTF-16 cannot be converted here", s->path);
    }
    snprintf(s->kind, sizeof s->kind, "%s%s%s", s->packing ? s->packing : "",
             s->packing && s->utf16 ? ", " : "", s->utf16 ? "UTF-16" : "");
    return HM_OK;
}

static enum hm_status convert(struct text_source *s, char *to, size_t capacity, size_t *got,
                              struct hm_error *err) {
    char *in = s->raw + s->raw_at, *out = to;
    size_t in_left = s->raw_end - s->raw_at, out_left = capacity;
    size_t result = iconv(s->converter, &in, &in_left, &out, &out_left);
    int why = errno;
    s->raw_at = s->raw_end - in_left;
    *got = capacity - out_left;
    bool cut = result == (size_t)-1 && why == EINVAL; // half a character: more may come
    if (result != (size_t)-1 || why == E2BIG || (cut && !s->raw_ended) || *got) return HM_OK;
    return hm_fail(err, HM_EFORMAT, "%s: found bytes that are not UTF-16, as its first two promise",
                   s->path);
}

enum hm_status text_source_read(struct text_source *s, char *to, size_t capacity, size_t *got,
                                struct hm_error *err) {
    *got = 0;
    while (!*got) {
        bool enough = s->raw_end - s->raw_at >= (s->utf16 ? 4 : 1);
        if (!enough && !s->raw_ended) HM_TRY(fill_raw(s, err));
        size_t waiting = s->raw_end - s->raw_at;
        if (!waiting && s->raw_ended) return HM_OK;
        if (s->utf16) {
            HM_TRY(convert(s, to, capacity, got, err));
            continue;
        }
        *got = waiting < capacity ? waiting : capacity;
        memcpy(to, s->raw + s->raw_at, *got);
        s->raw_at += *got;
    }
    return HM_OK;
}

// ---- opening, seeking

static enum hm_status start_file(struct text_source *s, struct hm_error *err) {
    unpack_close(s->unpack);
    s->unpack = NULL;
    s->head_used = 0;
    if (s->packing)
        HM_TRY(unpack_open(&s->unpack, s->fd, s->head, s->head_length, s->path, s->host, err));
    return start_text(s, err);
}

static enum hm_status open_file(struct text_source *s, const char *path, struct hm_error *err) {
    bool standard = strcmp(path, "-") == 0;
    s->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0 && errno == ENOENT) return hm_fail(err, HM_ENOTFOUND, "%s: no such file", path);
    if (s->fd < 0) return hm_fail_errno(err, "%s: cannot be opened", path);
    if (fstat(s->fd, &s->about) != 0) return hm_fail_errno(err, "%s: cannot be read", s->path);
    if (S_ISDIR(s->about.st_mode)) return hm_fail(err, HM_EIO, "%s: a folder, not a file", s->path);
    s->regular = S_ISREG(s->about.st_mode);
    HM_TRY(read_head(s, err));
    s->packing = unpack_packing(s->head, s->head_length);
    return start_file(s, err);
}

enum hm_status text_source_open(struct text_source **out, const char *path,
                                const struct hm_host *host, struct hm_error *err) {
    struct text_source *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s) return hm_fail(err, HM_ENOMEM, "%s: no memory to read it", path);
    s->host = host;
    s->fd = -1;
    s->converter = (iconv_t)-1;
    s->path = strdup(strcmp(path, "-") == 0 ? "standard input" : path);
    enum hm_status status =
        s->path ? open_file(s, path, err) : hm_fail(err, HM_ENOMEM, "%s: no memory", path);
    if (status == HM_OK)
        *out = s;
    else
        text_source_close(s);
    return status;
}

// What is packed or converted has no places of its own: it is read again from the start.
static enum hm_status pass_over(struct text_source *s, uint64_t bytes, struct hm_error *err) {
    char *buffer = malloc(RAW_BYTES);
    enum hm_status status = buffer ? HM_OK : hm_fail(err, HM_ENOMEM, "%s: no memory", s->path);
    while (status == HM_OK && bytes) {
        size_t got = 0;
        status =
            text_source_read(s, buffer, bytes < RAW_BYTES ? (size_t)bytes : RAW_BYTES, &got, err);
        if (status == HM_OK && !got)
            status = hm_fail(err, HM_EIO, "%s: ends %llu bytes before where to go on", s->path,
                             (unsigned long long)bytes);
        bytes -= got;
    }
    free(buffer);
    return status;
}

enum hm_status text_source_seek(struct text_source *s, uint64_t bytes, struct hm_error *err) {
    if (!s->regular)
        return hm_fail(err, HM_EIO, "%s: a pipe has to be read from its start", s->path);
    if (s->packing || s->utf16) {
        if (lseek(s->fd, 0, SEEK_SET) < 0) return hm_fail_errno(err, "%s: cannot be read", s->path);
        if (!s->packing) s->head_length = 0; // read again from the file
        HM_TRY(start_file(s, err));
        return pass_over(s, bytes, err);
    }
    if (bytes > text_source_size(s) || lseek(s->fd, (off_t)(s->mark + bytes), SEEK_SET) < 0)
        return hm_fail(err, HM_EIO, "%s: cannot go on at byte %llu", s->path,
                       (unsigned long long)bytes);
    s->head_used = s->head_length;
    s->raw_at = s->raw_end = 0;
    s->raw_ended = false;
    return HM_OK;
}

uint64_t text_source_size(const struct text_source *s) {
    return s->regular && !s->packing && !s->utf16 ? (uint64_t)s->about.st_size - s->mark : 0;
}

const struct stat *text_source_about(const struct text_source *s) {
    return s->regular ? &s->about : NULL;
}

const char *text_source_kind(const struct text_source *s) {
    return s->kind;
}

void text_source_close(struct text_source *s) {
    if (!s) return;
    unpack_close(s->unpack);
    if (s->converter != (iconv_t)-1) iconv_close(s->converter);
    if (s->fd > STDIN_FILENO) close(s->fd);
    free(s->path);
    free(s);
}
