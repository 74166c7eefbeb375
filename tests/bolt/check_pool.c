// SPDX-License-Identifier: MIT
// The pool alone: an opener, servers in memory, no driver. One thread at first, then many.

#include "cluster/pool.h"
#include "clock.h"
#include "servers.h"
#include "suite.h"

#include <pthread.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 300 };
#define ADDRESS "a:1"

/* ---- a pool over one server ---- */

static struct server server;
static struct server_net net;
static struct bolt_config config;
static struct bolt_opener opener;
static struct bolt_pool *pool;
static _Atomic uint64_t clock_ns;
static atomic_bool cancel;

static uint64_t test_now(void *context) {
    (void)context;
    return clock_ns;
}

static bool test_cancelled(void *context) {
    (void)context;
    return cancel;
}

static void open_pool(void) {
    clock_ns = 1000000000;
    cancel = false;
    server.address = ADDRESS;
    server.minor = 4;
    net = (struct server_net){&server, 1, false};
    config = (struct bolt_config){.auth = {"basic", "neo4j", "pass", NULL, NULL},
                                  .connect_timeout_ms = 5000,
                                  .acquisition_timeout_ms = 5000,
                                  .max_lifetime_ms = 3600000,
                                  .max_pool_size = 3,
                                  .max_message_bytes = 1 << 20,
                                  .hooks = {.now_ns = test_now, .cancelled = test_cancelled}};
    opener = (struct bolt_opener){
        .config = &config, .connector = server_connect, .connector_context = &net};
    ck_assert_int_eq(bolt_pool_new(&opener, &pool, NULL), HM_OK);
}

static void close_pool(void) {
    bolt_pool_free(pool);
    ck_assert_uint_eq(server.open, 0);
}

static struct bolt_connection *acquire(void) {
    struct hm_error err = {0};
    struct bolt_connection *connection;
    enum hm_status status = bolt_pool_acquire(pool, ADDRESS, NULL, &connection, &err);
    ck_assert_msg(status == HM_OK, "%s", err.text);
    return connection;
}

static void expect_usage(size_t in_use, size_t idle) {
    size_t found_in_use, found_idle;
    bolt_pool_usage(pool, ADDRESS, &found_in_use, &found_idle);
    ck_assert_uint_eq(found_in_use, in_use);
    ck_assert_uint_eq(found_idle, idle);
}

/* ---- one thread ---- */

START_TEST(what_comes_back_is_used_again) {
    expect_usage(0, 0);
    struct bolt_connection *a = acquire(), *b = acquire();
    ck_assert_ptr_ne(a, b);
    ck_assert_uint_eq(a->wire.read_timeout_ns, 300000000000u); // unless the server hints another
    expect_usage(2, 0);
    bolt_pool_release(pool, a);
    bolt_pool_release(pool, b);
    expect_usage(0, 2);
    ck_assert_ptr_eq(acquire(), b); // the one used last
    ck_assert_uint_eq(server.opened, 2);
    ck_assert_uint_eq(server.resets, 0);
    bolt_pool_release(pool, b);
}
END_TEST

START_TEST(a_failed_connection_is_reset_and_a_broken_one_closed) {
    struct bolt_connection *a = acquire();
    a->failed = true;
    bolt_pool_release(pool, a);
    ck_assert_uint_eq(server.resets, 1);
    expect_usage(0, 1);
    a = acquire();
    struct hm_error why = {.status = HM_EIO, .text = "cut"};
    bolt_connection_break(a, &why);
    bolt_pool_release(pool, a);
    expect_usage(0, 0);
    ck_assert_uint_eq(server.open, 0);
}
END_TEST

START_TEST(a_dead_idle_connection_is_replaced) {
    struct bolt_connection *a = acquire(), *b = acquire();
    bolt_pool_release(pool, a);
    bolt_pool_release(pool, b);
    server.down = true;
    struct hm_error err = {0};
    struct bolt_connection *none;
    ck_assert_int_eq(bolt_pool_acquire(pool, ADDRESS, NULL, &none, &err), HM_EIO);
    ck_assert_ptr_null(none);
    expect_usage(0, 0); // every place was given back
    server.down = false;
    a = acquire();
    ck_assert_uint_eq(server.opened, 3);
    bolt_pool_release(pool, a);
}
END_TEST

