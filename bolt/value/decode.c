// SPDX-License-Identifier: MIT
// PackStream bytes -> values, in place: strings and byte arrays stay where they were received,
// lists of FLOAT stay in wire format, only containers take memory. The bytes are hostile until
// proven otherwise, therefore
//   1. no recursion: open containers are frames on an explicit stack of BOLT_MAX_DEPTH;
//   2. memory is taken for a container only after its announced count was found possible in the
//      bytes that remain;
//   3. a structure with a known tag has exactly the fields of its row in `shapes`, or the message
//      is malformed.
// Strings get their terminating NUL when the byte behind them, the next marker, has been read.

#include "value/packstream.h"

#include <inttypes.h>
#include <stdio.h>

/** Field letters:
 *      i INTEGER   f FLOAT   s STRING   b BYTES   m MAP
 *  and lists of
 *      S STRING   I INTEGER   N nodes   U unbound relationships */
static const struct shape {
    uint8_t tag;
    uint8_t type;
    const char *fields;
    uint8_t full; // fields after completion: element ids are made up for servers before Bolt 5
} shapes[] = {
    {TAG_NODE, BOLT_NODE, "iSms", 4},
    {TAG_NODE, BOLT_NODE, "iSm", 4},
    {TAG_RELATIONSHIP, BOLT_RELATIONSHIP, "iiismsss", 8},
    {TAG_RELATIONSHIP, BOLT_RELATIONSHIP, "iiism", 8},
    {TAG_UNBOUND, BOLT_UNBOUND, "isms", 4},
    {TAG_UNBOUND, BOLT_UNBOUND, "ism", 4},
    {TAG_PATH, BOLT_PATH, "NUI", 3},
    {TAG_DATE, BOLT_DATE, "i", 1},
    {TAG_TIME, BOLT_TIME, "ii", 2},
    {TAG_LOCAL_TIME, BOLT_LOCAL_TIME, "i", 1},
    {TAG_DATE_TIME, BOLT_DATE_TIME, "iii", 3},
    {TAG_DATE_TIME_ZONE, BOLT_DATE_TIME, "iis", 3},
    {TAG_LEGACY_DATE_TIME, BOLT_DATE_TIME, "iii", 3},
    {TAG_LEGACY_DATE_TIME_ZONE, BOLT_DATE_TIME, "iis", 3},
    {TAG_LOCAL_DATE_TIME, BOLT_LOCAL_DATE_TIME, "ii", 2},
    {TAG_DURATION, BOLT_DURATION, "iiii", 4},
    {TAG_POINT_2D, BOLT_POINT, "iff", 3},
    {TAG_POINT_3D, BOLT_POINT, "ifff", 4},
    {TAG_VECTOR, BOLT_VECTOR, "bb", 2},
    {TAG_UNSUPPORTED, BOLT_UNSUPPORTED, "siim", 4},
};

static const struct shape *find_shape(unsigned tag, size_t field_count) {
    const struct shape *other = NULL;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (shapes[i].tag != tag) continue;
        if (strlen(shapes[i].fields) == field_count) return &shapes[i];
        other = &shapes[i];
    }
    return other; // with another number of fields: refused by check_fields
}

struct frame {
    struct bolt_value *self;    // the container
    struct bolt_value *items;   // list or structure: next item to fill
    struct bolt_entry *entries; // map: next entry to fill
    uint32_t left;              // items or entries still to come
};

struct decoder {
    unsigned char *at, *end;
    unsigned char *string_end; // where a NUL is due once the next marker has been read
    struct hm_arena *arena;
    size_t memory_left; // for containers
    size_t depth;
    struct frame frames[BOLT_MAX_DEPTH];
};

static enum hm_status malformed(struct hm_error *err, const char *what) {
    return hm_fail(err, HM_EPROTO, "malformed message: %s", what);
}

static size_t bytes_left(const struct decoder *d) {
    return (size_t)(d->end - d->at);
}

/** Take the next marker; only now may the NUL of a string before it overwrite it. */
static enum hm_status take_marker(struct decoder *d, unsigned *marker, struct hm_error *err) {
    if (d->at == d->end) return malformed(err, "it ends where a value was expected");
    *marker = *d->at++;
    if (d->string_end) *d->string_end = '\0';
    d->string_end = NULL;
    return HM_OK;
}

static enum hm_status take_number(struct decoder *d, unsigned bytes, uint64_t *number,
                                  struct hm_error *err) {
    if (bytes_left(d) < bytes) return malformed(err, "it ends inside a number");
    *number = unpack_be(d->at, bytes);
    d->at += bytes;
    return HM_OK;
}

