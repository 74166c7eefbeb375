// SPDX-License-Identifier: MIT
// hmrec gallery: products, chosen or drawn by lot, and their look-alikes -> a contact sheet each
// and one page.

#include <stdlib.h>
#include <string.h>

#include "alike.h"
#include "clock.h"
#include "commands.h"
#include "gallery/gallery.h"
#include "hash.h"
#include "sheet.h"
#include "resources.h"
#include "path.h"

enum { RANDOM_COUNT = 20, SHEET_QUALITY = 90 };

struct options {
    const char *store, *graph, *images, *output;
    struct hm_similar_options find;
    unsigned random, k;
    uint64_t seed;
    bool no_sheets;
};

// ---- which products

// The codes of a gallery; strings in the arena.
struct chosen {
    struct hm_arena strings;
    const char **codes;
    size_t n, capacity;
};

static enum hm_status choose(struct chosen *c, const char *code, struct hm_error *err) {
    HM_TRY(hm_grow(&c->codes, &c->capacity, c->n + 1, sizeof *c->codes, err));
    c->codes[c->n] = hm_arena_copy(&c->strings, code, strlen(code));
    return c->codes[c->n++] ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a product code");
}

static enum hm_status choose_embedded(void *context, const struct hm_store_product *p,
                                      struct hm_error *err) {
    return p->embedded ? choose(context, p->code, err) : HM_OK;
}

// The first steps of a shuffle of all products with a picture, in order of their codes: a seed
// means the same products everywhere.
static enum hm_status draw_lots(struct chosen *c, struct hm_store *store, size_t n, uint64_t seed,
                                struct hm_error *err) {
    HM_TRY(hm_store_products(store, NULL, 0, choose_embedded, c, err));
    if (!c->n)
        return hm_fail(err, HM_ENOTFOUND, "store %s: no embeddings yet (hmrec embed makes them)",
                       hm_store_name(store));
    if (n > c->n) n = c->n;
    for (size_t i = 0; i < n; i++) {
        size_t j = i + (size_t)(hm_splitmix64(&seed) % (c->n - i));
        const char *code = c->codes[i];
        c->codes[i] = c->codes[j];
        c->codes[j] = code;
    }
    c->n = n;
    return HM_OK;
}

// Codes as given, each once.
static enum hm_status choose_given(struct chosen *c, size_t n, char **codes, struct hm_error *err) {
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;
        while (j < c->n && strcmp(c->codes[j], codes[i]) != 0)
            j++;
        if (j == c->n) HM_TRY(choose(c, codes[i], err));
    }
    return HM_OK;
}

// ---- pictures

struct work {
    struct gallery gallery;
    struct photos photos;
    struct picture asked, alike[GALLERY_ALIKE_MAX];
    struct hm_buf jpeg;
    size_t boxes; // characters on sheets that no font has
};

static void forget_photos(struct work *w) {
    picture_free(&w->asked);
    for (size_t i = 0; i < GALLERY_ALIKE_MAX; i++)
        picture_free(&w->alike[i]);
}

static const char *or_else(const char *text, const char *otherwise) {
    return *text ? text : otherwise;
}

static enum hm_status write_sheet(struct work *w, const struct hm_similar *s,
                                  struct hm_error *err) {
    const struct hm_store_product *p = hm_names_find(w->gallery.names, s->query);
    char subtitles[SHEET_CELLS][256], subtitle[256], name[GALLERY_NAME_MAX + 1];
    char file[GALLERY_NAME_MAX + sizeof "sheets/.jpg"];
    struct sheet sheet = {
        .query = {&w->asked, or_else(p->name, s->query), subtitle, *p->name ? s->query : ""},
        .n = s->n < SHEET_CELLS ? s->n : SHEET_CELLS,
    };
    int digits = alike_digits(s, 1, GALLERY_DIGITS);
    snprintf(subtitle, sizeof subtitle, "%s%s%s", p->type, *p->type && *p->department ? " / " : "",
             p->department);
    for (size_t i = 0; i < sheet.n; i++) {
        const char *code = s->hits[i].code;
        const struct hm_store_product *other = hm_names_find(w->gallery.names, code);
        snprintf(subtitles[i], sizeof subtitles[i], "%zu.  %.*f  %s", i + 1, digits,
                 (double)s->hits[i].score, other->type);
        sheet.cells[i] = (struct sheet_cell){&w->alike[i], or_else(other->name, code), subtitles[i],
                                             *other->name ? code : ""};
    }
    struct picture picture;
    size_t boxes;
    HM_TRY(sheet_draw(&sheet, &picture, &boxes, err));
    w->boxes += boxes;
    w->jpeg.length = 0;
    enum hm_status status = picture_encode(&picture, SHEET_QUALITY, true, &w->jpeg, err);
    picture_free(&picture);
    HM_TRY(status);
    gallery_name(s->query, name);
    snprintf(file, sizeof file, "sheets/%s.jpg", name);
    return gallery_write(&w->gallery, file, w->jpeg.data, w->jpeg.length, err);
}

