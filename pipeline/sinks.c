// SPDX-License-Identifier: MIT
// Where embeddings go: a store, or a file whose ending names its format.

#include "sinks.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "path.h"

struct store_sink {
    struct hm_sink base;
    struct hm_store *store;
};

static enum hm_status store_put(struct hm_sink *sink, const struct hm_store_embedding *rows,
                                size_t n, struct hm_error *err) {
    return hm_store_put_embeddings(((struct store_sink *)sink)->store, rows, n, err);
}

static enum hm_status store_done(struct hm_sink *sink, bool whole, struct hm_error *err) {
    (void)whole; // every put was
    (void)err;
    free(sink);
    return HM_OK;
}

enum hm_status hm_sink_store(struct hm_sink **out, struct hm_store *store, struct hm_error *err) {
    struct store_sink *sink = malloc(sizeof *sink);
    *out = NULL;
    if (!sink) return hm_fail(err, HM_ENOMEM, "no memory");
    *sink = (struct store_sink){{.put = store_put, .close = store_done}, store};
    *out = &sink->base;
    return HM_OK;
}

// ---- files

static const struct sink_format {
    const char *ending;
    sink_open_fn *open;
    struct hm_sink_format about;
} formats[] = {
    {".ndjson", sink_ndjson_open, {.resumes = true}}, // also standard output's
    {".jsonl", sink_ndjson_open, {.resumes = true}},
    {".npy", sink_npy_open, {.lines = true, .resumes = true}},
    {".arrow", sink_arrow_open, {.says_model = true}},
};

static enum hm_status find_format(const char *path, const struct sink_format **format,
                                  struct hm_error *err) {
    *format = formats;
    if (strcmp(path, "-") == 0) return HM_OK;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        *format = &formats[i];
        if (hm_path_ends(path, formats[i].ending)) return HM_OK;
    }
    return hm_fail(err, HM_EARG,
                   "found \"%s\", expected a name that ends with .npy (and FILE.npy.codes beside "
                   "it), .ndjson, .jsonl or .arrow, or \"-\" for JSON lines to standard output",
                   path);
}

enum hm_status hm_sink_check(const char *path, struct hm_sink_format *out, struct hm_error *err) {
    const struct sink_format *format;
    HM_TRY(find_format(path, &format, err));
    *out = format->about;
    return HM_OK;
}

enum hm_status hm_sink_file(struct hm_sink **out, const char *path, const char *model, bool resume,
                            struct hm_error *err) {
    const struct sink_format *format;
    *out = NULL;
    HM_TRY(find_format(path, &format, err));
    if (resume && !format->about.resumes)
        return hm_fail(err, HM_EARG,
                       "%s: a %s file cannot be gone on with; expected .npy, .ndjson "
                       "or .jsonl",
                       path, format->ending);
    return format->open(out, path, model, resume, err);
}

// ---- what a resumed file holds

enum hm_status held_add(struct held *held, const char *code, size_t length, uint64_t at,
                        struct hm_error *err) {
    HM_TRY(hm_grow(&held->rows, &held->capacity, held->n + 1, sizeof *held->rows, err));
    const char *copy = hm_arena_keep(&held->strings, code, length);
    if (!copy) return hm_fail(err, HM_ENOMEM, "no memory for a list of %zu codes", held->n);
    held->rows[held->n++] = (struct held_row){copy, at};
    return HM_OK;
}

static int compare_held(const void *a, const void *b) {
    const struct held_row *x = a, *y = b;
    return strcmp(x->code, y->code);
}

void held_sort(struct held *held) {
    if (held->n) qsort(held->rows, held->n, sizeof *held->rows, compare_held);
}

const struct held_row *held_find(const struct held *held, const char *code) {
    struct held_row key = {.code = code};
    if (!held->n) return NULL;
    return bsearch(&key, held->rows, held->n, sizeof *held->rows, compare_held);
}

void held_free(struct held *held) {
    free(held->rows);
    hm_arena_drop(&held->strings);
    *held = (struct held){0};
}
