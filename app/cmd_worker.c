// SPDX-License-Identifier: MIT
// hmrec worker: pictures in by standard input, embeddings out by standard output.

#include <stdlib.h>
#include <unistd.h>

#include "commands.h"
#include "hmrec/pipeline.h"
#include "hmrec/worker.h"
#include "resources.h"

enum {
    DEFAULT_BATCH = 8,
    DEFAULT_LINGER_MS = 100,
    MOST_BATCH = 1024,
    LONGEST_LINGER_MS = 3600 * 1000
};

struct worker_options {
    const char *weights, *isa;
    const struct hm_precision *precision;
    unsigned threads, batch, linger_ms;
    enum hm_worker_input input;
    enum hm_worker_output output;
};

// The plan of hmrec embed for several pictures, whatever comes: the bits are the same.
static enum hm_status make_embedders(struct hm_embedder **embedders, const struct worker_options *o,
                                     const struct hm_weights *weights, struct hm_error *err) {
    const struct hm_model_options options = {.isa = o->isa,
                                             .threads = 1,
                                             .batch = o->batch < 2 ? 2 : o->batch,
                                             .precision = o->precision};
    HM_TRY(hm_embedder_new(&embedders[0], weights, &options, err));
    for (unsigned i = 1; i < o->threads; i++)
        HM_TRY(hm_embedder_share(&embedders[i], embedders[0], err));
    return HM_OK;
}

static enum hm_status answer(const struct worker_options *o, struct hm_weights *weights,
                             struct hm_embedder **embedders, struct hm_worker_result *result,
                             struct hm_error *err) {
    const char *digest;
    char model[HM_STORE_MODEL_MAX + 1];
    HM_TRY(hm_weights_digest(weights, &digest, err));
    HM_TRY(hm_model_name(digest, o->precision, model, sizeof model, err));
    HM_TRY(make_embedders(embedders, o, weights, err));
    const struct hm_worker worker = {.host = app_host(),
                                     .embedders = embedders,
                                     .workers = o->threads,
                                     .batch = o->batch,
                                     .in = STDIN_FILENO,
                                     .input = o->input,
                                     .output = o->output,
                                     .linger_ms = o->linger_ms,
                                     .model = model};
    return hm_worker_run(&worker, result, err);
}

static int run(const struct worker_options *o) {
    struct hm_error err;
    struct hm_worker_result result = {0};
    struct hm_weights *weights = NULL;
    struct hm_embedder **embedders = calloc(o->threads, sizeof *embedders);
    enum hm_status status = embedders
                                ? app_open_weights(&weights, o->weights, &err)
                                : hm_fail(&err, HM_ENOMEM, "no memory for %u workers", o->threads);
    if (status == HM_OK) status = answer(o, weights, embedders, &result, &err);
    app_host_rest();
    for (unsigned i = o->threads; embedders && i-- > 0;)
        hm_embedder_free(embedders[i]);
    free(embedders);
    hm_weights_close(weights);
    app_note("%llu embedded, %llu answered with an error", (unsigned long long)result.done,
             (unsigned long long)result.failed);
    return status == HM_OK ? APP_OK : app_ended(status, &err);
}

static enum hm_status set_linger(void *context, const char *value, struct hm_error *err) {
    struct worker_options *o = context;
    char *end;
    unsigned long ms = strtoul(value, &end, 10);
    if (*value < '0' || *value > '9' || *end || ms > LONGEST_LINGER_MS)
        return hm_fail(err, HM_EARG, "found \"%s\", expected milliseconds, 0 to %d", value,
                       LONGEST_LINGER_MS);
    o->linger_ms = (unsigned)ms;
    return HM_OK;
}

int cmd_worker(const struct app_command *self, int argc, char **argv) {
    static const struct app_choice inputs[] = {
        {"frames", "u32 key length, u32 length, key, picture; 0xffffffff: the key is a path",
         HM_WORKER_FRAMES, false},
        {"paths", "a path in each line", HM_WORKER_LINES, false},
        {"paths0", "paths that end with NULs (find -print0)", HM_WORKER_NULS, false},
        {0}};
    static const struct app_choice outputs[] = {
        {"arrow", "an Arrow IPC stream", HM_WORKER_ARROW, false},
        {"frames", "u32 key length, u32 length, key, f32 [2048]", HM_WORKER_OUT_FRAMES, false},
        {"ndjson", "an object a line", HM_WORKER_NDJSON, false},
        {0}};
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    struct worker_options o = {.batch = DEFAULT_BATCH,
                               .linger_ms = DEFAULT_LINGER_MS,
                               .threads = cpus > 0 ? (unsigned)cpus : 1};
    struct app_pick input = {.list = inputs, .value = HM_WORKER_FRAMES};
    struct app_pick output = {.list = outputs, .value = HM_WORKER_ARROW};
    struct app_pick precision = {.list = app_precisions()}, isa = APP_PICK_ISA;
    struct app_each linger = {set_linger, &o};
    const struct app_option options[] = {
        {"input", 0, APP_CHOICE, "NAME", "what standard input is:", &input},
        {"output", 0, APP_CHOICE, "NAME", "what standard output is:", &output},
        {"weights", 'w', APP_TEXT, "FILE", "safetensors; default: see hmrec info", &o.weights},
        {"threads", 't', APP_COUNT, "N", "default: one a CPU", &o.threads},
        {"batch", 'b', APP_COUNT, "N", "pictures answered together (default 8)", &o.batch},
        {"linger", 0, APP_EACH, "MS", "how long a batch waits for its next picture (default 100)",
         &linger},
        APP_ISA_OPTION(&isa),
        {"precision", 0, APP_CHOICE, "NAME", "of weights and activations:", &precision},
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (first < argc) return app_usage(self, "unexpected argument \"%s\"", argv[first]);
    if (o.batch > MOST_BATCH)
        return app_usage(self, "invalid argument \"%u\" for option --batch; should be 1 to %d",
                         o.batch, MOST_BATCH);
    size_t count;
    o.isa = isa.given;
    o.precision = &hm_precisions(&count)[precision.value];
    o.input = (enum hm_worker_input)input.value;
    o.output = (enum hm_worker_output)output.value;
    app_catch_signals();
    return run(&o);
}
