// SPDX-License-Identifier: MIT
// Screened searches against searches that compare everything: the same lists to the bit, whatever
// the vectors are. Then: the bounds themselves, when screening is chosen, and its kernels.

#include "knn/screen.h"

#include <math.h>
#include <string.h>

#include "isa/isa.h"
#include "knn/search.h"
#include "vector_sets.h"

// ---- whole searches

static void compare(const char *name, const float *rows, size_t n, size_t k, const uint8_t *kinds,
                    const struct hm_neighbour *before, struct hm_knn_options options) {
    struct hm_neighbour *lists[2];
    for (int screened = 0; screened < 2; screened++) {
        lists[screened] = malloc((n * k + 1) * sizeof **lists);
        ck_assert_ptr_nonnull(lists[screened]);
        if (before) memcpy(lists[screened], before, n * k * sizeof **lists);
        OK(nn_knn_update(rows, n, k, kinds, lists[screened], &options,
                         screened ? NN_SCREEN_ALWAYS : NN_SCREEN_NEVER, &err));
    }
    for (size_t i = 0; i < n * k; i++)
        ck_assert_msg(memcmp(&lists[0][i], &lists[1][i], sizeof **lists) == 0,
                      "%s, %s, %zu rows, k %zu: place %zu of row %zu is %u with score %.9g, "
                      "expected %u with %.9g",
                      name, options.isa, n, k, i % k, i / k, lists[1][i].index,
                      (double)lists[1][i].score, lists[0][i].index, (double)lists[0][i].score);
    free(lists[0]);
    free(lists[1]);
}

// A search takes a minute under qemu: one of the best instruction set is made there.
static bool too_long(int which) {
    return HM_EMULATED && (which % SETS || usable_isa(which / SETS + 1));
}

START_TEST(screened_lists_are_the_same) {
    static const size_t sizes[] = {2, 49, 300, MOST};
    const char *isa = usable_isa(_i / SETS);
    const struct set *set = &sets[_i % SETS];
    if (!isa || too_long(_i)) return;
    uint8_t kinds[MOST];
    memset(kinds, HM_KNN_NEW, sizeof kinds);
    const bool best = !usable_isa(_i / SETS + 1);
    for (size_t i = HM_EMULATED; i < (HM_EMULATED ? 2 : best ? 4 : 3); i++) {
        float *rows = rows_new(sizes[i], set);
        struct hm_knn_options options = {.isa = isa,
                                         .threads = HM_EMULATED ? 1 : 1 + (unsigned)below(3)};
        compare(set->name, rows, sizes[i], 10, kinds, NULL, options);
        if (sizes[i] == 300)
            compare(set->name, rows, sizes[i], 1 + below(40), kinds, NULL, options);
        free(rows);
    }
}
END_TEST

// Of a finished search some rows are said to be new, and others stale.
START_TEST(screened_updates_are_the_same) {
    enum { K = 7 };
    const struct set *set = &sets[_i];
    const size_t n = MOST;
    if (HM_EMULATED) return;
    float *rows = rows_new(n, set);
    uint8_t *kinds = malloc(n);
    struct hm_neighbour *lists = malloc(n * K * sizeof *lists);
    for (size_t i = 0; i < n; i++)
        kinds[i] = below(3) ? HM_KNN_KEPT : HM_KNN_NEW;
    // The kept rows' lists among themselves, with today's indices.
    float *kept = malloc(n * HM_DIM * sizeof *kept);
    uint32_t *index = malloc(n * sizeof *index), count = 0;
    for (size_t i = 0; i < n; i++)
        if (kinds[i] == HM_KNN_KEPT) {
            memcpy(kept + count * HM_DIM, rows + i * HM_DIM, HM_DIM * sizeof *kept);
            index[count++] = (uint32_t)i;
        }
    struct hm_knn_options options = {.isa = NULL, .threads = 2};
    struct hm_neighbour *old = malloc(n * K * sizeof *old);
    OK(hm_knn_all(kept, count, K, old, &options, &err));
    for (uint32_t i = 0; i < count; i++)
        for (size_t j = 0; j < K; j++) {
            struct hm_neighbour x = old[i * K + j];
            lists[index[i] * K + j] = (struct hm_neighbour){index[x.index], x.score};
        }
    for (size_t i = 0; i < n; i++)
        if (kinds[i] == HM_KNN_KEPT && below(9) == 0) kinds[i] = HM_KNN_STALE;
    compare(set->name, rows, n, K, kinds, lists, options);
    free(rows);
    free(kinds);
    free(lists);
    free(kept);
    free(index);
    free(old);
}
END_TEST

