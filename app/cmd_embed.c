// SPDX-License-Identifier: MIT
// hmrec embed: pictures -> embeddings in a store or a file. What the store holds already is not
// made again.

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "commands.h"
#include "hmrec/pipeline.h"
#include "resources.h"
#include "path.h"

enum { DEFAULT_BATCH = 8 }; // past 8 pictures a batch gains nothing measurable and costs memory

enum { PROBES = 3 }; // pictures of a resumed file that are embedded again

struct embed_options {
    const char *store, *weights, *isa, *output, *files_from;
    enum hm_code_from code_from;
    const struct hm_precision *precision;
    unsigned threads, batch, shard, shards;
    bool again, fill_missing, nulls, resume;
    struct hm_sink_format format; // of output
};

static enum hm_status set_shard(void *context, const char *value, struct hm_error *err) {
    struct embed_options *o = context;
    int length = 0;
    if (sscanf(value, "%u/%u%n", &o->shard, &o->shards, &length) == 2 && value[length] == '\0' &&
        o->shard >= 1 && o->shard <= o->shards)
        return HM_OK;
    return hm_fail(err, HM_EARG, "found \"%s\", expected I/N with I from 1 to N, such as 2/4",
                   value);
}

static enum hm_status collect(struct hm_jobs *jobs, const struct embed_options *o, int n,
                              char **paths, struct hm_error *err) {
    for (int i = 0; i < n; i++)
        HM_TRY(hm_jobs_add_path(jobs, paths[i], err));
    if (o->files_from) HM_TRY(hm_jobs_add_list(jobs, o->files_from, o->nulls, err));
    hm_jobs_finish(jobs, o->shard, o->shards);
    if (jobs->found || jobs->failed) return HM_OK;
    return hm_fail(err, HM_ENOTFOUND,
                   "no pictures found: no file ends with .jpg, .jpeg, .png, ...");
}

// Drop the jobs whose file has the size and time of change that the store remembers; returns how
// many.
static size_t skip_known(struct hm_jobs *jobs, const struct hm_known *known) {
    size_t kept = 0, n = jobs->n;
    for (size_t i = 0; i < n; i++) {
        const struct hm_store_source *s = hm_known_find(known, jobs->rows[i].code);
        if (s && s->image_bytes == jobs->rows[i].bytes &&
            s->image_mtime_ns == jobs->rows[i].mtime_ns)
            continue;
        jobs->rows[kept++] = jobs->rows[i];
    }
    jobs->n = kept;
    return n - kept;
}

// Some of the pictures that a resumed file holds.
struct probes {
    struct hm_job jobs[PROBES];
    size_t n;
};

// Drop the jobs that a resumed file holds; returns how many.
static size_t skip_held(struct hm_jobs *jobs, struct hm_sink *sink, struct probes *probes) {
    size_t kept = 0, n = jobs->n;
    if (!sink->holds) return 0;
    for (size_t i = 0; i < n; i++) {
        if (!sink->holds(sink, jobs->rows[i].code, NULL))
            jobs->rows[kept++] = jobs->rows[i];
        else if (probes->n < PROBES)
            probes->jobs[probes->n++] = jobs->rows[i];
    }
    jobs->n = kept;
    return n - kept;
}

static enum hm_status open_file(struct hm_sink **sink, const struct embed_options *o,
                                const char *model, struct hm_error *err) {
    char part[HM_PATH_MAX];
    HM_TRY(hm_path(part, err, "%s.part", o->output));
    if (!o->resume && access(part, F_OK) == 0)
        app_note("%s of an unfinished run is made anew%s", part,
                 o->format.resumes ? " (--resume would go on with it)" : "");
    return hm_sink_file(sink, o->output, model, o->resume, err);
}

static enum hm_status name_model(const struct embed_options *o, struct hm_weights *weights,
                                 char model[HM_STORE_MODEL_MAX + 1], struct hm_error *err) {
    const char *digest;
    HM_TRY(hm_weights_digest(weights, &digest, err));
    return hm_model_name(digest, o->precision, model, HM_STORE_MODEL_MAX + 1, err);
}

