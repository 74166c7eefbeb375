// SPDX-License-Identifier: MIT
// hmrec weights: make seeded weights, look into a weights file, check one.

#include <stdlib.h>
#include <string.h>

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

static enum hm_status set_model(void *context, const char *name, struct hm_error *err) {
    struct weights_options *o = context;
    return hm_network_find(&o->model, name, err);
}

static void describe_models(char *text, size_t size) {
    size_t count, used = (size_t)snprintf(text, size, "random: the network:");
    const struct hm_network *networks = hm_networks(&count);
    for (size_t i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s %s%s", i ? "," : "", networks[i].id,
                                 i ? "" : " (default)");
}

static const struct {
    const char *name;
    action_fn *run;
} actions[] = {{"info", print_info}, {"random", make_random}, {"verify", verify}};

int cmd_weights(const struct app_command *self, int argc, char **argv) {
    size_t count;
    struct weights_options o = {.seed = 1, .model = hm_networks(&count)};
    struct app_each model = {set_model, &o};
    char model_help[128];
    describe_models(model_help, sizeof model_help);
    const struct app_option options[] = {
        {"output", 'o', APP_TEXT, "FILE", "random: the safetensors file to write", &o.output},
        {"seed", 0, APP_NUMBER, "N",
         "random: the same seed gives the same bytes everywhere (default 1)", &o.seed},
        {"model", 0, APP_EACH, "NAME", model_help, &model},
        {"tensors", 0, APP_FLAG, NULL, "info: figures of every tensor", &o.tensors},
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    const char *action = argv[first], *file = action ? argv[first + 1] : NULL;
    if (file && argv[first + 2])
        return app_usage(self, "one file at a time, found \"%s\" too", argv[first + 2]);
    for (size_t i = 0; action && i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(action, actions[i].name) != 0) continue;
        if (actions[i].run == make_random && file)
            return app_usage(self, "random takes -o FILE, found \"%s\"", file);
        if (actions[i].run == make_random && !o.output)
            return app_usage(self, "random needs -o FILE");
        return actions[i].run(&o, file);
    }
    return app_usage(self, "found \"%s\", expected info, random or verify", action ? action : "");
}
