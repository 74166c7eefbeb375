// SPDX-License-Identifier: MIT
// Embeddings in the Neo4j store: the current model, where each vector came from, the vectors.

#include <stdio.h>
#include <string.h>

#include "neo4j/neo4j.h"

enum {
    ROWS_A_RUN = 100,  // embeddings in one run of a script: 0.8 to 1.8 MB on the wire
    FILL_A_RUN = 1000, // zero vectors made by one transaction: 8 to 16 MB in the server's memory
};

static const enum cypher_id put_script[] = {
    [NEO4J_LIST] = CYPHER_EMBEDDINGS_LIST,
    [NEO4J_F32] = CYPHER_EMBEDDINGS_F32,
    [NEO4J_VECTOR] = CYPHER_EMBEDDINGS_VECTOR,
};
static const enum cypher_id fill_script[] = {
    [NEO4J_LIST] = CYPHER_ZERO_VECTORS_LIST,
    [NEO4J_F32] = CYPHER_ZERO_VECTORS_F32,
    [NEO4J_VECTOR] = CYPHER_ZERO_VECTORS_F32,
};
static const enum cypher_id each_script[] = {
    [NEO4J_LIST] = CYPHER_EMBEDDINGS,
    [NEO4J_F32] = CYPHER_EMBEDDINGS,
    [NEO4J_VECTOR] = CYPHER_EMBEDDINGS_AS_VECTOR,
};

// One function reads the rows of both.
CYPHER_SAME_COLUMNS(ZERO_VECTORS_LIST, ZERO_VECTORS_F32);
CYPHER_SAME_COLUMNS(EMBEDDINGS, EMBEDDINGS_AS_VECTOR);
_Static_assert((int)SOURCES_CODE == (int)EMBEDDINGS_CODE &&
                   (int)SOURCES_DIGEST == (int)EMBEDDINGS_DIGEST &&
                   (int)SOURCES_BYTES == (int)EMBEDDINGS_BYTES &&
                   (int)SOURCES_MTIME_NS == (int)EMBEDDINGS_MTIME_NS,
               "source_of reads either");

// ---- the model

static enum hm_status copy_model(void *context, const struct bolt_value *row,
                                 struct hm_error *err) {
    char *model = context;
    const char *stored = neo4j_text(&row[STATE_MODEL]);
    size_t length = strnlen(stored, HM_STORE_MODEL_MAX);
    (void)err;
    memcpy(model, stored, length);
    model[length] = '\0';
    return HM_OK;
}

enum hm_status neo4j_current_model(struct neo4j_store *s, char model[HM_STORE_MODEL_MAX + 1],
                                   struct hm_error *err) {
    model[0] = '\0';
    return neo4j_ask(s, CYPHER_STATE, NULL, copy_model, model, err);
}

static enum hm_status copy_use(void *context, const struct bolt_value *row, struct hm_error *err) {
    (void)err;
    *(bool *)context = neo4j_whole(&row[MODEL_IN_USE_COUNT]) > 0;
    return HM_OK;
}

static enum hm_status model_in_use(struct neo4j_store *s, const char *model, bool *used,
                                   struct hm_error *err) {
    *used = false;
    return neo4j_ask(s, CYPHER_MODEL_IN_USE, (struct neo4j_given[]){{"model", model}, {NULL, NULL}},
                     copy_use, used, err);
}

enum hm_status neo4j_model(struct hm_store *store, char model[HM_STORE_MODEL_MAX + 1],
                           struct hm_error *err) {
    struct neo4j_store *s = neo4j_of(store);
    bool used;
    HM_TRY(neo4j_current_model(s, model, err));
    HM_TRY(model_in_use(s, model, &used, err));
    if (!used) model[0] = '\0';
    return HM_OK;
}

static const char model_changed[] = "another process has changed its model";

// Append what makes the model current that neo4j_use_model asked for.
static enum hm_status add_model(struct neo4j_store *s, struct neo4j_batch *batch,
                                struct hm_error *err) {
    if (!s->model_to_be) return HM_OK;
    struct bolt_params *params = neo4j_add(batch, CYPHER_USE_MODEL, 1);
    if (!params) return neo4j_no_memory(s, err);
    bolt_put_string(params, "model", s->model);
    bolt_put_string(params, "found", s->found);
    return HM_OK;
}