static enum hm_status open_sink(struct hm_sink **sink, struct hm_store **store,
                                struct hm_known **known, const struct embed_options *o,
                                struct hm_weights *weights, struct hm_error *err) {
    char model[HM_STORE_MODEL_MAX + 1] = "";
    // The digest of the weights is made for those who ask for it: it takes a tenth of a second.
    if (!o->output || o->format.says_model) HM_TRY(name_model(o, weights, model, err));
    if (o->output) return open_file(sink, o, model, err);
    HM_TRY(app_open_store(store, o->store, true, err));
    if (o->again) HM_TRY(app_say_replaced(*store, model, err));
    HM_TRY(hm_store_use_model(*store, model, o->again, err));
    if (!o->again) HM_TRY(hm_known_read(known, *store, err));
    return hm_sink_store(sink, *store, err);
}

// Each worker has an embedder of its own on the same weights; a single picture has all threads.
static enum hm_status embed_jobs(struct hm_embed_run *run, const struct embed_options *o,
                                 const struct hm_weights *weights, const struct probes *probes,
                                 struct hm_embed_result *result, struct hm_error *err) {
    struct hm_model_options options = {
        .isa = o->isa, .threads = o->threads, .precision = o->precision};
    // The latency plan: all threads on one picture. A resumed file gets the bits of a single run.
    bool single = run->jobs->n == 1 && !probes->n;
    run->batch = single ? 1 : o->batch;
    run->workers = single ? 1 : o->threads;
    options.batch = single ? 1 : o->batch < 2 ? 2 : o->batch;
    if (!single) options.threads = 1;
    struct hm_embedder **embedders = calloc(run->workers, sizeof *embedders);
    if (!embedders) return hm_fail(err, HM_ENOMEM, "no memory for %u workers", run->workers);
    enum hm_status status = hm_embedder_new(&embedders[0], weights, &options, err);
    for (unsigned i = 1; status == HM_OK && i < run->workers; i++)
        status = hm_embedder_share(&embedders[i], embedders[0], err);
    run->embedders = embedders;
    if (status == HM_OK && probes->n) {
        status = hm_sink_fits(run->sink, embedders[0], probes->jobs, probes->n, err);
        if (status != HM_OK) hm_error_prefix(err, "%s", o->output);
    }
    if (status == HM_OK) status = hm_embed_jobs(run, result, err);
    app_host_rest();
    for (unsigned i = run->workers; i-- > 0;)
        hm_embedder_free(embedders[i]);
    free(embedders);
    return status;
}

static int finish(const struct embed_options *o, enum hm_status status, const struct hm_error *err,
                  struct hm_store *store, bool made) {
    struct hm_error own;
    size_t filled = 0;
    if (status == HM_OK && o->fill_missing && store) {
        if (hm_store_fill_missing(store, &filled, &own) != HM_OK) return app_complain(&own);
        app_note("%zu products without a picture got a zero vector", filled);
    }
    if (status == HM_OK && made && store && hm_tell_unlisted(store, app_host(), &own) != HM_OK)
        return app_complain(&own);
    return status == HM_OK ? APP_OK : app_ended(status, err);
}

static int embed(const struct embed_options *o, int n, char **paths) {
    struct hm_error err;
    struct hm_jobs jobs = {.host = app_host(), .code_from = o->code_from, .lines = o->format.lines};
    struct probes probes = {0};
    struct hm_weights *weights = NULL;
    struct hm_store *store = NULL;
    struct hm_known *known = NULL;
    struct hm_sink *sink = NULL;
    struct hm_embed_result result = {0};
    size_t skipped = 0;
    uint64_t start_ns = hm_now_ns();
    enum hm_status status = collect(&jobs, o, n, paths, &err);
    if (status == HM_OK) status = app_open_weights(&weights, o->weights, &err);
    if (status == HM_OK) status = open_sink(&sink, &store, &known, o, weights, &err);
    if (status == HM_OK) skipped = skip_known(&jobs, known) + skip_held(&jobs, sink, &probes);
    if (status == HM_OK && jobs.n) {
        struct hm_embed_run run = {.host = app_host(), .jobs = &jobs, .known = known, .sink = sink};
        status = embed_jobs(&run, o, weights, &probes, &result, &err);
    }
    size_t failed = jobs.failed + result.failed;
    if (sink) {
        struct hm_error own;
        bool nothing = failed && !result.done && !skipped; // what was there before is better
        enum hm_status closed = sink->close(sink, status == HM_OK && !nothing, &own);
        if (status == HM_OK && (status = closed) != HM_OK) err = own;
    }
    if (status == HM_OK && result.done && store)
        hm_search_prepare(store, o->isa, o->threads, app_host());
    int code = finish(o, status, &err, store, result.done > 0);
    double seconds = (double)(hm_now_ns() - start_ns) / 1e9;
    if (sink)
        app_note("%zu embedded, %zu unchanged, %zu failed in %.2f s (%.1f/s)", result.done,
                 skipped + result.same, failed, seconds, (double)result.done / seconds);
    hm_known_free(known);
    hm_store_close(&store);
    hm_weights_close(weights);
    hm_jobs_free(&jobs);
    return code == APP_OK && failed ? APP_FAILED : code;
}

