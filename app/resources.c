// SPDX-License-Identifier: MIT
// Weights, store and server as the options and the environment name them.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hmrec/pipeline.h"
#include "resources.h"
#include "path.h"

const struct app_choice *app_isas(void) {
    enum { MOST = 16 };
    static struct app_choice list[MOST + 1];
    size_t count;
    const struct hm_isa *isas = hm_isas(&count);
    for (size_t i = 0; i < count && i < MOST; i++)
        list[i] = (struct app_choice){.name = isas[i].name,
                                      .meaning = isas[i].usable ? "" : "not on this machine",
                                      .value = (unsigned)i,
                                      .barred = !isas[i].usable};
    return list;
}

const struct app_choice app_code_sources[] = {
    {"stem", "1", HM_CODE_STEM, false},
    {"name", "1.jpg", HM_CODE_NAME, false},
    {"path", "SKU/1, below the folder that is given", HM_CODE_PATH, false},
    {0},
};

const struct app_choice *app_precisions(void) {
    enum { MOST = 16 };
    static struct app_choice list[MOST + 1];
    size_t count, n = 0;
    const struct hm_precision *precisions = hm_precisions(&count);
    for (size_t i = 0; i < count && n + 2 <= MOST; i++) {
        const struct hm_precision *p = &precisions[i];
        list[n++] =
            (struct app_choice){.name = p->name, .meaning = p->summary, .value = (unsigned)i};
        if (p->alias) list[n++] = (struct app_choice){.name = p->alias, .value = (unsigned)i};
    }
    return list;
}

enum hm_status app_find_weights(char **path, const char *given, struct hm_error *err) {
    char home[HM_PATH_MAX] = "";
    const char *data = app_variable(APP_XDG_DATA_HOME), *user = app_variable(APP_HOME);
    if (data)
        HM_TRY(hm_path(home, err, "%s", data));
    else if (user)
        HM_TRY(hm_path(home, err, "%s/.local/share", user));
    char *share = NULL;
    HM_TRY(app_share_folder(&share, err));
    enum hm_status status = hm_weights_find(path, given ? given : app_variable(APP_HMREC_WEIGHTS),
                                            home[0] ? home : NULL, share, err);
    free(share);
    return status;
}

enum hm_status app_open_weights(struct hm_weights **out, const char *given, struct hm_error *err) {
    char *path = NULL;
    *out = NULL;
    HM_TRY(app_find_weights(&path, given, err));
    app_guard_file(path);
    enum hm_status status = hm_weights_open(out, path, err);
    if (status == HM_OK && hm_weights_are_random(*out))
        app_note("note: %s holds random weights, not those trained on ImageNet: good for trying "
                 "out, not for real look-alikes",
                 path);
    free(path);
    return status;
}

// ---- folders, history of typed statements