// The same in a transaction of its own.
static enum hm_status settle_model(struct neo4j_store *s, struct hm_error *err) {
    struct neo4j_batch batch = {.shortfall = model_changed};
    enum hm_status status = add_model(s, &batch, err);
    if (status == HM_OK) status = neo4j_write(s, &batch, NULL, NULL, err);
    if (status == HM_OK) s->model_to_be = false;
    neo4j_batch_free(&batch);
    return status;
}

enum hm_status neo4j_use_model(struct hm_store *store, const char *model, bool replace,
                               struct hm_error *err) {
    struct neo4j_store *s = neo4j_of(store);
    bool used, there;
    HM_TRY(neo4j_current_model(s, s->found, err));
    HM_TRY(model_in_use(s, s->found, &used, err));
    s->model_to_be = strcmp(s->found, model) != 0;
    if (s->model_to_be && used && !replace) {
        s->model_to_be = false;
        return store_model_conflict(store, s->found, model, err);
    }
    snprintf(s->model, sizeof s->model, "%s", model);
    if (!s->model_to_be || used) return HM_OK;
    HM_TRY(model_in_use(s, model, &there, err));
    return there ? settle_model(s, err) : HM_OK; // those may be all that will be wanted
}

// ---- writing

static void put_source(struct bolt_params *params, const struct hm_store_source *source) {
    bolt_put_string(params, "code", source->code);
    bolt_put_string(params, "digest", source->image_digest);
    bolt_put_int(params, "bytes", (int64_t)source->image_bytes);
    bolt_put_int(params, "mtime_ns", source->image_mtime_ns);
}

// The next rows with a vector (or without one), at most ROWS_A_RUN of them, from *at on.
static size_t next_rows(const struct hm_store_embedding *rows, size_t n, bool vector, size_t *at,
                        const struct hm_store_embedding *found[ROWS_A_RUN]) {
    size_t count = 0;
    for (; *at < n && count < ROWS_A_RUN; ++*at)
        if ((rows[*at].vector != NULL) == vector) found[count++] = &rows[*at];
    return count;
}

static enum hm_status add_rows(struct neo4j_store *s, struct neo4j_batch *batch, bool vector,
                               const struct hm_store_embedding *const *rows, size_t n,
                               struct hm_error *err) {
    enum cypher_id script = vector ? put_script[s->vectors] : CYPHER_EMBEDDINGS_TOUCHED;
    struct bolt_params *params = neo4j_add(batch, script, vector ? (int64_t)n : -1);
    if (!params) return neo4j_no_memory(s, err);
    bolt_put_string(params, "model", s->model);
    bolt_begin_list(params, "rows", n);
    for (size_t i = 0; i < n; i++) {
        bolt_begin_map(params, NULL, vector ? 5 : 4);
        put_source(params, &rows[i]->source);
        if (vector && s->vectors == NEO4J_VECTOR)
            bolt_put_vector_f32(params, "embedding", rows[i]->vector, HM_DIM);
        else if (vector)
            bolt_put_f32(params, "embedding", rows[i]->vector, HM_DIM);
        bolt_end(params);
    }
    bolt_end(params);
    return HM_OK;
}

enum hm_status neo4j_put_embeddings(struct hm_store *store, const struct hm_store_embedding *rows,
                                    size_t n, struct hm_error *err) {
    struct neo4j_store *s = neo4j_of(store);
    struct neo4j_batch batch = {.shortfall = model_changed};
    const struct hm_store_embedding *some[ROWS_A_RUN];
    enum hm_status status = add_model(s, &batch, err);
    for (int vector = 0; vector < 2; vector++) {
        size_t at = 0, count;
        while (status == HM_OK && (count = next_rows(rows, n, vector, &at, some)) > 0)
            status = add_rows(s, &batch, vector, some, count, err);
    }
    if (status == HM_OK) status = neo4j_write(s, &batch, NULL, NULL, err);
    if (status == HM_OK) s->model_to_be = false;
    neo4j_batch_free(&batch);
    return status;
}

static enum hm_status copy_count(void *context, const struct bolt_value *row,
                                 struct hm_error *err) {
    (void)err;
    *(size_t *)context = (size_t)neo4j_whole(&row[ZERO_VECTORS_LIST_COUNT]);
    return HM_OK;
}

