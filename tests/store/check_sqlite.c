// SPDX-License-Identifier: MIT
// The SQLite store: it keeps the contract, processes make one together, an unfinished search leaves
// no trace, foreign and damaged files are refused, triggers of strangers do not run.

#include "hmrec/store.h"

#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "contract.h"
#include "suite.h"

static char path[64];
static struct hm_store *store;
static struct hm_error err;

#define OK(expr) ck_assert_msg((expr) == HM_OK, "%s: %s", #expr, err.text)

static struct hm_store *open_at(const char *uri, bool create) {
    struct hm_store *opened = NULL;
    struct hm_store_config config = {.uri = uri, .create = create};
    OK(hm_store_open(&opened, &config, &err));
    return opened;
}

static void make(void) {
    snprintf(path, sizeof path, "check_sqlite.%ld.db", (long)getpid());
    store = open_at(path, true);
    hm_store_close(&store);
}

static struct hm_store *open_again(void) {
    return open_at(path, false);
}

static void remove_files(void) {
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char file[80];
        snprintf(file, sizeof file, "%s%s", path, endings[i]);
        unlink(file);
    }
}

static void setup(void) {
    make();
    store = open_again();
}

static void teardown(void) {
    hm_store_close(&store);
    remove_files();
}

static void put(const char *code) {
    static const float vector[HM_DIM] = {1};
    struct hm_store_embedding row = {.source = {code, "d0", 1000, 5}, .vector = vector};
    OK(hm_store_put_embeddings(store, &row, 1, &err));
}

static enum hm_status ignore(void *context, const struct hm_store_embedding *row,
                             struct hm_error *e) {
    (void)context, (void)row, (void)e;
    return HM_OK;
}

START_TEST(unfinished_neighbours_are_rolled_back) {
    OK(hm_store_use_model(store, "model A", false, &err));
    put("0100");
    put("0200");
    const char *const of_1[] = {"0200"};
    const float scores[] = {0.75f};
    struct hm_store_neighbours row = {"0100", 1, of_1, scores};
    OK(hm_store_put_neighbours(store, &row, 1, NULL, &err));
    hm_store_close(&store);
    store = open_at(path, false);
    struct hm_store_counts counts;
    OK(hm_store_count(store, &counts, &err));
    ck_assert_uint_eq(counts.neighbours, 0);
    ck_assert_uint_eq(counts.embeddings, 2);
}
END_TEST

// Makes the store, or finds it made, and puts one embedding, like one of several `hmrec embed
// --shard` started at once.
static void share(int shard) {
    struct hm_store_config config = {.uri = path, .create = true};
    static const float vector[HM_DIM] = {1};
    char code[16];
    snprintf(code, sizeof code, "%04d", shard);
    struct hm_store_embedding row = {.source = {code, "d0", 1000, 5}, .vector = vector};
    enum hm_status status = hm_store_open(&store, &config, &err);
    if (status == HM_OK) status = hm_store_use_model(store, "model A", false, &err);
    if (status == HM_OK) status = hm_store_put_embeddings(store, &row, 1, &err);
    if (status != HM_OK) fprintf(stderr, "process %d: %s\n", shard, err.text);
    hm_store_close(&store);
    _exit(status != HM_OK);
}

START_TEST(processes_make_a_store_together) {
    enum { ROUNDS = 50, PROCESSES = 4 };
    for (int round = 0; round < ROUNDS; round++) {
        hm_store_close(&store);
        remove_files();
        pid_t processes[PROCESSES];
        for (int i = 0; i < PROCESSES; i++) {
            processes[i] = fork();
            ck_assert_int_ge(processes[i], 0);
            if (processes[i] == 0) share(i);
        }
        for (int i = 0; i < PROCESSES; i++) {
            int status;
            ck_assert_int_eq(waitpid(processes[i], &status, 0), processes[i]);
            ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "round %d", round);
        }
        store = open_again();
        struct hm_store_counts counts;
        OK(hm_store_count(store, &counts, &err));
        ck_assert_uint_eq(counts.embeddings, PROCESSES);
    }
}
END_TEST

