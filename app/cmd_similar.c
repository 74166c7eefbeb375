// SPDX-License-Identifier: MIT
// hmrec similar: products or photos -> rows of what looks like them, with the names of the
// catalogue.

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alike.h"
#include "commands.h"
#include "formats/formats.h"
#include "hmrec/image.h"
#include "hmrec/knn.h"
#include "hmrec/pipeline.h"
#include "resources.h"

// Where the names come from. In a join this program asks each store for its part; the others leave
// that to the server.
enum via { VIA_AUTO, VIA_JOIN, VIA_FABRIC, VIA_COMPOSITE };

enum { TABLE_DIGITS = 4 };

struct options {
    const char *store, *graph, *weights;
    enum via via;
    struct hm_similar_options find;
    unsigned k;
    unsigned format;
};

static bool is_photo(const char *argument) {
    return hm_image_ending(argument) != NULL;
}

// What can be meant as a photo only, but of a kind that is not read.
static void name_other_pictures(struct hm_similar *items, size_t m) {
    for (size_t i = 0; i < m; i++) {
        const char *ending = hm_image_other_ending(items[i].query);
        if (!ending) continue;
        app_say("image %s: %s pictures are not read; expected JPEG, PNG or WebP", items[i].query,
                ending);
        items[i].failed = true;
    }
}

// What is not there is said at once: weights and network are for the others.
static void name_missing_photos(struct hm_similar *items, size_t m) {
    for (size_t i = 0; i < m; i++) {
        struct hm_error err;
        if (!is_photo(items[i].query) || access(items[i].query, R_OK) == 0) continue;
        enum hm_status status =
            errno == ENOENT ? hm_fail(&err, HM_ENOTFOUND, "image %s: no such file", items[i].query)
                            : hm_fail_errno(&err, "image %s", items[i].query);
        items[i].failed = status != HM_OK;
        app_complain(&err);
    }
}

static bool is_waiting(const struct hm_similar *item) {
    return is_photo(item->query) && !item->failed;
}

// Embed the photos among the items. vectors f32 [m][HM_DIM]: of the photos, in order.
static enum hm_status read_photos(struct hm_similar *items, size_t m, struct hm_store *store,
                                  const struct options *o, float *vectors, struct hm_error *err) {
    const char **paths = calloc(m, sizeof *paths);
    bool *failed = calloc(m, sizeof *failed);
    enum hm_status status = HM_OK;
    size_t n = 0, next = 0;
    if (!paths || !failed) status = hm_fail(err, HM_ENOMEM, "no memory for %zu photos", m);
    for (size_t i = 0; i < m && status == HM_OK; i++)
        if (is_waiting(&items[i])) paths[n++] = items[i].query;
    struct hm_weights *weights = NULL;
    if (status == HM_OK && n) status = app_open_weights(&weights, o->weights, err);
    if (status == HM_OK && n)
        status = hm_photo_embed(paths, n, store, weights, o->find.isa, o->find.threads, app_host(),
                                vectors, failed, err);
    hm_weights_close(weights);
    for (size_t i = 0; i < m && status == HM_OK && n; i++)
        if (is_waiting(&items[i])) {
            items[i].vector = vectors + next * HM_DIM;
            items[i].failed = failed[next++];
        }
    free(paths);
    free(failed);
    return status;
}

static enum hm_status write_rows(struct writer *writer, const struct hm_similar *item, int digits,
                                 struct hm_names *names, struct hm_error *err) {
    for (size_t i = 0; i < item->n; i++) {
        const char *code = item->hits[i].code;
        char rank[24], score[32];
        HM_TRY(hm_names_need(names, &code, 1, err));
        const struct hm_store_product *p = hm_names_find(names, code);
        snprintf(rank, sizeof rank, "%zu", i + 1);
        snprintf(score, sizeof score, digits ? "%.*f" : "%.*g", digits ? digits : 9,
                 (double)item->hits[i].score);
        HM_TRY(writer_add(
            writer, (const char *const[]){item->query, rank, code, score, p->type, p->department},
            err));
    }
    return HM_OK;
}

static enum hm_status write_items(const struct hm_similar *items, size_t m, struct hm_names *names,
                                  unsigned format, struct hm_error *err) {
    static const struct column columns[] = {{"query", false},        {"rank", true},
                                            {"code", false},         {"score", true},
                                            {"product_type", false}, {"department", false}};
    struct writer_options options = {
        .format = format, .columns = columns, .n = sizeof columns / sizeof *columns};
    int digits = format_is_exact(format) ? 0 : alike_digits(items, m, TABLE_DIGITS);
    struct writer *writer;
    HM_TRY(writer_new(&writer, &options, stdout, err));
    enum hm_status status = HM_OK;
    for (size_t i = 0; i < m && status == HM_OK; i++)
        status = write_rows(writer, &items[i], digits, names, err);
    if (status == HM_OK) status = writer_end(writer, true, err);
    writer_free(writer);
    return status;
}

// Neighbours that are not up to date are shown only where the user insists on the server's query.
static enum hm_status check_neighbours(struct hm_store *store, const struct options *o,
                                       bool *usable, struct hm_error *err) {
    struct hm_store_knn_state state;
    char what[384];
    HM_TRY(hm_store_get_knn_state(store, &state, err));
    *usable = hm_neighbours_current(&state, store, what, sizeof what) || o->via != VIA_AUTO;
    if (o->via != VIA_AUTO && *usable && (state.newer || state.gone))
        app_note("note: %s; hmrec knn updates them", what);
    return HM_OK;
}

