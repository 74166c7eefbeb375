// SPDX-License-Identifier: MIT
// hmrec bench: the benchmarks of bench/, by name.

#include "bench.h"
#include "commands.h"
#include "hmrec/pipeline.h"
#include "resources.h"

static const struct app_choice *bench_choices(void) {
    enum { MOST = 16 };
    static struct app_choice list[MOST + 1];
    size_t count;
    const struct bench *table = benches(&count);
    for (size_t i = 0; i < count && i < MOST; i++)
        list[i] = (struct app_choice){
            .name = table[i].name, .meaning = table[i].summary, .value = (unsigned)i};
    return list;
}

// A figure must not come from options other than those asked for: what a benchmark would pass over
// is refused.
static int check(const struct app_command *self, const struct bench *bench,
                 const struct bench_options *o, bool isa) {
    const struct {
        enum bench_uses use;
        bool given;
        const char *name;
    } options[] = {
        {BENCH_THREADS, o->threads, "--threads"},
        {BENCH_BATCH, o->batch, "--batch"},
        {BENCH_ISA, isa, "--isa"},
        {BENCH_PRECISION, o->precision, "--precision"},
        {BENCH_LAYER, o->layer, "--layer"},
        {BENCH_ROWS, o->rows, "--rows"},
        {BENCH_VECTORS, o->vectors, "--vectors"},
        {BENCH_PIN, o->pin, "--pin"},
        {BENCH_FILES, *o->files, "files"},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given && !(bench->uses & options[i].use))
            return app_usage(self, "%s takes no %s", bench->name, options[i].name);
    if (o->rows && o->vectors) return app_usage(self, "found both --rows and --vectors");
    return APP_CONTINUE;
}

int cmd_bench(const struct app_command *self, int argc, char **argv) {
    enum { TABLE, JSON };
    static const struct app_choice formats[] = {
        {"table", "for people", TABLE, false}, {"json", "one object", JSON, false}, {0}};
    struct bench_options o = {0};
    struct app_pick action = {.list = bench_choices(), .value = APP_UNPICKED};
    struct app_pick isa = APP_PICK_ISA, precision = {.list = app_precisions()};
    struct app_pick format = {.list = formats, .value = TABLE};
    const struct app_option options[] = {
        {"benchmark", 0, APP_ACTION, "BENCHMARK", "what is measured:", &action},
        {"threads", 't', APP_COUNT, "N", "all but jpeg: default one for each CPU", &o.threads},
        {"batch", 'b', APP_COUNT, "N", "model, kernels: pictures at once (8)", &o.batch},
        APP_ISA_OPTION(&isa),
        {"precision", 0, APP_CHOICE, "NAME", "model: of weights and activations:", &precision},
        {"layer", 0, APP_TEXT, "TEXT", "kernels: only layers whose name contains it", &o.layer},
        {"rows", 'n', APP_COUNT, "N", "knn: random vectors to compare (10000)", &o.rows},
        {"vectors", 0, APP_TEXT, "FILE",
         "knn: those of a .npy file instead, f32 of shape (n, 2048)", &o.vectors},
        {"seconds", 0, APP_REAL, "S", "time for each figure (model 2, knn 3, kernels and jpeg 0.2)",
         &o.seconds},
        {"pin", 0, APP_FLAG, NULL, "keep each thread on one CPU", &o.pin},
        {"format", 'F', APP_CHOICE, "NAME", "how figures are written:", &format},
        {"json", 0, APP_FLAG, NULL, "the same as --format json", &o.json},
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    size_t count;
    const struct bench *bench = &benches(&count)[action.value];
    o.files = argv + first;
    if (precision.given) o.precision = &hm_precisions(&count)[precision.value];
    o.json |= format.value == JSON;
    code = check(self, bench, &o, isa.typed);
    if (code != APP_CONTINUE) return code;
    o.isa = isa.given;
    struct hm_error err = {0};
    return bench->run(&o, stdout, &err) == HM_OK ? APP_OK : app_complain(&err);
}
