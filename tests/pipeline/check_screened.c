// SPDX-License-Identifier: MIT
// Queries by a store's screen against a search over all that the store holds: the same hits and
// the same bits, whatever came in, was replaced or went since the screen was made, and whatever
// somebody wrote over it.

#include <math.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "hmrec/knn.h"
#include "hmrec/pipeline.h"
#include "suite.h"

enum { MOST = 12500, FIRST = 8500, CODE = 8 };

static uint64_t seed;
static struct hm_error err;
static char path[64];
static struct hm_store *store;

// What the store should hold: row i has code i.
static float *rows; // [MOST][HM_DIM]
static bool held[MOST];

#define OK(expr) ck_assert_msg((expr) == HM_OK, "%s: %s", #expr, err.text)

static size_t below(size_t n) {
    return (size_t)(suite_random(&seed) >> 33) % n;
}

static float uniform(void) {
    return (float)(suite_random(&seed) >> 40) / 16777216.0f;
}

static float normal(void) {
    return 1.7f * (uniform() + uniform() + uniform() + uniform() - 2);
}

// Like embeddings of pictures: rectified mixtures of a few latent numbers, in clusters. Some are
// copies of others.
static void draw(size_t i) {
    enum { LATENT = 20, CLUSTER = 12 };
    static float basis[LATENT][HM_DIM], centre[LATENT];
    float *row = rows + i * HM_DIM;
    for (size_t l = 0; basis[LATENT - 1][0] == 0 && l < LATENT; l++)
        for (size_t d = 0; d < HM_DIM; d++)
            basis[l][d] = normal() / sqrtf((float)l + 1);
    if (i % 50 == 7 && i > 50) {
        memcpy(row, rows + (size_t)7 * HM_DIM, HM_DIM * sizeof *row);
        return;
    }
    for (size_t l = 0; i % CLUSTER == 0 && l < LATENT; l++)
        centre[l] = normal();
    for (size_t d = 0; d < HM_DIM; d++)
        row[d] = 0.1f * normal();
    for (size_t l = 0; l < LATENT; l++) {
        float z = centre[l] + 0.5f * normal();
        for (size_t d = 0; d < HM_DIM; d++)
            row[d] += z * basis[l][d];
    }
    for (size_t d = 0; d < HM_DIM; d++)
        row[d] = fmaxf(row[d], 0);
}

static void code_of(size_t i, char code[CODE]) {
    snprintf(code, CODE, "%07zu", i * 7919 % 100003); // not in the order in which they come
}

static void put(size_t first, size_t n) {
    enum { TOGETHER = 500 };
    static char codes[TOGETHER][CODE];
    struct hm_store_embedding batch[TOGETHER];
    for (size_t done = 0; done < n; done += TOGETHER) {
        size_t count = n - done < TOGETHER ? n - done : TOGETHER;
        for (size_t b = 0; b < count; b++) {
            size_t i = first + done + b;
            draw(i);
            held[i] = true;
            code_of(i, codes[b]);
            batch[b] = (struct hm_store_embedding){
                .source = {.code = codes[b], .image_digest = "d"}, .vector = rows + i * HM_DIM};
        }
        OK(hm_store_put_embeddings(store, batch, count, &err));
    }
}

static void take_away(size_t first, size_t n) {
    struct hm_store_removed removed;
    for (size_t i = first; i < first + n; i++) {
        char code[CODE];
        const char *one = code;
        code_of(i, code);
        OK(hm_store_remove(store, &one, 1, HM_STORE_REMOVE_ALL, &removed, &err));
        held[i] = false;
    }
}

// ---- what is right

struct expected {
    char code[CODE];
    float score;
};

static int best_first(const void *a, const void *b) {
    const struct expected *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return strcmp(x->code, y->code);
}

// Every held row but `self`, best first; returns how many.
static size_t expect(struct expected *out, const float *query, size_t self) {
    enum { TOGETHER = 500 };
    size_t n = 0;
    for (size_t first = 0; first < MOST; first += TOGETHER) {
        struct hm_neighbour found[TOGETHER];
        OK(hm_knn_query(query, 1, rows + first * HM_DIM, TOGETHER, TOGETHER, NULL, found,
                        &(struct hm_knn_options){.threads = 1}, &err));
        for (size_t j = 0; j < TOGETHER; j++) {
            size_t i = first + found[j].index;
            if (!held[i] || i == self) continue;
            code_of(i, out[n].code);
            out[n++].score = found[j].score;
        }
    }
    qsort(out, n, sizeof *out, best_first);
    return n;
}

static struct hm_searcher *searcher;
static bool remembering; // every other time
static unsigned notes;
static void count_note(void *context, const char *line) {
    (void)context;
    (void)line;
    notes++;
}

