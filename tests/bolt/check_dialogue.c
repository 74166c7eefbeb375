// SPDX-License-Identifier: MIT
// Conversations with servers in memory. Every scenario is played as it is, byte by byte, cut off
// at every byte of the answers, and with every allocation failing in turn: it must end with a
// status, leave nothing behind, and stick to the script as long as the server does.

#include "scenario.h"

#include <inttypes.h>

static enum hm_status auto_commit(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_session *session;
    struct bolt_result *result = NULL;
    const struct bolt_summary *summary;
    const struct bolt_value *row;
    const char *const *keys, *const *bookmarks;
    size_t count;
    HM_TRY(
        bolt_session_new(driver, &(struct bolt_session_config){.database = "db"}, &session, err));
    struct bolt_params *params = bolt_params_new();
    enum hm_status status = params ? HM_OK : hm_fail(err, HM_ENOMEM, "params");
    if (status == HM_OK) {
        bolt_put_int(params, "x", 300);
        status = bolt_run(session, "UNWIND $x AS n RETURN n", params, NULL, &result, err);
    }
    if (status == HM_OK) status = bolt_keys(result, &keys, &count, err);
    int64_t sum = 0;
    while (status == HM_OK && (status = bolt_next(result, &row, err)) == HM_OK && row)
        sum += row[0].as.integer;
    if (status == HM_OK) status = bolt_consume(result, &summary, err);
    if (status == HM_OK) {
        bookmarks = bolt_bookmarks(session, &count);
        if (sum != 606 || count != 1 || strcmp(bookmarks[0], "bm:1") != 0 ||
            summary->counters.nodes_created != 2 || strcmp(summary->query_type, "rw") != 0 ||
            summary->notification_count != 1 || summary->status_count != 2 ||
            strcmp(summary->statuses[0].gql_status, "01N42") != 0 ||
            summary->consumed_after_ms != 7)
            status = hm_fail(err, HM_ECONFLICT, "sum %d", (int)sum);
    }
    bolt_result_free(result);
    bolt_params_free(params);
    bolt_session_free(session);
    return status;
}

static enum hm_status failure_then_again(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_session *session;
    struct bolt_result *result;
    struct hm_error why = {0};
    int64_t sum, count;
    const struct bolt_value *row;
    HM_TRY(bolt_session_new(driver, NULL, &session, err));
    enum hm_status status = bolt_run(session, "oops", NULL, NULL, &result, err);
    if (status == HM_OK) {
        enum hm_status refused = bolt_next(result, &row, &why);
        const struct bolt_failure *failure = bolt_session_failure(session);
        bool as_told = refused == HM_ESERVER && failure && failure->cause &&
                       strcmp(why.code, "Neo.ClientError.Statement.SyntaxError") == 0 &&
                       strcmp(failure->gql_status, "42001") == 0 &&
                       strcmp(failure->cause->message, "inner") == 0 &&
                       bolt_next(result, &row, NULL) == HM_ESERVER; // and again
        bolt_result_free(result);
        if (!as_told) status = refused == HM_OK ? HM_ECONFLICT : refused;
        if (!as_told) hm_fail(err, status, "not the failure expected: %s", why.text);
    }
    if (status == HM_OK) status = bolt_run(session, "RETURN 1", NULL, NULL, &result, err);
    if (status == HM_OK) status = sum_rows(result, &sum, &count, err);
    bolt_session_free(session);
    return status;
}

