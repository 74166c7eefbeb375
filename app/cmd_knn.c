// SPDX-License-Identifier: MIT
// hmrec knn: the nearest products of each product, from the embeddings of a store, into the same
// store.

#include "clock.h"
#include "commands.h"
#include "hmrec/knn.h"
#include "hmrec/pipeline.h"
#include "resources.h"

struct knn_options {
    const char *store, *isa, *engine_name;
    unsigned engine; // of struct hm_store_kind; 0: the first that the store has
    unsigned k, threads;
    bool full;
};

// What an engine does with an open store; sets *done to what the closing note says.
typedef enum hm_status engine_fn(struct hm_store *store, const struct knn_options *o, char *done,
                                 size_t size, struct hm_error *err);

static enum hm_status run_exact(struct hm_store *store, const struct knn_options *o, char *done,
                                size_t size, struct hm_error *err) {
    struct hm_neighbours_run run = {
        .host = app_host(), .k = o->k, .isa = o->isa, .threads = o->threads, .full = o->full};
    struct hm_neighbours_result r;
    HM_TRY(hm_neighbours_find(store, &run, &r, err));
    hm_search_prepare(store, o->isa, o->threads, app_host());
    char share[64] = "";
    if (r.compared > 0)
        snprintf(share, sizeof share, " (%.3g %% of the pairs in full)", 100 * r.compared);
    snprintf(done, size, "%zu products: %zu searched anew in %.2f s%s, %zu lists of %u written",
             r.products, r.searched, (double)r.search_ns / 1e9, share, r.written, o->k);
    return HM_OK;
}

static void show_share(void *context, double share) {
    progress_set(context, (uint64_t)(share * 100));
}

static enum hm_status run_gds(struct hm_store *store, const struct knn_options *o, char *done,
                              size_t size, struct hm_error *err) {
    struct hm_store_gds_result r;
    struct progress *progress = progress_new("% of the search by GDS", 100);
    enum hm_status status = hm_store_gds_knn(store, o->k, show_share, progress, &r, err);
    progress_free(progress);
    HM_TRY(status);
    snprintf(done, size,
             "%zu products: %zu neighbours written by GDS %s, approximately the nearest",
             r.products, r.written, r.version);
    return HM_OK;
}

// By --engine. auto takes the first that the store has.
static const struct {
    unsigned engine; // of struct hm_store_kind
    engine_fn *run;
} engines[] = {
    {HM_STORE_EXACT, run_exact},
    {HM_STORE_GDS, run_gds},
};

static enum hm_status choose(engine_fn **run, const struct knn_options *o, struct hm_store *store,
                             struct hm_error *err) {
    const struct hm_store_kind *kind = hm_store_kind_of(store);
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++)
        if (kind->engines & engines[i].engine && (!o->engine || o->engine == engines[i].engine)) {
            *run = engines[i].run;
            return HM_OK;
        }
    return hm_fail(err, HM_EUNSUPPORTED,
                   "store %s is %s, which has no engine %s; use --engine exact here, or a Neo4j "
                   "server: --store neo4j://... (bolt://...)",
                   hm_store_name(store), kind->name, o->engine_name);
}

static int knn(const struct knn_options *o) {
    struct hm_error err;
    struct hm_store *store = NULL;
    engine_fn *run = NULL;
    char done[256] = "";
    uint64_t start_ns = hm_now_ns();
    enum hm_status status = app_open_store(&store, o->store, false, &err);
    if (status == HM_OK) status = choose(&run, o, store, &err);
    if (status == HM_OK) status = run(store, o, done, sizeof done, &err);
    hm_store_close(&store); // drops what was not completed
    if (status == HM_OK) {
        app_note("%s; %.2f s in all", done, (double)(hm_now_ns() - start_ns) / 1e9);
        return APP_OK;
    }
    return app_ended(status, &err);
}

int cmd_knn(const struct app_command *self, int argc, char **argv) {
    static const struct app_choice names[] = {
        {"auto", "the first of these that the store has", 0, false},
        {"exact", "hmrec's own search", HM_STORE_EXACT, false},
        {"gds", "the server's Graph Data Science plugin, approximate", HM_STORE_GDS, false},
        {0}};
    struct knn_options o = {.k = 10};
    struct app_pick engine = {.list = names, .value = 0}, isa = APP_PICK_ISA;
    const struct app_option options[] = {
        {"store", 's', APP_TEXT, "URI",
         "a file, bolt://..., neo4j+s://...; default $NEO4J_URI, else hmrec.db", &o.store},
        {"neighbours", 'k', APP_COUNT, "K", "how many for each product (default 10)", &o.k},
        {"engine", 0, APP_CHOICE, "NAME", "who searches:", &engine},
        {"full", 0, APP_FLAG, NULL, "compare everything again, not only what changed", &o.full},
        {"threads", 't', APP_COUNT, "N", "default: one a CPU", &o.threads},
        APP_ISA_OPTION(&isa),
        APP_SERVER_OPTIONS,
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (first < argc) return app_usage(self, "unexpected argument \"%s\"", argv[first]);
    if (o.k > HM_KNN_K_MAX)
        return app_usage(self, "invalid argument \"%u\" for option -k; should be 1 to %d", o.k,
                         HM_KNN_K_MAX);
    o.engine = engine.value;
    o.engine_name = engine.given ? engine.given : "auto";
    o.isa = isa.given;
    app_catch_signals();
    return knn(&o);
}