START_TEST(places_of_refused_connections_are_free_again) {
    server.down = true;
    for (size_t i = 0; i < 2 * config.max_pool_size; i++) {
        struct bolt_connection *none;
        ck_assert_int_eq(bolt_pool_acquire(pool, ADDRESS, NULL, &none, NULL), HM_EIO);
    }
    server.down = false;
    bolt_pool_release(pool, acquire());
}
END_TEST

START_TEST(old_connections_are_not_used_again) {
    bolt_pool_release(pool, acquire());
    clock_ns += 3600001u * (uint64_t)1000000;
    bolt_pool_release(pool, acquire());
    ck_assert_uint_eq(server.opened, 2);
    ck_assert_uint_eq(server.open, 1);
    struct bolt_connection *used = acquire();
    bolt_pool_expire(pool);
    bolt_pool_release(pool, used); // closed now
    expect_usage(0, 0);
    bolt_pool_release(pool, acquire());
    bolt_pool_expire(pool); // closed when it is looked at
    bolt_pool_release(pool, acquire());
    ck_assert_uint_eq(server.opened, 4);
    ck_assert_uint_eq(server.open, 1);
}
END_TEST

START_TEST(idle_ones_are_asked_whether_they_live) {
    config.liveness_check_ms = 1000;
    bolt_pool_release(pool, acquire());
    bolt_pool_release(pool, acquire());
    ck_assert_uint_eq(server.resets, 0);
    clock_ns += 1000000000u;
    bolt_pool_release(pool, acquire());
    ck_assert_uint_eq(server.resets, 1);
    config.liveness_check_ms = -1;
    bolt_pool_release(pool, acquire());
    ck_assert_uint_eq(server.resets, 2);
}
END_TEST

START_TEST(users_change_where_the_version_can) {
    const struct bolt_auth other = {"basic", "else", "word", NULL, NULL};
    struct bolt_connection *connection;
    struct hm_error err = {0};
    bolt_pool_release(pool, acquire());
    ck_assert_uint_eq(server.logons, 1);
    ck_assert_int_eq(bolt_pool_acquire(pool, ADDRESS, &other, &connection, &err), HM_OK);
    bolt_pool_release(pool, connection); // LOGOFF and LOGON travel now at the latest
    ck_assert_uint_eq(server.logons, 2);
    bolt_pool_release(pool, acquire()); // and back
    ck_assert_uint_eq(server.logons, 3);
    ck_assert_uint_eq(server.opened, 1);
    server.minor = 0;
    bolt_pool_expire(pool);
    for (int i = 0; i < 2; i++) { // a new one, then an idle one
        ck_assert_int_eq(bolt_pool_acquire(pool, ADDRESS, &other, &connection, &err),
                         HM_EUNSUPPORTED);
        ck_assert_msg(strstr(err.text, "Bolt 5.0 cannot change users"), "%s", err.text);
        ck_assert_ptr_null(connection);
    }
    expect_usage(0, 1);
}
END_TEST

/* ---- waiting ---- */

START_TEST(waiting_ends) {
    config.max_pool_size = 1;
    config.acquisition_timeout_ms = 60;
    struct bolt_connection *a = acquire(), *none;
    struct hm_error err = {0};
    ck_assert_int_eq(bolt_pool_acquire(pool, ADDRESS, NULL, &none, &err), HM_ETIMEOUT);
    ck_assert_msg(strstr(err.text, ADDRESS ": all 1 connections are in use"), "%s", err.text);
    expect_usage(1, 0);
    config.acquisition_timeout_ms = 60000;
    cancel = true;
    uint64_t start_ns = hm_now_ns();
    ck_assert_int_eq(bolt_pool_acquire(pool, ADDRESS, NULL, &none, &err), HM_ECANCELED);
    ck_assert_msg(hm_now_ns() - start_ns < 10000000000u, "it took too long");
    cancel = false;
    bolt_pool_release(pool, a);
}
END_TEST

