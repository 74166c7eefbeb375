// SPDX-License-Identifier: MIT
/** What the suites of nn/ share: every usable ISA in turn, random numbers, guarded outputs. */
#ifndef HM_NN_SUPPORT_H
#define HM_NN_SUPPORT_H

#include <math.h>
#include <string.h>

#include "isa/kernels.h"
#include "hmrec/model.h"
#include "suite.h"
#include "layers/thread_pool.h"

static uint64_t random_state;

/** Uniform in -1 .. 1. */
static inline float random_float(void) {
    return (float)((double)(int64_t)suite_random(&random_state) * 0x1p-63);
}

/** count random numbers in memory of exactly that size, so that AddressSanitizer sees any
 * over-read. */
static inline float *random_floats(size_t count) {
    float *p = malloc((count ? count : 1) * sizeof *p);
    ck_assert_ptr_nonnull(p);
    for (size_t i = 0; i < count; i++)
        p[i] = random_float();
    return p;
}

/** An output with a guard band on both sides. The pattern is a NaN: an element that was not
 * written, or an input that was read from a guard, shows as NaN in the results. */
struct guarded {
    uint32_t *all;
    float *data;
    size_t count;
};
enum { GUARD = 64 };
static const uint32_t GUARD_PATTERN = 0x7fc0beef;

static inline struct guarded guarded_new(size_t count) {
    struct guarded g = {malloc((count + 2 * GUARD) * sizeof(uint32_t)), NULL, count};
    ck_assert_ptr_nonnull(g.all);
    for (size_t i = 0; i < count + 2 * GUARD; i++)
        g.all[i] = GUARD_PATTERN;
    g.data = (float *)(void *)(g.all + GUARD);
    return g;
}

/** True when element i still holds the pattern. */
static inline bool untouched(const struct guarded *g, size_t i) {
    uint32_t bits;
    memcpy(&bits, g->data + i, sizeof bits);
    return bits == GUARD_PATTERN;
}

static inline void guarded_check_and_free(struct guarded *g, const char *what) {
    for (size_t i = 0; i < GUARD; i++) {
        ck_assert_msg(g->all[i] == GUARD_PATTERN, "%s: wrote %zu before the output", what,
                      GUARD - i);
        ck_assert_msg(g->all[GUARD + g->count + i] == GUARD_PATTERN,
                      "%s: wrote %zu behind the output", what, i);
    }
    free(g->all);
}

typedef void isa_test(const char *isa, const struct nn_kernels *kernels);

/** AVX-512's vectors and tile, compiled for any CPU. */
extern const struct nn_kernels nn_kernels_wide;

/** Run test for each row of hm_isas() that this machine can run, and for nn_kernels_wide; fails when there is none. */
static inline void each_isa(isa_test *test) {
    size_t count, usable = 0;
    const struct hm_isa *isas = hm_isas(&count);
    for (size_t i = 0; i < count; i++) {
        if (!isas[i].usable) continue;
        usable++;
        test(isas[i].name, nn_isa_kernels(isas[i].name));
    }
    ck_assert_uint_ge(usable, 1);
    test("wide", &nn_kernels_wide);
}

// pthread_create hangs under Debian 12's qemu-user, so an emulated CPU computes with one thread.
enum { MOST_THREADS = HM_EMULATED ? 1 : 3 };

/** Threads with workspace and shared memory of random numbers. */
struct context_memory {
    struct nn_context context;
    struct nn_thread_pool pool;
};

static inline void context_init(struct context_memory *t, const struct nn_kernels *kernels,
                                unsigned threads, size_t workspace, size_t shared) {
    ck_assert_int_eq(nn_thread_pool_init(&t->pool), 0);
    t->context = (struct nn_context){.kernels = kernels,
                                     .threads = threads,
                                     .workspace = random_floats(threads * workspace),
                                     .workspace_floats = workspace,
                                     .shared = random_floats(shared),
                                     .pool = &t->pool};
}

static inline void context_destroy(struct context_memory *t) {
    free(t->context.workspace);
    free(t->context.shared);
    nn_thread_pool_destroy(&t->pool);
}

static uint64_t fixed_seed; // of the suite

static inline void seed_random(void) {
    random_state = suite_seed(fixed_seed);
}

/** Run a suite of tests each of which begins with the same random numbers. */
static inline int random_suite_run(const char *name, uint64_t seed, const TTest *const *tests,
                                   size_t count) {
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    fixed_seed = seed;
    tcase_set_timeout(tcase, 0); // one process, no fork: nothing to interrupt
    tcase_add_checked_fixture(tcase, seed_random, NULL);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return suite_run(suite, 1);
}

#endif
