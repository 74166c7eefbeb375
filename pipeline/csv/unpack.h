// SPDX-License-Identifier: MIT
/** One packed file (gzip, zip with one member, bzip2, xz, zstd) as the bytes in it, by
 *  libarchive. */
#ifndef HM_PIPELINE_UNPACK_H
#define HM_PIPELINE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

#include "hmrec/host.h"
#include "hmrec/status.h"

enum { UNPACK_MAGIC_MAX = 6 }; // bytes that tell a packing

/** "gzip", "zip", ...: how a file that begins so is packed; NULL: not at all. */
const char *unpack_packing(const void *head, size_t length);

struct unpack;

/** Begin at the start of a file.
 *  fd      borrowed until unpack_close, which leaves it open; a pipe will do
 *  head    bytes that have been read from a pipe already; borrowed like fd
 *  name    for messages
 *  errors  HM_EUNSUPPORTED (built without libarchive), HM_EFORMAT (no file in it, or several: names
 *          them), HM_ENOMEM */
HM_WARN_UNUSED enum hm_status unpack_open(struct unpack **out, int fd, const void *head,
                                          size_t head_length, const char *name,
                                          const struct hm_host *host, struct hm_error *err);
/** Up to capacity bytes; *got 0: end.
 *  errors  HM_EFORMAT (damaged, cut short), HM_EIO, HM_ECANCELED */
HM_WARN_UNUSED enum hm_status unpack_read(struct unpack *unpack, void *to, size_t capacity,
                                          size_t *got, struct hm_error *err);
void unpack_close(struct unpack *unpack); // NULL: nothing

#endif
