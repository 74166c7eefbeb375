// SPDX-License-Identifier: MIT
// What the client says to each Bolt version, to strangers and at login, and what it makes of
// answers that are old, odd or hostile. Scenarios of the Neo4j drivers' test kit that once failed
// are here too, in words of our own.

#include "scenario.h"

/* ---- what each version says ---- */

static enum hm_status one_query(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_session *session;
    struct bolt_result *result;
    int64_t sum, count;
    struct bolt_params *params = bolt_params_new();
    HM_TRY(bolt_session_new(driver, NULL, &session, err));
    struct bolt_date_time_view moment = {
        .seconds = 4500, .offset_seconds = 3600, .has_offset = true};
    bolt_put_date_time(params, "t", &moment);
    enum hm_status status = bolt_run(session, "Q", params, NULL, &result, err);
    if (status == HM_OK) status = sum_rows(result, &sum, &count, err);
    bolt_params_free(params);
    bolt_session_free(session);
    return status;
}

static const struct {
    const char *version;
    bool logon, agent, utc;
    const char *patch; // what the server answers about it
} versions[] = {
    {"4.1", false, false, false, ""}, {"4.2", false, false, false, ""},
    {"4.3", false, false, false, ""}, {"4.3", false, false, true, ", \"patch_bolt\": [\"utc\"]"},
    {"4.4", false, false, false, ""}, {"4.4", false, false, true, ", \"patch_bolt\": [\"utc\"]"},
    {"5.0", false, false, true, ""},  {"5.1", true, false, true, ""},
    {"5.2", true, false, true, ""},   {"5.3", true, true, true, ""},
    {"5.4", true, true, true, ""},    {"5.6", true, true, true, ""},
    {"5.7", true, true, true, ""},    {"5.8", true, true, true, ""},
};

START_TEST(each_version_is_spoken) {
    char script[2048];
    const char *login = versions[_i].logon ? "C: LOGON {\"scheme\": \"basic\", \"principal\": "
                                             "\"neo4j\", \"credentials\": \"pass\"}\n"
                                             "S: SUCCESS {\"server\": \"Neo4j/x\"}\nS: SUCCESS {}\n"
                                           : "S: SUCCESS {\"server\": \"Neo4j/x\"%s}\n";
    int length = snprintf(script, sizeof script, "BOLT %s\nC: HELLO {\"user_agent\": \"hmrec/*\n",
                          versions[_i].version);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    length += snprintf(script + length, sizeof script - (size_t)length, login, versions[_i].patch);
#pragma GCC diagnostic pop
    snprintf(script + length, sizeof script - (size_t)length,
             "C: RUN \"Q\" {\"t\": (%s %d 0 3600)} {}\nC: PULL {\"n\": 2}\nS: SUCCESS {\"fields\": "
             "[\"n\"]}\nS: SUCCESS {}\n",
             versions[_i].utc ? "49" : "46", versions[_i].utc ? 4500 : 8100);
    struct scenario scenario = {versions[_i].version, "bolt://a:1", one_query, {{"a:1", script}}};
    struct outcome outcome = scenario_play(&scenario, 0, SIZE_MAX, -1);
    ck_assert_msg(outcome.status == HM_OK, "%s: %s %s", versions[_i].version, outcome.err.text,
                  outcome.complaint);
    ck_assert_msg(outcome.done, "%s: %s", versions[_i].version, outcome.complaint);
}
END_TEST

/* ---- who else may answer ---- */

