// SPDX-License-Identifier: MIT
// Building parameters: every call appends PackStream bytes at once, so sending is copying. Only
// date-times may need a correction when sent, since Bolt before 5.0 counts their seconds
// differently: their places are remembered (moments).

#include "value/packstream.h"

#include <stdlib.h>

struct bolt_level {
    size_t left; // values still to come
    bool is_map;
};

struct bolt_params *bolt_params_new(void) {
    return calloc(1, sizeof(struct bolt_params));
}

void bolt_params_free(struct bolt_params *params) {
    if (!params) return;
    hm_buf_free(&params->bytes);
    free(params->levels);
    free(params->moments);
    free(params);
}

void bolt_params_clear(struct bolt_params *params) {
    params->bytes.length = 0;
    params->count = 0;
    params->level_count = 0;
    params->moment_count = 0;
    params->has_vector = false;
    params->error = (struct hm_error){0};
}

enum hm_status bolt_params_status(const struct bolt_params *params, struct hm_error *err) {
    if (params->error.status != HM_OK) {
        if (err) *err = params->error;
        return params->error.status;
    }
    if (params->level_count)
        return hm_fail(err, HM_EARG, "parameters: %zu lists or maps were begun and not ended",
                       params->level_count);
    return HM_OK;
}

static void append_bytes(struct bolt_params *params, const void *bytes, size_t length) {
    if (params->error.status != HM_OK) return;
    if (hm_buf_append(&params->bytes, bytes, length, &params->error) != HM_OK)
        hm_error_prefix(&params->error, "parameters");
}

/** What comes before a value: its key, and the accounting of the list or map it is in. */
static bool begin_value(struct bolt_params *params, const char *name) {
    if (params->error.status != HM_OK) return false;
    struct bolt_level *level =
        params->level_count ? &params->levels[params->level_count - 1] : NULL;
    bool in_map = !level || level->is_map;
    if (level && level->left == 0)
        hm_fail(&params->error, HM_EARG, "parameters: more values than were announced");
    else if (in_map && !name)
        hm_fail(&params->error, HM_EARG, "parameters: a value in a map needs a name");
    else if (!in_map && name)
        hm_fail(&params->error, HM_EARG, "parameters: %s: a value in a list has no name", name);
    if (params->error.status != HM_OK) return false;
    if (level)
        level->left--;
    else
        params->count++;
    if (!in_map) return true;
    unsigned char head[PACK_HEAD];
    size_t length = strlen(name);
    append_bytes(params, head, pack_string_head(head, length));
    append_bytes(params, name, length);
    return params->error.status == HM_OK;
}

void bolt_put_null(struct bolt_params *params, const char *name) {
    if (begin_value(params, name)) append_bytes(params, &(unsigned char){PACK_NULL}, 1);
}

void bolt_put_bool(struct bolt_params *params, const char *name, bool value) {
    unsigned char marker = value ? PACK_TRUE : PACK_FALSE;
    if (begin_value(params, name)) append_bytes(params, &marker, 1);
}

void bolt_put_int(struct bolt_params *params, const char *name, int64_t value) {
    unsigned char head[PACK_HEAD];
    if (begin_value(params, name)) append_bytes(params, head, pack_int(head, value));
}

void bolt_put_float(struct bolt_params *params, const char *name, double value) {
    unsigned char head[PACK_HEAD];
    if (begin_value(params, name)) append_bytes(params, head, pack_float(head, value));
}

void bolt_put_string(struct bolt_params *params, const char *name, const char *text) {
    bolt_put_text(params, name, text, strlen(text));
}

/** PackStream counts in 32 bits. */
static bool fits_wire(struct bolt_params *params, size_t size) {
    if (size <= UINT32_MAX) return true;
    hm_fail(&params->error, HM_EARG, "parameters: a value of %zu bytes or items is too large",
            size);
    return false;
}

void bolt_put_text(struct bolt_params *params, const char *name, const char *text, size_t length) {
    unsigned char head[PACK_HEAD];
    if (!begin_value(params, name) || !fits_wire(params, length)) return;
    append_bytes(params, head, pack_string_head(head, length));
    append_bytes(params, text, length);
}

