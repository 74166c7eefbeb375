// SPDX-License-Identifier: MIT
// The Neo4j store on the server that NEO4J_URI names, whose data are deleted: it keeps the
// contract, and tells what it cannot do.

#include <stdlib.h>
#include <string.h>

#include "hmrec/bolt.h"
#include "contract.h"
#include "suite.h"

static struct hm_error err;

#define OK(expr) ck_assert_msg((expr) == HM_OK, "%s: %s", #expr, err.text)

static const struct hm_store_config *server(void) {
    static struct hm_store_config config;
    config = (struct hm_store_config){.uri = getenv("NEO4J_URI"),
                                      .user = getenv("NEO4J_USERNAME"),
                                      .password = getenv("NEO4J_PASSWORD"),
                                      .create = true};
    return &config;
}

static void run(const char *query) {
    const struct hm_store_config *config = server();
    struct bolt_config bolt = {.auth = {"basic", config->user, config->password, NULL, NULL}};
    struct bolt_driver *driver;
    struct bolt_session *session;
    struct bolt_result *result;
    OK(bolt_driver_new(config->uri, &bolt, &driver, &err));
    OK(bolt_session_new(driver, NULL, &session, &err));
    OK(bolt_run(session, query, NULL, NULL, &result, &err));
    OK(bolt_consume(result, NULL, &err));
    bolt_result_free(result);
    bolt_session_free(session);
    bolt_driver_free(driver);
}

static void wipe(void) {
    run("MATCH (n) DETACH DELETE n");
}

static struct hm_store *open_server(void) {
    struct hm_store *store = NULL;
    OK(hm_store_open(&store, server(), &err));
    return store;
}

static enum hm_status ignore(void *context, const struct hm_store_embedding *row,
                             struct hm_error *e) {
    (void)context, (void)row, (void)e;
    return HM_OK;
}

// The article's own program leaves embeddings that do not say which model they are from.
START_TEST(embeddings_of_unknown_origin_stay_out_of_sight) {
    struct hm_store *store = open_server();
    struct hm_store_counts counts;
    size_t filled;
    run("CREATE (:Product {code: '0100', embedding: [0.5, 0.25]})");
    OK(hm_store_use_model(store, "model A", false, &err));
    OK(hm_store_each_embedding(store, ignore, NULL, &err));
    OK(hm_store_count(store, &counts, &err));
    ck_assert_uint_eq(counts.products, 1);
    ck_assert_uint_eq(counts.embeddings, 0);
    OK(hm_store_fill_missing(store, &filled, &err));
    ck_assert_uint_eq(filled, 1);
    hm_store_close(&store);
}
END_TEST

START_TEST(damaged_vectors_are_named) {
    struct hm_store *store = open_server();
    float vector[HM_DIM];
    run("CREATE (:Product {code: '0100', embedding: [0.5, 0.25], embedding_model: 'model A'})");
    OK(hm_store_use_model(store, "model A", false, &err));
    ck_assert_int_eq(hm_store_get_embedding(store, "0100", vector, &err), HM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "embedding of 0100"));
    ck_assert_int_ne(hm_store_each_embedding(store, ignore, NULL, &err), HM_OK);
    hm_store_close(&store);
}
END_TEST

START_TEST(neighbours_of_missing_products_are_refused) {
    struct hm_store *store = open_server();
    struct hm_store_counts counts;
    const char *const codes[] = {"0200"};
    const float scores[] = {0.5f};
    struct hm_store_neighbours row = {"0100", 1, codes, scores};
    run("CREATE (:Product {code: '0100'})");
    OK(hm_store_use_model(store, "model A", false, &err));
    ck_assert_int_eq(hm_store_put_neighbours(store, &row, 1, NULL, &err), HM_ECONFLICT);
    OK(hm_store_count(store, &counts, &err));
    ck_assert_uint_eq(counts.neighbours, 0);
    hm_store_close(&store);
}
END_TEST

START_TEST(what_cannot_be_reached_is_named) {
    struct hm_store *store = NULL;
    struct hm_store_config config = *server();
    config.password = "wrong";
    ck_assert_int_eq(hm_store_open(&store, &config, &err), HM_ESERVER);
    ck_assert_str_eq(err.code, "Neo.ClientError.Security.Unauthorized");
    ck_assert_ptr_nonnull(strstr(err.text, config.uri));
    ck_assert_ptr_null(strstr(err.text, "wrong"));
    config = *server();
    config.database = "elsewhere";
    ck_assert_int_eq(hm_store_open(&store, &config, &err), HM_ESERVER);
    ck_assert_ptr_nonnull(strstr(err.text, "elsewhere"));
    config.uri = "bolt://127.0.0.1:1";
    ck_assert_int_eq(hm_store_open(&store, &config, &err), HM_EIO);
    ck_assert_ptr_null(store);
}
END_TEST

static void nothing(void) {}

int main(void) {
    static const struct contract neo4j = {wipe, open_server, nothing};
    if (!getenv("NEO4J_URI")) return suite_skip("NEO4J_URI names no server");
    Suite *suite = suite_create("neo4j");
    TCase *tests = tcase_create("neo4j");
    contract_add(suite, &neo4j);
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, wipe, NULL);
    tcase_add_test(tests, embeddings_of_unknown_origin_stay_out_of_sight);
    tcase_add_test(tests, damaged_vectors_are_named);
    tcase_add_test(tests, neighbours_of_missing_products_are_refused);
    tcase_add_test(tests, what_cannot_be_reached_is_named);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
