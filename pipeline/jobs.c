// SPDX-License-Identifier: MIT
// From the paths of the command line to one sorted list of pictures. About 120 bytes a picture are
// kept: 13 MB for the H&M catalogue.
//
// Folders are walked here and not by fts(3), whose readdir() takes a failure for a folder's end.

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hmrec/image.h"
#include "hmrec/pipeline.h"
#include "mem.h"
#include "tell.h"
#include "utf8.h"

// How many pictures of a kind were passed over; the list ends with an ending of NULL.
struct hm_jobs_passed {
    const char *ending; // image.h's
    size_t count;
};

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void report_job(struct hm_jobs *jobs, const struct hm_error *err) {
    tell_failed(jobs->host, err);
    jobs->failed++;
}

static void report_errno(struct hm_jobs *jobs, const char *path, const char *what) {
    struct hm_error err;
    if (errno == ENOENT)
        hm_fail(&err, HM_ENOTFOUND, "%s: no such file or folder", path);
    else
        hm_fail_errno(&err, "%s%s", path, what);
    report_job(jobs, &err);
}

// ---- one picture

/** The code that a path gives its product. below: the path behind the folder that was named.
 *  length  may be 0: a path such as "/" */
static const char *code_of(enum hm_code_from from, const char *below, size_t *length) {
    while (below[0] == '/' || (below[0] == '.' && below[1] == '/'))
        below++;
    const char *code = from == HM_CODE_PATH ? below : base_name(below);
    const char *ending = from == HM_CODE_NAME ? NULL : hm_image_ending(code);
    *length = strlen(code) - (ending ? strlen(ending) : 0);
    return code;
}

static enum hm_status check_code(const struct hm_jobs *jobs, const char *path, const char *code,
                                 size_t length, struct hm_error *err) {
    size_t at = hm_utf8_check(code, length);
    if (length == 0)
        return hm_fail(err, HM_EARG, "image %s: no name to make a product code of", path);
    if (at < length)
        return hm_fail(err, HM_EARG,
                       "image %s: its name is not UTF-8 (byte %02X), a product code must be", path,
                       (unsigned char)code[at]);
    if (length > HM_STORE_CODE_MAX)
        return hm_fail(err, HM_EARG,
                       "image %s: its name is %zu bytes long, a product code has at most %d", path,
                       length, HM_STORE_CODE_MAX);
    if (jobs->lines && !hm_utf8_one_line(code, length))
        return hm_fail(err, HM_EARG,
                       "image %s: its name holds a newline or another character that ends a line, "
                       "which a list of codes cannot",
                       path);
    return HM_OK;
}

static enum hm_status add_picture(struct hm_jobs *jobs, const char *path, const char *below,
                                  const struct stat *st, struct hm_error *err) {
    struct hm_error own;
    size_t length;
    const char *code = code_of(jobs->code_from, below, &length);
    jobs->found++;
    if (check_code(jobs, path, code, length, &own) != HM_OK) {
        report_job(jobs, &own);
        return HM_OK;
    }
    HM_TRY(hm_grow(&jobs->rows, &jobs->capacity, jobs->n + 1, sizeof *jobs->rows, err));
    struct hm_job job = {
        .path = hm_arena_keep(&jobs->strings, path, strlen(path)),
        .code = hm_arena_keep(&jobs->strings, code, length),
        .bytes = (uint64_t)st->st_size,
        .mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
        .device = (uint64_t)st->st_dev,
        .inode = (uint64_t)st->st_ino,
    };
    if (!job.path || !job.code)
        return hm_fail(err, HM_ENOMEM, "no memory for a list of %zu pictures", jobs->n);
    jobs->rows[jobs->n++] = job;
    return HM_OK;
}