START_TEST(other_files_are_refused) {
    struct hm_store *bad = NULL;
    struct hm_store_config config = {.uri = "no-such-folder/x.db", .create = true};
    ck_assert_int_ne(hm_store_open(&bad, &config, &err), HM_OK);
    config = (struct hm_store_config){.uri = "no-such.db"};
    ck_assert_int_eq(hm_store_open(&bad, &config, &err), HM_ENOTFOUND);
    config.uri = "ftp://somewhere";
    ck_assert_int_eq(hm_store_open(&bad, &config, &err), HM_EARG);
    ck_assert_ptr_nonnull(strstr(err.text, "neo4j+s://"));

    char other[80];
    snprintf(other, sizeof other, "%s.other", path);
    FILE *out = fopen(other, "w");
    fputs("this is a text of more than a hundred bytes, which no one could take for a database in "
          "any version of its format.",
          out);
    fclose(out);
    config = (struct hm_store_config){.uri = other, .create = true};
    ck_assert_int_eq(hm_store_open(&bad, &config, &err), HM_EFORMAT);
    unlink(other);
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(other, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "CREATE TABLE t (x)", NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(hm_store_open(&bad, &config, &err), HM_EFORMAT);
    ck_assert_int_eq(sqlite3_exec(db,
                                  "PRAGMA application_id = 0x686d7265; PRAGMA user_version = 99",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(hm_store_open(&bad, &config, &err), HM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "99"));
    ck_assert_ptr_nonnull(strstr(err.text, "newer hmrec"));
    sqlite3_close(db);
    unlink(other);
    ck_assert_ptr_null(bad);
}
END_TEST

START_TEST(damaged_vectors_are_named) {
    OK(hm_store_use_model(store, "model A", false, &err));
    put("0100");
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(
        sqlite3_exec(db, "PRAGMA ignore_check_constraints = 1; UPDATE embedding SET vector = x'00'",
                     NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    ck_assert_int_eq(hm_store_each_embedding(store, ignore, NULL, &err), HM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "0100 has 1 bytes, expected 8192"));
}
END_TEST

START_TEST(a_file_that_is_deleted_meanwhile_is_noticed) {
    char elsewhere[80];
    OK(hm_store_use_model(store, "model A", false, &err));
    put("0100");
    snprintf(elsewhere, sizeof elsewhere, "%s.moved", path);
    for (int replaced = 0; replaced < 2; replaced++) {
        static const float vector[HM_DIM] = {1};
        struct hm_store_embedding row = {.source = {"0200", "d0", 1, 1}, .vector = vector};
        ck_assert_int_eq(rename(path, elsewhere), 0);
        if (replaced) fclose(fopen(path, "w"));
        ck_assert_int_eq(hm_store_put_embeddings(store, &row, 1, &err), HM_EIO);
        ck_assert_ptr_nonnull(strstr(err.text, "was deleted, moved or replaced"));
        ck_assert_int_eq(rename(elsewhere, path), 0);
    }
    put("0300");
}
END_TEST

// A file from a stranger may bring code of its own.
START_TEST(triggers_of_a_file_do_not_run) {
    sqlite3 *db;
    struct hm_store_counts counts;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db,
                                  "CREATE TRIGGER t AFTER INSERT ON product BEGIN INSERT INTO "
                                  "customer (id) VALUES (new.code); END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    OK(hm_store_use_model(store, "model A", false, &err));
    put("0100");
    OK(hm_store_count(store, &counts, &err));
    ck_assert_uint_eq(counts.products, 1);
    ck_assert_uint_eq(counts.customers, 0);
}
END_TEST

START_TEST(messages_name_folder_and_cause) {
    struct hm_store *bad = NULL;
    struct hm_store_config config = {.uri = "no-such-folder/x.db", .create = true};
    ck_assert_int_eq(hm_store_open(&bad, &config, &err), HM_EIO);
    ck_assert_ptr_nonnull(strstr(err.text, "in the folder no-such-folder: No such file"));
    config.uri = "."; // a folder
    ck_assert_int_eq(hm_store_open(&bad, &config, &err), HM_EIO);
    ck_assert_ptr_nonnull(strstr(err.text, "store .: a file cannot be opened"));
    ck_assert_ptr_null(bad);
}
END_TEST

START_TEST(nothing_is_written_to_a_store_that_is_read) {
    hm_store_close(&store);
    struct hm_store_config config = {.uri = path, .read_only = true};
    OK(hm_store_open(&store, &config, &err));
    ck_assert_int_ne(hm_store_use_model(store, "model A", false, &err), HM_OK);
    struct hm_store_article article = {.code = "0050"};
    ck_assert_int_ne(hm_store_put_articles(store, &article, 1, NULL, &err), HM_OK);
    hm_store_close(&store);
    store = open_again();
    struct hm_store_counts counts;
    OK(hm_store_count(store, &counts, &err));
    ck_assert_uint_eq(counts.products, 0);
    config.uri = "no-such.db";
    struct hm_store *bad = NULL;
    ck_assert_int_eq(hm_store_open(&bad, &config, &err), HM_ENOTFOUND);
}
END_TEST

START_TEST(products_removed_meanwhile_are_no_neighbours) {
    const char *const of_1[] = {"0200"};
    const float scores[] = {0.75f};
    struct hm_store_neighbours row = {"0100", 1, of_1, scores};
    struct hm_store_knn_state state = {.revision = 1, .products = 2, .k = 1};
    OK(hm_store_use_model(store, "model A", false, &err));
    put("0100");
    ck_assert_int_eq(hm_store_put_neighbours(store, &row, 1, &state, &err), HM_ECONFLICT);
    ck_assert_ptr_nonnull(strstr(err.text, "removed product 0200"));
}
END_TEST

static bool stop;
static size_t seen;

static bool want_stop(void *context) {
    ck_assert_ptr_eq(context, &stop);
    return stop;
}

static void reopen_with_stop(void) {
    struct hm_store_config config = {.uri = path, .cancelled = want_stop, .context = &stop};
    hm_store_close(&store);
    stop = false;
    seen = 0;
    OK(hm_store_open(&store, &config, &err));
}

static enum hm_status count_products(void *context, const struct hm_store_product *product,
                                     struct hm_error *e) {
    (void)context, (void)product, (void)e;
    seen++;
    return HM_OK;
}

// Statements on whose rows nobody looks, too.
START_TEST(reading_stops_and_what_is_in_hand_is_kept) {
    enum { PRODUCTS = 20000 };
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(
        sqlite3_exec(db,
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                     "i < 20000) INSERT INTO product (code) SELECT printf('%06d', i) FROM n",
                     NULL, NULL, NULL),
        SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
    reopen_with_stop();
    OK(hm_store_products(store, NULL, 0, count_products, NULL, &err));
    ck_assert_uint_eq(seen, PRODUCTS);
    stop = true;
    seen = 0;
    ck_assert_int_eq(hm_store_products(store, NULL, 0, count_products, NULL, &err), HM_ECANCELED);
    ck_assert_uint_lt(seen, PRODUCTS);
    ck_assert_ptr_nonnull(strstr(err.text, "interrupted"));
    OK(hm_store_use_model(store, "model A", false, &err));
    for (int i = 0; i < 3000; i++) // many steps of one statement
        put("000001");
    put("0100");
    struct hm_store_counts counts;
    stop = false;
    OK(hm_store_count(store, &counts, &err));
    ck_assert_uint_eq(counts.embeddings, 2);
}
END_TEST

START_TEST(waiting_for_a_writer_stops) {
    sqlite3 *db;
    reopen_with_stop();
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    stop = true;
    time_t start = time(NULL);
    ck_assert_int_eq(hm_store_use_model(store, "model A", false, &err), HM_ECANCELED);
    ck_assert_int_lt(time(NULL) - start, 5);
    ck_assert_ptr_nonnull(strstr(err.text, "another process was writing to it"));
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
    stop = false;
    OK(hm_store_use_model(store, "model A", false, &err));
}
END_TEST

int main(void) {
    static const struct contract sqlite = {make, open_again, remove_files};
    Suite *suite = suite_create("sqlite");
    contract_add(suite, &sqlite);
    TCase *tests = tcase_create("sqlite");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60); // 50 stores with their flushes to disk
    tcase_add_test(tests, unfinished_neighbours_are_rolled_back);
    tcase_add_test(tests, reading_stops_and_what_is_in_hand_is_kept);
    tcase_add_test(tests, waiting_for_a_writer_stops);
    tcase_add_test(tests, processes_make_a_store_together);
    tcase_add_test(tests, other_files_are_refused);
    tcase_add_test(tests, damaged_vectors_are_named);
    tcase_add_test(tests, a_file_that_is_deleted_meanwhile_is_noticed);
    tcase_add_test(tests, triggers_of_a_file_do_not_run);
    tcase_add_test(tests, messages_name_folder_and_cause);
    tcase_add_test(tests, nothing_is_written_to_a_store_that_is_read);
    tcase_add_test(tests, products_removed_meanwhile_are_no_neighbours);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