/** Number in `bytes` bytes with its sign. */
static enum hm_status take_int(struct decoder *d, unsigned bytes, struct bolt_value *value,
                               struct hm_error *err) {
    uint64_t number = 0;
    HM_TRY(take_number(d, bytes, &number, err));
    unsigned shift = 64 - 8 * bytes;
    value->type = BOLT_INT;
    value->as.integer = (int64_t)(number << shift) >> shift;
    return HM_OK;
}

static enum hm_status take_run(struct decoder *d, size_t size, struct bolt_value *value,
                               uint8_t type, struct hm_error *err) {
    if (size > bytes_left(d)) return malformed(err, "a string is longer than the message");
    value->type = type;
    value->length = (uint32_t)size;
    value->as.bytes = d->at;
    d->at += size;
    if (type == BOLT_STRING) d->string_end = d->at;
    return HM_OK;
}

static enum hm_status take_key(struct decoder *d, struct bolt_entry *entry, struct hm_error *err) {
    unsigned marker = 0;
    uint64_t size = 0;
    HM_TRY(take_marker(d, &marker, err));
    if ((marker & 0xf0) == PACK_TINY_STRING)
        size = marker & 0x0f;
    else if (marker >= PACK_STRING8 && marker <= PACK_STRING8 + 2)
        HM_TRY(take_number(d, 1u << (marker - PACK_STRING8), &size, err));
    else
        return malformed(err, "a map key is no string");
    struct bolt_value text = {0};
    HM_TRY(take_run(d, (size_t)size, &text, BOLT_STRING, err));
    entry->key = text.as.string;
    entry->key_length = text.length;
    return HM_OK;
}

/** A list of FLOAT only stays as it is; true when it was one. */
static bool take_packed_floats(struct decoder *d, size_t count, struct bolt_value *value) {
    if (count > bytes_left(d) / PACK_FLOAT_BYTES) return false;
    const unsigned char *p = d->at;
    for (size_t i = 0; i < count; i++, p += PACK_FLOAT_BYTES)
        if (*p != PACK_FLOAT) return false;
    value->packed = 1;
    value->as.bytes = d->at;
    d->at += count * PACK_FLOAT_BYTES;
    return true;
}

/** Memory for a container; NULL without, or (memory_left is 0 then) when the limit is reached: a
 *  NULL takes one byte on the wire and 16 here. */
static void *take_memory(struct decoder *d, size_t size) {
    if (size >= d->memory_left) {
        d->memory_left = 0;
        return NULL;
    }
    d->memory_left -= size;
    return hm_arena_alloc(d->arena, size);
}

static enum hm_status open_container(struct decoder *d, struct frame frame, struct hm_error *err) {
    if (d->depth == BOLT_MAX_DEPTH)
        return hm_fail(err, HM_EPROTO, "malformed message: values nested deeper than %d",
                       BOLT_MAX_DEPTH);
    if (!frame.items && !frame.entries)
        return d->memory_left ? hm_fail(err, HM_ENOMEM, "no memory for a received value")
                              : hm_fail(err, HM_EPROTO,
                                        "a message's lists and maps take more than %d bytes of "
                                        "memory",
                                        BOLT_MAX_VALUES_BYTES);
    d->frames[d->depth++] = frame;
    return HM_OK;
}

static enum hm_status take_list(struct decoder *d, size_t count, struct bolt_value *value,
                                struct hm_error *err) {
    value->type = BOLT_LIST;
    value->length = (uint32_t)count;
    if (count > bytes_left(d)) return malformed(err, "a list is longer than the message");
    if (count == 0) return HM_OK;
    if (d->depth > 0 && *d->at == PACK_FLOAT && take_packed_floats(d, count, value)) return HM_OK;
    struct bolt_value *items = take_memory(d, count * sizeof *items);
    value->as.items = items;
    return open_container(d, (struct frame){.self = value, .items = items, .left = (uint32_t)count},
                          err);
}

static enum hm_status take_map(struct decoder *d, size_t count, struct bolt_value *value,
                               struct hm_error *err) {
    value->type = BOLT_MAP;
    value->length = (uint32_t)count;
    if (count > bytes_left(d) / 2) return malformed(err, "a map is longer than the message");
    if (count == 0) return HM_OK;
    struct bolt_entry *entries = take_memory(d, count * sizeof *entries);
    value->as.entries = entries;
    return open_container(
        d, (struct frame){.self = value, .entries = entries, .left = (uint32_t)count}, err);
}

