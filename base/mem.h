// SPDX-License-Identifier: MIT
/** Memory: aligned blocks, an arena, a growing byte buffer. Every size that a file or peer may
 *  choose is checked for overflow here. */
#ifndef HM_MEM_H
#define HM_MEM_H

#include <stdbool.h>
#include <stddef.h>

#include "hmrec/status.h"

enum { HM_ALIGN = 64 }; // a cache line, and the widest vector register (AVX-512)

/** count * size bytes at HM_ALIGN, not initialised; NULL when they can't be had or the product
 *  overflows. Free with free(). */
void *hm_alloc_aligned(size_t count, size_t size);

/** *out = a * b; false when it does not fit into size_t. */
bool hm_mul(size_t a, size_t b, size_t *out);

/** Room for `wanted` items in an array that grows: *items (a T *, passed as its address) may move,
 *  *capacity is in items.
 *  errors  HM_ENOMEM: *items and *capacity are as they were */
HM_WARN_UNUSED enum hm_status hm_grow(void *items, size_t *capacity, size_t wanted,
                                      size_t item_bytes, struct hm_error *err);

/** A stack of blocks for many small objects with one common end of life. Zero-initialise;
 *  hm_arena_free when done. Pointers stay valid until hm_arena_reset or hm_arena_free. */
struct hm_arena {
    struct hm_arena_block *head;
    size_t limit_bytes; // 0: none; else hm_arena_alloc fails once more than this is in use
    size_t used_bytes;
};

/** size bytes aligned for any type, zeroed; NULL when memory or the limit is exhausted. */
void *hm_arena_alloc(struct hm_arena *arena, size_t size);
/** Copy of length bytes with a NUL behind; NULL as above. */
char *hm_arena_copy(struct hm_arena *arena, const char *bytes, size_t length);
/** Everything allocated becomes invalid; the largest block is kept for reuse. */
void hm_arena_reset(struct hm_arena *arena);
void hm_arena_free(struct hm_arena *arena);

/** hm_arena_copy into an arena that is made at the first call (*arena NULL); NULL without
 *  memory. */
char *hm_arena_keep(struct hm_arena **arena, const char *bytes, size_t length);
/** Free such an arena; NULL afterwards. */
void hm_arena_drop(struct hm_arena **arena);

/** A growing byte string. Zero-initialise; hm_buf_free when done. Text is NUL-terminated at
 *  data[length]. */
struct hm_buf {
    char *data; // owned; NULL while empty
    size_t length;
    size_t capacity;
};

/** Make room for `more` bytes behind length; data may move. */
HM_WARN_UNUSED enum hm_status hm_buf_reserve(struct hm_buf *buf, size_t more, struct hm_error *err);
HM_WARN_UNUSED enum hm_status hm_buf_append(struct hm_buf *buf, const void *bytes, size_t length,
                                            struct hm_error *err);
HM_WARN_UNUSED HM_PRINTF(3, 4) enum hm_status
    hm_buf_printf(struct hm_buf *buf, struct hm_error *err, const char *format, ...);
void hm_buf_free(struct hm_buf *buf);

#endif
