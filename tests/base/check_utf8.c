// SPDX-License-Identifier: MIT
// UTF-8: every character there and back, what RFC 3629 forbids, widths.

#include "utf8.h"

#include <stdio.h>
#include <string.h>

#include "suite.h"

static size_t encode(uint32_t code, char out[4]) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    static const unsigned lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(lead[n] | code);
    return n;
}

// Millions of checks: Check's own macros would take a minute.
START_TEST(every_character_is_read) {
    uint32_t read = 0;
    for (uint32_t code = 0; code <= 0x110000; code++) {
        char bytes[4];
        uint32_t found = 0;
        size_t n = encode(code, bytes);
        bool valid = code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
        if (hm_utf8_next(bytes, n, &found) != (valid ? n : 0) || (valid && found != code))
            ck_abort_msg("U+%04X", (unsigned)code);
        for (size_t cut = 0; cut < n; cut++)
            if (hm_utf8_next(bytes, cut, &found) != 0) ck_abort_msg("U+%04X cut", (unsigned)code);
        read += valid;
    }
    ck_assert_uint_eq(read, 0x110000 - 0x800);
}
END_TEST

START_TEST(what_is_forbidden_is_found) {
    static const char *const bad[] = {"\x80",
                                      "\xBF",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xE0\x9F\xBF",
                                      "\xED\xA0\x80",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "\xF8\x88\x80\x80\x80",
                                      "\xFF",
                                      "\xC3\x28",
                                      "\xE2\x82\x28"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[16];
        snprintf(text, sizeof text, "ab%s", bad[i]);
        ck_assert_msg(hm_utf8_check(text, strlen(text)) == 2, "case %zu", i);
    }
    ck_assert_uint_eq(hm_utf8_check("gr\xC3\xB6\xC3\x9F"
                                    "e",
                                    7),
                      7);
    ck_assert_uint_eq(hm_utf8_check("", 0), 0);
}
END_TEST

START_TEST(widths_are_those_of_a_terminal) {
    static const struct {
        const char *text;
        size_t columns;
    } cases[] = {
        {"", 0},
        {"Strap top", 9},
        {"Röda tröjor", 11},
        {"シャツ", 6},
        {"한국", 4},
        {"e\xCC\x81t\xC3\xA9", 3}, // a combining accent, and one that is not
        {"\xF0\x9F\x91\x95", 2},   // a T-shirt
        {"\xE2\x80\x8B", 0},       // zero width space
        {"a\xFF", 2},              // no UTF-8 counts as one
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(hm_utf8_columns(cases[i].text) == cases[i].columns, "\"%s\": found %zu",
                      cases[i].text, hm_utf8_columns(cases[i].text));
}
END_TEST

START_TEST(what_ends_a_line_is_found) {
    static const char *const ends[] = {"\n",   "\r",   "\v",       "\f",           "\x1C",
                                       "\x1D", "\x1E", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"};
    char text[16];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(text, sizeof text, "\xC3\xA4%s", ends[i]);
        ck_assert_msg(!hm_utf8_one_line(text, strlen(text)), "line end %zu is not found", i);
        ck_assert(hm_utf8_one_line(text, 2));
    }
    ck_assert(hm_utf8_one_line("\t\x08\x1F\xE2\x80\xA7\xC2\x86", 8));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("utf8");
    TCase *tests = tcase_create("utf8");
    tcase_add_test(tests, every_character_is_read);
    tcase_add_test(tests, what_is_forbidden_is_found);
    tcase_add_test(tests, widths_are_those_of_a_terminal);
    tcase_add_test(tests, what_ends_a_line_is_found);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