static enum hm_status take_structure(struct decoder *d, size_t count, struct bolt_value *value,
                                     struct hm_error *err) {
    if (bytes_left(d) < 1 + count) return malformed(err, "a structure is longer than the message");
    value->tag = *d->at++;
    value->type = BOLT_STRUCTURE;
    value->length = (uint32_t)count;
    const struct shape *shape = find_shape(value->tag, count);
    size_t room = shape && shape->full > count ? shape->full : count;
    struct bolt_value *items = take_memory(d, (room ? room : 1) * sizeof *items);
    value->as.items = items;
    return open_container(d, (struct frame){.self = value, .items = items, .left = (uint32_t)count},
                          err);
}

/** One value; containers are only opened (pushed). */
static enum hm_status take_value(struct decoder *d, struct bolt_value *value,
                                 struct hm_error *err) {
    unsigned marker = 0;
    uint64_t size = 0;
    HM_TRY(take_marker(d, &marker, err));
    if (marker < 0x80 || marker >= 0xf0) {
        value->type = BOLT_INT;
        value->as.integer = (int8_t)marker;
        return HM_OK;
    }
    switch (marker & 0xf0) {
    case PACK_TINY_STRING:
        return take_run(d, marker & 0x0f, value, BOLT_STRING, err);
    case PACK_TINY_LIST:
        return take_list(d, marker & 0x0f, value, err);
    case PACK_TINY_MAP:
        return take_map(d, marker & 0x0f, value, err);
    case PACK_TINY_STRUCT:
        return take_structure(d, marker & 0x0f, value, err);
    default:
        break;
    }
    switch (marker) {
    case PACK_NULL:
        value->type = BOLT_NULL;
        return HM_OK;
    case PACK_FALSE:
    case PACK_TRUE:
        value->type = BOLT_BOOL;
        value->as.boolean = marker == PACK_TRUE;
        return HM_OK;
    case PACK_FLOAT:
        if (bytes_left(d) < 8) return malformed(err, "it ends inside a number");
        value->type = BOLT_FLOAT;
        value->as.real = unpack_double(d->at);
        d->at += 8;
        return HM_OK;
    case PACK_INT8:
    case PACK_INT16:
    case PACK_INT32:
    case PACK_INT64:
        return take_int(d, 1u << (marker - PACK_INT8), value, err);
    case PACK_BYTES8:
    case PACK_BYTES8 + 1:
    case PACK_BYTES8 + 2:
        HM_TRY(take_number(d, 1u << (marker - PACK_BYTES8), &size, err));
        return take_run(d, (size_t)size, value, BOLT_BYTES, err);
    case PACK_STRING8:
    case PACK_STRING8 + 1:
    case PACK_STRING8 + 2:
        HM_TRY(take_number(d, 1u << (marker - PACK_STRING8), &size, err));
        return take_run(d, (size_t)size, value, BOLT_STRING, err);
    case PACK_LIST8:
    case PACK_LIST8 + 1:
    case PACK_LIST8 + 2:
        HM_TRY(take_number(d, 1u << (marker - PACK_LIST8), &size, err));
        return take_list(d, (size_t)size, value, err);
    case PACK_MAP8:
    case PACK_MAP8 + 1:
    case PACK_MAP8 + 2:
        HM_TRY(take_number(d, 1u << (marker - PACK_MAP8), &size, err));
        return take_map(d, (size_t)size, value, err);
    default:
        return hm_fail(err, HM_EPROTO, "malformed message: unknown marker %02X", marker);
    }
}

static bool list_of(const struct bolt_value *list, unsigned type) {
    if (list->type != BOLT_LIST || list->packed) return false;
    for (uint32_t i = 0; i < list->length; i++)
        if (list->as.items[i].type != type) return false;
    return true;
}

static bool field_fits(const struct bolt_value *value, char letter) {
    switch (letter) {
    case 'i':
        return value->type == BOLT_INT;
    case 'f':
        return value->type == BOLT_FLOAT;
    case 's':
        return value->type == BOLT_STRING;
    case 'b':
        return value->type == BOLT_BYTES;
    case 'm':
        return value->type == BOLT_MAP;
    case 'S':
        return list_of(value, BOLT_STRING);
    case 'I':
        return list_of(value, BOLT_INT);
    case 'N':
        return list_of(value, BOLT_NODE);
    case 'U':
        return list_of(value, BOLT_UNBOUND);
    default:
        return false;
    }
}

/** Steps of a path are pairs of a relationship (1-based; negative: against its direction) and a
 *  node (0-based). */
static bool path_is_sound(const struct bolt_value *fields) {
    int64_t nodes = fields[0].length, relationships = fields[1].length;
    const struct bolt_value *steps = fields[2].as.items;
    if (nodes == 0 || fields[2].length % 2) return false;
    for (uint32_t i = 0; i < fields[2].length; i += 2) {
        int64_t r = steps[i].as.integer, n = steps[i + 1].as.integer;
        if (r == 0 || r > relationships || r < -relationships || n < 0 || n >= nodes) return false;
    }
    return true;
}

