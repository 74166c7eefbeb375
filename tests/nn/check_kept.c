// SPDX-License-Identifier: MIT
// What is kept of rows for queries: its bounds against scores, whatever the vectors are.

#include "hmrec/screen.h"
#include "vector_sets.h"

static struct hm_screen *screen_of(const float *rows, size_t n, const char *isa) {
    struct hm_screen *found, *screen;
    struct hm_knn_options options = {.isa = isa, .threads = 2};
    void *saved = malloc(HM_SCREEN_BYTES);
    OK(hm_screen_new(&found, rows, n, &options, &err));
    ck_assert_ptr_nonnull(found);
    hm_screen_save(found, saved);
    hm_screen_free(found);
    OK(hm_screen_restore(&screen, saved, HM_SCREEN_BYTES, &options, &err));
    free(saved);
    return screen;
}

// Directions of one set, rows of any.
START_TEST(no_kept_bound_is_below_a_score) {
    enum { SAMPLE = 600, N = HM_EMULATED ? 50 : 260 };
    const char *isa = usable_isa(_i);
    if (!isa || (HM_EMULATED && usable_isa(_i + 1))) return; // a minute there
    float *sample = rows_new(SAMPLE, &sets[0]), *bounds = malloc(N * sizeof *bounds);
    struct hm_neighbour *lists = malloc((size_t)N * N * sizeof *lists);
    struct hm_screen *screen = screen_of(sample, SAMPLE, isa);
    char *kept = malloc((size_t)N * HM_SCREEN_KEPT);
    for (size_t set = 0; set < SETS; set++) {
        float *rows = set ? rows_new(N, &sets[set]) : sample;
        double slack = 0;
        struct hm_knn_options options = {.isa = isa, .threads = 2};
        OK(hm_screen_keep(screen, rows, N, kept, &err));
        OK(hm_knn_query(rows, N, rows, N, N, NULL, lists, &options, &err));
        for (size_t i = 0; i < N; i++) {
            const struct hm_neighbour *found = lists + i * N;
            hm_screen_bounds(screen, kept + i * HM_SCREEN_KEPT, kept, N, bounds);
            for (size_t j = 0; j < N; j++) {
                float bound = bounds[found[j].index];
                ck_assert_msg(bound >= found[j].score && bound <= 1,
                              "%s, %s: bound %.9g of a score %.9g", sets[set].name, isa,
                              (double)bound, (double)found[j].score);
                slack += (double)(bound - found[j].score) / N / N;
            }
        }
        if (!set) ck_assert_double_lt(slack, 0.02); // and says something
        if (set) free(rows);
    }
    hm_screen_free(screen);
    free(sample);
    free(bounds);
    free(lists);
    free(kept);
}
END_TEST

START_TEST(what_makes_no_sense_rules_nothing_out) {
    enum { N = 600 };
    if (HM_EMULATED) return;
    float *rows = rows_new(N, &sets[0]), bounds[N];
    struct hm_screen *screen = screen_of(rows, N, NULL);
    char *kept = malloc((size_t)N * HM_SCREEN_KEPT);
    OK(hm_screen_keep(screen, rows, N, kept, &err));
    memset(kept + HM_SCREEN_KEPT, 0xff, HM_SCREEN_KEPT); // NaN
    hm_screen_bounds(screen, kept, kept, N, bounds);
    ck_assert_float_eq(bounds[1], 1);
    rows[5 * HM_DIM] = INFINITY;
    ck_assert_int_eq(hm_screen_keep(screen, rows, N, kept, &err), HM_EARG);
    ck_assert_ptr_nonnull(strstr(err.text, "row 5"));
    OK(hm_screen_keep(screen, rows, 0, kept, &err));
    hm_screen_free(screen);
    free(rows);
    free(kept);
}
END_TEST

START_TEST(screens_that_are_none) {
    enum { N = 600 };
    if (HM_EMULATED) return;
    float *rows = rows_new(N, &sets[1]);
    struct hm_screen *screen;
    char *saved = calloc(1, HM_SCREEN_BYTES);
    OK(hm_screen_new(&screen, rows, N, NULL, &err));
    ck_assert_ptr_null(screen); // noise
    ck_assert_int_eq(hm_screen_new(&screen, rows, 511, NULL, &err), HM_EARG);
    ck_assert_int_eq(hm_screen_restore(&screen, saved, HM_SCREEN_BYTES, NULL, &err), HM_EFORMAT);
    ck_assert_int_eq(hm_screen_restore(&screen, saved, 3, NULL, &err), HM_EFORMAT);
    features(rows, N);
    OK(hm_screen_new(&screen, rows, N, NULL, &err));
    hm_screen_save(screen, saved);
    hm_screen_free(screen);
    ck_assert_int_eq(hm_screen_restore(&screen, saved, HM_SCREEN_BYTES - 1, NULL, &err),
                     HM_EFORMAT);
    static const double errors[] = {NAN, -1, 1, INFINITY};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        memcpy(saved + 8, &errors[i], sizeof errors[i]);
        ck_assert_int_eq(hm_screen_restore(&screen, saved, HM_SCREEN_BYTES, NULL, &err),
                         HM_EFORMAT);
        ck_assert_ptr_null(screen);
    }
    free(rows);
    free(saved);
}
END_TEST

int main(void) {
    seed = suite_seed(15);
    Suite *suite = suite_create("kept");
    TCase *tests = tcase_create("kept");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, no_kept_bound_is_below_a_score, 0, MOST_ISAS);
    tcase_add_test(tests, what_makes_no_sense_rules_nothing_out);
    tcase_add_test(tests, screens_that_are_none);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 1);
}