/** Two results of one transaction read in turns, with peeks. */
static enum hm_status interleave(struct bolt_tx *tx, struct hm_error *err) {
    struct bolt_result *a = NULL, *b = NULL;
    const struct bolt_value *row;
    enum hm_status status = bolt_tx_run(tx, "A", NULL, &a, err);
    if (status == HM_OK) status = bolt_tx_run(tx, "B", NULL, &b, err);
    static const struct {
        int which;
        bool peek;
        int64_t expected; // -1: no row
    } steps[] = {{1, false, 20}, {0, true, 10},  {1, false, 21}, {0, false, 10}, {0, false, 11},
                 {0, false, 12}, {0, false, 13}, {1, true, -1},  {1, false, -1}, {0, false, -1}};
    for (size_t i = 0; status == HM_OK && i < sizeof steps / sizeof *steps; i++) {
        struct bolt_result *result = steps[i].which ? b : a;
        status = (steps[i].peek ? bolt_peek : bolt_next)(result, &row, err);
        if (status == HM_OK && (row ? row[0].as.integer : -1) != steps[i].expected)
            status = hm_fail(err, HM_ECONFLICT, "step %zu", i);
    }
    bolt_result_free(a);
    bolt_result_free(b);
    return status;
}

static enum hm_status explicit_tx(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_session *session;
    struct bolt_tx *tx = NULL;
    static const char *const bookmarks[] = {"a", "b"};
    HM_TRY(bolt_session_new(driver,
                            &(struct bolt_session_config){
                                .access = BOLT_READ, .bookmarks = bookmarks, .bookmark_count = 2},
                            &session, err));
    enum hm_status status =
        bolt_begin(session, &(struct bolt_tx_config){.timeout_ms = 1500}, &tx, err);
    if (status == HM_OK) status = interleave(tx, err);
    if (status == HM_OK) status = bolt_commit(tx, err);
    bolt_tx_free(tx);
    size_t count;
    const char *const *last = bolt_bookmarks(session, &count);
    if (status == HM_OK && (count != 1 || strcmp(last[0], "c") != 0))
        status = hm_fail(err, HM_ECONFLICT, "bookmark");
    bolt_session_free(session);
    return status;
}

/** The first of three pipelined queries fails; the others are ignored; the session goes on. */
static enum hm_status pipelined(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_session *session;
    struct bolt_result *results[3] = {0}, *last = NULL;
    const struct bolt_value *row;
    int64_t sum, count;
    HM_TRY(
        bolt_session_new(driver, &(struct bolt_session_config){.pipeline = true}, &session, err));
    enum hm_status status = HM_OK;
    for (int i = 0; i < 3 && status == HM_OK; i++)
        status = bolt_run(session, i ? "later" : "bad", NULL, NULL, &results[i], err);
    for (int i = 2; i >= 0 && status == HM_OK; i--) {
        struct hm_error why = {0};
        enum hm_status refused = bolt_next(results[i], &row, &why);
        if (refused != HM_ESERVER || strcmp(why.text, "no") != 0)
            status = hm_fail(err, refused == HM_OK ? HM_ECONFLICT : refused, "query %d: %s", i,
                             why.text);
    }
    if (status == HM_OK) status = bolt_run(session, "RETURN 1", NULL, NULL, &last, err);
    if (status == HM_OK) status = sum_rows(last, &sum, &count, err);
    for (int i = 0; i < 3; i++)
        bolt_result_free(results[i]);
    bolt_session_free(session);
    return status;
}

static int attempts;
static uint32_t attempt_ms; // how long an attempt takes

static enum hm_status count_work(struct bolt_tx *tx, void *context, struct hm_error *err) {
    struct bolt_result *result;
    int64_t *sum = context, count;
    attempts++;
    scenario_pass_ms(attempt_ms);
    HM_TRY(bolt_tx_run(tx, "W", NULL, &result, err));
    return sum_rows(result, sum, &count, err);
}

static enum hm_status transact(struct bolt_driver *driver, int expected_attempts,
                               uint32_t expected_sleep_ms, struct hm_error *err) {
    struct bolt_session *session;
    int64_t sum = 0;
    attempts = 0;
    HM_TRY(bolt_session_new(driver, NULL, &session, err));
    enum hm_status status = bolt_transact(session, BOLT_WRITE, NULL, count_work, &sum, err);
    bolt_session_free(session);
    HM_TRY(status);
    EXPECT(sum == 5 && attempts == expected_attempts && scenario_slept_ms() == expected_sleep_ms);
    return HM_OK;
}

