// SPDX-License-Identifier: MIT
// JSON (RFC 8259) into values. Of its own because parameters need 64-bit integers, which common
// parsers turn into floats.

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell/params.h"
#include "utf8.h"

struct reader {
    const char *start, *at, *end;
    struct hm_arena *arena;
    struct hm_buf items; // values or entries of the lists and objects that are open
    unsigned depth;
};

static enum hm_status read_value(struct reader *r, struct bolt_value *out, struct hm_error *err);

static enum hm_status no_json(const struct reader *r, const char *expected, struct hm_error *err) {
    return hm_fail(err, HM_EFORMAT, "no JSON: byte %zu: expected %s",
                   (size_t)(r->at - r->start) + 1, expected);
}

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory for JSON");
}

static void skip_blanks(struct reader *r) {
    while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at)
        r->at++;
}

static bool next_is(struct reader *r, char byte) {
    skip_blanks(r);
    if (r->at == r->end || *r->at != byte) return false;
    r->at++;
    return true;
}

static bool take_word(struct reader *r, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0) return false;
    r->at += length;
    return true;
}

// ---- strings

static enum hm_status read_hex(struct reader *r, uint32_t *code, struct hm_error *err) {
    *code = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        const char *digits = "0123456789abcdef";
        char c = r->at < r->end ? *r->at : '\0';
        const char *digit = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 'a' - 'A' : c) : NULL;
        if (!digit) return no_json(r, "four hexadecimal digits", err);
        *code = *code << 4 | (uint32_t)(digit - digits);
    }
    return HM_OK;
}

static char *put_utf8(char *to, uint32_t code) {
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 63));
    } else {
        if (code < 0x10000) {
            *to++ = (char)(0xe0 | code >> 12);
        } else {
            *to++ = (char)(0xf0 | code >> 18);
            *to++ = (char)(0x80 | (code >> 12 & 63));
        }
        *to++ = (char)(0x80 | (code >> 6 & 63));
        *to++ = (char)(0x80 | (code & 63));
    }
    return to;
}

static enum hm_status read_unicode(struct reader *r, char **to, struct hm_error *err) {
    uint32_t code, low;
    HM_TRY(read_hex(r, &code, err));
    if (code >= 0xd800 && code < 0xdc00) {
        if (!take_word(r, "\\u")) return no_json(r, "the second half of a surrogate pair", err);
        HM_TRY(read_hex(r, &low, err));
        if (low < 0xdc00 || low > 0xdfff)
            return no_json(r, "the second half of a surrogate pair", err);
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
        return no_json(r, "the first half of a surrogate pair", err);
    }
    *to = put_utf8(*to, code);
    return HM_OK;
}

static enum hm_status read_escape(struct reader *r, char **to, struct hm_error *err) {
    static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    char letter = r->at < r->end ? *r->at : '\0';
    const char *found = letter ? strchr(letters, letter) : NULL;
    if (letter == 'u') {
        r->at++;
        return read_unicode(r, to, err);
    }
    if (!found) return no_json(r, "an escape", err);
    *(*to)++ = bytes[found - letters];
    r->at++;
    return HM_OK;
}

/** Behind the opening quote. An escape is never shorter than what it stands for. */
static enum hm_status read_string(struct reader *r, struct bolt_value *out, struct hm_error *err) {
    const char *end = r->at;
    while (end < r->end && *end != '"')
        end += *end == '\\' && end + 1 < r->end ? 2 : 1;
    char *text = hm_arena_alloc(r->arena, (size_t)(end - r->at) + 1), *to = text;
    if (!text) return no_memory(err);
    while (r->at < r->end && *r->at != '"') {
        if ((unsigned char)*r->at < 0x20) return no_json(r, "no control character", err);
        if (*r->at == '\\') {
            r->at++;
            HM_TRY(read_escape(r, &to, err));
        } else {
            *to++ = *r->at++;
        }
    }
    if (r->at == r->end) return no_json(r, "a closing quote", err);
    r->at++;
    *out = (struct bolt_value){
        .type = BOLT_STRING, .length = (uint32_t)(to - text), .as.string = text};
    return HM_OK;
}

// ---- numbers

static bool skip_digits(struct reader *r) {
    const char *start = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return r->at > start;
}

/** Pass over a number; false: it is none. */
static bool skip_number(struct reader *r, bool *whole) {
    *whole = true;
    take_word(r, "-");
    if (!take_word(r, "0") && !skip_digits(r)) return false;
    if (take_word(r, ".")) {
        *whole = false;
        if (!skip_digits(r)) return false;
    }
    if (take_word(r, "e") || take_word(r, "E")) {
        *whole = false;
        if (!take_word(r, "+")) take_word(r, "-");
        return skip_digits(r);
    }
    return true;
}

