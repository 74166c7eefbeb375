// SPDX-License-Identifier: MIT
// Embeddings in the SQLite store: the current model, where each vector came from, the vectors.

#include <stdio.h>
#include <string.h>

#include "mem.h"
#include "sqlite/sqlite.h"

// A row of table model. id 0: there is none.
struct model_row {
    int64_t id;
    char name[HM_STORE_MODEL_MAX + 1];
    bool used; // there are embeddings of it
};

// By its number, or where that is 0 by its name.
static enum hm_status find_model(struct sqlite_store *s, int64_t id, const char *name,
                                 struct model_row *found, struct hm_error *err) {
    sqlite3_stmt *get;
    bool row;
    *found = (struct model_row){0};
    HM_TRY(sqlite_prepare(s, ST_MODEL_ID, &get, err));
    sqlite3_bind_int64(get, 1, id);
    sqlite3_bind_text(get, 2, name, -1, SQLITE_STATIC);
    HM_TRY(sqlite_step(s, get, &row, err));
    if (!row) return HM_OK;
    const char *stored = sqlite_text(get, 1);
    found->id = sqlite3_column_int64(get, 0);
    memcpy(found->name, stored, strnlen(stored, HM_STORE_MODEL_MAX));
    found->used = sqlite3_column_int(get, 2) != 0;
    sqlite3_reset(get);
    return HM_OK;
}

static enum hm_status current_model(struct sqlite_store *s, struct model_row *found,
                                    struct hm_error *err) {
    int64_t id;
    HM_TRY(sqlite_meta_get(s, "model", &id, err));
    return find_model(s, id, NULL, found, err);
}

enum hm_status sqlite_model(struct hm_store *store, char model[HM_STORE_MODEL_MAX + 1],
                            struct hm_error *err) {
    struct model_row current;
    HM_TRY(current_model(sqlite_of(store), &current, err));
    memcpy(model, current.used ? current.name : "", current.used ? sizeof current.name : 1);
    return HM_OK;
}

// Inside a transaction: what use_model asked for becomes current.
static enum hm_status change_model(struct sqlite_store *s, struct hm_error *err) {
    sqlite3_stmt *add;
    struct model_row row;
    HM_TRY(sqlite_prepare(s, ST_MODEL_ADD, &add, err));
    sqlite3_bind_text(add, 1, s->model_to_be, -1, SQLITE_STATIC);
    HM_TRY(sqlite_run(s, add, err));
    HM_TRY(find_model(s, 0, s->model_to_be, &row, err));
    s->model = row.id;
    HM_TRY(sqlite_meta_set(s, "model", row.id, err));
    // neighbours of another model's vectors count for nothing
    return sqlite_meta_set(s, "knn_revision", 0, err);
}

enum hm_status sqlite_use_model(struct hm_store *store, const char *model, bool replace,
                                struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    struct model_row current, wanted;
    HM_TRY(sqlite_do(s, ST_BEGIN, err)); // another process may be choosing too
    enum hm_status status = current_model(s, &current, err);
    if (status == HM_OK) status = find_model(s, 0, model, &wanted, err);
    bool same = status == HM_OK && strcmp(current.name, model) == 0;
    if (status == HM_OK && !same && current.used && !replace)
        status = store_model_conflict(store, current.name, model, err);
    if (status == HM_OK) {
        s->model = s->model_found = current.id;
        s->model_to_be[0] = '\0';
        if (!same) snprintf(s->model_to_be, sizeof s->model_to_be, "%s", model);
        if (!same) s->model = wanted.id;
        // Embeddings that are there already may be all that will be wanted.
        if (!same && !current.used && wanted.used) status = change_model(s, err);
    }
    status = sqlite_end(s, status, err);
    if (status == HM_OK && s->model_to_be[0] && !current.used && wanted.used)
        s->model_to_be[0] = '\0';
    return status;
}