enum hm_status neo4j_fill_missing(struct hm_store *store, size_t *count, struct hm_error *err) {
    struct neo4j_store *s = neo4j_of(store);
    static const float zero[HM_DIM];
    HM_TRY(settle_model(s, err));
    struct neo4j_batch batch = {0};
    struct bolt_params *params = neo4j_add(&batch, fill_script[s->vectors], -1);
    if (!params) return neo4j_no_memory(s, err);
    bolt_put_string(params, "model", s->model);
    bolt_put_f32(params, "zero", zero, HM_DIM);
    bolt_put_int(params, "limit", FILL_A_RUN);
    enum hm_status status;
    size_t filled = 0;
    *count = 0;
    do {
        status = neo4j_write(s, &batch, copy_count, &filled, err);
        if (status == HM_OK) *count += filled;
    } while (status == HM_OK && filled > 0);
    neo4j_batch_free(&batch);
    return status;
}

// ---- reading

static struct hm_store_source source_of(const struct bolt_value *row) {
    return (struct hm_store_source){
        .code = neo4j_text(&row[SOURCES_CODE]),
        .image_digest = neo4j_text(&row[SOURCES_DIGEST]),
        .image_bytes = (uint64_t)neo4j_whole(&row[SOURCES_BYTES]),
        .image_mtime_ns = neo4j_whole(&row[SOURCES_MTIME_NS]),
    };
}

struct sources {
    hm_store_source_fn *fn;
    void *context;
};

static enum hm_status give_source(void *context, const struct bolt_value *row,
                                  struct hm_error *err) {
    struct sources *to = context;
    struct hm_store_source source = source_of(row);
    return to->fn(to->context, &source, err);
}

enum hm_status neo4j_each_source(struct hm_store *store, hm_store_source_fn *fn, void *context,
                                 struct hm_error *err) {
    struct neo4j_store *s = neo4j_of(store);
    struct sources to = {fn, context};
    return neo4j_ask(s, CYPHER_SOURCES, (struct neo4j_given[]){{"model", s->model}, {NULL, NULL}},
                     give_source, &to, err);
}

static enum hm_status vector_of(const struct neo4j_store *s, const char *code,
                                const struct bolt_value *list, float *vector,
                                struct hm_error *err) {
    enum hm_status status = bolt_to_f32(list, vector, HM_DIM, err);
    if (status != HM_OK) hm_error_prefix(err, "store %s: embedding of %s", s->base.name, code);
    return status;
}

struct embeddings {
    const struct neo4j_store *store;
    hm_store_embedding_fn *fn;
    void *context;
    _Alignas(64) float vector[HM_DIM]; // a cache line and more, as the search wants it
};

static enum hm_status give_embedding(void *context, const struct bolt_value *row,
                                     struct hm_error *err) {
    struct embeddings *to = context;
    struct hm_store_embedding e = {.source = source_of(row),
                                   .vector = to->vector,
                                   .revision = neo4j_whole(&row[EMBEDDINGS_REVISION])};
    HM_TRY(vector_of(to->store, e.source.code, &row[EMBEDDINGS_EMBEDDING], to->vector, err));
    return to->fn(to->context, &e, err);
}

enum hm_status neo4j_each_embedding(struct hm_store *store, hm_store_embedding_fn *fn,
                                    void *context, struct hm_error *err) {
    struct neo4j_store *s = neo4j_of(store);
    struct embeddings to = {.store = s, .fn = fn, .context = context};
    return neo4j_ask(s, each_script[s->vectors],
                     (struct neo4j_given[]){{"model", s->model}, {NULL, NULL}}, give_embedding, &to,
                     err);
}

struct one {
    const struct neo4j_store *store;
    const char *code;
    float *vector; // f32[2048]
    bool found;
};

static enum hm_status take_one(void *context, const struct bolt_value *row, struct hm_error *err) {
    struct one *one = context;
    one->found = true;
    return vector_of(one->store, one->code, &row[EMBEDDING_EMBEDDING], one->vector, err);
}

enum hm_status neo4j_get_embedding(struct hm_store *store, const char *code, float vector[HM_DIM],
                                   struct hm_error *err) {
    struct neo4j_store *s = neo4j_of(store);
    struct one one = {.store = s, .code = code, .vector = vector};
    HM_TRY(neo4j_ask(s, CYPHER_EMBEDDING,
                     (struct neo4j_given[]){{"model", s->model}, {"code", code}, {NULL, NULL}},
                     take_one, &one, err));
    if (one.found) return HM_OK;
    return hm_fail(err, HM_ENOTFOUND, "store %s: no embedding of %s", s->base.name, code);
}
