// SPDX-License-Identifier: MIT
// The SQLite store: what goes in comes out, models are not mixed, foreign and damaged files are refused, a second writer is told.

#include "store.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"

static char path[64];
static struct store *store;
static struct hm_error err;

#define OK(expr) ck_assert_msg((expr) == HM_OK, "%s: %s", #expr, err.text)

static struct store *open_at(const char *uri, bool create) {
    struct store *opened = NULL;
    struct store_config config = {.uri = uri, .create = create};
    OK(store_open(&opened, &config, &err));
    return opened;
}

static void setup(void) {
    snprintf(path, sizeof path, "check_sqlite.%ld.db", (long)getpid());
    store = open_at(path, true);
}

static void teardown(void) {
    store_close(&store);
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char file[80];
        snprintf(file, sizeof file, "%s%s", path, endings[i]);
        unlink(file);
    }
}

static float vector_of[3][STORE_DIM];
static const char *const digests[] = {"d0", "d1", "d2"};

static void put(const char *code, int which) {
    for (int i = 0; i < STORE_DIM; i++)
        vector_of[which][i] = (float)(which + 1) / (float)(i + 1);
    struct store_embedding row = {.source = {code, digests[which], 1000u + (unsigned)which, 5},
                                  .vector = vector_of[which]};
    OK(store_put_embeddings(store, &row, 1, &err));
}

struct seen {
    char codes[16][STORE_CODE_MAX + 1];
    char digests[16][HM_DIGEST_HEX + 1];
    uint64_t bytes[16];
    int64_t revisions[16];
    float first[16];
    size_t n;
};

static enum hm_status see(void *context, const struct store_embedding *row, struct hm_error *e) {
    struct seen *seen = context;
    if (seen->n == 16) return hm_fail(e, HM_EARG, "too many rows");
    snprintf(seen->codes[seen->n], sizeof seen->codes[0], "%s", row->source.code);
    snprintf(seen->digests[seen->n], sizeof seen->digests[0], "%s", row->source.image_digest);
    seen->bytes[seen->n] = row->source.image_bytes;
    seen->revisions[seen->n] = row->revision;
    seen->first[seen->n++] = row->vector[0];
    return HM_OK;
}

static enum hm_status see_source(void *context, const struct store_source *source,
                                 struct hm_error *e) {
    float none[STORE_DIM] = {0};
    struct store_embedding row = {.source = *source, .vector = none};
    return see(context, &row, e);
}

START_TEST(embeddings_come_back_in_order) {
    struct seen seen = {0};
    OK(store_use_model(store, "model A", false, &err));
    put("0200", 1);
    put("0100", 0);
    store_close(&store);
    store = open_at(path, false);
    OK(store_each_embedding(store, see, &seen, &err));
    ck_assert_uint_eq(seen.n, 2);
    ck_assert_str_eq(seen.codes[0], "0100");
    ck_assert_str_eq(seen.codes[1], "0200");
    ck_assert_str_eq(seen.digests[1], "d1");
    ck_assert_uint_eq(seen.bytes[1], 1001);
    ck_assert_int_gt(seen.revisions[0], seen.revisions[1]); // put later
    float vector[STORE_DIM];
    OK(store_get_embedding(store, "0200", vector, &err));
    ck_assert_mem_eq(vector, vector_of[1], sizeof vector);
    ck_assert_int_eq(store_get_embedding(store, "0300", vector, &err), HM_ENOTFOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "0300"));
}
END_TEST

START_TEST(touching_keeps_vector_and_revision) {
    struct seen seen = {0};
    OK(store_use_model(store, "model A", false, &err));
    put("0100", 0);
    struct store_embedding touched = {.source = {"0100", "d0", 77, 6}};
    OK(store_put_embeddings(store, &touched, 1, &err));
    OK(store_each_embedding(store, see, &seen, &err));
    ck_assert_uint_eq(seen.n, 1);
    ck_assert_uint_eq(seen.bytes[0], 77);
    ck_assert_int_eq(seen.revisions[0], 1);
    ck_assert_float_eq(seen.first[0], 1);
}
END_TEST

