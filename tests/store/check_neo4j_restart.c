// SPDX-License-Identifier: MIT
// A server that is killed (as by a power cut) and started again while embeddings and neighbours are
// being written: the writing goes on, nothing is lost, nothing is there twice.

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hmrec/store.h"
#include "suite.h"

enum {
    BATCH = 20,
    BATCHES_MAX = 2000,
    BEFORE = 10,
    MORE_BATCHES = 5,
    LEAD_MS = 30,
    TIMEOUT_S = 300
};

static struct hm_error err;
static float vectors[BATCH][HM_DIM];
static char codes[BATCHES_MAX * BATCH][12];

#define OK(expr) ck_assert_msg((expr) == HM_OK, "%s: %s", #expr, err.text)

// The server's script, called in a process of its own.
static pid_t restart_soon(void) {
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child > 0) return child;
    char command[1024];
    const char *server = getenv("HMREC_TEST_SERVER"), *home = getenv("HMREC_TEST_HOME");
    usleep(LEAD_MS * 1000);
    snprintf(command, sizeof command, "'%s' kill '%s' && '%s' start %s 0 '%s' > /dev/null", server,
             home, server, getenv("HMREC_TEST_VERSION"), home);
    _exit(system(command) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void put(struct hm_store *store, size_t batch) {
    struct hm_store_embedding rows[BATCH];
    struct hm_store_neighbours neighbours[BATCH];
    const char *of[1] = {codes[batch * BATCH]};
    const float score[1] = {0.5f};
    for (size_t i = 0; i < BATCH; i++) {
        char *code = codes[batch * BATCH + i];
        snprintf(code, sizeof codes[0], "%010zu", batch * BATCH + i);
        vectors[i][0] = (float)(batch * BATCH + i);
        rows[i] = (struct hm_store_embedding){{code, "d", 1, 1}, vectors[i], 0};
        neighbours[i] = (struct hm_store_neighbours){code, 1, of, score};
    }
    OK(hm_store_put_embeddings(store, rows, BATCH, &err));
    OK(hm_store_put_neighbours(store, neighbours, BATCH, NULL, &err));
}

static enum hm_status see(void *context, const struct hm_store_embedding *row, struct hm_error *e) {
    size_t *next = context;
    char expected[12];
    snprintf(expected, sizeof expected, "%010zu", *next);
    if (strcmp(row->source.code, expected) != 0 || row->vector[0] != (float)*next)
        return hm_fail(e, HM_EFORMAT, "found %s with %f at place %zu", row->source.code,
                       (double)row->vector[0], *next);
    ++*next;
    return HM_OK;
}

START_TEST(writing_goes_on_after_a_restart) {
    struct hm_store *store = NULL;
    struct hm_store_config config = {.uri = getenv("NEO4J_URI"),
                                     .user = getenv("NEO4J_USERNAME"),
                                     .password = getenv("NEO4J_PASSWORD"),
                                     .create = true};
    size_t batches = 0, last = BATCHES_MAX, seen = 0;
    int status = 0;
    OK(hm_store_open(&store, &config, &err));
    OK(hm_store_use_model(store, "restart", true, &err));
    pid_t child = -1;
    for (; batches < last; batches++) {
        if (batches == BEFORE) child = restart_soon();
        put(store, batches);
        if (child > 0 && last == BATCHES_MAX && waitpid(child, &status, WNOHANG) == child) {
            ck_assert_int_eq(status, 0);
            last = batches + MORE_BATCHES;
        }
    }
    ck_assert_msg(last < BATCHES_MAX, "the server was not restarted in time");
    OK(hm_store_each_embedding(store, see, &seen, &err));
    ck_assert_uint_eq(seen, batches * BATCH);
    struct hm_store_counts counts;
    OK(hm_store_count(store, &counts, &err));
    ck_assert_uint_eq(counts.embeddings, seen);
    ck_assert_uint_eq(counts.neighbours, seen);
    printf("%zu products, restart included\n", seen);
    hm_store_close(&store);
}
END_TEST

int main(void) {
    if (!getenv("HMREC_TEST_SERVER")) return suite_skip("no server of our own to restart");
    Suite *suite = suite_create("neo4j_restart");
    TCase *tests = tcase_create("neo4j_restart");
    tcase_set_timeout(tests, TIMEOUT_S);
    tcase_add_test(tests, writing_goes_on_after_a_restart);
    suite_add_tcase(suite, tests);
    return suite_run(suite, 0);
}
