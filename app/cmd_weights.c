// SPDX-License-Identifier: MIT
// hmrec weights: make seeded weights, look into a weights file, check one.

#include <stdlib.h>

#include "commands.h"
#include "hmrec/pipeline.h"
#include "resources.h"

struct weights_options {
    const char *output;
    const struct hm_network *model;
    uint64_t seed;
    bool tensors;
};

typedef int action_fn(const struct weights_options *o, const char *file);

static int make_random(const struct weights_options *o, const char *file) {
    (void)file;
    struct hm_error err;
    struct hm_weights *weights = NULL;
    enum hm_status status = app_make_folders(o->output, 0777, &err);
    if (status == HM_OK) status = hm_weights_random(&weights, o->model, o->seed, &err);
    if (status == HM_OK) status = hm_weights_save(weights, o->output, &err);
    hm_weights_close(weights);
    if (status != HM_OK) return app_complain(&err);
    app_note("%s: %s with random weights, seed %llu", o->output, o->model->name,
             (unsigned long long)o->seed);
    return APP_OK;
}

static enum hm_status open_named(struct hm_weights **out, const char *file, char **path,
                                 struct hm_error *err) {
    HM_TRY(app_find_weights(path, file, err));
    return hm_weights_open(out, *path, err);
}

static void print_tensors(const struct hm_weights *weights) {
    size_t count;
    const struct hm_weights_spec *specs = hm_weights_specs(hm_weights_network(weights), &count);
    printf("%-38s %-16s %11s %11s %11s %11s\n", "tensor", "shape", "min", "max", "mean", "sd");
    for (size_t i = 0; i < count; i++) {
        char shape[64] = "";
        size_t used = 0;
        for (size_t d = 0; d < specs[i].rank && used < sizeof shape; d++)
            used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%zu", d ? "x" : "",
                                     specs[i].shape[d]);
        struct hm_weights_stats s = hm_weights_get_stats(weights, specs[i].name);
        printf("%-38s %-16s %11.4g %11.4g %11.4g %11.4g\n", specs[i].name, shape, (double)s.min,
               (double)s.max, s.mean, s.sd);
    }
}

static int print_info(const struct weights_options *o, const char *file) {
    struct hm_error err;
    struct hm_weights *weights = NULL;
    char *path = NULL;
    const char *digest = "";
    enum hm_status status = open_named(&weights, file, &path, &err);
    if (status == HM_OK) status = hm_weights_digest(weights, &digest, &err);
    if (status == HM_OK) {
        size_t count, values = 0;
        const struct hm_network *network = hm_weights_network(weights);
        const struct hm_weights_spec *specs = hm_weights_specs(network, &count);
        for (size_t i = 0; i < count; i++)
            values += hm_weights_count(&specs[i]);
        printf("file         %s\nmodel        %s\nsource       %s\n", path, network->name,
               hm_weights_source(weights));
        if (*hm_weights_source_sha256(weights))
            printf("source sha256 %s\n", hm_weights_source_sha256(weights));
        printf("digest       %s\nparameters   %zu in %zu tensors, %.2f GFLOP a picture\nrandom     "
               "  %s\n",
               digest, values, count, hm_network_flop(network) * 1e-9,
               hm_weights_are_random(weights) ? "yes" : "no");
        if (o->tensors) print_tensors(weights);
    }
    hm_weights_close(weights);
    free(path);
    return status == HM_OK ? APP_OK : app_complain(&err);
}

static int verify(const struct weights_options *o, const char *file) {
    (void)o;
    struct hm_error err;
    struct hm_weights *weights = NULL;
    char *path = NULL;
    const char *digest = "";
    enum hm_status status = open_named(&weights, file, &path, &err);
    if (status == HM_OK) status = hm_weights_check_values(weights, &err);
    if (status == HM_OK) status = hm_weights_digest(weights, &digest, &err);
    if (status == HM_OK)
        printf("%s: ok, %s, digest %s\n", path, hm_weights_network(weights)->name, digest);
    hm_weights_close(weights);
    free(path);
    return status == HM_OK ? APP_OK : app_complain(&err);
}

static const struct app_choice *model_choices(void) {
    enum { MOST = 16 };
    static struct app_choice list[2 * MOST + 1];
    size_t count;
    const struct hm_network *networks = hm_networks(&count);
    for (size_t i = 0; i < count && i < MOST; i++) {
        unsigned value = (unsigned)i;
        list[2 * i] = (struct app_choice){networks[i].id, networks[i].name, value, false};
        list[2 * i + 1] = (struct app_choice){networks[i].name, NULL, value, false};
    }
    return list;
}

int cmd_weights(const struct app_command *self, int argc, char **argv) {
    enum { INFO, VERIFY, RANDOM };
    static const struct app_choice actions[] = {
        {"info", "what a file holds", INFO, false},
        {"verify", "whether it is whole and its numbers make sense", VERIFY, false},
        {"random", "make seeded weights, to try things out", RANDOM, false},
        {0}};
    static action_fn *const run[] = {print_info, verify, make_random};
    size_t count;
    struct weights_options o = {.seed = 1};
    struct app_pick action = {.list = actions, .value = APP_UNPICKED};
    struct app_pick model = {.list = model_choices(), .value = 0};
    const struct app_option options[] = {
        {"action", 0, APP_ACTION, "ACTION", "what is done:", &action},
        {"output", 'o', APP_TEXT, "FILE", "random: the safetensors file to write", &o.output},
        {"seed", 0, APP_NUMBER, "N",
         "random: the same seed gives the same bytes everywhere (default 1)", &o.seed},
        {"model", 0, APP_CHOICE, "NAME", "random: the network:", &model},
        {"tensors", 0, APP_FLAG, NULL, "info: figures of every tensor", &o.tensors},
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    const char *file = argv[first];
    if (file && argv[first + 1])
        return app_usage(self, "one file at a time, found \"%s\" too", argv[first + 1]);
    if (action.value == RANDOM && file)
        return app_usage(self, "random takes -o FILE, found \"%s\"", file);
    if (action.value == RANDOM && !o.output) return app_usage(self, "random needs -o FILE");
    if (action.value == RANDOM && !app_ends_in(self, "output", o.output, ".safetensors"))
        return APP_USAGE;
    o.model = &hm_networks(&count)[model.value];
    return run[action.value](&o, file);
}
