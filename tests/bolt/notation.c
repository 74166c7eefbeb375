// SPDX-License-Identifier: MIT
// The notation of dialogues: a recursive reader and writer, for trusted text only.

#include "notation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "value/packstream.h"

static const struct {
    const char *name;
    unsigned tag;
} messages[] = {
    {"HELLO", 0x01},   {"GOODBYE", 0x02}, {"RESET", 0x0f},    {"RUN", 0x10},
    {"BEGIN", 0x11},   {"COMMIT", 0x12},  {"ROLLBACK", 0x13}, {"DISCARD", 0x2f},
    {"PULL", 0x3f},    {"ROUTE", 0x66},   {"LOGON", 0x6a},    {"LOGOFF", 0x6b},
    {"SUCCESS", 0x70}, {"RECORD", 0x71},  {"IGNORED", 0x7e},  {"FAILURE", 0x7f},
};

static void add(struct hm_buf *out, const void *bytes, size_t length) {
    if (hm_buf_append(out, bytes, length, NULL) != HM_OK) abort();
}

static const char *skip(const char *p) {
    while (*p == ' ' || *p == ',' || *p == ':')
        p++;
    return p;
}

static bool read_value(const char **at, struct hm_buf *out);

/** Values up to `close`; their number. */
static bool read_values(const char **at, char close, struct hm_buf *out, size_t *count) {
    *count = 0;
    for (*at = skip(*at); **at != close; *at = skip(*at)) {
        if (!**at || !read_value(at, out)) return false;
        ++*count;
    }
    ++*at;
    return true;
}

static bool read_container(const char **at, struct hm_buf *out) {
    unsigned char head[PACK_HEAD];
    struct hm_buf inner = {0};
    size_t count = 0, size = 0;
    char open = *(*at)++;
    bool ok;
    if (open == '(') {
        char *end;
        unsigned long tag = strtoul(*at, &end, 16);
        *at = end;
        ok = read_values(at, ')', &inner, &count);
        head[0] = (unsigned char)(PACK_TINY_STRUCT | count), head[1] = (unsigned char)tag, size = 2;
    } else {
        ok = read_values(at, open == '[' ? ']' : '}', &inner, &count);
        size = open == '[' ? pack_list_head(head, count) : pack_map_head(head, count / 2);
    }
    add(out, head, size);
    add(out, inner.data, inner.length);
    hm_buf_free(&inner);
    return ok;
}

static bool read_text(const char **at, struct hm_buf *out) {
    unsigned char head[PACK_HEAD];
    const char *end = strchr(++*at, '"');
    if (!end) return false;
    add(out, head, pack_string_head(head, (size_t)(end - *at)));
    add(out, *at, (size_t)(end - *at));
    *at = end + 1;
    return true;
}

static bool read_value(const char **at, struct hm_buf *out) {
    static const struct {
        const char *word;
        unsigned char marker;
    } words[] = {{"null", PACK_NULL}, {"true", PACK_TRUE}, {"false", PACK_FALSE}};
    if (**at == '"') return read_text(at, out);
    if (strchr("[{(", **at)) return read_container(at, out);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(*at, words[i].word, strlen(words[i].word)) == 0) {
            add(out, &words[i].marker, 1);
            *at += strlen(words[i].word);
            return true;
        }
    unsigned char head[PACK_HEAD];
    char *end, *real_end;
    long long integer = strtoll(*at, &end, 10);
    double real = strtod(*at, &real_end);
    if (real_end == *at) return false;
    add(out, head, real_end > end ? pack_float(head, real) : pack_int(head, integer));
    *at = real_end;
    return true;
}

bool notation_read(const char *text, struct hm_buf *out) {
    size_t length = strcspn(text, " ");
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        if (strlen(messages[i].name) != length || strncmp(messages[i].name, text, length) != 0)
            continue;
        struct hm_buf fields = {0};
        size_t count;
        const char *p = text + length;
        bool ok = read_values(&p, '\0', &fields, &count);
        unsigned char head[2] = {(unsigned char)(PACK_TINY_STRUCT | count),
                                 (unsigned char)messages[i].tag};
        add(out, head, sizeof head);
        add(out, fields.data, fields.length);
        hm_buf_free(&fields);
        return ok;
    }
    return false;
}

