// SPDX-License-Identifier: MIT
// Every value that a server says in recorded conversations is replaced by a value of every other
// type, one at a time: the client ends with a status, never with a crash, and never waits for what
// does not come. A value that the client can do without may be passed over.

#include "scenario.h"

#include <stdlib.h>

static const char *const replacements[] = {
    "null",
    "true",
    "1",
    "-9223372036854775808",
    "1.5",
    "\"text\"",
    "\"\"",
    "[]",
    "[1]",
    "[1.5, 2.5]" /* stays packed */,
    "[\"a\"]",
    "[{}]",
    "{}",
    "{\"a\": 1}",
    "(4E 1 [\"L\"] {} \"id\")",
    "(44 1)",
    "(7F 1)",
};
enum { REPLACEMENTS = sizeof replacements / sizeof *replacements };

/** Read everything there is to read of a result. */
static void read_all(struct bolt_result *result) {
    const char *const *keys;
    const struct bolt_value *row;
    const struct bolt_summary *summary;
    size_t count;
    float numbers[4];
    if (bolt_keys(result, &keys, &count, NULL) != HM_OK) count = 0;
    while (bolt_next(result, &row, NULL) == HM_OK && row)
        for (size_t i = 0; i < count; i++)
            if (bolt_to_f32(&row[i], numbers, 4, NULL) == HM_OK) ck_assert_uint_lt(i, count);
    if (bolt_consume(result, &summary, NULL) == HM_OK && summary->plan)
        ck_assert_int_eq(summary->plan->type, BOLT_MAP);
    bolt_result_free(result);
}

/** Auto-commit, a failure, a transaction: whatever fails, the next is tried. */
static enum hm_status talk(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_session *session;
    struct bolt_result *result;
    struct bolt_tx *tx;
    size_t count;
    HM_TRY(bolt_session_new(driver, NULL, &session, err));
    if (bolt_run(session, "A", NULL, NULL, &result, NULL) == HM_OK) read_all(result);
    if (bolt_run(session, "B", NULL, NULL, &result, NULL) == HM_OK) read_all(result);
    const struct bolt_failure *failure = bolt_session_failure(session);
    for (; failure; failure = failure->cause)
        ck_assert(failure->code && failure->message && failure->description);
    if (bolt_begin(session, NULL, &tx, NULL) == HM_OK) {
        if (bolt_tx_run(tx, "C", NULL, &result, NULL) == HM_OK) read_all(result);
        if (bolt_commit(tx, NULL) == HM_OK)
            for (const char *const *b = bolt_bookmarks(session, &count); count > 0; count--)
                ck_assert_ptr_nonnull(b[count - 1]);
        bolt_tx_free(tx);
    }
    bolt_session_free(session);
    return HM_OK;
}

#define TALK(home)                                                                                 \
    "C: RUN \"A\" {} {*\nC: PULL {\"n\": 2}\n"                                                     \
    "S: SUCCESS {\"fields\": [\"n\", \"m\"], \"t_first\": 5, \"qid\": 0" home "}\n"                \
    "S: RECORD [300, [1.5, 2.5]]\nS: SUCCESS {\"has_more\": true}\nC: PULL {\"n\": 2}\n"           \
    "S: RECORD [(4E 1 [\"L\"] {\"k\": 1} \"id\"), (44 1)]\n"                                       \
    "S: SUCCESS {\"type\": \"rw\", \"t_last\": 7, \"bookmark\": \"bm:1\", \"db\": \"home\", "      \
    "\"has_more\": false, \"stats\": {\"nodes-created\": 2, \"contains-updates\": true}, "         \
    "\"plan\": {\"operatorType\": \"X\", \"args\": {}, \"children\": []}, "                        \
    "\"statuses\": [{\"gql_status\": \"01N42\", \"status_description\": \"s\", \"description\": "  \
    "\"d\", \"neo4j_code\": \"Neo.X\", \"title\": \"t\", \"diagnostic_record\": {\"_severity\": "  \
    "\"WARNING\", \"_classification\": \"HINT\", \"_position\": {\"offset\": 1, \"line\": 1, "     \
    "\"column\": 2}}}], \"notifications\": [{\"code\": \"Neo.X\", \"severity\": \"WARNING\", "     \
    "\"position\": {\"offset\": 1}}]}\n"                                                           \
    "C: RUN \"B\" {} {*\nC: PULL {\"n\": 2}\n"                                                     \
    "S: FAILURE {\"neo4j_code\": \"Neo.ClientError.X.Y\", \"message\": \"outer\", "                \
    "\"gql_status\": \"42001\", \"description\": \"d\", \"diagnostic_record\": "                   \
    "{\"_classification\": \"CLIENT_ERROR\", \"OPERATION\": \"\"}, \"cause\": {\"message\": "      \
    "\"inner\", \"gql_status\": \"42N01\", \"description\": \"e\"}}\n"                             \
    "S: IGNORED\nC: RESET\nS: SUCCESS {}\nC: BEGIN {*\nS: SUCCESS {\"advertised_address\": 1" home \
    "}\n"                                                                                          \
    "C: RUN \"C\" {} {}\nC: PULL {\"n\": 2}\n"                                                     \
    "S: SUCCESS {\"fields\": [\"n\"], \"qid\": 0}\nS: RECORD [5]\nS: SUCCESS {\"notifications\": " \
    "[{\"code\": \"Neo.X\", \"title\": \"t\", \"description\": \"d\", \"severity\": \"WARNING\", " \
    "\"category\": \"HINT\", \"position\": {\"offset\": 1}}]}\n"                                   \
    "C: COMMIT\nS: SUCCESS {\"bookmark\": \"bm:2\"}\n"
