// SPDX-License-Identifier: MIT
// Plays scenarios. The linker sends the library's allocations here (--wrap), so that each can be
// made to fail.

#include "scenario.h"

static volatile long allocations_left = -1; // until one fails; -1: none fails
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static bool must_fail(void) {
    if (dialogue_working || allocations_left < 0) return false;
    return allocations_left-- == 0;
}

void *__wrap_malloc(size_t size) {
    return must_fail() ? NULL : __real_malloc(size);
}
void *__wrap_calloc(size_t count, size_t size) {
    return must_fail() ? NULL : __real_calloc(count, size);
}
void *__wrap_realloc(void *old, size_t size) {
    return must_fail() ? NULL : __real_realloc(old, size);
}
char *__wrap_strdup(const char *text) {
    return must_fail() ? NULL : __real_strdup(text);
}

/* ---- time that passes only when asked to ---- */

static uint64_t clock_ns;
static uint32_t slept_ms;

static uint64_t test_now(void *context) {
    (void)context;
    return clock_ns;
}
static void test_sleep(void *context, uint32_t milliseconds) {
    (void)context;
    slept_ms += milliseconds;
    clock_ns += (uint64_t)milliseconds * 1000000;
}
static double test_random(void *context) {
    (void)context;
    return 0.5;
}

uint32_t scenario_slept_ms(void) {
    return slept_ms;
}

void scenario_pass_ms(uint32_t milliseconds) {
    clock_ns += (uint64_t)milliseconds * 1000000;
}

/* ---- playing ---- */

struct outcome scenario_play(const struct scenario *scenario, size_t grain, size_t cut,
                             long fail_at) {
    struct dialogue servers[SERVERS_MAX] = {0};
    struct dialogue_net net = {servers, 0};
    for (size_t i = 0; i < SERVERS_MAX && scenario->servers[i].address; i++) {
        servers[i] = (struct dialogue){.address = scenario->servers[i].address,
                                       .script = scenario->servers[i].script,
                                       .grain = grain,
                                       .cut = SIZE_MAX};
        dialogue_rewind(&servers[i]);
        net.count++;
    }
    servers[0].cut = cut;
    struct outcome outcome = {0};
    struct bolt_config config = {
        .auth = {.scheme = "basic", .principal = "neo4j", .credentials = "pass"},
        .fetch_size = 2,
        .hooks = {.now_ns = test_now, .sleep_ms = test_sleep, .random = test_random}};
    struct bolt_driver *driver = NULL;
    clock_ns = 1000000000;
    slept_ms = 0;
    allocations_left = fail_at;
    outcome.status = bolt_driver_new(scenario->uri, &config, &driver, &outcome.err);
    if (outcome.status == HM_OK) {
        driver->opener.connector = dialogue_connect;
        driver->opener.connector_context = &net;
        outcome.status = scenario->play(driver, &outcome.err);
    }
    bolt_driver_free(driver);
    allocations_left = -1;
    outcome.done = true;
    for (size_t i = 0; i < net.count; i++) {
        outcome.done = dialogue_done(&servers[i]) && outcome.done;
        if (!outcome.complaint[0])
            snprintf(outcome.complaint, sizeof outcome.complaint, "%s", servers[i].complaint);
        ck_assert_msg(!servers[i].connected, "%s: a connection was left open", scenario->name);
    }
    outcome.delivered = servers[0].delivered;
    return outcome;
}

enum hm_status sum_rows(struct bolt_result *result, int64_t *sum, int64_t *count,
                        struct hm_error *err) {
    const struct bolt_value *row;
    enum hm_status status;
    *sum = *count = 0;
    while ((status = bolt_next(result, &row, err)) == HM_OK && row) {
        *sum += row[0].type == BOLT_INT ? row[0].as.integer : 0;
        ++*count;
    }
    bolt_result_free(result);
    return status;
}
