// SPDX-License-Identifier: MIT
// From the paths of the command line to one sorted list of pictures. About 100 bytes a picture are kept: 11 MB for the H&M catalogue.

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hmrec/image.h"
#include "hmrec/pipeline.h"
#include "mem.h"
#include "tell.h"

// Length of a picture's name without its ending, 0 when it is not one.
static size_t stem_length(const char *name) {
    const char *ending = hm_image_ending(name);
    return ending ? strlen(name) - strlen(ending) : 0;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void report(struct hm_jobs *jobs, const struct hm_error *err) {
    tell_failed(jobs->host, err);
    jobs->failed++;
}

static enum hm_status add(struct hm_jobs *jobs, const char *path, const struct stat *st,
                          struct hm_error *err) {
    const char *name = base_name(path);
    size_t stem = stem_length(name);
    if (!stem) stem = strlen(name); // named by the user: the decoder will say what is wrong with it
    jobs->found++;
    if (stem > HM_STORE_CODE_MAX) {
        struct hm_error own;
        hm_fail(&own, HM_EARG,
                "image %s: its name is %zu bytes long, a product code has at most %d", path, stem,
                HM_STORE_CODE_MAX);
        report(jobs, &own);
        return HM_OK;
    }
    if (jobs->n == jobs->capacity) {
        size_t capacity = jobs->capacity ? 2 * jobs->capacity : 256;
        struct hm_job *rows = realloc(jobs->rows, capacity * sizeof *rows);
        if (!rows) return hm_fail(err, HM_ENOMEM, "no memory for a list of %zu pictures", capacity);
        jobs->rows = rows;
        jobs->capacity = capacity;
    }
    struct hm_job job = {
        .path = hm_arena_keep(&jobs->strings, path, strlen(path)),
        .code = hm_arena_keep(&jobs->strings, name, stem),
        .bytes = (uint64_t)st->st_size,
        .mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
    };
    if (!job.path || !job.code)
        return hm_fail(err, HM_ENOMEM, "no memory for a list of %zu pictures", jobs->n);
    jobs->rows[jobs->n++] = job;
    return HM_OK;
}

static enum hm_status visit(struct hm_jobs *jobs, FTS *tree, FTSENT *entry, struct hm_error *err) {
    struct hm_error own;
    bool hidden = entry->fts_level > 0 && entry->fts_name[0] == '.';
    switch (entry->fts_info) {
    case FTS_D:
        if (hidden) fts_set(tree, entry, FTS_SKIP);
        return HM_OK;
    case FTS_F:
    case FTS_DEFAULT:
        if (entry->fts_level > 0 && (hidden || !stem_length(entry->fts_name))) return HM_OK;
        return add(jobs, entry->fts_path, entry->fts_statp, err);
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
    case FTS_SLNONE:
        if (hidden ||
            (entry->fts_level > 0 && entry->fts_info != FTS_DNR && !stem_length(entry->fts_name)))
            return HM_OK;
        errno = entry->fts_errno ? entry->fts_errno : ENOENT;
        hm_fail_errno(&own, "%s", entry->fts_path);
        report(jobs, &own);
        return HM_OK;
    default: // a folder on its way back, a cycle of links
        return HM_OK;
    }
}

enum hm_status hm_jobs_add_path(struct hm_jobs *jobs, const char *path, struct hm_error *err) {
    char *roots[] = {strdup(path), NULL}; // fts wants them writable
    FTS *tree = roots[0] ? fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL) : NULL;
    enum hm_status status = tree ? HM_OK : hm_fail_errno(err, "%s", path);
    for (FTSENT *entry; status == HM_OK && (entry = fts_read(tree)) != NULL;) {
        status = visit(jobs, tree, entry, err);
        if (status == HM_OK) status = stop_if_cancelled(jobs->host, "interrupted", err);
    }
    if (tree) fts_close(tree);
    free(roots[0]);
    return status;
}

enum hm_status hm_jobs_add_list(struct hm_jobs *jobs, const char *file, struct hm_error *err) {
    bool standard = strcmp(file, "-") == 0;
    FILE *in = standard ? stdin : fopen(file, "r");
    if (!in) return hm_fail_errno(err, "--files-from %s", file);
    char *line = NULL;
    size_t capacity = 0;
    enum hm_status status = HM_OK;
    for (ssize_t length; status == HM_OK && (length = getline(&line, &capacity, in)) >= 0;) {
        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            line[--length] = '\0';
        if (length > 0) status = hm_jobs_add_path(jobs, line, err);
    }
    if (status == HM_OK && ferror(in)) status = hm_fail_errno(err, "--files-from %s", file);
    free(line);
    if (!standard) fclose(in);
    return status;
}

static int compare(const void *a, const void *b) {
    const struct hm_job *x = a, *y = b;
    int by_code = strcmp(x->code, y->code);
    return by_code ? by_code : strcmp(x->path, y->path);
}

// FNV-1a: any even spread will do, as long as it never changes.
static uint32_t hash(const char *code) {
    uint32_t h = 2166136261u;
    for (; *code; code++)
        h = (h ^ (unsigned char)*code) * 16777619u;
    return h;
}

void hm_jobs_finish(struct hm_jobs *jobs, unsigned shard, unsigned shards) {
    size_t kept = 0;
    if (jobs->n) qsort(jobs->rows, jobs->n, sizeof *jobs->rows, compare);
    for (size_t i = 0; i < jobs->n; i++) {
        const struct hm_job *job = &jobs->rows[i];
        if (hash(job->code) % shards != shard - 1) continue;
        const struct hm_job *last = kept ? &jobs->rows[kept - 1] : NULL;
        if (last && strcmp(last->path, job->path) == 0) continue; // the same file named twice
        if (last && strcmp(last->code, job->code) == 0) {
            struct hm_error own;
            hm_fail(&own, HM_ECONFLICT, "image %s: product %s has a picture already: %s", job->path,
                    job->code, last->path);
            report(jobs, &own);
            continue;
        }
        jobs->rows[kept++] = *job;
    }
    jobs->n = kept;
}

void hm_jobs_free(struct hm_jobs *jobs) {
    free(jobs->rows);
    hm_arena_drop(&jobs->strings);
    *jobs = (struct hm_jobs){0};
}
