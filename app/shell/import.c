// SPDX-License-Identifier: MIT
// A CSV file in batches of rows, each of which is the parameter $rows of one transaction. What has
// been committed is written down after each, so that another run goes on behind it.

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv_reader.h"
#include "digest.h"
#include "shell/shell.h"

enum { BATCH_ROWS = 1000, BATCH_BYTES = 8 << 20 };

struct job {
    struct shell *shell;
    const struct import *import;
    struct csv_reader *csv;
    struct shell_series *series;
    char query[HM_DIGEST_HEX + 1];
    struct hm_arena names; // and [columns] of them, without the blanks around
    const char **columns;
    struct hm_arena arena; // the rows of one batch
    struct bolt_value *rows;
    size_t n, capacity;
    uint64_t first_line;   // of the batch
    uint64_t bytes, lines; // of the file, behind the batch
    uint64_t done;         // rows that are committed, and those that failed
    struct progress *progress;
    bool stop;
};

// ---- how far it has come

static enum hm_status read_state(struct job *job, struct hm_error *err) {
    const char *path = job->import->resume;
    char file[HM_DIGEST_HEX + 1], query[HM_DIGEST_HEX + 1], end;
    if (!*csv_reader_identity(job->csv))
        return hm_fail(err, HM_EARG, "--resume needs a file that can be read again, not a pipe");
    FILE *state = fopen(path, "r");
    if (!state) return errno == ENOENT ? HM_OK : hm_fail_errno(err, "%s", path);
    bool good = fscanf(state,
                       "hmrec cypher --csv 1 file %64s query %64s bytes %" SCNu64 " lines %" SCNu64
                       " rows %" SCNu64 "%c",
                       file, query, &job->bytes, &job->lines, &job->done, &end) == 6;
    fclose(state);
    if (!good)
        return hm_fail(err, HM_EFORMAT,
                       "%s: found something else, expected what --resume has written", path);
    if (strcmp(file, csv_reader_identity(job->csv)) != 0)
        return hm_fail(err, HM_ECONFLICT, "%s is about another file than %s, or it has changed",
                       path, job->import->path);
    if (strcmp(query, job->query) != 0)
        return hm_fail(err, HM_ECONFLICT, "%s is about another query", path);
    HM_TRY(csv_reader_seek(job->csv, job->bytes, job->lines, err));
    app_note("%s: %" PRIu64 " rows are done; on from line %" PRIu64, job->import->path, job->done,
             job->lines + 1);
    return HM_OK;
}

static enum hm_status put_state(const struct job *job, const char *path, struct hm_error *err) {
    FILE *state = fopen(path, "w");
    if (!state) return hm_fail_errno(err, "%s", path);
    fprintf(state,
            "hmrec cypher --csv 1 file %s query %s bytes %" PRIu64 " lines %" PRIu64
            " rows %" PRIu64 "\n",
            csv_reader_identity(job->csv), job->query, job->bytes, job->lines, job->done);
    bool good = fflush(state) == 0 && fsync(fileno(state)) == 0;
    if (fclose(state) != 0 || !good) return hm_fail_errno(err, "%s", path);
    return HM_OK;
}

/** In one step, so that a reader finds the old one or the new one. */
static enum hm_status write_state(const struct job *job, struct hm_error *err) {
    struct hm_buf path = {0};
    if (!job->import->resume) return HM_OK;
    enum hm_status status = hm_buf_printf(&path, err, "%s.part", job->import->resume);
    if (status == HM_OK) status = put_state(job, path.data, err);
    if (status == HM_OK && rename(path.data, job->import->resume) != 0)
        status = hm_fail_errno(err, "%s", job->import->resume);
    hm_buf_free(&path);
    return status;
}

// ---- batches

static enum hm_status read_names(struct job *job, struct hm_error *err) {
    size_t n = 0;
    while (csv_reader_name(job->csv, n))
        n++;
    job->columns = hm_arena_alloc(&job->names, n * sizeof *job->columns);
    for (size_t i = 0; job->columns && i < n; i++) {
        const char *name =
            csv_reader_name(job->csv, i) + strspn(csv_reader_name(job->csv, i), " \t");
        size_t length = strlen(name);
        while (length && strchr(" \t", name[length - 1]))
            length--;
        job->columns[i] = hm_arena_copy(&job->names, name, length);
        if (!job->columns[i]) job->columns = NULL;
    }
    return job->columns ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a header");
}

