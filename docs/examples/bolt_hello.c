// SPDX-License-Identifier: MIT
// The Bolt client in one page: connect, write in a managed transaction, read rows back.
//     bolt_hello bolt://localhost:7687 neo4j PASSWORD-FILE
// It leaves one (:Hello) node behind and prints how often it was greeted.

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hmrec/bolt.h"

/** One attempt of a transaction; bolt_transact repeats it when that may help. */
static enum hm_status greet(struct bolt_tx *tx, void *context, struct hm_error *err) {
    const struct bolt_params *params = context;
    struct bolt_result *result;
    HM_TRY(bolt_tx_run(tx,
                       "MERGE (h:Hello {name: $name}) "
                       "SET h.times = coalesce(h.times, 0) + 1, h.embedding = $embedding",
                       params, &result, err));
    enum hm_status status = bolt_consume(result, NULL, err);
    bolt_result_free(result);
    return status;
}

static enum hm_status show(struct bolt_session *session, struct hm_error *err) {
    struct bolt_result *result;
    const struct bolt_value *row;
    const struct bolt_summary *summary;
    HM_TRY(bolt_run(session, "MATCH (h:Hello) RETURN h.name, h.times, h.embedding", NULL, NULL,
                    &result, err));
    enum hm_status status;
    while ((status = bolt_next(result, &row, err)) == HM_OK &&
           row) { // the row lives until the next call
        float embedding[3];
        status = bolt_to_f32(&row[2], embedding, 3, err);
        if (status != HM_OK) break;
        printf("%s was greeted %" PRId64 " times and is at [%g, %g, %g]\n", row[0].as.string,
               row[1].as.integer, (double)embedding[0], (double)embedding[1], (double)embedding[2]);
    }
    if (status == HM_OK) status = bolt_consume(result, &summary, err);
    if (status == HM_OK)
        printf("%s, Bolt %d.%d, database %s\n", summary->server.agent, summary->server.major,
               summary->server.minor, summary->database ? summary->database : "(not told)");
    bolt_result_free(result);
    return status;
}

static enum hm_status hello(const char *uri, const char *user, const char *password,
                            struct hm_error *err) {
    struct bolt_config config = {
        .auth = {.scheme = "basic", .principal = user, .credentials = password}};
    struct bolt_driver *driver = NULL;
    struct bolt_session *session = NULL;
    struct bolt_params *params = bolt_params_new();
    enum hm_status status = params ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory");
    if (status == HM_OK) {
        bolt_put_string(params, "name", user);
        bolt_put_f32(params, "embedding", (const float[]){0.5f, 0.25f, 1.0f}, 3);
        status = bolt_driver_new(uri, &config, &driver, err);
    }
    if (status == HM_OK) status = bolt_session_new(driver, NULL, &session, err);
    if (status == HM_OK) status = bolt_transact(session, BOLT_WRITE, NULL, greet, params, err);
    if (status == HM_OK) status = show(session, err);
    bolt_session_free(session);
    bolt_driver_free(driver);
    bolt_params_free(params);
    return status;
}

int main(int argc, char **argv) {
    char password[256] = "";
    struct hm_error err = {0};
    FILE *file = argc == 4 ? fopen(argv[3], "r") : NULL;
    if (!file || !fgets(password, sizeof password, file)) {
        fprintf(stderr, "usage: bolt_hello URI USER PASSWORD-FILE\n");
        return 2;
    }
    fclose(file);
    password[strcspn(password, "\n")] = '\0';
    if (hello(argv[1], argv[2], password, &err) == HM_OK) return 0;
    fprintf(stderr, "%s%s%s\n", err.code, err.code[0] ? ": " : "", err.text);
    return 1;
}
