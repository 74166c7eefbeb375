// SPDX-License-Identifier: MIT
// Every script is parsed by the server that NEO4J_URI names, if its header says that this version
// understands it, and refused by the others for what they lack.

#include <stdlib.h>
#include <string.h>

#include "hmrec/bolt.h"
#include "cypher.h"
#include "suite.h"

static struct bolt_driver *driver;
static struct bolt_session *session;
static struct bolt_server server;
static struct cypher_script script;
static struct hm_error err;

#define OK(expr) ck_assert_msg((expr) == HM_OK, "%s: %s", #expr, err.text)

static void setup(void) {
    struct bolt_config config = {
        .auth = {"basic", getenv("NEO4J_USERNAME"), getenv("NEO4J_PASSWORD"), NULL, NULL}};
    OK(bolt_driver_new(getenv("NEO4J_URI"), &config, &driver, &err));
    OK(bolt_verify(driver, NULL, &server, &err));
    OK(bolt_session_new(driver, NULL, &session, &err));
}

static void teardown(void) {
    bolt_session_free(session);
    bolt_driver_free(driver);
}

// Answers to a statement that the Community Edition understands but may not carry out.
static bool enterprise_only(const char *message) {
    static const char *const signs[] = {
        "UnsupportedAdministrationCommand",
        "Multiple graphs in the same query not allowed here", // CALL { USE ... }
        "DatabaseNotFound",
    };
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strstr(err.code, signs[i]) || strstr(message, signs[i])) return true;
    return false;
}

static bool plugin_missing(const char *message) {
    return strstr(err.code, "ProcedureNotFound") || strstr(message, "Unknown function 'gds.");
}

// EXPLAIN runs nothing.
static struct bolt_result *explain(const char *statement, size_t length) {
    char query[8192];
    const char *language = strncmp(statement, "CYPHER ", 7) == 0 ? statement : NULL;
    size_t lead = language ? strcspn(statement, "\n") : 0; // "CYPHER 25" comes before EXPLAIN
    ck_assert_uint_lt(length + 16, sizeof query);
    snprintf(query, sizeof query, "%.*s EXPLAIN %.*s", (int)lead, statement, (int)(length - lead),
             statement + lead);
    struct bolt_result *result;
    OK(bolt_run(session, query, NULL, NULL, &result, &err));
    return result;
}

// Whether the server understands one statement.
static bool understood(const char *statement, size_t length) {
    struct bolt_result *result = explain(statement, length);
    enum hm_status status = bolt_consume(result, NULL, &err);
    bolt_result_free(result);
    if (status == HM_OK) return true;
    ck_assert_msg(status == HM_ESERVER, "%s: %s", script.name, err.text);
    const struct bolt_failure *failure = bolt_session_failure(session);
    ck_assert_ptr_nonnull(failure);
    if (*script.edition) return enterprise_only(failure->message);
    if (*script.plugin) return plugin_missing(failure->message);
    return false;
}

START_TEST(scripts_are_understood_where_they_say) {
    size_t parsed = 0;
    for (const struct hm_text *t = cypher_scripts; t->name; t++) {
        OK(cypher_describe(t, &script, &err));
        bool fits = cypher_fits(script.servers, server.agent), all = true, more = true;
        struct cypher_splitter splitter = {0};
        for (const char *text = script.text; more;) {
            size_t length = cypher_split(&splitter, text, strlen(text), &more);
            all = understood(text, length - more) && all;
            text += length;
        }
        ck_assert_msg(all || !fits, "%s on %s: %s: %s", t->name, server.agent, err.code, err.text);
        parsed += fits;
    }
    ck_assert_uint_gt(parsed, 40);
}
END_TEST

START_TEST(columns_are_those_of_the_header) {
    size_t checked = 0;
    for (int i = 0; i < CYPHER_SCRIPTS; i++) {
        OK(cypher_describe(&cypher_scripts[i], &script, &err));
        if (*script.edition || *script.plugin || !cypher_fits(script.servers, server.agent))
            continue;
        const char *const *keys;
        size_t n;
        struct bolt_result *result = explain(script.text, strcspn(script.text, ";"));
        OK(bolt_keys(result, &keys, &n, &err));
        OK(cypher_check_columns((enum cypher_id)i, keys, n, &err));
        bolt_result_free(result);
        checked++;
    }
    ck_assert_uint_gt(checked, 20);
}
END_TEST

START_TEST(bounds_of_versions_are_true) {
    static const char *const newer[] = {"33_embeddings_f32", "63_similar_composite",
                                        "37_embeddings_vector"};
    for (size_t i = 0; i < 3; i++) {
        OK(cypher_describe(cypher_find(newer[i]), &script, &err));
        bool fits = cypher_fits(script.servers, server.agent);
        ck_assert_msg(understood(script.text, strlen(script.text)) == fits, "%s on %s: %s",
                      newer[i], server.agent, err.text);
    }
}
END_TEST

int main(void) {
    if (!getenv("NEO4J_URI")) return suite_skip("NEO4J_URI names no server");
    Suite *suite = suite_create("scripts_live");
    TCase *tests = tcase_create("scripts_live");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, scripts_are_understood_where_they_say);
    tcase_add_test(tests, columns_are_those_of_the_header);
    tcase_add_test(tests, bounds_of_versions_are_true);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
