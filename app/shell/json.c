// SPDX-License-Identifier: MIT
// Values as JSON. What JSON has no word for is an object with "$type" and "_value", under the names
// of the typed JSON of Neo4j's Query API.

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base64.h"
#include "json.h"
#include "shell/render.h"

static void put_string(struct render *r, const char *text, size_t length) {
    if (r->error.status == HM_OK) // a failure stays in r->error
        r->error.status = hm_json_string(&r->text, text, length, &r->error);
}

static void put_text(struct render *r, const char *text) {
    put_string(r, text, strlen(text));
}

static void open_typed(struct render *r, const char *type) {
    render_text(r, "{\"$type\": \"");
    render_text(r, type);
    render_text(r, "\", \"_value\": ");
}

static void close_typed(struct render *r) {
    render_text(r, "}");
}

static void put_list(struct render *r, const struct bolt_value *list) {
    render_text(r, "[");
    for (uint32_t i = 0; i < list->length; i++) {
        struct bolt_value item = bolt_at(list, i);
        if (i) render_text(r, ", ");
        render_json(r, &item);
    }
    render_text(r, "]");
}

static void put_entries(struct render *r, const struct bolt_value *map) {
    render_text(r, "{");
    for (uint32_t i = 0; i < map->length; i++) {
        const struct bolt_entry *entry = &map->as.entries[i];
        if (i) render_text(r, ", ");
        put_string(r, entry->key, entry->key_length);
        render_text(r, ": ");
        render_json(r, &entry->value);
    }
    render_text(r, "}");
}

/** A map that could be taken for a typed value is a typed value itself. */
static void put_map(struct render *r, const struct bolt_value *map) {
    bool ambiguous = bolt_get(map, "$type") != NULL;
    if (ambiguous) open_typed(r, "Map");
    put_entries(r, map);
    if (ambiguous) close_typed(r);
}

static void put_node(struct render *r, const struct bolt_node_view *node) {
    open_typed(r, "Node");
    render_text(r, "{\"_element_id\": ");
    put_text(r, node->element_id);
    render_text(r, ", \"_labels\": ");
    put_list(r, &node->labels);
    render_text(r, ", \"_properties\": ");
    put_entries(r, &node->properties);
    render_text(r, "}");
    close_typed(r);
}

static void put_relationship(struct render *r, const struct bolt_relationship_view *relationship) {
    open_typed(r, "Relationship");
    render_text(r, "{\"_element_id\": ");
    put_text(r, relationship->element_id);
    render_text(r, ", \"_start_node_element_id\": ");
    put_text(r, relationship->start_element_id);
    render_text(r, ", \"_end_node_element_id\": ");
    put_text(r, relationship->end_element_id);
    render_text(r, ", \"_type\": ");
    put_text(r, relationship->type);
    render_text(r, ", \"_properties\": ");
    put_entries(r, &relationship->properties);
    render_text(r, "}");
    close_typed(r);
}

static void put_path(struct render *r, const struct bolt_value *path) {
    struct bolt_node_view node = bolt_path_node(path, 0);
    open_typed(r, "Path");
    render_text(r, "[");
    put_node(r, &node);
    for (size_t i = 0; i < bolt_path_length(path); i++) {
        struct bolt_relationship_view step = bolt_path_relationship(path, i);
        node = bolt_path_node(path, i + 1);
        render_text(r, ", ");
        put_relationship(r, &step);
        render_text(r, ", ");
        put_node(r, &node);
    }
    render_text(r, "]");
    close_typed(r);
}

/** Well-known text with the SRID in front. */
static void put_point(struct render *r, const struct bolt_value *value) {
    struct bolt_point_view point = bolt_point(value);
    open_typed(r, "Point");
    render_format(r, "\"SRID=%d;POINT %s(", (int)point.srid, point.dimensions == 3 ? "Z " : "");
    render_float(r, point.x);
    render_text(r, " ");
    render_float(r, point.y);
    if (point.dimensions == 3) {
        render_text(r, " ");
        render_float(r, point.z);
    }
    render_text(r, ")\"");
    close_typed(r);
}

static void put_base64(struct render *r, const struct bolt_value *value) {
    open_typed(r, "Base64");
    render_text(r, "\"");
    if (r->error.status == HM_OK)
        r->error.status = hm_base64(&r->text, value->as.bytes, value->length, &r->error);
    render_text(r, "\"");
    close_typed(r);
}