void bolt_put_bytes(struct bolt_params *params, const char *name, const void *bytes,
                    size_t length) {
    unsigned char head[PACK_HEAD];
    if (!begin_value(params, name) || !fits_wire(params, length)) return;
    append_bytes(params, head, pack_bytes_head(head, length));
    append_bytes(params, bytes, length);
}

/** Head of a list and room for count FLOATs behind it; NULL on failure. The caller fills them all
 * in. */
static unsigned char *begin_floats(struct bolt_params *params, const char *name, size_t count) {
    unsigned char head[PACK_HEAD];
    if (!begin_value(params, name) || !fits_wire(params, count)) return NULL;
    append_bytes(params, head, pack_list_head(head, count));
    size_t size =
        count * PACK_FLOAT_BYTES; // count < 2^32: no overflow of 64 bits; reserve checks the rest
    if (params->error.status != HM_OK) return NULL;
    if (hm_buf_reserve(&params->bytes, size, &params->error) != HM_OK) return NULL;
    unsigned char *room = (unsigned char *)params->bytes.data + params->bytes.length;
    params->bytes.length += size;
    return room;
}

void bolt_put_f32(struct bolt_params *params, const char *name, const float *numbers,
                  size_t count) {
    unsigned char *to = begin_floats(params, name, count);
    for (size_t i = 0; to && i < count; i++, to += PACK_FLOAT_BYTES)
        pack_float(to, (double)numbers[i]);
}

void bolt_put_f64(struct bolt_params *params, const char *name, const double *numbers,
                  size_t count) {
    unsigned char *to = begin_floats(params, name, count);
    for (size_t i = 0; to && i < count; i++, to += PACK_FLOAT_BYTES)
        pack_float(to, numbers[i]);
}

static void push_level(struct bolt_params *params, size_t count, bool is_map) {
    if (params->level_count == BOLT_MAX_DEPTH) {
        hm_fail(&params->error, HM_EARG, "parameters: nested deeper than %d", BOLT_MAX_DEPTH);
        return;
    }
    if (hm_grow(&params->levels, &params->level_capacity, params->level_count + 1,
                sizeof *params->levels, &params->error) != HM_OK)
        return;
    params->levels[params->level_count++] = (struct bolt_level){count, is_map};
}

static void begin_level(struct bolt_params *params, const char *name, size_t count, bool is_map) {
    unsigned char head[PACK_HEAD];
    if (!begin_value(params, name) || !fits_wire(params, count)) return;
    append_bytes(params, head, is_map ? pack_map_head(head, count) : pack_list_head(head, count));
    push_level(params, count, is_map);
}

void bolt_begin_list(struct bolt_params *params, const char *name, size_t count) {
    begin_level(params, name, count, false);
}

void bolt_begin_map(struct bolt_params *params, const char *name, size_t count) {
    begin_level(params, name, count, true);
}

void bolt_end(struct bolt_params *params) {
    if (params->error.status != HM_OK) return;
    if (params->level_count == 0)
        hm_fail(&params->error, HM_EARG, "parameters: bolt_end without a list or map");
    else if (params->levels[params->level_count - 1].left)
        hm_fail(&params->error, HM_EARG, "parameters: %zu values fewer than were announced",
                params->levels[params->level_count - 1].left);
    else
        params->level_count--;
}

static void append_structure(struct bolt_params *params, unsigned tag, unsigned field_count) {
    unsigned char head[2] = {(unsigned char)(PACK_TINY_STRUCT | field_count), (unsigned char)tag};
    append_bytes(params, head, sizeof head);
}

static void append_int(struct bolt_params *params, int64_t number) {
    unsigned char head[PACK_HEAD];
    append_bytes(params, head, pack_int(head, number));
}

static void append_float(struct bolt_params *params, double number) {
    unsigned char head[PACK_HEAD];
    append_bytes(params, head, pack_float(head, number));
}

static void append_text(struct bolt_params *params, const char *text) {
    unsigned char head[PACK_HEAD];
    append_bytes(params, head, pack_string_head(head, strlen(text)));
    append_bytes(params, text, strlen(text));
}

void bolt_begin_structure(struct bolt_params *params, const char *name, unsigned tag,
                          unsigned count) {
    if (!begin_value(params, name)) return;
    append_structure(params, tag, count);
    push_level(params, count, false);
}

