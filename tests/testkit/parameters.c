// SPDX-License-Identifier: MIT
// JSON of the kit to what bolt.h takes: Cypher values, strings, numbers, lists of strings.

#include "kit.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { S_PER_DAY = 86400, NS_PER_S = 1000000000 };

const char *kit_text(const cJSON *data, const char *key) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(data, key));
}

/** An integer, also one that came as a string of its digits (see kit_receive). */
static bool to_integer(const cJSON *item, int64_t *out) {
    char *end;
    if (cJSON_IsNumber(item)) {
        *out = (int64_t)item->valuedouble;
    } else if (cJSON_IsString(item)) {
        *out = strtoll(item->valuestring, &end, 10);
        return *end == '\0';
    } else {
        return false;
    }
    return true;
}

void kit_number(const cJSON *data, const char *key, int64_t *out) {
    int64_t value;
    if (to_integer(cJSON_GetObjectItemCaseSensitive(data, key), &value)) *out = value;
}

bool kit_flag(const cJSON *data, const char *key) {
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(data, key));
}

const char **kit_texts(const cJSON *list, size_t *count) {
    *count = 0;
    if (!cJSON_IsArray(list)) return NULL;
    const char **texts = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *texts);
    const cJSON *item;
    cJSON_ArrayForEach(item, list) {
        if (texts && cJSON_IsString(item)) texts[(*count)++] = item->valuestring;
    }
    return texts;
}

/* ---- Cypher values ---- */

typedef enum hm_status put_value(struct bolt_params *params, const char *name, const cJSON *data,
                                 struct hm_error *err);

static enum hm_status malformed(const char *what, struct hm_error *err) {
    return hm_fail(err, HM_EARG, "the request has a malformed %s", what);
}

static enum hm_status put_one(struct bolt_params *params, const char *name, const cJSON *value,
                              struct hm_error *err);

static const cJSON *value_of(const cJSON *data) {
    return cJSON_GetObjectItemCaseSensitive(data, "value");
}

static int64_t number_of(const cJSON *data, const char *key) {
    int64_t value = 0;
    kit_number(data, key, &value);
    return value;
}

static enum hm_status put_null(struct bolt_params *params, const char *name, const cJSON *data,
                               struct hm_error *err) {
    (void)data, (void)err;
    bolt_put_null(params, name);
    return HM_OK;
}

static enum hm_status put_bool(struct bolt_params *params, const char *name, const cJSON *data,
                               struct hm_error *err) {
    (void)err;
    bolt_put_bool(params, name, kit_flag(data, "value"));
    return HM_OK;
}

static enum hm_status put_int(struct bolt_params *params, const char *name, const cJSON *data,
                              struct hm_error *err) {
    int64_t value;
    if (!to_integer(value_of(data), &value)) return malformed("CypherInt", err);
    bolt_put_int(params, name, value);
    return HM_OK;
}

static bool to_real(const cJSON *item, double *out) {
    char *end;
    if (cJSON_IsNumber(item)) {
        *out = item->valuedouble;
        return true;
    }
    if (!cJSON_IsString(item)) return false;
    *out = strtod(item->valuestring, &end); // knows NaN and Infinity
    return *end == '\0';
}

static enum hm_status put_float(struct bolt_params *params, const char *name, const cJSON *data,
                                struct hm_error *err) {
    double value;
    if (!to_real(value_of(data), &value)) return malformed("CypherFloat", err);
    bolt_put_float(params, name, value);
    return HM_OK;
}

static enum hm_status put_string(struct bolt_params *params, const char *name, const cJSON *data,
                                 struct hm_error *err) {
    const char *text = kit_text(data, "value");
    if (!text) return malformed("CypherString", err);
    bolt_put_string(params, name, text);
    return HM_OK;
}

static enum hm_status put_bytes(struct bolt_params *params, const char *name, const cJSON *data,
                                struct hm_error *err) {
    const char *text = kit_text(data, "value");
    unsigned char *bytes = text ? malloc(strlen(text) / 2 + 1) : NULL;
    if (!bytes) return malformed("CypherBytes", err);
    size_t count = 0;
    for (const char *at = text; *at;) {
        char *end;
        bytes[count++] = (unsigned char)strtoul(at, &end, 16);
        if (end == at) break;
        at = end;
    }
    bolt_put_bytes(params, name, bytes, count);
    free(bytes);
    return HM_OK;
}

static enum hm_status put_list(struct bolt_params *params, const char *name, const cJSON *data,
                               struct hm_error *err) {
    const cJSON *items = value_of(data), *item;
    if (!cJSON_IsArray(items)) return malformed("CypherList", err);
    bolt_begin_list(params, name, (size_t)cJSON_GetArraySize(items));
    cJSON_ArrayForEach(item, items) HM_TRY(put_one(params, NULL, item, err));
    bolt_end(params);
    return HM_OK;
}

static enum hm_status put_map(struct bolt_params *params, const char *name, const cJSON *data,
                              struct hm_error *err) {
    const cJSON *entries = value_of(data), *entry;
    if (!cJSON_IsObject(entries)) return malformed("CypherMap", err);
    bolt_begin_map(params, name, (size_t)cJSON_GetArraySize(entries));
    cJSON_ArrayForEach(entry, entries) HM_TRY(put_one(params, entry->string, entry, err));
    bolt_end(params);
    return HM_OK;
}

static int64_t days_of(const cJSON *data) {
    return kit_days(number_of(data, "year"), (unsigned)number_of(data, "month"),
                    (unsigned)number_of(data, "day"));
}

static int64_t second_of_day(const cJSON *data) {
    return number_of(data, "hour") * 3600 + number_of(data, "minute") * 60 +
           number_of(data, "second");
}

