// SPDX-License-Identifier: MIT
/** Values as a server sends them, part of bolt.h: what they are and how to read them. They are
 *  borrowed from the row, result or summary that they came with. */
#ifndef HMREC_BOLT_VALUE_H
#define HMREC_BOLT_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmrec/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum bolt_type {
    BOLT_NULL,
    BOLT_BOOL,         // as.boolean
    BOLT_INT,          // as.integer
    BOLT_FLOAT,        // as.real
    BOLT_STRING,       // as.string, UTF-8, NUL-terminated; length in bytes
    BOLT_BYTES,        // as.bytes; length
    BOLT_LIST,         // bolt_at(), bolt_to_f32(); length in items
    BOLT_MAP,          // as.entries, bolt_get(); length in entries
    BOLT_NODE,         // bolt_node()
    BOLT_RELATIONSHIP, // bolt_relationship()
    BOLT_UNBOUND,      // a relationship inside a path: bolt_relationship(), start and end unknown
    BOLT_PATH,         // bolt_path_...()
    BOLT_DATE,         // days since 1970-01-01: bolt_date()
    BOLT_TIME,         // bolt_time(), with offset
    BOLT_LOCAL_TIME,   // bolt_time()
    BOLT_DATE_TIME,    // bolt_date_time(), with offset or zone name
    BOLT_LOCAL_DATE_TIME, // bolt_date_time()
    BOLT_DURATION,        // bolt_duration()
    BOLT_POINT,           // bolt_point(), two or three dimensions
    BOLT_VECTOR,          // bolt_vector(), bolt_to_f32() (Bolt 6)
    BOLT_UNSUPPORTED,     // a type this protocol version cannot carry: bolt_unsupported() (Bolt 6)
    BOLT_STRUCTURE,       // any other structure: tag, as.items[length]
    BOLT_TYPE_COUNT
};

struct bolt_value {
    uint8_t type;    // enum bolt_type
    uint8_t tag;     // of a structure as sent, 0 otherwise
    uint8_t packed;  // internal: a BOLT_LIST still in wire format; bolt_at and bolt_to_* hide it
    uint32_t length; // bytes, items, entries or fields
    union {
        bool boolean;
        int64_t integer;
        double real;
        const char *string;
        const unsigned char *bytes;
        const struct bolt_value *items;
        const struct bolt_entry *entries;
    } as;
};

struct bolt_entry {
    const char *key; // NUL-terminated
    size_t key_length;
    struct bolt_value value;
};

struct bolt_node_view {
    int64_t id;
    const char *element_id;       // before Bolt 5 the decimal id
    struct bolt_value labels;     // list of strings
    struct bolt_value properties; // map
};

struct bolt_relationship_view {
    int64_t id, start_id, end_id;                               // start and end -1 when unknown
    const char *element_id, *start_element_id, *end_element_id; // start and end "" when unknown
    const char *type;
    struct bolt_value properties; // map
};

struct bolt_time_view {
    int64_t nanoseconds; // since midnight, wall clock
    int32_t offset_seconds;
    bool has_offset;
};

struct bolt_date_time_view {
    int64_t seconds; // since 1970-01-01T00:00: UTC, or by the wall clock when wall_clock is set
    int32_t nanoseconds;
    int32_t offset_seconds; // east of UTC; when has_offset
    const char *zone;       // "Europe/Stockholm" or NULL
    bool has_offset;        // false for local date-times and for zones (see bolt_zone_offset)
    bool wall_clock;        // local date-times, and zones before Bolt 5
};

struct bolt_duration_view {
    int64_t months, days, seconds;
    int32_t nanoseconds;
};

struct bolt_point_view {
    int32_t srid;   // 4326, 4979: WGS 84; 7203, 9157: cartesian
    int dimensions; // 2 or 3
    double x, y, z;
};

/** The inner type of a vector, by its byte on the wire. */
enum bolt_vector_type {
    BOLT_VECTOR_I8 = 0xc8,
    BOLT_VECTOR_I16 = 0xc9,
    BOLT_VECTOR_I32 = 0xca,
    BOLT_VECTOR_I64 = 0xcb,
    BOLT_VECTOR_F32 = 0xc6,
    BOLT_VECTOR_F64 = 0xc1
};

