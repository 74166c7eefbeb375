// SPDX-License-Identifier: MIT
/** A text file as UTF-8 bytes, whatever it is packed in and whether it is UTF-8 or UTF-16: what
 *  Kaggle hands out and spreadsheets write. */
#ifndef HM_PIPELINE_TEXT_SOURCE_H
#define HM_PIPELINE_TEXT_SOURCE_H

#include <sys/stat.h>

#include "hmrec/host.h"
#include "hmrec/status.h"

struct text_source;

enum { TEXT_SOURCE_LEAST = 4 }; // bytes of a character: the least capacity to read into

/** path    "-": standard input
 *  host    asked when a signal interrupts a wait; borrowed until text_source_close; may be NULL
 *  errors  HM_ENOTFOUND, HM_EIO, HM_ENOMEM, HM_EFORMAT, HM_EUNSUPPORTED (unpack.h); the text names
 *          the file */
HM_WARN_UNUSED enum hm_status text_source_open(struct text_source **out, const char *path,
                                               const struct hm_host *host, struct hm_error *err);
/** Up to capacity (TEXT_SOURCE_LEAST or more) bytes of UTF-8; *got 0: end. A byte order mark is
 *  left out. Bytes that are no UTF-8 come as they are. */
HM_WARN_UNUSED enum hm_status text_source_read(struct text_source *source, char *to,
                                               size_t capacity, size_t *got, struct hm_error *err);
/** Go on behind so many bytes of what text_source_read gives.
 *  errors  HM_EIO: a pipe, or fewer bytes are there */
HM_WARN_UNUSED enum hm_status text_source_seek(struct text_source *source, uint64_t bytes,
                                               struct hm_error *err);
/** Bytes of a plain UTF-8 file without its byte order mark; 0: not known. */
uint64_t text_source_size(const struct text_source *source);
/** What the system says of the file; NULL: a pipe. Borrowed. */
const struct stat *text_source_about(const struct text_source *source);
/** For people: "gzip", "UTF-16", "zip, UTF-16"; "" where nothing had to be done. Borrowed. */
const char *text_source_kind(const struct text_source *source);
void text_source_close(struct text_source *source); // NULL: nothing

#endif
