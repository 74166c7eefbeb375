// SPDX-License-Identifier: MIT
// Reading values. decode.c has checked every structure, so the views only pick fields out.

#include "value/packstream.h"

#include <assert.h>
#include <math.h>

static const char *const type_names[BOLT_TYPE_COUNT] = {
    [BOLT_NULL] = "NULL",
    [BOLT_BOOL] = "BOOLEAN",
    [BOLT_INT] = "INTEGER",
    [BOLT_FLOAT] = "FLOAT",
    [BOLT_STRING] = "STRING",
    [BOLT_BYTES] = "BYTES",
    [BOLT_LIST] = "LIST",
    [BOLT_MAP] = "MAP",
    [BOLT_NODE] = "NODE",
    [BOLT_RELATIONSHIP] = "RELATIONSHIP",
    [BOLT_UNBOUND] = "UNBOUND RELATIONSHIP",
    [BOLT_PATH] = "PATH",
    [BOLT_DATE] = "DATE",
    [BOLT_TIME] = "ZONED TIME",
    [BOLT_LOCAL_TIME] = "LOCAL TIME",
    [BOLT_DATE_TIME] = "ZONED DATETIME",
    [BOLT_LOCAL_DATE_TIME] = "LOCAL DATETIME",
    [BOLT_DURATION] = "DURATION",
    [BOLT_POINT] = "POINT",
    [BOLT_VECTOR] = "VECTOR",
    [BOLT_UNSUPPORTED] = "UNSUPPORTED",
    [BOLT_STRUCTURE] = "STRUCTURE",
};

const char *bolt_type_name(unsigned type) {
    return type < BOLT_TYPE_COUNT ? type_names[type] : "UNKNOWN";
}

const struct bolt_value *bolt_get(const struct bolt_value *map, const char *key) {
    if (!map || map->type != BOLT_MAP) return NULL;
    size_t length = strlen(key);
    for (uint32_t i = map->length; i-- > 0;) {
        const struct bolt_entry *entry = &map->as.entries[i];
        if (entry->key_length == length && memcmp(entry->key, key, length) == 0)
            return &entry->value;
    }
    return NULL;
}

/** Item i of a vector as an INTEGER or FLOAT. */
static struct bolt_value vector_at(const struct bolt_vector_view *vector, size_t i) {
    struct bolt_value value = {.type = BOLT_INT};
    const unsigned char *data = vector->data;
    float single;
    uint32_t bits;
    switch (vector->type) {
    case BOLT_VECTOR_I8:
        value.as.integer = (int8_t)data[i];
        break;
    case BOLT_VECTOR_I16:
        value.as.integer = (int16_t)unpack_be(data + 2 * i, 2);
        break;
    case BOLT_VECTOR_I32:
        value.as.integer = (int32_t)unpack_be(data + 4 * i, 4);
        break;
    case BOLT_VECTOR_I64:
        value.as.integer = (int64_t)unpack_be64(data + 8 * i);
        break;
    case BOLT_VECTOR_F32:
        bits = (uint32_t)unpack_be(data + 4 * i, 4);
        memcpy(&single, &bits, sizeof single);
        value.type = BOLT_FLOAT;
        value.as.real = (double)single;
        break;
    case BOLT_VECTOR_F64:
        value.type = BOLT_FLOAT;
        value.as.real = unpack_double(data + 8 * i);
        break;
    }
    return value;
}

struct bolt_value bolt_at(const struct bolt_value *list, size_t i) {
    if (list->type == BOLT_VECTOR) {
        struct bolt_vector_view vector = bolt_vector(list);
        assert(i < vector.count);
        return vector_at(&vector, i);
    }
    assert(list->type == BOLT_LIST && i < list->length);
    if (!list->packed) return list->as.items[i];
    return (struct bolt_value){.type = BOLT_FLOAT,
                               .as.real = unpack_double(list->as.bytes + i * PACK_FLOAT_BYTES + 1)};
}

static enum hm_status wrong_type(const struct bolt_value *value, unsigned expected,
                                 struct hm_error *err) {
    return hm_fail(err, HM_EFORMAT, "found a value of type %s, expected %s",
                   value ? bolt_type_name(value->type) : "nothing", bolt_type_name(expected));
}

enum hm_status bolt_to_bool(const struct bolt_value *value, bool *out, struct hm_error *err) {
    if (!value || value->type != BOLT_BOOL) return wrong_type(value, BOLT_BOOL, err);
    *out = value->as.boolean;
    return HM_OK;
}

