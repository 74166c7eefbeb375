// SPDX-License-Identifier: MIT
// Setting a Neo4j server up: the database where the edition can have several, the constraints, and
// the composite database that joins two.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "neo4j/neo4j.h"

static const char not_found[] = "Neo.ClientError.Database.DatabaseNotFound";
static const char unsupported[] = "Neo.ClientError.Statement.UnsupportedAdministrationCommand";

static enum hm_status run_in(struct neo4j_store *s, const char *database, enum cypher_id script,
                             const struct bolt_params *params, struct hm_error *err) {
    struct bolt_session_config config = {.database = database};
    struct bolt_session *session;
    HM_TRY(bolt_session_new(s->driver, &config, &session, err));
    enum hm_status status = neo4j_run_script(session, script, params, err);
    bolt_session_free(session);
    return status;
}

// *edition: what the server says, "" when it does not.
static enum hm_status copy_edition(void *context, const struct bolt_value *row,
                                   struct hm_error *err) {
    struct hm_store_setup_result *out = context;
    (void)err;
    if (strcmp(neo4j_text(&row[SERVER_NAME]), "Neo4j Kernel") == 0)
        snprintf(out->edition, sizeof out->edition, "%s", neo4j_text(&row[SERVER_EDITION]));
    return HM_OK;
}

static enum hm_status make_database(struct neo4j_store *s, const char *name,
                                    struct hm_store_setup_result *out, struct hm_error *err) {
    struct hm_error why = {0};
    enum hm_status status = run_in(s, name, CYPHER_SERVER, NULL, &why);
    if (status == HM_OK) return HM_OK;
    if (strcmp(why.code, not_found) == 0) {
        struct bolt_params *params = bolt_params_new();
        if (!params) return neo4j_no_memory(s, err);
        bolt_put_string(params, "name", name);
        status = run_in(s, "system", CYPHER_CREATE_DATABASE, params, &why);
        bolt_params_free(params);
        out->made = status == HM_OK;
        if (strcmp(why.code, unsupported) == 0)
            return hm_fail(err, HM_EUNSUPPORTED,
                           "store %s: the Community Edition has one database and cannot make "
                           "\"%s\"; omit the name, or give each part a server of its own",
                           s->base.name, name);
    }
    if (status != HM_OK) hm_error_prefix(&why, "store %s", s->base.name);
    if (status != HM_OK && err) *err = why;
    return status;
}

static enum hm_status set_up_server(struct neo4j_store *s, const struct hm_store_config *server,
                                    unsigned parts, struct hm_store_setup_result *out,
                                    struct hm_error *err) {
    struct hm_store_config anywhere = *server;
    anywhere.database = NULL; // the one asked for may not be there yet
    HM_TRY(neo4j_connect(s, &anywhere, err));
    snprintf(out->server, sizeof out->server, "%s", s->agent);
    HM_TRY(neo4j_ask(s, CYPHER_SERVER, NULL, copy_edition, out, err));
    if (server->database && *server->database) {
        HM_TRY(make_database(s, server->database, out, err));
        neo4j_disconnect(s);
        HM_TRY(neo4j_connect(s, server, err));
    }
    HM_TRY(neo4j_constrain(s, CYPHER_CONSTRAINTS_PRODUCTS, err));
    return parts & HM_STORE_GRAPH ? neo4j_constrain(s, CYPHER_CONSTRAINTS_GRAPH, err) : HM_OK;
}

enum hm_status store_neo4j_setup(const struct hm_store_config *config, unsigned parts,
                                 struct hm_store_setup_result *out, struct hm_error *err) {
    struct neo4j_store s = {0};
    char uri[NEO4J_URI_MAX + 1];
    struct hm_store_config server;
    HM_TRY(neo4j_name(&s, config, uri, &server, err));
    enum hm_status status = set_up_server(&s, &server, parts, out, err);
    snprintf(out->name, sizeof out->name, "%s", s.base.name);
    snprintf(out->database, sizeof out->database, "%s",
             server.database && *server.database ? server.database : "neo4j");
    neo4j_disconnect(&s);
    return status;
}

enum hm_status store_neo4j_setup_composite(const struct hm_store_config *config,
                                           const char *products, const char *graph,
                                           struct hm_error *err) {
    struct neo4j_store s = {0};
    char uri[NEO4J_URI_MAX + 1];
    struct hm_store_config server;
    struct hm_error why = {0};
    HM_TRY(neo4j_name(&s, config, uri, &server, err));
    struct bolt_params *params = bolt_params_new();
    enum hm_status status = params ? neo4j_connect(&s, &server, &why) : neo4j_no_memory(&s, &why);
    if (status == HM_OK && !cypher_serves(CYPHER_CREATE_COMPOSITE, s.agent))
        status = hm_fail(&why, HM_EUNSUPPORTED,
                         "store %s: found %s; composite databases came with Neo4j 5", s.base.name,
                         s.agent);
    if (status == HM_OK) {
        bolt_put_string(params, "products", products);
        bolt_put_string(params, "graph", graph);
        status = run_in(&s, "system", CYPHER_CREATE_COMPOSITE, params, &why);
    }
    if (strcmp(why.code, unsupported) == 0)
        status = hm_fail(&why, HM_EUNSUPPORTED,
                         "store %s: the Community Edition has no composite databases", s.base.name);
    if (status != HM_OK && err) *err = why;
    bolt_params_free(params);
    neo4j_disconnect(&s);
    return status;
}
