// SPDX-License-Identifier: MIT
// The router alone: a pool over servers in memory, no driver. One thread at first, then many.

#include "cluster/router.h"
#include "servers.h"
#include "suite.h"

#include <pthread.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 200, A = 0, B, C, D, SERVERS };

/** A table: routers, readers and writers, each a list of "a:1". */
#define TABLE(routers, readers, writers)                                                           \
    "SUCCESS {\"rt\": {\"ttl\": 300, \"db\": \"home\", \"servers\": [{\"addresses\": [" routers    \
    "], \"role\": \"ROUTE\"}, {\"addresses\": [" readers                                           \
    "], \"role\": \"READ\"}, {\"addresses\": [" writers "], \"role\": \"WRITE\"}]}}"

/* ---- a router over four servers ---- */

static struct server servers[SERVERS] = {
    {.address = "a:1"}, {.address = "b:2"}, {.address = "c:3"}, {.address = "d:4"}};
static struct server_rule rule = {"ROUTE", NULL};
static struct server_net net = {servers, SERVERS, false};
static struct bolt_config config;
static struct bolt_opener opener;
static struct bolt_params *context;
static struct bolt_pool *pool;
static struct bolt_router *router;
static _Atomic uint64_t clock_ns;

static const struct bolt_need to_read = {.database = "home", .access = BOLT_READ},
                              to_write = {.database = "home", .access = BOLT_WRITE};

static uint64_t test_now(void *hook_context) {
    (void)hook_context;
    return clock_ns;
}

static void open_router(void) {
    rule.answers = TABLE("\"a:1\", \"d:4\"", "\"b:2\", \"c:3\"", "\"d:4\"");
    for (size_t i = 0; i < SERVERS; i++) {
        servers[i].rules = &rule;
        servers[i].rule_count = 1;
        servers[i].minor = 4;
    }
    clock_ns = 1000000000;
    config = (struct bolt_config){.connect_timeout_ms = 5000,
                                  .acquisition_timeout_ms = 5000,
                                  .max_lifetime_ms = -1,
                                  .max_pool_size = 3,
                                  .max_message_bytes = 1 << 20,
                                  .hooks = {.now_ns = test_now}};
    context = bolt_params_new();
    bolt_put_string(context, "address", "a:1");
    opener = (struct bolt_opener){.config = &config,
                                  .routing = context,
                                  .connector = server_connect,
                                  .connector_context = &net};
    ck_assert_int_eq(bolt_pool_new(&opener, &pool, NULL), HM_OK);
    ck_assert_int_eq(bolt_router_new(&opener, pool, "a:1", &router, NULL), HM_OK);
}

static void close_router(void) {
    bolt_router_free(router);
    bolt_pool_free(pool);
    bolt_params_free(context);
    for (size_t i = 0; i < SERVERS; i++)
        ck_assert_uint_eq(servers[i].open, 0);
}

static enum hm_status try_once(const struct bolt_need *need, char address[300],
                               struct hm_error *err) {
    struct bolt_connection *connection;
    HM_TRY(bolt_router_acquire(router, need, NULL, &connection, err));
    strcpy(address, connection->server.address);
    bolt_pool_release(pool, connection);
    return HM_OK;
}

static void expect_server(const struct bolt_need *need, int server) {
    char address[300];
    struct hm_error err = {0};
    ck_assert_msg(try_once(need, address, &err) == HM_OK, "%s", err.text);
    ck_assert_str_eq(address, servers[server].address);
}

static void expect_failure(const struct bolt_need *need, enum hm_status status, const char *text) {
    char address[300];
    struct hm_error err = {0};
    ck_assert_int_eq(try_once(need, address, &err), status);
    ck_assert_msg(strstr(err.text, text), "%s", err.text);
}

static unsigned tables_asked_for(void) {
    unsigned sum = 0;
    for (size_t i = 0; i < SERVERS; i++)
        sum += servers[i].routes;
    return sum;
}

/* ---- one thread ---- */

START_TEST(servers_of_a_kind_take_turns) {
    expect_server(&to_read, B);
    expect_server(&to_read, C);
    expect_server(&to_read, B);
    expect_server(&to_write, D);
    expect_server(&to_write, D);
    ck_assert_uint_eq(tables_asked_for(), 1);
}
END_TEST

