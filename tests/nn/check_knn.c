// SPDX-License-Identifier: MIT
// The neighbour search against searches in double precision: real numbers to within rounding, and a
// lattice of vectors whose cosines are exact in f32, full of ties and duplicates, to the bit. Then:
// threads, ISAs, updates, queries, cancelling, what is refused.

#include "hmrec/knn.h"

#include <math.h>
#include <string.h>

#include "isa/isa.h"
#include "knn_support.h"

// ---- rows

// Places that differ in every block of depth, and at both ends of each vector register.
static const size_t places[] = {0, 7, 15, 16, 511, 512, 1023, 1024, 1500, 1535, 1536, 2047};
enum { PLACES = sizeof places / sizeof *places };

// 4 places of +-1, or 0: length 2 or 0, cosines are multiples of 1/4. Times a power of two, which
// must not matter.
static void lattice_row(float *x) {
    memset(x, 0, HM_DIM * sizeof *x);
    if (below(12) == 0) return;
    float size = ldexpf(1, (int)below(40) - 20);
    for (int set = 0; set < 4;) {
        float *at = &x[places[below(PLACES)]];
        if (*at == 0) *at = below(3) ? size : -size, set++;
    }
}

static void real_row(float *x) {
    for (size_t d = 0; d < HM_DIM; d++)
        x[d] = uniform() * uniform() * 3;
}

typedef void row_fn(float *x);

static float *rows_new(size_t n, row_fn *fill) {
    float *rows = vectors_new(n);
    for (size_t i = 0; i < n; i++)
        fill(rows + i * HM_DIM);
    return rows;
}

static struct hm_neighbour *lists_new(size_t n, size_t k) {
    struct hm_neighbour *lists = malloc((n * k + 1) * sizeof *lists);
    ck_assert_ptr_nonnull(lists);
    memset(lists, 0xa5, (n * k + 1) * sizeof *lists);
    return lists;
}

// ---- the oracle

// Only the places of the lattice when it is one: the search over 1600 rows has to take less than a
// second.
static double cosine(const float *a, const float *b, bool lattice) {
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < (lattice ? (size_t)PLACES : HM_DIM); i++) {
        size_t d = lattice ? places[i] : i;
        ab += (double)a[d] * (double)b[d];
        aa += (double)a[d] * (double)a[d];
        bb += (double)b[d] * (double)b[d];
    }
    return aa > 0 && bb > 0 ? ab / (sqrt(aa) * sqrt(bb)) : 0;
}

struct pair {
    double score;
    size_t index;
};

static int by_score(const void *a, const void *b) {
    const struct pair *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

// All rows but `self`, best first; *found of them. scores [n] by index.
static struct pair *search(const float *query, const float *rows, size_t n, size_t self,
                           bool lattice, size_t *found, double *scores) {
    struct pair *pairs = malloc((n + 1) * sizeof *pairs);
    *found = 0;
    for (size_t j = 0; j < n; j++) {
        scores[j] = (1 + cosine(query, rows + j * HM_DIM, lattice)) / 2;
        if (j != self) pairs[(*found)++] = (struct pair){scores[j], j};
    }
    qsort(pairs, *found, sizeof *pairs, by_score);
    return pairs;
}

static void check_list(const float *query, const float *rows, size_t n, size_t self, bool lattice,
                       const struct hm_neighbour *list, size_t k) {
    size_t found;
    double *scores = malloc((n + 1) * sizeof *scores);
    struct pair *expected = search(query, rows, n, self, lattice, &found, scores);
    const double rounding = 2e-6;
    for (size_t i = 0; i < k; i++) {
        if (i >= found) {
            ck_assert_uint_eq(list[i].index, HM_KNN_NONE);
            ck_assert(list[i].score == 0);
            continue;
        }
        ck_assert_uint_lt(list[i].index, n);
        ck_assert_uint_ne(list[i].index, self);
        if (lattice) {
            ck_assert_uint_eq(list[i].index, expected[i].index);
            ck_assert((double)list[i].score == expected[i].score);
        }
        ck_assert_double_eq_tol((double)list[i].score, expected[i].score, rounding);
        ck_assert_double_eq_tol((double)list[i].score, scores[list[i].index], rounding);
        if (i == 0) continue;
        ck_assert(list[i].score <= list[i - 1].score);
        if (list[i].score == list[i - 1].score) ck_assert_uint_gt(list[i].index, list[i - 1].index);
    }
    free(expected);
    free(scores);
}

static void check_all(const float *rows, size_t n, size_t k, bool lattice, const char *isa,
                      unsigned threads) {
    struct hm_knn_options options = {.isa = isa, .threads = threads};
    struct hm_neighbour *out = lists_new(n, k);
    OK(hm_knn_all(rows, n, k, out, &options, &err));
    for (size_t i = 0; i < n; i++)
        check_list(rows + i * HM_DIM, rows, n, i, lattice, out + i * k, k);
    ck_assert_uint_eq(out[n * k].index, 0xa5a5a5a5); // nothing behind
    free(out);
}

// ---- tests

START_TEST(ties_and_duplicates_are_exact) {
    static const size_t sizes[] = {0, 1, 2, 3, 10, 11, 47, 48, 49, 97, 767, 768, 769, 1600};
    const char *isa = usable_isa(_i);
    if (!isa) return;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        float *rows = rows_new(sizes[i], lattice_row);
        check_all(rows, sizes[i], 10, true, isa, 2);
        if (sizes[i] < 100) check_all(rows, sizes[i], 1, true, isa, 1);
        if (sizes[i] < 100) check_all(rows, sizes[i], 64, true, isa, 3);
        free(rows);
    }
}
END_TEST

