// SPDX-License-Identifier: MIT
// hmrec load: the catalogue, customers and purchases into a store. Rows go in by batches, each with a mark of how far the file has
// been read, so that a load that was cut off goes on there and one that is complete is not done again.

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "commands.h"
#include "load.h"
#include "hmrec/pipeline.h"

enum {
    BATCH_ROWS = 10000,   // a commit takes some milliseconds; the strings of a batch some megabytes
    BAD_ROWS_NAMED = 100, // each on stderr; of a file that is bad throughout that is enough
    MEGABYTE = 1000000,
};

struct load {
    struct hm_store *store;
    const char *path;
    struct csv_reader *reader;
    struct load_map map;
    struct hm_store_mark mark;
    char source[HM_STORE_SOURCE_MAX + 1];
    char *batch; // [BATCH_ROWS] rows of the kind, n in use
    size_t n;
    struct hm_arena strings; // of the batch
    uint64_t done, bad;
};

static enum hm_status flush(struct load *load, struct hm_error *err) {
    bool marked = load->source[0] != '\0';
    csv_reader_position(load->reader, &load->mark.bytes, &load->mark.lines);
    HM_TRY(load_put(load->store, load->map.kind, load->batch, load->n, marked ? &load->mark : NULL,
                    err));
    load->done += load->n;
    load->n = 0;
    hm_arena_reset(&load->strings);
    return HM_OK;
}

static void name_bad_row(struct load *load, const char *text) {
    load->bad++;
    if (load->bad <= BAD_ROWS_NAMED) app_say("%s", text);
    if (load->bad == BAD_ROWS_NAMED)
        app_say("%s: more bad rows will be counted, not named", load->path);
}

