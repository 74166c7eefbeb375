// SPDX-License-Identifier: MIT
// The CSV reader: quoting, line ends, what is bad and how reading goes on behind it, positions,
// rows across the buffer's end.

#include "csv_reader.h"

#include <string.h>
#include <unistd.h>

#include "mem.h"
#include "suite.h"

static char path[64];
static struct hm_error err;
static struct csv_reader *reader;

static void setup(void) {
    snprintf(path, sizeof path, "check_csv_reader.%ld.csv", (long)getpid());
    reader = NULL;
}

static void teardown(void) {
    csv_reader_close(reader);
    unlink(path);
}

static void write_file(const char *bytes, size_t length) {
    FILE *out = fopen(path, "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(bytes, 1, length, out), length);
    ck_assert_int_eq(fclose(out), 0);
}

static void open_text(const char *text) {
    write_file(text, strlen(text));
    ck_assert_msg(csv_reader_open(&reader, path, NULL, &err) == HM_OK, "%s", err.text);
}

// All rows as text: LINE:field|field; and LINE! where one is bad.
static const char *read_all(void) {
    static char seen[1 << 16];
    size_t used = 0;
    seen[0] = '\0';
    for (;;) {
        struct csv_row row;
        enum hm_status status = csv_reader_next(reader, &row, &err);
        ck_assert_msg(status == HM_OK || status == HM_EFORMAT, "%s", err.text);
        if (status == HM_OK && row.n == 0) return seen;
        if (status == HM_EFORMAT) {
            const char *line = strchr(err.text, ':');
            used += (size_t)snprintf(seen + used, sizeof seen - used, "%ld! ",
                                     strtol(line + 1, NULL, 10));
            continue;
        }
        used += (size_t)snprintf(seen + used, sizeof seen - used, "%u:", (unsigned)row.line);
        for (size_t i = 0; i < row.n; i++)
            used += (size_t)snprintf(seen + used, sizeof seen - used, "%s%s", i ? "|" : "",
                                     row.fields[i]);
        used += (size_t)snprintf(seen + used, sizeof seen - used, " ");
        ck_assert_uint_lt(used, sizeof seen);
    }
}

// clang-format off
static const struct { const char *name, *text, *rows; } cases[] = {
    {"plain", "a,b\n1,2\n3,4\n", "2:1|2 3:3|4 "},
    {"no line feed at the end", "a,b\n1,2", "2:1|2 "},
    {"CRLF", "a,b\r\n1,2\r\n3,4\r\n", "2:1|2 3:3|4 "},
    {"byte order mark", "\xEF\xBB\xBF" "a,b\n1,2\n", "2:1|2 "},
    {"quotes", "a,b\n\"x, \"\"y\"\"\",\"\"\n", "2:x, \"y\"| "},
    {"a field of two lines", "a,b\n\"1\n2\",3\n4,5\n", "2:1\n2|3 4:4|5 "},
    {"CRLF in a field", "a,b\r\n\"1\r\n2\",3\r\n4,5\r\n", "2:1\r\n2|3 4:4|5 "},
    {"the first field begins with a line feed", "a,b\n\"\n1\",2\n", "2:\n1|2 "},
    {"empty lines", "a,b\n\n1,2\n\r\n\n3,4\n\n", "3:1|2 6:3|4 "},
    {"blanks belong to fields", "a,b\n 1 ,\t2\n", "2: 1 |\t2 "},
    {"empty fields", "a,b\n,\n", "2:| "},
    {"header alone", "a,b\n", ""},
    {"too few, too many", "a,b\n1\n1,2,3\n4,5\n", "2! 3! 4:4|5 "},
    {"a quote amid a field", "a,b\n1\"2,3\n4,5\n", "2! 3:4|5 "},
    {"text behind a quote", "a,b\n\"1\"2,3\n4,5\n", "2! 3:4|5 "},
    {"a stray quote costs one row", "a,b\n\"1,2\n3,4\n\"5\",6\n", "2! 3:3|4 4:5|6 "},
    {"a quote that nothing closes", "a,b\n1,2\n\"3,4\n5,6\n", "2:1|2 3! 4:5|6 "},
    {"not UTF-8", "a,b\n1,\xFF\n3,4\n", "2! 3:3|4 "},
    {"carriage returns amid lines", "a,b\n1,2\r3,4\n5,6\n", "2! 3:5|6 "},
    {"a row begun behind a carriage return", "a,b\n1,2\r\"\n3,4\n", "2! 3:3|4 "},
    {"carriage returns alone", "a,b\r1,2\r3,4\r", "2:1|2 3:3|4 "},
    {"carriage returns alone, none at the end", "a,b\r1,2\r3,4", "2:1|2 3:3|4 "},
    {"a carriage return at the end", "a,b\n1,2\n\r", "2:1|2 "},
    {"blanks at the end", "a,b\n1,2\n ", "2:1|2 3! "},
    {"an open quote at the end", "a,b\n1,2\n\"", "2:1|2 3! "},
    {"semicolons", "a;b\n1;2,5\n", "2:1|2,5 "},
    {"tabs", "a\tb,c\td\n1\t2\t3\n", "2:1|2|3 "},
    {"semicolons within quotes", "\"a;b;c\",d\n1,2\n", "2:1|2 "},
};
// clang-format on

START_TEST(rows_are_read) {
    open_text(cases[_i].text);
    const char *rows = read_all();
    ck_assert_msg(strcmp(rows, cases[_i].rows) == 0, "%s: found %s, expected %s", cases[_i].name,
                  rows, cases[_i].rows);
}
END_TEST

// Whatever the last bytes are, reading comes to an end.
START_TEST(every_end_is_an_end) {
    static const char bytes[] = "\r\n\",x \t";
    char text[16] = "a,b\n";
    for (size_t i = 0; i < sizeof bytes; i++)
        for (size_t j = 0; j < sizeof bytes; j++)
            for (size_t k = 0; k < sizeof bytes; k++) {
                const char ending[] = {bytes[i], bytes[j], bytes[k]};
                memcpy(text + 4, ending, sizeof ending);
                write_file(text, 4 + sizeof ending);
                ck_assert_int_eq(csv_reader_open(&reader, path, NULL, &err), HM_OK);
                read_all();
                csv_reader_close(reader);
                reader = NULL;
            }
}
END_TEST

START_TEST(utf_16_is_read) {
    static const char little[] = "\xFF\xFE"
                                 "a\0,\0b\0\n\0"
                                 "\xE4\0,\0\x3D\xD8\x00\xDE\n\0";
    write_file(little, sizeof little - 1);
    ck_assert_msg(csv_reader_open(&reader, path, NULL, &err) == HM_OK, "%s", err.text);
    ck_assert_str_eq(csv_reader_remark(reader), "UTF-16");
    ck_assert_str_eq(read_all(), "2:\xC3\xA4|\xF0\x9F\x98\x80 ");
    csv_reader_close(reader);
    static const char big[] = "\xFE\xFF"
                              "\0a\0,\0b\0\n"
                              "\0\xE4\0,\0c";
    write_file(big, sizeof big - 1);
    ck_assert_msg(csv_reader_open(&reader, path, NULL, &err) == HM_OK, "%s", err.text);
    ck_assert_str_eq(read_all(), "2:\xC3\xA4|c ");
}
END_TEST

START_TEST(a_zero_byte_is_bad) {
    static const char text[] = "a,b\n1,x\0y\n3,4\n";
    write_file(text, sizeof text - 1);
    ck_assert_int_eq(csv_reader_open(&reader, path, NULL, &err), HM_OK);
    ck_assert_str_eq(read_all(), "2! 3:3|4 ");
}
END_TEST

START_TEST(columns_are_found_by_name) {
    open_text("Article_ID,\"prod, name\", x\n1,2,3\n");
    ck_assert_int_eq(csv_reader_column(reader, "article_id"), 0);
    ck_assert_int_eq(csv_reader_column(reader, "prod, name"), 1);
    ck_assert_int_eq(csv_reader_column(reader, "x"), 2);
    ck_assert_int_eq(csv_reader_column(reader, "y"), -1);
}
END_TEST

START_TEST(files_that_are_none_are_refused) {
    ck_assert_int_eq(csv_reader_open(&reader, "no-such.csv", NULL, &err), HM_ENOTFOUND);
    ck_assert_int_eq(csv_reader_open(&reader, ".", NULL, &err), HM_EIO);
    write_file("", 0);
    ck_assert_int_eq(csv_reader_open(&reader, path, NULL, &err), HM_EFORMAT);
    write_file("\xFF\xFE\x00\xDC\n\0", 6); // half a surrogate pair
    ck_assert_int_eq(csv_reader_open(&reader, path, NULL, &err), HM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "UTF-16"));
    write_file("a,b, A \n1,2,3\n", 13);
    ck_assert_int_eq(csv_reader_open(&reader, path, NULL, &err), HM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "\" A \" twice"));
    ck_assert_ptr_null(reader);
}
END_TEST