static enum hm_status show_product(struct work *w, struct page *page, size_t i,
                                   struct hm_error *err) {
    const struct hm_similar *s = &w->gallery.products[i];
    enum hm_status status =
        photo_load(&w->photos, s->query, SHEET_QUERY_WIDTH, SHEET_QUERY_HEIGHT, &w->asked, err);
    for (size_t j = 0; j < s->n && status == HM_OK; j++)
        status = photo_load(&w->photos, s->hits[j].code, SHEET_CELL_WIDTH, SHEET_CELL_HEIGHT,
                            &w->alike[j], err);
    if (status == HM_OK && w->gallery.sheets) status = write_sheet(w, s, err);
    if (status == HM_OK) status = page_product(page, i, &w->asked, w->alike, err);
    forget_photos(w);
    return status;
}

static enum hm_status write_page(struct work *w, struct hm_error *err) {
    struct page *page = NULL;
    HM_TRY(page_open(&page, &w->gallery, err));
    struct progress *progress = progress_new("products", w->gallery.n);
    enum hm_status status = HM_OK;
    for (size_t i = 0; i < w->gallery.n && status == HM_OK; i++) {
        status = app_signal() ? hm_fail(err, HM_ECANCELED, "stopped by a signal; %s is as before",
                                        w->gallery.folder)
                              : show_product(w, page, i, err);
        progress_set(progress, i + 1);
    }
    progress_free(progress);
    if (status == HM_OK) return page_close(page, true, err);
    enum hm_status ignored = page_close(page, false, NULL);
    (void)ignored; // the first failure is the one to report
    return status;
}

static enum hm_status show_products(struct work *w, struct hm_error *err) {
    enum hm_status status = gallery_open(&w->gallery, err);
    if (status == HM_OK) status = write_page(w, err);
    if (status == HM_OK) return gallery_close(&w->gallery, true, err);
    enum hm_status ignored = gallery_close(&w->gallery, false, NULL);
    (void)ignored; // the first failure is the one to report
    return status;
}

// ---- the whole

// Items that failed leave the list: what was wrong has been said.
static size_t drop_failed(struct hm_similar *items, size_t n) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (items[i].failed)
            free(items[i].hits);
        else
            items[kept++] = items[i];
    return kept;
}

// How the products and their look-alikes were chosen, for the page.
static void say_origin(const struct options *o, char *out, size_t size) {
    int at = 0;
    *out = '\0';
    if (o->random)
        at = snprintf(out, size, "The products were drawn by lot (seed %llu). ",
                      (unsigned long long)o->seed);
    if (o->find.same_department || o->find.same_index)
        at += snprintf(out + at, size - (size_t)at, "Look-alikes are of the product's own %s%s%s. ",
                       o->find.same_department ? "department" : "",
                       o->find.same_department && o->find.same_index ? " and " : "",
                       o->find.same_index ? "index" : "");
    if (o->find.one_per_product_code)
        at += snprintf(out + at, size - (size_t)at, "Of each garment one colour is shown. ");
    if (o->find.min_score > 0)
        snprintf(out + at, size - (size_t)at, "Scores are %g or more. ", o->find.min_score);
}

static enum hm_status need_names(struct hm_names *names, const struct hm_similar *items, size_t n,
                                 struct hm_error *err) {
    for (size_t i = 0; i < n; i++) {
        const char *codes[1 + GALLERY_ALIKE_MAX] = {items[i].query};
        for (size_t j = 0; j < items[i].n; j++)
            codes[1 + j] = items[i].hits[j].code;
        HM_TRY(hm_names_need(names, codes, 1 + items[i].n, err));
    }
    return HM_OK;
}

// What a gallery became.
struct result {
    size_t shown, failed; // products; products and photos that could not be shown, which was said
};

