// SPDX-License-Identifier: MIT
#include "answers.h"

#include <stdlib.h>
#include <string.h>

#include "arrow.h"
#include "json.h"
#include "utf8.h"

// A text as UTF-8: as it is, or with escapes for what is none. The caller's.
static char *as_utf8(const char *text, size_t length, size_t *out_length) {
    char *clean = malloc(4 * length + 1);
    if (!clean) return NULL;
    *out_length = length;
    if (hm_utf8_check(text, length) == length)
        memcpy(clean, text, length);
    else
        *out_length = hm_utf8_clean(clean, text, length, HM_CLEAN_ESCAPE);
    clean[*out_length] = '\0';
    return clean;
}

// ---- Arrow

static enum hm_status begin_arrow(struct hm_buf *out, const char *model, struct hm_error *err) {
    const struct arrow_pair pairs[] = {{"hmrec", HM_VERSION}, {"model", model}};
    return arrow_schema(out, pairs, 2, err);
}

static enum hm_status put_arrow(struct hm_buf *out, const struct answer *rows, size_t n,
                                struct hm_error *err) {
    struct arrow_row *batch = calloc(n, sizeof *batch);
    char **keys = calloc(n, sizeof *keys);
    bool ok = batch && keys;
    for (size_t i = 0; ok && i < n; i++) {
        keys[i] = as_utf8(rows[i].key->data, rows[i].key->length, &batch[i].key_length);
        ok = keys[i];
        batch[i].key = keys[i];
        batch[i].sha256 = rows[i].digest[0] ? rows[i].digest : NULL;
        batch[i].vector = rows[i].vector;
        batch[i].error = rows[i].vector ? NULL : rows[i].why.text;
    }
    enum hm_status status = ok ? arrow_batch(out, batch, n, NULL, err)
                               : hm_fail(err, HM_ENOMEM, "no memory for %zu answers", n);
    for (size_t i = 0; keys && i < n; i++)
        free(keys[i]);
    free(keys);
    free(batch);
    return status;
}

static enum hm_status end_arrow(struct hm_buf *out, struct hm_error *err) {
    return hm_buf_append(out, ARROW_STREAM_END, ARROW_MAGIC_BYTES, err);
}

// ---- frames

#define IS_ERROR 0x80000000u // in a length

static enum hm_status put_frames(struct hm_buf *out, const struct answer *rows, size_t n,
                                 struct hm_error *err) {
    for (size_t i = 0; i < n; i++) {
        const struct answer *row = &rows[i];
        const uint32_t text = (uint32_t)strlen(row->why.text);
        const uint32_t lengths[] = {(uint32_t)row->key->length,
                                    row->vector ? HM_DIM * sizeof(float) : IS_ERROR | text};
        HM_TRY(hm_buf_append(out, lengths, sizeof lengths, err));
        HM_TRY(hm_buf_append(out, row->key->data, row->key->length, err));
        HM_TRY(row->vector ? hm_buf_append(out, row->vector, HM_DIM * sizeof(float), err)
                           : hm_buf_append(out, row->why.text, text, err));
    }
    return HM_OK;
}

// ---- JSON lines

static enum hm_status put_ndjson(struct hm_buf *out, const struct answer *rows, size_t n,
                                 struct hm_error *err) {
    for (size_t i = 0; i < n; i++) {
        const struct answer *row = &rows[i];
        HM_TRY(hm_buf_printf(out, err, "{\"key\":"));
        HM_TRY(hm_json_string(out, row->key->data, row->key->length, err));
        if (row->digest[0]) HM_TRY(hm_buf_printf(out, err, ",\"sha256\":\"%s\"", row->digest));
        if (row->vector) {
            for (size_t j = 0; j < HM_DIM; j++)
                HM_TRY(hm_buf_printf(out, err, "%s%.9g", j ? "," : ",\"embedding\":[",
                                     (double)row->vector[j]));
            HM_TRY(hm_buf_printf(out, err, "]}\n"));
        } else {
            HM_TRY(hm_buf_printf(out, err, ",\"error\":"));
            HM_TRY(hm_json_string(out, row->why.text, strlen(row->why.text), err));
            HM_TRY(hm_buf_printf(out, err, "}\n"));
        }
    }
    return HM_OK;
}

// ---- the formats

static const struct answer_format {
    enum hm_status (*begin)(struct hm_buf *, const char *model, struct hm_error *); // may be NULL
    enum hm_status (*put)(struct hm_buf *, const struct answer *, size_t, struct hm_error *);
    enum hm_status (*end)(struct hm_buf *, struct hm_error *); // may be NULL
} formats[] = {
    [HM_WORKER_ARROW] = {begin_arrow, put_arrow, end_arrow},
    [HM_WORKER_OUT_FRAMES] = {NULL, put_frames, NULL},
    [HM_WORKER_NDJSON] = {NULL, put_ndjson, NULL},
};

static enum hm_status send(struct answers *a, struct hm_error *err) {
    HM_TRY(output_write(&a->output, a->text.data, a->text.length, err));
    a->text.length = 0;
    return output_flush(&a->output, err);
}

enum hm_status answers_open(struct answers *a, enum hm_worker_output format, const char *model,
                            struct hm_error *err) {
    HM_TRY(output_create(&a->output, "-", err));
    a->format = &formats[format];
    if (!a->format->begin) return HM_OK;
    HM_TRY(a->format->begin(&a->text, model, err));
    return send(a, err);
}

enum hm_status answers_put(struct answers *a, const struct answer *rows, size_t n,
                           struct hm_error *err) {
    HM_TRY(a->format->put(&a->text, rows, n, err));
    return send(a, err);
}

enum hm_status answers_close(struct answers *a, bool whole, struct hm_error *err) {
    enum hm_status status = HM_OK;
    whole = whole && a->format;
    if (whole && a->format->end) status = a->format->end(&a->text, err);
    if (whole && status == HM_OK) status = send(a, err);
    output_abandon(&a->output, false);
    hm_buf_free(&a->text);
    return status;
}