static const struct {
    const char *script;
    enum hm_status status;
    const char *text;
} strangers[] = {
    {"S: <RAW 48 54 54 50 2f 31 2e 31>\n", HM_EPROTO, "HTTP server"},
    {"S: <RAW 15 03 03 00 02 02 46>\n", HM_EPROTO, "bolt+s"},
    {"S: <RAW 00 00 00 00>\nS: <EXIT>\n", HM_EUNSUPPORTED, "none of Bolt 4.1"},
    {"S: <RAW 00 00 09 09>\n", HM_EPROTO, "00 00 09 09"},
    {"S: <EXIT>\n", HM_EPROTO, "closed during the handshake"},
    {"MANIFEST 9.3-9.0 1.0\n", HM_EUNSUPPORTED, "none of Bolt 4.1"},
    {"S: <RAW 00 00 01 ff ff ff ff ff ff ff ff ff ff ff 01>\n", HM_EPROTO, "64 bits"},
    {"S: <RAW 00 00 01 ff ff 01>\n", HM_EPROTO, "offers 255 version ranges"},
    {"BOLT 5.4\nC: HELLO *\nC: LOGON *\nS: SUCCESS {\"server\": \"AgentSmith/1\"}\n", HM_EPROTO,
     "the server is \"AgentSmith/1\""},
    {"BOLT 5.4\nC: HELLO *\nC: LOGON *\nS: RECORD [1]\n", HM_EPROTO, "a row came"},
    {"BOLT 5.4\nC: HELLO *\nC: LOGON *\nS: <RAW 00 02 b1 55 00 00>\n", HM_EPROTO, "tag 55"},
    {"BOLT 5.4\nC: HELLO *\nC: LOGON *\nS: SUCCESS {}\n"
     "S: FAILURE {\"code\": \"Neo.ClientError.Security.Unauthorized\", \"message\": "
     "\"wrong\\npassword\"}\nS: <EXIT>\n",
     HM_ESERVER, "wrong"},
};

START_TEST(strangers_are_named) {
    struct scenario scenario = {
        "stranger", "bolt://a:1", one_query, {{"a:1", strangers[_i].script}}};
    struct outcome outcome = scenario_play(&scenario, 0, SIZE_MAX, -1);
    ck_assert_msg(outcome.status == strangers[_i].status, "%d: %d %s %s", _i, (int)outcome.status,
                  outcome.err.text, outcome.complaint);
    ck_assert_msg(strstr(outcome.err.text, strangers[_i].text) &&
                      strstr(outcome.err.text, "a:1") == outcome.err.text,
                  "%d: %s", _i, outcome.err.text);
}
END_TEST

/* ---- what a login says ---- */

static const struct {
    struct bolt_auth auth;
    const char *said;
} logins[] = {
    {{.scheme = NULL}, "{\"scheme\": \"none\"}"},
    {{.scheme = "basic", .principal = "", .credentials = "", .realm = ""},
     "{\"scheme\": \"basic\", \"principal\": \"\", \"credentials\": \"\"}"},
    {{.scheme = "bearer", .credentials = "token", .realm = "here"},
     "{\"scheme\": \"bearer\", \"credentials\": \"token\", \"realm\": \"here\"}"},
    {{.scheme = "kerberos", .credentials = "ticket"},
     "{\"scheme\": \"kerberos\", \"principal\": \"\", \"credentials\": \"ticket\"}"},
    {{.scheme = "own", .principal = "", .credentials = "", .realm = ""},
     "{\"scheme\": \"own\", \"principal\": \"\"}"},
};

enum { LOGINS = sizeof logins / sizeof *logins };

static enum hm_status log_in_as(struct bolt_driver *driver, struct hm_error *err) {
    for (size_t i = 0; i < LOGINS; i++) {
        bool accepted;
        HM_TRY(bolt_verify_auth(driver, &logins[i].auth, &accepted, err));
        EXPECT(accepted);
    }
    bool accepted; // the same once more, which must not be believed without asking
    HM_TRY(bolt_verify_auth(driver, &logins[LOGINS - 1].auth, &accepted, err));
    EXPECT(!accepted);
    return HM_OK;
}

