// SPDX-License-Identifier: MIT
// Embeddings made elsewhere into a store: the file is read once to check it, and again to put what
// the store does not have.

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "hmrec/exchange.h"
#include "hmrec/pipeline.h"
#include "readers.h"
#include "sinks.h"
#include "tell.h"
#include "utf8.h"

enum { BATCH = 256 }; // rows in a transaction: 2 MB

static enum hm_status refuse(const struct hm_import *import, const struct reader *reader,
                             const char *what, struct hm_error *err) {
    return hm_fail(err, HM_EFORMAT, "%s: %s %" PRIu64 ": code \"%s\": %s", import->path,
                   reader->unit, reader->row, reader->code, what);
}

// The next row, which can be put as it is.
static enum hm_status next_row(const struct hm_import *import, struct reader *reader, bool *end,
                               float vector[HM_DIM], struct hm_error *err) {
    HM_TRY(stop_if_cancelled(import->host, "import interrupted", err));
    HM_TRY(reader->next(reader, end, vector, err));
    if (*end) return HM_OK;
    if (!reader->length || reader->length > HM_STORE_CODE_MAX)
        return refuse(import, reader, "found none or one that is too long, expected 1 to 255 bytes",
                      err);
    if (strlen(reader->code) != reader->length ||
        hm_utf8_check(reader->code, reader->length) != reader->length)
        return refuse(import, reader, "found a NUL or bytes that are not UTF-8", err);
    for (size_t i = 0; i < HM_DIM; i++)
        if (!isfinite(vector[i]))
            return refuse(import, reader, "found a number that is not finite", err);
    return HM_OK;
}

// All rows; how many there are.
static enum hm_status check_file(const struct hm_import *import, struct reader *reader,
                                 uint64_t *rows, struct hm_error *err) {
    struct held seen = {0};
    float vector[HM_DIM];
    bool end = false;
    enum hm_status status;
    while ((status = next_row(import, reader, &end, vector, err)) == HM_OK && !end) {
        status = held_add(&seen, reader->code, reader->length, reader->row, err);
        if (status != HM_OK) break;
        tell_progress(import->host, "embeddings checked", seen.n, reader->total);
    }
    if (status == HM_OK) held_sort(&seen);
    for (size_t i = 1; status == HM_OK && i < seen.n; i++)
        if (strcmp(seen.rows[i - 1].code, seen.rows[i].code) == 0)
            status = hm_fail(err, HM_EFORMAT,
                             "%s: found code \"%s\" at %s %" PRIu64 " and again at %" PRIu64
                             ", expected each once",
                             import->path, seen.rows[i].code, reader->unit, seen.rows[i - 1].at,
                             seen.rows[i].at);
    *rows = seen.n;
    held_free(&seen);
    if (status == HM_OK && !*rows)
        status = hm_fail(err, HM_EFORMAT, "%s: found no embeddings", import->path);
    return status;
}

// ---- putting

struct batch {
    const struct hm_import *import;
    const struct hm_known *known; // of this model
    struct hm_import_result *result;
    struct hm_store_embedding rows[BATCH];
    float vectors[BATCH][HM_DIM];
    char codes[BATCH][HM_STORE_CODE_MAX + 1];
    char digests[BATCH][HM_DIGEST_HEX + 1];
    size_t n;
};

static enum hm_status put_batch(struct batch *b, struct hm_error *err) {
    HM_TRY(hm_store_put_embeddings(b->import->store, b->rows, b->n, err));
    b->result->put += b->n;
    b->n = 0;
    return HM_OK;
}

static bool is_zero(const float *vector) {
    for (size_t i = 0; i < HM_DIM; i++)
        if (vector[i] != 0) return false;
    return true;
}

// Whether the store has the vector already, whatever it was made of. What stands for a photo's
// digest where there was no photo is the vector's.
static enum hm_status is_there(const struct batch *b, const char *code, bool *same,
                               struct hm_error *err) {
    float vector[HM_DIM];
    const struct hm_store_source *there = hm_known_find(b->known, code);
    *same = there && strcmp(there->image_digest, b->digests[b->n]) == 0;
    if (!there || *same) return HM_OK;
    enum hm_status status = hm_store_get_embedding(b->import->store, code, vector, err);
    *same = status == HM_OK && memcmp(vector, b->vectors[b->n], sizeof vector) == 0;
    return status == HM_ENOTFOUND ? HM_OK : status; // removed since
}

// The vector of the row that was read is in its place already.
static enum hm_status add_row(struct batch *b, const struct reader *reader, struct hm_error *err) {
    const size_t i = b->n;
    bool same;
    memcpy(b->codes[i], reader->code, reader->length + 1);
    b->digests[i][0] = '\0';
    if (!is_zero(b->vectors[i]))
        HM_TRY(hm_digest(b->vectors[i], sizeof b->vectors[i], b->digests[i], err));
    HM_TRY(is_there(b, b->codes[i], &same, err));
    if (same) {
        b->result->unchanged++;
        return HM_OK;
    }
    b->rows[i] = (struct hm_store_embedding){
        .source = {.code = b->codes[i], .image_digest = b->digests[i]}, .vector = b->vectors[i]};
    return ++b->n < BATCH ? HM_OK : put_batch(b, err);
}

static enum hm_status put_file(struct batch *b, struct reader *reader, uint64_t total,
                               struct hm_error *err) {
    uint64_t rows = 0;
    HM_TRY(reader->rewind(reader, err));
    for (bool end = false;; rows++) {
        HM_TRY(next_row(b->import, reader, &end, b->vectors[b->n], err));
        if (end) break;
        HM_TRY(add_row(b, reader, err));
        tell_progress(b->import->host, "embeddings", rows + 1, total);
    }
    if (b->n) HM_TRY(put_batch(b, err));
    if (rows == total) return HM_OK;
    return hm_fail(err, HM_EIO,
                   "%s: found %" PRIu64 " rows, expected the %" PRIu64 " that it had a moment ago",
                   b->import->path, rows, total);
}

static enum hm_status put_all(const struct hm_import *import, struct reader *reader, uint64_t total,
                              struct hm_import_result *result, struct hm_error *err) {
    char model[HM_STORE_MODEL_MAX + 1];
    struct hm_known *known = NULL;
    HM_TRY(hm_store_use_model(import->store, import->model, import->again, err));
    HM_TRY(hm_store_model(import->store, model, err));
    if (strcmp(model, import->model) == 0) HM_TRY(hm_known_read(&known, import->store, err));
    struct batch *b = calloc(1, sizeof *b);
    enum hm_status status = b ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory to import embeddings");
    if (b) {
        b->import = import;
        b->known = known;
        b->result = result;
        status = put_file(b, reader, total, err);
    }
    free(b);
    hm_known_free(known);
    return status;
}

enum hm_status hm_import_embeddings(const struct hm_import *import, struct hm_import_result *result,
                                    struct hm_error *err) {
    const char *model = import->model;
    struct reader *reader;
    uint64_t rows;
    *result = (struct hm_import_result){0};
    if (!*model || strlen(model) > HM_STORE_MODEL_MAX || !hm_utf8_one_line(model, strlen(model)))
        return hm_fail(err, HM_EARG, "model \"%s\": expected one line of 1 to %d bytes", model,
                       HM_STORE_MODEL_MAX);
    HM_TRY(reader_open(&reader, import->path, import->codes, err));
    enum hm_status status = check_file(import, reader, &rows, err);
    if (status == HM_OK) status = put_all(import, reader, rows, result, err);
    reader->close(reader);
    return status;
}
