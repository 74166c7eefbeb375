// SPDX-License-Identifier: MIT
// The URI chooses the kind of store; everything else is a call through its table.

#include "hmrec/store.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "login.h"
#include "ops.h"

static enum hm_status setup_sqlite(const struct hm_store_config *config, unsigned parts,
                                   struct hm_store_setup_result *out, struct hm_error *err) {
    struct hm_store_config asked = *config;
    struct hm_store *store;
    (void)parts;
    asked.create = false;
    enum hm_status status = store_sqlite_open(&store, &asked, err);
    if (status == HM_ENOTFOUND) {
        out->made = asked.create = true;
        status = store_sqlite_open(&store, &asked, err);
    }
    if (status != HM_OK) return status;
    snprintf(out->name, sizeof out->name, "%s", hm_store_name(store));
    hm_store_close(&store);
    return HM_OK;
}

static const struct store_kind sqlite = {
    .about = {.name = "an SQLite file", .server = false, .engines = HM_STORE_EXACT},
    .open = store_sqlite_open,
    .setup = setup_sqlite,
};
static const struct store_kind neo4j = {
    .about = {.name = "a Neo4j server", .server = true, .engines = HM_STORE_EXACT | HM_STORE_GDS},
    .open = store_neo4j_open,
    .setup = store_neo4j_setup,
    .setup_composite = store_neo4j_setup_composite,
    .similar_across = store_neo4j_similar_across,
};

// How a URI begins; a server's scheme has "//" behind it. What begins in none of these ways is the
// path of an SQLite file.
static const struct scheme {
    const char *name;
    const struct store_kind *kind;
} schemes[] = {
    {"sqlite:", &sqlite}, {"bolt://", &neo4j},    {"bolt+s://", &neo4j},    {"bolt+ssc://", &neo4j},
    {"neo4j://", &neo4j}, {"neo4j+s://", &neo4j}, {"neo4j+ssc://", &neo4j},
};
enum { SCHEMES = sizeof schemes / sizeof *schemes };

// The scheme alone is shown: a URI may hold a password.
static enum hm_status unknown_scheme(const char *uri, size_t length, struct hm_error *err) {
    char known[160] = "";
    for (size_t i = 0, used = 0; i < SCHEMES && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, ", %s", schemes[i].name);
    return hm_fail(err, HM_EARG, "store: unknown scheme \"%.*s\"; known: a file name%s",
                   (int)length, uri, known);
}

// Others see it: among the processes, in the shell's history. It is not shown once more.
static enum hm_status no_login(struct hm_error *err) {
    return hm_fail(err, HM_EARG,
                   "store: found a login in the URI, where others see it; expected --username "
                   "and --password-file (or NEO4J_USERNAME and NEO4J_PASSWORD)");
}

// *scheme: NULL for the path of a file. Schemes in capitals are the same (RFC 3986, 3.1).
static enum hm_status find_scheme(const struct scheme **scheme, const char *uri,
                                  struct hm_error *err) {
    const char *slashes = strstr(uri, "://");
    *scheme = NULL;
    for (size_t i = 0; i < SCHEMES; i++) {
        const char *name = schemes[i].name;
        size_t length = strlen(name), colon = strcspn(name, ":") + 1;
        if (strncasecmp(uri, name, colon) != 0) continue;
        if (strncmp(uri + colon, name + colon, length - colon) != 0)
            return hm_fail(err, HM_EARG, "store: found \"%.*s\" without \"//\", expected %s...",
                           (int)colon, uri, name);
        if (slashes && hm_has_login(uri)) return no_login(err);
        *scheme = &schemes[i];
        return HM_OK;
    }
    if (slashes) return unknown_scheme(uri, (size_t)(slashes - uri), err);
    return hm_has_login(uri) ? no_login(err) : HM_OK;
}

static const char *uri_or_default(const char *uri) {
    return uri && *uri ? uri : "hmrec.db";
}

// *full: for the functions of the kind, which take a file's path or a server's URI.
static enum hm_status resolve(const struct store_kind **kind, struct hm_store_config *full,
                              const struct hm_store_config *config, struct hm_error *err) {
    const struct scheme *scheme;
    *full = *config;
    full->uri = uri_or_default(config->uri);
    HM_TRY(find_scheme(&scheme, full->uri, err));
    *kind = scheme ? scheme->kind : &sqlite;
    if (scheme && !(*kind)->about.server) full->uri += strlen(scheme->name);
    return HM_OK;
}