START_TEST(a_login_says_what_is_needed) {
    char script[2048] = "";
    size_t length = 0;
    for (size_t i = 0; i < LOGINS; i++)
        length += (size_t)snprintf(script + length, sizeof script - length,
                                   i ? "C: LOGOFF\nC: LOGON %s\nS: SUCCESS {}\nS: SUCCESS {}\n"
                                     : "BOLT 5.4\nC: HELLO *\nC: LOGON %s\nS: SUCCESS "
                                       "{\"server\": \"Neo4j/x\"}\nS: SUCCESS {}\n",
                                   logins[i].said);
    snprintf(script + length, sizeof script - length,
             "C: LOGOFF\nC: LOGON %s\nS: SUCCESS {}\nS: FAILURE {\"code\": "
             "\"Neo.ClientError.Security.Unauthorized\", \"message\": \"changed\"}\n",
             logins[LOGINS - 1].said);
    struct scenario scenario = {"logins", "bolt://a:1", log_in_as, {{"a:1", script}}};
    struct outcome outcome = scenario_play(&scenario, 0, SIZE_MAX, -1);
    ck_assert_msg(outcome.status == HM_OK && outcome.done, "%s %s", outcome.err.text,
                  outcome.complaint);
}
END_TEST

/* ---- failures and summaries of old and odd servers ---- */

/** A new connection needs no RESET, one from the pool does. */
static enum hm_status verified_twice(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_server server;
    HM_TRY(bolt_verify(driver, NULL, &server, err));
    return bolt_verify(driver, NULL, &server, err);
}

/** One query as the driver's user, one as another, who is refused. */
static enum hm_status other_user(struct bolt_driver *driver, struct hm_error *err) {
    static const struct bolt_auth other = {"basic", "else", "guess", NULL, NULL};
    const struct bolt_session_config configs[] = {{.auth = NULL}, {.auth = &other}};
    struct hm_error why = {0};
    int64_t sum, count;
    for (size_t i = 0; i < 2; i++) {
        struct bolt_session *session;
        struct bolt_result *result;
        HM_TRY(bolt_session_new(driver, &configs[i], &session, err));
        enum hm_status status = bolt_run(session, "Q", NULL, NULL, &result, &why);
        if (status == HM_OK) status = sum_rows(result, &sum, &count, &why);
        bolt_session_free(session);
        EXPECT((status == HM_OK) == (i == 0));
    }
    bool old = strstr(why.text, "Bolt 5.0 cannot change users") && why.status == HM_EUNSUPPORTED;
    EXPECT(old || strcmp(why.code, "Neo.ClientError.Security.Unauthorized") == 0);
    return HM_OK;
}

/** One result's failure ends another that has rows left: nothing is asked for in vain. */
static enum hm_status failed_together(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_session *session;
    struct bolt_tx *tx = NULL;
    struct bolt_result *a = NULL, *b = NULL;
    const char *const *keys;
    const struct bolt_value *row;
    struct hm_error why = {0};
    size_t count, rows = 0;
    HM_TRY(bolt_session_new(driver, NULL, &session, err));
    enum hm_status status = bolt_begin(session, NULL, &tx, err);
    if (status == HM_OK) status = bolt_tx_run(tx, "A", NULL, &a, err);
    if (status == HM_OK) status = bolt_keys(a, &keys, &count, err);
    if (status == HM_OK) status = bolt_tx_run(tx, "B", NULL, &b, err);
    bool refused = status == HM_OK && bolt_keys(b, &keys, &count, NULL) == HM_ESERVER;
    enum hm_status last = status;
    while (last == HM_OK && (last = bolt_next(a, &row, &why)) == HM_OK && row)
        rows++;
    bolt_result_free(a);
    bolt_result_free(b);
    bolt_tx_free(tx);
    bolt_session_free(session);
    HM_TRY(status);
    EXPECT(refused && rows == 2 && strcmp(why.code, "Neo.ClientError.X.Y") == 0);
    return HM_OK;
}