#define SHORT                                                                                      \
    "C: RUN \"A\" {} {*\nC: PULL {\"n\": 2}\nS: SUCCESS {\"fields\": [\"n\"], \"t_first\": 5}\n"   \
    "S: RECORD [300]\nS: SUCCESS {\"type\": \"r\"}\n"
#define DATABASE ", \"db\": \"home\""
#define HELLO                                                                                      \
    "C: HELLO *\nC: LOGON *\nS: SUCCESS {\"server\": \"Neo4j/5.26.0\", \"connection_id\": "        \
    "\"bolt-1\", \"hints\": {\"connection.recv_timeout_seconds\": 90}, \"patch_bolt\": "           \
    "[\"utc\"]}\nS: SUCCESS {}\n"
#define TABLE                                                                                      \
    "{\"ttl\": 300, \"db\": \"home\", \"servers\": [{\"addresses\": [\"a:1\"], \"role\": "         \
    "\"ROUTE\"}, {\"addresses\": [\"a:1\"], \"role\": \"READ\"}, {\"addresses\": [\"a:1\"], "      \
    "\"role\": \"WRITE\"}]}"

static enum hm_status talk_a_little(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_session *session;
    struct bolt_result *result;
    HM_TRY(bolt_session_new(driver, NULL, &session, err));
    if (bolt_run(session, "A", NULL, NULL, &result, NULL) == HM_OK) read_all(result);
    bolt_session_free(session);
    return HM_OK;
}

static const struct scenario recorded[] = {
    {"direct", "bolt://a:1", talk, {{"a:1", "BOLT 5.8\n" HELLO TALK(DATABASE)}}},
    {"routed",
     "neo4j://a:1",
     talk,
     {{"a:1", "BOLT 5.7\n" HELLO "C: ROUTE *\nS: SUCCESS {\"rt\": " TABLE "}\n" TALK(DATABASE)}}},
    {"routed, before Bolt 4.3",
     "neo4j://a:1",
     talk_a_little,
     {{"a:1", "BOLT 4.2\nC: HELLO *\nS: SUCCESS {\"server\": \"Neo4j/4.2.0\"}\nC: RUN \"CALL *\n"
              "C: PULL {\"n\": -1}\nS: SUCCESS {\"fields\": [\"ttl\", \"servers\"]}\n"
              "S: RECORD [300, [{\"addresses\": [\"a:1\"], \"role\": \"ROUTE\"}, {\"addresses\": "
              "[\"a:1\"], \"role\": \"READ\"}, {\"addresses\": [\"a:1\"], \"role\": \"WRITE\"}]]\n"
              "S: SUCCESS {}\n" SHORT}}},
};
enum { RECORDED = sizeof recorded / sizeof *recorded };

/** The end of the value at text, in notation. */
static const char *value_end(const char *text) {
    int depth = 0;
    for (const char *p = text;; p++) {
        if (*p == '"') p = strchr(p + 1, '"');
        if (strchr("[{(", *p)) depth++;
        if (strchr("]})", *p)) depth--;
        if (depth == 0 && (p[1] == '\n' || strchr(",:)]} ", p[1]))) return p + 1;
    }
}

/** The value behind `text` on the same line, NULL: there is none. Keys of maps are none. */
static const char *next_value(const char *text) {
    while (*text != '\n' && strchr(",:)]} ", *text))
        text++;
    if (*text == '\n') return NULL;
    return text;
}