// One row into the batch; a bad one is named and passed over. *end: there is none.
static enum hm_status take_row(struct load *load, bool *end, struct hm_error *err) {
    struct csv_row row;
    struct hm_error why;
    void *out = load->batch + load->n * load_row_bytes(load->map.kind);
    enum hm_status status = csv_reader_next(load->reader, &row, &why);
    *end = status == HM_OK && row.n == 0;
    if (*end) return HM_OK;
    if (status == HM_OK) {
        status = load_parse(&load->map, &row, &load->strings, out, &why);
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

static enum hm_status read_rows(struct load *load, struct hm_error *err) {
    uint64_t start = load->mark.bytes, size = csv_reader_size(load->reader);
    char what[96];
    const char *base = strrchr(load->path, '/');
    snprintf(what, sizeof what, "MB of %s", base ? base + 1 : load->path);
    struct progress *progress = progress_new(what, size > start ? (size - start) / MEGABYTE : 0);
    enum hm_status status = HM_OK;
    for (bool end = false; status == HM_OK && !end;) {
        status = take_row(load, &end, err);
        if (status == HM_OK && (load->n == BATCH_ROWS || end)) {
            status = flush(load, err);
            progress_set(progress, (load->mark.bytes - start) / MEGABYTE);
            if (status == HM_OK && !end && app_signal())
                status = hm_fail(err, HM_ECANCELED,
                                 "%s: stopped at line %llu; the same command goes on there",
                                 load->path, (unsigned long long)load->mark.lines);
        }
    }
    progress_free(progress);
    return status;
}

// Where to start: at the mark of an earlier run, unless `again`.
static enum hm_status find_start(struct load *load, bool again, struct hm_error *err) {
    const char *identity = csv_reader_identity(load->reader);
    if (!*identity) return HM_OK; // a pipe is always read whole
    snprintf(load->source, sizeof load->source, "%s:%s", load_kind_name(load->map.kind), identity);
    load->mark.source = load->source;
    if (!again) HM_TRY(hm_store_get_mark(load->store, &load->mark, err));
    if (!load->mark.bytes) return HM_OK;
    if (load->mark.bytes < csv_reader_size(load->reader))
        app_note("%s: going on at line %llu", load->path, (unsigned long long)load->mark.lines + 1);
    return csv_reader_seek(load->reader, load->mark.bytes, load->mark.lines, err);
}

static enum hm_status load_file(struct load *load, enum load_kind kind, bool again,
                                struct hm_error *err) {
    struct hm_buf missing = {0};
    uint64_t start_ns = hm_now_ns();
    enum hm_status status =
        load_map_columns(&load->map, kind, load->reader, load->path, &missing, err);
    if (status == HM_OK && missing.length)
        app_note("%s: without the columns %s", load->path, missing.data);
    hm_buf_free(&missing);
    HM_TRY(status);
    HM_TRY(find_start(load, again, err));
    uint64_t size = csv_reader_size(load->reader);
    if (size && load->mark.bytes == size) {
        app_note("%s: loaded before, and unchanged since (--again loads it anew)", load->path);
        return HM_OK;
    }
    load->batch = calloc(BATCH_ROWS, load_row_bytes(kind));
    if (!load->batch) return hm_fail(err, HM_ENOMEM, "no memory for %d rows", BATCH_ROWS);
    HM_TRY(read_rows(load, err));
    double seconds = (double)(hm_now_ns() - start_ns) / 1e9;
    app_note("%s: %llu rows loaded, %llu bad, in %.2f s (%.0f/s)", load->path,
             (unsigned long long)load->done, (unsigned long long)load->bad, seconds,
             (double)load->done / seconds);
    return HM_OK;
}

// Returns the exit status.
static int load_one(struct load *load, enum load_kind kind, bool again) {
    struct hm_error err;
    enum hm_status status = load_file(load, kind, again, &err);
    hm_arena_free(&load->strings);
    free(load->batch);
    if (status != HM_OK) app_complain(&err);
    if (status == HM_ECANCELED && app_signal()) return 128 + app_signal();
    return status != HM_OK || load->bad ? APP_FAILED : APP_OK;
}

// The files that can be read into store, whose name is uri; one that is not there is made only if there are some.
static int load_files(struct load loads[LOAD_KINDS], const char *uri, bool again) {
    int code = APP_OK;
    unsigned readable = 0;
    struct hm_error err;
    struct hm_store *store;
    for (enum load_kind kind = 0; kind < LOAD_KINDS; kind++) {
        if (!loads[kind].path) continue;
        if (csv_reader_open(&loads[kind].reader, loads[kind].path, &err) == HM_OK)
            readable++;
        else
            code = app_complain(&err);
    }
    if (readable == 0) return code;
    if (app_open_store(&store, uri, true, &err) != HM_OK) return app_complain(&err);
    for (enum load_kind kind = 0; kind < LOAD_KINDS && code < 128; kind++) {
        if (!loads[kind].reader) continue;
        loads[kind].store = store;
        int one = load_one(&loads[kind], kind, again);
        if (one != APP_OK) code = one;
    }
    hm_store_close(&store);
    return code;
}

int cmd_load(const struct app_command *self, int argc, char **argv) {
    struct load loads[LOAD_KINDS] = {{0}};
    const char *uri = NULL;
    bool again = false;
    const struct app_option options[] = {
        {"articles", 'a', APP_TEXT, "FILE", "articles.csv: the catalogue (\"-\": standard input)",
         &loads[LOAD_ARTICLES].path},
        {"customers", 'c', APP_TEXT, "FILE", "customers.csv", &loads[LOAD_CUSTOMERS].path},
        {"transactions", 't', APP_TEXT, "FILE", "transactions_train.csv",
         &loads[LOAD_TRANSACTIONS].path},
        {"store", 's', APP_TEXT, "URI",
         "a file, bolt://..., neo4j+s://...; default $NEO4J_URI, else hmrec.db", &uri},
        {"again", 0, APP_FLAG, NULL, "read the files from the start, whatever was loaded before",
         &again},
        APP_SERVER_OPTIONS,
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (first < argc)
        return app_usage(self,
                         "\"%s\" is not an option; say --articles, --customers or "
                         "--transactions FILE",
                         argv[first]);
    if (!loads[LOAD_ARTICLES].path && !loads[LOAD_CUSTOMERS].path && !loads[LOAD_TRANSACTIONS].path)
        return app_usage(self, "no file given");
    app_catch_signals();
    code = load_files(loads, uri, again);
    for (enum load_kind kind = 0; kind < LOAD_KINDS; kind++)
        csv_reader_close(loads[kind].reader);
    return code;
}
