// SPDX-License-Identifier: MIT
// An export for neo4j-admin: the files of the competition into an SQLite store of its own, if they
// are what is exported; then the store's graph, table by table.

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cypher.h"
#include "files.h"
#include "graph.h"
#include "path.h"
#include "tables.h"
#include "tell.h"

// The store that files are read into; SQLite has two more files beside it.
#define OWN_STORE ".hmrec-export.db"
static const char *const own_endings[] = {"", "-wal", "-shm"};
enum { OWN_FILES = sizeof own_endings / sizeof *own_endings };

static bool is_ours(const char *name) {
    const size_t length = sizeof OWN_STORE - 1;
    for (size_t i = 0; i < OWN_FILES; i++)
        if (strncmp(name, OWN_STORE, length) == 0 && strcmp(name + length, own_endings[i]) == 0)
            return true;
    return strcmp(name, HM_ADMIN_ARGUMENTS) == 0 || strcmp(name, HM_ADMIN_CONSTRAINTS) == 0 ||
           tables_has(name);
}

// ---- the files of the competition

struct own_store {
    const struct hm_admin_run *run;
    struct hm_load *loads[HM_LOAD_KINDS];
    struct hm_store *store;
    char uri[HM_PATH_MAX]; // "sqlite:PATH"; "": the store is another's
};
#define OWN_SCHEME "sqlite:"

static bool stop(void *context) {
    const struct own_store *own = context;
    return host_cancelled(own->run->host);
}

static void remove_own(const char *store) {
    char path[HM_PATH_MAX];
    for (size_t i = 0; i < OWN_FILES; i++)
        if (hm_path(path, NULL, "%s%s", store, own_endings[i]) == HM_OK) unlink(path);
}

static enum hm_status open_files(struct own_store *own, struct hm_error *err) {
    for (enum hm_load_kind kind = 0; kind < HM_LOAD_KINDS; kind++)
        if (own->run->paths[kind])
            HM_TRY(
                hm_load_open(&own->loads[kind], kind, own->run->paths[kind], own->run->host, err));
    return HM_OK;
}

static enum hm_status fill_own(struct own_store *own, struct hm_admin_result *result,
                               struct hm_error *err) {
    const struct hm_store_config config = {
        .uri = own->uri, .create = true, .cancelled = stop, .context = own};
    HM_TRY(hm_store_open(&own->store, &config, err));
    HM_TRY(store_graph_keep_links(own->store, err));
    for (enum hm_load_kind kind = 0; kind < HM_LOAD_KINDS; kind++) {
        struct hm_load_result loaded;
        if (!own->loads[kind]) continue;
        enum hm_status status = hm_load_run(own->loads[kind], own->store, false, &loaded, err);
        if (status == HM_ECANCELED) return hm_fail(err, status, "stopped by a signal");
        HM_TRY(status);
        result->bad += loaded.bad;
    }
    return HM_OK;
}

static void close_own(struct own_store *own) {
    for (enum hm_load_kind kind = 0; kind < HM_LOAD_KINDS; kind++)
        hm_load_free(own->loads[kind]);
    hm_store_close(&own->store);
    if (*own->uri) remove_own(own->uri + sizeof OWN_SCHEME - 1);
}

// ---- the export

static enum hm_status write_constraints(struct admin_files *files, struct hm_error *err) {
    static const enum cypher_id scripts[] = {CYPHER_CONSTRAINTS_PRODUCTS, CYPHER_CONSTRAINTS_GRAPH};
    HM_TRY(admin_files_next(files, HM_ADMIN_CONSTRAINTS, err));
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        const char *text = cypher_text(scripts[i]);
        int length = (int)strlen(text);
        while (length && strchr(" \n;", text[length - 1]))
            length--;
        HM_TRY(hm_buf_printf(&files->block, err, "%.*s;\n", length, text));
    }
    return HM_OK;
}

static enum hm_status write_all(struct admin_files *files, struct hm_store *store,
                                const struct hm_admin_run *run, struct hm_admin_result *result,
                                struct hm_error *err) {
    struct hm_buf arguments = {0};
    enum hm_status status = tables_write(files, store, run->host, &arguments, result, err);
    if (status == HM_OK) status = write_constraints(files, err);
    if (status == HM_OK) status = admin_files_next(files, HM_ADMIN_ARGUMENTS, err);
    if (status == HM_OK)
        status = hm_buf_append(&files->block, arguments.data, arguments.length, err);
    hm_buf_free(&arguments);
    return status == HM_OK ? admin_files_place(files, err) : status;
}

enum hm_status hm_admin_export(const struct hm_admin_run *run, struct hm_admin_result *result,
                               struct hm_error *err) {
    struct admin_files files = {.folder = run->folder};
    struct own_store own = {.run = run};
    char uri[HM_PATH_MAX];
    *result = (struct hm_admin_result){0};
    HM_TRY(hm_path(uri, err, OWN_SCHEME "%s/" OWN_STORE, run->folder));
    enum hm_status status = run->store ? HM_OK : open_files(&own, err);
    if (status == HM_OK) status = admin_files_begin(&files, is_ours, err);
    if (status == HM_OK) remove_own(uri + sizeof OWN_SCHEME - 1); // a killed run's
    if (status == HM_OK && !run->store) {
        memcpy(own.uri, uri, sizeof uri);
        status = fill_own(&own, result, err);
    }
    if (status == HM_OK)
        status = write_all(&files, run->store ? run->store : own.store, run, result, err);
    close_own(&own);
    admin_files_end(&files);
    return status;
}
