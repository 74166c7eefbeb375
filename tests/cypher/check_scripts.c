// SPDX-License-Identifier: MIT
// The scripts compiled in: headers are well-formed, and say truly which parameters the text uses.

#include "cypher.h"

#include <ctype.h>
#include <string.h>

#include "script_columns.h"
#include "suite.h"

static struct cypher_script script;
static struct hm_error err;

#define OK(expr) ck_assert_msg((expr) == HM_OK, "%s: %s", #expr, err.text)

enum { NAMES_MAX = 32, NAME_MAX_BYTES = 64 };
struct names {
    char name[NAMES_MAX][NAME_MAX_BYTES];
    size_t n;
};

static bool has(const struct names *names, const char *name) {
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->name[i], name) == 0) return true;
    return false;
}

static void add(struct names *names, const char *start, size_t length) {
    char name[NAME_MAX_BYTES];
    ck_assert_uint_lt(length, sizeof name);
    snprintf(name, sizeof name, "%.*s", (int)length, start);
    if (has(names, name)) return;
    ck_assert_uint_lt(names->n, NAMES_MAX);
    memcpy(names->name[names->n++], name, sizeof name);
}

// "$name" in code, which strings, comments and quoted names are not.
static void find_used(const char *text, struct names *used) {
    struct cypher_splitter s = {0};
    for (const char *p = text; *p; p++) {
        if (cypher_step(&s, *p) != CYPHER_CODE || *p != '$') continue;
        size_t length = 0;
        while (isalnum((unsigned char)p[1 + length]) || p[1 + length] == '_')
            length++;
        add(used, p + 1, length);
    }
}

// "name TYPE, name LIST<TYPE>" or the word for none.
static void find_declared(const char *text, const char *none, struct names *declared) {
    if (strcmp(text, none) == 0) return;
    for (const char *p = text;;) {
        size_t name = strcspn(p, " "), all = strcspn(p, ",");
        ck_assert_msg(name > 0 && name + 1 < all, "%s: found \"%s\", expected NAME TYPE",
                      script.name, p);
        for (size_t i = name + 1; i < all; i++)
            ck_assert_msg(isupper((unsigned char)p[i]) || strchr("<>", p[i]), "%s: type in \"%s\"",
                          script.name, p);
        add(declared, p, name);
        if (!p[all]) return;
        ck_assert_msg(p[all + 1] == ' ', "%s: \"%s\"", script.name, p);
        p += all + 2;
    }
}

// The name of an item such as "p.code AS code", "x AS `group`" or "code".
static void add_item(struct names *names, const char *start, size_t length) {
    const char *name = start;
    for (const char *p = start; p + 4 < start + length; p++)
        if (strncmp(p, " AS ", 4) == 0) name = p + 4;
    length -= (size_t)(name - start);
    while (length && strchr(" \n`", *name))
        name++, length--;
    while (length && strchr(" \n`", name[length - 1]))
        length--;
    add(names, name, length);
}

// What follows the last RETURN outside braces, up to ORDER BY and LIMIT.
static void find_returned(const char *text, struct names *returned) {
    const char *from = NULL, *start;
    int depth = 0;
    for (const char *p = text; *p; p++) {
        depth += (*p == '{') - (*p == '}');
        if (depth == 0 && strncmp(p, "RETURN ", 7) == 0) from = p + 7;
    }
    if (!from) return;
    for (const char *p = start = from;; p++) {
        bool end = !*p || strncmp(p, "\nORDER BY", 9) == 0 || strncmp(p, " ORDER BY", 9) == 0;
        depth += (*p == '(') - (*p == ')');
        if (end || (depth == 0 && *p == ',')) {
            add_item(returned, start, (size_t)(p - start));
            start = p + 1;
        }
        if (end) return;
    }
}

START_TEST(columns_of_the_header_are_those_of_the_text) {
    for (const struct hm_text *t = cypher_scripts; t->name; t++) {
        struct names declared = {.n = 0}, returned = {.n = 0};
        OK(cypher_describe(t, &script, &err));
        find_declared(script.returns, "nothing", &declared);
        find_returned(script.text, &returned);
        ck_assert_msg(declared.n == returned.n, "%s: %zu columns in the header, %zu in the text",
                      t->name, declared.n, returned.n);
        for (size_t i = 0; i < declared.n; i++)
            ck_assert_str_eq(declared.name[i], returned.name[i]);
    }
}
END_TEST

