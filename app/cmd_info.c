// SPDX-License-Identifier: MIT
// hmrec info: what this binary is and what it would use here. For users before a long run, and for
// bug reports.

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "commands.h"
#include "hmrec/pipeline.h"
#include "resources.h"
#include "versions.h"

static void print_cpu(void) {
    char line[256], name[256] = "unknown";
    FILE *in = fopen("/proc/cpuinfo", "r");
    while (in && fgets(line, sizeof line, in)) {
        char *colon = strchr(line, ':');
        if (!colon || strncmp(line, "model name", 10) != 0) continue;
        snprintf(name, sizeof name, "%s", colon + 2);
        name[strcspn(name, "\n")] = '\0';
        break;
    }
    if (in) fclose(in);
    struct utsname machine;
    printf("cpu        %s (%s)\n", name, uname(&machine) == 0 ? machine.machine : "?");
}

static void print_isas(const char *isa) {
    size_t count;
    const struct hm_isa *isas = hm_isas(&count);
    printf("isas      ");
    for (size_t i = 0; i < count; i++)
        printf(" %s%s", isas[i].name, isas[i].usable ? "" : " (not on this machine)");
    const char *chosen;
    struct hm_error err;
    if (hm_isa_choose(isa, &chosen, &err) == HM_OK)
        printf("\nisa        %s\n", chosen);
    else
        printf("\nisa        %s\n", err.text);
    printf("threads    %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
}

static void print_weights(const char *given) {
    char *path = NULL;
    struct hm_weights *weights = NULL;
    struct hm_error err;
    enum hm_status status = app_find_weights(&path, given, &err);
    if (status == HM_OK) status = hm_weights_open(&weights, path, &err);
    if (status == HM_OK)
        printf("weights    %s: %s, %s%s\n", path, hm_weights_network(weights)->name,
               hm_weights_source(weights), hm_weights_are_random(weights) ? " (random)" : "");
    else
        printf("weights    none: %s\n", err.text);
    hm_weights_close(weights);
    free(path);
}

static void print_store(const char *uri) {
    struct hm_store *store = NULL;
    struct hm_store_counts counts = {0};
    char model[HM_STORE_MODEL_MAX + 1] = "", label[HM_STORE_MODEL_LABEL];
    struct hm_error err;
    enum hm_status status = app_read_store(&store, uri, &err);
    if (status == HM_OK) status = hm_store_count(store, &counts, &err);
    if (status == HM_OK) status = hm_store_model(store, model, &err);
    hm_store_model_label(*model ? model : "none", label);
    if (status == HM_OK)
        printf("store      %s: %zu products, %zu embeddings (weights %s), %zu neighbours, %zu "
               "customers, %zu purchases\n",
               hm_store_name(store), counts.products, counts.embeddings, label, counts.neighbours,
               counts.customers, counts.purchases);
    else
        printf("store      none: %s\n", err.text);
    hm_store_close(&store);
}

int cmd_info(const struct app_command *self, int argc, char **argv) {
    const char *store = NULL, *weights = NULL;
    struct app_pick isa = APP_PICK_ISA;
    const struct app_option options[] = {
        {"store", 's', APP_TEXT, "URI", "the store to look for; default $NEO4J_URI, else hmrec.db",
         &store},
        {"weights", 'w', APP_TEXT, "FILE", "the weights to look for", &weights},
        APP_ISA_OPTION(&isa),
        APP_SERVER_OPTIONS,
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (first < argc) return app_usage(self, "unexpected \"%s\"", argv[first]);
    printf("hmrec      %s\n", HM_VERSION);
    print_cpu();
    print_isas(isa.given);
    printf("libraries  ");
    app_print_versions(stdout);
    print_weights(weights);
    print_store(store);
    return APP_OK;
}