/** A transaction dies with its connection; the session begins another. */
static enum hm_status begun_again(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_session *session;
    struct bolt_tx *lost = NULL, *next = NULL;
    struct bolt_result *result = NULL;
    const char *const *keys;
    size_t count;
    HM_TRY(bolt_session_new(driver, NULL, &session, err));
    enum hm_status status = bolt_begin(session, NULL, &lost, err);
    if (status == HM_OK) status = bolt_tx_run(lost, "Q", NULL, &result, err);
    bool noticed = status == HM_OK && bolt_keys(result, &keys, &count, NULL) == HM_ERETRY;
    if (status == HM_OK) status = bolt_begin(session, NULL, &next, err);
    if (status == HM_OK) status = bolt_commit(next, err);
    bool stays_lost = lost && bolt_commit(lost, NULL) == HM_ERETRY;
    bolt_result_free(result);
    bolt_tx_free(next);
    bolt_tx_free(lost);
    bolt_session_free(session);
    HM_TRY(status);
    EXPECT(noticed && stays_lost);
    return HM_OK;
}

// How the first query ends, whose failure is what a scenario is about.
static enum hm_status consume_query(struct bolt_session *session, struct hm_error *why,
                                    struct hm_error *err) {
    struct bolt_result *result = NULL;
    enum hm_status status = bolt_run(session, "Q", NULL, NULL, &result, err);
    if (status == HM_OK) status = bolt_consume(result, NULL, why);
    bolt_result_free(result);
    return status;
}

static enum hm_status old_failure(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_session *session;
    HM_TRY(bolt_session_new(driver, NULL, &session, err));
    enum hm_status status = consume_query(session, NULL, err);
    const struct bolt_failure *failure = bolt_session_failure(session);
    bool as_told = status == HM_ESERVER && failure && strcmp(failure->gql_status, "50N42") == 0 &&
                   strcmp(failure->description,
                          "error: general processing exception - unexpected error. Not cool.") == 0;
    bolt_session_free(session);
    EXPECT(as_told);
    return HM_OK;
}

/** What the first query's failure is, and that the next query on the session is answered. */
static enum hm_status fails_and_goes_on(struct bolt_driver *driver, enum hm_status *failed,
                                        struct hm_error *why, struct hm_error *err) {
    struct bolt_session *session;
    struct bolt_result *result = NULL;
    int64_t sum, count;
    HM_TRY(bolt_session_new(driver, NULL, &session, err));
    *failed = consume_query(session, why, err);
    enum hm_status status = bolt_run(session, "R", NULL, NULL, &result, err);
    if (status == HM_OK) status = sum_rows(result, &sum, &count, err);
    bolt_session_free(session);
    return status;
}

/** RUN is ignored without a failure before it, which comes in answer to PULL: that is shown. */
static enum hm_status failure_comes_late(struct bolt_driver *driver, struct hm_error *err) {
    struct hm_error why = {0};
    enum hm_status failed;
    HM_TRY(fails_and_goes_on(driver, &failed, &why, err));
    EXPECT(failed == HM_ESERVER && strcmp(why.code, "Neo.ClientError.X.Y") == 0);
    return HM_OK;
}

/** Ignored without any failure: said, and the connection is good again after RESET. */
static enum hm_status ignored_for_nothing(struct bolt_driver *driver, struct hm_error *err) {
    struct hm_error why = {0};
    enum hm_status failed;
    HM_TRY(fails_and_goes_on(driver, &failed, &why, err));
    EXPECT(failed == HM_EPROTO && strstr(why.text, "no known reason"));
    return HM_OK;
}

/** As Neo4j does at a query that nests too deeply for its stack: RUN is never answered. */
static enum hm_status silent_after_ignored(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_session *session;
    struct hm_error why = {0};
    HM_TRY(bolt_session_new(driver, NULL, &session, err));
    enum hm_status status = consume_query(session, &why, err);
    bolt_session_free(session);
    EXPECT(status == HM_EPROTO && strstr(why.text, "nest deeper"));
    return HM_OK;
}

