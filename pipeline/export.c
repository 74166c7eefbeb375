// SPDX-License-Identifier: MIT
// A store's embeddings, neighbours and catalogue into files: whole, or not there.

#include <string.h>

#include "csv_text.h"
#include "hmrec/exchange.h"
#include "hmrec/pipeline.h"
#include "json.h"
#include "load.h"
#include "mem.h"
#include "output.h"
#include "path.h"
#include "tell.h"

struct job {
    const struct hm_host *host;
    struct hm_sink *sink;
    size_t n, total;
    // neighbours, products
    struct output output;
    struct hm_buf text;
    const struct list_format *format;
};

static enum hm_status nothing(struct hm_store *store, const char *what, const char *command,
                              struct hm_error *err) {
    return hm_fail(err, HM_ENOTFOUND, "%s has no %s to export; %s makes them", hm_store_name(store),
                   what, command);
}

enum what { EMBEDDINGS, NEIGHBOURS, PRODUCTS };

static enum hm_status start(struct job *job, struct hm_store *store, enum what what,
                            struct hm_error *err) {
    struct hm_store_counts counts;
    HM_TRY(hm_store_count(store, &counts, err));
    job->total = (const size_t[]){counts.embeddings, counts.neighbours, counts.products}[what];
    return HM_OK;
}

// The file of text into its place, or away.
static enum hm_status finish(struct job *job, enum hm_status status, size_t *n,
                             struct hm_error *err) {
    if (status == HM_OK) status = output_finish(&job->output, err);
    if (status != HM_OK) output_abandon(&job->output, true);
    hm_buf_free(&job->text);
    *n = job->n;
    return status;
}

// ---- embeddings

static enum hm_status put_embedding(void *context, const struct hm_store_embedding *row,
                                    struct hm_error *err) {
    struct job *job = context;
    HM_TRY(stop_if_cancelled(job->host, "export interrupted", err));
    HM_TRY(job->sink->put(job->sink, row, 1, err));
    tell_progress(job->host, "embeddings", ++job->n, job->total);
    return HM_OK;
}

enum hm_status hm_export_embeddings(struct hm_store *store, const char *path,
                                    const struct hm_host *host, size_t *n, struct hm_error *err) {
    struct job job = {.host = host};
    char model[HM_STORE_MODEL_MAX + 1];
    HM_TRY(hm_store_model(store, model, err));
    HM_TRY(hm_sink_file(&job.sink, path, model, false, err));
    enum hm_status status = start(&job, store, EMBEDDINGS, err);
    if (status == HM_OK) status = hm_store_each_embedding(store, put_embedding, &job, err);
    if (status == HM_OK && !job.n) status = nothing(store, "embeddings", "hmrec embed", err);
    enum hm_status closed =
        job.sink->close(job.sink, status == HM_OK, status == HM_OK ? err : NULL);
    *n = job.n;
    return status == HM_OK ? closed : status;
}

// ---- neighbours

// A line of a format: rank from 1.
typedef enum hm_status put_line_fn(struct hm_buf *out, const char *code, size_t rank,
                                   const char *neighbour, float score, struct hm_error *err);

static enum hm_status put_csv(struct hm_buf *out, const char *code, size_t rank,
                              const char *neighbour, float score, struct hm_error *err) {
    HM_TRY(hm_csv_field(out, code, err));
    HM_TRY(hm_buf_printf(out, err, ",%zu,", rank));
    HM_TRY(hm_csv_field(out, neighbour, err));
    return hm_buf_printf(out, err, ",%.9g\n", (double)score);
}

static enum hm_status put_ndjson(struct hm_buf *out, const char *code, size_t rank,
                                 const char *neighbour, float score, struct hm_error *err) {
    HM_TRY(hm_buf_printf(out, err, "{\"code\":"));
    HM_TRY(hm_json_string(out, code, strlen(code), err));
    HM_TRY(hm_buf_printf(out, err, ",\"rank\":%zu,\"neighbour\":", rank));
    HM_TRY(hm_json_string(out, neighbour, strlen(neighbour), err));
    return hm_buf_printf(out, err, ",\"score\":%.9g}\n", (double)score);
}

static const struct list_format {
    const char *ending, *head;
    put_line_fn *put;
} formats[] = {
    {".csv", "code,rank,neighbour,score\n", put_csv},
    {".ndjson", "", put_ndjson},
    {".jsonl", "", put_ndjson},
};

static enum hm_status find_format(const struct list_format **out, const char *path,
                                  struct hm_error *err) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        *out = &formats[i];
        if (hm_path_ends(path, formats[i].ending)) return HM_OK;
    }
    return hm_fail(err, HM_EARG,
                   "found \"%s\", expected a name that ends with .csv, .ndjson or .jsonl", path);
}

static enum hm_status put_list(void *context, const struct hm_store_neighbours *row,
                               struct hm_error *err) {
    struct job *job = context;
    HM_TRY(stop_if_cancelled(job->host, "export interrupted", err));
    job->text.length = 0;
    for (size_t i = 0; i < row->n; i++)
        HM_TRY(job->format->put(&job->text, row->code, i + 1, row->codes[i], row->scores[i], err));
    job->n += row->n;
    tell_progress(job->host, "neighbours", job->n, job->total);
    return output_write(&job->output, job->text.data, job->text.length, err);
}

enum hm_status hm_export_neighbours(struct hm_store *store, const char *path,
                                    const struct hm_host *host, size_t *n, struct hm_error *err) {
    struct job job = {.host = host};
    HM_TRY(find_format(&job.format, path, err));
    enum hm_status status = start(&job, store, NEIGHBOURS, err);
    if (status == HM_OK) status = output_create(&job.output, path, err);
    if (status == HM_OK)
        status = output_write(&job.output, job.format->head, strlen(job.format->head), err);
    if (status == HM_OK) status = hm_store_each_neighbours(store, put_list, &job, err);
    if (status == HM_OK && !job.n) status = nothing(store, "neighbours", "hmrec knn", err);
    return finish(&job, status, n, err);
}

// ---- products

static enum hm_status put_article(void *context, const struct hm_store_article *row,
                                  struct hm_error *err) {
    struct job *job = context;
    HM_TRY(stop_if_cancelled(job->host, "export interrupted", err));
    job->text.length = 0;
    HM_TRY(load_put_article(&job->text, row, err));
    tell_progress(job->host, "products", ++job->n, job->total);
    return output_write(&job->output, job->text.data, job->text.length, err);
}

enum hm_status hm_export_products(struct hm_store *store, const char *path,
                                  const struct hm_host *host, size_t *n, struct hm_error *err) {
    struct job job = {.host = host};
    if (!hm_path_ends(path, ".csv"))
        return hm_fail(err, HM_EARG, "found \"%s\", expected a name that ends with .csv", path);
    enum hm_status status = start(&job, store, PRODUCTS, err);
    if (status == HM_OK) status = output_create(&job.output, path, err);
    if (status == HM_OK) status = load_put_article_head(&job.text, err);
    if (status == HM_OK) status = output_write(&job.output, job.text.data, job.text.length, err);
    if (status == HM_OK) status = hm_store_each_article(store, put_article, &job, err);
    if (status == HM_OK && !job.n)
        status = nothing(store, "products of a catalogue", "hmrec load", err);
    return finish(&job, status, n, err);
}