static void *release_soon(void *connection) {
    usleep(30000);
    bolt_pool_release(pool, connection);
    return NULL;
}

START_TEST(who_waits_gets_what_comes_back) {
    config.max_pool_size = 1;
    struct bolt_connection *a = acquire();
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, release_soon, a), 0);
    ck_assert_ptr_eq(acquire(), a);
    pthread_join(thread, NULL);
    bolt_pool_release(pool, a);
}
END_TEST

/* ---- many threads ---- */

static atomic_uint failures;

/** Take a connection, talk over it as its only owner, give it back; now and then something goes
 *  wrong. */
static void *work(void *seed) {
    uint64_t random = *(const uint64_t *)seed;
    for (int i = 0; i < ROUNDS; i++) {
        struct bolt_connection *connection;
        struct hm_error err = {0};
        if (bolt_pool_acquire(pool, ADDRESS, NULL, &connection, &err) != HM_OK) {
            // Refused, cut off, or cut off during the handshake.
            failures += err.status != HM_EIO && err.status != HM_ERETRY && err.status != HM_EPROTO;
            continue;
        }
        if (connection->next) failures++; // still in a list
        if (suite_random(&random) % 4 == 0 && bolt_connection_reset(connection, &err) != HM_OK)
            failures += !server.down && connection->broken.status == HM_OK;
        if (suite_random(&random) % 16 == 0) connection->failed = true;
        bolt_pool_release(pool, connection);
    }
    return NULL;
}

static void work_together(void (*meanwhile)(uint64_t *random)) {
    pthread_t threads[THREADS];
    uint64_t random = suite_seed(7), seeds[THREADS];
    failures = 0;
    net.slow = true;
    for (size_t i = 0; i < THREADS; i++) {
        seeds[i] = suite_random(&random);
        ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &seeds[i]), 0);
    }
    for (int i = 0; meanwhile && i < 100; i++)
        meanwhile(&random);
    server.down = false;
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(failures, 0);
    ck_assert_uint_le(server.most, config.max_pool_size);
    size_t in_use, idle;
    bolt_pool_usage(pool, ADDRESS, &in_use, &idle);
    ck_assert_uint_eq(in_use, 0);
    ck_assert_uint_eq(idle, server.open);
}

START_TEST(many_threads_share_few_connections) {
    work_together(NULL);
    ck_assert_uint_eq(server.opened, server.most);
}
END_TEST

static void disturb(uint64_t *random) {
    size_t in_use, idle;
    server.down = suite_random(random) % 4 == 0;
    if (suite_random(random) % 3 == 0) bolt_pool_expire(pool);
    bolt_pool_usage(pool, ADDRESS, &in_use, &idle);
    if (in_use + idle > config.max_pool_size) failures++;
    usleep(200);
}

START_TEST(many_threads_outlive_a_server_that_comes_and_goes) {
    work_together(disturb);
    bolt_pool_release(pool, acquire());
}
END_TEST

int main(void) {
    Suite *suite = suite_create("bolt/pool");
    TCase *test_case = tcase_create("pool");
    tcase_add_checked_fixture(test_case, open_pool, close_pool);
    tcase_add_test(test_case, what_comes_back_is_used_again);
    tcase_add_test(test_case, a_failed_connection_is_reset_and_a_broken_one_closed);
    tcase_add_test(test_case, a_dead_idle_connection_is_replaced);
    tcase_add_test(test_case, places_of_refused_connections_are_free_again);
    tcase_add_test(test_case, old_connections_are_not_used_again);
    tcase_add_test(test_case, idle_ones_are_asked_whether_they_live);
    tcase_add_test(test_case, users_change_where_the_version_can);
    tcase_add_test(test_case, waiting_ends);
    tcase_add_test(test_case, who_waits_gets_what_comes_back);
    tcase_add_test(test_case, many_threads_share_few_connections);
    tcase_add_test(test_case, many_threads_outlive_a_server_that_comes_and_goes);
    suite_add_tcase(suite, test_case);
    return suite_run(suite, 0);
}