START_TEST(models_are_not_mixed) {
    struct seen seen = {0};
    char model[STORE_MODEL_MAX + 1];
    OK(store_use_model(store, "model A", false, &err));
    put("0100", 0);
    put("0200", 1);
    ck_assert_int_eq(store_use_model(store, "model B", false, &err), HM_ECONFLICT);
    ck_assert_ptr_nonnull(strstr(err.text, "--again"));
    OK(store_use_model(store, "model A", false, &err));
    OK(store_use_model(store, "model B", true, &err));
    put("0200", 2);
    OK(store_each_embedding(store, see, &seen, &err));
    ck_assert_uint_eq(seen.n, 1); // A's 0100 is out of sight
    ck_assert_str_eq(seen.digests[0], "d2");
    OK(store_model(store, model, &err));
    ck_assert_str_eq(model, "model B");
    float vector[STORE_DIM];
    ck_assert_int_eq(store_get_embedding(store, "0100", vector, &err), HM_ENOTFOUND);
    struct seen sources = {0};
    OK(store_each_source(store, see_source, &sources, &err));
    ck_assert_uint_eq(sources.n, 1);
}
END_TEST

START_TEST(a_second_process_cannot_change_the_model_unseen) {
    OK(store_use_model(store, "model A", false, &err));
    struct store *other = open_at(path, false);
    OK(store_use_model(other, "model B", true, &err));
    store_close(&other);
    struct store_embedding row = {.source = {"0100", "d0", 1, 1}, .vector = vector_of[0]};
    ck_assert_int_eq(store_put_embeddings(store, &row, 1, &err), HM_ECONFLICT);
}
END_TEST