static void put_vector(struct render *r, const struct bolt_value *value) {
    size_t count = bolt_vector(value).count;
    open_typed(r, "Vector");
    render_format(r, "{\"coordinatesType\": \"%s\", \"coordinates\": [", render_vector_type(value));
    for (size_t i = 0; i < count; i++) {
        struct bolt_value item = bolt_at(value, i);
        bool finite = item.type == BOLT_INT || isfinite(item.as.real);
        render_text(r, i ? ", " : "");
        if (finite)
            render_vector_item(r, value, i);
        else
            render_json(r, &item);
    }
    render_text(r, "]}");
    close_typed(r);
}

static void put_unsupported(struct render *r, const struct bolt_value *value) {
    struct bolt_unsupported_view view = bolt_unsupported(value);
    open_typed(r, "Unsupported");
    render_text(r, "{\"name\": ");
    put_text(r, view.name);
    render_format(r, ", \"minimumBolt\": \"%d.%d\"}", view.major, view.minor);
    close_typed(r);
}

static void put_structure(struct render *r, const struct bolt_value *value) {
    open_typed(r, "Structure");
    render_format(r, "{\"tag\": %d, \"fields\": [", value->tag);
    for (uint32_t i = 0; i < value->length; i++) {
        if (i) render_text(r, ", ");
        render_json(r, &value->as.items[i]);
    }
    render_text(r, "]}");
    close_typed(r);
}

static const char *temporal_type(const struct bolt_value *value) {
    switch (value->type) {
    case BOLT_DATE:
        return "Date";
    case BOLT_TIME:
        return "Time";
    case BOLT_LOCAL_TIME:
        return "LocalTime";
    case BOLT_DATE_TIME:
        return bolt_date_time(value).zone ? "ZonedDateTime" : "OffsetDateTime";
    case BOLT_LOCAL_DATE_TIME:
        return "LocalDateTime";
    case BOLT_DURATION:
        return "Duration";
    default:
        return NULL;
    }
}

/** Types with one text as their value; a zone's name is the only part that needs escaping. */
static void put_temporal(struct render *r, const struct bolt_value *value) {
    struct render text = {0};
    render_temporal(&text, value);
    open_typed(r, temporal_type(value));
    put_string(r, text.text.data ? text.text.data : "", text.text.length);
    close_typed(r);
    if (text.error.status != HM_OK) r->error = text.error;
    hm_buf_free(&text.text);
}

static void put_float(struct render *r, double number) {
    if (isfinite(number)) {
        render_float(r, number);
        return;
    }
    open_typed(r, "Float");
    render_text(r, "\"");
    render_float(r, number);
    render_text(r, "\"");
    close_typed(r);
}

static void put_entity(struct render *r, const struct bolt_value *value) {
    if (value->type == BOLT_NODE) {
        struct bolt_node_view node = bolt_node(value);
        put_node(r, &node);
    } else {
        struct bolt_relationship_view relationship = bolt_relationship(value);
        put_relationship(r, &relationship);
    }
}

void render_json(struct render *r, const struct bolt_value *value) {
    switch (value->type) {
    case BOLT_NULL:
        render_text(r, "null");
        break;
    case BOLT_BOOL:
        render_text(r, value->as.boolean ? "true" : "false");
        break;
    case BOLT_INT:
        render_int(r, value->as.integer);
        break;
    case BOLT_FLOAT:
        put_float(r, value->as.real);
        break;
    case BOLT_STRING:
        put_string(r, value->as.string, value->length);
        break;
    case BOLT_BYTES:
        put_base64(r, value);
        break;
    case BOLT_LIST:
        put_list(r, value);
        break;
    case BOLT_MAP:
        put_map(r, value);
        break;
    case BOLT_NODE:
    case BOLT_RELATIONSHIP:
    case BOLT_UNBOUND:
        put_entity(r, value);
        break;
    case BOLT_PATH:
        put_path(r, value);
        break;
    case BOLT_POINT:
        put_point(r, value);
        break;
    case BOLT_VECTOR:
        put_vector(r, value);
        break;
    case BOLT_UNSUPPORTED:
        put_unsupported(r, value);
        break;
    default:
        if (temporal_type(value))
            put_temporal(r, value);
        else
            put_structure(r, value);
    }
}
