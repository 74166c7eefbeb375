// SPDX-License-Identifier: MIT
// Look-alikes of products and photos: from the store's neighbours where those answer the question,
// else by a search over its embeddings. What is wrong with one item is said and leaves the others.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hmrec/pipeline.h"
#include "mem.h"
#include "tell.h"

// ---- unknown codes

enum { SUGGESTIONS = 3 };

struct suggestions {
    const char *wanted;
    struct {
        char code[HM_STORE_CODE_MAX + 1];
        size_t distance;
    } best[SUGGESTIONS];
    size_t n;
};

// Levenshtein's distance of two codes (in bytes), of which only the first HM_STORE_CODE_MAX are
// looked at.
static size_t edit_distance(const char *a, const char *b) {
    size_t row[HM_STORE_CODE_MAX + 1], n = strnlen(b, HM_STORE_CODE_MAX);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i] && i < HM_STORE_CODE_MAX; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t change = diagonal + (a[i] != b[j]);
            size_t least = row[j] < row[j + 1] ? row[j] + 1 : row[j + 1] + 1;
            diagonal = row[j + 1];
            row[j + 1] = change < least ? change : least;
        }
    }
    return row[n];
}

static enum hm_status consider_code(void *context, const struct hm_store_product *p,
                                    struct hm_error *err) {
    struct suggestions *s = context;
    (void)err;
    size_t distance = edit_distance(s->wanted, p->code), at = s->n;
    while (at > 0 && s->best[at - 1].distance > distance)
        at--;
    if (at == SUGGESTIONS) return HM_OK;
    if (s->n < SUGGESTIONS) s->n++;
    for (size_t i = s->n - 1; i > at; i--)
        s->best[i] = s->best[i - 1];
    snprintf(s->best[at].code, sizeof s->best[at].code, "%s", p->code);
    s->best[at].distance = distance;
    return HM_OK;
}

static enum hm_status say_unknown(struct hm_store *store, const char *code,
                                  const struct hm_host *host, struct hm_error *err) {
    struct suggestions s = {.wanted = code};
    char list[SUGGESTIONS * (HM_STORE_CODE_MAX + 3)] = "";
    HM_TRY(hm_store_products(store, NULL, 0, consider_code, &s, err));
    // What shares less than half with a code is no suggestion.
    for (size_t i = 0; i < s.n && 2 * s.best[i].distance <= strlen(code); i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "",
                 s.best[i].code);
    tell_failure(host, HM_ENOTFOUND, "no product %s in %s%s%s%s", code, hm_store_name(store),
                 *list ? " (nearest: " : "", list, *list ? ")" : "");
    return HM_OK;
}

// ---- the store's neighbours

struct stored {
    struct hm_similar *item;
    size_t k;
};

static enum hm_status take_hits(void *context, const struct hm_store_neighbours *row,
                                struct hm_error *err) {
    const struct stored *s = context;
    struct hm_similar *item = s->item;
    size_t n = row->n < s->k ? row->n : s->k;
    if (!n) return HM_OK;
    item->hits = calloc(n, sizeof *item->hits);
    if (!item->hits) return hm_fail(err, HM_ENOMEM, "no memory for %zu look-alikes", n);
    for (size_t i = 0; i < n; i++) {
        if (row->scores[i] == 0.5f) continue; // a right angle: one of the two has no picture
        struct hm_hit *hit = &item->hits[item->n++];
        snprintf(hit->code, sizeof hit->code, "%s", row->codes[i]);
        hit->score = row->scores[i];
    }
    return HM_OK;
}

bool hm_neighbours_current(const struct hm_store_knn_state *state, const struct hm_store *store,
                           char *what, size_t size) {
    if (state->newer)
        snprintf(what, size, "%zu embedding%s newer than the neighbours in %s", state->newer,
                 state->newer == 1 ? " is" : "s are", hm_store_name(store));
    else if (state->gone)
        snprintf(what, size, "%zu product%s gone since the neighbours in %s were made", state->gone,
                 state->gone == 1 ? " is" : "s are", hm_store_name(store));
    return !state->newer && !state->gone;
}

static void say_why_search(const struct hm_store_knn_state *state, struct hm_store *store, size_t k,
                           const struct hm_host *host) {
    char what[384];
    if (!hm_neighbours_current(state, store, what, sizeof what) && state->revision)
        tell_note(host, "note: %s (hmrec knn updates them); searching all embeddings", what);
    else if (!state->revision)
        tell_note(host,
                  "note: no neighbours in %s yet (hmrec knn makes them); searching all embeddings",
                  hm_store_name(store));
    else
        tell_note(host,
                  "note: hmrec knn has stored %zu neighbours a product; searching all embeddings "
                  "for %zu",
                  state->k, k);
}

