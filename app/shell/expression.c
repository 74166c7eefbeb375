// SPDX-License-Identifier: MIT
// Values as expressions that a server computes back to the same value, laid out as cypher-shell
// lists parameters: an entry of a map a line.

#include <string.h>

#include "shell/render.h"
#include "utf8.h"

static void put_indent(struct render *r, unsigned depth) {
    render_text(r, "\n");
    for (unsigned i = 0; i < depth; i++)
        render_text(r, "  ");
}

static void put_string(struct render *r, const char *text, size_t length) {
    render_text(r, "'");
    for (const char *p = text, *end = text + length; p < end;) {
        uint32_t code = (unsigned char)*p;
        size_t bytes = hm_utf8_next(p, (size_t)(end - p), &code);
        if (bytes && code != '\n' && !hm_utf8_shows(code))
            render_format(r, "\\u%04x", (unsigned)code);
        else if (strchr("'\"\\", *p))
            render_format(r, "\\%c", *p);
        else
            render_bytes(r, p, bytes ? bytes : 1);
        p += bytes ? bytes : 1;
    }
    render_text(r, "'");
}

static void put_map(struct render *r, const struct bolt_value *map, unsigned depth) {
    render_text(r, "{");
    for (uint32_t i = 0; i < map->length; i++) {
        const struct bolt_entry *entry = &map->as.entries[i];
        if (i) render_text(r, ",");
        put_indent(r, depth + 1);
        render_name(r, entry->key, entry->key_length);
        render_text(r, ": ");
        render_expression(r, &entry->value, depth + 1);
    }
    put_indent(r, depth);
    render_text(r, "}");
}

static void put_list(struct render *r, const struct bolt_value *list, unsigned depth) {
    render_text(r, "[");
    for (uint32_t i = 0; i < list->length; i++) {
        struct bolt_value item = bolt_at(list, i);
        if (i) render_text(r, ", ");
        render_expression(r, &item, depth);
    }
    render_text(r, "]");
}

static void put_point(struct render *r, const struct bolt_value *value, unsigned depth) {
    struct bolt_point_view point = bolt_point(value);
    const struct bolt_entry entries[] = {
        {.key = "srid", 4, {.type = BOLT_INT, .as.integer = point.srid}},
        {.key = "x", 1, {.type = BOLT_FLOAT, .as.real = point.x}},
        {.key = "y", 1, {.type = BOLT_FLOAT, .as.real = point.y}},
        {.key = "z", 1, {.type = BOLT_FLOAT, .as.real = point.z}}};
    const struct bolt_value map = {
        .type = BOLT_MAP, .length = point.dimensions == 3 ? 4 : 3, .as.entries = entries};
    render_text(r, "point( ");
    put_map(r, &map, depth);
    render_text(r, ")");
}

static const char *temporal_function(const struct bolt_value *value) {
    switch (value->type) {
    case BOLT_DATE:
        return "date";
    case BOLT_TIME:
        return "time";
    case BOLT_LOCAL_TIME:
        return "localtime";
    case BOLT_DATE_TIME:
        return "datetime";
    case BOLT_LOCAL_DATE_TIME:
        return "localdatetime";
    case BOLT_DURATION:
        return "duration";
    default:
        return NULL;
    }
}

void render_expression(struct render *r, const struct bolt_value *value, unsigned depth) {
    const char *function = temporal_function(value);
    if (function) {
        render_text(r, function);
        render_text(r, "('");
        render_temporal(r, value);
        render_text(r, "')");
    } else if (value->type == BOLT_STRING) {
        put_string(r, value->as.string, value->length);
    } else if (value->type == BOLT_LIST) {
        put_list(r, value, depth);
    } else if (value->type == BOLT_MAP) {
        put_map(r, value, depth);
    } else if (value->type == BOLT_POINT) {
        put_point(r, value, depth);
    } else if (value->type == BOLT_BOOL) {
        render_text(r, value->as.boolean ? "true" : "false");
    } else {
        enum render_words before = r->words;
        r->words = RENDER_SHELL;
        render_literal(r, value);
        r->words = before;
    }
}
