// SPDX-License-Identifier: MIT
// A file of the catalogue into a store. Rows go in by batches, each with a mark of how far the file
// has been read, so that a load that was cut off goes on there and one that is complete is not done
// again.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hmrec/pipeline.h"
#include "load.h"
#include "load_codes.h"
#include "tell.h"

enum {
    BATCH_ROWS = 10000,   // a commit takes some milliseconds; the strings of a batch some megabytes
    BAD_ROWS_NAMED = 100, // each on stderr; of a file that is bad throughout that is enough
    MEGABYTE = 1000000,
};

struct hm_load {
    struct hm_store *store;
    const struct hm_host *host;
    char *path;
    enum hm_load_kind kind;
    struct csv_reader *reader;
    struct load_map map;
    struct hm_store_mark mark; // what has been put so far
    char *batch;               // [BATCH_ROWS] rows of the kind, n in use
    size_t n;
    struct hm_arena strings; // of the batch
    struct load_codes codes;
    struct hm_load_result result;
};

static enum hm_status put_batch(struct hm_load *load, bool end, struct hm_error *err) {
    struct hm_store_mark mark = load->mark;
    mark.from = load->mark.bytes;
    csv_reader_position(load->reader, &mark.bytes, &mark.lines);
    mark.rows += load->n;
    mark.bad = load->result.bad;
    mark.done = end;
    HM_TRY(load_put(load->store, load->map.kind, load->batch, load->n, &mark, err));
    load->mark = mark;
    load->result.rows += load->n;
    load->n = 0;
    hm_arena_reset(&load->strings);
    return HM_OK;
}

static void name_bad_row(struct hm_load *load, const char *text) {
    load->result.bad++;
    if (load->result.bad <= BAD_ROWS_NAMED) tell_failure(load->host, HM_EFORMAT, "%s", text);
    if (load->result.bad == BAD_ROWS_NAMED)
        tell_failure(load->host, HM_EFORMAT, "%s: more bad rows will be counted, not named",
                     load->path);
}

// One row into the batch; a bad one is named and passed over. *end: there is none.
static enum hm_status take_row(struct hm_load *load, bool *end, struct hm_error *err) {
    struct csv_row row;
    struct hm_error why;
    void *out = load->batch + load->n * load_row_bytes(load->map.kind);
    enum hm_status status = csv_reader_next(load->reader, &row, &why);
    *end = status == HM_OK && row.n == 0;
    if (*end) return HM_OK;
    if (status == HM_OK) {
        status = load_parse(&load->map, &row, &load->strings, out, &why);
        const char **code = load_code_of(load->kind, out);
        if (status == HM_OK && code)
            status = load_complete_code(&load->codes, load->store, &load->strings, code,
                                        load_product_of(load->kind, out), &why);
        if (status == HM_OK) load->n++;
        if (status == HM_EFORMAT)
            hm_error_prefix(&why, "%s:%llu", load->path, (unsigned long long)row.line);
    }
    if (status == HM_EFORMAT) {
        name_bad_row(load, why.text);
        return HM_OK;
    }
    if (status != HM_OK && err) *err = why;
    return status;
}

static enum hm_status read_rows(struct hm_load *load, struct hm_error *err) {
    uint64_t start = load->mark.bytes, size = csv_reader_size(load->reader);
    char what[96];
    const char *base = strrchr(load->path, '/');
    snprintf(what, sizeof what, "MB of %s", base ? base + 1 : load->path);
    uint64_t total = size > start ? (size - start) / MEGABYTE : 0;
    enum hm_status status = HM_OK;
    for (bool end = false; status == HM_OK && !end;) {
        status = take_row(load, &end, err);
        bool stop = host_cancelled(load->host);
        if (status == HM_OK && (load->n == BATCH_ROWS || end || stop)) {
            status = put_batch(load, end, err);
            tell_progress(load->host, what, (load->mark.bytes - start) / MEGABYTE, total);
            if (status == HM_OK && !end && stop)
                status = hm_fail(err, HM_ECANCELED, "%s: stopped at line %llu; the same command %s",
                                 load->path, (unsigned long long)load->mark.lines,
                                 *load->mark.source ? "goes on there" : "begins anew");
        }
    }
    return status;
}

