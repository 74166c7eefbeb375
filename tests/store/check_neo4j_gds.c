// SPDX-License-Identifier: MIT
// Neighbours by the server's Graph Data Science plugin, against a comparison of everything with
// everything in double precision: the scale of the scores, and that leftovers do no harm.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hmrec/bolt.h"
#include "hmrec/store.h"
#include "suite.h"

enum { N = 600, K = 10, TIMEOUT_S = 120 };

static struct hm_error err;
static float vectors[N][HM_DIM];
static char codes[N][8];
static double exact[N][N]; // (1 + cosine) / 2

#define OK(expr) ck_assert_msg((expr) == HM_OK, "%s: %s", #expr, err.text)

static void run(const char *query) {
    struct bolt_config bolt = {
        .auth = {"basic", getenv("NEO4J_USERNAME"), getenv("NEO4J_PASSWORD"), NULL, NULL}};
    struct bolt_driver *driver;
    struct bolt_session *session;
    struct bolt_result *result;
    OK(bolt_driver_new(getenv("NEO4J_URI"), &bolt, &driver, &err));
    OK(bolt_session_new(driver, NULL, &session, &err));
    OK(bolt_run(session, query, NULL, NULL, &result, &err));
    OK(bolt_consume(result, NULL, &err));
    bolt_result_free(result);
    bolt_session_free(session);
    bolt_driver_free(driver);
}

static void make_vectors(void) {
    uint64_t random = suite_seed(20260829);
    for (int i = 0; i < N; i++) {
        snprintf(codes[i], sizeof codes[0], "%04d", i);
        for (int d = 0; d < HM_DIM; d++) // as of a ReLU: half of them zero; twenty groups
            vectors[i][d] =
                (float)((suite_random(&random) >> 40) & 0xff) + 200.0f * (float)((d + i) % 20 == 0);
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double dot = 0, a = 0, b = 0;
            for (int d = 0; d < HM_DIM; d++) {
                dot += (double)vectors[i][d] * (double)vectors[j][d];
                a += (double)vectors[i][d] * (double)vectors[i][d];
                b += (double)vectors[j][d] * (double)vectors[j][d];
            }
            exact[i][j] = (1 + dot / sqrt(a * b)) / 2;
        }
}

static struct hm_store *open_filled(void) {
    struct hm_store *store = NULL;
    static struct hm_store_embedding rows[N];
    struct hm_store_config config = {.uri = getenv("NEO4J_URI"),
                                     .user = getenv("NEO4J_USERNAME"),
                                     .password = getenv("NEO4J_PASSWORD"),
                                     .create = true};
    run("MATCH (n) DETACH DELETE n");
    OK(hm_store_open(&store, &config, &err));
    OK(hm_store_use_model(store, "model A", false, &err));
    for (int i = 0; i < N; i++)
        rows[i] = (struct hm_store_embedding){{codes[i], "d", 1, 1}, vectors[i], 0};
    OK(hm_store_put_embeddings(store, rows, N, &err));
    return store;
}

struct score {
    size_t products, right;
};

// How many products are more like product i than score says.
static int better(int i, double score) {
    int n = 0;
    for (int j = 0; j < N; j++)
        n += j != i && exact[i][j] > score + 1e-9;
    return n;
}

static enum hm_status compare(void *context, const struct hm_store_neighbours *row,
                              struct hm_error *e) {
    struct score *s = context;
    int i = atoi(row->code);
    // GDS adds up in 32 bits: the scores may differ in the sixth digit.
    if (row->n != K) return hm_fail(e, HM_EFORMAT, "%s has %zu neighbours", row->code, row->n);
    for (size_t place = 0; place < K; place++) {
        int j = atoi(row->codes[place]);
        if (fabs((double)row->scores[place] - exact[i][j]) > 2e-5 || i == j)
            return hm_fail(e, HM_EFORMAT, "%d, %d: found %.9f, expected %.9f", i, j,
                           (double)row->scores[place], exact[i][j]);
        s->right += better(i, exact[i][j]) < K;
    }
    s->products++;
    return HM_OK;
}

static void note(void *context, double share) {
    ck_assert(share >= 0 && share <= 1);
    ++*(int *)context;
}

START_TEST(gds_finds_neighbours_on_our_scale) {
    struct hm_store_gds_result result;
    struct hm_store_knn_state state;
    struct hm_store_counts counts;
    int notes = 0;
    struct hm_store *store = open_filled();
    run("CALL gds.graph.project('hmrec', 'Product', '*')"); // left by a run that was cut off
    run("MATCH (a:Product {code: '0000'}), (b:Product {code: '0001'}) CREATE "
        "(a)-[:SIMILAR_NEW]->(b)");
    for (int again = 0; again < 2; again++) {
        struct score score = {0};
        OK(hm_store_gds_knn(store, K, note, &notes, &result, &err));
        ck_assert_uint_eq(result.products, N);
        ck_assert_uint_eq(result.written, N * K);
        OK(hm_store_each_neighbours(store, compare, &score, &err));
        ck_assert_uint_eq(score.products, N);
        double recall = (double)score.right / (N * K);
        printf("GDS %s: recall %.3f, progress told %d times\n", result.version, recall, notes);
        ck_assert_double_gt(recall, 0.8);
    }
    ck_assert_int_gt(notes, 0);
    OK(hm_store_count(store, &counts, &err));
    ck_assert_uint_eq(counts.neighbours, N * K);
    OK(hm_store_get_knn_state(store, &state, &err));
    ck_assert(state.approximate);
    ck_assert_uint_eq(state.k, K);
    ck_assert_int_gt(state.revision, 0);
    hm_store_close(&store);
}
END_TEST

START_TEST(what_gds_cannot_take_is_said) {
    struct hm_store_gds_result result;
    struct hm_store *store = open_filled();
    run("CREATE (:Product {code: 'no photo'})");
    ck_assert_int_eq(hm_store_gds_knn(store, K, NULL, NULL, &result, &err), HM_ECONFLICT);
    ck_assert_ptr_nonnull(strstr(err.text, "1 of 601"));
    hm_store_close(&store);
}
END_TEST

int main(void) {
    if (!getenv("NEO4J_URI")) return suite_skip("NEO4J_URI names no server");
    Suite *suite = suite_create("neo4j_gds");
    TCase *tests = tcase_create("neo4j_gds");
    tcase_set_timeout(tests, TIMEOUT_S);
    tcase_add_checked_fixture(tests, make_vectors, NULL);
    tcase_add_test(tests, gds_finds_neighbours_on_our_scale);
    tcase_add_test(tests, what_gds_cannot_take_is_said);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