static bool has_offset(const cJSON *data) {
    int64_t offset;
    return to_integer(cJSON_GetObjectItemCaseSensitive(data, "utc_offset_s"), &offset);
}

static enum hm_status put_date(struct bolt_params *params, const char *name, const cJSON *data,
                               struct hm_error *err) {
    (void)err;
    bolt_put_date(params, name, days_of(data));
    return HM_OK;
}

static enum hm_status put_time(struct bolt_params *params, const char *name, const cJSON *data,
                               struct hm_error *err) {
    (void)err;
    struct bolt_time_view view = {.nanoseconds = second_of_day(data) * NS_PER_S +
                                                 number_of(data, "nanosecond"),
                                  .offset_seconds = (int32_t)number_of(data, "utc_offset_s"),
                                  .has_offset = has_offset(data)};
    bolt_put_time(params, name, &view);
    return HM_OK;
}

static enum hm_status put_date_time(struct bolt_params *params, const char *name, const cJSON *data,
                                    struct hm_error *err) {
    (void)err;
    struct bolt_date_time_view view = {.seconds = days_of(data) * S_PER_DAY + second_of_day(data),
                                       .nanoseconds = (int32_t)number_of(data, "nanosecond"),
                                       .offset_seconds = (int32_t)number_of(data, "utc_offset_s"),
                                       .zone = kit_text(data, "timezone_id"),
                                       .has_offset = has_offset(data),
                                       .wall_clock = true};
    bolt_put_date_time(params, name, &view);
    return HM_OK;
}

static enum hm_status put_duration(struct bolt_params *params, const char *name, const cJSON *data,
                                   struct hm_error *err) {
    (void)err;
    struct bolt_duration_view view = {number_of(data, "months"), number_of(data, "days"),
                                      number_of(data, "seconds"),
                                      (int32_t)number_of(data, "nanoseconds")};
    bolt_put_duration(params, name, &view);
    return HM_OK;
}

static enum hm_status put_point(struct bolt_params *params, const char *name, const cJSON *data,
                                struct hm_error *err) {
    const char *system = kit_text(data, "system");
    struct bolt_point_view view = {.dimensions = 2};
    if (to_real(cJSON_GetObjectItemCaseSensitive(data, "z"), &view.z)) view.dimensions = 3;
    if (!system || !to_real(cJSON_GetObjectItemCaseSensitive(data, "x"), &view.x) ||
        !to_real(cJSON_GetObjectItemCaseSensitive(data, "y"), &view.y))
        return malformed("CypherPoint", err);
    bool flat = view.dimensions == 2;
    view.srid = strcmp(system, "wgs84") == 0 ? (flat ? 4326 : 4979) : (flat ? 7203 : 9157);
    bolt_put_point(params, name, &view);
    return HM_OK;
}

static enum hm_status put_one(struct bolt_params *params, const char *name, const cJSON *value,
                              struct hm_error *err) {
    static const struct {
        const char *name;
        put_value *put;
    } types[] = {
        {"CypherNull", put_null},
        {"CypherBool", put_bool},
        {"CypherInt", put_int},
        {"CypherFloat", put_float},
        {"CypherString", put_string},
        {"CypherBytes", put_bytes},
        {"CypherList", put_list},
        {"CypherMap", put_map},
        {"CypherDate", put_date},
        {"CypherTime", put_time},
        {"CypherDateTime", put_date_time},
        {"CypherDuration", put_duration},
        {"CypherPoint", put_point},
    };
    const char *type = kit_text(value, "name");
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(value, "data");
    for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
        if (strcmp(type, types[i].name) == 0) return types[i].put(params, name, data, err);
    return hm_fail(err, HM_EARG, "a %s cannot be a parameter", type ? type : "nameless value");
}

static enum hm_status put_plain(struct bolt_params *params, const char *name, const cJSON *value,
                                struct hm_error *err) {
    const cJSON *item;
    int64_t integer;
    if (cJSON_IsNull(value)) {
        bolt_put_null(params, name);
    } else if (cJSON_IsBool(value)) {
        bolt_put_bool(params, name, cJSON_IsTrue(value));
    } else if (cJSON_IsNumber(value) && floor(value->valuedouble) != value->valuedouble) {
        bolt_put_float(params, name, value->valuedouble);
    } else if (cJSON_IsNumber(value) && to_integer(value, &integer)) {
        bolt_put_int(params, name, integer);
    } else if (cJSON_IsString(value)) {
        bolt_put_string(params, name, value->valuestring);
    } else {
        bool list = cJSON_IsArray(value);
        (list ? bolt_begin_list : bolt_begin_map)(params, name, (size_t)cJSON_GetArraySize(value));
        cJSON_ArrayForEach(item, value)
            HM_TRY(put_plain(params, list ? NULL : item->string, item, err));
        bolt_end(params);
    }
    return HM_OK;
}

enum hm_status kit_parameters(const cJSON *map, bool plain, struct bolt_params **out,
                              struct hm_error *err) {
    *out = NULL;
    if (!map || cJSON_IsNull(map)) return HM_OK;
    struct bolt_params *params = bolt_params_new();
    if (!params) return hm_fail(err, HM_ENOMEM, "no memory for parameters");
    enum hm_status status = HM_OK;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, map) {
        if (status == HM_OK)
            status = (plain ? put_plain : put_one)(params, entry->string, entry, err);
    }
    if (status == HM_OK) status = bolt_params_status(params, err);
    if (status == HM_OK) {
        *out = params;
        return HM_OK;
    }
    bolt_params_free(params);
    return status;
}