START_TEST(a_table_is_asked_for_again_when_its_time_is_up) {
    expect_server(&to_read, B);
    clock_ns += 299u * (uint64_t)1000000000;
    expect_server(&to_read, C);
    ck_assert_uint_eq(tables_asked_for(), 1);
    clock_ns += 1000000000u;
    expect_server(&to_read, B);
    ck_assert_uint_eq(tables_asked_for(), 2);
}
END_TEST

START_TEST(the_home_database_is_asked_for_each_time) {
    for (unsigned i = 1; i <= 2; i++) {
        struct bolt_connection *connection;
        char *home = NULL;
        struct bolt_need need = {.access = BOLT_WRITE};
        ck_assert_int_eq(bolt_router_acquire(router, &need, &home, &connection, NULL), HM_OK);
        ck_assert_str_eq(home, "home");
        bolt_pool_release(pool, connection);
        free(home);
        ck_assert_uint_eq(tables_asked_for(), i);
    }
}
END_TEST

START_TEST(failures_teach_a_new_table_and_leave_the_old_one_as_it_is) {
    static const char not_leader[] = "Neo.ClientError.Cluster.NotALeader";
    ck_assert_ptr_null(bolt_router_table(router, "home"));
    expect_server(&to_read, B);
    const struct bolt_routing_table *before = bolt_router_table(router, "home");
    bolt_router_learn(router, "d:4", "other", not_leader);
    const struct bolt_routing_table *same = bolt_router_table(router, "home");
    ck_assert_ptr_eq(before, same); // another database's leader
    bolt_router_learn(router, "d:4", "home", not_leader);
    const struct bolt_routing_table *after = bolt_router_table(router, "home");
    ck_assert_uint_eq(after->writers.count, 0);
    ck_assert_uint_eq(after->routers.count, 2); // it still routes
    bolt_router_learn(router, "b:2", NULL, ""); // lost
    bolt_routing_table_release(after);
    after = bolt_router_table(router, "home");
    ck_assert_uint_eq(after->readers.count, 1);
    ck_assert_str_eq(before->writers.items[0], "d:4"); // whoever reads it may go on
    ck_assert_uint_eq(before->readers.count, 2);
    bolt_routing_table_release(before);
    bolt_routing_table_release(same);
    bolt_routing_table_release(after);
    expect_server(&to_write, D); // by a new table
    ck_assert_uint_eq(tables_asked_for(), 2);
}
END_TEST

START_TEST(a_server_that_cannot_be_reached_is_passed_over) {
    servers[B].down = true;
    expect_server(&to_read, C);
    expect_server(&to_read, C);
    ck_assert_uint_eq(tables_asked_for(), 1);
    servers[C].down = true;
    expect_failure(&to_read, HM_ERETRY, "no server left to read from");
    servers[B].down = servers[C].down = false;
    expect_server(&to_read, B);
}
END_TEST

START_TEST(another_router_is_asked_when_one_is_gone) {
    expect_server(&to_read, B);
    servers[A].down = true;
    clock_ns += 300u * (uint64_t)1000000000;
    expect_server(&to_read, C);
    ck_assert_uint_eq(servers[D].routes, 1);
    servers[D].down = true;
    clock_ns += 300u * (uint64_t)1000000000;
    expect_failure(&to_read, HM_EIO, "no router gave a routing table");
}
END_TEST

START_TEST(a_table_without_writers_makes_the_first_router_come_first) {
    rule.answers = TABLE("\"b:2\"", "\"b:2\"", "");
    expect_failure(&to_write, HM_ERETRY, "no server left to write to");
    ck_assert_uint_eq(servers[A].routes, 1);
    expect_failure(&to_write, HM_ERETRY, "no server left to write to");
    ck_assert_uint_eq(servers[A].routes, 2);
    ck_assert_uint_eq(servers[B].routes, 0);
}
END_TEST

START_TEST(a_single_server_is_asked_where_it_was_found) {
    rule.answers = TABLE("\"x:9\"", "\"x:9\"", "\"x:9\"");
    expect_server(&to_write, A);
}
END_TEST

