// SPDX-License-Identifier: MIT
// A build without libarchive reads plain files only.

#include "unpack.h"

enum hm_status unpack_open(struct unpack **out, int fd, const void *head, size_t head_length,
                           const char *name, const struct hm_host *host, struct hm_error *err) {
    (void)fd;
    (void)host;
    *out = NULL;
    return hm_fail(
        err, HM_EUNSUPPORTED,
        "%s: packed with %s, and this hmrec is built without libarchive; unpack it first", name,
        unpack_packing(head, head_length));
}

enum hm_status unpack_read(struct unpack *unpack, void *to, size_t capacity, size_t *got,
                           struct hm_error *err) {
    (void)unpack;
    (void)to;
    (void)capacity;
    *got = 0;
    return hm_fail(err, HM_EUNSUPPORTED, "built without libarchive");
}

void unpack_close(struct unpack *unpack) {
    (void)unpack;
}