enum hm_status bolt_to_int(const struct bolt_value *value, int64_t *out, struct hm_error *err) {
    if (!value || value->type != BOLT_INT) return wrong_type(value, BOLT_INT, err);
    *out = value->as.integer;
    return HM_OK;
}

enum hm_status bolt_to_float(const struct bolt_value *value, double *out, struct hm_error *err) {
    if (value && value->type == BOLT_INT)
        *out = (double)value->as.integer;
    else if (value && value->type == BOLT_FLOAT)
        *out = value->as.real;
    else
        return wrong_type(value, BOLT_FLOAT, err);
    return HM_OK;
}

enum hm_status bolt_to_string(const struct bolt_value *value, const char **out,
                              struct hm_error *err) {
    *out = NULL;
    if (!value || value->type != BOLT_STRING) return wrong_type(value, BOLT_STRING, err);
    *out = value->as.string;
    return HM_OK;
}

static enum hm_status check_length(const struct bolt_value *list, size_t count,
                                   struct hm_error *err) {
    if (!list || (list->type != BOLT_LIST && list->type != BOLT_VECTOR))
        return wrong_type(list, BOLT_LIST, err);
    size_t found = list->type == BOLT_VECTOR ? bolt_vector(list).count : list->length;
    if (found == count) return HM_OK;
    return hm_fail(err, HM_EFORMAT, "found a list of %zu numbers, expected %zu", found, count);
}

enum hm_status bolt_to_f64(const struct bolt_value *list, double *out, size_t count,
                           struct hm_error *err) {
    HM_TRY(check_length(list, count, err));
    if (list->type == BOLT_LIST && list->packed) {
        const unsigned char *p = list->as.bytes + 1;
        for (size_t i = 0; i < count; i++, p += PACK_FLOAT_BYTES)
            out[i] = unpack_double(p);
        return HM_OK;
    }
    for (size_t i = 0; i < count; i++) {
        struct bolt_value item = bolt_at(list, i);
        HM_TRY(bolt_to_float(&item, &out[i], err));
    }
    return HM_OK;
}

enum hm_status bolt_to_f32(const struct bolt_value *list, float *out, size_t count,
                           struct hm_error *err) {
    HM_TRY(check_length(list, count, err));
    if (list->type == BOLT_LIST && list->packed) {
        const unsigned char *p = list->as.bytes + 1;
        for (size_t i = 0; i < count; i++, p += PACK_FLOAT_BYTES)
            out[i] = (float)unpack_double(p);
        return HM_OK;
    }
    for (size_t i = 0; i < count; i++) {
        struct bolt_value item = bolt_at(list, i);
        double number = 0;
        HM_TRY(bolt_to_float(&item, &number, err));
        out[i] = (float)number;
    }
    return HM_OK;
}

int64_t bolt_date(const struct bolt_value *value) {
    assert(value->type == BOLT_DATE);
    return value->as.items[0].as.integer;
}

struct bolt_node_view bolt_node(const struct bolt_value *value) {
    assert(value->type == BOLT_NODE);
    const struct bolt_value *f = value->as.items;
    return (struct bolt_node_view){f[0].as.integer, f[3].as.string, f[1], f[2]};
}

struct bolt_relationship_view bolt_relationship(const struct bolt_value *value) {
    const struct bolt_value *f = value->as.items;
    if (value->type == BOLT_UNBOUND)
        return (struct bolt_relationship_view){.id = f[0].as.integer,
                                               .start_id = -1,
                                               .end_id = -1,
                                               .element_id = f[3].as.string,
                                               .start_element_id = "",
                                               .end_element_id = "",
                                               .type = f[1].as.string,
                                               .properties = f[2]};
    assert(value->type == BOLT_RELATIONSHIP);
    return (struct bolt_relationship_view){.id = f[0].as.integer,
                                           .start_id = f[1].as.integer,
                                           .end_id = f[2].as.integer,
                                           .element_id = f[5].as.string,
                                           .start_element_id = f[6].as.string,
                                           .end_element_id = f[7].as.string,
                                           .type = f[3].as.string,
                                           .properties = f[4]};
}

struct bolt_time_view bolt_time(const struct bolt_value *value) {
    assert(value->type == BOLT_TIME || value->type == BOLT_LOCAL_TIME);
    const struct bolt_value *f = value->as.items;
    bool zoned = value->type == BOLT_TIME;
    return (struct bolt_time_view){f[0].as.integer, zoned ? (int32_t)f[1].as.integer : 0, zoned};
}