START_TEST(real_numbers_are_found_within_rounding) {
    const char *isa = usable_isa(_i);
    if (!isa) return;
    size_t n = 150;
    float *rows = rows_new(n, real_row);
    memset(rows + 20 * HM_DIM, 0, HM_DIM * sizeof *rows);
    memcpy(rows + 60 * HM_DIM, rows + 10 * HM_DIM, HM_DIM * sizeof *rows);
    check_all(rows, n, 10, false, isa, 2);
    free(rows);
}
END_TEST

START_TEST(duplicates_score_at_most_one_and_come_by_index) {
    enum { N = 60, K = 10 };
    float *rows = rows_new(N, real_row);
    for (size_t i = 1; i < N; i++)
        memcpy(rows + i * HM_DIM, rows, HM_DIM * sizeof *rows);
    struct hm_neighbour *out = lists_new(N, K);
    OK(hm_knn_all(rows, N, K, out, NULL, &err));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < K; j++) {
            ck_assert_uint_eq(out[i * K + j].index, j < i ? j : j + 1);
            ck_assert(out[i * K + j].score <= 1 && out[i * K + j].score > 0.999999f);
        }
    free(out);
    free(rows);
}
END_TEST

START_TEST(zero_vectors_score_a_half) {
    enum { N = 7, K = 3 };
    float *rows = rows_new(N, real_row);
    memset(rows, 0, (N - 1) * HM_DIM * sizeof *rows);
    struct hm_neighbour *out = lists_new(N, K);
    OK(hm_knn_all(rows, N, K, out, NULL, &err));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < K; j++) {
            ck_assert_uint_eq(out[i * K + j].index, j < i ? j : j + 1);
            ck_assert(out[i * K + j].score == 0.5f);
        }
    free(out);
    free(rows);
}
END_TEST

START_TEST(any_length_will_do) {
    enum { N = 40, K = 5 };
    float *rows = rows_new(N, real_row);
    struct hm_neighbour *plain = lists_new(N, K), *scaled = lists_new(N, K);
    OK(hm_knn_all(rows, N, K, plain, NULL, &err));
    for (size_t i = 0; i < N; i++)
        for (size_t d = 0; d < HM_DIM; d++)
            rows[i * HM_DIM + d] = ldexpf(rows[i * HM_DIM + d], i % 2 ? 100 : -90);
    OK(hm_knn_all(rows, N, K, scaled, NULL, &err));
    ck_assert_mem_eq(plain, scaled, N * K * sizeof *plain);
    free(plain);
    free(scaled);
    free(rows);
}
END_TEST

START_TEST(threads_change_no_bit) {
    enum { N = 1000, K = 10 };
    const char *isa = usable_isa(_i);
    if (!isa) return;
    float *rows = rows_new(N, real_row);
    struct hm_neighbour *one = lists_new(N, K), *more = lists_new(N, K);
    for (unsigned threads = 1; threads <= 3; threads++) {
        struct hm_knn_options options = {.isa = isa, .threads = threads};
        OK(hm_knn_all(rows, N, K, threads == 1 ? one : more, &options, &err));
        if (threads > 1) ck_assert_mem_eq(one, more, N * K * sizeof *one);
    }
    free(one);
    free(more);
    free(rows);
}
END_TEST

START_TEST(queries_find_the_same) {
    enum { N = 850, K = 10 }; // more queries than a block has columns
    const char *isa = usable_isa(_i);
    if (!isa) return;
    float *rows = rows_new(N, real_row);
    lattice_row(rows + 3 * HM_DIM);
    uint32_t self[N];
    for (uint32_t i = 0; i < N; i++)
        self[i] = i;
    struct hm_knn_options options = {.isa = isa, .threads = 2};
    struct hm_neighbour *all = lists_new(N, K), *asked = lists_new(N, K);
    OK(hm_knn_all(rows, N, K, all, &options, &err));
    OK(hm_knn_query(rows, N, rows, N, K, self, asked, &options, &err));
    ck_assert_mem_eq(all, asked, N * K * sizeof *all);
    free(all);
    free(asked);
    free(rows);
}
END_TEST

