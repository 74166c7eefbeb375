// SPDX-License-Identifier: MIT
/** What every Check suite shares: the main function, skipping with a reason, a printed seed. */
#ifndef HM_SUITE_H
#define HM_SUITE_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/** ctest's convention for "skipped"; SKIPS_AS_FAILS=1 (set by CI) turns a skip into a failure. */
enum { SUITE_SKIPPED = 77 };

static inline int suite_skip(const char *reason) {
    const char *strict = getenv("SKIPS_AS_FAILS");
    printf("skipped: %s\n", reason);
    return strict && *strict == '1' ? EXIT_FAILURE : SUITE_SKIPPED;
}

/** A seed from $HM_TEST_SEED or fixed_seed, printed so that a failure can be replayed. */
static inline uint64_t suite_seed(uint64_t fixed_seed) {
    const char *text = getenv("HM_TEST_SEED");
    uint64_t seed = text && *text ? strtoull(text, NULL, 0) : fixed_seed;
    printf("seed: HM_TEST_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

/** xorshift64*: the same sequence everywhere. *state != 0. */
static inline uint64_t suite_random(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717ull;
}

/** Run a suite. no_fork: for suites that use OpenMP, which does not survive fork() once a parallel
 *  region has run. */
static inline int suite_run(Suite *suite, int no_fork) {
    SRunner *runner = srunner_create(suite);
    if (no_fork) srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