static enum hm_status pass_over(struct hm_jobs *jobs, const char *name, struct hm_error *err) {
    const char *ending = hm_image_other_ending(name);
    size_t n = 0;
    if (!ending) return HM_OK;
    for (; jobs->passed && jobs->passed[n].ending; n++)
        if (jobs->passed[n].ending == ending) {
            jobs->passed[n].count++;
            return HM_OK;
        }
    struct hm_jobs_passed *passed = realloc(jobs->passed, (n + 2) * sizeof *passed);
    if (!passed) return hm_fail(err, HM_ENOMEM, "no memory for a list of pictures");
    passed[n] = (struct hm_jobs_passed){ending, 1};
    passed[n + 1] = (struct hm_jobs_passed){0};
    jobs->passed = passed;
    return HM_OK;
}

// ---- folders

struct walk {
    struct hm_jobs *jobs;
    struct hm_buf path; // where it is
    size_t below;       // bytes of path up to the end of the folder that was named
};

/** A folder that the walk is in, and the one that it came from. */
struct folder {
    const struct folder *up;
    dev_t device;
    ino_t inode;
};

static bool is_in(const struct folder *folder, const struct stat *st) {
    for (; folder; folder = folder->up)
        if (folder->device == st->st_dev && folder->inode == st->st_ino) return true;
    return false;
}

