// SPDX-License-Identifier: MIT
// Cypher values as the kit writes them: {"name": "CypherInt", "data": {"value": 1}}.

#include "kit.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { S_PER_DAY = 86400, NS_PER_S = 1000000000 };

cJSON *kit_integer(int64_t value) { // cJSON's own numbers are doubles
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    return cJSON_CreateRaw(digits);
}

cJSON *kit_string_or_null(const char *text) {
    return text ? cJSON_CreateString(text) : cJSON_CreateNull();
}

static cJSON *real(double value) {
    if (isnan(value)) return cJSON_CreateString("NaN");
    if (isinf(value)) return cJSON_CreateString(value > 0 ? "+Infinity" : "-Infinity");
    char digits[40];
    snprintf(digits, sizeof digits, "%.17g", value);
    return cJSON_CreateRaw(digits);
}

/** {"name": name, "data": {"value": inner}} */
static cJSON *wrap(const char *name, cJSON *inner) {
    cJSON *data, *value = kit_answer(name, &data);
    cJSON_AddItemToObject(data, "value", inner);
    return value;
}

static cJSON *string(const char *text) {
    return wrap("CypherString", cJSON_CreateString(text));
}

static cJSON *integer(int64_t value) {
    return wrap("CypherInt", kit_integer(value));
}

static cJSON *bytes(const struct bolt_value *value) {
    struct hm_buf text = {0};
    for (uint32_t i = 0; i < value->length; i++)
        if (hm_buf_printf(&text, NULL, i ? " %02x" : "%02x", value->as.bytes[i]) != HM_OK) break;
    cJSON *json = wrap("CypherBytes", cJSON_CreateString(text.data ? text.data : ""));
    hm_buf_free(&text);
    return json;
}

static enum hm_status list(const struct bolt_value *value, cJSON **out, struct hm_error *err) {
    cJSON *items = cJSON_CreateArray(), *item;
    for (uint32_t i = 0; i < value->length; i++) {
        struct bolt_value each = bolt_at(value, i);
        enum hm_status status = kit_value_to_json(&each, &item, err);
        if (status != HM_OK) {
            cJSON_Delete(items);
            return status;
        }
        cJSON_AddItemToArray(items, item);
    }
    *out = wrap("CypherList", items);
    return HM_OK;
}

static enum hm_status map_entries(const struct bolt_value *value, cJSON **out,
                                  struct hm_error *err) {
    cJSON *entries = cJSON_CreateObject(), *item;
    for (uint32_t i = 0; i < value->length; i++) {
        enum hm_status status = kit_value_to_json(&value->as.entries[i].value, &item, err);
        if (status != HM_OK) {
            cJSON_Delete(entries);
            return status;
        }
        cJSON_AddItemToObject(entries, value->as.entries[i].key, item);
    }
    *out = entries;
    return HM_OK;
}

static enum hm_status node(const struct bolt_node_view *view, cJSON **out, struct hm_error *err) {
    cJSON *data, *labels, *properties;
    HM_TRY(list(&view->labels, &labels, err));
    enum hm_status status = map_entries(&view->properties, &properties, err);
    if (status != HM_OK) {
        cJSON_Delete(labels);
        return status;
    }
    *out = kit_answer("Node", &data);
    cJSON_AddItemToObject(data, "id", integer(view->id));
    cJSON_AddItemToObject(data, "labels", labels);
    cJSON_AddItemToObject(data, "props", wrap("CypherMap", properties));
    cJSON_AddItemToObject(data, "elementId", string(view->element_id));
    return HM_OK;
}

static enum hm_status relationship(const struct bolt_relationship_view *view, cJSON **out,
                                   struct hm_error *err) {
    cJSON *data, *properties;
    HM_TRY(map_entries(&view->properties, &properties, err));
    *out = kit_answer("Relationship", &data);
    cJSON_AddItemToObject(data, "id", integer(view->id));
    cJSON_AddItemToObject(data, "startNodeId", integer(view->start_id));
    cJSON_AddItemToObject(data, "endNodeId", integer(view->end_id));
    cJSON_AddItemToObject(data, "type", string(view->type));
    cJSON_AddItemToObject(data, "props", wrap("CypherMap", properties));
    cJSON_AddItemToObject(data, "elementId", string(view->element_id));
    cJSON_AddItemToObject(data, "startNodeElementId", string(view->start_element_id));
    cJSON_AddItemToObject(data, "endNodeElementId", string(view->end_element_id));
    return HM_OK;
}