START_TEST(headers_are_well_formed) {
    static const char *const databases[] = {"products", "graph", "fabric", "system"};
    size_t n = 0;
    char before[3] = "";
    for (const struct hm_text *t = cypher_scripts; t->name; t++, n++) {
        OK(cypher_describe(t, &script, &err));
        bool known = false;
        for (size_t i = 0; i < 4; i++)
            known = known || strcmp(script.database, databases[i]) == 0;
        ck_assert_msg(known, "%s: database %s", t->name, script.database);
        ck_assert_msg(strncmp(script.servers, ">= ", 3) == 0, "%s: servers", t->name);
        ck_assert_msg(cypher_fits(script.servers, "5.26.25") ||
                          cypher_fits(script.servers, "4.4.46") ||
                          cypher_fits(script.servers, "2026.08.1"),
                      "%s fits no server of the tests", t->name);
        ck_assert_msg(!*script.edition || strcmp(script.edition, "Enterprise") == 0, "%s", t->name);
        ck_assert_msg(!*script.plugin || strncmp(script.plugin, "GDS >= ", 7) == 0, "%s", t->name);
        ck_assert_msg(!*script.transaction || strcmp(script.transaction, "auto-commit") == 0, "%s",
                      t->name);
        ck_assert_msg(strncmp(before, t->name, 2) != 0, "%s: its number is taken", t->name);
        memcpy(before, t->name, 2);
    }
    ck_assert_uint_gt(n, 40);
}
END_TEST

START_TEST(parameters_are_those_of_the_header) {
    for (const struct hm_text *t = cypher_scripts; t->name; t++) {
        struct names used = {.n = 0}, declared = {.n = 0}, columns = {.n = 0};
        OK(cypher_describe(t, &script, &err));
        find_used(script.text, &used);
        find_declared(script.parameters, "none", &declared);
        find_declared(script.returns, "nothing", &columns);
        for (size_t i = 0; i < used.n; i++)
            ck_assert_msg(has(&declared, used.name[i]), "%s: $%s is not declared", t->name,
                          used.name[i]);
        ck_assert_msg(used.n == declared.n, "%s: a declared parameter is not used", t->name);
    }
}
END_TEST

START_TEST(scripts_are_found_by_name_and_number) {
    ck_assert_str_eq(cypher_find("60_random_sample")->name, "60_random_sample.cypher");
    ck_assert_ptr_eq(cypher_find("60_random_sample"), cypher_find("60"));
    ck_assert_ptr_eq(cypher_find("72_sources"), &cypher_scripts[CYPHER_SOURCES]);
    ck_assert_ptr_null(cypher_find("6"));
    ck_assert_ptr_null(cypher_find("60_"));
    ck_assert_ptr_null(cypher_find("60_random_sample.cypher"));
    ck_assert_ptr_null(cypher_find(""));
}
END_TEST

START_TEST(ids_name_their_scripts) {
    for (int i = 0; i < CYPHER_SCRIPTS; i++) {
        OK(cypher_describe(&cypher_scripts[i], &script, &err));
        ck_assert_ptr_eq(cypher_text((enum cypher_id)i), script.text);
        ck_assert_int_eq(cypher_serves((enum cypher_id)i, "Neo4j/5.26.25"),
                         cypher_fits(script.servers, "5.26.25"));
    }
    ck_assert_str_eq(cypher_scripts[CYPHER_CREATE_DATABASE].name, "01_create_database.cypher");
    ck_assert_str_eq(cypher_scripts[CYPHER_STATE].name, "30_state.cypher");
    ck_assert_str_eq(cypher_scripts[CYPHER_GDS_KNN_2].name, "45_gds_knn_2.cypher");
    ck_assert_str_eq(cypher_find("61")->name, "61_similar.cypher");
    ck_assert(cypher_find("61") >= &cypher_scripts[CYPHER_SCRIPTS]); // an example
}
END_TEST

CYPHER_SAME_COLUMNS(NEIGHBOURS, NEIGHBOURS_OF);