void bolt_put_date(struct bolt_params *params, const char *name, int64_t days) {
    if (!begin_value(params, name)) return;
    append_structure(params, TAG_DATE, 1);
    append_int(params, days);
}

void bolt_put_time(struct bolt_params *params, const char *name,
                   const struct bolt_time_view *time) {
    if (!begin_value(params, name)) return;
    append_structure(params, time->has_offset ? TAG_TIME : TAG_LOCAL_TIME,
                     time->has_offset ? 2 : 1);
    append_int(params, time->nanoseconds);
    if (time->has_offset) append_int(params, time->offset_seconds);
}

static bool add_moment(struct bolt_params *params, const struct bolt_date_time_view *time) {
    if (hm_grow(&params->moments, &params->moment_capacity, params->moment_count + 1,
                sizeof *params->moments, &params->error) != HM_OK)
        return false;
    params->moments[params->moment_count++] =
        (struct bolt_moment){.at = params->bytes.length,
                             .seconds = time->seconds,
                             .offset_seconds = time->offset_seconds,
                             .has_offset = time->has_offset,
                             .wall_clock = time->wall_clock};
    return true;
}

/** The encoded entries of inner, without a head. */
static void append_entries(struct bolt_params *params, const struct bolt_params *inner) {
    size_t shift = params->bytes.length;
    append_bytes(params, inner->bytes.data, inner->bytes.length);
    for (size_t i = 0; i < inner->moment_count && params->error.status == HM_OK; i++) {
        if (!add_moment(params, &(struct bolt_date_time_view){0})) return;
        struct bolt_moment *moment = &params->moments[params->moment_count - 1];
        *moment = inner->moments[i];
        moment->at += shift;
        moment->zone += shift;
    }
    params->has_vector |= inner->has_vector;
}

void bolt_params_add_all(struct bolt_params *params, const struct bolt_params *inner) {
    if (params->error.status != HM_OK || bolt_params_status(inner, &params->error) != HM_OK) return;
    append_entries(params, inner);
    params->count += inner->count;
}

void bolt_put_params(struct bolt_params *params, const char *name,
                     const struct bolt_params *inner) {
    unsigned char head[PACK_HEAD];
    if (!inner || !begin_value(params, name) || bolt_params_status(inner, &params->error) != HM_OK)
        return;
    append_bytes(params, head, pack_map_head(head, inner->count));
    append_entries(params, inner);
}

void bolt_put_date_time(struct bolt_params *params, const char *name,
                        const struct bolt_date_time_view *time) {
    if (!begin_value(params, name)) return;
    if (!time->zone && !time->has_offset) {
        append_structure(params, TAG_LOCAL_DATE_TIME, 2);
        append_int(params, time->seconds);
        append_int(params, time->nanoseconds);
        return;
    }
    if (!add_moment(params, time)) return;
    append_structure(params, time->zone ? TAG_DATE_TIME_ZONE : TAG_DATE_TIME, 3);
    unsigned char seconds[PACK_HEAD] = {PACK_INT64}; // of fixed size, so that it can be corrected
    pack_be64(seconds + 1, (uint64_t)time->seconds);
    append_bytes(params, seconds, sizeof seconds);
    append_int(params, time->nanoseconds);
    if (time->zone)
        append_text(params, time->zone);
    else
        append_int(params, time->offset_seconds);
    if (time->zone) {
        struct bolt_moment *moment = &params->moments[params->moment_count - 1];
        moment->zone_length = strlen(time->zone);
        moment->zone = params->bytes.length - moment->zone_length;
    }
}

/** Seconds of a moment, counted as the server wants it. */
static enum hm_status count_seconds(const struct bolt_params *params,
                                    const struct bolt_moment *moment, bool wall_clock,
                                    int64_t *seconds, struct hm_error *err) {
    *seconds = moment->seconds;
    if (moment->wall_clock == wall_clock) return HM_OK;
    int32_t offset = moment->offset_seconds;
    if (!moment->has_offset) {
        char zone[64];
        if (moment->zone_length >= sizeof zone)
            return hm_fail(err, HM_EARG, "parameters: a time zone's name is too long");
        memcpy(zone, params->bytes.data + moment->zone, moment->zone_length);
        zone[moment->zone_length] = '\0';
        HM_TRY(bolt_zone_offset(zone, moment->seconds, moment->wall_clock, &offset, err));
    }
    uint64_t sum = (uint64_t)*seconds + (uint64_t)(int64_t)(wall_clock ? offset : -offset);
    *seconds = (int64_t)sum;
    return HM_OK;
}

