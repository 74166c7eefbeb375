// SPDX-License-Identifier: MIT
// Rows in every format: alignment by columns of the terminal, quoting, what is not known, whole or
// cut off, in constant memory.

#include "formats/format.h"

#include <string.h>

#include "suite.h"

static const struct column columns[] = {{"name", false}, {"score", true}};
static char *printed;
static bool cut;

static void print_held(unsigned format, const char *const rows[][2], size_t n, size_t hold,
                       bool whole) {
    struct writer_options options = {
        .format = format, .columns = columns, .n = 2, .hold = hold, .cut = cut};
    struct writer *writer;
    struct hm_error err;
    size_t length;
    free(printed);
    FILE *out = open_memstream(&printed, &length);
    ck_assert_int_eq(writer_new(&writer, &options, out, &err), HM_OK);
    for (size_t i = 0; i < n; i++)
        ck_assert_int_eq(writer_add(writer, rows[i], &err), HM_OK);
    ck_assert_int_eq(writer_end(writer, whole, &err), HM_OK);
    writer_free(writer);
    fclose(out);
}

static void print(unsigned format, const char *const rows[][2], size_t n) {
    print_held(format, rows, n, 0, true);
}

static const char *const rows[][2] = {
    {"Strap top", "0.9"}, {"シャツ", "0.85"}, {"a \"b\", c", "1"}, {NULL, NULL}, {"x\ny", "0"}};

START_TEST(text_is_aligned) {
    print(FORMAT_TABLE, rows, 5);
    ck_assert_str_eq(printed, "name       score\n"
                              "Strap top    0.9\n"
                              "シャツ      0.85\n"
                              "a \"b\", c       1\n"
                              "                \n"
                              "x\xEF\xBF\xBDy            0\n");
}
END_TEST

START_TEST(nothing_in_a_table_moves_the_cursor) {
    static const char *const hostile[][2] = {{"a\x1b[31m", "1"}, // C0
                                             {"a\xc2\x9b"
                                              "31m",
                                              "1"}, // C1
                                             {"a\xe2\x80\xae"
                                              "b",
                                              "1"}, // right to left
                                             {"a\xff"
                                              "b\x7f",
                                              "1"}};
    print(FORMAT_TABLE, hostile, 4);
    ck_assert_str_eq(printed, "name    score\n"
                              "a\xEF\xBF\xBD[31m      1\n"
                              "a\xEF\xBF\xBD"
                              "31m       1\n"
                              "a\xEF\xBF\xBD"
                              "b         1\n"
                              "a\xEF\xBF\xBD"
                              "b\xEF\xBF\xBD        1\n");
}
END_TEST

START_TEST(csv_is_quoted_where_it_must_be) {
    print(FORMAT_CSV, rows, 5);
    ck_assert_str_eq(printed, "name,score\nStrap top,0.9\nシャツ,0.85\n\"a \"\"b\"\", c\",1\n,\n"
                              "\"x\ny\",0\n");
}
END_TEST

START_TEST(json_is_one_array) {
    print(FORMAT_JSON, rows, 5);
    ck_assert_str_eq(printed, "[\n {\"name\": \"Strap top\", \"score\": 0.9},\n"
                              " {\"name\": \"シャツ\", \"score\": 0.85},\n"
                              " {\"name\": \"a \\\"b\\\", c\", \"score\": 1},\n"
                              " {\"name\": null, \"score\": null},\n"
                              " {\"name\": \"x\\ny\", \"score\": 0}\n]\n");
    print(FORMAT_JSON, rows, 0);
    ck_assert_str_eq(printed, "[]\n");
}
END_TEST

START_TEST(ndjson_is_an_object_a_line) {
    print(FORMAT_NDJSON, rows, 2);
    ck_assert_str_eq(printed, "{\"name\": \"Strap top\", \"score\": 0.9}\n"
                              "{\"name\": \"シャツ\", \"score\": 0.85}\n");
    print(FORMAT_NDJSON, rows, 0);
    ck_assert_str_eq(printed, "");
}
END_TEST

START_TEST(a_result_that_is_cut_off_is_no_valid_json) {
    print_held(FORMAT_JSON, rows, 1, 0, false);
    ck_assert_str_eq(printed, "[\n {\"name\": \"Strap top\", \"score\": 0.9}");
}
END_TEST

START_TEST(plain_is_cypher_shells) {
    print(FORMAT_PLAIN, rows, 5);
    ck_assert_str_eq(printed,
                     "name, score\nStrap top, 0.9\nシャツ, 0.85\na \"b\", c, 1\n, \nx\ny, 0\n");
    print(FORMAT_PLAIN, rows, 0);
    ck_assert_str_eq(printed, "");
}
END_TEST

START_TEST(verbose_is_cypher_shells) {
    print(FORMAT_VERBOSE, rows, 5);
    ck_assert_str_eq(printed, "+-------------------+\n"
                              "| name      | score |\n"
                              "+-------------------+\n"
                              "| Strap top | 0.9   |\n"
                              "| シャツ    | 0.85  |\n"
                              "| a \"b\", c  | 1     |\n"
                              "|           |       |\n"
                              "| x         | 0     |\n"
                              "\\ y         |       |\n"
                              "+-------------------+\n\n");
    print(FORMAT_VERBOSE, rows, 0);
    ck_assert_str_eq(printed, "+--------------+\n"
                              "| name | score |\n"
                              "+--------------+\n"
                              "+--------------+\n\n");
}
END_TEST