// A file of many buffers, with rows of all lengths so that some lie across each buffer's end.
static size_t write_long_file(uint64_t seed) {
    FILE *out = fopen(path, "wb");
    size_t rows = 20000;
    fputs("number,text\n", out);
    for (size_t i = 0; i < rows; i++) {
        fprintf(out, "%zu,\"", i);
        for (uint64_t n = suite_random(&seed) % 300; n > 0; n--)
            fputs(n % 17 == 0 ? "\n" : n % 13 == 0 ? "\"\"" : "x", out);
        fputs("\"\r\n", out);
    }
    fclose(out);
    return rows;
}

START_TEST(long_files_are_read_and_positions_lead_back) {
    size_t rows = write_long_file(suite_seed(11));
    ck_assert_int_eq(csv_reader_open(&reader, path, NULL, &err), HM_OK);
    uint64_t bytes = 0, lines = 0, line_of_15000 = 0;
    struct csv_row row;
    for (size_t i = 0; i < rows; i++) {
        if (i == 15000) csv_reader_position(reader, &bytes, &lines);
        enum hm_status status = csv_reader_next(reader, &row, &err);
        if (status != HM_OK || strtoul(row.fields[0], NULL, 10) != i) // Check's macros are slow
            ck_abort_msg("row %zu: %s", i, status == HM_OK ? row.fields[0] : err.text);
        if (i == 15000) line_of_15000 = row.line;
    }
    ck_assert_int_eq(csv_reader_next(reader, &row, &err), HM_OK);
    ck_assert_uint_eq(row.n, 0);
    uint64_t end, all;
    csv_reader_position(reader, &end, &all);
    ck_assert_uint_eq(end, csv_reader_size(reader));
    ck_assert_int_eq(csv_reader_seek(reader, bytes, lines, &err), HM_OK);
    ck_assert_int_eq(csv_reader_next(reader, &row, &err), HM_OK);
    ck_assert_str_eq(row.fields[0], "15000");
    ck_assert_uint_eq(row.line, line_of_15000);
    ck_assert_int_eq(csv_reader_seek(reader, end + 1, 0, &err), HM_EIO);
}
END_TEST

