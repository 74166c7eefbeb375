// SPDX-License-Identifier: MIT
// Removing products from the Neo4j store, or parts of them.

#include <string.h>

#include "neo4j/neo4j.h"

enum { PRODUCTS_A_RUN = 1000 }; // a transaction: each may have a thousand purchases

// One function reads the rows of all.
CYPHER_SAME_COLUMNS(REMOVE_NEIGHBOURS, REMOVE_EMBEDDINGS);
CYPHER_SAME_COLUMNS(REMOVE_NEIGHBOURS, REMOVE_PURCHASES);
CYPHER_SAME_COLUMNS(REMOVE_NEIGHBOURS, REMOVE_CATALOGUE);
CYPHER_SAME_COLUMNS(REMOVE_NEIGHBOURS, REMOVE_PRODUCTS);

// What each degree of removal does, in order.
static const struct step {
    enum hm_store_removal from; // this degree, and those beyond
    enum cypher_id script;
} steps[] = {
    {HM_STORE_REMOVE_EMBEDDING, CYPHER_REMOVE_NEIGHBOURS},
    {HM_STORE_REMOVE_EMBEDDING, CYPHER_REMOVE_EMBEDDINGS},
    {HM_STORE_REMOVE_ALL, CYPHER_REMOVE_PURCHASES},
    {HM_STORE_REMOVE_CATALOGUE, CYPHER_REMOVE_CATALOGUE},
    {HM_STORE_REMOVE_EMBEDDING, CYPHER_REMOVE_PRODUCTS},
};

// Of one transaction, which may be done again: set, not added.
static enum hm_status copy_removed(void *context, const struct bolt_value *row,
                                   struct hm_error *err) {
    struct hm_store_removed *removed = context;
    const struct {
        const char *what;
        size_t *count;
    } fields[] = {
        {"products", &removed->products},
        {"embeddings", &removed->embeddings},
        {"neighbours", &removed->neighbours},
        {"purchases", &removed->purchases},
    };
    (void)err;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strcmp(neo4j_text(&row[REMOVE_NEIGHBOURS_WHAT]), fields[i].what) == 0)
            *fields[i].count = (size_t)neo4j_whole(&row[REMOVE_NEIGHBOURS_COUNT]);
    return HM_OK;
}

static enum hm_status add_step(struct neo4j_store *s, struct neo4j_batch *batch,
                               enum cypher_id script, const char *const *codes, size_t n,
                               struct hm_error *err) {
    struct bolt_params *params = neo4j_add(batch, script, -1);
    if (!params) return neo4j_no_memory(s, err);
    bolt_begin_list(params, "codes", n);
    for (size_t i = 0; i < n; i++)
        bolt_put_string(params, NULL, codes[i]);
    bolt_end(params);
    return HM_OK;
}

static enum hm_status remove_some(struct neo4j_store *s, const char *const *codes, size_t n,
                                  enum hm_store_removal what, struct hm_store_removed *removed,
                                  struct hm_error *err) {
    struct neo4j_batch batch = {0};
    enum hm_status status = HM_OK;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == HM_OK; i++)
        if (what >= steps[i].from) status = add_step(s, &batch, steps[i].script, codes, n, err);
    if (status == HM_OK) status = neo4j_write(s, &batch, copy_removed, removed, err);
    neo4j_batch_free(&batch);
    return status;
}

enum hm_status neo4j_remove(struct hm_store *store, const char *const *codes, size_t n,
                            enum hm_store_removal what, struct hm_store_removed *out,
                            struct hm_error *err) {
    for (size_t at = 0; at < n; at += PRODUCTS_A_RUN) {
        struct hm_store_removed some = {0};
        HM_TRY(remove_some(neo4j_of(store), codes + at,
                           n - at < PRODUCTS_A_RUN ? n - at : PRODUCTS_A_RUN, what, &some, err));
        out->products += some.products;
        out->embeddings += some.embeddings;
        out->neighbours += some.neighbours;
        out->purchases += some.purchases;
    }
    return HM_OK;
}