START_TEST(refusals_that_all_would_repeat_end_the_search) {
    rule.answers = "FAILURE {\"code\": \"Neo.ClientError.Database.DatabaseNotFound\", "
                   "\"message\": \"no such database\"}";
    expect_failure(&to_read, HM_ESERVER, "no such database");
    rule.answers = "SUCCESS {\"rt\": {\"ttl\": 300, \"servers\": []}}";
    expect_failure(&to_read, HM_EIO, "the routing table has no routers");
    rule.answers = "SUCCESS {\"rt\": 1}";
    expect_failure(&to_read, HM_EIO, "malformed routing table");
}
END_TEST

/* ---- many threads ---- */

static atomic_uint failures;

static bool is_known(const char *address) {
    for (size_t i = 0; i < SERVERS; i++)
        if (strcmp(servers[i].address, address) == 0) return true;
    return false;
}

/** Every address in the current table, which may be replaced meanwhile, is one of ours. */
static void read_table(void) {
    const struct bolt_routing_table *table = bolt_router_table(router, "home");
    for (size_t i = 0; table && i < table->readers.count; i++)
        failures += !is_known(table->readers.items[i]);
    for (size_t i = 0; table && i < table->writers.count; i++)
        failures += !is_known(table->writers.items[i]);
    bolt_routing_table_release(table);
}

static void *work(void *seed) {
    uint64_t random = *(const uint64_t *)seed;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t dice = suite_random(&random);
        struct hm_error err = {0};
        char address[300];
        enum hm_status status = HM_OK;
        if (dice % 8 == 0)
            status = bolt_router_refresh(router, &to_read, &err);
        else if (dice % 8 == 1)
            bolt_router_learn(router, servers[dice / 8 % SERVERS].address, "home",
                              dice & 1024 ? "" : "Neo.ClientError.Cluster.NotALeader");
        else if (dice % 8 < 4)
            read_table();
        else
            status = try_once(dice & 1024 ? &to_read : &to_write, address, &err);
        failures += status != HM_OK && status != HM_EIO && status != HM_ERETRY;
        if (failures) printf("%s\n", err.text);
    }
    return NULL;
}

START_TEST(many_threads_route_and_learn) {
    pthread_t threads[THREADS];
    uint64_t random = suite_seed(11), seeds[THREADS];
    net.slow = true;
    for (size_t i = 0; i < THREADS; i++) {
        seeds[i] = suite_random(&random);
        ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &seeds[i]), 0);
    }
    for (int i = 0; i < 100; i++) {
        servers[1 + suite_random(&random) % 3].down = suite_random(&random) % 3 == 0;
        clock_ns += 10000000000u;
        usleep(200);
    }
    for (size_t i = 0; i < SERVERS; i++)
        servers[i].down = false;
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(failures, 0);
    for (size_t i = 0; i < SERVERS; i++) {
        size_t in_use, idle;
        bolt_pool_usage(pool, servers[i].address, &in_use, &idle);
        ck_assert_uint_eq(in_use, 0);
        ck_assert_uint_le(servers[i].most, config.max_pool_size);
    }
    clock_ns += 300u * (uint64_t)1000000000;
    expect_server(&to_write, D);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("bolt/router");
    TCase *test_case = tcase_create("router");
    tcase_add_checked_fixture(test_case, open_router, close_router);
    tcase_add_test(test_case, servers_of_a_kind_take_turns);
    tcase_add_test(test_case, a_table_is_asked_for_again_when_its_time_is_up);
    tcase_add_test(test_case, the_home_database_is_asked_for_each_time);
    tcase_add_test(test_case, failures_teach_a_new_table_and_leave_the_old_one_as_it_is);
    tcase_add_test(test_case, a_server_that_cannot_be_reached_is_passed_over);
    tcase_add_test(test_case, another_router_is_asked_when_one_is_gone);
    tcase_add_test(test_case, a_table_without_writers_makes_the_first_router_come_first);
    tcase_add_test(test_case, a_single_server_is_asked_where_it_was_found);
    tcase_add_test(test_case, refusals_that_all_would_repeat_end_the_search);
    tcase_add_test(test_case, many_threads_route_and_learn);
    suite_add_tcase(suite, test_case);
    return suite_run(suite, 0);
}