// Where to start: at the mark of an earlier run, unless `again`.
static enum hm_status find_start(struct hm_load *load, bool again, struct hm_error *err) {
    struct hm_store_mark *mark = &load->mark;
    *mark = (struct hm_store_mark){.kind = hm_load_kind_name(load->kind),
                                   .source = csv_reader_identity(load->reader)};
    HM_TRY(hm_store_get_mark(load->store, mark, err));
    if (again || !mark->bytes) {
        *mark = (struct hm_store_mark){
            .kind = mark->kind, .source = mark->source, .load = mark->load + 1};
        return HM_OK;
    }
    load->result.bad = mark->bad; // they have been named, and are still missing
    if (mark->done) return HM_OK;
    tell_note(load->host, "%s: going on at line %llu", load->path,
              (unsigned long long)mark->lines + 1);
    return csv_reader_seek(load->reader, mark->bytes, mark->lines, err);
}

static enum hm_status map_columns(struct hm_load *load, struct hm_error *err) {
    struct hm_buf missing = {0};
    enum hm_status status =
        load_map_columns(&load->map, load->kind, load->reader, load->path, &missing, err);
    if (status == HM_OK && missing.length)
        tell_note(load->host, "%s: without the columns %s", load->path, missing.data);
    hm_buf_free(&missing);
    return status;
}

static void say_unchanged(const struct hm_load *load) {
    char bad[96] = "";
    if (load->mark.bad)
        snprintf(bad, sizeof bad, "; %llu rows of it were bad", (unsigned long long)load->mark.bad);
    tell_note(load->host, "%s: loaded before, and unchanged since%s (--again loads it anew)",
              load->path, bad);
}

// Of the whole content, also where this run read only its end.
static enum hm_status say_more(struct hm_load *load, struct hm_error *err) {
    struct hm_store_mark mark = load->mark;
    if (load->kind == HM_LOAD_ARTICLES) return hm_tell_unlisted(load->store, load->host, err);
    if (load->kind != HM_LOAD_TRANSACTIONS) return HM_OK;
    HM_TRY(hm_store_get_mark(load->store, &mark, err));
    uint64_t rows = load->mark.rows, purchases = rows - mark.merged;
    tell_note(load->host, "%s: %llu pieces in %llu purchases (equal rows are pieces of one)",
              load->path, (unsigned long long)rows, (unsigned long long)purchases);
    return HM_OK;
}

static enum hm_status load_file(struct hm_load *load, bool again, struct hm_error *err) {
    uint64_t start_ns = hm_now_ns();
    HM_TRY(map_columns(load, err));
    if (*csv_reader_remark(load->reader))
        tell_note(load->host, "%s: read as %s", load->path, csv_reader_remark(load->reader));
    HM_TRY(find_start(load, again, err));
    if (load->mark.done) {
        say_unchanged(load);
        return HM_OK;
    }
    load->batch = calloc(BATCH_ROWS, load_row_bytes(load->kind));
    if (!load->batch) return hm_fail(err, HM_ENOMEM, "no memory for %d rows", BATCH_ROWS);
    HM_TRY(read_rows(load, err));
    double seconds = (double)(hm_now_ns() - start_ns) / 1e9;
    if (load->codes.completed)
        tell_note(load->host, "%s: codes of 9 digits, read as H&M's of 10 with a 0 in front: %llu",
                  load->path, load->codes.completed);
    tell_note(load->host, "%s: %llu rows loaded, %llu bad, in %.2f s (%.0f/s)", load->path,
              (unsigned long long)load->result.rows, (unsigned long long)load->result.bad, seconds,
              (double)load->result.rows / seconds);
    return say_more(load, err);
}

enum hm_status hm_load_open(struct hm_load **out, enum hm_load_kind kind, const char *path,
                            const struct hm_host *host, struct hm_error *err) {
    struct hm_load *load = calloc(1, sizeof *load);
    *out = NULL;
    if (!load || !(load->path = strdup(path))) {
        free(load);
        return hm_fail(err, HM_ENOMEM, "no memory to load %s", path);
    }
    load->kind = kind;
    load->host = host;
    enum hm_status status = csv_reader_open(&load->reader, path, host, err);
    if (status == HM_OK)
        *out = load;
    else
        hm_load_free(load);
    return status;
}

enum hm_status hm_load_run(struct hm_load *load, struct hm_store *store, bool again,
                           struct hm_load_result *result, struct hm_error *err) {
    load->store = store;
    load->result = (struct hm_load_result){0};
    enum hm_status status = load_file(load, again, err);
    *result = load->result;
    return status;
}

void hm_load_free(struct hm_load *load) {
    if (!load) return;
    csv_reader_close(load->reader);
    hm_arena_free(&load->strings);
    load_codes_free(&load->codes);
    free(load->batch);
    free(load->path);
    free(load);
}