static enum hm_status retried(struct bolt_driver *driver, struct hm_error *err) {
    return transact(driver, 3, 1000 + 2000, err);
}

/** An attempt that takes longer than max_retry_ms is tried again all the same. */
static enum hm_status retried_late(struct bolt_driver *driver, struct hm_error *err) {
    attempt_ms = 60000;
    enum hm_status status = transact(driver, 2, 1000, err);
    attempt_ms = 0;
    return status;
}

static enum hm_status reconnected(struct bolt_driver *driver, struct hm_error *err) {
    return transact(driver, 2, 1000, err);
}

/** COMMIT without an answer must not be tried again. */
static enum hm_status commit_lost(struct bolt_driver *driver, struct hm_error *err) {
    struct hm_error why = {0};
    enum hm_status status = transact(driver, 1, 0, &why);
    bool as_told =
        status == HM_EIO && strstr(why.text, "may or may not have been committed") && attempts == 1;
    if (as_told) return HM_OK;
    if (err) *err = why;
    return status == HM_OK ? HM_ECONFLICT : status;
}

static enum hm_status routed(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_session *session;
    struct bolt_result *result;
    int64_t sum = 0, count = 0;
    HM_TRY(bolt_session_new(driver, NULL, &session, err));
    enum hm_status status = bolt_run(session, "R", NULL, NULL, &result, err);
    if (status == HM_OK) status = sum_rows(result, &sum, &count, err);
    if (status == HM_OK && sum != 7) status = hm_fail(err, HM_ECONFLICT, "sum %d", (int)sum);
    bolt_session_free(session);
    return status;
}

/** The writer steps down in the middle: a new table, another writer. */
static enum hm_status leader_moves(struct bolt_driver *driver, struct hm_error *err) {
    return transact(driver, 2, 1000, err);
}

static enum hm_status verified(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_server server;
    HM_TRY(bolt_verify(driver, "db", &server, err));
    EXPECT(server.major == 4 && server.minor == 4 && strcmp(server.agent, "Neo4j/4.4.46") == 0);
    return HM_OK;
}

#define ROUTE_TO(writer)                                                                           \
    "S: SUCCESS {\"rt\": {\"ttl\": 300, \"db\": \"home\", \"servers\": [{\"addresses\": "          \
    "[\"a:1\"], \"role\": \"ROUTE\"}, "                                                            \
    "{\"addresses\": [\"a:1\"], \"role\": \"READ\"}, {\"addresses\": [\"" writer                   \
    "\"], \"role\": \"WRITE\"}]}}\n"

// A transaction whose first attempt meets a deadlock and whose second one is about to be committed.
#define DEADLOCK_THEN_COMMIT                                                                       \
    "BOLT 5.0\nC: HELLO *\nS: SUCCESS {\"server\": \"Neo4j/5.0.0\"}\n"                             \
    "C: BEGIN {}\nS: SUCCESS {}\nC: RUN \"W\" {} {}\nC: PULL {\"n\": 2}\n"                         \
    "S: FAILURE {\"code\": \"Neo.TransientError.Transaction.DeadlockDetected\", \"message\": "     \
    "\"no\"}\nS: IGNORED\n"                                                                        \
    "C: RESET\nS: SUCCESS {}\nC: BEGIN {}\nS: SUCCESS {}\nC: RUN \"W\" {} {}\nC: PULL {\"n\": "    \
    "2}\n"                                                                                         \
    "S: SUCCESS {\"fields\": [\"n\"], \"qid\": 0}\nS: RECORD [5]\nS: SUCCESS {}\nC: COMMIT\n"