static enum hm_status gallery(const struct options *o, struct chosen *chosen, struct result *out,
                              struct hm_store *store, struct hm_names *names,
                              struct hm_error *err) {
    size_t n = chosen->n;
    char origin[384];
    struct hm_similar *items = calloc(n, sizeof *items);
    if (!items) return hm_fail(err, HM_ENOMEM, "no memory for %zu products", n);
    for (size_t i = 0; i < n; i++)
        items[i].query = chosen->codes[i];
    enum hm_status status = hm_similar_find(items, n, store, names, &o->find, err);
    if (status == HM_OK) n = drop_failed(items, n);
    *out = (struct result){.shown = n, .failed = chosen->n - n};
    if (status == HM_OK && !n) status = hm_fail(err, HM_ENOTFOUND, "nothing to show");
    if (status == HM_OK) status = need_names(names, items, n, err);
    say_origin(o, origin, sizeof origin);
    struct work w = {
        .gallery = {.products = items,
                    .n = n,
                    .names = names,
                    .folder = o->output,
                    .origin = origin,
                    .sheets = sheet_available() && !o->no_sheets,
                    .k = o->find.k},
        .photos = {.root = o->images, .tree = {.host = app_host()}},
    };
    if (status == HM_OK) status = photos_check(&w.photos, &w.gallery, err);
    if (status == HM_OK) status = show_products(&w, err);
    if (w.boxes)
        app_note(
            "note: %zu character%s on contact sheets are boxes, for no font of this system has "
            "them (packages like fonts-noto-core and fonts-noto-cjk do)",
            w.boxes, w.boxes == 1 ? "" : "s");
    out->failed += w.photos.failed + w.photos.tree.failed;
    forget_photos(&w);
    photos_free(&w.photos);
    hm_buf_free(&w.jpeg);
    hm_similar_free(items, n);
    free(items);
    return status;
}

static int run(const struct options *o, size_t n, char **codes) {
    struct hm_error err;
    struct hm_store *store = NULL, *graph = NULL;
    struct hm_names names = {0};
    struct chosen chosen = {0};
    struct result result = {0};
    uint64_t start_ns = hm_now_ns();
    enum hm_status status = app_read_store(&store, o->store, &err);
    if (status == HM_OK && o->graph) status = app_read_store(&graph, o->graph, &err);
    names.store = graph ? graph : store;
    if (status == HM_OK)
        status = o->random ? draw_lots(&chosen, store, o->random, o->seed, &err)
                           : choose_given(&chosen, n, codes, &err);
    if (status == HM_OK) status = gallery(o, &chosen, &result, store, &names, &err);
    if (status == HM_OK) {
        app_note("%zu products in %.2f s%s; open %s/index.html", result.shown,
                 (double)(hm_now_ns() - start_ns) / 1e9,
                 sheet_available() || o->no_sheets ? ""
                                                   : " (no contact sheets: built without Cairo)",
                 o->output);
    } else
        app_complain(&err);
    hm_names_free(&names);
    free(chosen.codes);
    hm_arena_free(&chosen.strings);
    hm_store_close(&graph);
    hm_store_close(&store);
    if (status == HM_ECANCELED && app_signal()) return 128 + app_signal();
    return status == HM_OK && !result.failed ? APP_OK : APP_FAILED;
}

int cmd_gallery(const struct app_command *self, int argc, char **argv) {
    struct options o = {.seed = 1, .k = GALLERY_ALIKE};
    struct app_pick isa = APP_PICK_ISA;
    const struct app_option options[] = {
        {"images", 'i', APP_TEXT, "DIR",
         "where the photos are: DIR/012/0123456789.jpg, or any tree", &o.images},
        {"output", 'o', APP_TEXT, "DIR", "index.html and sheets/CODE.jpg go here", &o.output},
        {"random", 'r', APP_COUNT, "N",
         "draw N products by lot (default 20 where no CODE is given)", &o.random},
        {"seed", 0, APP_NUMBER, "N", "of the lot (default 1): the same products again", &o.seed},
        ALIKE_OPTIONS(o.k, o.find),
        {"no-sheets", 0, APP_FLAG, NULL, "only the page, no contact sheets", &o.no_sheets},
        {"store", 's', APP_TEXT, "URI",
         "products and embeddings; default $NEO4J_URI, else hmrec.db", &o.store},
        {"graph", 'g', APP_TEXT, "URI", "another store that has the catalogue's names", &o.graph},
        APP_ISA_OPTION(&isa),
        APP_SERVER_OPTIONS,
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (!o.images) return app_usage(self, "no --images DIR given");
    if (!o.output) return app_usage(self, "no --output DIR given");
    if (first < argc && o.random) return app_usage(self, "give codes or --random, not both");
    if (first == argc && !o.random) o.random = RANDOM_COUNT;
    if (o.k > GALLERY_ALIKE_MAX)
        return app_usage(self,
                         "invalid argument \"%u\" for option --neighbours; should be %d at most",
                         o.k, GALLERY_ALIKE_MAX);
    o.find.k = o.k;
    o.find.host = app_host();
    o.find.isa = isa.given;
    app_catch_signals();
    return run(&o, (size_t)(argc - first), argv + first);
}