// ---- bounds

static double cosine(const float *a, const float *b) {
    double ab = 0, aa = 0, bb = 0;
    for (size_t d = 0; d < HM_DIM; d++) {
        ab += (double)a[d] * (double)b[d];
        aa += (double)a[d] * (double)a[d];
        bb += (double)b[d] * (double)b[d];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa) / sqrt(bb) : 0;
}

START_TEST(no_bound_is_below_a_cosine) {
    if (HM_EMULATED) return;
    const char *isa = usable_isa(_i / SETS);
    const struct set *set = &sets[_i % SETS];
    if (!isa) return;
    const struct nn_kernels *kernels = nn_isa_kernels(isa);
    enum { N = 260 };
    float *rows = rows_new(N, set), scales[N];
    for (size_t i = 0; i < N; i++) {
        double square = 0;
        for (size_t d = 0; d < HM_DIM; d++)
            square += (double)rows[i * HM_DIM + d] * (double)rows[i * HM_DIM + d];
        scales[i] = square > 0 ? (float)(1 / sqrt(square)) : 0;
    }
    struct nn_screen s;
    ck_assert(nn_screen_new(&s, kernels, rows, scales, N, 10, true, 2));
    double widest = 0;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++) {
            if (scales[i] == 0 || scales[j] == 0) continue;
            double is = cosine(rows + i * HM_DIM, rows + j * HM_DIM);
            float near = kernels->sdot(NN_NEAR, s.near + i * NN_NEAR, s.near + j * NN_NEAR);
            float far = nn_screen_bound(&s, kernels, i, j, near);
            struct nn_estimate e = nn_screen_estimate(&s, kernels, i, j, near);
            ck_assert_msg((double)near >= is && (double)far >= is,
                          "%s, %s: bounds %.9g and %.9g of a cosine %.9g", set->name, isa,
                          (double)near, (double)far, is);
            ck_assert_double_le(fabs((double)e.cosine - is), (double)e.error);
            widest = fmax(widest, (double)e.error);
        }
    ck_assert_double_lt(widest, 0.05); // and says something
    nn_screen_free(&s);
    free(rows);
}
END_TEST

START_TEST(screening_is_chosen_where_it_pays) {
    enum { N = 6000, K = 10 };
    if (HM_EMULATED) return; // minutes
    struct hm_knn_work work[2];
    struct hm_neighbour *lists = malloc((size_t)N * K * sizeof *lists);
    for (int pays = 0; pays < 2; pays++) {
        float *rows = rows_new(N, &sets[pays ? 0 : 1]);
        struct hm_knn_options options = {.threads = 2, .work = &work[pays]};
        OK(hm_knn_all(rows, N, K, lists, &options, &err));
        free(rows);
    }
    free(lists);
    ck_assert_uint_eq(work[0].compared, work[0].pairs); // noise
    ck_assert_uint_ge(work[1].pairs, (uint64_t)N * (N - 1) / 2);
    ck_assert_uint_lt(work[1].compared, work[1].pairs / 20);
    ck_assert_uint_ge(work[1].compared, N * K / 2);
}
END_TEST

// ---- kernels

extern const struct nn_kernels nn_kernels_wide;

static const struct nn_kernels *kernels_of(int which) {
    if (which == MOST_ISAS) return &nn_kernels_wide;
    const char *isa = usable_isa(which);
    return isa ? nn_isa_kernels(isa) : NULL;
}

