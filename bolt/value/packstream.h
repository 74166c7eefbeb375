// SPDX-License-Identifier: MIT
/** PackStream version 1 on one page: every value starts with a marker byte, numbers are big-endian.
 *
 *      00..7F F0..FF    INTEGER -16..127 in the marker itself
 *      C8 C9 CA CB      INTEGER in 1, 2, 4, 8 bytes          C0 NULL   C2 false   C3 true
 *      C1               FLOAT in 8 bytes
 *      80..8F D0 D1 D2  STRING: size in the low nibble, or in 1, 2, 4 bytes; then UTF-8
 *      CC CD CE         BYTES: size in 1, 2, 4 bytes
 *      90..9F D4 D5 D6  LIST: count; then the items
 *      A0..AF D8 D9 DA  MAP: count; then STRING, value, STRING, value...
 *      B0..BF           STRUCTURE: field count; then a tag byte and the fields
 *
 *  pack_...() write a marker with its size, params.c builds values with them, decode.c reads.
 */
#ifndef BOLT_PACKSTREAM_H
#define BOLT_PACKSTREAM_H

#include <string.h>

#include "hmrec/bolt.h"
#include "mem.h"

enum {
    PACK_NULL = 0xc0,
    PACK_FLOAT = 0xc1,
    PACK_FALSE = 0xc2,
    PACK_TRUE = 0xc3,
    PACK_INT8 = 0xc8,
    PACK_INT16 = 0xc9,
    PACK_INT32 = 0xca,
    PACK_INT64 = 0xcb,
    PACK_BYTES8 = 0xcc, // +1, +2: 16 and 32 bits; so for the three below
    PACK_STRING8 = 0xd0,
    PACK_LIST8 = 0xd4,
    PACK_MAP8 = 0xd8,
    PACK_TINY_STRING = 0x80,
    PACK_TINY_LIST = 0x90,
    PACK_TINY_MAP = 0xa0,
    PACK_TINY_STRUCT = 0xb0,
    PACK_HEAD = 9,       // bytes of the longest marker with its number
    PACK_FLOAT_BYTES = 9 // of an item of a list of FLOAT
};

/** Tags of the structures that are values. */
enum {
    TAG_NODE = 'N',
    TAG_RELATIONSHIP = 'R',
    TAG_UNBOUND = 'r',
    TAG_PATH = 'P',
    TAG_DATE = 'D',
    TAG_TIME = 'T',
    TAG_LOCAL_TIME = 't',
    TAG_DATE_TIME = 'I',
    TAG_DATE_TIME_ZONE = 'i',
    TAG_LEGACY_DATE_TIME = 'F',
    TAG_LEGACY_DATE_TIME_ZONE = 'f',
    TAG_LOCAL_DATE_TIME = 'd',
    TAG_DURATION = 'E',
    TAG_POINT_2D = 'X',
    TAG_POINT_3D = 'Y',
    TAG_VECTOR = 'V',
    TAG_UNSUPPORTED = '?'
};

static inline void pack_be(unsigned char *to, uint64_t number, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++)
        to[i] = (unsigned char)(number >> (8 * (bytes - 1 - i)));
}

static inline uint64_t unpack_be(const unsigned char *from, unsigned bytes) {
    uint64_t number = 0;
    for (unsigned i = 0; i < bytes; i++)
        number = number << 8 | from[i];
    return number;
}

static inline void pack_be64(unsigned char *to, uint64_t number) {
    number = __builtin_bswap64(number);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    number = __builtin_bswap64(number);
#endif
    memcpy(to, &number, sizeof number);
}

static inline uint64_t unpack_be64(const unsigned char *from) {
    uint64_t number;
    memcpy(&number, from, sizeof number);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return number;
#else
    return __builtin_bswap64(number);
#endif
}

static inline void pack_double(unsigned char *to, double real) {
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    pack_be64(to, bits);
}

static inline double unpack_double(const unsigned char *from) {
    uint64_t bits = unpack_be64(from);
    double real;
    memcpy(&real, &bits, sizeof real);
    return real;
}

/** Each writes a head in its shortest form.
 *  to       [PACK_HEAD]
 *  size     at most UINT32_MAX
 *  returns  the bytes written */
size_t pack_int(unsigned char *to, int64_t number);
size_t pack_float(unsigned char *to, double real);
size_t pack_string_head(unsigned char *to, size_t size);
size_t pack_bytes_head(unsigned char *to, size_t size);
size_t pack_list_head(unsigned char *to, size_t count);
size_t pack_map_head(unsigned char *to, size_t count);

/** Decode exactly length bytes into *value.
 *  bytes   is written to (NULs behind strings, also at bytes[length]); must live as long as value
 *  arena   the memory of lists, maps and structures
 *  errors  HM_EPROTO: malformed, too deep, left-over bytes; HM_ENOMEM */
HM_WARN_UNUSED enum hm_status bolt_decode(unsigned char *bytes, size_t length,
                                          struct hm_arena *arena, struct bolt_value *value,
                                          struct hm_error *err);
/** As bolt_decode of a copy in arena. */
HM_WARN_UNUSED enum hm_status bolt_decode_copy(const unsigned char *bytes, size_t length,
                                               struct hm_arena *arena, struct bolt_value *value,
                                               struct hm_error *err);

/** A date-time in parameters, whose encoding depends on what server and client agreed on. */
struct bolt_moment {
    size_t at; // of the structure in bytes: head, tag, then seconds as PACK_INT64
    int64_t seconds;
    int32_t offset_seconds;
    bool has_offset;
    bool wall_clock;          // what seconds count
    size_t zone, zone_length; // its name in bytes
};

/** Parameters, for the one that sends them (messages.c). */
struct bolt_params {
    struct hm_buf bytes;       // keys and values, without the head of the outermost map
    size_t count;              // entries of the outermost map
    struct bolt_level *levels; // open lists and maps, innermost last
    size_t level_count, level_capacity;
    struct bolt_moment *moments;
    size_t moment_count, moment_capacity;
    bool has_vector;
    struct hm_error error; // the first
};

/** Put inner as a map; NULL: nothing is put. */
void bolt_put_params(struct bolt_params *params, const char *name, const struct bolt_params *inner);
/** Append the bytes to out as a server wants them.
 *  legacy  it counts the seconds of date-times by the wall clock, otherwise in UTC */
HM_WARN_UNUSED enum hm_status bolt_params_correct(const struct bolt_params *params, bool legacy,
                                                  struct hm_buf *out, struct hm_error *err);
/** Whether bolt_params_correct would change anything. */
bool bolt_params_need_correction(const struct bolt_params *params, bool legacy);

/** Begin a structure of count <= 15 fields. The fields follow without names, then bolt_end. */
void bolt_begin_structure(struct bolt_params *params, const char *name, unsigned tag,
                          unsigned count);

#endif
