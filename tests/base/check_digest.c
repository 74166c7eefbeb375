// SPDX-License-Identifier: MIT
// SHA-256: right, and refused in words wherever libcrypto finds no memory.

#include <openssl/crypto.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "digest.h"
#include "suite.h"

static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

START_TEST(digest_is_sha256) {
    char hex[HM_DIGEST_HEX + 1]; // FIPS 180-2, appendix B.1
    ck_assert_int_eq(hm_digest("abc", 3, hex, NULL), HM_OK);
    ck_assert_str_eq(hex, abc);
}
END_TEST

static long asked, refuse_at; // of libcrypto's wishes for memory; 0: none is refused
static bool refuse_rest;

static bool refused(void) {
    asked++;
    return refuse_at && (asked == refuse_at || (refuse_rest && asked > refuse_at));
}

static void *allocate(size_t size, const char *file, int line) {
    (void)file, (void)line;
    return refused() ? NULL : malloc(size);
}

static void *resize(void *old, size_t size, const char *file, int line) {
    (void)file, (void)line;
    return refused() ? NULL : realloc(old, size);
}

static void release(void *block, const char *file, int line) {
    (void)file, (void)line;
    free(block);
}

enum { RIGHT, REFUSED, WRONG };

// What a process comes to in which wish `at` is refused; sets *wishes to how many there were.
static int try_without(long at, bool rest, long *wishes) {
    enum { HANGS = 30 }; // seconds after which it does
    long *told =
        mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(told, MAP_FAILED);
    pid_t child = fork();
    if (child == 0) {
        char hex[HM_DIGEST_HEX + 1];
        struct hm_error err = {0};
        alarm(HANGS);
        refuse_at = at;
        refuse_rest = rest;
        enum hm_status status = hm_digest("abc", 3, hex, &err);
        *told = asked;
        if (status == HM_OK) _exit(strcmp(hex, abc) == 0 ? RIGHT : WRONG);
        _exit(status == HM_ENOMEM && strstr(err.text, "SHA-256") ? REFUSED : WRONG);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status), "wish %ld%s: signal %d", at, rest ? " and later" : "",
                  WTERMSIG(status));
    *wishes = *told;
    munmap(told, sizeof *told);
    return WEXITSTATUS(status);
}

START_TEST(without_memory_it_is_refused) {
    enum { TRIES = 60 }; // evenly spread: of 4915 wishes with OpenSSL 3.0.22
    long wishes, ignored;
    char hex[HM_DIGEST_HEX + 1];
    ck_assert_int_eq(CRYPTO_set_mem_functions(allocate, resize, release), 1);
    // 3.5 waits for itself for ever where this is refused memory.
    ck_assert_int_eq(OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL), 1);
    ck_assert_int_eq(try_without(0, false, &wishes), RIGHT);
    ck_assert_int_gt(wishes, TRIES);
    for (long i = 0; i < TRIES; i++) {
        long at = 1 + i * wishes / TRIES;
        ck_assert_int_ne(try_without(at, false, &ignored), WRONG);
        ck_assert_int_eq(try_without(at, true, &ignored), REFUSED);
    }
    ck_assert_int_eq(hm_digest("abc", 3, hex, NULL), HM_OK);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("digest");
    TCase *tests = tcase_create("digest");
    tcase_add_test(tests, digest_is_sha256);
    tcase_add_test(tests, without_memory_it_is_refused);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
