// SPDX-License-Identifier: MIT
// Models: which ISA is chosen and what is refused; the same bits for any number of threads,
// pictures and batch within a plan; shared weights. What the numbers mean is check_golden.c's
// business.

#include "nn_support.h"
#include "hmrec/weights.h"

enum { PICTURES = 9 };

static struct hm_weights *weights;
static uint8_t pixels[PICTURES][HM_PIXEL_BYTES];
static float expected[PICTURES][HM_DIM]; // the throughput plan's

static struct hm_model *new_model(unsigned threads, unsigned batch) {
    struct hm_model *model;
    struct hm_error err = {0};
    struct hm_model_options options = {.threads = threads, .batch = batch};
    ck_assert_msg(hm_model_new(&model, weights, &options, &err) == HM_OK, "%s", err.text);
    return model;
}

static void check_bits(struct hm_model *model, size_t first, size_t n) {
    static float found[PICTURES][HM_DIM];
    memset(found, 0xff, sizeof found);
    hm_model_embed(model, pixels[first], n, found[0]);
    for (size_t p = 0; p < n; p++)
        ck_assert_msg(memcmp(found[p], expected[first + p], sizeof *found) == 0,
                      "%u threads, %zu pictures from %zu: picture %zu has other bits",
                      hm_model_threads(model), n, first, p);
    for (size_t p = n; p < PICTURES; p++)
        for (size_t i = 0; i < HM_DIM; i++)
            ck_assert_msg(isnan(found[p][i]), "%zu pictures from %zu: wrote to [%zu][%zu]", n,
                          first, p, i);
}

