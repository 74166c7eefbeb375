// SPDX-License-Identifier: MIT
// The catalogue's values become numbers first, so that a million pairs are compared in a moment.

#include <stdlib.h>
#include <string.h>

#include "hmrec/pipeline.h"
#include "mem.h"
#include "tell.h"

enum { GROUP = HM_EVAL_FACETS, VALUES }; // a product's values: its facets, and its group

struct value {
    const char *text;
    size_t count; // products that have it
};

// The values of one facet that occur.
struct values {
    struct value *values; // [n]
    size_t n, capacity;
    size_t known; // products with a value that is not ""
};

struct member {
    const char *code;
    uint32_t values[VALUES];
};

struct work {
    struct hm_eval *eval;
    const struct hm_names *names;
    struct member *members; // [n], products with a picture, ordered by code
    size_t n, capacity;
    struct values values[VALUES];
    struct hm_arena strings;
    struct hm_eval_row *rows; // by number of the group
};

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory to compare neighbours");
}

const char *hm_eval_facet_name(enum hm_eval_facet facet) {
    static const char *const names[HM_EVAL_FACETS] = {"type", "colour", "appearance"};
    return names[facet];
}

static enum hm_status number_of(struct values *v, const char *text, uint32_t *number,
                                struct hm_error *err) {
    size_t i = 0;
    while (i < v->n && strcmp(v->values[i].text, text) != 0)
        i++;
    if (i == v->n) {
        HM_TRY(hm_grow(&v->values, &v->capacity, v->n + 1, sizeof *v->values, err));
        v->values[v->n++] = (struct value){.text = text};
    }
    v->values[i].count++;
    v->known += *text != '\0';
    *number = (uint32_t)i;
    return HM_OK;
}

static enum hm_status add_member(void *context, const struct hm_store_product *p,
                                 struct hm_error *err) {
    struct work *w = context;
    if (!p->embedded) return HM_OK;
    HM_TRY(hm_grow(&w->members, &w->capacity, w->n + 1, sizeof *w->members, err));
    struct member *m = &w->members[w->n];
    m->code = hm_arena_copy(&w->strings, p->code, strlen(p->code));
    if (!m->code) return no_memory(err);
    w->n++;
    return HM_OK;
}

// Values come from the catalogue's store, which need not be the one with the pictures.
static enum hm_status describe_members(struct work *w, struct hm_error *err) {
    for (size_t i = 0; i < w->n; i++) {
        struct member *m = &w->members[i];
        const struct hm_store_product *p = hm_names_find(w->names, m->code);
        const char *const texts[VALUES] = {[HM_EVAL_TYPE] = p->type,
                                           [HM_EVAL_COLOUR] = p->colour,
                                           [HM_EVAL_APPEARANCE] = p->appearance,
                                           [GROUP] = p->group};
        for (size_t v = 0; v < VALUES; v++)
            HM_TRY(number_of(&w->values[v], texts[v], &m->values[v], err));
    }
    return HM_OK;
}

// ---- pairs

static int compare_members(const void *a, const void *b) {
    const struct member *x = a, *y = b;
    return strcmp(x->code, y->code);
}

static const struct member *find_member(const struct work *w, const char *code) {
    struct member key = {.code = code};
    return w->n ? bsearch(&key, w->members, w->n, sizeof key, compare_members) : NULL;
}

static bool is_known(const struct values *v, uint32_t number) {
    return *v->values[number].text != '\0';
}

static void compare_pair(const struct work *w, const struct member *product,
                         const struct member *neighbour, struct hm_eval_row *row) {
    row->neighbours++;
    for (size_t f = 0; f < HM_EVAL_FACETS; f++) {
        const struct values *v = &w->values[f];
        uint32_t mine = product->values[f], its = neighbour->values[f];
        if (!is_known(v, mine) || !is_known(v, its)) continue;
        row->facets[f].pairs++;
        row->facets[f].same += mine == its;
        row->facets[f].chance += (double)(v->values[mine].count - 1) / (double)(v->known - 1);
    }
}