START_TEST(columns_are_those_of_the_header) {
    static const char *const sources[] = {"code", "digest", "bytes", "mtime_ns"};
    static const char *const swapped[] = {"code", "bytes", "digest", "mtime_ns"};
    static const char *const longer[] = {"code", "digest", "bytes", "mtime_ns", "more"};
    static const char *const prefix[] = {"code", "digest", "byte", "mtime_ns"};
    ck_assert_int_eq(SOURCES_CODE, 0);
    ck_assert_int_eq(SOURCES_DIGEST, 1);
    ck_assert_int_eq(SOURCES_BYTES, 2);
    ck_assert_int_eq(SOURCES_MTIME_NS, 3);
    ck_assert_int_eq(SOURCES_COLUMNS, 4);
    ck_assert_int_eq(MARK_COLUMNS, 8);
    ck_assert_int_eq(KNN_STATE_PUT_COLUMNS, 0);
    ck_assert_int_ne(MARK_SHAPE, KNN_STATE_PUT_SHAPE);
    OK(cypher_check_columns(CYPHER_SOURCES, sources, SOURCES_COLUMNS, &err));
    OK(cypher_check_columns(CYPHER_KNN_STATE_PUT, NULL, 0, &err));
    ck_assert_int_eq(cypher_check_columns(CYPHER_SOURCES, swapped, 4, &err), HM_EPROTO);
    ck_assert_str_eq(err.text, "script 72_sources: found columns code, bytes, digest, mtime_ns; "
                               "expected code STRING, digest STRING, bytes INTEGER, "
                               "mtime_ns INTEGER");
    ck_assert_int_eq(cypher_check_columns(CYPHER_SOURCES, longer, 5, &err), HM_EPROTO);
    ck_assert_int_eq(cypher_check_columns(CYPHER_SOURCES, prefix, 4, &err), HM_EPROTO);
    ck_assert_int_eq(cypher_check_columns(CYPHER_SOURCES, sources, 3, &err), HM_EPROTO);
    ck_assert_int_eq(cypher_check_columns(CYPHER_SOURCES, NULL, 0, &err), HM_EPROTO);
    ck_assert_ptr_nonnull(strstr(err.text, "found no columns"));
    ck_assert_int_eq(cypher_check_columns(CYPHER_KNN_STATE_PUT, sources, 1, &err), HM_EPROTO);
}
END_TEST

START_TEST(bad_headers_are_refused) {
    static const char *const bad[] = {
        "RETURN 1", // no header at all
        "// A sentence.\n// database: graph\n// parameters: none\n// returns: nothing\nRETURN 1",
        "// A sentence.\n// database: graph\n// parameters: none\n// returns: nothing\n// servers: "
        ">= 4\n",
        "// database: graph\n// parameters: none\n// returns: nothing\n// servers: >= 4\nRETURN 1",
        "// S.\n// database: graph\n// database: graph\n// parameters: none\n// returns: nothing\n"
        "// servers: >= 4\nRETURN 1",
        "// S.\n// parameters: none\n// database: graph\n// returns: nothing\n// servers: >= "
        "4\nRETURN 1",
        "// S.\n// database: graph\n// colour: red\n// parameters: none\n// returns: nothing\n"
        "// servers: >= 4\nRETURN 1",
    };
    static const char good[] =
        "// A sentence\n// on two lines.\n// database: graph\n// parameters: none\n"
        "// returns: n INTEGER\n// servers: >= 4\nRETURN 1 AS n";
    OK(cypher_describe(&(struct hm_text){"good", good}, &script, &err));
    ck_assert_str_eq(script.summary, "A sentence on two lines.");
    ck_assert_str_eq(script.returns, "n INTEGER");
    ck_assert_str_eq(script.text, "RETURN 1 AS n");
    ck_assert_str_eq(script.plugin, "");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct hm_text file = {"bad", bad[i]};
        ck_assert_msg(cypher_describe(&file, &script, &err) == HM_EFORMAT, "case %zu", i);
        ck_assert_ptr_nonnull(strstr(err.text, "script bad"));
    }
}
END_TEST

START_TEST(versions_are_compared_by_number) {
    ck_assert(cypher_fits(">= 4.4", "Neo4j/4.4.46"));
    ck_assert(cypher_fits(">= 4.4", "Neo4j/2026.08.1"));
    ck_assert(!cypher_fits(">= 4.4", "Neo4j/4.3.9"));
    ck_assert(cypher_fits(">= 4.4, < 5", "4.10"));
    ck_assert(!cypher_fits(">= 4.4, < 5", "5.0.0"));
    ck_assert(cypher_fits(">= 5.13", "Neo4j/5.26-aura"));
    ck_assert(!cypher_fits(">= 5.13", "5.2.0"));
    ck_assert(cypher_fits("GDS >= 1.7, < 2.6", "2.5.9"));
    ck_assert(!cypher_fits("GDS >= 1.7, < 2.6", "2.13.10"));
    ck_assert(!cypher_fits(">= 4.4", "Neo4j/"));
    ck_assert(!cypher_fits(">= 4.4", ""));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("scripts");
    TCase *tests = tcase_create("scripts");
    tcase_add_test(tests, headers_are_well_formed);
    tcase_add_test(tests, parameters_are_those_of_the_header);
    tcase_add_test(tests, columns_of_the_header_are_those_of_the_text);
    tcase_add_test(tests, scripts_are_found_by_name_and_number);
    tcase_add_test(tests, ids_name_their_scripts);
    tcase_add_test(tests, columns_are_those_of_the_header);
    tcase_add_test(tests, bad_headers_are_refused);
    tcase_add_test(tests, versions_are_compared_by_number);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