static enum hm_status path(const struct bolt_value *value, cJSON **out, struct hm_error *err) {
    cJSON *nodes = cJSON_CreateArray(), *relationships = cJSON_CreateArray(), *item = NULL;
    enum hm_status status = HM_OK;
    for (size_t i = 0; status == HM_OK && i <= bolt_path_length(value); i++) {
        struct bolt_node_view view = bolt_path_node(value, i);
        status = node(&view, &item, err);
        if (status == HM_OK) cJSON_AddItemToArray(nodes, item);
    }
    for (size_t i = 0; status == HM_OK && i < bolt_path_length(value); i++) {
        struct bolt_relationship_view view = bolt_path_relationship(value, i);
        status = relationship(&view, &item, err);
        if (status == HM_OK) cJSON_AddItemToArray(relationships, item);
    }
    if (status != HM_OK) {
        cJSON_Delete(nodes);
        cJSON_Delete(relationships);
        return status;
    }
    cJSON *data;
    *out = kit_answer("Path", &data);
    cJSON_AddItemToObject(data, "nodes", wrap("CypherList", nodes));
    cJSON_AddItemToObject(data, "relationships", wrap("CypherList", relationships));
    return HM_OK;
}

/* ---- time and space ---- */

static void put_date(cJSON *data, int64_t days) {
    int64_t year;
    unsigned month, day;
    kit_date(days, &year, &month, &day);
    cJSON_AddItemToObject(data, "year", kit_integer(year));
    cJSON_AddNumberToObject(data, "month", month);
    cJSON_AddNumberToObject(data, "day", day);
}

static void put_clock(cJSON *data, int64_t second_of_day, int64_t nanosecond) {
    cJSON_AddItemToObject(data, "hour", kit_integer(second_of_day / 3600));
    cJSON_AddItemToObject(data, "minute", kit_integer(second_of_day / 60 % 60));
    cJSON_AddItemToObject(data, "second", kit_integer(second_of_day % 60));
    cJSON_AddItemToObject(data, "nanosecond", kit_integer(nanosecond));
}

static cJSON *date(const struct bolt_value *value) {
    cJSON *data, *json = kit_answer("CypherDate", &data);
    put_date(data, bolt_date(value));
    return json;
}

static cJSON *time_of_day(const struct bolt_value *value) {
    struct bolt_time_view view = bolt_time(value);
    cJSON *data, *json = kit_answer("CypherTime", &data);
    put_clock(data, view.nanoseconds / NS_PER_S, view.nanoseconds % NS_PER_S);
    if (view.has_offset) cJSON_AddNumberToObject(data, "utc_offset_s", view.offset_seconds);
    return json;
}

/** By the wall clock there, with the offset from UTC. */
static enum hm_status date_time(const struct bolt_value *value, cJSON **out, struct hm_error *err) {
    struct bolt_date_time_view view = bolt_date_time(value);
    if (view.zone)
        HM_TRY(
            bolt_zone_offset(view.zone, view.seconds, view.wall_clock, &view.offset_seconds, err));
    int64_t wall = view.seconds;
    if (!view.wall_clock) wall += view.offset_seconds;
    int64_t days = wall / S_PER_DAY - (wall % S_PER_DAY < 0);
    cJSON *data;
    *out = kit_answer("CypherDateTime", &data);
    put_date(data, days);
    put_clock(data, wall - days * S_PER_DAY, view.nanoseconds);
    if (view.zone || view.has_offset)
        cJSON_AddNumberToObject(data, "utc_offset_s", view.offset_seconds);
    if (view.zone) cJSON_AddStringToObject(data, "timezone_id", view.zone);
    return HM_OK;
}

static cJSON *duration(const struct bolt_value *value) {
    struct bolt_duration_view view = bolt_duration(value);
    cJSON *data, *json = kit_answer("CypherDuration", &data);
    cJSON_AddItemToObject(data, "months", kit_integer(view.months));
    cJSON_AddItemToObject(data, "days", kit_integer(view.days));
    cJSON_AddItemToObject(data, "seconds", kit_integer(view.seconds));
    cJSON_AddItemToObject(data, "nanoseconds", kit_integer(view.nanoseconds));
    return json;
}

