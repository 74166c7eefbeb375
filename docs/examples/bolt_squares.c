// SPDX-License-Identifier: MIT
// The sample that hmrec/bolt.h and docs/bolt.md show, between the two marks, as a program.
//     bolt_squares PASSWORD-FILE

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hmrec/bolt.h"

static enum hm_status print_squares(const char *password, struct hm_error *err) {
    // [sample]
    struct bolt_auth auth = {.scheme = "basic", .principal = "neo4j", .credentials = password};
    struct bolt_config config = {.auth = auth};
    struct bolt_driver *driver = NULL;
    struct bolt_session *session = NULL;
    struct bolt_result *result = NULL;
    const struct bolt_value *row;
    const char *query = "UNWIND range(1, 3) AS n RETURN n, n * n";

    enum hm_status status = bolt_driver_new("neo4j://localhost:7687", &config, &driver, err);
    if (status == HM_OK) status = bolt_session_new(driver, NULL, &session, err);
    if (status == HM_OK) status = bolt_run(session, query, NULL, NULL, &result, err);
    while (status == HM_OK && (status = bolt_next(result, &row, err)) == HM_OK && row)
        printf("%" PRId64 " squared is %" PRId64 "\n", row[0].as.integer, row[1].as.integer);

    bolt_result_free(result);
    bolt_session_free(session);
    bolt_driver_free(driver);
    return status;
    // [end of sample]
}

int main(int argc, char **argv) {
    char password[256] = "";
    struct hm_error err = {0};
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (!file || !fgets(password, sizeof password, file)) {
        fprintf(stderr, "usage: bolt_squares PASSWORD-FILE\n");
        return 2;
    }
    fclose(file);
    password[strcspn(password, "\n")] = '\0';
    if (print_squares(password, &err) == HM_OK) return 0;
    fprintf(stderr, "%s\n", err.text);
    return 1;
}