START_TEST(queries_from_outside_are_exact) {
    static const size_t sizes[] = {0, 1, 5, 49, 1000};
    const char *isa = usable_isa(_i);
    if (!isa) return;
    struct hm_knn_options options = {.isa = isa, .threads = 2};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i], m = 1 + below(40), k = 7;
        float *rows = rows_new(n, lattice_row), *queries = rows_new(m, lattice_row);
        struct hm_neighbour *out = lists_new(m, k);
        OK(hm_knn_query(queries, m, rows, n, k, NULL, out, &options, &err));
        for (size_t q = 0; q < m; q++)
            check_list(queries + q * HM_DIM, rows, n, SIZE_MAX, true, out + q * k, k);
        free(rows);
        free(queries);
        free(out);
    }
}
END_TEST

// Rows leave, change and come; what the lists of before are worth is worked out as a caller has to.
struct table {
    float *rows;
    struct hm_neighbour *lists;
    uint8_t *kinds;
    size_t n, k;
};

enum { MOST_ROWS = 1000 };

static void remove_some(struct table *t) {
    uint32_t moved[MOST_ROWS];
    size_t kept = 0;
    for (size_t i = 0; i < t->n; i++) {
        bool gone = below(30) == 0;
        moved[i] = gone ? HM_KNN_NONE : (uint32_t)kept;
        if (gone) continue;
        memmove(t->rows + kept * HM_DIM, t->rows + i * HM_DIM, HM_DIM * sizeof *t->rows);
        memmove(t->lists + kept * t->k, t->lists + i * t->k, t->k * sizeof *t->lists);
        kept++;
    }
    t->n = kept;
    for (size_t i = 0; i < kept; i++)
        for (size_t j = 0; j < t->k; j++) {
            uint32_t *index = &t->lists[i * t->k + j].index;
            if (*index == HM_KNN_NONE) continue;
            *index = moved[*index];
            if (*index == HM_KNN_NONE) t->kinds[i] = HM_KNN_STALE;
        }
}

static void change_some(struct table *t, row_fn *fill) {
    for (size_t i = 0; i < t->n; i++)
        if (below(15) == 0) {
            fill(t->rows + i * HM_DIM);
            t->kinds[i] = HM_KNN_NEW;
        }
    for (size_t more = below(40); more && t->n < MOST_ROWS; more--, t->n++) {
        fill(t->rows + t->n * HM_DIM);
        t->kinds[t->n] = HM_KNN_NEW;
    }
    for (size_t i = 0; i < t->n; i++)
        for (size_t j = 0; t->kinds[i] == HM_KNN_KEPT && j < t->k; j++) {
            uint32_t index = t->lists[i * t->k + j].index;
            if (index != HM_KNN_NONE && t->kinds[index] == HM_KNN_NEW) t->kinds[i] = HM_KNN_STALE;
        }
}

START_TEST(updates_equal_a_full_search) {
    row_fn *fill = _i % 2 ? real_row : lattice_row;
    struct table t = {.k = 1 + below(12), .n = _i < 2 ? 1 + below(20) : 800};
    t.rows = rows_new(MOST_ROWS, fill);
    t.lists = lists_new(MOST_ROWS, t.k);
    t.kinds = malloc(MOST_ROWS);
    struct hm_neighbour *full = lists_new(MOST_ROWS, t.k);
    OK(hm_knn_all(t.rows, t.n, t.k, t.lists, NULL, &err));
    for (int step = 0; step < (_i < 2 ? 12 : 3); step++) {
        memset(t.kinds, HM_KNN_KEPT, MOST_ROWS);
        remove_some(&t);
        change_some(&t, fill);
        struct hm_knn_options options = {.threads = 1 + (unsigned)below(3)};
        OK(hm_knn_update(t.rows, t.n, t.k, t.kinds, t.lists, &options, &err));
        OK(hm_knn_all(t.rows, t.n, t.k, full, &options, &err));
        ck_assert_mem_eq(t.lists, full, t.n * t.k * sizeof *full);
    }
    free(full);
    free(t.rows);
    free(t.lists);
    free(t.kinds);
}
END_TEST

struct watch {
    uint64_t done, total, calls, stop_at;
};

static bool watch(void *context, uint64_t done, uint64_t total) {
    struct watch *w = context;
    ck_assert_uint_ge(done, w->done);
    ck_assert_uint_le(done, total);
    w->done = done;
    w->total = total;
    return ++w->calls != w->stop_at;
}