static struct hm_store_source source_of(sqlite3_stmt *row) {
    return (struct hm_store_source){
        .code = sqlite_text(row, 0),
        .image_digest = sqlite_text(row, 1),
        .image_bytes = (uint64_t)sqlite3_column_int64(row, 2),
        .image_mtime_ns = sqlite3_column_int64(row, 3),
    };
}

enum hm_status sqlite_each_source(struct hm_store *store, hm_store_source_fn *fn, void *context,
                                  struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *each;
    bool row;
    HM_TRY(sqlite_prepare(s, ST_EACH_SOURCE, &each, err));
    sqlite3_bind_int64(each, 1, s->model);
    enum hm_status status = sqlite_step(s, each, &row, err);
    while (status == HM_OK && row) {
        struct hm_store_source source = source_of(each);
        status = fn(context, &source, err);
        if (status == HM_OK) status = sqlite_step(s, each, &row, err);
    }
    sqlite3_reset(each);
    return status;
}

static enum hm_status put_embedding(struct sqlite_store *s, const struct hm_store_embedding *e,
                                    int64_t revision, struct hm_error *err) {
    int64_t product;
    sqlite3_stmt *put;
    HM_TRY(sqlite_product_id(s, e->source.code, e->vector != NULL, &product, err));
    HM_TRY(sqlite_prepare(s, e->vector ? ST_EMBEDDING_PUT : ST_EMBEDDING_TOUCH, &put, err));
    sqlite3_bind_int64(put, 1, product);
    if (e->vector) {
        sqlite3_bind_int64(put, 2, s->model);
        sqlite3_bind_int64(put, 3, revision);
        sqlite3_bind_text(put, 4, e->source.image_digest, -1, SQLITE_STATIC);
        sqlite3_bind_int64(put, 5, (sqlite3_int64)e->source.image_bytes);
        sqlite3_bind_int64(put, 6, e->source.image_mtime_ns);
        sqlite3_bind_blob(put, 7, e->vector, SQLITE_VECTOR_BYTES, SQLITE_STATIC);
    } else {
        sqlite3_bind_int64(put, 2, (sqlite3_int64)e->source.image_bytes);
        sqlite3_bind_int64(put, 3, e->source.image_mtime_ns);
    }
    return sqlite_run(s, put, err);
}

enum hm_status sqlite_next_revision(struct sqlite_store *s, int64_t *revision,
                                    struct hm_error *err) {
    HM_TRY(sqlite_meta_get(s, "revision", revision, err));
    return sqlite_meta_set(s, "revision", ++*revision, err);
}

enum hm_status sqlite_check_model(struct sqlite_store *s, struct hm_error *err) {
    int64_t current;
    HM_TRY(sqlite_meta_get(s, "model", &current, err));
    if (current == s->model && s->model) return HM_OK;
    return hm_fail(err, HM_ECONFLICT, "store %s: another process has changed its model",
                   s->base.name);
}

// Inside a transaction that puts embeddings: the model that this process uses is, or becomes, the
// current one.
static enum hm_status settle_model(struct sqlite_store *s, struct hm_error *err) {
    struct model_row current;
    if (!s->model_to_be[0]) return sqlite_check_model(s, err);
    HM_TRY(current_model(s, &current, err));
    if (strcmp(current.name, s->model_to_be) == 0) { // another process of the same job was first
        s->model = current.id;
        return HM_OK;
    }
    if (current.id == s->model_found) return change_model(s, err);
    return hm_fail(err, HM_ECONFLICT, "store %s: another process has changed its model",
                   s->base.name);
}

// Ends a transaction that began with settle_model.
static enum hm_status end_put(struct sqlite_store *s, enum hm_status status, struct hm_error *err) {
    status = sqlite_end(s, status, err);
    if (status == HM_OK) s->model_to_be[0] = '\0';
    return status;
}

