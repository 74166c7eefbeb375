// SPDX-License-Identifier: MIT
// hmrec export: what a store holds in the files of other programs. What can be written is a row of
// `kinds`.

#include <string.h>

#include "commands.h"
#include "hmrec/exchange.h"
#include "hmrec/export.h"
#include "resources.h"

struct export_options {
    const char *store;
    const char *paths[HM_LOAD_KINDS]; // of the competition, in place of a store
};

// Writes to `target`; returns the exit status.
typedef int export_fn(const struct export_options *o, struct hm_store *store, const char *target);

// A name between single quotes, as a shell reads it, if it needs them.
static void print_quoted(const char *name) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "/._-+,:@%";
    if (*name && *name != '-' && !name[strspn(name, plain)]) {
        fputs(name, stdout);
        return;
    }
    putchar('\'');
    for (; *name; name++)
        if (*name == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*name);
    putchar('\'');
}

static void print_next_steps(const char *folder) {
    fputs("cd ", stdout);
    if (*folder == '-') fputs("./", stdout);
    print_quoted(folder);
    puts(" && neo4j-admin database import full @" HM_ADMIN_ARGUMENTS " neo4j");
    fputs("hmrec cypher --file ", stdout);
    if (*folder == '-') fputs("./", stdout);
    print_quoted(folder);
    puts("/" HM_ADMIN_CONSTRAINTS);
}

static int export_admin(const struct export_options *o, struct hm_store *store,
                        const char *folder) {
    struct hm_admin_run run = {.host = app_host(), .folder = folder, .store = store};
    struct hm_admin_result result;
    struct hm_error err;
    for (size_t i = 0; i < HM_LOAD_KINDS; i++)
        run.paths[i] = o->paths[i];
    enum hm_status status = hm_admin_export(&run, &result, &err);
    app_host_rest();
    if (status != HM_OK) return app_ended(status, &err);
    app_note("%s: %llu nodes and %llu relationships; the first line that follows makes them a "
             "database (--overwrite-destination: in place of the one that is there), the second "
             "one its constraints, once the server runs",
             folder, (unsigned long long)result.nodes, (unsigned long long)result.relationships);
    print_next_steps(folder);
    return result.bad ? APP_FAILED : APP_OK;
}

static int export_embeddings(const struct export_options *o, struct hm_store *store,
                             const char *path) {
    char model[HM_STORE_MODEL_MAX + 1];
    struct hm_error err;
    size_t n;
    (void)o;
    enum hm_status status = hm_export_embeddings(store, path, app_host(), &n, &err);
    app_host_rest();
    if (status == HM_OK) status = hm_store_model(store, model, &err);
    if (status != HM_OK) return app_ended(status, &err);
    app_note("%s: %zu embeddings of model %s", path, n, model);
    return APP_OK;
}

static int export_neighbours(const struct export_options *o, struct hm_store *store,
                             const char *path) {
    struct hm_store_knn_state state;
    struct hm_error err;
    size_t n;
    (void)o;
    enum hm_status status = hm_export_neighbours(store, path, app_host(), &n, &err);
    app_host_rest();
    if (status == HM_OK) status = hm_store_get_knn_state(store, &state, &err);
    if (status != HM_OK) return app_ended(status, &err);
    app_note("%s: %zu neighbours", path, n);
    if (state.newer || state.gone)
        app_note("note: since they were found, %zu embeddings were added or changed and %zu "
                 "replaced or removed; hmrec knn brings them up to date",
                 state.newer, state.gone);
    return APP_OK;
}

static int export_products(const struct export_options *o, struct hm_store *store,
                           const char *path) {
    struct hm_error err;
    size_t n;
    (void)o;
    enum hm_status status = hm_export_products(store, path, app_host(), &n, &err);
    app_host_rest();
    if (status != HM_OK) return app_ended(status, &err);
    app_note("%s: %zu products", path, n);
    return APP_OK;
}

static const struct kind {
    const char *option;
    export_fn *run;
    bool files; // takes the competition's files, too
} kinds[] = {
    {"embeddings", export_embeddings, false},
    {"neighbours", export_neighbours, false},
    {"products", export_products, false},
    {"neo4j-admin", export_admin, true},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static bool any_files(const struct export_options *o) {
    bool any = false;
    for (size_t i = 0; i < HM_LOAD_KINDS; i++)
        any |= o->paths[i] != NULL;
    return any;
}

static int run_kinds(const struct export_options *o, const char *const targets[KINDS]) {
    struct hm_error err;
    struct hm_store *store = NULL;
    int code = APP_OK;
    if (!any_files(o)) {
        enum hm_status status = app_read_store(&store, o->store, &err);
        if (status != HM_OK) return app_ended(status, &err);
    }
    for (size_t i = 0; i < KINDS && code < 128; i++) {
        int one = targets[i] ? kinds[i].run(o, store, targets[i]) : APP_OK;
        if (one != APP_OK) code = one;
    }
    hm_store_close(&store);
    return code;
}

int cmd_export(const struct app_command *self, int argc, char **argv) {
    struct export_options o = {0};
    const char *targets[KINDS] = {0};
    const struct app_option options[] = {
        {kinds[0].option, 0, APP_TEXT, "FILE",
         "the embeddings as .npy (codes in FILE.npy.codes), .ndjson, .jsonl or .arrow",
         &targets[0]},
        {kinds[1].option, 0, APP_TEXT, "FILE",
         "code, rank, neighbour and score as .csv, .ndjson or .jsonl", &targets[1]},
        {kinds[2].option, 0, APP_TEXT, "FILE.csv",
         "what the catalogue says of products, as an articles.csv", &targets[2]},
        {kinds[3].option, 0, APP_TEXT, "DIR",
         "the whole graph as header and data files for neo4j-admin database import", &targets[3]},
        {"store", 's', APP_TEXT, "URI", "what to export; default $NEO4J_URI, else hmrec.db",
         &o.store},
        {"articles", 0, APP_TEXT, "FILE",
         "for --neo4j-admin, in place of a store: articles.csv (\"-\": standard input)",
         &o.paths[HM_LOAD_ARTICLES]},
        {"customers", 0, APP_TEXT, "FILE", "customers.csv", &o.paths[HM_LOAD_CUSTOMERS]},
        {"transactions", 0, APP_TEXT, "FILE", "transactions_train.csv",
         &o.paths[HM_LOAD_TRANSACTIONS]},
        APP_SERVER_OPTIONS,
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (first < argc) return app_usage(self, "unexpected argument \"%s\"", argv[first]);
    size_t wanted = 0;
    for (size_t i = 0; i < KINDS; i++) {
        wanted += targets[i] != NULL;
        if (targets[i] && any_files(&o) && !kinds[i].files)
            return app_usage(self, "--%s is of a store: load the files into one first",
                             kinds[i].option);
    }
    for (size_t i = 0; i < KINDS; i++)
        for (size_t j = 0; j < i; j++)
            if (targets[i] && targets[j] && strcmp(targets[i], targets[j]) == 0)
                return app_usage(self, "--%s and --%s are both to be %s", kinds[j].option,
                                 kinds[i].option, targets[i]);
    if (!wanted)
        return app_usage(self,
                         "nothing to export: give --embeddings, --neighbours, --products FILE or "
                         "--neo4j-admin DIR");
    if (any_files(&o) && o.store)
        return app_usage(self, "give --store or files; hmrec load puts files into a store");
    app_catch_signals();
    return run_kinds(&o, targets);
}