// m queries at once: products of the store, and a picture that is none of them.
static size_t differences(size_t m, size_t k) {
    struct hm_search_query *queries = calloc(m, sizeof *queries);
    struct expected *right = malloc(MOST * sizeof *right);
    char(*codes)[CODE] = calloc(m, sizeof *codes);
    float *picture = malloc(HM_DIM * sizeof *picture);
    size_t *self = calloc(m, sizeof *self), wrong = 0;
    const struct hm_host host = {.note = count_note};
    for (size_t d = 0; d < HM_DIM; d++)
        picture[d] = uniform();
    for (size_t i = 0; i < m; i++) {
        do
            self[i] = below(MOST);
        while (!held[self[i]]);
        if (i == 1) self[i] = 7; // one with copies
        code_of(self[i], codes[i]);
        queries[i] = (struct hm_search_query){.vector = rows + self[i] * HM_DIM,
                                              .self = codes[i],
                                              .department = HM_STORE_NO_NUMBER,
                                              .hits = calloc(k, sizeof(struct hm_hit))};
        if (i != 2) continue;
        queries[i].vector = picture;
        queries[i].self = NULL;
        self[i] = MOST;
    }
    if (remembering)
        OK(hm_searcher_search(searcher, queries, m, k, store, NULL, NULL, 1, &host, &err));
    else
        OK(hm_search_store(queries, m, k, store, NULL, NULL, 1, &host, &err));
    remembering = !remembering;
    for (size_t i = 0; i < m; i++) {
        size_t n = expect(right, queries[i].vector, self[i]);
        ck_assert_uint_eq(queries[i].n, n < k ? n : k);
        for (size_t j = 0; j < queries[i].n; j++)
            wrong += strcmp(queries[i].hits[j].code, right[j].code) != 0 ||
                     memcmp(&queries[i].hits[j].score, &right[j].score, sizeof(float)) != 0;
        free(queries[i].hits);
    }
    free(queries);
    free(right);
    free(codes);
    free(picture);
    free(self);
    return wrong;
}

static void all_right(void) {
    for (int way = 0; way < 2; way++) {
        ck_assert_uint_eq(differences(1, 1), 0);
        ck_assert_uint_eq(differences(3, 10), 0);
        ck_assert_uint_eq(differences(2, 300), 0);
    }
}

static struct hm_store_screen state(void) {
    struct hm_store_screen found;
    OK(hm_store_get_screen(store, &found, &err));
    return found;
}

static void prepare(void) {
    notes = 0;
    hm_search_prepare(store, NULL, 1, &(struct hm_host){.note = count_note});
    ck_assert_uint_eq(notes, 0);
}

static void run_sql(const char *sql) {
    sqlite3 *db;
    char *message = NULL;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, sql, NULL, NULL, &message);
    ck_assert_msg(!message, "%s: %s", sql, message);
    sqlite3_close(db);
}

static void open_store(void) {
    const struct hm_store_config config = {.uri = path, .create = true};
    OK(hm_store_open(&store, &config, &err));
    OK(hm_store_use_model(store, "model A", false, &err));
}

static void set_up(void) {
    snprintf(path, sizeof path, "/tmp/hmrec-screened-%ld.db", (long)getpid());
    rows = calloc((size_t)MOST * HM_DIM, sizeof *rows);
    ck_assert_ptr_nonnull(rows);
    memset(held, 0, sizeof held);
    open_store();
    OK(hm_searcher_new(&searcher, &err));
    put(0, FIRST);
}

static void tear_down(void) {
    char other[80];
    hm_searcher_free(searcher);
    hm_store_close(&store);
    for (int i = 0; i < 3; i++) {
        snprintf(other, sizeof other, "%s%s", path, (const char *[]){"", "-wal", "-shm"}[i]);
        unlink(other);
    }
    free(rows);
}

// ---- tests

START_TEST(the_same_before_and_after) {
    ck_assert_uint_eq(state().bytes, 0);
    all_right();
    prepare();
    ck_assert_uint_gt(state().bytes, 0);
    ck_assert_uint_eq(state().kept, FIRST);
    ck_assert_uint_eq(state().newer, 0);
    all_right();
    ck_assert_uint_eq(differences(16, 5), 0);
    ck_assert_uint_eq(differences(17, 5), 0); // too many queries for it
    ck_assert_uint_eq(differences(1, HM_KNN_K_MAX), 0);
    // And it was the screen that answered: when it rules out what it should not, that is not found.
    remembering = true;
    ck_assert_uint_eq(differences(1, 10), 0);
    run_sql("UPDATE screen_block SET kept = zeroblob(length(kept))");
    remembering = false;
    ck_assert_uint_gt(differences(1, 10), 0);
    ck_assert_uint_eq(differences(1, 10), 0); // what is remembered is right still
}
END_TEST

