// SPDX-License-Identifier: MIT
/** A conversation between a driver and servers in memory (dialogue.h), played once. Time passes
 *  only when the client sleeps, chance is always one half, allocations fail when they are told
 *  to. */
#ifndef TEST_SCENARIO_H
#define TEST_SCENARIO_H

#include "dialogue.h"
#include "suite.h"

typedef enum hm_status scenario_fn(struct bolt_driver *driver, struct hm_error *err);

enum { SERVERS_MAX = 4 };

struct scenario {
    const char *name;
    const char *uri;
    scenario_fn *play;
    struct {
        const char *address, *script;
    } servers[SERVERS_MAX];
};

struct outcome {
    enum hm_status status;
    struct hm_error err;
    bool done; // the script was played to its end
    char complaint[512];
    size_t delivered;
};

/** Play a scenario.
 *  grain    bytes a read gives at most; 0: all there are
 *  cut      the first server's stream ends after so many bytes; SIZE_MAX: never
 *  fail_at  the allocation of the client that fails, from 0; -1: none */
struct outcome scenario_play(const struct scenario *scenario, size_t grain, size_t cut,
                             long fail_at);
/** Milliseconds slept in the play. */
uint32_t scenario_slept_ms(void);
/** Time passes while the client works. */
void scenario_pass_ms(uint32_t milliseconds);

/** Read a result of one INTEGER column; its sum and the number of rows. Frees it. */
enum hm_status sum_rows(struct bolt_result *result, int64_t *sum, int64_t *count,
                        struct hm_error *err);

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) return hm_fail(err, HM_ECONFLICT, "line %d: %s", __LINE__, #condition);  \
    } while (0)

#define LOGIN                                                                                      \
    "C: HELLO *\nC: LOGON {\"scheme\": \"basic\", \"principal\": \"neo4j\", \"credentials\": "     \
    "\"pass\"}\n"                                                                                  \
    "S: SUCCESS {\"server\": \"Neo4j/5.26.0\", \"connection_id\": \"bolt-1\"}\nS: SUCCESS {}\n"

#endif
