// SPDX-License-Identifier: MIT
// hmrec setup: what one or two stores need before anything is loaded, and how a server joins the
// two.

#include <string.h>

#include "commands.h"
#include "cypher.h"
#include "hmrec/pipeline.h"
#include "resources.h"
#include "server.h"

struct setup {
    const char *uri;
    char address[256]; // the URI without a database
    struct hm_store_setup_result found;
};

static enum hm_status set_up(struct setup *s, unsigned parts, struct hm_error *err) {
    struct app_server server;
    struct hm_store_config config;
    enum hm_status status = app_store_config(&config, &server, s->uri, true, err);
    if (status == HM_OK) status = hm_store_setup(&config, parts, &s->found, err);
    const char *scheme = config.uri ? strstr(config.uri, "://") : NULL;
    if (scheme)
        snprintf(s->address, sizeof s->address, "%.*s",
                 (int)(scheme + 3 - config.uri + (long)strcspn(scheme + 3, "/")), config.uri);
    app_server_forget(&server);
    if (status != HM_OK) return status;
    if (*s->found.server)
        printf("%s: %s%s%s, database %s%s, constraints in place\n", s->found.name, s->found.server,
               *s->found.edition ? " " : "", s->found.edition, s->found.database,
               s->found.made ? " (made)" : "");
    else
        printf("%s: SQLite, %s\n", s->found.name, s->found.made ? "made" : "was there");
    return HM_OK;
}

// What Fabric reads in neo4j.conf: the query across two databases calls them fabric.neo4j and
// fabric.products.
static void print_fabric(const struct setup *store, const struct setup *graph) {
    const struct {
        const struct setup *from;
        const char *name;
    } parts[] = {{graph, "neo4j"}, {store, "products"}};
    printf("\n# Fabric (Enterprise Edition): lines for neo4j.conf, then a restart\n"
           "fabric.database.name=fabric\n");
    for (int i = 0; i < 2; i++)
        printf("fabric.graph.%d.uri=%s\nfabric.graph.%d.database=%s\nfabric.graph.%d.name=%s\n", i,
               parts[i].from->address, i, parts[i].from->found.database, i, parts[i].name);
}

// Two parts on servers: what lets one query reach both.
static enum hm_status join_parts(const struct setup *store, const struct setup *graph,
                                 struct hm_error *err) {
    if (cypher_fits("< 5", store->found.server)) {
        print_fabric(store, graph);
        return HM_OK;
    }
    if (strcmp(store->address, graph->address) != 0) {
        app_note("the parts are on two servers: hmrec similar asks both (--via join)");
        return HM_OK;
    }
    struct app_server server;
    struct hm_store_config config;
    enum hm_status status = app_store_config(&config, &server, store->uri, false, err);
    if (status == HM_OK)
        status =
            hm_store_setup_composite(&config, store->found.database, graph->found.database, err);
    app_server_forget(&server);
    if (status == HM_OK) printf("%s: composite database fabric in place\n", store->address);
    if (status != HM_EUNSUPPORTED) return status;
    app_note("%s; hmrec similar asks both parts (--via join)", err->text);
    return HM_OK;
}

int cmd_setup(const struct app_command *self, int argc, char **argv) {
    struct setup store = {0}, graph = {0};
    const struct app_option options[] = {
        {"store", 's', APP_TEXT, "URI",
         "products and embeddings; default $NEO4J_URI, else hmrec.db", &store.uri},
        {"graph", 'g', APP_TEXT, "URI",
         "customers and catalogue, where they are kept apart: bolt://host:7687/DATABASE",
         &graph.uri},
        APP_SERVER_OPTIONS,
        {0},
    };
    struct hm_error err = {0};
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (first < argc) return app_usage(self, "unexpected argument \"%s\"", argv[first]);
    enum hm_status status =
        set_up(&store, graph.uri ? HM_STORE_PRODUCTS : HM_STORE_PRODUCTS | HM_STORE_GRAPH, &err);
    if (status == HM_OK && graph.uri) status = set_up(&graph, HM_STORE_GRAPH, &err);
    if (status == HM_OK && *store.found.server && *graph.found.server)
        status = join_parts(&store, &graph, &err);
    return status == HM_OK ? APP_OK : app_complain(&err);
}
