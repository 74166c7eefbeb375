// SPDX-License-Identifier: MIT
// Weights and store as the options and the environment name them. The only reader of the environment besides $HMREC_ISA.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline.h"

static const char *environment(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

const char *app_isa(const char *given) {
    return given ? given : environment("HMREC_ISA");
}

enum hm_status app_find_weights(char **path, const char *given, struct hm_error *err) {
    char home[512] = "";
    const char *data = environment("XDG_DATA_HOME"), *user = environment("HOME");
    if (data)
        snprintf(home, sizeof home, "%s", data);
    else if (user)
        snprintf(home, sizeof home, "%s/.local/share", user);
    return weights_find(path, given ? given : environment("HMREC_WEIGHTS"), home[0] ? home : NULL,
                        err);
}

enum hm_status app_open_weights(struct weights **out, const char *given, struct hm_error *err) {
    char *path = NULL;
    *out = NULL;
    HM_TRY(app_find_weights(&path, given, err));
    enum hm_status status = weights_open(out, path, err);
    if (status == HM_OK && weights_are_random(*out))
        app_note("note: %s holds random weights, not those trained on ImageNet: good for trying "
                 "out, not for real look-alikes",
                 path);
    free(path);
    return status;
}

enum hm_status app_open_store(struct store **out, const char *uri, bool create,
                              struct hm_error *err) {
    struct store_config config = {
        .uri = uri ? uri : environment("NEO4J_URI"),
        .user = environment("NEO4J_USERNAME"),
        .password = environment("NEO4J_PASSWORD"),
        .database = environment("NEO4J_DATABASE"),
        .create = create,
    };
    return store_open(out, &config, err);
}