enum hm_status sqlite_put_embeddings(struct hm_store *store, const struct hm_store_embedding *rows,
                                     size_t n, struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    int64_t revision = 0;
    HM_TRY(sqlite_do(s, ST_BEGIN, err));
    enum hm_status status = settle_model(s, err);
    if (status == HM_OK) status = sqlite_next_revision(s, &revision, err);
    for (size_t i = 0; i < n && status == HM_OK; i++)
        status = put_embedding(s, &rows[i], revision, err);
    return end_put(s, status, err);
}

enum hm_status sqlite_fill_missing(struct hm_store *store, size_t *count, struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *fill;
    int64_t revision = 0;
    *count = 0;
    HM_TRY(sqlite_do(s, ST_BEGIN, err));
    enum hm_status status = settle_model(s, err);
    if (status == HM_OK) status = sqlite_next_revision(s, &revision, err);
    if (status == HM_OK) status = sqlite_prepare(s, ST_FILL_MISSING, &fill, err);
    if (status == HM_OK) {
        sqlite3_bind_int64(fill, 1, s->model);
        sqlite3_bind_int64(fill, 2, revision);
        status = sqlite_run(s, fill, err);
        *count = status == HM_OK ? (size_t)sqlite3_changes64(s->db) : 0;
    }
    return end_put(s, status, err);
}

enum hm_status sqlite_vector_of(struct sqlite_store *s, sqlite3_stmt *row, int column,
                                const char *code, const float **vector, struct hm_error *err) {
    const void *blob = sqlite3_column_blob(row, column);
    int bytes = sqlite3_column_bytes(row, column);
    if (bytes != SQLITE_VECTOR_BYTES || !blob)
        return hm_fail(err, HM_EFORMAT, "store %s: embedding of %s has %d bytes, expected %d",
                       s->base.name, code, bytes, SQLITE_VECTOR_BYTES);
    *vector = blob;
    return HM_OK;
}

enum hm_status sqlite_give_embeddings(struct sqlite_store *s, sqlite3_stmt *each,
                                      hm_store_embedding_fn *fn, void *context,
                                      struct hm_error *err) {
    bool row;
    _Alignas(HM_ALIGN) float vector[HM_DIM]; // a BLOB may lie at any address
    enum hm_status status = sqlite_step(s, each, &row, err);
    while (status == HM_OK && row) {
        struct hm_store_embedding e = {
            .source = source_of(each), .revision = sqlite3_column_int64(each, 4), .vector = vector};
        const float *blob = NULL;
        status = sqlite_vector_of(s, each, 5, e.source.code, &blob, err);
        if (status == HM_OK) {
            memcpy(vector, blob, sizeof vector);
            status = fn(context, &e, err);
        }
        if (status == HM_OK) status = sqlite_step(s, each, &row, err);
    }
    sqlite3_reset(each);
    return status;
}

enum hm_status sqlite_each_embedding(struct hm_store *store, hm_store_embedding_fn *fn,
                                     void *context, struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *each;
    HM_TRY(sqlite_prepare(s, ST_EACH_EMBEDDING, &each, err));
    sqlite3_bind_int64(each, 1, s->model);
    return sqlite_give_embeddings(s, each, fn, context, err);
}

enum hm_status sqlite_get_embedding(struct hm_store *store, const char *code, float vector[HM_DIM],
                                    struct hm_error *err) {
    struct sqlite_store *s = sqlite_of(store);
    sqlite3_stmt *get;
    bool row;
    HM_TRY(sqlite_prepare(s, ST_EMBEDDING_GET, &get, err));
    sqlite3_bind_int64(get, 1, s->model);
    sqlite3_bind_text(get, 2, code, -1, SQLITE_STATIC);
    HM_TRY(sqlite_step(s, get, &row, err));
    if (!row) return hm_fail(err, HM_ENOTFOUND, "store %s: no embedding of %s", s->base.name, code);
    const float *blob = NULL;
    enum hm_status status = sqlite_vector_of(s, get, 0, code, &blob, err);
    if (status == HM_OK) memcpy(vector, blob, SQLITE_VECTOR_BYTES);
    sqlite3_reset(get);
    return status;
}