static enum hm_status read_number(struct reader *r, struct bolt_value *out, struct hm_error *err) {
    const char *start = r->at;
    bool whole;
    if (!skip_number(r, &whole)) return no_json(r, "a value", err);
    char *text = hm_arena_copy(r->arena, start, (size_t)(r->at - start)); // ends in NUL
    if (!text) return no_memory(err);
    errno = 0;
    if (whole)
        *out = (struct bolt_value){.type = BOLT_INT, .as.integer = strtoll(text, NULL, 10)};
    else
        *out = (struct bolt_value){.type = BOLT_FLOAT, .as.real = strtod(text, NULL)};
    bool too_large = errno == ERANGE && (whole || out->as.real > 1 || out->as.real < -1);
    if (!too_large) return HM_OK;
    return hm_fail(err, HM_EARG, "the number %.40s does not fit into 64 bits", text);
}

// ---- lists and objects

/** What was collected above base, as an array in the arena. */
static enum hm_status take_items(struct reader *r, size_t base, const void **items,
                                 struct hm_error *err) {
    size_t bytes = r->items.length - base;
    void *copy = hm_arena_alloc(r->arena, bytes ? bytes : 1);
    if (!copy) return no_memory(err);
    if (bytes) memcpy(copy, r->items.data + base, bytes);
    r->items.length = base;
    *items = copy;
    return HM_OK;
}

static enum hm_status read_list(struct reader *r, struct bolt_value *out, struct hm_error *err) {
    size_t base = r->items.length;
    struct bolt_value item = {0};
    bool more = !next_is(r, ']');
    while (more) {
        HM_TRY(read_value(r, &item, err));
        HM_TRY(hm_buf_append(&r->items, &item, sizeof item, err));
        more = next_is(r, ',');
        if (!more && !next_is(r, ']')) return no_json(r, "\",\" or \"]\"", err);
    }
    const void *items = NULL;
    size_t count = (r->items.length - base) / sizeof item;
    HM_TRY(take_items(r, base, &items, err));
    *out = (struct bolt_value){.type = BOLT_LIST, .length = (uint32_t)count, .as.items = items};
    return HM_OK;
}

static enum hm_status read_entry(struct reader *r, struct bolt_entry *entry, struct hm_error *err) {
    struct bolt_value key;
    if (!next_is(r, '"')) return no_json(r, "a key in quotes", err);
    HM_TRY(read_string(r, &key, err));
    entry->key = key.as.string;
    entry->key_length = key.length;
    if (strlen(key.as.string) != key.length) return no_json(r, "a key without NUL", err);
    if (!next_is(r, ':')) return no_json(r, "\":\"", err);
    return read_value(r, &entry->value, err);
}

static enum hm_status read_object(struct reader *r, struct bolt_value *out, struct hm_error *err) {
    size_t base = r->items.length;
    struct bolt_entry entry = {0};
    bool more = !next_is(r, '}');
    while (more) {
        HM_TRY(read_entry(r, &entry, err));
        HM_TRY(hm_buf_append(&r->items, &entry, sizeof entry, err));
        more = next_is(r, ',');
        if (!more && !next_is(r, '}')) return no_json(r, "\",\" or \"}\"", err);
    }
    const void *entries = NULL;
    size_t count = (r->items.length - base) / sizeof entry;
    HM_TRY(take_items(r, base, &entries, err));
    *out = (struct bolt_value){.type = BOLT_MAP, .length = (uint32_t)count, .as.entries = entries};
    return HM_OK;
}

static enum hm_status read_value(struct reader *r, struct bolt_value *out, struct hm_error *err) {
    bool list = next_is(r, '['), object = !list && next_is(r, '{');
    if (list || object) {
        if (r->depth == JSON_MAX_DEPTH)
            return hm_fail(err, HM_EARG, "JSON nested deeper than %d", JSON_MAX_DEPTH);
        r->depth++;
        HM_TRY(list ? read_list(r, out, err) : read_object(r, out, err));
        r->depth--;
        return HM_OK;
    }
    if (next_is(r, '"')) return read_string(r, out, err);
    if (take_word(r, "null")) {
        *out = (struct bolt_value){.type = BOLT_NULL};
        return HM_OK;
    }
    bool yes = take_word(r, "true");
    if (yes || take_word(r, "false")) {
        *out = (struct bolt_value){.type = BOLT_BOOL, .as.boolean = yes};
        return HM_OK;
    }
    return read_number(r, out, err);
}

enum hm_status json_read(const char *text, size_t length, struct hm_arena *arena,
                         struct bolt_value *out, struct hm_error *err) {
    struct reader r = {.start = text, .at = text, .end = text + length, .arena = arena};
    *out = (struct bolt_value){0};
    if (length > UINT32_MAX) return hm_fail(err, HM_EARG, "JSON of more than 4 GiB");
    size_t good = hm_utf8_check(text, length);
    r.at = text + good;
    if (good < length) return no_json(&r, "UTF-8", err);
    r.at = text;
    enum hm_status status = read_value(&r, out, err);
    skip_blanks(&r);
    if (status == HM_OK && r.at < r.end) status = no_json(&r, "its end", err);
    hm_buf_free(&r.items);
    return status;
}
