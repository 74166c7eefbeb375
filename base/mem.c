// SPDX-License-Identifier: MIT
// Memory helpers. The arena serves decoded messages and rows, whose objects all die together.

#include "mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool hm_mul(size_t a, size_t b, size_t *out) {
    return !__builtin_mul_overflow(a, b, out);
}

void *hm_alloc_aligned(size_t count, size_t size) {
    size_t bytes;
    if (!hm_mul(count, size, &bytes) || bytes > SIZE_MAX - HM_ALIGN) return NULL;
    bytes = (bytes + HM_ALIGN - 1) / HM_ALIGN * HM_ALIGN; // aligned_alloc wants a multiple
    return aligned_alloc(HM_ALIGN, bytes ? bytes : HM_ALIGN);
}

enum hm_status hm_grow(void *items, size_t *capacity, size_t wanted, size_t item_bytes,
                       struct hm_error *err) {
    if (wanted <= *capacity) return HM_OK;
    size_t count = *capacity ? *capacity : 16, bytes;
    while (count < wanted && count <= SIZE_MAX / 2)
        count *= 2;
    void *array;
    memcpy(&array, items, sizeof array); // whatever type of pointer it is
    void *grown =
        count >= wanted && hm_mul(count, item_bytes, &bytes) ? realloc(array, bytes) : NULL;
    if (!grown)
        return hm_fail(err, HM_ENOMEM, "no memory for %zu items of %zu bytes", wanted, item_bytes);
    memcpy(items, &grown, sizeof grown);
    *capacity = count;
    return HM_OK;
}

// 4 KiB hold a row of a few dozen small values; larger objects get a block of their own size.
enum { ARENA_BLOCK = 4096, ARENA_ALIGN = 16 };

struct hm_arena_block {
    struct hm_arena_block *next;
    size_t used;
    size_t capacity;
    _Alignas(ARENA_ALIGN) unsigned char bytes[];
};

void *hm_arena_alloc(struct hm_arena *arena, size_t size) {
    if (size > SIZE_MAX / 2) return NULL;
    size = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (arena->limit_bytes && size > arena->limit_bytes - arena->used_bytes) return NULL;
    struct hm_arena_block *block = arena->head;
    if (!block || block->capacity - block->used < size) {
        size_t capacity = size > ARENA_BLOCK ? size : ARENA_BLOCK;
        block = malloc(sizeof *block + capacity);
        if (!block) return NULL;
        *block = (struct hm_arena_block){.next = arena->head, .capacity = capacity};
        arena->head = block;
    }
    void *result = block->bytes + block->used;
    block->used += size;
    arena->used_bytes += size;
    return memset(result, 0, size);
}

char *hm_arena_copy(struct hm_arena *arena, const char *bytes, size_t length) {
    if (length == SIZE_MAX) return NULL;
    char *copy = hm_arena_alloc(arena, length + 1);
    if (copy && length) memcpy(copy, bytes, length);
    return copy;
}

char *hm_arena_keep(struct hm_arena **arena, const char *bytes, size_t length) {
    if (!*arena && !(*arena = calloc(1, sizeof **arena))) return NULL;
    return hm_arena_copy(*arena, bytes, length);
}

void hm_arena_drop(struct hm_arena **arena) {
    if (*arena) hm_arena_free(*arena);
    free(*arena);
    *arena = NULL;
}

void hm_arena_reset(struct hm_arena *arena) {
    struct hm_arena_block *keep = arena->head;
    for (struct hm_arena_block *b = arena->head; b; b = b->next)
        if (b->capacity > keep->capacity) keep = b;
    for (struct hm_arena_block *b = arena->head, *next; b; b = next) {
        next = b->next;
        if (b != keep) free(b);
    }
    if (keep) {
        keep->next = NULL;
        keep->used = 0;
    }
    arena->head = keep;
    arena->used_bytes = 0;
}

void hm_arena_free(struct hm_arena *arena) {
    for (struct hm_arena_block *b = arena->head, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    arena->head = NULL;
    arena->used_bytes = 0;
}

enum hm_status hm_buf_reserve(struct hm_buf *buf, size_t more, struct hm_error *err) {
    size_t room = buf->capacity - buf->length; // one byte of it is the terminating NUL's
    if (more < room) return HM_OK;
    if (more > SIZE_MAX / 4 || buf->capacity > SIZE_MAX / 4)
        return hm_fail(err, HM_ENOMEM, "a buffer of %zu + %zu bytes is too large", buf->length,
                       more);
    size_t capacity = buf->capacity ? buf->capacity : 64;
    while (capacity - buf->length <= more)
        capacity *= 2;
    char *data = realloc(buf->data, capacity);
    if (!data) return hm_fail(err, HM_ENOMEM, "no memory for a buffer of %zu bytes", capacity);
    buf->data = data;
    buf->capacity = capacity;
    data[buf->length] = '\0';
    return HM_OK;
}

enum hm_status hm_buf_append(struct hm_buf *buf, const void *bytes, size_t length,
                             struct hm_error *err) {
    HM_TRY(hm_buf_reserve(buf, length, err));
    if (length) memcpy(buf->data + buf->length, bytes, length);
    buf->length += length;
    buf->data[buf->length] = '\0';
    return HM_OK;
}

enum hm_status hm_buf_printf(struct hm_buf *buf, struct hm_error *err, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0) return hm_fail(err, HM_EARG, "cannot format \"%s\"", format);
    HM_TRY(hm_buf_reserve(buf, (size_t)length, err));
    va_start(args, format);
    vsnprintf(buf->data + buf->length, (size_t)length + 1, format, args);
    va_end(args);
    buf->length += (size_t)length;
    return HM_OK;
}

void hm_buf_free(struct hm_buf *buf) {
    free(buf->data);
    *buf = (struct hm_buf){0};
}
