// SPDX-License-Identifier: MIT
// libarchive reads through callbacks of ours, so that a signal ends a wait for a pipe.

#include "unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

enum { BLOCK_BYTES = 1 << 16 };

struct unpack {
    struct archive *archive;
    const struct hm_host *host;
    const char *name;
    int fd;
    const void *head; // to be given before what fd has
    size_t head_length;
    bool cancelled;
    char block[BLOCK_BYTES];
};

static enum hm_status unpack_failed(const struct unpack *u, struct hm_error *err) {
    if (u->cancelled) return hm_fail(err, HM_ECANCELED, "%s: stopped while it was read", u->name);
    const char *why = archive_error_string(u->archive);
    return hm_fail(err, archive_errno(u->archive) == ENOMEM ? HM_ENOMEM : HM_EFORMAT,
                   "%s: cannot be unpacked: %s", u->name, why ? why : "damaged");
}

static la_ssize_t read_block(struct archive *a, void *context, const void **bytes) {
    struct unpack *u = context;
    if (u->head_length) {
        size_t length = u->head_length;
        *bytes = u->head;
        u->head_length = 0;
        return (la_ssize_t)length;
    }
    *bytes = u->block;
    for (;;) {
        u->cancelled = u->host && u->host->cancelled && u->host->cancelled(u->host->context);
        ssize_t got = u->cancelled ? -1 : read(u->fd, u->block, sizeof u->block);
        if (got >= 0) return got;
        if (!u->cancelled && errno == EINTR) continue;
        archive_set_error(a, u->cancelled ? EINTR : errno, "%s",
                          u->cancelled ? "stopped" : strerror(errno));
        return -1;
    }
}

static la_int64_t seek_file(struct archive *a, void *context, la_int64_t offset, int whence) {
    const struct unpack *u = context;
    off_t at = lseek(u->fd, offset, whence);
    if (at < 0) archive_set_error(a, errno, "%s", strerror(errno));
    return at < 0 ? ARCHIVE_FATAL : at;
}

// A folder, or what macOS adds beside each file, is no member.
static bool is_member(struct archive_entry *entry) {
    const char *path = archive_entry_pathname(entry);
    return archive_entry_filetype(entry) != AE_IFDIR &&
           !(path && strncmp(path, "__MACOSX/", strlen("__MACOSX/")) == 0);
}

static enum hm_status start_reading(struct unpack *u, struct hm_error *err) {
    struct stat about;
    if (u->archive) archive_read_free(u->archive);
    u->archive = archive_read_new();
    if (!u->archive) return hm_fail(err, HM_ENOMEM, "%s: no memory to unpack it", u->name);
    archive_read_support_filter_all(u->archive);
    archive_read_support_format_zip(u->archive);
    archive_read_support_format_raw(u->archive);
    archive_read_set_read_callback(u->archive, read_block);
    archive_read_set_callback_data(u->archive, u);
    bool regular = fstat(u->fd, &about) == 0 && S_ISREG(about.st_mode);
    if (regular && lseek(u->fd, 0, SEEK_SET) == 0) {
        archive_read_set_seek_callback(u->archive, seek_file);
        u->head_length = 0; // it will be read again
    }
    return archive_read_open1(u->archive) == ARCHIVE_OK ? HM_OK : unpack_failed(u, err);
}

// The first member; *n counts all of them, as far as the list of names goes.
static enum hm_status list_members(struct unpack *u, struct hm_buf *names, size_t *n,
                                   struct hm_error *err) {
    struct archive_entry *entry;
    int code;
    while ((code = archive_read_next_header(u->archive, &entry)) == ARCHIVE_OK) {
        const char *path = archive_entry_pathname(entry);
        if (!is_member(entry)) continue;
        if (++*n <= 5)
            HM_TRY(hm_buf_printf(names, err, "%s%s", *n > 1 ? ", " : "", path ? path : "?"));
    }
    return code == ARCHIVE_EOF ? HM_OK : unpack_failed(u, err);
}

// A zip file says at its end what is in it.
static enum hm_status check_members(struct unpack *u, struct hm_error *err) {
    struct hm_buf names = {0};
    size_t n = 0;
    enum hm_status status = start_reading(u, err);
    if (status == HM_OK) status = list_members(u, &names, &n, err);
    if (status == HM_OK && n != 1)
        status = hm_fail(err, HM_EFORMAT, "%s: found %zu files in it%s%s%s, expected one", u->name,
                         n, n ? " (" : "", n ? names.data : "",
                         n > 5 ? ", ...)"
                         : n   ? ")"
                               : "");
    hm_buf_free(&names);
    return status;
}

static enum hm_status find_member(struct unpack *u, struct hm_error *err) {
    struct archive_entry *entry;
    int code = archive_read_next_header(u->archive, &entry);
    while (code == ARCHIVE_OK && !is_member(entry))
        code = archive_read_next_header(u->archive, &entry);
    if (code == ARCHIVE_EOF) return hm_fail(err, HM_EFORMAT, "%s: nothing is in it", u->name);
    return code == ARCHIVE_OK ? HM_OK : unpack_failed(u, err);
}

enum hm_status unpack_open(struct unpack **out, int fd, const void *head, size_t head_length,
                           const char *name, const struct hm_host *host, struct hm_error *err) {
    struct unpack *u = calloc(1, sizeof *u);
    *out = NULL;
    if (!u) return hm_fail(err, HM_ENOMEM, "%s: no memory to unpack it", name);
    *u = (struct unpack){
        .host = host, .name = name, .fd = fd, .head = head, .head_length = head_length};
    const char *packing = unpack_packing(head, head_length);
    enum hm_status status = HM_OK;
    if (packing && strcmp(packing, "zip") == 0 && lseek(fd, 0, SEEK_CUR) >= 0)
        status = check_members(u, err);
    if (status == HM_OK) status = start_reading(u, err);
    if (status == HM_OK) status = find_member(u, err);
    if (status == HM_OK)
        *out = u;
    else
        unpack_close(u);
    return status;
}

// Of a pipe, whose end is not known before, a second member shows here.
static enum hm_status check_end(struct unpack *u, struct hm_error *err) {
    struct archive_entry *entry;
    int code;
    while ((code = archive_read_next_header(u->archive, &entry)) == ARCHIVE_OK)
        if (is_member(entry))
            return hm_fail(err, HM_EFORMAT, "%s: found a second file in it (%s), expected one",
                           u->name, archive_entry_pathname(entry));
    return code == ARCHIVE_EOF ? HM_OK : unpack_failed(u, err);
}

enum hm_status unpack_read(struct unpack *u, void *to, size_t capacity, size_t *got,
                           struct hm_error *err) {
    *got = 0;
    la_ssize_t length = archive_read_data(u->archive, to, capacity);
    if (length < 0) return unpack_failed(u, err);
    *got = (size_t)length;
    return length ? HM_OK : check_end(u, err);
}

void unpack_close(struct unpack *u) {
    if (!u) return;
    if (u->archive) archive_read_free(u->archive);
    free(u);
}