struct bolt_vector_view {
    enum bolt_vector_type type;
    size_t count;
    const unsigned char *data; // big-endian; bolt_at() and bolt_to_f32() read it
};

struct bolt_unsupported_view {
    const char *name;    // of the type
    int major, minor;    // of the first Bolt version that can carry it
    const char *message; // "": not sent
};

/** Name of a type as Cypher writes it ("INTEGER", "ZONED DATETIME"); never NULL. */
HM_API const char *bolt_type_name(unsigned type);

/** The value of a key in a map, the last one when the key is there twice. NULL: there is none, or
 *  map is NULL or no map. */
HM_API const struct bolt_value *bolt_get(const struct bolt_value *map, const char *key);
/** Item i of a list, i < length, or of a vector, i < count. */
HM_API struct bolt_value bolt_at(const struct bolt_value *list, size_t i);

/** *out = the value; a FLOAT may be read from an INTEGER.
 *  errors  HM_EFORMAT: a value of another type, or value is NULL */
HM_API HM_WARN_UNUSED enum hm_status bolt_to_bool(const struct bolt_value *value, bool *out,
                                                  struct hm_error *err);
HM_API HM_WARN_UNUSED enum hm_status bolt_to_int(const struct bolt_value *value, int64_t *out,
                                                 struct hm_error *err);
HM_API HM_WARN_UNUSED enum hm_status bolt_to_float(const struct bolt_value *value, double *out,
                                                   struct hm_error *err);
HM_API HM_WARN_UNUSED enum hm_status bolt_to_string(const struct bolt_value *value,
                                                    const char **out, struct hm_error *err);
/** Numbers of a list or vector of exactly count items; the fast way to read an embedding.
 *  out     f32[count] or f64[count]
 *  errors  HM_EFORMAT: no list, another length, an item that is no number */
HM_API HM_WARN_UNUSED enum hm_status bolt_to_f32(const struct bolt_value *list, float *out,
                                                 size_t count, struct hm_error *err);
HM_API HM_WARN_UNUSED enum hm_status bolt_to_f64(const struct bolt_value *list, double *out,
                                                 size_t count, struct hm_error *err);

/** The parts of a value of that type (asserted); pointers in the view live as long as the value. */
HM_API int64_t bolt_date(const struct bolt_value *value);
HM_API struct bolt_node_view bolt_node(const struct bolt_value *value);
HM_API struct bolt_relationship_view bolt_relationship(const struct bolt_value *value);
HM_API struct bolt_time_view bolt_time(const struct bolt_value *value);
HM_API struct bolt_date_time_view bolt_date_time(const struct bolt_value *value);
HM_API struct bolt_duration_view bolt_duration(const struct bolt_value *value);
HM_API struct bolt_point_view bolt_point(const struct bolt_value *value);
HM_API struct bolt_vector_view bolt_vector(const struct bolt_value *value);
HM_API struct bolt_unsupported_view bolt_unsupported(const struct bolt_value *value);
/** A path has length() relationships and length() + 1 nodes. */
HM_API size_t bolt_path_length(const struct bolt_value *path);
HM_API struct bolt_node_view bolt_path_node(const struct bolt_value *path, size_t i);
/** Relationship i, between nodes i and i + 1, in its own direction: start is either of them. */
HM_API struct bolt_relationship_view bolt_path_relationship(const struct bolt_value *path,
                                                            size_t i);

/** A time zone's offset from UTC at a moment, by the machine's time-zone database.
 *  seconds     since 1970-01-01T00:00, in UTC
 *  wall_clock  seconds are by the zone's wall clock; of a time that happens twice, the first counts
 *  errors      HM_ENOTFOUND: no such zone; HM_EARG: too far away; HM_EFORMAT: a damaged database;
 *              HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status bolt_zone_offset(const char *zone, int64_t seconds,
                                                      bool wall_clock, int32_t *offset_seconds,
                                                      struct hm_error *err);

#ifdef __cplusplus
}
#endif

#endif