// The names in a folder, each with its NUL, as far as it can be read; errno is 0 when that is all.
static enum hm_status read_names(const char *path, struct hm_buf *names, struct hm_error *err) {
    errno = 0;
    DIR *directory = opendir(path);
    if (!directory) return HM_OK;
    enum hm_status status = HM_OK;
    const struct dirent *entry;
    while (status == HM_OK && (errno = 0, entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.')
            status = hm_buf_append(names, entry->d_name, strlen(entry->d_name) + 1, err);
    int why = errno;
    closedir(directory);
    errno = why;
    return status;
}

static enum hm_status visit_path(struct walk *walk, const struct folder *up, struct hm_error *err);

static enum hm_status visit_folder(struct walk *walk, const struct folder *folder,
                                   struct hm_error *err) {
    struct hm_buf names = {0};
    size_t length = walk->path.length;
    enum hm_status status = read_names(walk->path.data, &names, err);
    if (status == HM_OK && errno)
        report_errno(walk->jobs, walk->path.data, ": can't read the folder to its end");
    const char *slash = length && walk->path.data[length - 1] == '/' ? "" : "/";
    for (size_t at = 0; status == HM_OK && at < names.length; at += strlen(names.data + at) + 1) {
        status = hm_buf_printf(&walk->path, err, "%s%s", slash, names.data + at);
        if (status == HM_OK) status = visit_path(walk, folder, err);
        walk->path.length = length;
        walk->path.data[length] = '\0';
    }
    hm_buf_free(&names);
    return status;
}

// up: NULL for a path that was named.
static enum hm_status visit_path(struct walk *walk, const struct folder *up, struct hm_error *err) {
    const char *path = walk->path.data, *name = base_name(path);
    struct stat st;
    HM_TRY(stop_if_cancelled(walk->jobs->host, "interrupted", err));
    if (stat(path, &st) != 0) {
        // What a link without a target would have been, its name says.
        if (!up || errno != ENOENT || hm_image_ending(name)) report_errno(walk->jobs, path, "");
        return HM_OK;
    }
    if (S_ISDIR(st.st_mode)) {
        if (is_in(up, &st)) return HM_OK; // a circle of links
        struct folder folder = {up, st.st_dev, st.st_ino};
        if (!up) walk->below = walk->path.length;
        return visit_folder(walk, &folder, err);
    }
    if (up && !hm_image_ending(name)) return pass_over(walk->jobs, name, err);
    return add_picture(walk->jobs, path, path + walk->below, &st, err);
}

enum hm_status hm_jobs_add_path(struct hm_jobs *jobs, const char *path, struct hm_error *err) {
    struct walk walk = {.jobs = jobs};
    enum hm_status status = hm_buf_append(&walk.path, path, strlen(path), err);
    if (status == HM_OK) status = visit_path(&walk, NULL, err);
    hm_buf_free(&walk.path);
    return status;
}

// ---- lists

static enum hm_status add_entry(struct hm_jobs *jobs, char *line, size_t length, bool nulls,
                                size_t number, struct hm_error *err) {
    static const char mark[] = "\xEF\xBB\xBF"; // of UTF-8 at a text's start
    if (nulls) {
        if (length && line[length - 1] == '\0') length--;
    } else {
        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            line[--length] = '\0';
        if (memchr(line, '\0', length))
            return hm_fail(err, HM_EFORMAT,
                           "line %zu holds a NUL; a list of find -print0 needs --null", number);
        if (number == 1 && length >= sizeof mark - 1 && !memcmp(line, mark, sizeof mark - 1)) {
            line += sizeof mark - 1;
            length -= sizeof mark - 1;
        }
    }
    return length ? hm_jobs_add_path(jobs, line, err) : HM_OK;
}

enum hm_status hm_jobs_add_list(struct hm_jobs *jobs, const char *file, bool nulls,
                                struct hm_error *err) {
    bool standard = strcmp(file, "-") == 0;
    FILE *in = standard ? stdin : fopen(file, "r");
    if (!in) return hm_fail_errno(err, "--files-from %s", file);
    char *line = NULL;
    size_t capacity = 0, number = 0;
    enum hm_status status = HM_OK;
    while (status == HM_OK) {
        ssize_t length = getdelim(&line, &capacity, nulls ? '\0' : '\n', in);
        if (length < 0) {
            if (!feof(in)) status = hm_fail_errno(err, "can't read");
            break;
        }
        status = add_entry(jobs, line, (size_t)length, nulls, ++number, err);
    }
    if (status == HM_EIO && host_cancelled(jobs->host))
        status = hm_fail(err, HM_ECANCELED, "interrupted");
    if (status != HM_OK) hm_error_prefix(err, "--files-from %s", file);
    free(line);
    if (!standard) fclose(in);
    return status;
}

// ---- the whole list

static int compare_jobs(const void *a, const void *b) {
    const struct hm_job *x = a, *y = b;
    int by_code = strcmp(x->code, y->code);
    return by_code ? by_code : strcmp(x->path, y->path);
}

// FNV-1a: any even spread will do, as long as it never changes.
static uint32_t hash_code(const char *code) {
    uint32_t h = 2166136261u;
    for (; *code; code++)
        h = (h ^ (unsigned char)*code) * 16777619u;
    return h;
}

static void note_passed(const struct hm_jobs *jobs) {
    struct hm_buf text = {0};
    for (const struct hm_jobs_passed *p = jobs->passed; p && p->ending; p++)
        if (hm_buf_printf(&text, NULL, "%s%zu %s", text.length ? ", " : "", p->count, p->ending) !=
            HM_OK)
            break;
    if (text.length) tell_note(jobs->host, "%s passed over", text.data);
    hm_buf_free(&text);
}

void hm_jobs_finish(struct hm_jobs *jobs, unsigned shard, unsigned shards) {
    size_t kept = 0;
    if (jobs->n) qsort(jobs->rows, jobs->n, sizeof *jobs->rows, compare_jobs);
    for (size_t i = 0; i < jobs->n; i++) {
        const struct hm_job *job = &jobs->rows[i];
        if (hash_code(job->code) % shards != shard - 1) continue;
        const struct hm_job *last = kept ? &jobs->rows[kept - 1] : NULL;
        if (last && strcmp(last->code, job->code) == 0) {
            if (last->device == job->device && last->inode == job->inode) continue; // the same file
            struct hm_error own;
            hm_fail(&own, HM_ECONFLICT, "image %s: product %s has a picture already: %s%s",
                    job->path, job->code, last->path,
                    jobs->code_from == HM_CODE_STEM ? " (--code path or name tells them apart)"
                                                    : "");
            report_job(jobs, &own);
            continue;
        }
        jobs->rows[kept++] = *job;
    }
    jobs->n = kept;
    note_passed(jobs);
}

void hm_jobs_free(struct hm_jobs *jobs) {
    free(jobs->rows);
    free(jobs->passed);
    hm_arena_drop(&jobs->strings);
    *jobs = (struct hm_jobs){0};
}