START_TEST(codes_and_errors_make_the_vector) {
    const struct nn_kernels *kernels = kernels_of(_i);
    if (!kernels) return;
    for (int round = 0; round < 200; round++) {
        size_t n = 64 * (1 + below(32));
        float *x = malloc(n * sizeof *x), *left = malloc(n * sizeof *left), most = 0;
        int8_t *codes = malloc(n);
        float size = round % 9 ? ldexpf(1, (int)below(160) - 140) : 0;
        for (size_t i = 0; i < n; i++) {
            x[i] = normal() * size;
            most = fmaxf(most, fabsf(x[i]));
        }
        memcpy(left, x, n * sizeof *x);
        float step = kernels->encode(n, left, codes);
        const double rounding = 1e-6 * (double)most;
        const bool coded = most >= NN_LEAST_CODED;
        ck_assert_double_le(fabs((double)step - (coded ? (double)most / 127 : 0)), rounding);
        int64_t square = 0;
        for (size_t i = 0; i < n; i++) {
            double sum = (double)step * codes[i] + (double)left[i];
            ck_assert_double_le(fabs(sum - (double)x[i]), rounding);
            ck_assert(fabsf(left[i]) <= (coded ? 0.501f * step : most));
            square += codes[i] * codes[i];
        }
        ck_assert_int_eq(kernels->dot_codes(n, codes, codes), square);
        free(x);
        free(left);
        free(codes);
    }
}
END_TEST

START_TEST(products_of_codes_are_exact) {
    const struct nn_kernels *kernels = kernels_of(_i);
    if (!kernels) return;
    enum { N = HM_DIM };
    int8_t x[N], y[N];
    for (int round = 0; round < 200; round++) {
        int64_t sum = 0;
        for (size_t i = 0; i < N; i++) {
            x[i] = (int8_t)(round ? (int)below(255) - 127 : 127);
            y[i] = (int8_t)(round ? (int)below(255) - 127 : -127);
            sum += x[i] * y[i];
        }
        ck_assert_int_eq(kernels->dot_codes(N, x, y), sum);
    }
}
END_TEST

START_TEST(vector_products_are_right) {
    const struct nn_kernels *kernels = kernels_of(_i);
    if (!kernels) return;
    for (int round = 0; round < 100; round++) {
        size_t n = 64 * (1 + below(32));
        float *x = malloc(n * sizeof *x), *y = malloc(n * sizeof *y), alpha = normal();
        double sum = 0, size = 0;
        for (size_t i = 0; i < n; i++) {
            x[i] = normal();
            y[i] = normal();
            sum += (double)x[i] * (double)y[i];
            size += fabs((double)x[i] * (double)y[i]);
        }
        ck_assert_double_eq_tol(kernels->dsdot(n, x, y), sum, 1e-13 * size);
        ck_assert_double_eq_tol((double)kernels->sdot(n, x, y), sum, 1e-5 * size);
        float *z = malloc(n * sizeof *z);
        memcpy(z, y, n * sizeof *z);
        kernels->saxpy(n, alpha, x, z);
        for (size_t i = 0; i < n; i++)
            ck_assert_float_eq_tol(z[i], y[i] + alpha * x[i], 1e-5f);
        free(x);
        free(y);
        free(z);
    }
}
END_TEST

int main(void) {
    seed = suite_seed(15);
    Suite *suite = suite_create("screen");
    TCase *tests = tcase_create("screen");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, screened_lists_are_the_same, 0, SETS * MOST_ISAS);
    tcase_add_loop_test(tests, screened_updates_are_the_same, 0, SETS);
    tcase_add_loop_test(tests, no_bound_is_below_a_cosine, 0, SETS * MOST_ISAS);
    tcase_add_test(tests, screening_is_chosen_where_it_pays);
    tcase_add_loop_test(tests, codes_and_errors_make_the_vector, 0, MOST_ISAS + 1);
    tcase_add_loop_test(tests, products_of_codes_are_exact, 0, MOST_ISAS + 1);
    tcase_add_loop_test(tests, vector_products_are_right, 0, MOST_ISAS + 1);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 1);
}