static enum hm_status take_list(void *context, const struct hm_store_neighbours *list,
                                struct hm_error *err) {
    struct work *w = context;
    (void)err;
    const struct member *product = find_member(w, list->code);
    if (!product || !list->n) return HM_OK;
    struct hm_eval_row *rows[] = {&w->eval->all, &w->rows[product->values[GROUP]]};
    for (size_t r = 0; r < 2; r++)
        rows[r]->products++;
    for (size_t i = 0; i < list->n; i++) {
        const struct member *neighbour = find_member(w, list->codes[i]);
        if (!neighbour) continue; // it has no picture
        for (size_t r = 0; r < 2; r++)
            compare_pair(w, product, neighbour, rows[r]);
    }
    return HM_OK;
}

static void finish_row(struct hm_eval_row *row) {
    for (size_t f = 0; f < HM_EVAL_FACETS; f++)
        if (row->facets[f].pairs) row->facets[f].chance /= (double)row->facets[f].pairs;
}

static int compare_rows(const void *a, const void *b) {
    const struct hm_eval_row *x = a, *y = b;
    if (x->products != y->products) return x->products < y->products ? 1 : -1;
    return strcmp(x->group, y->group);
}

static enum hm_status no_neighbours(struct hm_store *store, struct hm_error *err) {
    return hm_fail(err, HM_ENOTFOUND,
                   "store %s: no neighbours yet of the embeddings that it holds (hmrec knn makes "
                   "them)",
                   hm_store_name(store));
}

// Neighbours of another model's vectors say nothing of this one's; those that miss a few products
// do.
static enum hm_status check_neighbours(struct hm_store *store, const struct hm_host *host,
                                       struct hm_error *err) {
    struct hm_store_knn_state state;
    char what[384];
    HM_TRY(hm_store_get_knn_state(store, &state, err));
    if (!state.revision) return no_neighbours(store, err);
    if (!hm_neighbours_current(&state, store, what, sizeof what))
        tell_note(host, "note: %s, which are measured as they are; hmrec knn updates them", what);
    return HM_OK;
}

static enum hm_status check_facets(const struct work *w, struct hm_error *err) {
    for (size_t f = 0; f < HM_EVAL_FACETS; f++)
        if (w->eval->all.facets[f].pairs) return HM_OK;
    return hm_fail(err, HM_ENOTFOUND,
                   "store %s: no type, colour or appearance of two products is known, by which to "
                   "compare them (hmrec load --articles brings the catalogue; --graph names "
                   "another store that has it)",
                   hm_store_name(w->names->store));
}

static enum hm_status measure(struct work *w, struct hm_store *store, struct hm_error *err) {
    HM_TRY(hm_store_products(store, NULL, 0, add_member, w, err));
    HM_TRY(describe_members(w, err));
    struct hm_eval *e = w->eval;
    const struct values *groups = &w->values[GROUP];
    w->rows = e->groups = calloc(groups->n + 1, sizeof *e->groups);
    if (!w->rows) return no_memory(err);
    e->all.group = "all";
    for (size_t i = 0; i < groups->n; i++)
        w->rows[i].group = groups->values[i].text;
    HM_TRY(hm_store_each_neighbours(store, take_list, w, err));
    if (!e->all.neighbours) return no_neighbours(store, err);
    HM_TRY(check_facets(w, err));
    finish_row(&e->all);
    for (size_t i = 0; i < groups->n; i++) {
        finish_row(&w->rows[i]);
        if (w->rows[i].products) e->groups[e->n++] = w->rows[i];
    }
    qsort(e->groups, e->n, sizeof *e->groups, compare_rows);
    return HM_OK;
}

enum hm_status hm_eval_measure(struct hm_eval *eval, struct hm_store *store, struct hm_store *graph,
                               const struct hm_host *host, struct hm_error *err) {
    struct work w = {.eval = eval, .names = &eval->names};
    eval->names.store = graph;
    HM_TRY(check_neighbours(store, host, err));
    enum hm_status status = hm_names_need(&eval->names, NULL, 0, err);
    if (status == HM_OK) status = measure(&w, store, err);
    free(w.members);
    hm_arena_free(&w.strings);
    for (size_t v = 0; v < VALUES; v++)
        free(w.values[v].values);
    return status;
}

void hm_eval_free(struct hm_eval *eval) {
    free(eval->groups);
    hm_names_free(&eval->names);
}