static const struct scenario scenarios[] = {
    {"auto-commit",
     "bolt://a:1",
     auto_commit,
     {{"a:1",
       "BOLT 5.4\n" LOGIN "C: RUN \"UNWIND $x AS n RETURN n\" {\"x\": 300} {\"db\": \"db\"}\n"
       "C: PULL {\"n\": 2}\n"
       "S: SUCCESS {\"fields\": [\"n\"], \"t_first\": 5}\nS: <NOOP>\nS: RECORD [300]\nS: "
       "<NOOP>\nS: RECORD [1]\n"
       "S: SUCCESS {\"has_more\": true}\nC: PULL {\"n\": 2}\nS: RECORD [305]\n"
       "S: SUCCESS {\"type\": \"rw\", \"t_last\": 7, \"bookmark\": \"bm:1\", \"stats\": "
       "{\"nodes-created\": 2}, "
       "\"notifications\": [{\"code\": \"Neo.X\", \"title\": \"t\", \"description\": \"d\", "
       "\"severity\": \"WARNING\", "
       "\"category\": \"HINT\", \"position\": {\"offset\": 1, \"line\": 1, \"column\": 2}}]}\n"}}},
    {"failure, RESET, again",
     "bolt://a:1",
     failure_then_again,
     {{"a:1", "MANIFEST 4.4-4.0 5.8-5.6\n" LOGIN "C: RUN \"oops\" {} {}\nC: PULL {\"n\": 2}\n"
              "S: FAILURE {\"neo4j_code\": \"Neo.ClientError.Statement.SyntaxError\", \"message\": "
              "\"outer\", "
              "\"gql_status\": \"42001\", \"description\": \"d\", \"diagnostic_record\": "
              "{\"_classification\": "
              "\"CLIENT_ERROR\"}, \"cause\": {\"message\": \"inner\", \"gql_status\": \"42N01\", "
              "\"description\": \"e\"}}\n"
              "S: IGNORED\nC: RESET\nS: SUCCESS {}\nC: RUN \"RETURN 1\" {} {}\nC: PULL {\"n\": 2}\n"
              "S: SUCCESS {\"fields\": [\"n\"]}\nS: RECORD [1]\nS: SUCCESS {}\n"}}},
    {"explicit transaction, two results in turns",
     "bolt://a:1",
     explicit_tx,
     {{"a:1",
       "MANIFEST 6.1-6.0 5.8-5.0\n" LOGIN "C: BEGIN {\"bookmarks\": [\"a\", \"b\"], "
       "\"tx_timeout\": 1500, \"mode\": \"r\"}\nS: SUCCESS {}\n"
       "C: RUN \"A\" {} {}\nC: PULL {\"n\": 2}\nC: RUN \"B\" {} {}\nC: PULL {\"n\": 2}\n"
       "S: SUCCESS {\"fields\": [\"n\"], \"qid\": 0}\nS: RECORD [10]\nS: RECORD [11]\nS: SUCCESS "
       "{\"has_more\": true}\n"
       "S: SUCCESS {\"fields\": [\"n\"], \"qid\": 1}\nS: RECORD [20]\nS: RECORD [21]\nS: SUCCESS "
       "{\"has_more\": true}\n"
       "C: PULL {\"n\": 2, \"qid\": 0}\nS: RECORD [12]\nS: RECORD [13]\nS: SUCCESS {\"has_more\": "
       "false}\n"
       "C: PULL {\"n\": 2}\nS: SUCCESS {}\nC: COMMIT\nS: SUCCESS {\"bookmark\": \"c\"}\n"}}},
    {"pipelined, the first fails",
     "bolt://a:1",
     pipelined,
     {{"a:1",
       "BOLT 5.1\n" LOGIN
       "C: RUN \"bad\" {} {}\nC: PULL {\"n\": 2}\nC: RUN \"later\" {} {}\nC: PULL {\"n\": 2}\n"
       "C: RUN \"later\" {} {}\nC: PULL {\"n\": 2}\nS: FAILURE {\"code\": \"Neo.ClientError.X.Y\", "
       "\"message\": \"no\"}\n"
       "S: IGNORED\nS: IGNORED\nS: IGNORED\nS: IGNORED\nS: IGNORED\nC: RESET\nS: SUCCESS {}\n"
       "C: RUN \"RETURN 1\" {} {}\nC: PULL {\"n\": 2}\nS: SUCCESS {\"fields\": [\"n\"]}\nS: "
       "SUCCESS {}\n"}}},
    {"transient failures are tried again",
     "bolt://a:1",
     retried,
     {{"a:1", DEADLOCK_THEN_COMMIT
       "S: FAILURE {\"code\": \"Neo.TransientError.Database.DatabaseUnavailable\", \"message\": "
       "\"no\"}\n"
       "C: RESET\nS: SUCCESS {}\nC: BEGIN {}\nS: SUCCESS {}\nC: RUN \"W\" {} {}\nC: PULL {\"n\": "
       "2}\n"
       "S: SUCCESS {\"fields\": [\"n\"], \"qid\": 0}\nS: RECORD [5]\nS: SUCCESS {}\nC: COMMIT\nS: "
       "SUCCESS {}\n"}}},
    {"a transient failure after a long attempt",
     "bolt://a:1",
     retried_late,
     {{"a:1", DEADLOCK_THEN_COMMIT "S: SUCCESS {}\n"}}},
    {"a lost connection is replaced",
     "bolt://a:1",
     reconnected,
     {{"a:1", "BOLT 4.3\nC: HELLO *\nS: SUCCESS {\"server\": \"Neo4j/4.3.0\"}\nC: BEGIN {}\nS: "
              "SUCCESS {}\n"
              "C: RUN \"W\" {} {}\nC: PULL {\"n\": 2}\nS: SUCCESS {\"fields\": [\"n\"]}\nS: RECORD "
              "[5]\nS: <EXIT>\n--\n"
              "BOLT 4.3\nC: HELLO *\nS: SUCCESS {\"server\": \"Neo4j/4.3.0\"}\nC: BEGIN {}\nS: "
              "SUCCESS {}\n"
              "C: RUN \"W\" {} {}\nC: PULL {\"n\": 2}\nS: SUCCESS {\"fields\": [\"n\"]}\nS: RECORD "
              "[5]\nS: SUCCESS {}\n"
              "C: COMMIT\nS: SUCCESS {\"bookmark\": \"x\"}\n"}}},
    {"a COMMIT without an answer is not tried again",
     "bolt://a:1",
     commit_lost,
     {{"a:1",
       "BOLT 5.4\n" LOGIN "C: BEGIN {}\nS: SUCCESS {}\nC: RUN \"W\" {} {}\nC: PULL {\"n\": 2}\n"
       "S: SUCCESS {\"fields\": [\"n\"]}\nS: RECORD [5]\nS: SUCCESS {}\nC: COMMIT\nS: <EXIT>\n"}}},
    {"routing: home database, then its writer",
     "neo4j://a:1?region=north",
     routed,
     {{"a:1", "BOLT 5.4\n" LOGIN
              "C: ROUTE {\"address\": \"a:1\", \"region\": \"north\"} [] {}\n" ROUTE_TO("b:2")},
      {"b:2",
       "BOLT 5.4\n" LOGIN
       "C: RUN \"R\" {} {\"db\": \"home\"}\nC: PULL {\"n\": 2}\nS: SUCCESS {\"fields\": [\"n\"]}\n"
       "S: RECORD [7]\nS: SUCCESS {}\n"}}},
    {"routing: the leader moves",
     "neo4j://a:1",
     leader_moves,
     {{"a:1", "BOLT 5.4\n" LOGIN "C: ROUTE {\"address\": \"a:1\"} [] {}\n" ROUTE_TO(
                  "b:2") "C: ROUTE {\"address\": \"a:1\"} [] {\"db\": \"home\"}\n" ROUTE_TO("c:3")},
      {"b:2", "BOLT 5.4\n" LOGIN
              "C: BEGIN {\"db\": \"home\"}\nS: SUCCESS {}\nC: RUN \"W\" {} {}\nC: PULL {\"n\": 2}\n"
              "S: FAILURE {\"code\": \"Neo.ClientError.Cluster.NotALeader\", \"message\": "
              "\"no\"}\nS: IGNORED\n"
              "C: RESET\nS: SUCCESS {}\n"},
      {"c:3", "BOLT 5.4\n" LOGIN
              "C: BEGIN {\"db\": \"home\"}\nS: SUCCESS {}\nC: RUN \"W\" {} {}\nC: PULL {\"n\": 2}\n"
              "S: SUCCESS {\"fields\": [\"n\"]}\nS: RECORD [5]\nS: SUCCESS {}\nC: COMMIT\nS: "
              "SUCCESS {}\n"}}},
    {"the last writer is lost: known routers are asked first",
     "neo4j://a:1",
     leader_moves,
     {{"a:1", "BOLT 5.4\n" LOGIN "C: ROUTE {\"address\": \"a:1\"} [] {}\n"
              "S: SUCCESS {\"rt\": {\"ttl\": 300, \"db\": \"home\", \"servers\": [{\"addresses\": "
              "[\"d:4\"], \"role\": \"ROUTE\"}, {\"addresses\": [\"d:4\"], \"role\": \"READ\"}, "
              "{\"addresses\": [\"b:2\"], \"role\": \"WRITE\"}]}}\n"},
      {"b:2", "BOLT 5.4\n" LOGIN
              "C: BEGIN {\"db\": \"home\"}\nS: SUCCESS {}\nC: RUN \"W\" {} {}\nC: PULL {\"n\": 2}\n"
              "S: FAILURE {\"code\": \"Neo.TransientError.General.DatabaseUnavailable\", "
              "\"message\": \"no\"}\nS: IGNORED\nC: RESET\nS: SUCCESS {}\n"},
      {"d:4", "BOLT 5.4\n" LOGIN
              "C: ROUTE {\"address\": \"a:1\"} [] {\"db\": \"home\"}\n" ROUTE_TO("c:3")},
      {"c:3", "BOLT 5.4\n" LOGIN
              "C: BEGIN {\"db\": \"home\"}\nS: SUCCESS {}\nC: RUN \"W\" {} {}\nC: PULL {\"n\": 2}\n"
              "S: SUCCESS {\"fields\": [\"n\"]}\nS: RECORD [5]\nS: SUCCESS {}\nC: COMMIT\nS: "
              "SUCCESS {}\n"}}},
    {"routing: before Bolt 4.3 by a procedure",
     "neo4j://a:1",
     routed,
     {{"a:1", "BOLT 4.1\nC: HELLO *\nS: SUCCESS {\"server\": \"Neo4j/4.1.0\"}\n"
              "C: RUN \"CALL dbms.routing.getRoutingTable($context)\" {\"context\": {\"address\": "
              "\"a:1\"}} "
              "{\"mode\": \"r\", \"db\": \"system\"}\nC: PULL {\"n\": -1}\nS: SUCCESS {\"fields\": "
              "[\"ttl\", \"servers\"]}\n"
              "S: RECORD [1000, [{\"addresses\": [\"a:1\"], \"role\": \"ROUTE\"}, {\"addresses\": "
              "[\"a:1\"], \"role\": \"READ\"},"
              " {\"addresses\": [\"a:1\"], \"role\": \"WRITE\"}]]\nS: SUCCESS {}\n"
              "C: RUN \"R\" {} {}\nC: PULL {\"n\": 2}\nS: SUCCESS {\"fields\": [\"n\"]}\nS: RECORD "
              "[7]\nS: SUCCESS {}\n"}}},
    {"routing: a single server advertises an address of its own",
     "neo4j://a:1",
     routed,
     {{"a:1", "BOLT 5.4\n" LOGIN "C: ROUTE {\"address\": \"a:1\"} [] {}\n"
              "S: SUCCESS {\"rt\": {\"ttl\": 300, \"db\": \"home\", \"servers\": [{\"addresses\": "
              "[\"x:9\"], \"role\": \"ROUTE\"}, "
              "{\"addresses\": [\"x:9\"], \"role\": \"READ\"}, {\"addresses\": [\"x:9\"], "
              "\"role\": \"WRITE\"}]}}\n"
              "C: RUN \"R\" {} {\"db\": \"home\"}\nC: PULL {\"n\": 2}\nS: SUCCESS {\"fields\": "
              "[\"n\"]}\nS: RECORD [7]\n"
              "S: SUCCESS {}\n"}}},
    {"routing: verify",
     "neo4j://a:1",
     verified,
     {{"a:1", "BOLT 4.4\nC: HELLO *\nS: SUCCESS {\"server\": \"Neo4j/4.4.46\", \"patch_bolt\": "
              "[\"utc\"]}\n"
              "C: ROUTE {\"address\": \"a:1\"} [] {\"db\": \"db\"}\n" ROUTE_TO(
                  "c:3") "C: RESET\nS: SUCCESS {}\n"}}},
};
enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

