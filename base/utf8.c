// SPDX-License-Identifier: MIT
// UTF-8. The C library's own functions depend on the locale of the process; tables and captions
// must not.

#include "utf8.h"

#include <stdio.h>
#include <string.h>

size_t hm_utf8_next(const char *text, size_t length, uint32_t *code) {
    // The smallest number that needs 2, 3, 4 bytes: anything below is an overlong form.
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (!length) return 0;
    unsigned char first = (unsigned char)text[0];
    if (first < 0x80) {
        *code = first;
        return 1;
    }
    size_t n = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || length < n) return 0;
    uint32_t value = first & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        unsigned char next = (unsigned char)text[i];
        if ((next & 0xC0) != 0x80) return 0;
        value = value << 6 | (next & 0x3F);
    }
    if (value < least[n] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return 0;
    *code = value;
    return n;
}

size_t hm_utf8_check(const char *text, size_t length) {
    size_t at = 0;
    uint32_t code;
    while (at < length) {
        size_t n = hm_utf8_next(text + at, length - at, &code);
        if (!n) return at;
        at += n;
    }
    return length;
}

bool hm_utf8_one_line(const char *text, size_t length) {
    uint32_t code;
    for (size_t at = 0, n; at < length && (n = hm_utf8_next(text + at, length - at, &code));
         at += n)
        if ((code >= 0x0A && code <= 0x0D) || (code >= 0x1C && code <= 0x1E) || code == 0x85 ||
            code == 0x2028 || code == 0x2029)
            return false;
    return true;
}

struct range {
    uint32_t first, last;
};

// Ascending. Combining marks of the scripts that catalogues are written in, joiners, variation
// selectors.
static const struct range zero[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489},   {0x0591, 0x05BD},  {0x05BF, 0x05BF}, {0x05C1, 0x05C2},
    {0x0610, 0x061A}, {0x064B, 0x065F},   {0x0670, 0x0670},  {0x06D6, 0x06DC}, {0x0900, 0x0902},
    {0x093C, 0x093C}, {0x0941, 0x0948},   {0x094D, 0x094D},  {0x0E31, 0x0E31}, {0x0E34, 0x0E3A},
    {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF},   {0x1DC0, 0x1DFF},  {0x200B, 0x200F}, {0x202A, 0x202E},
    {0x2060, 0x2064}, {0x20D0, 0x20FF},   {0x3099, 0x309A},  {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
    {0xFEFF, 0xFEFF}, {0x1F3FB, 0x1F3FF}, {0xE0001, 0xE01EF}};
// Ascending. East Asian Wide and Fullwidth (UAX #11) and the emoji that terminals draw in two
// columns.
static const struct range wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},
    {0x25FD, 0x25FE},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26A1, 0x26A1},
    {0x26C4, 0x26C5},   {0x2705, 0x2705},   {0x2728, 0x2728},   {0x2757, 0x2757},
    {0x2795, 0x2797},   {0x2B50, 0x2B50},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
    {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},   {0x16FE0, 0x18AFF}, {0x1B000, 0x1B2FF}, {0x1F300, 0x1F3FA},
    {0x1F400, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}};

static bool in(const struct range *ranges, size_t n, uint32_t code) {
    for (size_t low = 0, high = n; low < high;) {
        size_t middle = (low + high) / 2;
        if (code > ranges[middle].last)
            low = middle + 1;
        else if (code < ranges[middle].first)
            high = middle;
        else
            return true;
    }
    return false;
}

unsigned hm_utf8_width(uint32_t code) {
    if (code < 0x300) return 1;
    if (in(zero, sizeof zero / sizeof *zero, code)) return 0;
    return in(wide, sizeof wide / sizeof *wide, code) ? 2 : 1;
}

// How many bytes at the start are printable ASCII, which is nearly all there ever is.
static size_t ascii_prefix(const char *text, size_t length) {
    size_t n = 0;
    while (n < length && text[n] >= 0x20 && text[n] < 0x7F)
        n++;
    return n;
}

size_t hm_utf8_columns(const char *text) {
    size_t length = strlen(text), columns = ascii_prefix(text, length);
    text += columns;
    length -= columns;
    while (length) {
        uint32_t code = ' ';
        size_t n = hm_utf8_next(text, length, &code);
        columns += hm_utf8_width(code);
        if (!n) n = 1;
        text += n;
        length -= n;
    }
    return columns;
}

size_t hm_utf8_fit(const char *text, size_t columns) {
    size_t fits = 0, used = 0, length = strlen(text);
    while (fits < length) {
        uint32_t code = ' ';
        size_t n = hm_utf8_next(text + fits, length - fits, &code);
        used += hm_utf8_width(code);
        if (used > columns) break;
        fits += n ? n : 1;
    }
    return fits;
}

// Ascending.
static const struct range hidden[] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0x061C, 0x061C},
                                      {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069},
                                      {0xFFF9, 0xFFFB}};

bool hm_utf8_shows(uint32_t code) {
    if (code < 0x7F) return code >= 0x20;
    return !in(hidden, sizeof hidden / sizeof *hidden, code);
}

// At most four bytes for each byte of the text: \x1b stands for one, \u009b for two.
static size_t put_escape(char *to, uint32_t code, bool byte) {
    static const char letters[] = "tnvfr"; // from 0x09
    if (code >= '\t' && code <= '\r') {
        to[0] = '\\';
        to[1] = letters[code - '\t'];
        return 2;
    }
    char text[12];
    int length =
        snprintf(text, sizeof text, byte || code < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)code);
    memcpy(to, text, (size_t)length);
    return (size_t)length;
}

size_t hm_utf8_clean(char *to, const char *text, size_t length, enum hm_clean how) {
    char *start = to;
    for (const char *p = text, *end = text + length; p < end;) {
        size_t plain = ascii_prefix(p, (size_t)(end - p));
        memcpy(to, p, plain);
        to += plain;
        p += plain;
        if (p == end) break;
        uint32_t code;
        size_t n = hm_utf8_next(p, (size_t)(end - p), &code);
        if (n && hm_utf8_shows(code)) {
            memcpy(to, p, n);
            to += n;
        } else if (how == HM_CLEAN_ESCAPE) {
            to += put_escape(to, n ? code : (unsigned char)*p, !n);
        } else {
            memcpy(to, HM_REPLACEMENT, sizeof HM_REPLACEMENT - 1);
            to += sizeof HM_REPLACEMENT - 1;
        }
        p += n ? n : 1;
    }
    *to = '\0';
    return (size_t)(to - start);
}
