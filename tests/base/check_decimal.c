// SPDX-License-Identifier: MIT
// Numbers as decimal text read back as they were: by strtof and strtod, which are exact.

#include "decimal.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "suite.h"

enum { DRAWN = 200000 };
static uint64_t seed;

static void int_is(int64_t number, const char *expected) {
    char text[HM_DECIMAL_MAX];
    ck_assert_uint_eq(hm_decimal_int(text, number), strlen(expected));
    ck_assert_str_eq(text, expected);
}

START_TEST(whole_numbers) {
    int_is(0, "0");
    int_is(-1, "-1");
    int_is(1234567890123, "1234567890123");
    int_is(INT64_MAX, "9223372036854775807");
    int_is(INT64_MIN, "-9223372036854775808");
}
END_TEST

static void float_is(float number, const char *expected) {
    char text[HM_DECIMAL_MAX];
    ck_assert_uint_eq(hm_decimal_float(text, number), strlen(expected));
    ck_assert_str_eq(text, expected);
}

START_TEST(floats_have_no_more_digits_than_they_need_or_9) {
    float_is(0, "0");
    float_is(-0.0f, "-0");
    float_is(1, "1");
    float_is(-2.5f, "-2.5");
    float_is(0.1f, "0.100000001");
    float_is(0.015625f, "0.015625");
    float_is(9.9999999f, "10");
    float_is(1048576.25f, "1048576.25");
    float_is(99999992, "99999992");
    float_is(1e8f, "100000000");
    float_is(0.001f, "0.00100000005");
}
END_TEST

static void float_comes_back(float number) {
    char text[HM_DECIMAL_MAX];
    size_t length = hm_decimal_float(text, number);
    ck_assert_uint_eq(length, strlen(text));
    ck_assert_msg(strtof(text, NULL) == number, "%a became %s", (double)number, text);
}

START_TEST(every_float_comes_back) {
    static const float edges[] = {FLT_MIN, FLT_MAX, FLT_TRUE_MIN, 1e-3f, 1e-2f,
                                  0.1f,    10,      1e7f,         1e8f};
    uint64_t state = seed;
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        for (int sign = -1; sign < 2; sign += 2) {
            float_comes_back((float)sign * edges[i]);
            float_comes_back((float)sign * nextafterf(edges[i], 0));
            float_comes_back((float)sign * nextafterf(edges[i], FLT_MAX));
        }
    for (int i = 0; i < DRAWN; i++) {
        uint32_t bits = (uint32_t)hm_splitmix64(&state);
        float number, usual = (float)(bits % 40000000) / 1e7f; // what embeddings are made of
        memcpy(&number, &bits, sizeof number);
        if (isfinite(number)) float_comes_back(number);
        float_comes_back(usual);
    }
}
END_TEST

START_TEST(every_double_comes_back) {
    uint64_t state = seed;
    char text[HM_DECIMAL_MAX];
    hm_decimal_double(text, 0.05);
    ck_assert_str_eq(text, "0.05");
    for (int i = 0; i < DRAWN; i++) {
        uint64_t bits = i < 4 ? (uint64_t)i : hm_splitmix64(&state);
        double number;
        memcpy(&number, &bits, sizeof number);
        if (!isfinite(number)) continue;
        ck_assert_uint_eq(hm_decimal_double(text, number), strlen(text));
        ck_assert_msg(strtod(text, NULL) == number, "%a became %s", number, text);
    }
}
END_TEST

int main(void) {
    seed = suite_seed(14);
    Suite *suite = suite_create("decimal");
    TCase *tests = tcase_create("decimal");
    tcase_add_test(tests, whole_numbers);
    tcase_add_test(tests, floats_have_no_more_digits_than_they_need_or_9);
    tcase_add_test(tests, every_float_comes_back);
    tcase_add_test(tests, every_double_comes_back);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
