// SPDX-License-Identifier: MIT
// Values as Cypher writes them. No byte of a server reaches a terminal as a control character.

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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

/** cypher-shell escapes the quotes alone. */
static void put_shell_string(struct render *r, const char *text, size_t length) {
    render_text(r, "\"");
    for (const char *p = text, *end = text + length; p < end;) {
        uint32_t code = (unsigned char)*p;
        size_t bytes = code < 0x80 ? 1 : hm_utf8_next(p, (size_t)(end - p), &code);
        bool moves = r->words == RENDER_SHELL && !hm_utf8_shows(code) && !strchr("\r\n", *p);
        if (!bytes || !code)
            render_text(r, HM_REPLACEMENT);
        else if (moves)
            put_escape(r, code);
        else if (code == '"')
            render_text(r, "\\\"");
        else
            render_bytes(r, p, bytes);
        p += bytes ? bytes : 1;
    }
    render_text(r, "\"");
}

/** The significant digits of "-12.50e7"; *exponent: of the first one. */
static void read_digits(const char *text, char digits[24], int *exponent) {
    size_t n = 0, zeros = 0, point = SIZE_MAX;
    for (; *text && *text != 'e'; text++) {
        if (*text == '.') point = n + zeros;
        if (!isdigit((unsigned char)*text)) continue;
        if (n == 0 && *text == '0')
            zeros++;
        else if (n < 23)
            digits[n++] = *text;
    }
    if (point == SIZE_MAX) point = n + zeros;
    *exponent = (int)point - (int)zeros - 1 + (*text ? atoi(text + 1) : 0);
    while (n > 1 && digits[n - 1] == '0')
        n--;
    digits[n] = '\0';
}

/** As Java writes it: 1.0E22, 1.0E-7, but 1234567.0 and 0.001. */
static void put_shell_float(struct render *r, double number) {
    char text[40], digits[24];
    size_t start = r->text.length;
    int exponent;
    render_float(r, number);
    double size = fabs(number);
    if (!isfinite(number) || size == 0 || (size >= 1e-3 && size < 1e7)) return;
    if (r->error.status != HM_OK) return;
    snprintf(text, sizeof text, "%.*s", (int)(r->text.length - start), r->text.data + start);
    for (int n = 1; size < DBL_MIN && n < 17; n++) { // Java has two digits at the least: 4.9E-324
        snprintf(text, sizeof text, "%.*e", n, number);
        if (strtod(text, NULL) == number) break;
    }
    read_digits(text, digits, &exponent);
    r->text.length = start;
    render_format(r, "%s%c.%sE%d", number < 0 ? "-" : "", digits[0], digits[1] ? digits + 1 : "0",
                  exponent);
}

static void put_float(struct render *r, double number) {
    if (r->words)
        put_shell_float(r, number);
    else
        render_float(r, number);
}

static void put_string(struct render *r, const char *text, size_t length) {
    if (r->words) {
        put_shell_string(r, text, length);
        return;
    }
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
    static const char *const names[] = {"x", "y", "z"};
    struct bolt_point_view point = bolt_point(value);
    const double parts[] = {point.x, point.y, point.z};
    const char *colon = r->words ? ":" : ": ";
    render_format(r, "point({srid%s%d", colon, (int)point.srid);
    for (unsigned i = 0; i < (point.dimensions == 3 ? 3u : 2u); i++) {
        render_format(r, ", %s%s", names[i], colon);
        put_float(r, parts[i]);
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
        if (r->words)
            render_text(r, value->as.boolean ? "TRUE" : "FALSE");
        else
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