static cJSON *point(const struct bolt_value *value) {
    struct bolt_point_view view = bolt_point(value);
    cJSON *data, *json = kit_answer("CypherPoint", &data);
    bool earth = view.srid == 4326 || view.srid == 4979;
    cJSON_AddStringToObject(data, "system", earth ? "wgs84" : "cartesian");
    cJSON_AddItemToObject(data, "x", real(view.x));
    cJSON_AddItemToObject(data, "y", real(view.y));
    if (view.dimensions == 3) cJSON_AddItemToObject(data, "z", real(view.z));
    return json;
}

enum hm_status kit_value_to_json(const struct bolt_value *value, cJSON **out,
                                 struct hm_error *err) {
    struct bolt_node_view node_view;
    struct bolt_relationship_view relationship_view;
    cJSON *entries;
    *out = NULL;
    switch (value->type) {
    case BOLT_NULL:
        *out = kit_answer("CypherNull", NULL);
        return HM_OK;
    case BOLT_BOOL:
        *out = wrap("CypherBool", cJSON_CreateBool(value->as.boolean));
        return HM_OK;
    case BOLT_INT:
        *out = integer(value->as.integer);
        return HM_OK;
    case BOLT_FLOAT:
        *out = wrap("CypherFloat", real(value->as.real));
        return HM_OK;
    case BOLT_STRING:
        *out = string(value->as.string);
        return HM_OK;
    case BOLT_BYTES:
        *out = bytes(value);
        return HM_OK;
    case BOLT_LIST:
        return list(value, out, err);
    case BOLT_MAP:
        HM_TRY(map_entries(value, &entries, err));
        *out = wrap("CypherMap", entries);
        return HM_OK;
    case BOLT_NODE:
        node_view = bolt_node(value);
        return node(&node_view, out, err);
    case BOLT_RELATIONSHIP:
    case BOLT_UNBOUND:
        relationship_view = bolt_relationship(value);
        return relationship(&relationship_view, out, err);
    case BOLT_PATH:
        return path(value, out, err);
    case BOLT_DATE:
        *out = date(value);
        return HM_OK;
    case BOLT_TIME:
    case BOLT_LOCAL_TIME:
        *out = time_of_day(value);
        return HM_OK;
    case BOLT_DATE_TIME:
    case BOLT_LOCAL_DATE_TIME:
        return date_time(value, out, err);
    case BOLT_DURATION:
        *out = duration(value);
        return HM_OK;
    case BOLT_POINT:
        *out = point(value);
        return HM_OK;
    default:
        return hm_fail(err, HM_EUNSUPPORTED, "the test kit has no name for a %s",
                       bolt_type_name(value->type));
    }
}

cJSON *kit_map_to_json(const struct bolt_value *map) {
    cJSON *entries = NULL;
    if (map->type != BOLT_MAP || map_entries(map, &entries, NULL) != HM_OK)
        return cJSON_CreateNull();
    return entries;
}

cJSON *kit_value_to_plain(const struct bolt_value *value) {
    cJSON *json = NULL;
    switch (value->type) {
    case BOLT_BOOL:
        return cJSON_CreateBool(value->as.boolean);
    case BOLT_INT:
        return kit_integer(value->as.integer);
    case BOLT_FLOAT:
        return real(value->as.real);
    case BOLT_STRING:
        return cJSON_CreateString(value->as.string);
    case BOLT_LIST:
        json = cJSON_CreateArray();
        for (uint32_t i = 0; i < value->length; i++) {
            struct bolt_value each = bolt_at(value, i);
            cJSON_AddItemToArray(json, kit_value_to_plain(&each));
        }
        return json;
    case BOLT_MAP:
        json = cJSON_CreateObject();
        for (uint32_t i = 0; i < value->length; i++)
            cJSON_AddItemToObject(json, value->as.entries[i].key,
                                  kit_value_to_plain(&value->as.entries[i].value));
        return json;
    default:
        return cJSON_CreateNull();
    }
}