enum hm_status app_make_folders(const char *file, unsigned mode, struct hm_error *err) {
    char *path = strdup(file);
    if (!path) return hm_fail(err, HM_ENOMEM, "no memory for the name of a folder");
    enum hm_status status = HM_OK;
    for (char *slash = path; status == HM_OK && (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        if (mkdir(path, mode) != 0 && errno != EEXIST)
            status = hm_fail_errno(err, "%s: cannot be made", path);
        *slash = '/';
    }
    free(path);
    return status;
}

char *app_history_path(void) {
    const char *state = app_variable(APP_XDG_STATE_HOME), *home = app_variable(APP_HOME);
    struct hm_buf path = {0};
    if (!state && !home) return NULL;
    if (hm_buf_printf(&path, NULL, "%s%s/hmrec/cypher_history", state ? state : home,
                      state ? "" : "/.local/state") != HM_OK)
        return NULL;
    enum hm_status ignored = app_make_folders(path.data, 0700, NULL);
    (void)ignored; // opening the file will tell
    return path.data;
}

// ---- servers

struct app_server app_server;

static const char *given_or(const char *given, enum app_variable variable) {
    return given ? given : app_variable(variable);
}

static enum hm_status find_password(struct app_server *server, struct hm_error *err) {
    const char *known = app_variable(APP_NEO4J_PASSWORD);
    if (server->password_file)
        return app_password_read(&server->password, server->password_file, err);
    if (known) {
        server->password = strdup(known);
        return server->password ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a password");
    }
    HM_TRY(app_password_ask(&server->password, server->user ? server->user : "neo4j", server->uri,
                            err));
    if (server->password || !server->user) return HM_OK;
    return hm_fail(err, HM_EARG,
                   "no password for %s at %s: set NEO4J_PASSWORD or give --password-file",
                   server->user, server->uri);
}

enum hm_status app_server_resolve(struct app_server *server, struct hm_error *err) {
    server->uri = given_or(server->uri, APP_NEO4J_URI);
    server->user = given_or(server->user, APP_NEO4J_USERNAME);
    server->database = given_or(server->database, APP_NEO4J_DATABASE);
    if (!server->uri) server->uri = "neo4j://localhost:7687";
    const struct hm_store_kind *kind;
    HM_TRY(hm_store_find_kind(&kind, server->uri, err)); // before anybody is asked for a password
    bool login = kind->server && (!server->user || *server->user);
    if (login && !server->password) HM_TRY(find_password(server, err));
    if (!server->password || !*server->password)
        server->user = NULL;
    else if (!server->user)
        server->user = "neo4j";
    return HM_OK;
}

void app_server_forget(struct app_server *server) {
    app_password_free(server->password);
    app_password_free(server->client_key_password);
    *server = (struct app_server){0};
}

enum hm_status app_store_config(struct hm_store_config *out, struct app_server *server,
                                const char *uri, bool create, struct hm_error *err) {
    const struct hm_store_kind *kind;
    *server = app_server;
    server->uri = given_or(uri, APP_NEO4J_URI);
    enum hm_status status = hm_store_find_kind(&kind, server->uri, err);
    if (status == HM_OK && kind->server) status = app_server_resolve(server, err);
    *out = (struct hm_store_config){
        .uri = server->uri,
        .user = server->user,
        .password = server->password,
        .database = server->database,
        .ca_file = server->ca_file,
        .create = create,
        .cancelled = app_host()->cancelled,
        .context = app_host()->context,
    };
    return status;
}

static enum hm_status open_store(struct hm_store **out, const char *uri, bool create,
                                 bool read_only, struct hm_error *err) {
    struct app_server server;
    struct hm_store_config config;
    *out = NULL;
    enum hm_status status = app_store_config(&config, &server, uri, create, err);
    config.read_only = read_only;
    if (status == HM_OK) status = hm_store_open(out, &config, err);
    app_server_forget(&server);
    return status;
}

enum hm_status app_open_store(struct hm_store **out, const char *uri, bool create,
                              struct hm_error *err) {
    return open_store(out, uri, create, false, err);
}

enum hm_status app_read_store(struct hm_store **out, const char *uri, struct hm_error *err) {
    return open_store(out, uri, false, true, err);
}

void app_note_removed(const struct hm_store_removed *r) {
    app_note("%zu products removed, %zu embeddings, %zu neighbours, %zu purchases%s", r->products,
             r->embeddings, r->neighbours, r->purchases,
             r->neighbours ? "; hmrec knn fills the lists that are now too short" : "");
}

enum hm_status app_say_replaced(struct hm_store *store, const char *model, struct hm_error *err) {
    char held[HM_STORE_MODEL_MAX + 1], label[HM_STORE_MODEL_LABEL];
    struct hm_store_counts counts;
    HM_TRY(hm_store_model(store, held, err));
    if (!*held || strcmp(held, model) == 0) return HM_OK;
    HM_TRY(hm_store_count(store, &counts, err));
    hm_store_model_label(held, label);
    app_note("note: all %zu embeddings in %s are from weights %s; the first new one puts them out "
             "of sight, also those of photos that are not given here",
             counts.embeddings, hm_store_name(store), label);
    return HM_OK;
}