/** Bytes of an item of a vector, 0 for an unknown type. */
static unsigned vector_item(unsigned marker) {
    switch (marker) {
    case BOLT_VECTOR_I8:
        return 1;
    case BOLT_VECTOR_I16:
        return 2;
    case BOLT_VECTOR_I32:
    case BOLT_VECTOR_F32:
        return 4;
    case BOLT_VECTOR_I64:
    case BOLT_VECTOR_F64:
        return 8;
    default:
        return 0;
    }
}

static bool vector_is_sound(const struct bolt_value *fields) {
    unsigned item = fields[0].length == 1 ? vector_item(fields[0].as.bytes[0]) : 0;
    return item && fields[1].length % item == 0;
}

static enum hm_status element_id(struct decoder *d, const struct bolt_value *id,
                                 struct bolt_value *out, struct hm_error *err) {
    char text[24];
    int length = snprintf(text, sizeof text, "%" PRId64, id->as.integer);
    *out = (struct bolt_value){.type = BOLT_STRING, .length = (uint32_t)length};
    out->as.string = hm_arena_copy(d->arena, text, (size_t)length);
    return out->as.string ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a received value");
}

/** All fields of a structure are there: give it its type. */
static enum hm_status finish_structure(struct decoder *d, struct bolt_value *value,
                                       struct bolt_value *fields, struct hm_error *err) {
    const struct shape *shape = find_shape(value->tag, value->length);
    if (!shape) return HM_OK;
    bool sound = strlen(shape->fields) == value->length;
    for (uint32_t i = 0; sound && i < value->length; i++)
        sound = field_fits(&fields[i], shape->fields[i]);
    if (sound && shape->type == BOLT_PATH) sound = path_is_sound(fields);
    if (sound && shape->type == BOLT_VECTOR) sound = vector_is_sound(fields);
    if (!sound)
        return hm_fail(err, HM_EPROTO,
                       "malformed message: structure %02X does not have the fields of a %s",
                       value->tag, bolt_type_name(shape->type));
    value->type = shape->type;
    if (value->length < shape->full) { // ids: those of the structure itself, then of start and end
        for (uint32_t i = 0; i < shape->full - value->length; i++)
            HM_TRY(element_id(d, &fields[i], &fields[value->length + i], err));
        value->length = shape->full;
    }
    return HM_OK;
}

/** The next slot of the innermost container; closes those that are full.
 *  slot  NULL: the outermost value is complete */
static enum hm_status next_slot(struct decoder *d, struct bolt_value **slot, struct hm_error *err) {
    *slot = NULL;
    while (d->depth > 0) {
        struct frame *top = &d->frames[d->depth - 1];
        if (top->left > 0) {
            top->left--;
            if (!top->entries) {
                *slot = top->items++;
                return HM_OK;
            }
            struct bolt_entry *entry = top->entries++;
            *slot = &entry->value;
            return take_key(d, entry, err);
        }
        d->depth--;
        if (top->self->type == BOLT_STRUCTURE)
            HM_TRY(finish_structure(d, top->self, top->items - top->self->length, err));
    }
    return HM_OK;
}

enum hm_status bolt_decode(unsigned char *bytes, size_t length, struct hm_arena *arena,
                           struct bolt_value *value, struct hm_error *err) {
    struct decoder d; // 32 KiB of frames, deliberately not initialised
    d.at = bytes;
    d.end = bytes + length;
    d.string_end = NULL;
    d.arena = arena;
    d.memory_left = BOLT_MAX_VALUES_BYTES;
    d.depth = 0;
    *value = (struct bolt_value){0};
    enum hm_status status = HM_OK;
    for (struct bolt_value *slot = value; slot && status == HM_OK;) {
        status = take_value(&d, slot, err);
        if (status == HM_OK) status = next_slot(&d, &slot, err);
    }
    if (d.string_end) *d.string_end = '\0';
    if (status == HM_OK && d.at != d.end)
        status = malformed(err, "bytes are left over behind its value");
    if (status != HM_OK) *value = (struct bolt_value){0}; // half a map is not to be looked at
    return status;
}

enum hm_status bolt_decode_copy(const unsigned char *bytes, size_t length, struct hm_arena *arena,
                                struct bolt_value *value, struct hm_error *err) {
    unsigned char *copy = hm_arena_alloc(arena, length + 1);
    if (!copy)
        return hm_fail(err, HM_ENOMEM, "no memory for a received message of %zu bytes", length);
    memcpy(copy, bytes, length);
    return bolt_decode(copy, length, arena, value, err);
}