struct bolt_date_time_view bolt_date_time(const struct bolt_value *value) {
    assert(value->type == BOLT_DATE_TIME || value->type == BOLT_LOCAL_DATE_TIME);
    const struct bolt_value *f = value->as.items;
    struct bolt_date_time_view view = {.seconds = f[0].as.integer,
                                       .nanoseconds = (int32_t)f[1].as.integer};
    switch (value->tag) {
    case TAG_LEGACY_DATE_TIME: // seconds of the wall clock, but the offset is at hand
    case TAG_DATE_TIME:
        view.has_offset = true;
        view.offset_seconds = (int32_t)f[2].as.integer;
        if (value->tag == TAG_LEGACY_DATE_TIME)
            view.seconds =
                (int64_t)((uint64_t)view.seconds - (uint64_t)(int64_t)view.offset_seconds);
        break;
    case TAG_LEGACY_DATE_TIME_ZONE:
    case TAG_DATE_TIME_ZONE:
        view.zone = f[2].as.string;
        view.wall_clock = value->tag == TAG_LEGACY_DATE_TIME_ZONE;
        break;
    default:
        view.wall_clock = true;
    }
    return view;
}

struct bolt_duration_view bolt_duration(const struct bolt_value *value) {
    assert(value->type == BOLT_DURATION);
    const struct bolt_value *f = value->as.items;
    return (struct bolt_duration_view){f[0].as.integer, f[1].as.integer, f[2].as.integer,
                                       (int32_t)f[3].as.integer};
}

struct bolt_point_view bolt_point(const struct bolt_value *value) {
    assert(value->type == BOLT_POINT);
    const struct bolt_value *f = value->as.items;
    int dimensions = (int)value->length - 1;
    return (struct bolt_point_view){(int32_t)f[0].as.integer, dimensions, f[1].as.real,
                                    f[2].as.real, dimensions == 3 ? f[3].as.real : 0};
}

struct bolt_vector_view bolt_vector(const struct bolt_value *value) {
    assert(value->type == BOLT_VECTOR);
    const struct bolt_value *f = value->as.items;
    enum bolt_vector_type type = f[0].as.bytes[0];
    unsigned bytes = type == BOLT_VECTOR_I8                               ? 1
                     : type == BOLT_VECTOR_I16                            ? 2
                     : type == BOLT_VECTOR_I32 || type == BOLT_VECTOR_F32 ? 4
                                                                          : 8;
    return (struct bolt_vector_view){type, f[1].length / bytes, f[1].as.bytes};
}

struct bolt_unsupported_view bolt_unsupported(const struct bolt_value *value) {
    assert(value->type == BOLT_UNSUPPORTED);
    const struct bolt_value *f = value->as.items;
    const struct bolt_value *message = bolt_get(&f[3], "message");
    return (struct bolt_unsupported_view){
        f[0].as.string, (int)f[1].as.integer, (int)f[2].as.integer,
        message && message->type == BOLT_STRING ? message->as.string : ""};
}

size_t bolt_path_length(const struct bolt_value *path) {
    assert(path->type == BOLT_PATH);
    return path->as.items[2].length / 2;
}

struct bolt_node_view bolt_path_node(const struct bolt_value *path, size_t i) {
    assert(path->type == BOLT_PATH && i <= bolt_path_length(path));
    const struct bolt_value *steps = path->as.items[2].as.items;
    int64_t index = i == 0 ? 0 : steps[2 * i - 1].as.integer;
    return bolt_node(&path->as.items[0].as.items[index]);
}

struct bolt_relationship_view bolt_path_relationship(const struct bolt_value *path, size_t i) {
    assert(path->type == BOLT_PATH && i < bolt_path_length(path));
    int64_t index = path->as.items[2].as.items[2 * i].as.integer;
    bool forward = index > 0;
    struct bolt_relationship_view view =
        bolt_relationship(&path->as.items[1].as.items[(forward ? index : -index) - 1]);
    struct bolt_node_view start = bolt_path_node(path, forward ? i : i + 1);
    struct bolt_node_view end = bolt_path_node(path, forward ? i + 1 : i);
    view.start_id = start.id;
    view.start_element_id = start.element_id;
    view.end_id = end.id;
    view.end_element_id = end.element_id;
    return view;
}
