// SPDX-License-Identifier: MIT
// Values as Cypher writes them. No byte of a server reaches a terminal as a control character.

#include <ctype.h>
#include <string.h>

#include "shell/render.h"
#include "utf8.h"

static void put_escape(struct render *r, uint32_t code) {
    static const char named[][2] = {{'\n', 'n'}, {'\r', 'r'}, {'\t', 't'},
                                    {'\b', 'b'}, {'\f', 'f'}, {0, 0}};
    for (size_t i = 0; named[i][0]; i++)
        if ((uint32_t)named[i][0] == code) {
            render_format(r, "\\%c", named[i][1]);
            return;
        }
    render_format(r, "\\u%04x", (unsigned)code);
}

static void put_string(struct render *r, const char *text, size_t length) {
    const char *plain = text; // start of what can be copied
    render_text(r, "\"");
    for (const char *p = text, *end = text + length; p < end;) {
        uint32_t code = (unsigned char)*p;
        size_t bytes = code < 0x80 ? 1 : hm_utf8_next(p, (size_t)(end - p), &code);
        if (bytes && hm_utf8_shows(code) && code != '"' && code != '\\') {
            p += bytes;
            continue;
        }
        render_bytes(r, plain, (size_t)(p - plain));
        if (!bytes)
            render_text(r, "\xef\xbf\xbd");
        else if (!hm_utf8_shows(code))
            put_escape(r, code);
        else
            render_format(r, "\\%c", (char)code);
        p += bytes ? bytes : 1;
        plain = p;
    }
    render_bytes(r, plain, (size_t)(text + length - plain));
    render_text(r, "\"");
}

void render_name(struct render *r, const char *name, size_t length) {
    bool plain = length > 0 && !isdigit((unsigned char)name[0]);
    for (size_t i = 0; plain && i < length; i++)
        plain = isalnum((unsigned char)name[i]) || name[i] == '_';
    if (plain) {
        render_bytes(r, name, length);
        return;
    }
    render_text(r, "`");
    for (const char *p = name, *end = name + length; p < end;) {
        uint32_t code = (unsigned char)*p;
        size_t bytes = hm_utf8_next(p, (size_t)(end - p), &code);
        if (!bytes || !hm_utf8_shows(code))
            render_text(r, "\xef\xbf\xbd");
        else if (code == '`')
            render_text(r, "``");
        else
            render_bytes(r, p, bytes);
        p += bytes ? bytes : 1;
    }
    render_text(r, "`");
}

static void put_list(struct render *r, const struct bolt_value *list) {
    render_text(r, "[");
    for (uint32_t i = 0; i < list->length; i++) {
        struct bolt_value item = bolt_at(list, i);
        if (i) render_text(r, ", ");
        render_literal(r, &item);
    }
    render_text(r, "]");
}

static void put_map(struct render *r, const struct bolt_value *map) {
    render_text(r, "{");
    for (uint32_t i = 0; i < map->length; i++) {
        const struct bolt_entry *entry = &map->as.entries[i];
        if (i) render_text(r, ", ");
        render_name(r, entry->key, entry->key_length);
        render_text(r, ": ");
        render_literal(r, &entry->value);
    }
    render_text(r, "}");
}

static void put_properties(struct render *r, const struct bolt_value *map, bool behind_name) {
    if (map->length == 0) return;
    if (behind_name) render_text(r, " ");
    put_map(r, map);
}

static void put_node(struct render *r, const struct bolt_node_view *node) {
    render_text(r, "(");
    for (uint32_t i = 0; i < node->labels.length; i++) {
        struct bolt_value label = bolt_at(&node->labels, i);
        render_text(r, ":");
        render_name(r, label.as.string, label.length);
    }
    put_properties(r, &node->properties, node->labels.length > 0);
    render_text(r, ")");
}

static void put_relationship(struct render *r, const struct bolt_relationship_view *relationship) {
    render_text(r, "[:");
    render_name(r, relationship->type, strlen(relationship->type));
    put_properties(r, &relationship->properties, true);
    render_text(r, "]");
}

static void put_path(struct render *r, const struct bolt_value *path) {
    struct bolt_node_view node = bolt_path_node(path, 0);
    put_node(r, &node);
    for (size_t i = 0; i < bolt_path_length(path); i++) {
        struct bolt_relationship_view step = bolt_path_relationship(path, i);
        bool forward = strcmp(step.start_element_id, node.element_id) == 0;
        node = bolt_path_node(path, i + 1);
        render_text(r, forward ? "-" : "<-");
        put_relationship(r, &step);
        render_text(r, forward ? "->" : "-");
        put_node(r, &node);
    }
}

static void put_point(struct render *r, const struct bolt_value *value) {
    struct bolt_point_view point = bolt_point(value);
    render_format(r, "point({srid: %d, x: ", (int)point.srid);
    render_float(r, point.x);
    render_text(r, ", y: ");
    render_float(r, point.y);
    if (point.dimensions == 3) {
        render_text(r, ", z: ");
        render_float(r, point.z);
    }
    render_text(r, "})");
}

static void put_vector(struct render *r, const struct bolt_value *value) {
    size_t count = bolt_vector(value).count;
    render_text(r, "vector([");
    for (size_t i = 0; i < count; i++) {
        if (i) render_text(r, ", ");
        render_vector_item(r, value, i);
    }
    render_format(r, "], %zu, %s)", count, render_vector_type(value));
}

static void put_binary(struct render *r, const struct bolt_value *value) {
    render_text(r, "0x");
    for (uint32_t i = 0; i < value->length; i++)
        render_format(r, "%02x", value->as.bytes[i]);
}

static void put_structure(struct render *r, const struct bolt_value *value) {
    render_format(r, "structure(0x%02x", value->tag);
    for (uint32_t i = 0; i < value->length; i++) {
        render_text(r, ", ");
        render_literal(r, &value->as.items[i]);
    }
    render_text(r, ")");
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

void render_literal(struct render *r, const struct bolt_value *value) {
    switch (value->type) {
    case BOLT_NULL:
        render_text(r, "NULL");
        break;
    case BOLT_BOOL:
        render_text(r, value->as.boolean ? "true" : "false");
        break;
    case BOLT_INT:
        render_int(r, value->as.integer);
        break;
    case BOLT_FLOAT:
        render_float(r, value->as.real);
        break;
    case BOLT_STRING:
        put_string(r, value->as.string, value->length);
        break;
    case BOLT_BYTES:
        put_binary(r, value);
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
        render_text(r, "unsupported(");
        put_string(r, bolt_unsupported(value).name, strlen(bolt_unsupported(value).name));
        render_text(r, ")");
        break;
    default:
        if (!render_temporal(r, value)) put_structure(r, value);
    }
}

void render_plain(struct render *r, const struct bolt_value *value) {
    if (value->type == BOLT_NULL) return;
    if (value->type != BOLT_STRING) {
        render_literal(r, value);
        return;
    }
    const char *p = value->as.string, *end = p + value->length;
    for (const char *nul; (nul = memchr(p, '\0', (size_t)(end - p))); p = nul + 1) {
        render_bytes(r, p, (size_t)(nul - p));
        render_text(r, "\xef\xbf\xbd");
    }
    render_bytes(r, p, (size_t)(end - p));
}