START_TEST(missing_pictures_get_zero_vectors) {
    sqlite3 *db;
    size_t count = 0;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(
        sqlite3_exec(db, "INSERT INTO product (code) VALUES ('0900')", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    OK(store_use_model(store, "model A", false, &err));
    put("0100", 0);
    OK(store_fill_missing(store, &count, &err));
    ck_assert_uint_eq(count, 1);
    float vector[STORE_DIM];
    OK(store_get_embedding(store, "0900", vector, &err));
    for (int i = 0; i < STORE_DIM; i++)
        ck_assert_float_eq(vector[i], 0);
    OK(store_fill_missing(store, &count, &err));
    ck_assert_uint_eq(count, 0);
}
END_TEST

struct lists {
    char text[512];
};

static enum hm_status list(void *context, const struct store_neighbours *row, struct hm_error *e) {
    struct lists *lists = context;
    (void)e;
    size_t used = strlen(lists->text);
    used += (size_t)snprintf(lists->text + used, sizeof lists->text - used, "%s:", row->code);
    for (size_t i = 0; i < row->n; i++)
        used += (size_t)snprintf(lists->text + used, sizeof lists->text - used, " %s=%.2f",
                                 row->codes[i], (double)row->scores[i]);
    snprintf(lists->text + used, sizeof lists->text - used, "; ");
    return HM_OK;
}

START_TEST(neighbours_are_replaced_product_by_product) {
    OK(store_use_model(store, "model A", false, &err));
    put("0100", 0);
    put("0200", 1);
    put("0300", 2);
    const char *const of_1[] = {"0300", "0200"}, *const of_2[] = {"0100"};
    const float scores[] = {0.75f, 0.5f};
    struct store_neighbours rows[] = {{"0100", 2, of_1, scores}, {"0200", 1, of_2, scores}};
    struct store_knn_state state = {.revision = 3, .products = 3, .k = 2}, read;
    OK(store_put_neighbours(store, &rows[0], 1, NULL, &err));
    OK(store_put_neighbours(store, &rows[1], 1, &state, &err));
    struct lists lists = {""};
    OK(store_each_neighbours(store, list, &lists, &err));
    ck_assert_str_eq(lists.text, "0100: 0300=0.75 0200=0.50; 0200: 0100=0.75; 0300:; ");
    OK(store_knn_state(store, &read, &err));
    ck_assert_int_eq(read.revision, 3);
    ck_assert_uint_eq(read.k, 2);
    rows[0].n = 1;
    OK(store_put_neighbours(store, rows, 1, &state, &err));
    struct lists one = {""};
    OK(store_get_neighbours(store, "0100", list, &one, &err));
    ck_assert_str_eq(one.text, "0100: 0300=0.75; ");
    ck_assert_int_eq(store_get_neighbours(store, "0999", list, &one, &err), HM_ENOTFOUND);
}
END_TEST

START_TEST(unfinished_neighbours_are_rolled_back) {
    OK(store_use_model(store, "model A", false, &err));
    put("0100", 0);
    put("0200", 1);
    const char *const of_1[] = {"0200"};
    const float scores[] = {0.75f};
    struct store_neighbours row = {"0100", 1, of_1, scores};
    OK(store_put_neighbours(store, &row, 1, NULL, &err));
    store_close(&store);
    store = open_at(path, false);
    struct store_counts counts;
    OK(store_counts(store, &counts, &err));
    ck_assert_uint_eq(counts.neighbours, 0);
    ck_assert_uint_eq(counts.embeddings, 2);
}
END_TEST

static enum hm_status first_code(void *context, const struct store_product *row,
                                 struct hm_error *e) {
    (void)e;
    struct lists *lists = context;
    size_t used = strlen(lists->text);
    snprintf(lists->text + used, sizeof lists->text - used, "%s/%s/%s/%d ", row->code, row->type,
             row->department, row->embedded);
    return HM_OK;
}

START_TEST(products_bring_their_names) {
    OK(store_use_model(store, "model A", false, &err));
    put("0100", 0);
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(
        sqlite3_exec(db,
                     "INSERT INTO product_type VALUES (253, 'Vest top', NULL); INSERT INTO "
                     "department VALUES (1, 'Basic', NULL);"
                     "INSERT INTO product (code, product_type, department) VALUES ('0050', 253, 1)",
                     NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    struct lists all = {""}, some = {""};
    OK(store_products(store, NULL, 0, first_code, &all, &err));
    ck_assert_str_eq(all.text, "0050/Vest top/Basic/0 0100///1 ");
    const char *const codes[] = {"0100", "0777", "0050"};
    OK(store_products(store, codes, 3, first_code, &some, &err));
    ck_assert_str_eq(some.text, "0100///1 0050/Vest top/Basic/0 ");
}
END_TEST

static enum hm_status refuse(void *context, const struct store_embedding *row, struct hm_error *e) {
    (void)context;
    return hm_fail(e, HM_ECANCELED, "enough at %s", row->source.code);
}

START_TEST(a_callback_can_end_the_iteration) {
    OK(store_use_model(store, "model A", false, &err));
    put("0100", 0);
    put("0200", 1);
    ck_assert_int_eq(store_each_embedding(store, refuse, NULL, &err), HM_ECANCELED);
    ck_assert_str_eq(err.text, "enough at 0100");
    put("0300", 2); // nothing is left open
}
END_TEST

START_TEST(other_files_are_refused) {
    struct store *bad = NULL;
    struct store_config config = {.uri = "no-such-folder/x.db", .create = true};
    ck_assert_int_ne(store_open(&bad, &config, &err), HM_OK);
    config = (struct store_config){.uri = "no-such.db"};
    ck_assert_int_eq(store_open(&bad, &config, &err), HM_ENOTFOUND);
    config.uri = "ftp://somewhere";
    ck_assert_int_eq(store_open(&bad, &config, &err), HM_EARG);
    ck_assert_ptr_nonnull(strstr(err.text, "neo4j+s://"));

    char other[80];
    snprintf(other, sizeof other, "%s.other", path);
    FILE *out = fopen(other, "w");
    fputs("this is a text of more than a hundred bytes, which no one could take for a database in "
          "any version of its format.",
          out);
    fclose(out);
    config = (struct store_config){.uri = other, .create = true};
    ck_assert_int_eq(store_open(&bad, &config, &err), HM_EFORMAT);
    unlink(other);
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(other, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "CREATE TABLE t (x)", NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(store_open(&bad, &config, &err), HM_EFORMAT);
    ck_assert_int_eq(sqlite3_exec(db,
                                  "PRAGMA application_id = 0x686d7265; PRAGMA user_version = 99",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(store_open(&bad, &config, &err), HM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "99"));
    sqlite3_close(db);
    unlink(other);
    ck_assert_ptr_null(bad);
}
END_TEST

START_TEST(damaged_vectors_are_named) {
    OK(store_use_model(store, "model A", false, &err));
    put("0100", 0);
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(
        sqlite3_exec(db, "PRAGMA ignore_check_constraints = 1; UPDATE embedding SET vector = x'00'",
                     NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    struct seen seen = {0};
    ck_assert_int_eq(store_each_embedding(store, see, &seen, &err), HM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "0100 has 1 bytes, expected 8192"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sqlite");
    TCase *tests = tcase_create("sqlite");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, embeddings_come_back_in_order);
    tcase_add_test(tests, touching_keeps_vector_and_revision);
    tcase_add_test(tests, models_are_not_mixed);
    tcase_add_test(tests, a_second_process_cannot_change_the_model_unseen);
    tcase_add_test(tests, missing_pictures_get_zero_vectors);
    tcase_add_test(tests, neighbours_are_replaced_product_by_product);
    tcase_add_test(tests, unfinished_neighbours_are_rolled_back);
    tcase_add_test(tests, products_bring_their_names);
    tcase_add_test(tests, a_callback_can_end_the_iteration);
    tcase_add_test(tests, other_files_are_refused);
    tcase_add_test(tests, damaged_vectors_are_named);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