static void play_with(const struct scenario *scenario, const char *at, const char *end,
                      const char *replacement) {
    const char *script = scenario->servers[0].script;
    size_t size = strlen(script) + strlen(replacement) + 1;
    char *changed = malloc(size);
    ck_assert_ptr_nonnull(changed);
    snprintf(changed, size, "%.*s%s%s", (int)(at - script), script, replacement, end);
    struct scenario other = *scenario;
    other.servers[0].script = changed;
    scenario_play(&other, 0, SIZE_MAX, -1);
    free(changed);
}

/** Every value of one line, from the message's field inwards. */
static size_t replace_values(const struct scenario *scenario, const char *line) {
    size_t count = 0;
    const char *at = strchr(line, ' ') + 1; // behind "S:"
    at += strcspn(at, " \n");
    while ((at = next_value(at))) {
        const char *end = value_end(at);
        bool structure = *at == '(', name = *at == '"' && *end == ':';
        for (size_t i = 0; !name && i < REPLACEMENTS; i++, count++)
            play_with(scenario, at, end, replacements[i]);
        if (structure) // its fields: decode.c's shapes, check_packstream.c
            at = end;
        else
            at = strchr("[{", *at) ? at + 1 : end;
    }
    return count;
}

START_TEST(as_recorded) {
    struct outcome outcome = scenario_play(&recorded[_i], 0, SIZE_MAX, -1);
    ck_assert_msg(outcome.status == HM_OK && outcome.done, "%s: %s %s", recorded[_i].name,
                  outcome.err.text, outcome.complaint);
}
END_TEST

START_TEST(every_value_of_every_other_type) {
    size_t count = 0;
    for (const char *line = recorded[_i].servers[0].script; *line; line = strchr(line, '\n') + 1)
        if (line[0] == 'S' && strncmp(line, "S: IGNORED", 10) != 0)
            count += replace_values(&recorded[_i], line);
    ck_assert_uint_gt(count, 200);
}
END_TEST

/* ---- what is an error, and not passed over ---- */

static const struct {
    const char *answers, *text;
} wrong[] = {
    {"S: SUCCESS [1]\n", "the metadata of SUCCESS are no map"},
    {"S: SUCCESS null\n", "the metadata of SUCCESS are no map"},
    {"S: FAILURE \"no\"\n", "the metadata of FAILURE are no map"},
    {"S: SUCCESS {\"fields\": 1}\n", "its fields are no list"},
    {"S: SUCCESS {\"fields\": [1]}\n", "a field has no name"},
    {"S: SUCCESS {\"fields\": [\"n\"], \"qid\": \"0\"}\n", "qid is no INTEGER"},
    {"S: SUCCESS {\"fields\": [\"n\"]}\nS: RECORD {\"n\": 1}\n", "a row is no list"},
    {"S: SUCCESS {\"fields\": [\"n\"]}\nS: RECORD [1, 2]\n", "malformed row"},
    {"S: SUCCESS {\"fields\": [\"n\"]}\nS: SUCCESS {\"has_more\": 1}\n", "has_more is no BOOLEAN"},
    {"S: SUCCESS {\"fields\": [\"n\"]}\nS: SUCCESS 7\n", "the metadata of SUCCESS are no map"},
    {"S: IGNORED\nS: SUCCESS {}\n", "ignored RUN, but not its PULL"},
};

static enum hm_status one_query(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_session *session;
    struct bolt_result *result;
    int64_t sum, count;
    HM_TRY(bolt_session_new(driver, NULL, &session, err));
    enum hm_status status = bolt_run(session, "Q", NULL, NULL, &result, err);
    if (status == HM_OK) status = sum_rows(result, &sum, &count, err);
    bolt_session_free(session);
    return status;
}

START_TEST(wrong_shapes_are_errors) {
    char script[1024];
    snprintf(script, sizeof script, "BOLT 5.4\n" LOGIN "C: RUN \"Q\" {} {}\nC: PULL {\"n\": 2}\n%s",
             wrong[_i].answers);
    struct scenario scenario = {"wrong", "bolt://a:1", one_query, {{"a:1", script}}};
    struct outcome outcome = scenario_play(&scenario, 0, SIZE_MAX, -1);
    ck_assert_msg(outcome.status == HM_EPROTO && strstr(outcome.err.text, wrong[_i].text),
                  "%s: %s: %s", wrong[_i].answers, hm_status_name(outcome.status),
                  outcome.err.text);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("bolt/shapes");
    TCase *test_case = tcase_create("shapes");
    tcase_set_timeout(test_case, 60);
    tcase_add_loop_test(test_case, as_recorded, 0, RECORDED);
    tcase_add_loop_test(test_case, every_value_of_every_other_type, 0, RECORDED);
    tcase_add_loop_test(test_case, wrong_shapes_are_errors, 0, sizeof wrong / sizeof *wrong);
    suite_add_tcase(suite, test_case);
    return suite_run(suite, 0);
}
