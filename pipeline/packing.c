// SPDX-License-Identifier: MIT
// How packed files begin.

#include <string.h>

#include "unpack.h"

static const struct {
    const char *name;
    unsigned char magic[UNPACK_MAGIC_MAX];
    size_t length;
} packings[] = {
    {"gzip", {0x1f, 0x8b}, 2},
    {"zip", {'P', 'K', 3, 4}, 4},
    {"bzip2", {'B', 'Z', 'h'}, 3},
    {"xz", {0xfd, '7', 'z', 'X', 'Z', 0}, 6},
    {"zstd", {0x28, 0xb5, 0x2f, 0xfd}, 4},
};

const char *unpack_packing(const void *head, size_t length) {
    for (size_t i = 0; i < sizeof packings / sizeof *packings; i++)
        if (length >= packings[i].length &&
            memcmp(head, packings[i].magic, packings[i].length) == 0)
            return packings[i].name;
    return NULL;
}
