// SPDX-License-Identifier: MIT
/** Embeddings as Arrow IPC, stream or file, of one schema: {key utf8, sha256 utf8, embedding
 *  fixed_size_list<f32, HM_DIM>, error utf8}, of which the last three may be null. The messages are
 *  flatbuffers, written front to back; Arrow's columnar format, 1.4, has their fields. */
#ifndef HM_PIPELINE_ARROW_H
#define HM_PIPELINE_ARROW_H

#include <stdint.h>

#include "hmrec/model.h"
#include "mem.h"

/** A name and its value in the schema's metadata. */
struct arrow_pair {
    const char *key, *value;
};

struct arrow_row {
    const char *key;
    size_t key_length;
    const char *sha256;  // 64 digits; NULL: null
    const float *vector; // f32 [HM_DIM]; NULL: null
    const char *error;   // NULL: null
};

/** Where a record batch lies in a file. */
struct arrow_block {
    uint64_t offset;
    uint32_t metadata_bytes; // prefix included
    uint64_t body_bytes;
};

#define ARROW_MAGIC      "ARROW1\0\0" // a file begins with all 8 bytes, and ends with the first 6
#define ARROW_STREAM_END "\xff\xff\xff\xff\0\0\0\0"
enum { ARROW_MAGIC_BYTES = 8, ARROW_ROWS_MAX = 4096 };

/** The message that begins a stream, appended to `out`. */
HM_WARN_UNUSED enum hm_status arrow_schema(struct hm_buf *out, const struct arrow_pair *pairs,
                                           size_t n, struct hm_error *err);
/** A record batch, appended to `out`, whose length is a multiple of 8.
 *  rows    [n], n at most ARROW_ROWS_MAX
 *  block   filled in but for its offset; NULL: not wanted
 *  errors  HM_EARG: texts of more than 2 GB together; HM_ENOMEM */
HM_WARN_UNUSED enum hm_status arrow_batch(struct hm_buf *out, const struct arrow_row *rows,
                                          size_t n, struct arrow_block *block,
                                          struct hm_error *err);
/** What stands behind a stream's end in a file: footer, its length, magic. */
HM_WARN_UNUSED enum hm_status arrow_footer(struct hm_buf *out, const struct arrow_pair *pairs,
                                           size_t n, const struct arrow_block *blocks,
                                           size_t block_count, struct hm_error *err);

#endif
