// SPDX-License-Identifier: MIT
// Tables as text, CSV and JSON: alignment by columns of the terminal, quoting, what is not known.

#include "table.h"

#include <string.h>

#include "suite.h"

static const struct table_column columns[] = {{"name", false}, {"score", true}};
static char *printed;

static void print(enum table_format format, const char *const rows[][2], size_t n) {
    struct table *table;
    struct hm_error err;
    size_t length;
    ck_assert_int_eq(table_new(&table, columns, 2, &err), HM_OK);
    for (size_t i = 0; i < n; i++)
        ck_assert_int_eq(table_add(table, rows[i], &err), HM_OK);
    free(printed);
    FILE *out = open_memstream(&printed, &length);
    table_print(table, format, out);
    fclose(out);
    table_free(table);
}

static const char *const rows[][2] = {
    {"Strap top", "0.9"}, {"シャツ", "0.85"}, {"a \"b\", c", "1"}, {NULL, NULL}, {"x\ny", "0"}};

START_TEST(text_is_aligned) {
    print(TABLE_TEXT, rows, 5);
    ck_assert_str_eq(printed, "name       score\n"
                              "Strap top    0.9\n"
                              "シャツ      0.85\n"
                              "a \"b\", c       1\n"
                              "                \n"
                              "x\xEF\xBF\xBDy            0\n");
}
END_TEST

START_TEST(csv_is_quoted_where_it_must_be) {
    print(TABLE_CSV, rows, 5);
    ck_assert_str_eq(printed, "name,score\nStrap top,0.9\nシャツ,0.85\n\"a \"\"b\"\", c\",1\n,\n"
                              "\"x\ny\",0\n");
}
END_TEST

START_TEST(json_keeps_numbers_and_null) {
    print(TABLE_JSON, rows, 5);
    ck_assert_str_eq(printed, "[\n {\"name\": \"Strap top\", \"score\": 0.9},\n"
                              " {\"name\": \"シャツ\", \"score\": 0.85},\n"
                              " {\"name\": \"a \\\"b\\\", c\", \"score\": 1},\n"
                              " {\"name\": null, \"score\": null},\n"
                              " {\"name\": \"x\\u000ay\", \"score\": 0}\n]\n");
    print(TABLE_JSON, rows, 0);
    ck_assert_str_eq(printed, "[]\n");
}
END_TEST

START_TEST(many_rows_are_kept) {
    struct table *table;
    char cell[16], *text;
    size_t length;
    ck_assert_int_eq(table_new(&table, columns, 2, NULL), HM_OK);
    for (int i = 0; i < 1000; i++) {
        snprintf(cell, sizeof cell, "%d", i);
        ck_assert_int_eq(table_add(table, (const char *const[]){cell, cell}, NULL), HM_OK);
    }
    FILE *out = open_memstream(&text, &length);
    table_print(table, TABLE_CSV, out);
    fclose(out);
    table_free(table);
    ck_assert_ptr_nonnull(strstr(text, "\n0,0\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n999,999\n"));
    free(text);
}
END_TEST

START_TEST(formats_have_names) {
    enum table_format format = TABLE_TEXT;
    struct hm_error err;
    ck_assert_int_eq(table_set_format(&format, "json", &err), HM_OK);
    ck_assert_int_eq(format, TABLE_JSON);
    ck_assert_int_eq(table_set_format(&format, "xml", &err), HM_EARG);
    ck_assert_ptr_nonnull(strstr(err.text, "table, csv or json"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("table");
    TCase *tests = tcase_create("table");
    tcase_add_test(tests, text_is_aligned);
    tcase_add_test(tests, csv_is_quoted_where_it_must_be);
    tcase_add_test(tests, json_keeps_numbers_and_null);
    tcase_add_test(tests, many_rows_are_kept);
    tcase_add_test(tests, formats_have_names);
    suite_add_tcase(suite, tests);
    int code = suite_run(suite, 0);
    free(printed);
    return code;
}