enum hm_status hm_store_find_kind(const struct hm_store_kind **out, const char *uri,
                                  struct hm_error *err) {
    const struct scheme *scheme;
    *out = NULL;
    HM_TRY(find_scheme(&scheme, uri_or_default(uri), err));
    *out = scheme ? &scheme->kind->about : &sqlite.about;
    return HM_OK;
}

enum hm_status hm_store_open(struct hm_store **out, const struct hm_store_config *config,
                             struct hm_error *err) {
    struct hm_store_config full;
    const struct store_kind *kind;
    *out = NULL;
    HM_TRY(resolve(&kind, &full, config, err));
    HM_TRY(kind->open(out, &full, err));
    (*out)->kind = &kind->about;
    return HM_OK;
}

enum hm_status hm_store_setup(const struct hm_store_config *config, unsigned parts,
                              struct hm_store_setup_result *out, struct hm_error *err) {
    struct hm_store_config full;
    const struct store_kind *kind;
    *out = (struct hm_store_setup_result){0};
    HM_TRY(resolve(&kind, &full, config, err));
    return kind->setup(&full, parts, out, err);
}

static enum hm_status not_joined(const struct store_kind *kind, const struct hm_store_config *full,
                                 struct hm_error *err) {
    return hm_fail(err, HM_EUNSUPPORTED,
                   "store %s is %s, where no query reaches two databases; --via join needs none",
                   full->uri, kind->about.name);
}

enum hm_status hm_store_setup_composite(const struct hm_store_config *server, const char *products,
                                        const char *graph, struct hm_error *err) {
    struct hm_store_config full;
    const struct store_kind *kind;
    HM_TRY(resolve(&kind, &full, server, err));
    if (!kind->setup_composite) return not_joined(kind, &full, err);
    return kind->setup_composite(&full, products, graph, err);
}

enum hm_status hm_store_similar_across(const struct hm_store_config *server,
                                       enum hm_store_across how, const char *const *codes, size_t n,
                                       size_t k, hm_store_across_fn *fn, void *context,
                                       struct hm_error *err) {
    struct hm_store_config full;
    const struct store_kind *kind;
    HM_TRY(resolve(&kind, &full, server, err));
    if (!kind->similar_across) return not_joined(kind, &full, err);
    return kind->similar_across(&full, how, codes, n, k, fn, context, err);
}

void hm_store_close(struct hm_store **store) {
    if (*store) (*store)->ops->close(*store);
    *store = NULL;
}

const struct hm_store_kind *hm_store_kind_of(const struct hm_store *store) {
    return store->kind;
}

const char *hm_store_name(const struct hm_store *store) {
    return store->name;
}

enum hm_status hm_store_use_model(struct hm_store *store, const char *model, bool replace,
                                  struct hm_error *err) {
    if (strlen(model) > HM_STORE_MODEL_MAX)
        return hm_fail(err, HM_EARG, "model name \"%s\" is longer than %d bytes", model,
                       HM_STORE_MODEL_MAX);
    return store->ops->use_model(store, model, replace, err);
}

enum hm_status hm_store_model(struct hm_store *store, char model[HM_STORE_MODEL_MAX + 1],
                              struct hm_error *err) {
    return store->ops->model(store, model, err);
}

enum hm_status hm_store_each_source(struct hm_store *store, hm_store_source_fn *fn, void *context,
                                    struct hm_error *err) {
    return store->ops->each_source(store, fn, context, err);
}

enum hm_status hm_store_put_embeddings(struct hm_store *store,
                                       const struct hm_store_embedding *rows, size_t n,
                                       struct hm_error *err) {
    return store->ops->put_embeddings(store, rows, n, err);
}

enum hm_status hm_store_fill_missing(struct hm_store *store, size_t *count, struct hm_error *err) {
    return store->ops->fill_missing(store, count, err);
}

enum hm_status hm_store_each_embedding(struct hm_store *store, hm_store_embedding_fn *fn,
                                       void *context, struct hm_error *err) {
    return store->ops->each_embedding(store, fn, context, err);
}

enum hm_status hm_store_get_embedding(struct hm_store *store, const char *code,
                                      float vector[HM_DIM], struct hm_error *err) {
    return store->ops->get_embedding(store, code, vector, err);
}

enum hm_status hm_store_get_knn_state(struct hm_store *store, struct hm_store_knn_state *state,
                                      struct hm_error *err) {
    return store->ops->knn_state(store, state, err);
}

