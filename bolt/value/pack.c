// SPDX-License-Identifier: MIT
// The heads of PackStream values, each in its shortest form.

#include "value/packstream.h"

size_t pack_int(unsigned char *to, int64_t number) {
    if (number >= -16 && number <= INT8_MAX) {
        to[0] = (unsigned char)number;
        return 1;
    }
    unsigned bytes = 8, marker = PACK_INT64;
    if (number >= INT8_MIN && number <= INT8_MAX)
        bytes = 1, marker = PACK_INT8;
    else if (number >= INT16_MIN && number <= INT16_MAX)
        bytes = 2, marker = PACK_INT16;
    else if (number >= INT32_MIN && number <= INT32_MAX)
        bytes = 4, marker = PACK_INT32;
    to[0] = (unsigned char)marker;
    pack_be(to + 1, (uint64_t)number, bytes);
    return 1 + bytes;
}

size_t pack_float(unsigned char *to, double real) {
    to[0] = PACK_FLOAT;
    pack_double(to + 1, real);
    return PACK_FLOAT_BYTES;
}

/** tiny 0: the kind has no tiny form. */
static size_t sized_head(unsigned char *to, size_t size, unsigned tiny, unsigned marker8) {
    if (tiny && size < 16) {
        to[0] = (unsigned char)(tiny | size);
        return 1;
    }
    unsigned step = size <= UINT8_MAX ? 0 : size <= UINT16_MAX ? 1 : 2;
    to[0] = (unsigned char)(marker8 + step);
    pack_be(to + 1, size, 1u << step);
    return 1 + (1u << step);
}

size_t pack_string_head(unsigned char *to, size_t size) {
    return sized_head(to, size, PACK_TINY_STRING, PACK_STRING8);
}

size_t pack_bytes_head(unsigned char *to, size_t size) {
    return sized_head(to, size, 0, PACK_BYTES8);
}

size_t pack_list_head(unsigned char *to, size_t count) {
    return sized_head(to, count, PACK_TINY_LIST, PACK_LIST8);
}

size_t pack_map_head(unsigned char *to, size_t count) {
    return sized_head(to, count, PACK_TINY_MAP, PACK_MAP8);
}