/** A field is a STRING, an empty one NULL: as LOAD CSV has them. */
static enum hm_status add_row(struct job *job, const struct csv_row *row, struct hm_error *err) {
    struct bolt_entry *entries = hm_arena_alloc(&job->arena, row->n * sizeof *entries);
    HM_TRY(hm_grow(&job->rows, &job->capacity, job->n + 1, sizeof *job->rows, err));
    if (!entries) return hm_fail(err, HM_ENOMEM, "no memory for a row");
    for (size_t i = 0; i < row->n; i++) {
        const char *name = job->columns[i];
        size_t length = strlen(row->fields[i]);
        struct bolt_value value = {.type = BOLT_NULL};
        if (length) {
            value = (struct bolt_value){.type = BOLT_STRING, .length = (uint32_t)length};
            value.as.string = hm_arena_copy(&job->arena, row->fields[i], length);
            if (!value.as.string) return hm_fail(err, HM_ENOMEM, "no memory for a row");
        }
        entries[i] =
            (struct bolt_entry){.key = name, .key_length = (uint32_t)strlen(name), .value = value};
    }
    if (!job->n) job->first_line = row->line;
    job->rows[job->n++] =
        (struct bolt_value){.type = BOLT_MAP, .length = (uint32_t)row->n, .as.entries = entries};
    return HM_OK;
}

/** A row that is none is reported, and ends the reading unless failures wait for the end. */
static enum hm_status bad_row(struct job *job, const struct hm_error *why, struct hm_error *err) {
    if (why->status != HM_EFORMAT) {
        *err = *why;
        return why->status;
    }
    app_complain(why);
    job->shell->failed = true;
    job->stop = !job->shell->options.fail_at_end;
    return HM_OK;
}

static enum hm_status read_batch(struct job *job, struct hm_error *err) {
    size_t most = job->import->batch ? job->import->batch : BATCH_ROWS;
    hm_arena_reset(&job->arena);
    job->n = 0;
    while (job->n < most && job->arena.used_bytes < BATCH_BYTES && !job->stop) {
        struct csv_row row;
        struct hm_error why;
        if (csv_reader_next(job->csv, &row, &why) != HM_OK) {
            HM_TRY(bad_row(job, &why, err));
            if (job->stop) break;
        } else if (!row.n) {
            job->stop = true;
        } else {
            HM_TRY(add_row(job, &row, err));
        }
        csv_reader_position(job->csv, &job->bytes, &job->lines);
    }
    return HM_OK;
}

/** A batch that fails is reported with its lines; the server has undone it. */
static void report(struct job *job, const struct hm_error *why) {
    struct shell *shell = job->shell;
    shell->source = job->import->path;
    shell->line = job->first_line;
    shell_complain(shell, why);
    shell->source = NULL;
    if (why->status == HM_ECANCELED) return;
    app_say("the rows of lines %" PRIu64 " to %" PRIu64 " are one transaction, which failed",
            job->first_line, job->lines);
}

static enum hm_status run_batch(struct job *job, struct hm_error *err) {
    const struct bolt_value list = {
        .type = BOLT_LIST, .length = (uint32_t)job->n, .as.items = job->rows};
    struct hm_error why;
    if (job->n && shell_series_run(job->series, "rows", &list, &why) != HM_OK) {
        report(job, &why);
        if (app_signal() || !job->shell->options.fail_at_end) {
            job->stop = true;
            return HM_OK;
        }
    }
    job->done += job->n;
    uint64_t size = csv_reader_size(job->csv);
    progress_set(job->progress, size ? job->bytes / 1024 : job->done);
    return write_state(job, err);
}

static enum hm_status run_batches(struct job *job, struct hm_error *err) {
    uint64_t size = csv_reader_size(job->csv);
    job->progress = progress_new(size ? "KiB of CSV" : "rows of CSV", size / 1024);
    enum hm_status status = HM_OK;
    while (status == HM_OK && !job->stop && !app_signal()) {
        status = read_batch(job, err);
        if (status == HM_OK) status = run_batch(job, err);
    }
    progress_free(job->progress);
    return status;
}

enum hm_status shell_import(struct shell *shell, const char *query, const struct import *import,
                            struct hm_error *err) {
    struct job job = {.shell = shell, .import = import};
    HM_TRY(hm_digest(query, strlen(query), job.query, err));
    HM_TRY(csv_reader_open(&job.csv, import->path, app_host(), err));
    enum hm_status status = read_names(&job, err);
    if (status == HM_OK && import->resume) status = read_state(&job, err);
    if (status == HM_OK) status = shell_series_new(&job.series, shell, query, err);
    if (status == HM_OK) status = run_batches(&job, err);
    if (job.series) {
        bool whole = status == HM_OK && !shell->failed && !app_signal();
        enum hm_status ended = shell_series_end(job.series, whole, status == HM_OK ? err : NULL);
        if (status == HM_OK) status = ended;
    }
    csv_reader_close(job.csv);
    hm_arena_free(&job.names);
    hm_arena_free(&job.arena);
    free(job.rows);
    return status;
}
