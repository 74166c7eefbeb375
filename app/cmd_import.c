// SPDX-License-Identifier: MIT
// hmrec import: embeddings made elsewhere into a store.

#include <string.h>

#include "commands.h"
#include "hmrec/exchange.h"
#include "hmrec/pipeline.h"
#include "resources.h"

static int import_into(struct hm_store *store, struct hm_import *import) {
    struct hm_import_result result;
    struct hm_error err;
    import->host = app_host();
    import->store = store;
    enum hm_status status = import->again ? app_say_replaced(store, import->model, &err) : HM_OK;
    if (status == HM_OK) status = hm_import_embeddings(import, &result, &err);
    app_host_rest();
    if (status != HM_OK) return app_ended(status, &err);
    hm_search_prepare(store, NULL, 0, app_host());
    app_note("%s: %zu embeddings put, %zu unchanged; hmrec knn finds their neighbours",
             hm_store_name(store), result.put, result.unchanged);
    return APP_OK;
}

int cmd_import(const struct app_command *self, int argc, char **argv) {
    struct hm_import import = {0};
    const char *uri = NULL;
    const struct app_option options[] = {
        {"model", 0, APP_TEXT, "NAME",
         "whose embeddings they are, for a store has those of one model; hmrec export says it, and "
         "for hmrec's own it is the digest of hmrec weights info",
         &import.model},
        {"codes", 0, APP_TEXT, "FILE",
         "the product codes of a .npy file's rows, a line each; default FILE.npy.codes",
         &import.codes},
        {"again", 0, APP_FLAG, NULL, "in place of another model's embeddings", &import.again},
        {"store", 's', APP_TEXT, "URI",
         "a file, bolt://..., neo4j+s://...; default $NEO4J_URI, else hmrec.db", &uri},
        APP_SERVER_OPTIONS,
        {0},
    };
    struct hm_error err;
    struct hm_store *store = NULL;
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (argc - first != 1)
        return app_usage(self, "expected one FILE.npy, FILE.ndjson or FILE.jsonl");
    if (!import.model) return app_usage(self, "expected --model NAME: whose embeddings they are");
    import.path = argv[first];
    app_catch_signals();
    enum hm_status status = app_open_store(&store, uri, true, &err);
    if (status != HM_OK) return app_ended(status, &err);
    code = import_into(store, &import);
    hm_store_close(&store);
    return code;
}