enum hm_status hm_store_put_neighbours(struct hm_store *store,
                                       const struct hm_store_neighbours *rows, size_t n,
                                       const struct hm_store_knn_state *state,
                                       struct hm_error *err) {
    return store->ops->put_neighbours(store, rows, n, state, err);
}

enum hm_status hm_store_gds_knn(struct hm_store *store, size_t k, hm_store_progress_fn *progress,
                                void *context, struct hm_store_gds_result *result,
                                struct hm_error *err) {
    if (!store->ops->gds_knn)
        return hm_fail(err, HM_EUNSUPPORTED,
                       "store %s is %s; Graph Data Science is a plugin of Neo4j servers",
                       store->name, store->kind->name);
    return store->ops->gds_knn(store, k, progress, context, result, err);
}

enum hm_status hm_store_each_neighbours(struct hm_store *store, hm_store_neighbours_fn *fn,
                                        void *context, struct hm_error *err) {
    return store->ops->each_neighbours(store, fn, context, err);
}

enum hm_status hm_store_get_neighbours(struct hm_store *store, const char *code,
                                       hm_store_neighbours_fn *fn, void *context,
                                       struct hm_error *err) {
    return store->ops->get_neighbours(store, code, fn, context, err);
}

enum hm_status hm_store_each_article(struct hm_store *store, hm_store_article_fn *fn, void *context,
                                     struct hm_error *err) {
    return store->ops->each_article(store, fn, context, err);
}

enum hm_status hm_store_products(struct hm_store *store, const char *const *codes, size_t n,
                                 hm_store_product_fn *fn, void *context, struct hm_error *err) {
    return store->ops->products(store, codes, n, fn, context, err);
}

enum hm_status hm_store_remove(struct hm_store *store, const char *const *codes, size_t n,
                               enum hm_store_removal what, struct hm_store_removed *out,
                               struct hm_error *err) {
    *out = (struct hm_store_removed){0};
    return store->ops->remove(store, codes, n, what, out, err);
}

enum hm_status store_check_mark(const struct hm_store *store, const struct hm_store_mark *mark,
                                struct hm_error *err) {
    if (strlen(mark->kind) <= HM_STORE_SOURCE_MAX && strlen(mark->source) <= HM_STORE_SOURCE_MAX)
        return HM_OK;
    return hm_fail(err, HM_EARG, "store %s: mark \"%s\" of %s is longer than %d bytes", store->name,
                   mark->source, mark->kind, HM_STORE_SOURCE_MAX);
}

enum hm_status hm_store_get_mark(struct hm_store *store, struct hm_store_mark *mark,
                                 struct hm_error *err) {
    return store->ops->get_mark(store, mark, err);
}

enum hm_status hm_store_put_articles(struct hm_store *store, const struct hm_store_article *rows,
                                     size_t n, const struct hm_store_mark *mark,
                                     struct hm_error *err) {
    return store->ops->put_articles(store, rows, n, mark, err);
}

enum hm_status hm_store_put_customers(struct hm_store *store, const struct hm_store_customer *rows,
                                      size_t n, const struct hm_store_mark *mark,
                                      struct hm_error *err) {
    return store->ops->put_customers(store, rows, n, mark, err);
}

enum hm_status hm_store_put_purchases(struct hm_store *store, const struct hm_store_purchase *rows,
                                      size_t n, const struct hm_store_mark *mark,
                                      struct hm_error *err) {
    return store->ops->put_purchases(store, rows, n, mark, err);
}

enum hm_status hm_store_count(struct hm_store *store, struct hm_store_counts *counts,
                              struct hm_error *err) {
    return store->ops->counts(store, counts, err);
}

static enum hm_status is_graph(const struct hm_store *store, struct hm_error *err) {
    return hm_fail(err, HM_EUNSUPPORTED,
                   "store %s is %s, which has the graph itself; expected an SQLite file",
                   store->name, store->kind->name);
}

enum hm_status store_graph_read(struct hm_store *store, const struct store_graph_reader *reader,
                                struct hm_error *err) {
    if (!store->ops->read_graph) return is_graph(store, err);
    return store->ops->read_graph(store, reader, err);
}

enum hm_status store_graph_keep_links(struct hm_store *store, struct hm_error *err) {
    if (!store->ops->keep_links) return is_graph(store, err);
    return store->ops->keep_links(store, err);
}