// One query across two databases answers only what the neighbours in the store answer.
static enum hm_status try_across(struct hm_similar *items, size_t m, const struct options *o,
                                 struct hm_store *store, struct hm_names *names, bool *done,
                                 struct hm_error *err) {
    static const enum hm_store_across how[] = {[VIA_AUTO] = HM_STORE_ACROSS_AUTO,
                                               [VIA_FABRIC] = HM_STORE_FABRIC,
                                               [VIA_COMPOSITE] = HM_STORE_COMPOSITE};
    bool server = hm_store_kind_of(store)->server, plain = true;
    for (size_t i = 0; i < m; i++)
        plain = plain && !is_photo(items[i].query);
    plain =
        plain && !o->find.same_department && !o->find.same_index && !o->find.one_per_product_code;
    if (o->via == VIA_JOIN || (o->via == VIA_AUTO && !(o->graph && server && plain))) return HM_OK;
    if (!server)
        return hm_fail(err, HM_EUNSUPPORTED,
                       "--via %s is a query of a Neo4j server, and %s is not one; --via join works "
                       "with any two stores",
                       o->via == VIA_FABRIC ? "fabric" : "composite", hm_store_name(store));
    if (!plain)
        return hm_fail(err, HM_EUNSUPPORTED,
                       "photos and filters need --via join, which searches the embeddings");
    bool usable = true;
    HM_TRY(check_neighbours(store, o, &usable, err));
    if (!usable) return HM_OK;
    struct app_server resolved;
    struct hm_store_config config;
    enum hm_status status = app_store_config(&config, &resolved, o->store, false, err);
    if (status == HM_OK)
        status = hm_similar_across(items, m, &config, how[o->via], &o->find, names, err);
    app_server_forget(&resolved);
    *done = status == HM_OK;
    return status == HM_EUNSUPPORTED && o->via == VIA_AUTO ? HM_OK : status;
}

static enum hm_status find_alike(struct hm_similar *items, size_t m, const struct options *o,
                                 struct hm_store *store, struct hm_names *names, float *vectors,
                                 struct hm_error *err) {
    bool done = false;
    HM_TRY(try_across(items, m, o, store, names, &done, err));
    if (done) return HM_OK;
    name_other_pictures(items, m);
    name_missing_photos(items, m);
    HM_TRY(read_photos(items, m, store, o, vectors, err));
    return hm_similar_find(items, m, store, names, &o->find, err);
}

static int similar(const struct options *o, size_t m, char **queries) {
    struct hm_error err;
    struct hm_store *store = NULL, *graph = NULL;
    struct hm_names names = {0};
    struct hm_similar *items = calloc(m, sizeof *items);
    float *vectors = hm_alloc_aligned(m, HM_DIM * sizeof *vectors);
    enum hm_status status =
        items && vectors ? HM_OK : hm_fail(&err, HM_ENOMEM, "no memory for %zu queries", m);
    if (status == HM_OK) status = app_read_store(&store, o->store, &err);
    if (status == HM_OK && o->graph) status = app_read_store(&graph, o->graph, &err);
    names.store = graph ? graph : store;
    for (size_t i = 0; i < m && status == HM_OK; i++)
        items[i].query = queries[i];
    if (status == HM_OK) status = find_alike(items, m, o, store, &names, vectors, &err);
    if (status == HM_OK) status = write_items(items, m, &names, o->format, &err);
    int code = status == HM_OK ? APP_OK : app_ended(status, &err);
    for (size_t i = 0; i < m && code == APP_OK; i++)
        if (items[i].failed) code = APP_FAILED;
    if (items) hm_similar_free(items, m);
    free(items);
    free(vectors);
    hm_names_free(&names);
    hm_store_close(&graph);
    hm_store_close(&store);
    return code;
}

int cmd_similar(const struct app_command *self, int argc, char **argv) {
    static const struct app_choice vias[] = {
        {"auto", "one query where the servers can, else join", VIA_AUTO, false},
        {"join", "ask each store for its part", VIA_JOIN, false},
        {"fabric", "one query by Fabric of Neo4j 4", VIA_FABRIC, false},
        {"composite", "one query by a composite database of Neo4j 5", VIA_COMPOSITE, false},
        {0}};
    struct options o = {.k = 10};
    struct app_pick format = {.list = format_choices(), .value = FORMAT_TABLE};
    struct app_pick via = {.list = vias, .value = VIA_AUTO}, isa = APP_PICK_ISA;
    const struct app_option options[] = {
        {"store", 's', APP_TEXT, "URI",
         "products and embeddings; default $NEO4J_URI, else hmrec.db", &o.store},
        {"graph", 'g', APP_TEXT, "URI", "another store that has the catalogue's names", &o.graph},
        {"via", 0, APP_CHOICE, "HOW", "how two stores meet:", &via},
        ALIKE_OPTIONS(o.k, o.find),
        FORMAT_OPTION(&format),
        {"weights", 'w', APP_TEXT, "FILE", "for photos: those that the store's embeddings are from",
         &o.weights},
        APP_ISA_OPTION(&isa),
        {"threads", 't', APP_COUNT, "N", "default: one a CPU", &o.find.threads},
        APP_SERVER_OPTIONS,
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (first == argc) return app_usage(self, "no product and no photo given");
    if (o.k > HM_KNN_K_MAX)
        return app_usage(self,
                         "invalid argument \"%u\" for option --neighbours; should be %d at most",
                         o.k, HM_KNN_K_MAX);
    for (int i = first; i < argc; i++)
        if (is_photo(argv[i]) && (o.find.same_department || o.find.same_index))
            return app_usage(self, "%s is a photo and has no department or index", argv[i]);
    o.find.k = o.k;
    o.find.host = app_host();
    o.find.isa = isa.given;
    o.via = (enum via)via.value;
    o.format = format.value;
    app_catch_signals();
    return similar(&o, (size_t)(argc - first), argv + first);
}
