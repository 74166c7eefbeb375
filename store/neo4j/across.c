// SPDX-License-Identifier: MIT
// One query across two databases: Fabric of Neo4j 4.x, composite databases of Neo4j 5 and later.
// Both are reached as the database "fabric", with the parts fabric.products and fabric.neo4j.

#include <string.h>

#include "neo4j/neo4j.h"

static const char fabric[] = "fabric";

CYPHER_SAME_COLUMNS(SIMILAR_FABRIC, SIMILAR_COMPOSITE);

struct across {
    hm_store_across_fn *fn;
    void *context;
    size_t which;
};

static enum hm_status give_row(void *context, const struct bolt_value *row, struct hm_error *err) {
    struct across *to = context;
    double score = 0;
    HM_TRY(bolt_to_float(&row[SIMILAR_FABRIC_SCORE], &score, err));
    struct hm_store_across_row given = {neo4j_text(&row[SIMILAR_FABRIC_CODE]), (float)score,
                                        neo4j_text(&row[SIMILAR_FABRIC_TYPE]),
                                        neo4j_text(&row[SIMILAR_FABRIC_DEPARTMENT])};
    return to->fn(to->context, to->which, &given, err);
}

static enum hm_status ask_across(struct neo4j_store *s, enum cypher_id script, const char *code,
                                 size_t k, struct across *to, struct hm_error *err) {
    struct neo4j_batch batch = {0};
    struct bolt_params *params = neo4j_add(&batch, script, -1);
    if (!params) return neo4j_no_memory(s, err);
    bolt_put_string(params, "code", code);
    bolt_put_int(params, "k", (int64_t)k);
    enum hm_status status = neo4j_read(s, &batch, give_row, to, err);
    neo4j_batch_free(&batch);
    return status;
}

// Fabric ended with 4.4, composite databases began with 5.
static enum hm_status check_version(const struct neo4j_store *s, enum hm_store_across how,
                                    struct hm_error *err) {
    bool composite = cypher_serves(CYPHER_CREATE_COMPOSITE, s->agent);
    if (how == HM_STORE_ACROSS_AUTO || composite == (how == HM_STORE_COMPOSITE)) return HM_OK;
    return hm_fail(err, HM_EUNSUPPORTED,
                   "store %s: found %s, which has %s; --via join needs neither", s->base.name,
                   s->agent,
                   composite ? "composite databases (--via composite), no Fabric"
                             : "Fabric (--via fabric), no composite databases");
}

static bool is_missing(const struct hm_error *why) {
    return strstr(why->code, "DatabaseNotFound") != NULL;
}

enum hm_status store_neo4j_similar_across(const struct hm_store_config *config,
                                          enum hm_store_across how, const char *const *codes,
                                          size_t n, size_t k, hm_store_across_fn *fn, void *context,
                                          struct hm_error *err) {
    struct neo4j_store s = {0};
    char uri[NEO4J_URI_MAX + 1];
    struct hm_store_config server;
    struct hm_error why = {0};
    struct across to = {.fn = fn, .context = context};
    HM_TRY(neo4j_name(&s, config, uri, &server, err));
    server.database = fabric;
    enum hm_status status = neo4j_connect(&s, &server, &why);
    if (status == HM_OK) status = check_version(&s, how, &why);
    bool newer = status == HM_OK && cypher_serves(CYPHER_SIMILAR_COMPOSITE, s.agent);
    for (; to.which < n && status == HM_OK; to.which++)
        status = ask_across(&s, newer ? CYPHER_SIMILAR_COMPOSITE : CYPHER_SIMILAR_FABRIC,
                            codes[to.which], k, &to, &why);
    if (is_missing(&why)) // said at once, or by the first query
        status =
            hm_fail(&why, HM_EUNSUPPORTED,
                    "store %s: the server has no database \"%s\" (the Community Edition can't; "
                    "hmrec setup says how); --via join needs none",
                    s.base.name, fabric);
    if (status != HM_OK && err) *err = why;
    neo4j_disconnect(&s);
    return status;
}
