// SPDX-License-Identifier: MIT
// hmrec merge: the stores that the parts of a job made, into one. Sources are opened one at a time,
// so that there may be more of them than a process may have open files.

#include <stdlib.h>
#include <sys/stat.h>

#include "commands.h"
#include "hmrec/merge.h"
#include "hmrec/pipeline.h"
#include "resources.h"

// Which file a store is, whatever names lead to it.
struct identity {
    dev_t device;
    ino_t inode;
};

static enum hm_status identify(struct identity *out, const struct hm_store *store,
                               struct hm_error *err) {
    struct stat status;
    *out = (struct identity){0};
    if (hm_store_kind_of(store)->server) return HM_OK;
    if (stat(hm_store_name(store), &status) != 0)
        return hm_fail_errno(err, "store %s", hm_store_name(store));
    *out = (struct identity){status.st_dev, status.st_ino};
    return HM_OK;
}

static enum hm_status open_source(struct hm_store **out, const char *uri, struct hm_error *err) {
    const struct hm_store_kind *kind;
    if (!*uri) return hm_fail(err, HM_EARG, "\"\" is no store");
    HM_TRY(hm_store_find_kind(&kind, uri, err));
    if (kind->server)
        return hm_fail(err, HM_EUNSUPPORTED,
                       "%s: found %s, expected a store's file; a server can "
                       "be what is merged into (--store)",
                       uri, kind->name);
    return app_read_store(out, uri, err);
}

static enum hm_status list_sources(struct hm_merge *merge, struct identity *identities,
                                   char *const *uris, size_t n, struct hm_error *err) {
    for (size_t i = 0; i < n; i++) {
        struct hm_store *source = NULL;
        enum hm_status status = open_source(&source, uris[i], err);
        if (status == HM_OK) status = identify(&identities[i], source, err);
        if (status == HM_OK) status = hm_merge_list(merge, source, err);
        hm_store_close(&source);
        if (status != HM_OK) return status;
    }
    return hm_merge_check(merge, err);
}

static enum hm_status check_apart(const struct hm_store *target, const struct identity *sources,
                                  char *const *uris, size_t n, struct hm_error *err) {
    struct identity own;
    HM_TRY(identify(&own, target, err));
    for (size_t i = 0; i < n; i++)
        if (own.inode == sources[i].inode && own.device == sources[i].device)
            return hm_fail(err, HM_EARG, "%s is the store that is merged into, too; name it once",
                           uris[i]);
    return HM_OK;
}

static enum hm_status copy_sources(struct hm_merge *merge, struct hm_store *target,
                                   char *const *uris, size_t n, struct hm_error *err) {
    for (size_t i = 0; i < n; i++) {
        struct hm_store *source = NULL;
        enum hm_status status = open_source(&source, uris[i], err);
        if (status == HM_OK) status = hm_merge_copy(merge, i, source, target, err);
        hm_store_close(&source);
        if (status != HM_OK) return status;
    }
    return HM_OK;
}

static int merge_stores(const char *uri, char *const *uris, size_t n) {
    struct hm_error err;
    struct hm_merge merge = {.host = app_host()};
    struct hm_store *target = NULL;
    struct identity *identities = calloc(n, sizeof *identities);
    enum hm_status status =
        identities ? HM_OK : hm_fail(&err, HM_ENOMEM, "no memory for %zu stores", n);
    if (status == HM_OK) status = list_sources(&merge, identities, uris, n, &err);
    if (status == HM_OK) status = app_open_store(&target, uri, true, &err);
    if (status == HM_OK) status = check_apart(target, identities, uris, n, &err);
    if (status == HM_OK) status = hm_merge_begin(&merge, target, &err);
    if (status == HM_OK) status = copy_sources(&merge, target, uris, n, &err);
    app_host_rest();
    if (status == HM_OK) hm_search_prepare(target, NULL, 0, app_host());
    if (status == HM_OK)
        app_note("%s: %zu embeddings from %zu stores, %zu were there already%s",
                 hm_store_name(target), merge.written, n, merge.held,
                 merge.written ? "; hmrec knn finds their neighbours" : "; nothing is changed");
    hm_store_close(&target);
    hm_merge_free(&merge);
    free(identities);
    return status == HM_OK ? APP_OK : app_ended(status, &err);
}

int cmd_merge(const struct app_command *self, int argc, char **argv) {
    const char *store = NULL;
    const struct app_option options[] = {
        {"store", 's', APP_TEXT, "URI", "what to merge into; default $NEO4J_URI, else hmrec.db",
         &store},
        APP_SERVER_OPTIONS,
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (first == argc) return app_usage(self, "nothing to merge: name the stores");
    app_catch_signals();
    return merge_stores(store, argv + first, (size_t)(argc - first));
}