// What the store's neighbours answer; items that remain without hits are to be searched for.
static enum hm_status from_store(struct hm_similar *items, size_t m, struct hm_store *store,
                                 const struct hm_similar_options *o, struct hm_error *err) {
    struct hm_store_knn_state state;
    size_t codes = 0;
    HM_TRY(hm_store_get_knn_state(store, &state, err));
    bool filter = o->same_department || o->same_index || o->one_per_product_code;
    bool usable = state.revision && state.k >= o->k && !filter && !state.newer && !state.gone;
    for (size_t i = 0; i < m; i++) {
        if (items[i].vector || items[i].failed) continue;
        struct stored stored = {&items[i], usable ? o->k : 0};
        enum hm_status status =
            hm_store_get_neighbours(store, items[i].query, take_hits, &stored, err);
        if (status == HM_ENOTFOUND) {
            items[i].failed = true;
            HM_TRY(say_unknown(store, items[i].query, o->host, err));
        } else if (status != HM_OK)
            return status;
        codes += !items[i].failed;
    }
    if (codes && !usable && !filter) say_why_search(&state, store, o->k, o->host);
    return HM_OK;
}

// ---- search

struct hunt {
    struct hm_similar *items;
    size_t m;
    float *vectors;                  // [m][HM_DIM]
    struct hm_search_query *queries; // [m], n in use
    size_t *of;                      // [m] item of each query
    size_t n;
};

static bool is_zero(const float *vector) {
    for (size_t i = 0; i < HM_DIM; i++)
        if (vector[i] != 0) return false;
    return true;
}

// The vector and the filter of a product; item->failed when there is none, which is said.
static enum hm_status describe_query(struct hm_similar *item, float *vector,
                                     struct hm_search_query *q, struct hm_store *store,
                                     struct hm_names *names, const struct hm_similar_options *o,
                                     struct hm_error *err) {
    enum hm_status status = hm_store_get_embedding(store, item->query, vector, err);
    if (status != HM_OK && status != HM_ENOTFOUND) return status;
    const struct hm_store_product *p = hm_names_find(names, item->query);
    bool homeless = p->department_number == HM_STORE_NO_NUMBER;
    bool nowhere = (o->same_department && homeless) || (o->same_index && !*p->index_code);
    item->failed = true;
    if (status == HM_ENOTFOUND || is_zero(vector))
        tell_failure(o->host, HM_ENOTFOUND,
                     "product %s has no picture in %s, so nothing looks like it", item->query,
                     hm_store_name(store));
    else if (nowhere)
        tell_failure(o->host, HM_ENOTFOUND, "product %s has no %s in %s, so none is the same",
                     item->query, o->same_department && homeless ? "department" : "index",
                     hm_store_name(names->store));
    else
        item->failed = false;
    q->self = item->query;
    if (o->same_department) q->department = p->department_number;
    if (o->same_index) q->index_code = p->index_code;
    return HM_OK;
}

// A query for one item that has no hits yet.
static enum hm_status prepare_query(struct hunt *h, size_t which, struct hm_store *store,
                                    struct hm_names *names, const struct hm_similar_options *o,
                                    struct hm_error *err) {
    struct hm_similar *item = &h->items[which];
    float *vector = h->vectors + h->n * HM_DIM;
    struct hm_search_query q = {.vector = item->vector ? item->vector : vector,
                                .department = HM_STORE_NO_NUMBER,
                                .one_per_product_code = o->one_per_product_code};
    if (!item->vector) HM_TRY(describe_query(item, vector, &q, store, names, o, err));
    if (item->failed) return HM_OK;
    free(item->hits);
    q.hits = item->hits = calloc(o->k, sizeof *item->hits);
    if (!q.hits) return hm_fail(err, HM_ENOMEM, "no memory for %zu look-alikes", o->k);
    h->of[h->n] = which;
    h->queries[h->n++] = q;
    return HM_OK;
}

static enum hm_status search_items(struct hunt *h, struct hm_store *store, struct hm_names *names,
                                   const struct hm_similar_options *o, struct hm_error *err) {
    if (o->same_department || o->same_index) HM_TRY(hm_names_need(names, NULL, 0, err));
    for (size_t i = 0; i < h->m; i++)
        if (!h->items[i].n && !h->items[i].failed)
            HM_TRY(prepare_query(h, i, store, names, o, err));
    if (h->n)
        HM_TRY(hm_search_store(h->queries, h->n, o->k, store, names, o->isa, o->threads, o->host,
                               err));
    for (size_t i = 0; i < h->n; i++)
        h->items[h->of[i]].n = h->queries[i].n;
    return HM_OK;
}

enum hm_status hm_similar_find(struct hm_similar *items, size_t m, struct hm_store *store,
                               struct hm_names *names, const struct hm_similar_options *o,
                               struct hm_error *err) {
    HM_TRY(from_store(items, m, store, o, err));
    struct hunt h = {.items = items, .m = m};
    h.vectors = hm_alloc_aligned(m, HM_DIM * sizeof *h.vectors);
    h.queries = calloc(m, sizeof *h.queries);
    h.of = calloc(m, sizeof *h.of);
    enum hm_status status = h.vectors && h.queries && h.of
                                ? search_items(&h, store, names, o, err)
                                : hm_fail(err, HM_ENOMEM, "no memory for %zu queries", m);
    free(h.vectors);
    free(h.queries);
    free(h.of);
    for (size_t i = 0; i < m && status == HM_OK; i++)
        while (items[i].n && (double)items[i].hits[items[i].n - 1].score < o->min_score)
            items[i].n--;
    return status;
}

void hm_similar_free(struct hm_similar *items, size_t m) {
    for (size_t i = 0; i < m; i++)
        free(items[i].hits);
}