/** The failure is what is told, not that the server is silent after it. */
static enum hm_status silent_after_failure(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_session *session;
    struct bolt_result *result = NULL;
    struct hm_error why = {0};
    const struct bolt_value *row;
    HM_TRY(bolt_session_new(driver, NULL, &session, err));
    enum hm_status status = bolt_run(session, "Q", NULL, NULL, &result, err);
    if (status == HM_OK) status = bolt_next(result, &row, &why);
    bolt_result_free(result);
    bolt_session_free(session);
    EXPECT(status == HM_ESERVER && strcmp(why.code, "Neo.ClientError.X.Y") == 0);
    return HM_OK;
}

static enum hm_status odd_type(struct bolt_driver *driver, struct hm_error *err) {
    struct bolt_session *session;
    struct bolt_result *result = NULL;
    const struct bolt_summary *summary;
    HM_TRY(bolt_session_new(driver, NULL, &session, err));
    enum hm_status status = bolt_run(session, "Q", NULL, NULL, &result, err);
    if (status == HM_OK) status = bolt_consume(result, &summary, NULL);
    bolt_result_free(result);
    bolt_session_free(session);
    EXPECT(status == HM_EPROTO);
    return HM_OK;
}

static const struct scenario odd[] = {
    {"a failure without GQL's terms",
     "bolt://a:1",
     old_failure,
     {{"a:1", "BOLT 5.4\n" LOGIN "C: RUN \"Q\" {} {}\nC: PULL {\"n\": 2}\n"
              "S: FAILURE {\"code\": \"Neo.ClientError.User.Uncool\", \"message\": \"Not "
              "cool.\"}\nS: IGNORED\nC: RESET\nS: SUCCESS {}\n"}}},
    {"a failure in answer to PULL alone",
     "bolt://a:1",
     failure_comes_late,
     {{"a:1", "BOLT 5.4\n" LOGIN "C: RUN \"Q\" {} {}\nC: PULL {\"n\": 2}\nS: IGNORED\n"
              "S: FAILURE {\"code\": \"Neo.ClientError.X.Y\", \"message\": \"no\"}\n"
              "C: RESET\nS: SUCCESS {}\nC: RUN \"R\" {} {}\nC: PULL {\"n\": 2}\n"
              "S: SUCCESS {\"fields\": []}\nS: SUCCESS {}\n"}}},
    {"ignored without a failure",
     "bolt://a:1",
     ignored_for_nothing,
     {{"a:1", "BOLT 5.4\n" LOGIN "C: RUN \"Q\" {} {}\nC: PULL {\"n\": 2}\nS: IGNORED\n"
              "S: IGNORED\nC: RESET\nS: SUCCESS {}\nC: RUN \"R\" {} {}\nC: PULL {\"n\": 2}\n"
              "S: SUCCESS {\"fields\": []}\nS: SUCCESS {}\n"}}},
    {"ignored, then silence",
     "bolt://a:1",
     silent_after_ignored,
     {{"a:1",
       "BOLT 5.4\n" LOGIN "C: RUN \"Q\" {} {}\nC: PULL {\"n\": 2}\nS: IGNORED\nS: <SILENCE>\n"}}},
    {"a failure, then silence",
     "bolt://a:1",
     silent_after_failure,
     {{"a:1", "BOLT 5.4\n" LOGIN "C: RUN \"Q\" {} {}\nC: PULL {\"n\": 2}\n"
              "S: FAILURE {\"code\": \"Neo.ClientError.X.Y\", \"message\": \"no\"}\n"
              "S: <SILENCE>\n"}}},
    {"a failure, then silence to RESET",
     "bolt://a:1",
     silent_after_failure,
     {{"a:1", "BOLT 5.4\n" LOGIN "C: RUN \"Q\" {} {}\nC: PULL {\"n\": 2}\n"
              "S: FAILURE {\"code\": \"Neo.ClientError.X.Y\", \"message\": \"no\"}\n"
              "S: IGNORED\nC: RESET\nS: <SILENCE>\n"}}},
    {"two results fail together",
     "bolt://a:1",
     failed_together,
     {{"a:1", "BOLT 5.4\n" LOGIN "C: BEGIN {}\nS: SUCCESS {}\nC: RUN \"A\" {} {}\n"
              "C: PULL {\"n\": 2}\nS: SUCCESS {\"fields\": [\"n\"], \"qid\": 0}\n"
              "S: RECORD [1]\nS: RECORD [2]\nS: SUCCESS {\"has_more\": true}\n"
              "C: RUN \"B\" {} {}\nC: PULL {\"n\": 2}\n"
              "S: FAILURE {\"code\": \"Neo.ClientError.X.Y\", \"message\": \"no\"}\n"
              "S: IGNORED\nC: RESET\nS: SUCCESS {}\n"}}},
    {"another user, refused",
     "bolt://a:1",
     other_user,
     {{"a:1", "BOLT 5.4\n" LOGIN "C: RUN \"Q\" {} {}\nC: PULL {\"n\": 2}\n"
              "S: SUCCESS {\"fields\": []}\nS: SUCCESS {}\n"
              "C: LOGOFF\nC: LOGON {\"scheme\": \"basic\", \"principal\": \"else\", "
              "\"credentials\": \"guess\"}\nC: RUN \"Q\" {} {}\nC: PULL {\"n\": 2}\n"
              "S: SUCCESS {}\nS: FAILURE {\"code\": "
              "\"Neo.ClientError.Security.Unauthorized\", \"message\": \"who?\"}\n"}}},
    {"another user, before Bolt 5.1",
     "bolt://a:1",
     other_user,
     {{"a:1", "BOLT 5.0\nC: HELLO *\nS: SUCCESS {\"server\": \"Neo4j/5.0.0\"}\n"
              "C: RUN \"Q\" {} {}\nC: PULL {\"n\": 2}\nS: SUCCESS {\"fields\": []}\n"
              "S: SUCCESS {}\n"}}},
    {"verified twice",
     "bolt://a:1",
     verified_twice,
     {{"a:1", "BOLT 5.4\n" LOGIN "C: RESET\nS: SUCCESS {}\n"}}},
    {"a transaction lost and begun again",
     "bolt://a:1",
     begun_again,
     {{"a:1", "BOLT 5.4\n" LOGIN "C: BEGIN {}\nS: SUCCESS {}\nC: RUN \"Q\" {} {}\n"
              "C: PULL {\"n\": 2}\nS: <EXIT>\n--\n"
              "BOLT 5.4\n" LOGIN "C: BEGIN {}\nS: SUCCESS {}\nC: COMMIT\nS: SUCCESS {}\n"}}},
    {"a summary with a query type of the future",
     "bolt://a:1",
     odd_type,
     {{"a:1", "BOLT 5.4\n" LOGIN "C: RUN \"Q\" {} {}\nC: PULL {\"n\": 2}\n"
              "S: SUCCESS {}\nS: SUCCESS {\"type\": \"wr\"}\n"}}}, // and no fields
};

START_TEST(odd_answers_are_understood) {
    struct outcome outcome = scenario_play(&odd[_i], 0, SIZE_MAX, -1);
    ck_assert_msg(outcome.status == HM_OK && outcome.done, "%s: %s %s", odd[_i].name,
                  outcome.err.text, outcome.complaint);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("bolt/answers");
    TCase *test_case = tcase_create("answers");
    tcase_add_loop_test(test_case, each_version_is_spoken, 0, sizeof versions / sizeof *versions);
    tcase_add_loop_test(test_case, strangers_are_named, 0, sizeof strangers / sizeof *strangers);
    tcase_add_test(test_case, a_login_says_what_is_needed);
    tcase_add_loop_test(test_case, odd_answers_are_understood, 0, sizeof odd / sizeof *odd);
    suite_add_tcase(suite, test_case);
    return suite_run(suite, 0);
}