bool bolt_params_need_correction(const struct bolt_params *params, bool legacy) {
    for (size_t i = 0; i < params->moment_count; i++)
        if (legacy || params->moments[i].wall_clock) return true;
    return false;
}

enum hm_status bolt_params_correct(const struct bolt_params *params, bool legacy,
                                   struct hm_buf *out, struct hm_error *err) {
    size_t base = out->length;
    HM_TRY(hm_buf_append(out, params->bytes.data, params->bytes.length, err));
    for (size_t i = 0; i < params->moment_count; i++) {
        const struct bolt_moment *moment = &params->moments[i];
        int64_t seconds;
        HM_TRY(count_seconds(params, moment, legacy, &seconds, err));
        unsigned char *at = (unsigned char *)out->data + base + moment->at;
        if (legacy) at[1] = moment->zone_length ? TAG_LEGACY_DATE_TIME_ZONE : TAG_LEGACY_DATE_TIME;
        pack_be64(at + 3, (uint64_t)seconds); // behind head, tag and marker
    }
    return HM_OK;
}

void bolt_put_duration(struct bolt_params *params, const char *name,
                       const struct bolt_duration_view *duration) {
    if (!begin_value(params, name)) return;
    append_structure(params, TAG_DURATION, 4);
    append_int(params, duration->months);
    append_int(params, duration->days);
    append_int(params, duration->seconds);
    append_int(params, duration->nanoseconds);
}

void bolt_put_point(struct bolt_params *params, const char *name,
                    const struct bolt_point_view *point) {
    if (!begin_value(params, name)) return;
    bool solid = point->dimensions == 3;
    append_structure(params, solid ? TAG_POINT_3D : TAG_POINT_2D, solid ? 4 : 3);
    append_int(params, point->srid);
    append_float(params, point->x);
    append_float(params, point->y);
    if (solid) append_float(params, point->z);
}

/** Everything of a vector but its data, of which `size` bytes follow. */
static bool begin_vector(struct bolt_params *params, const char *name, enum bolt_vector_type type,
                         size_t size) {
    if (!begin_value(params, name) || !fits_wire(params, size)) return false;
    params->has_vector = true;
    append_structure(params, TAG_VECTOR, 2);
    unsigned char head[PACK_HEAD], inner = (unsigned char)type;
    append_bytes(params, head, pack_bytes_head(head, 1));
    append_bytes(params, &inner, 1);
    append_bytes(params, head, pack_bytes_head(head, size));
    return params->error.status == HM_OK;
}

void bolt_put_vector_f32(struct bolt_params *params, const char *name, const float *numbers,
                         size_t count) {
    if (!fits_wire(params, count) || !begin_vector(params, name, BOLT_VECTOR_F32, count * 4))
        return;
    if (hm_buf_reserve(&params->bytes, count * 4, &params->error) != HM_OK) return;
    unsigned char *to = (unsigned char *)params->bytes.data + params->bytes.length;
    for (size_t i = 0; i < count; i++, to += 4) {
        uint32_t bits;
        memcpy(&bits, &numbers[i], sizeof bits);
        pack_be(to, bits, 4);
    }
    params->bytes.length += count * 4;
}

void bolt_put_vector(struct bolt_params *params, const char *name,
                     const struct bolt_vector_view *vector) {
    size_t item = vector->type == BOLT_VECTOR_I8                                       ? 1
                  : vector->type == BOLT_VECTOR_I16                                    ? 2
                  : vector->type == BOLT_VECTOR_I32 || vector->type == BOLT_VECTOR_F32 ? 4
                                                                                       : 8;
    if (!fits_wire(params, vector->count) ||
        !begin_vector(params, name, vector->type, vector->count * item))
        return;
    append_bytes(params, vector->data, vector->count * item);
}