START_TEST(what_came_later_is_found) {
    prepare();
    put(100, 300); // other vectors of the same products
    take_away(500, 200);
    put(FIRST, 400);
    put(550, 20); // numbers of products that are gone may be given out again
    ck_assert_uint_eq(state().newer, 720);
    all_right();
    prepare(); // not worth the while yet
    ck_assert_uint_eq(state().newer, 720);
    put(FIRST + 400, 700);
    prepare();
    ck_assert_uint_eq(state().newer, 0);
    ck_assert_uint_eq(state().kept, FIRST + 1420);
    ck_assert_uint_eq(state().made_of, FIRST);
    all_right();
    put(FIRST + 1100, 2400); // more than it is worth comparing one by one
    all_right();
}
END_TEST

START_TEST(products_without_a_photo_are_no_hits) {
    static float zero[HM_DIM];
    const struct hm_store_embedding row = {.source = {.code = "0", .image_digest = ""},
                                           .vector = zero};
    OK(hm_store_put_embeddings(store, &row, 1, &err));
    prepare();
    ck_assert_uint_eq(state().kept, FIRST);
    ck_assert_uint_eq(state().newer, 0);
    all_right();
}
END_TEST

START_TEST(another_model_has_another_screen) {
    prepare();
    OK(hm_store_use_model(store, "model B", true, &err));
    memset(held, 0, sizeof held);
    put(0, 600);
    ck_assert_uint_eq(state().bytes, 0);
    all_right();
}
END_TEST

START_TEST(made_anew_when_it_has_aged) {
    prepare();
    take_away(0, 200);
    run_sql("UPDATE screen SET made_of = 3000");
    ck_assert_uint_eq(state().made_of, 3000);
    put(2000, 3000);
    prepare();
    ck_assert_uint_eq(state().made_of, FIRST - 200);
    ck_assert_uint_eq(state().kept, FIRST - 200);
    all_right();
}
END_TEST

START_TEST(no_vector_and_no_file) {
    float query[HM_DIM] = {NAN};
    struct hm_hit hit;
    struct hm_search_query q = {.vector = query, .department = HM_STORE_NO_NUMBER, .hits = &hit};
    prepare();
    ck_assert_int_eq(hm_search_store(&q, 1, 1, store, NULL, NULL, 1, NULL, &err), HM_EARG);
    ck_assert_ptr_nonnull(strstr(err.text, "query 0"));
    char other[80];
    snprintf(other, sizeof other, "%s-moved", path);
    ck_assert_int_eq(rename(path, other), 0); // a reader reads on what it has opened
    ck_assert_uint_eq(differences(1, 10), 0);
    ck_assert_int_eq(rename(other, path), 0);
}
END_TEST

START_TEST(what_was_written_over_it_does_no_harm) {
    static const struct {
        const char *sql;
        unsigned notes;
    } cases[] = {
        {"UPDATE screen_block SET products = x'00' WHERE block = 2", 1},
        {"UPDATE screen_block SET products = products || products WHERE block = 1", 1},
        {"INSERT INTO screen_block SELECT NULL, products, kept FROM screen_block", 1},
        {"UPDATE screen_block SET kept = 'text'", 1},
        {"UPDATE screen SET kept = 5", 1},
        {"UPDATE screen SET kept = -5", 1},
        {"UPDATE screen SET kept = 1 << 62", 1},
        {"UPDATE screen SET saved = x'00'", 1},
        {"UPDATE screen SET saved = zeroblob(4194320)", 1},
        {"DELETE FROM screen", 0},
    };
    prepare();
    remembering = true;
    ck_assert_uint_eq(differences(1, 10), 0);
    run_sql("CREATE TABLE whole AS SELECT * FROM screen; "
            "CREATE TABLE whole_block AS SELECT * FROM screen_block");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run_sql("DELETE FROM screen; INSERT INTO screen SELECT * FROM whole; "
                "DELETE FROM screen_block; INSERT INTO screen_block SELECT * FROM whole_block");
        run_sql(cases[i].sql);
        notes = 0;
        remembering = false;
        ck_assert_uint_eq(differences(3, 10), 0);
        ck_assert_msg(notes == cases[i].notes, "%s: %u notes", cases[i].sql, notes);
        ck_assert_uint_eq(differences(3, 10), 0); // with what is remembered
    }
}
END_TEST

int main(void) {
    seed = suite_seed(15);
    Suite *suite = suite_create("screened");
    TCase *tests = tcase_create("screened");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, the_same_before_and_after);
    tcase_add_test(tests, what_came_later_is_found);
    tcase_add_test(tests, products_without_a_photo_are_no_hits);
    tcase_add_test(tests, another_model_has_another_screen);
    tcase_add_test(tests, made_anew_when_it_has_aged);
    tcase_add_test(tests, no_vector_and_no_file);
    tcase_add_test(tests, what_was_written_over_it_does_no_harm);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 1);
}