START_TEST(plays) {
    const struct scenario *scenario = &scenarios[_i];
    static const size_t grains[] = {0, 1, 7};
    for (size_t i = 0; i < sizeof grains / sizeof *grains; i++) {
        struct outcome outcome = scenario_play(scenario, grains[i], SIZE_MAX, -1);
        ck_assert_msg(outcome.status == HM_OK, "%s, %zu bytes at a time: %s; %s", scenario->name,
                      grains[i], outcome.err.text, outcome.complaint);
        ck_assert_msg(outcome.done, "%s: %s", scenario->name, outcome.complaint);
    }
}
END_TEST

START_TEST(cut_anywhere_it_ends_with_a_status) {
    const struct scenario *scenario = &scenarios[_i];
    size_t total = scenario_play(scenario, 0, SIZE_MAX, -1).delivered, failed = 0;
    for (size_t cut = 0; cut < total; cut++) {
        struct outcome outcome = scenario_play(scenario, 0, cut, -1);
        failed += outcome.status != HM_OK;
        ck_assert_msg(outcome.status != HM_ECONFLICT, "%s cut at %zu: %s", scenario->name, cut,
                      outcome.err.text);
        ck_assert_msg(outcome.status == HM_OK || outcome.err.text[0], "%s cut at %zu: no text",
                      scenario->name, cut);
    }
    ck_assert_msg(failed > total / 2, "%s: only %zu of %zu cuts were noticed", scenario->name,
                  failed, total);
}
END_TEST

START_TEST(every_allocation_may_fail) {
    const struct scenario *scenario = &scenarios[_i];
    long n = 0, failed = 0;
    for (;; n++) {
        ck_assert_msg(n < 5000, "%s: no end of allocations", scenario->name);
        struct outcome outcome = scenario_play(scenario, 0, SIZE_MAX, n);
        failed += outcome.status != HM_OK;
        if (outcome.status == HM_OK && outcome.done && n > 200) break; // beyond the last allocation
    }
    ck_assert_msg(failed > 10, "%s: only %ld failures", scenario->name, failed);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("bolt/dialogue");
    TCase *test_case = tcase_create("dialogue");
    tcase_add_loop_test(test_case, plays, 0, SCENARIOS);
    tcase_add_loop_test(test_case, cut_anywhere_it_ends_with_a_status, 0, SCENARIOS);
    tcase_add_loop_test(test_case, every_allocation_may_fail, 0, SCENARIOS);
    suite_add_tcase(suite, test_case);
    return suite_run(suite, 0);
}
