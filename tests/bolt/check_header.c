// SPDX-License-Identifier: MIT
// bolt.h compiles alone and first, and the library keeps what it promises about printing, exiting
// and the environment.

#include "hmrec/bolt.h"

#include "suite.h"

#include <fts.h>
#include <string.h>
#include <unistd.h>

static bool is_word(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/** A call of the function: its name as a word of its own, then a parenthesis. */
static bool calls(const char *line, const char *function) {
    size_t length = strlen(function);
    for (const char *p = line; (p = strstr(p, function)); p += length)
        if ((p == line || !is_word(p[-1])) && p[length] == '(') return true;
    return false;
}

START_TEST(nothing_prints_exits_or_reads_the_environment) {
    static const char *const banned[] = {"printf", "fprintf", "vprintf", "puts",  "perror",
                                         "exit",   "abort",   "getenv",  "signal"};
    char root[] = HM_TESTS_DIR "/../bolt";
    char *roots[] = {root, NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    ck_assert_ptr_nonnull(tree);
    int files = 0;
    for (const FTSENT *entry; (entry = fts_read(tree));) {
        const char *ending = strrchr(entry->fts_name, '.');
        if (entry->fts_info != FTS_F || !ending || strcmp(ending, ".c") != 0) continue;
        char line[1024];
        FILE *file = fopen(entry->fts_path, "r");
        ck_assert_ptr_nonnull(file);
        for (int number = 1; fgets(line, sizeof line, file); number++)
            for (size_t i = 0; i < sizeof banned / sizeof *banned; i++)
                ck_assert_msg(!calls(line, banned[i]), "%s:%d: %s", entry->fts_path, number,
                              banned[i]);
        fclose(file);
        files++;
    }
    fts_close(tree);
    ck_assert_int_gt(files, 20);
}
END_TEST

/* ---- the sample ---- */

enum { SAMPLE_BYTES = 8192 };

static void read_text(const char *path, char text[SAMPLE_BYTES * 4]) {
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    text[fread(text, 1, SAMPLE_BYTES * 4 - 1, file)] = '\0';
    fclose(file);
}

/** Copy the lines from `from` on, up to the line that begins with `until`, without the margin of
 *  each. */
static void cut_lines(const char *from, const char *margin, const char *until,
                      char out[SAMPLE_BYTES]) {
    size_t margin_length = strlen(margin), length = 0;
    while (*from && strncmp(from, until, strlen(until)) != 0) {
        size_t line = strcspn(from, "\n");
        size_t skip =
            line < margin_length ? line : margin_length; // an empty line has no full margin
        ck_assert_msg(strncmp(from, margin, skip) == 0, "%.*s", (int)line, from);
        ck_assert_uint_lt(length + line + 2, SAMPLE_BYTES);
        memcpy(out + length, from + skip, line - skip);
        length += line - skip;
        out[length++] = '\n';
        from += line + (from[line] == '\n');
    }
    while (length > 1 && out[length - 2] == '\n')
        length--;
    out[length] = '\0';
}

START_TEST(the_sample_is_the_one_that_compiles) {
    static char text[SAMPLE_BYTES * 4], compiled[SAMPLE_BYTES], shown[SAMPLE_BYTES];
    read_text(HM_TESTS_DIR "/../docs/examples/bolt_squares.c", text);
    const char *mark = strstr(text, "    // [sample]\n");
    ck_assert_ptr_nonnull(mark);
    cut_lines(strchr(mark, '\n') + 1, "    ", "    // [end of sample]", compiled);
    ck_assert_ptr_nonnull(strstr(compiled, "bolt_driver_free"));
    read_text(HM_TESTS_DIR "/../include/hmrec/bolt.h", text);
    cut_lines(strstr(text, " *      struct bolt_auth"), " *      ", " *  Ownership.", shown);
    ck_assert_str_eq(shown, compiled);
    read_text(HM_TESTS_DIR "/../docs/bolt.md", text);
    cut_lines(strstr(text, "    struct bolt_auth"), "    ", "## The API", shown);
    ck_assert_str_eq(shown, compiled);
}
END_TEST

static const struct {
    const char *uri;
    enum hm_status status;
    const char *text;
} uris[] = {
    {"bolt://localhost", HM_OK, ""},
    {"bolt+s://localhost:17", HM_OK, ""},
    {"bolt+ssc://[::1]:7687/", HM_OK, ""},
    {"neo4j://h?region=a&policy=b%20c", HM_OK, ""},
    {"neo4j+s://h:1", HM_OK, ""},
    {"neo4j+ssc://127.0.0.1", HM_OK, ""},
    {"Neo4J+s://127.0.0.1", HM_OK, ""}, // schemes in capitals are the same (RFC 3986, 3.1)
    {"neo4j+tls://h", HM_EARG, "expected bolt://"},
    {"localhost:7687", HM_EARG, "expected bolt://"},
    {"http://localhost", HM_EARG, "expected bolt://"},
    {"bolt://", HM_EARG, "no host"},
    {"bolt://h:0", HM_EARG, "expected a port"},
    {"bolt://h:65536", HM_EARG, "expected a port"},
    {"bolt://h:x", HM_EARG, "expected a port"},
    {"bolt://[::1", HM_EARG, "no ]"},
    {"bolt://u:p@h", HM_EARG, "URI: found a user before \"@h\", expected host"},
    {"bolt://u:p?q@h", HM_EARG, "URI: found a user before \"@h\", expected host"},
    {"bolt://u:p@q@h", HM_EARG, "URI: found a user before \"@h\", expected host"},
    {"http://u:p@h", HM_EARG, "URI: found a user before \"@h\", expected host"},
    {"u:p@h", HM_EARG, "URI: found a user before \"@h\", expected host"},
    {"bolt://h/db", HM_EARG, "expected host"},
    {"bolt://h?a=b", HM_EARG, "only neo4j://"},
    {"neo4j://h?a", HM_EARG, "expected key=value"},
    {"neo4j://h?a=1&a=2", HM_EARG, "twice"},
    {"neo4j://h?address=x", HM_EARG, "must not set"},
};

START_TEST(uris_are_understood) {
    struct bolt_driver *driver;
    struct hm_error err = {0};
    enum hm_status status = bolt_driver_new(uris[_i].uri, NULL, &driver, &err);
    ck_assert_msg(status == uris[_i].status && strstr(err.text, uris[_i].text), "%s: %s",
                  uris[_i].uri, err.text);
    if (status == HM_OK)
        ck_assert_int_eq(bolt_is_encrypted(driver), strstr(uris[_i].uri, "+s") != NULL);
    bolt_driver_free(driver);
}
END_TEST

static const struct {
    const char *zone;
    int64_t seconds;
    bool wall_clock;
    int32_t offset;
} moments[] = {
    {"UTC", 0, false, 0},
    {"Europe/Stockholm", 1700000000, false, 3600}, // November 2023
    {"Europe/Stockholm", 1690000000, false, 7200}, // July 2023
    {"Europe/Stockholm", 4118083200, false, 7200}, // July 2100: by the rule at the end
    {"Europe/Stockholm", 1698544800, true,
     7200}, // 02:00 on 2023-10-29, which happened twice: the first
    {"Europe/Stockholm", 1698541200 - 1, true, 7200},
    {"Europe/Stockholm", 1698548400, true, 3600}, // 03:00 on that day
    {"America/New_York", 1700000000, false, -18000},
    {"Australia/Sydney", 1704067200, false, 39600}, // January: summer in the south
    {"Australia/Sydney", 4102444800, false, 39600}, // January 2100
    {"Asia/Kolkata", 1700000000, true, 19800},
    {"Africa/Casablanca", 1700000000, false, 3600},
};

START_TEST(zones_have_offsets) {
    int32_t offset;
    struct hm_error err = {0};
    ck_assert_msg(bolt_zone_offset(moments[_i].zone, moments[_i].seconds, moments[_i].wall_clock,
                                   &offset, &err) == HM_OK,
                  "%s", err.text);
    ck_assert_msg(offset == moments[_i].offset, "%s at %lld: %d", moments[_i].zone,
                  (long long)moments[_i].seconds, offset);
}
END_TEST

START_TEST(no_way_out_of_the_zone_database) {
    static const char *const names[] = {"",         "/etc/passwd", "../../../etc/passwd",
                                        "No/Such",  "Europe",      "Europe/Sto\nckholm",
                                        "tzdata.zi"};
    int32_t offset;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_msg(bolt_zone_offset(names[i], 0, false, &offset, NULL) != HM_OK, "%s", names[i]);
    struct hm_error err = {0}; // a folder opens, but cannot be read
    if (bolt_zone_offset("Europe", 0, false, &offset, &err) == HM_EIO)
        ck_assert_ptr_nonnull(strstr(err.text, "Europe: cannot be read: Is a directory"));
    else
        ck_assert_ptr_nonnull(strstr(err.text, "no time zone \"Europe\""));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("bolt/header");
    TCase *test_case = tcase_create("header");
    tcase_add_test(test_case, nothing_prints_exits_or_reads_the_environment);
    tcase_add_test(test_case, the_sample_is_the_one_that_compiles);
    tcase_add_loop_test(test_case, uris_are_understood, 0, sizeof uris / sizeof *uris);
    tcase_add_test(test_case, no_way_out_of_the_zone_database);
    if (access("/usr/share/zoneinfo/Europe/Stockholm", R_OK) == 0)
        tcase_add_loop_test(test_case, zones_have_offsets, 0, sizeof moments / sizeof *moments);
    suite_add_tcase(suite, test_case);
    return suite_run(suite, 0);
}
