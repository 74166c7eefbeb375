// SPDX-License-Identifier: MIT
// hmrec load: the catalogue, customers and purchases into a store.

#include "commands.h"
#include "hmrec/pipeline.h"
#include "resources.h"

// Returns the exit status.
static int load_one(struct hm_load *load, struct hm_store *store, bool again) {
    struct hm_error err;
    struct hm_load_result result;
    enum hm_status status = hm_load_run(load, store, again, &result, &err);
    if (status != HM_OK) return app_ended(status, &err);
    return result.bad ? APP_FAILED : APP_OK;
}

// The files that can be read into store, whose name is uri; one that is not there is made only if
// there are some.
static int load_files(const char *const paths[HM_LOAD_KINDS], const char *uri, bool again) {
    struct hm_load *loads[HM_LOAD_KINDS] = {0};
    struct hm_store *store = NULL;
    struct hm_error err;
    int code = APP_OK;
    unsigned readable = 0;
    for (enum hm_load_kind kind = 0; kind < HM_LOAD_KINDS; kind++) {
        if (!paths[kind]) continue;
        enum hm_status status = hm_load_open(&loads[kind], kind, paths[kind], app_host(), &err);
        if (status == HM_OK)
            readable++;
        else
            code = app_ended(status, &err);
        if (code >= 128) break;
    }
    readable = code < 128 ? readable : 0;
    if (readable) {
        enum hm_status status = app_open_store(&store, uri, true, &err);
        if (status != HM_OK) code = app_ended(status, &err);
    }
    for (enum hm_load_kind kind = 0; store && kind < HM_LOAD_KINDS && code < 128; kind++) {
        int one = loads[kind] ? load_one(loads[kind], store, again) : APP_OK;
        if (one != APP_OK) code = one;
    }
    for (enum hm_load_kind kind = 0; kind < HM_LOAD_KINDS; kind++)
        hm_load_free(loads[kind]);
    hm_store_close(&store);
    return code;
}

int cmd_load(const struct app_command *self, int argc, char **argv) {
    const char *paths[HM_LOAD_KINDS] = {0};
    const char *uri = NULL;
    bool again = false;
    const struct app_option options[] = {
        {"articles", 0, APP_TEXT, "FILE", "articles.csv: the catalogue (\"-\": standard input)",
         &paths[HM_LOAD_ARTICLES]},
        {"customers", 0, APP_TEXT, "FILE", "customers.csv", &paths[HM_LOAD_CUSTOMERS]},
        {"transactions", 0, APP_TEXT, "FILE", "transactions_train.csv",
         &paths[HM_LOAD_TRANSACTIONS]},
        {"store", 's', APP_TEXT, "URI",
         "a file, bolt://..., neo4j+s://...; default $NEO4J_URI, else hmrec.db", &uri},
        {"again", 0, APP_FLAG, NULL, "read the files from the start, whatever was loaded before",
         &again},
        APP_SERVER_OPTIONS,
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (first < argc)
        return app_usage(self,
                         "\"%s\" is not an option; say --articles, --customers or "
                         "--transactions FILE",
                         argv[first]);
    if (!paths[HM_LOAD_ARTICLES] && !paths[HM_LOAD_CUSTOMERS] && !paths[HM_LOAD_TRANSACTIONS])
        return app_usage(self, "no file given");
    app_catch_signals();
    return load_files(paths, uri, again);
}