START_TEST(test_same_bits) {
    const struct {
        unsigned threads, batch;
        size_t first, n;
    } cases[] = {
        {1, 9, 0, 9}, {1, 2, 3, 1}, {1, 2, 5, 2},  {2, 8, 0, 8}, {2, 8, 1, 8}, {2, 8, 2, 7},
        {2, 9, 0, 9}, {2, 3, 6, 3}, {2, 16, 4, 2}, {3, 4, 5, 4}, {3, 2, 0, 1}, {2, 4, 0, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hm_model *model = new_model(cases[i].threads, cases[i].batch);
        ck_assert_uint_eq(hm_model_threads(model), cases[i].threads);
        check_bits(model, cases[i].first, cases[i].n);
        check_bits(model, 0, 1); // nothing is left over from the pictures before
        hm_model_free(model);
    }
}
END_TEST

START_TEST(test_latency_plan) {
    static float one[HM_DIM], two[HM_DIM];
    struct hm_model *model = new_model(1, 1);
    hm_model_embed(model, pixels[0], 1, one);
    hm_model_free(model);
    for (unsigned threads = 2; threads <= 3; threads++) {
        model = new_model(threads, 1);
        hm_model_embed(model, pixels[0], 1, two);
        hm_model_free(model);
        ck_assert_msg(memcmp(one, two, sizeof one) == 0, "%u threads give other bits", threads);
    }
    double error = 0, size = 0;
    for (size_t i = 0; i < HM_DIM; i++) {
        double difference = (double)one[i] - (double)expected[0][i];
        error += difference * difference;
        size += (double)expected[0][i] * (double)expected[0][i];
    }
    ck_assert_msg(size > 0 && sqrt(error / size) < 2e-6, "the plans differ by %g of the length",
                  sqrt(error / size));
}
END_TEST

START_TEST(test_share) {
    struct hm_error err;
    struct hm_model *first = new_model(2, 8), *second, *third;
    ck_assert(hm_model_share(&second, first, &err) == HM_OK);
    ck_assert(hm_model_share(&third, second, &err) == HM_OK);
    ck_assert_uint_eq(hm_model_threads(second), 1);
    hm_model_free(first);
    check_bits(third, 2, 3);
    hm_model_free(third);
    check_bits(second, 0, 1);
    hm_model_free(second);
}
END_TEST

START_TEST(test_isa_choice) {
    size_t count;
    const struct hm_isa *isas = hm_isas(&count);
    struct hm_error err = {0};
    const char *best, *chosen;
    ck_assert_uint_ge(count, 1);
    ck_assert_str_eq(isas[0].name, "baseline");
    ck_assert(isas[0].usable);
    ck_assert(hm_isa_choose(NULL, &best, &err) == HM_OK);
    ck_assert(hm_isa_choose("", &chosen, &err) == HM_OK);
    ck_assert_str_eq(best, chosen);
    for (size_t i = 0; i < count; i++) {
        enum hm_status status = hm_isa_choose(isas[i].name, &chosen, &err);
        ck_assert_int_eq(status, isas[i].usable ? HM_OK : HM_EUNSUPPORTED);
        if (isas[i].usable) {
            ck_assert_str_eq(chosen, isas[i].name);
            const struct nn_kernels *k = nn_isa_kernels(chosen);
            ck_assert_ptr_nonnull(k);
            ck_assert_uint_eq(64 % k->f32.nr, 0); // every layer of the network has a multiple of 64
            ck_assert_uint_le(k->f32.nr, NN_NR_MAX);
            ck_assert_uint_eq(k->f32.nr % k->vec, 0);
        } else {
            ck_assert_ptr_nonnull(strstr(err.text, "baseline"));
            ck_assert_ptr_nonnull(strstr(err.text, isas[i].name));
        }
    }
    ck_assert_int_eq(hm_isa_choose("mmx", &chosen, &err), HM_EUNSUPPORTED);
    ck_assert_msg(strstr(err.text, "\"mmx\"") && strstr(err.text, "baseline"), "%s", err.text);
}
END_TEST

START_TEST(test_options) {
    struct hm_model *model = (struct hm_model *)&weights;
    struct hm_error err = {0};
    struct hm_model_options options = {.isa = "mmx"};
    ck_assert_int_eq(hm_model_new(&model, weights, &options, &err), HM_EUNSUPPORTED);
    ck_assert_ptr_null(model);
    options = (struct hm_model_options){.batch = 1u << 20};
    ck_assert_int_eq(hm_model_new(&model, weights, &options, &err), HM_EARG);
    options = (struct hm_model_options){.threads = 1u << 20};
    ck_assert_int_eq(hm_model_new(&model, weights, &options, &err), HM_EARG);
    options = (struct hm_model_options){0};
    ck_assert_int_eq(hm_model_new(&model, weights, &options, &err), HM_OK);
    ck_assert_uint_ge(hm_model_threads(model), 1);
    ck_assert_uint_lt(hm_model_bytes(model), 400u << 20);
    hm_model_free(model);
    hm_model_free(NULL);
}
END_TEST

static void setup(void) {
    struct hm_error err = {0};
    random_state = suite_seed(22);
    ck_assert_msg(hm_weights_random(&weights, NULL, 1, &err) == HM_OK, "%s", err.text);
    for (size_t p = 0; p < PICTURES; p++)
        for (size_t i = 0; i < HM_PIXEL_BYTES; i++)
            pixels[p][i] = (uint8_t)(suite_random(&random_state) >> 32);
    struct hm_model *model = new_model(1, 2);
    for (size_t p = 0; p < PICTURES; p++)
        hm_model_embed(model, pixels[p], 1, expected[p]);
    hm_model_free(model);
}

static void teardown(void) {
    hm_weights_close(weights);
}

int main(void) {
    if (HM_EMULATED)
        return suite_skip("qemu-user starts no threads; check_golden runs models there");
    Suite *suite = suite_create("nn/model");
    TCase *tests = tcase_create("models");
    tcase_set_timeout(tests, 0);
    tcase_add_unchecked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_isa_choice);
    tcase_add_test(tests, test_options);
    tcase_add_test(tests, test_same_bits);
    tcase_add_test(tests, test_latency_plan);
    tcase_add_test(tests, test_share);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 1);
}