int cmd_embed(const struct app_command *self, int argc, char **argv) {
    struct embed_options o = {.batch = DEFAULT_BATCH, .shard = 1, .shards = 1};
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    struct app_each shard = {set_shard, &o};
    struct app_pick precision = {.list = app_precisions()}, isa = APP_PICK_ISA;
    struct app_pick code_from = {.list = app_code_sources, .value = HM_CODE_STEM};
    o.threads = cpus > 0 ? (unsigned)cpus : 1;
    const struct app_option options[] = {
        {"store", 's', APP_TEXT, "URI",
         "a file, bolt://..., neo4j+s://...; default $NEO4J_URI, else hmrec.db", &o.store},
        {"weights", 'w', APP_TEXT, "FILE", "safetensors; default: see hmrec info", &o.weights},
        {"output", 'o', APP_TEXT, "FILE",
         "not into a store: FILE.npy, FILE.ndjson, FILE.arrow, or \"-\": JSON lines to standard "
         "output",
         &o.output},
        {"resume", 0, APP_FLAG, NULL, "go on with an unfinished or finished --output", &o.resume},
        {"files-from", 0, APP_TEXT, "FILE", "paths to read, one a line (\"-\": standard input)",
         &o.files_from},
        {"null", '0', APP_FLAG, NULL, "the paths of --files-from end with NULs (find -print0)",
         &o.nulls},
        {"code", 0, APP_CHOICE, "FROM", "the product's code, of SKU/1.jpg:", &code_from},
        {"again", 0, APP_FLAG, NULL, "make every embedding anew, whatever the store holds",
         &o.again},
        {"fill-missing", 0, APP_FLAG, NULL, "then give products without a picture a zero vector",
         &o.fill_missing},
        {"shard", 0, APP_EACH, "I/N", "only the I-th of N parts of the pictures (by code)", &shard},
        {"threads", 't', APP_COUNT, "N", "default: one a CPU", &o.threads},
        {"batch", 'b', APP_COUNT, "N",
         "pictures a thread runs through the network together (default 8)", &o.batch},
        APP_ISA_OPTION(&isa),
        {"precision", 0, APP_CHOICE, "NAME", "of weights and activations:", &precision},
        APP_SERVER_OPTIONS,
        {0},
    };
    struct hm_error err;
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (first == argc && !o.files_from) return app_usage(self, "no pictures given");
    if (o.output && o.store) return app_usage(self, "give --output or --store, not both");
    if (o.output && o.fill_missing)
        return app_usage(self, "--fill-missing needs a store, not --output");
    if (o.nulls && !o.files_from) return app_usage(self, "--null needs --files-from");
    if (o.resume && !o.output)
        return app_usage(self, "--resume needs --output; a store is always gone on with");
    if (o.output && hm_sink_check(o.output, &o.format, &err) != HM_OK)
        return app_usage(self, "option --output: %s", err.text);
    if (o.resume && !o.format.resumes)
        return app_usage(self, "--resume cannot go on with %s", o.output);
    size_t count;
    o.isa = isa.given;
    o.precision = &hm_precisions(&count)[precision.value];
    o.code_from = (enum hm_code_from)code_from.value;
    app_catch_signals();
    return embed(&o, argc - first, argv + first);
}
