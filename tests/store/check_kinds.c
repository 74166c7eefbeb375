// SPDX-License-Identifier: MIT
// Which kind of store a URI names: every scheme, files, and what is neither.

#include "hmrec/store.h"

#include <string.h>
#include <unistd.h>

#include "suite.h"

static struct hm_error err;

#define OK(expr) ck_assert_msg((expr) == HM_OK, "%s: %s", #expr, err.text)

static const struct {
    const char *uri, *name;
    bool server;
    unsigned engines;
} known[] = {
    {NULL, "an SQLite file", false, HM_STORE_EXACT},
    {"", "an SQLite file", false, HM_STORE_EXACT},
    {"hmrec.db", "an SQLite file", false, HM_STORE_EXACT},
    {"a/b:c.db", "an SQLite file", false, HM_STORE_EXACT},
    {"postgres:x", "an SQLite file", false, HM_STORE_EXACT}, // a file may be called so
    {"bolt", "an SQLite file", false, HM_STORE_EXACT},
    {"sqlite:hmrec.db", "an SQLite file", false, HM_STORE_EXACT},
    {"SQLite:hmrec.db", "an SQLite file", false, HM_STORE_EXACT},
    {"sqlite:a://b", "an SQLite file", false, HM_STORE_EXACT},
    {"bolt://h", "a Neo4j server", true, HM_STORE_EXACT | HM_STORE_GDS},
    {"bolt+s://h", "a Neo4j server", true, HM_STORE_EXACT | HM_STORE_GDS},
    {"bolt+ssc://h", "a Neo4j server", true, HM_STORE_EXACT | HM_STORE_GDS},
    {"neo4j://h", "a Neo4j server", true, HM_STORE_EXACT | HM_STORE_GDS},
    {"neo4j+s://h", "a Neo4j server", true, HM_STORE_EXACT | HM_STORE_GDS},
    {"neo4j+ssc://h/db", "a Neo4j server", true, HM_STORE_EXACT | HM_STORE_GDS},
    {"BOLT://h", "a Neo4j server", true, HM_STORE_EXACT | HM_STORE_GDS},
    {"Neo4j+SSC://h", "a Neo4j server", true, HM_STORE_EXACT | HM_STORE_GDS},
};

START_TEST(uris_name_their_kind) {
    const struct hm_store_kind *kind = NULL;
    OK(hm_store_find_kind(&kind, known[_i].uri, &err));
    ck_assert_str_eq(kind->name, known[_i].name);
    ck_assert_int_eq(kind->server, known[_i].server);
    ck_assert_uint_eq(kind->engines, known[_i].engines);
}
END_TEST

static const struct {
    const char *uri, *text;
} unknown[] = {
    {"postgres://user:secret@x/y",
     "store: unknown scheme \"postgres\"; known: a file name, sqlite:, bolt://, bolt+s://, "
     "bolt+ssc://, neo4j://, neo4j+s://, neo4j+ssc://"},
    {"neo4j+tls://h", "unknown scheme \"neo4j+tls\""},
    {"http://h", "unknown scheme \"http\""},
    {"://h", "unknown scheme \"\""},
    {"neo4j:h", "store: found \"neo4j:\" without \"//\", expected neo4j://..."},
    {"BOLT:/h", "store: found \"BOLT:\" without \"//\", expected bolt://..."},
};

START_TEST(other_schemes_are_refused) {
    const struct hm_store_config config = {.uri = unknown[_i].uri, .create = true};
    const struct hm_store_kind *kind = &(struct hm_store_kind){0};
    struct hm_store *store;
    struct hm_store_setup_result made;
    ck_assert_int_eq(hm_store_find_kind(&kind, unknown[_i].uri, &err), HM_EARG);
    ck_assert_ptr_null(kind);
    ck_assert_msg(strstr(err.text, unknown[_i].text), "found %s", err.text);
    ck_assert_ptr_null(strstr(err.text, "secret"));
    ck_assert_int_eq(hm_store_open(&store, &config, &err), HM_EARG);
    ck_assert_ptr_null(store);
    ck_assert_int_eq(hm_store_setup(&config, HM_STORE_PRODUCTS, &made, &err), HM_EARG);
    ck_assert_int_ne(access(unknown[_i].uri, F_OK), 0);
}
END_TEST

START_TEST(a_scheme_before_a_path_is_not_part_of_it) {
    char path[64], uri[80];
    snprintf(path, sizeof path, "check_kinds.%ld.db", (long)getpid());
    snprintf(uri, sizeof uri, "SQLITE:%s", path);
    struct hm_store *store;
    const struct hm_store_config config = {.uri = uri, .create = true};
    OK(hm_store_open(&store, &config, &err));
    ck_assert_str_eq(hm_store_name(store), path);
    ck_assert_str_eq(hm_store_kind_of(store)->name, "an SQLite file");
    hm_store_close(&store);
    ck_assert_int_eq(access(path, F_OK), 0);
    unlink(path);
}
END_TEST

// Nobody listens at port 1, which each scheme has to find out.
START_TEST(servers_are_called) {
    static const char *const uris[] = {"bolt://127.0.0.1:1",     "bolt+s://127.0.0.1:1",
                                       "bolt+ssc://127.0.0.1:1", "neo4j://127.0.0.1:1/db",
                                       "neo4j+s://127.0.0.1:1",  "neo4j+ssc://127.0.0.1:1",
                                       "Bolt+SSC://127.0.0.1:1"};
    struct hm_store *store;
    const struct hm_store_config config = {.uri = uris[_i]};
    ck_assert_msg(hm_store_open(&store, &config, &err) == HM_EIO, "%s", err.text);
    ck_assert_ptr_null(store);
    ck_assert_ptr_nonnull(strstr(err.text, uris[_i]));
}
END_TEST

START_TEST(a_login_in_a_uri_is_refused_and_not_shown) {
    struct hm_store *store;
    const struct hm_store_config config = {.uri = "neo4j://me:secret@127.0.0.1:1"};
    ck_assert_int_eq(hm_store_open(&store, &config, &err), HM_EARG);
    ck_assert_ptr_nonnull(strstr(err.text, "a login in the URI"));
    ck_assert_ptr_null(strstr(err.text, "secret"));
}
END_TEST

static enum hm_status no_row(void *context, size_t which, const struct hm_store_across_row *row,
                             struct hm_error *unused) {
    (void)context, (void)which, (void)row, (void)unused;
    ck_abort_msg("a file has no query across databases");
    return HM_OK;
}

START_TEST(files_cannot_be_joined_by_a_query) {
    const struct hm_store_config config = {.uri = "no.db"};
    const char *code = "0100";
    ck_assert_int_eq(
        hm_store_similar_across(&config, HM_STORE_ACROSS_AUTO, &code, 1, 1, no_row, NULL, &err),
        HM_EUNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(err.text, "store no.db"));
    ck_assert_int_eq(hm_store_setup_composite(&config, "a", "b", &err), HM_EUNSUPPORTED);
    ck_assert_int_ne(access("no.db", F_OK), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("kinds");
    TCase *tests = tcase_create("kinds");
    tcase_add_loop_test(tests, uris_name_their_kind, 0, sizeof known / sizeof *known);
    tcase_add_loop_test(tests, other_schemes_are_refused, 0, sizeof unknown / sizeof *unknown);
    tcase_add_test(tests, a_scheme_before_a_path_is_not_part_of_it);
    tcase_add_loop_test(tests, servers_are_called, 0, 7);
    tcase_add_test(tests, a_login_in_a_uri_is_refused_and_not_shown);
    tcase_add_test(tests, files_cannot_be_joined_by_a_query);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
