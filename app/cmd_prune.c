// SPDX-License-Identifier: MIT
// hmrec prune: what a store still has of photos and articles that are gone.

#include <stdlib.h>

#include "commands.h"
#include "formats/formats.h"
#include "hmrec/pipeline.h"
#include "mem.h"
#include "resources.h"

struct prune_options {
    const char *store, *graph;
    const char **images; // [n_images]
    size_t n_images, images_capacity;
    bool catalogue, dry_run;
    unsigned format;
    enum hm_code_from code_from;
};

static enum hm_status add_images(void *context, const char *value, struct hm_error *err) {
    struct prune_options *o = context;
    if (!*value) return hm_fail(err, HM_EARG, "\"\" is no folder");
    HM_TRY(hm_grow(&o->images, &o->images_capacity, o->n_images + 1, sizeof *o->images, err));
    o->images[o->n_images++] = value;
    return HM_OK;
}

// Each folder must have photos: one of several may be a disk that is not mounted.
static enum hm_status list_photos(struct hm_prune *prune, struct hm_store *store,
                                  const struct prune_options *o, struct hm_error *err) {
    struct hm_jobs photos = {.host = app_host(), .code_from = o->code_from};
    enum hm_status status = HM_OK;
    for (size_t i = 0; status == HM_OK && i < o->n_images; i++) {
        size_t before = photos.n + photos.failed;
        status = hm_jobs_add_path(&photos, o->images[i], err);
        if (status == HM_OK && photos.n + photos.failed == before)
            status = hm_fail(err, HM_ENOTFOUND,
                             "%s: no photo found: that all are gone is hard to believe, and "
                             "nothing is removed",
                             o->images[i]);
    }
    if (status == HM_OK) status = hm_prune_photos(prune, store, &photos, err);
    hm_jobs_free(&photos);
    return status;
}

static enum hm_status write_listed(const struct hm_prune *prune, unsigned format,
                                   struct hm_error *err) {
    static const struct column columns[] = {{"code", false}, {"reason", false}};
    struct writer_options options = {
        .format = format, .columns = columns, .n = sizeof columns / sizeof *columns};
    struct writer *writer;
    HM_TRY(writer_new(&writer, &options, stdout, err));
    enum hm_status status = HM_OK;
    for (size_t i = 0; i < prune->n && status == HM_OK; i++) {
        const struct hm_pruned *p = &prune->rows[i];
        status = writer_add(writer, (const char *const[]){p->code, hm_prune_reason_text(p->reason)},
                            err);
    }
    if (status == HM_OK) status = writer_end(writer, true, err);
    writer_free(writer);
    return status;
}

static int prune_store(const struct prune_options *o) {
    struct hm_error err;
    struct hm_store *store = NULL, *graph = NULL;
    struct hm_prune prune = {0};
    struct hm_store_removed removed = {0};
    enum hm_status status = o->dry_run ? app_read_store(&store, o->store, &err)
                                       : app_open_store(&store, o->store, false, &err);
    if (status == HM_OK && o->graph) status = app_read_store(&graph, o->graph, &err);
    if (status == HM_OK && o->n_images) status = list_photos(&prune, store, o, &err);
    if (status == HM_OK && o->catalogue)
        status = hm_prune_catalogue(&prune, store, graph ? graph : store, &err);
    if (status == HM_OK) status = write_listed(&prune, o->format, &err);
    if (status == HM_OK && !o->dry_run) status = hm_prune_remove(&prune, store, &removed, &err);
    if (status == HM_OK && o->dry_run)
        app_note("%zu listed; without --dry-run what the store has of them is dropped%s", prune.n,
                 o->catalogue ? ", but not their purchases" : "");
    else if (status == HM_OK)
        app_note_removed(&removed);
    hm_prune_free(&prune);
    hm_store_close(&graph);
    hm_store_close(&store);
    return status == HM_OK ? APP_OK : app_ended(status, &err);
}

static int run(const struct app_command *self, const struct prune_options *o, int n, char **rest) {
    if (n) return app_usage(self, "unexpected argument \"%s\"", rest[0]);
    if (!o->n_images && !o->catalogue)
        return app_usage(self, "give --images DIR, --catalogue or both");
    if (o->graph && !o->catalogue) return app_usage(self, "--graph goes with --catalogue");
    app_catch_signals();
    return prune_store(o);
}

int cmd_prune(const struct app_command *self, int argc, char **argv) {
    struct prune_options o = {0};
    struct app_pick format = {.list = format_choices(), .value = FORMAT_TABLE};
    struct app_pick code_from = {.list = app_code_sources, .value = HM_CODE_STEM};
    struct app_each images = {add_images, &o};
    const struct app_option options[] = {
        {"images", 'i', APP_EACH, "DIR",
         "drop the embeddings of photos that are not below it, or another --images", &images},
        {"code", 0, APP_CHOICE, "FROM",
         "as given to embed: the product's code, of SKU/1.jpg:", &code_from},
        {"catalogue", 0, APP_FLAG, NULL,
         "drop what the articles loaded last do not list; purchases stay", &o.catalogue},
        {"dry-run", 0, APP_FLAG, NULL, "only say what would be dropped", &o.dry_run},
        {"store", 's', APP_TEXT, "URI",
         "products and embeddings; default $NEO4J_URI, else hmrec.db", &o.store},
        {"graph", 'g', APP_TEXT, "URI", "another store that has the catalogue", &o.graph},
        FORMAT_OPTION(&format),
        APP_SERVER_OPTIONS,
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code == APP_CONTINUE) {
        o.format = format.value;
        o.code_from = (enum hm_code_from)code_from.value;
        code = run(self, &o, argc - first, argv + first);
    }
    free(o.images);
    return code;
}
