// SPDX-License-Identifier: MIT
// Aligned blocks, arena, buffer: sizes, limits, overflow.

#include "mem.h"

#include <stdint.h>
#include <string.h>

#include "clock.h"
#include "suite.h"

START_TEST(aligned_blocks) {
    for (size_t n = 0; n < 200; n++) {
        void *p = hm_alloc_aligned(n, 3);
        ck_assert_ptr_nonnull(p);
        ck_assert_uint_eq((uintptr_t)p % HM_ALIGN, 0);
        memset(p, 1, n * 3);
        free(p);
    }
    ck_assert_ptr_null(hm_alloc_aligned(SIZE_MAX / 2, 3));
    ck_assert_ptr_null(hm_alloc_aligned(SIZE_MAX, 1));
}
END_TEST

START_TEST(arena_keeps_objects_apart) {
    struct hm_arena arena = {0};
    uint64_t seed = suite_seed(7);
    unsigned char *objects[300];
    size_t sizes[300];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 300; i++) {
            sizes[i] = suite_random(&seed) % (i % 50 == 0 ? 20000 : 200);
            objects[i] = hm_arena_alloc(&arena, sizes[i]);
            ck_assert_ptr_nonnull(objects[i]);
            for (size_t j = 0; j < sizes[i]; j++)
                ck_assert_uint_eq(objects[i][j], 0);
            memset(objects[i], i & 255, sizes[i]);
        }
        for (int i = 0; i < 300; i++)
            for (size_t j = 0; j < sizes[i]; j++)
                ck_assert_uint_eq(objects[i][j], (unsigned)i & 255);
        hm_arena_reset(&arena);
        ck_assert_uint_eq(arena.used_bytes, 0);
    }
    hm_arena_free(&arena);
}
END_TEST

START_TEST(arena_has_a_limit) {
    struct hm_arena arena = {.limit_bytes = 1000};
    ck_assert_ptr_nonnull(hm_arena_alloc(&arena, 900));
    ck_assert_ptr_null(hm_arena_alloc(&arena, 900));
    ck_assert_ptr_null(hm_arena_alloc(&arena, SIZE_MAX));
    ck_assert_str_eq(hm_arena_copy(&arena, "abcdef", 3), "abc");
    hm_arena_reset(&arena);
    ck_assert_ptr_nonnull(hm_arena_alloc(&arena, 900));
    hm_arena_free(&arena);
}
END_TEST

START_TEST(buffer_grows) {
    struct hm_buf buf = {0};
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(hm_buf_printf(&buf, NULL, "%03d,", i), HM_OK);
    ck_assert_uint_eq(buf.length, 4000);
    ck_assert_uint_eq(strlen(buf.data), 4000);
    ck_assert_int_eq(strncmp(buf.data + 3996, "999,", 4), 0);
    ck_assert_int_eq(hm_buf_append(&buf, "\0x", 2, NULL), HM_OK);
    ck_assert_uint_eq(buf.length, 4002);
    struct hm_error err;
    ck_assert_int_eq(hm_buf_reserve(&buf, SIZE_MAX - 10, &err), HM_ENOMEM);
    ck_assert_uint_eq(buf.length, 4002);
    hm_buf_free(&buf);
    ck_assert_ptr_null(buf.data);
}
END_TEST

START_TEST(clock_rises) {
    uint64_t before = hm_now_ns();
    ck_assert_uint_le(before, hm_now_ns());
}
END_TEST

int main(void) {
    Suite *suite = suite_create("mem");
    TCase *tests = tcase_create("mem");
    tcase_add_test(tests, aligned_blocks);
    tcase_add_test(tests, arena_keeps_objects_apart);
    tcase_add_test(tests, arena_has_a_limit);
    tcase_add_test(tests, buffer_grows);
    tcase_add_test(tests, clock_rises);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