START_TEST(progress_reaches_the_end_or_stops) {
    enum { N = 900, K = 3 };
    float *rows = rows_new(N, lattice_row);
    struct hm_neighbour *out = lists_new(N, K);
    struct watch whole = {0}, part = {.stop_at = 2};
    struct hm_knn_options options = {.threads = 1, .progress = watch, .context = &whole};
    OK(hm_knn_all(rows, N, K, out, &options, &err));
    ck_assert_uint_gt(whole.calls, 10);
    ck_assert_uint_eq(whole.done, whole.total);
    options.context = &part;
    options.threads = 2;
    ck_assert_int_eq(hm_knn_all(rows, N, K, out, &options, &err), HM_ECANCELED);
    ck_assert_uint_eq(part.calls, 2); // not called again
    free(rows);
    free(out);
}
END_TEST

START_TEST(nonsense_is_refused) {
    enum { N = 60 };
    float *rows = rows_new(N, real_row);
    struct hm_neighbour *out = lists_new(N, HM_KNN_K_MAX + 1);
    ck_assert_int_eq(hm_knn_all(rows, N, 0, out, NULL, &err), HM_EARG);
    ck_assert_int_eq(hm_knn_all(rows, N, HM_KNN_K_MAX + 1, out, NULL, &err), HM_EARG);
    ck_assert_ptr_nonnull(strstr(err.text, "1001"));
    struct hm_knn_options options = {.isa = "mmx"};
    ck_assert_int_eq(hm_knn_all(rows, N, 3, out, &options, &err), HM_EUNSUPPORTED);
    static const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f};
    for (size_t i = 0; i < 4; i++) {
        rows[41 * HM_DIM + 77] = bad[i];
        ck_assert_int_eq(hm_knn_all(rows, N, 3, out, NULL, &err), HM_EARG);
        ck_assert_ptr_nonnull(strstr(err.text, "row 41"));
        ck_assert_int_eq(hm_knn_query(rows + 40 * HM_DIM, 2, rows, 40, 3, NULL, out, NULL, &err),
                         HM_EARG);
        ck_assert_ptr_nonnull(strstr(err.text, "query 1"));
    }
    OK(hm_knn_all(rows, 41, HM_KNN_K_MAX, out, NULL, &err)); // the bad row is not in it
    free(rows);
    free(out);
}
END_TEST

START_TEST(scan_finds_what_reaches_a_limit) {
    const char *isa = usable_isa(_i);
    if (!isa) return;
    const struct nn_kernels *kernels = nn_isa_kernels(isa);
    for (int round = 0; round < 2000; round++) {
        size_t n = kernels->f32.nr * (1 + below(6)), found = 0;
        float cosines[6 * NN_NR_MAX], limits[6 * NN_NR_MAX];
        float limit = below(3) ? 2 : uniform();
        uint16_t hits[6 * NN_NR_MAX];
        for (size_t i = 0; i < n; i++) {
            cosines[i] = below(8) ? uniform() * 2 - 1 : below(2) ? 1.0000001f : -1.0000001f;
            limits[i] = below(4) ? 2 : below(3) ? uniform() : nn_score(cosines[i]);
        }
        size_t count = kernels->scan(cosines, limits, n, limit, hits);
        for (size_t i = 0; i < n; i++) {
            float score = nn_score(cosines[i]), least = limit < limits[i] ? limit : limits[i];
            bool hit = found < count && hits[found] == i;
            if (score >= least) ck_assert(hit);
            if (hit) ck_assert(score + 1e-6f >= least);
            found += hit;
        }
        ck_assert_uint_eq(found, count);
    }
}
END_TEST

int main(void) {
    seed = suite_seed(20);
    Suite *suite = suite_create("knn");
    TCase *tests = tcase_create("knn");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, ties_and_duplicates_are_exact, 0, MOST_ISAS);
    tcase_add_loop_test(tests, real_numbers_are_found_within_rounding, 0, MOST_ISAS);
    tcase_add_test(tests, duplicates_score_at_most_one_and_come_by_index);
    tcase_add_test(tests, zero_vectors_score_a_half);
    tcase_add_test(tests, any_length_will_do);
    tcase_add_loop_test(tests, threads_change_no_bit, 0, MOST_ISAS);
    tcase_add_loop_test(tests, queries_find_the_same, 0, MOST_ISAS);
    tcase_add_loop_test(tests, queries_from_outside_are_exact, 0, MOST_ISAS);
    tcase_add_loop_test(tests, updates_equal_a_full_search, 0, 4);
    tcase_add_test(tests, progress_reaches_the_end_or_stops);
    tcase_add_test(tests, nonsense_is_refused);
    tcase_add_loop_test(tests, scan_finds_what_reaches_a_limit, 0, MOST_ISAS);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 1);
}
