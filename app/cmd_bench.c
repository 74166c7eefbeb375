// SPDX-License-Identifier: MIT
// hmrec bench: the benchmarks of bench/, by name.

#include <string.h>

#include "bench.h"
#include "commands.h"
#include "hmrec/pipeline.h"
#include "resources.h"

static const struct bench *find(const char *name) {
    size_t count;
    const struct bench *table = benches(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i].name, name) == 0) return &table[i];
    return NULL;
}

// Wrong usage: no benchmark was named (NULL), or one that does not exist.
static int explain(const struct app_command *self, const char *name) {
    size_t count;
    const struct bench *table = benches(&count);
    int code =
        name ? app_usage(self, "no benchmark \"%s\"", name) : app_usage(self, "name one benchmark");
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "  %-8s %s\n", table[i].name, table[i].summary);
    return code;
}

// A figure must not come from options other than those asked for: what a benchmark would pass over
// is refused.
static int check(const struct app_command *self, const struct bench *bench,
                 const struct bench_options *o, const char *isa) {
    const struct {
        enum bench_uses use;
        bool given;
        const char *name;
    } options[] = {
        {BENCH_THREADS, o->threads, "--threads"},
        {BENCH_BATCH, o->batch, "--batch"},
        {BENCH_ISA, isa, "--isa"},
        {BENCH_PRECISION, o->precision != HM_FP32, "--precision"},
        {BENCH_LAYER, o->layer, "--layer"},
        {BENCH_ROWS, o->rows, "--rows"},
        {BENCH_PIN, o->pin, "--pin"},
        {BENCH_FILES, *o->files, "files"},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given && !(bench->uses & options[i].use))
            return app_usage(self, "%s takes no %s", bench->name, options[i].name);
    return APP_CONTINUE;
}

int cmd_bench(const struct app_command *self, int argc, char **argv) {
    struct bench_options o = {0};
    const char *isa = NULL;
    struct app_each precision = {app_set_precision, &o.precision};
    const struct app_option options[] = {
        {"threads", 't', APP_COUNT, "N", "all but jpeg: default one for each CPU", &o.threads},
        {"batch", 'b', APP_COUNT, "N", "model, kernels: pictures at once (8)", &o.batch},
        {"isa", 0, APP_TEXT, "NAME", "instruction set; default $HMREC_ISA, else the best", &isa},
        {"precision", 0, APP_EACH, "NAME", "model: fp32 (default) or bf16, where the CPU can",
         &precision},
        {"layer", 0, APP_TEXT, "TEXT", "kernels: only layers whose name contains it", &o.layer},
        {"rows", 'n', APP_COUNT, "N", "knn: vectors to compare (10000)", &o.rows},
        {"seconds", 0, APP_REAL, "S", "time for each figure (model 2, knn 3, kernels and jpeg 0.2)",
         &o.seconds},
        {"pin", 0, APP_FLAG, NULL, "keep each thread on one CPU", &o.pin},
        {"json", 0, APP_FLAG, NULL, "one JSON object instead of a table", &o.json},
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (first == argc) return explain(self, NULL);
    const struct bench *bench = find(argv[first]);
    if (!bench) return explain(self, argv[first]);
    o.files = argv + first + 1;
    code = check(self, bench, &o, isa);
    if (code != APP_CONTINUE) return code;
    o.isa = app_isa(isa);
    struct hm_error err = {0};
    return bench->run(&o, stdout, &err) == HM_OK ? APP_OK : app_complain(&err);
}