static const char *const wide_rows[][2] = {{"a", "1"}, {"abcdefgシシ", "2"}, {"a\r\n\nb", "3"}};

START_TEST(verbose_wraps_what_is_wider_than_the_first_rows) {
    print_held(FORMAT_VERBOSE, wide_rows, 3, 1, true);
    ck_assert_str_eq(printed, "+----------------------------+\n"
                              "| name | score               |\n"
                              "+----------------------------+\n"
                              "| a    | 1                   |\n"
                              "| abcd | 2                   |\n"
                              "\\ efg  |                     |\n"
                              "\\ シシ |                     |\n"
                              "| a    | 3                   |\n"
                              "\\      |                     |\n"
                              "\\ b    |                     |\n"
                              "+----------------------------+\n\n");
    cut = true;
    print_held(FORMAT_VERBOSE, wide_rows, 3, 1, true);
    cut = false;
    ck_assert_str_eq(printed, "+----------------------------+\n"
                              "| name | score               |\n"
                              "+----------------------------+\n"
                              "| a    | 1                   |\n"
                              "| abc… | 2                   |\n"
                              "| a…   | 3                   |\n"
                              "+----------------------------+\n\n");
}
END_TEST

START_TEST(batches_change_no_byte_but_widths) {
    for (unsigned format = FORMAT_CSV; format < FORMAT_VERBOSE; format++) {
        print(format, rows, 5);
        char *whole = strdup(printed);
        for (size_t hold = 1; hold < 6; hold++) {
            print_held(format, rows, 5, hold, true);
            ck_assert_str_eq(printed, whole);
        }
        free(whole);
    }
    print_held(FORMAT_TABLE, rows, 2, 1, true);
    ck_assert_str_eq(printed, "name       score\nStrap top    0.9\nシャツ      0.85\n");
}
END_TEST

START_TEST(many_rows_take_constant_memory) {
    struct writer_options options = {.format = (unsigned)_i, .columns = columns, .n = 2};
    struct writer *writer;
    FILE *out = fopen("/dev/null", "w");
    char cell[500];
    memset(cell, 'x', sizeof cell);
    cell[sizeof cell - 1] = '\0';
    ck_assert_int_eq(writer_new(&writer, &options, out, NULL), HM_OK);
    for (int i = 0; i < 20000; i++)
        ck_assert_int_eq(writer_add(writer, (const char *const[]){cell, cell}, NULL), HM_OK);
    ck_assert_uint_le(writer->text.capacity + writer->strings.used_bytes, 8 << 20);
    ck_assert(writer_wrote(writer));
    ck_assert_int_eq(writer_end(writer, true, NULL), HM_OK);
    writer_free(writer);
    fclose(out);
}
END_TEST

START_TEST(a_full_disk_is_noticed) {
    struct writer_options options = {.format = (unsigned)_i, .columns = columns, .n = 2, .hold = 1};
    struct writer *writer;
    struct hm_error err = {0};
    FILE *out = fopen("/dev/full", "w");
    if (!out) return; // no such device: nothing to be shown here
    ck_assert_int_eq(writer_new(&writer, &options, out, NULL), HM_OK);
    enum hm_status status = writer_add(writer, rows[0], &err);
    if (status == HM_OK) status = writer_end(writer, true, &err);
    ck_assert_int_eq(status, HM_EIO);
    ck_assert_ptr_nonnull(strstr(err.text, "No space left"));
    writer_free(writer);
    fclose(out);
}
END_TEST

START_TEST(formats_have_names) {
    static const char *const names[] = {"table", "csv",     "json", "ndjson",
                                        "plain", "verbose", "auto"};
    const struct app_choice *list = format_choices();
    for (unsigned i = 0; i < FORMATS_EVERYWHERE; i++) {
        ck_assert_str_eq(list[i].name, names[i]);
        ck_assert_uint_eq(list[i].value, i);
        ck_assert_int_eq(format_is_exact(i), i != FORMAT_TABLE);
    }
    ck_assert_ptr_null(list[FORMATS_EVERYWHERE].name);
    list = format_shell_choices();
    for (unsigned i = 0; i <= FORMAT_AUTO; i++) {
        ck_assert_str_eq(list[i].name, names[i]);
        ck_assert_uint_eq(list[i].value, i);
    }
    ck_assert_ptr_null(list[FORMAT_AUTO + 1].name);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("formats");
    TCase *tests = tcase_create("formats");
    tcase_add_test(tests, text_is_aligned);
    tcase_add_test(tests, nothing_in_a_table_moves_the_cursor);
    tcase_add_test(tests, csv_is_quoted_where_it_must_be);
    tcase_add_test(tests, json_is_one_array);
    tcase_add_test(tests, ndjson_is_an_object_a_line);
    tcase_add_test(tests, a_result_that_is_cut_off_is_no_valid_json);
    tcase_add_test(tests, plain_is_cypher_shells);
    tcase_add_test(tests, verbose_is_cypher_shells);
    tcase_add_test(tests, verbose_wraps_what_is_wider_than_the_first_rows);
    tcase_add_test(tests, batches_change_no_byte_but_widths);
    tcase_add_loop_test(tests, many_rows_take_constant_memory, 0, FORMATS);
    tcase_add_loop_test(tests, a_full_disk_is_noticed, 0, FORMATS);
    tcase_add_test(tests, formats_have_names);
    suite_add_tcase(suite, tests);
    int code = suite_run(suite, 0);
    free(printed);
    return code;
}
