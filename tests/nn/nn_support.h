// SPDX-License-Identifier: MIT
/** What the suites of nn/ share: every usable ISA in turn, random numbers, guarded outputs. */
#ifndef HM_NN_SUPPORT_H
#define HM_NN_SUPPORT_H

#include <math.h>
#include <string.h>

#include "isa/isa.h"
#include "hmrec/model.h"
#include "suite.h"
#include "layers/thread_pool.h"

static uint64_t random_state;

/** Uniform in -1 .. 1. */
static inline float random_float(void) {
    return (float)((double)(int64_t)suite_random(&random_state) * 0x1p-63);
}

/** count random numbers in memory of exactly that size, so that AddressSanitizer sees any
 *  over-read. */
static inline float *random_floats(size_t count) {
    float *p = malloc((count ? count : 1) * sizeof *p);
    ck_assert_ptr_nonnull(p);
    for (size_t i = 0; i < count; i++)
        p[i] = random_float();
    return p;
}

/** An output with a guard band on both sides. The pattern is a NaN: an element that was not
 *  written, or an input that was read from a guard, shows as NaN in the results. */
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

/** Run test for each row of hm_isas() that this machine can run, and for nn_kernels_wide; fails
 *  when there is none. */
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

// ---- precisions

/** What a test knows of a precision, by name: every row of hm_precisions() needs one. */
struct operand {
    const char *precision;
    double unit; // largest relative error of rounding
    float (*value)(const void *elements, size_t i);
    const struct nn_product *emulated; // on any CPU; NULL: none is needed
};

static inline float f32_value(const void *elements, size_t i) {
    return ((const float *)elements)[i];
}

static inline float bf16_value(const void *elements, size_t i) {
    uint32_t bits = (uint32_t)((const uint16_t *)elements)[i] << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

extern const struct nn_product nn_bf16_emulated;

static inline const struct operand *operand_of(const struct hm_precision *precision) {
    static const struct operand operands[] = {
        {"f32", 0, f32_value, NULL},
        {"bf16", 0x1p-8, bf16_value, &nn_bf16_emulated},
    };
    for (size_t i = 0; i < sizeof operands / sizeof *operands; i++)
        if (strcmp(operands[i].precision, precision->name) == 0) return &operands[i];
    ck_abort_msg("precision %s is not known to the tests", precision->name);
    return NULL;
}

/** Kernels, and a product to be tested with them. */
struct product_case {
    const struct nn_kernels *kernels;
    const struct nn_product *product;
    const struct hm_precision *precision;
    const struct operand *operand;
    const char *name;
};
typedef void product_test(const struct product_case *c);

/** Run test for each precision on each ISA of this machine that has it, and for its emulation. */
static inline void each_product(product_test *test) {
    size_t count, isa_count;
    const struct hm_precision *precisions = hm_precisions(&count);
    const struct hm_isa *isas = hm_isas(&isa_count);
    for (size_t p = 0; p < count; p++) {
        struct product_case c = {.precision = &precisions[p]};
        c.operand = operand_of(c.precision);
        for (size_t i = 0; i < isa_count; i++) {
            struct hm_error err;
            c.kernels = isas[i].usable ? nn_isa_kernels(isas[i].name) : NULL;
            if (!c.kernels ||
                nn_isa_product(&c.product, isas[i].name, c.precision, &err) != HM_OK) {
                printf("%-8s %s: not on this machine\n", isas[i].name, c.precision->name);
                continue;
            }
            c.name = c.product->name;
            test(&c);
        }
        c.product = c.operand->emulated;
        c.kernels = nn_isa_kernels("baseline");
        c.name = "emulated";
        if (c.product) test(&c);
    }
    struct product_case wide = {.kernels = &nn_kernels_wide,
                                .product = &nn_kernels_wide.f32,
                                .precision = precisions,
                                .operand = operand_of(precisions),
                                .name = "wide"};
    test(&wide);
}

// ---- threads

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
