// SPDX-License-Identifier: MIT
// Run a Cypher query and print its rows, one value after the other.
//     NEO4J_PASSWORD=... query bolt://localhost:7687 neo4j "MATCH (p:Product) RETURN p.code LIMIT
//     5"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <hmrec/bolt.h>

static void print_value(const struct bolt_value *value) {
    switch (value->type) {
    case BOLT_NULL:
        printf("null");
        break;
    case BOLT_BOOL:
        printf("%s", value->as.boolean ? "true" : "false");
        break;
    case BOLT_INT:
        printf("%" PRId64, value->as.integer);
        break;
    case BOLT_FLOAT:
        printf("%g", value->as.real);
        break;
    case BOLT_STRING:
        printf("%s", value->as.string);
        break;
    default:
        printf("(%s)", bolt_type_name(value->type));
        break;
    }
}

static enum hm_status print_rows(struct bolt_result *result, struct hm_error *err) {
    const char *const *keys;
    const struct bolt_value *row;
    size_t columns;
    HM_TRY(bolt_keys(result, &keys, &columns, err));
    for (;;) {
        HM_TRY(bolt_next(result, &row, err));
        if (!row) return HM_OK;
        for (size_t i = 0; i < columns; i++) {
            printf("%s%s ", i ? ", " : "", keys[i]);
            print_value(&row[i]);
        }
        printf("\n");
    }
}

static enum hm_status query(const char *uri, const char *user, const char *text,
                            struct hm_error *err) {
    struct bolt_config config = {
        .auth = {.scheme = "basic", .principal = user, .credentials = getenv("NEO4J_PASSWORD")}};
    struct bolt_driver *driver = NULL;
    struct bolt_session *session = NULL;
    struct bolt_result *result = NULL;
    enum hm_status status = bolt_driver_new(uri, &config, &driver, err);
    if (status == HM_OK) status = bolt_session_new(driver, NULL, &session, err);
    if (status == HM_OK) status = bolt_run(session, text, NULL, NULL, &result, err);
    if (status == HM_OK) status = print_rows(result, err);
    bolt_result_free(result);
    bolt_session_free(session);
    bolt_driver_free(driver);
    return status;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: NEO4J_PASSWORD=... query URI USER CYPHER\n");
        return 2;
    }
    struct hm_error err = {0};
    if (query(argv[1], argv[2], argv[3], &err) == HM_OK) return 0;
    fprintf(stderr, "query: %s%s%s\n", err.code, err.code[0] ? ": " : "", err.text);
    return 1;
}