static void write_value(const struct bolt_value *value, struct hm_buf *out);

static void print(struct hm_buf *out, const char *text) {
    add(out, text, strlen(text));
}

static void write_items(const struct bolt_value *value, struct hm_buf *out) {
    for (uint32_t i = 0; i < value->length; i++) {
        struct bolt_value item = value->type == BOLT_LIST ? bolt_at(value, i) : value->as.items[i];
        if (i) print(out, value->type == BOLT_LIST ? ", " : " ");
        write_value(&item, out);
    }
}

static void write_value(const struct bolt_value *value, struct hm_buf *out) {
    char text[64];
    switch (value->type) {
    case BOLT_NULL:
        print(out, "null");
        break;
    case BOLT_BOOL:
        print(out, value->as.boolean ? "true" : "false");
        break;
    case BOLT_INT:
        snprintf(text, sizeof text, "%" PRId64, value->as.integer);
        print(out, text);
        break;
    case BOLT_FLOAT:
        snprintf(text, sizeof text, "%.17g", value->as.real);
        print(out, text);
        break;
    case BOLT_STRING:
        print(out, "\"");
        print(out, value->as.string);
        print(out, "\"");
        break;
    case BOLT_LIST:
        print(out, "[");
        write_items(value, out);
        print(out, "]");
        break;
    case BOLT_MAP:
        print(out, "{");
        for (uint32_t i = 0; i < value->length; i++) {
            print(out, i ? ", \"" : "\"");
            print(out, value->as.entries[i].key);
            print(out, "\": ");
            write_value(&value->as.entries[i].value, out);
        }
        print(out, "}");
        break;
    case BOLT_BYTES:
        print(out, "<bytes>");
        break;
    default:
        snprintf(text, sizeof text, "(%02X ", value->tag);
        print(out, text);
        write_items(value, out);
        print(out, ")");
    }
}

bool notation_write(unsigned char *bytes, size_t length, struct hm_buf *out) {
    // Message tags are not those of values, except two: RESET.. are unknown, so the fields are
    // decoded one by one as a list.
    if (length < 2 || (bytes[0] & 0xf0) != PACK_TINY_STRUCT) return false;
    const char *name = "?";
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        if (messages[i].tag == bytes[1]) name = messages[i].name;
    print(out, name);
    unsigned fields = bytes[0] & 0x0f;
    bytes[1] = (unsigned char)(PACK_TINY_LIST | fields);
    struct hm_arena arena = {0};
    struct bolt_value list;
    bool ok = bolt_decode(bytes + 1, length - 1, &arena, &list, NULL) == HM_OK;
    for (uint32_t i = 0; ok && i < list.length; i++) {
        print(out, " ");
        write_value(&list.as.items[i], out);
    }
    hm_arena_free(&arena);
    return ok;
}

bool notation_put(const char *text, struct hm_buf *out) {
    struct hm_buf message = {0};
    bool ok = notation_read(text, &message);
    for (size_t at = 0; at < message.length;) { // small chunks: messages are often in several
        size_t part = message.length - at < 100 ? message.length - at : 100;
        add(out, (unsigned char[]){0, (unsigned char)part}, 2);
        add(out, message.data + at, part);
        at += part;
    }
    add(out, "\0\0", 2);
    hm_buf_free(&message);
    return ok;
}

bool notation_take(struct hm_buf *in, struct hm_buf *out, bool *ok) {
    const unsigned char *bytes = (const unsigned char *)in->data;
    struct hm_buf message = {0};
    size_t scan = 0;
    bool complete = false;
    while (!complete && in->length - scan >= 2) {
        size_t size = (size_t)bytes[scan] << 8 | bytes[scan + 1];
        if (in->length - scan - 2 < size) break;
        scan += 2;
        add(&message, bytes + scan, size);
        scan += size;
        complete = size == 0;
    }
    if (complete) {
        *ok = notation_write((unsigned char *)message.data, message.length, out);
        memmove(in->data, in->data + scan, in->length - scan);
        in->length -= scan;
    }
    hm_buf_free(&message);
    return complete;
}
