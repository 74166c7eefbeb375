// SPDX-License-Identifier: MIT
// FILE.arrow: an Arrow IPC file of record batches; until it is whole, FILE.arrow.part is a stream
// behind the magic bytes of a file.

#include <stdlib.h>
#include <string.h>

#include "arrow.h"
#include "digest.h"
#include "output.h"
#include "sinks.h"
#include "utf8.h"

enum {
    ROWS = 64, // of a record batch: half a megabyte
    ERROR_MAX = 4 * sizeof(((struct hm_error *)NULL)->text)
};

struct arrow_sink {
    struct hm_sink base;
    struct output output;
    uint64_t length; // of the file
    struct hm_buf message;
    struct arrow_pair pairs[2];
    size_t pair_count;
    char model[HM_STORE_MODEL_MAX + 1];
    // the batch that is gathered
    struct arrow_row rows[ROWS];
    char codes[ROWS][HM_STORE_CODE_MAX + 1];
    char digests[ROWS][HM_DIGEST_HEX + 1];
    char errors[ROWS][ERROR_MAX + 1];
    float (*vectors)[HM_DIM]; // [ROWS]
    size_t n;
    bool useful;                // it has an embedding
    struct arrow_block *blocks; // [block_count]
    size_t block_count, block_capacity;
};

// The message, and away with it.
static enum hm_status write_message(struct arrow_sink *sink, struct hm_error *err) {
    HM_TRY(output_write(&sink->output, sink->message.data, sink->message.length, err));
    sink->length += sink->message.length;
    sink->message.length = 0;
    return HM_OK;
}

static enum hm_status write_batch(struct arrow_sink *sink, struct hm_error *err) {
    if (!sink->n) return HM_OK;
    HM_TRY(hm_grow(&sink->blocks, &sink->block_capacity, sink->block_count + 1,
                   sizeof *sink->blocks, err));
    struct arrow_block *block = &sink->blocks[sink->block_count];
    HM_TRY(arrow_batch(&sink->message, sink->rows, sink->n, block, err));
    block->offset = sink->length;
    sink->block_count++;
    sink->n = 0;
    HM_TRY(write_message(sink, err));
    return output_flush(&sink->output, err);
}

// The next row, with its key; the batch before it is written when it is full.
static enum hm_status next_row(struct arrow_sink *sink, const char *code, size_t *at,
                               struct hm_error *err) {
    const size_t length = strlen(code);
    if (length > HM_STORE_CODE_MAX || hm_utf8_check(code, length) < length)
        return hm_fail(err, HM_EFORMAT,
                       "product code \"%.70s\": found %zu bytes, expected UTF-8 of at most %d",
                       code, length, HM_STORE_CODE_MAX);
    if (sink->n == ROWS) HM_TRY(write_batch(sink, err));
    *at = sink->n++;
    memcpy(sink->codes[*at], code, length + 1);
    sink->rows[*at] = (struct arrow_row){.key = sink->codes[*at], .key_length = length};
    return HM_OK;
}

static enum hm_status put_rows(struct hm_sink *base, const struct hm_store_embedding *rows,
                               size_t n, struct hm_error *err) {
    struct arrow_sink *sink = (struct arrow_sink *)base;
    for (size_t i = 0; i < n; i++) {
        const char *digest = rows[i].source.image_digest;
        size_t at = 0;
        HM_TRY(next_row(sink, rows[i].source.code, &at, err));
        snprintf(sink->digests[at], sizeof sink->digests[at], "%s", digest);
        memcpy(sink->vectors[at], rows[i].vector, sizeof sink->vectors[at]);
        if (*digest) sink->rows[at].sha256 = sink->digests[at];
        sink->rows[at].vector = sink->vectors[at];
        sink->useful = true;
    }
    return HM_OK;
}

static enum hm_status put_failure(struct hm_sink *base, const char *code,
                                  const struct hm_error *why, struct hm_error *err) {
    struct arrow_sink *sink = (struct arrow_sink *)base;
    size_t at = 0;
    HM_TRY(next_row(sink, code, &at, err));
    hm_utf8_clean(sink->errors[at], why->text, strlen(why->text), HM_CLEAN_ESCAPE);
    sink->rows[at].error = sink->errors[at];
    return HM_OK;
}

// What makes the stream a file.
static enum hm_status write_end(struct arrow_sink *sink, struct hm_error *err) {
    HM_TRY(write_batch(sink, err));
    HM_TRY(hm_buf_append(&sink->message, ARROW_STREAM_END, ARROW_MAGIC_BYTES, err));
    HM_TRY(write_message(sink, err));
    HM_TRY(arrow_footer(&sink->message, sink->pairs, sink->pair_count, sink->blocks,
                        sink->block_count, err));
    return write_message(sink, err);
}

static enum hm_status close_arrow(struct hm_sink *base, bool whole, struct hm_error *err) {
    struct arrow_sink *sink = (struct arrow_sink *)base;
    enum hm_status status = whole ? write_end(sink, err) : HM_OK;
    if (whole && status == HM_OK) {
        status = output_finish(&sink->output, err);
    } else {
        // What was gathered is not lost with a run that ends early.
        bool kept = sink->useful && write_batch(sink, NULL) == HM_OK;
        output_abandon(&sink->output, !kept);
    }
    hm_buf_free(&sink->message);
    free(sink->vectors);
    free(sink->blocks);
    free(sink);
    return status;
}

static enum hm_status begin(struct arrow_sink *sink, const char *path, const char *model,
                            struct hm_error *err) {
    sink->pairs[sink->pair_count++] = (struct arrow_pair){"hmrec", HM_VERSION};
    if (model && *model) {
        snprintf(sink->model, sizeof sink->model, "%s", model);
        sink->pairs[sink->pair_count++] = (struct arrow_pair){"model", sink->model};
    }
    sink->vectors = calloc(ROWS, sizeof *sink->vectors);
    if (!sink->vectors) return hm_fail(err, HM_ENOMEM, "no memory to write %s", path);
    HM_TRY(output_create(&sink->output, path, err));
    HM_TRY(hm_buf_append(&sink->message, ARROW_MAGIC, ARROW_MAGIC_BYTES, err));
    HM_TRY(arrow_schema(&sink->message, sink->pairs, sink->pair_count, err));
    return write_message(sink, err);
}

enum hm_status sink_arrow_open(struct hm_sink **out, const char *path, const char *model,
                               bool resume, struct hm_error *err) {
    *out = NULL;
    (void)resume; // never asked for
    struct arrow_sink *sink = calloc(1, sizeof *sink);
    if (!sink) return hm_fail(err, HM_ENOMEM, "no memory to write %s", path);
    sink->base = (struct hm_sink){.put = put_rows, .close = close_arrow, .fail = put_failure};
    enum hm_status status = begin(sink, path, model, err);
    if (status == HM_OK)
        *out = &sink->base;
    else if (close_arrow(&sink->base, false, NULL) != HM_OK)
        return status; // the first failure is the one to report
    return status;
}