START_TEST(a_row_without_end_is_left) {
    struct hm_buf text = {0};
    ck_assert_int_eq(hm_buf_printf(&text, NULL, "a,b\n\"1,2\n"), HM_OK);
    enum hm_status status = HM_OK;
    while (status == HM_OK && text.length < 3 * CSV_READER_ROW_BYTES)
        status = hm_buf_append(&text, "3,4\n", 4, NULL);
    ck_assert_int_eq(status, HM_OK);
    write_file(text.data, text.length);
    hm_buf_free(&text);
    ck_assert_int_eq(csv_reader_open(&reader, path, NULL, &err), HM_OK);
    struct csv_row row;
    ck_assert_int_eq(csv_reader_next(reader, &row, &err), HM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, ":2: "));
    ck_assert_int_eq(csv_reader_next(reader, &row, &err), HM_OK);
    ck_assert_uint_eq(row.line, 3);
}
END_TEST

START_TEST(identity_follows_the_content) {
    open_text("a\n1\n");
    char first[HM_DIGEST_HEX + 1];
    snprintf(first, sizeof first, "%s", csv_reader_identity(reader));
    ck_assert_uint_eq(strlen(first), HM_DIGEST_HEX);
    csv_reader_close(reader);
    open_text("a\n2\n");
    ck_assert_str_ne(first, csv_reader_identity(reader));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("csv_reader");
    TCase *tests = tcase_create("csv_reader");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, rows_are_read, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tests, every_end_is_an_end);
    tcase_add_test(tests, utf_16_is_read);
    tcase_add_test(tests, a_zero_byte_is_bad);
    tcase_add_test(tests, columns_are_found_by_name);
    tcase_add_test(tests, files_that_are_none_are_refused);
    tcase_add_test(tests, long_files_are_read_and_positions_lead_back);
    tcase_add_test(tests, a_row_without_end_is_left);
    tcase_add_test(tests, identity_follows_the_content);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
