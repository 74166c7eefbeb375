// SPDX-License-Identifier: MIT
// Embeddings -> neighbours: store -> matrix -> search -> store. What an earlier run found stays
// where it still holds: a list is made anew when its product's vector is new or one of its
// neighbours has a new one or is gone; every other list only has to be compared with the new
// vectors (hm_knn_update). The result is that of a run over everything.
//
// The state that says how far an earlier run came is read first, so that whatever another process
// writes in the meantime is newer than what this run notes down at its end, and the next one looks
// at it (again).

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hmrec/knn.h"
#include "hmrec/pipeline.h"
#include "mem.h"
#include "tell.h"

enum { BATCH = 1024 }; // lists handed to the store at once

struct work {
    struct hm_store *store;
    const struct hm_neighbours_run *run;
    struct hm_vectors vectors;
    struct hm_store_knn_state state; // of the earlier run
    size_t k;
    size_t lasting;              // products whose vectors went into the earlier run
    uint8_t *kinds;              // [n], enum hm_knn_row
    struct hm_neighbour *before; // [n][k], what the store holds
    struct hm_neighbour *lists;  // [n][k]
    struct hm_arena arena;       // of the codes below
    const char **retired; // [retired_n] products that have neighbours but no embedding any more
    size_t retired_n;
    struct hm_store_neighbours rows[BATCH]; // waiting to be written
    const char **codes;                     // [BATCH][k]
    float *scores;                          // [BATCH][k]
    size_t waiting, written;
};

static enum hm_status stop_on_signal(const struct work *w, struct hm_error *err) {
    return stop_if_cancelled(w->run->host, "stopped by a signal; what the store held stays", err);
}

// ---- what the store holds

static enum hm_status retire_product(struct work *w, const char *code, struct hm_error *err) {
    if (w->retired_n % BATCH == 0) {
        const char **more = realloc(w->retired, (w->retired_n + BATCH) * sizeof *more);
        if (!more) return hm_fail(err, HM_ENOMEM, "no memory for %zu codes", w->retired_n);
        w->retired = more;
    }
    char *copy = hm_arena_copy(&w->arena, code, strlen(code));
    if (!copy) return hm_fail(err, HM_ENOMEM, "no memory for a product code");
    w->retired[w->retired_n++] = copy;
    return HM_OK;
}

// A stored list as rows of today's matrix; false when it can't be one that a search made of them.
static bool read_list(const struct work *w, const struct hm_store_neighbours *row, size_t self,
                      struct hm_neighbour *list) {
    if (row->n > w->k) return false;
    for (size_t i = 0; i < row->n; i++) {
        size_t index = hm_vectors_find(&w->vectors, row->codes[i]);
        if (index == SIZE_MAX || index == self) return false;
        list[i] = (struct hm_neighbour){(uint32_t)index, row->scores[i]};
        bool in_order = i == 0 || list[i].score < list[i - 1].score ||
                        (list[i].score == list[i - 1].score && list[i].index > list[i - 1].index);
        if (!in_order || !(list[i].score >= 0 && list[i].score <= 1)) return false;
    }
    return true;
}

static bool still_holds(const struct work *w, const struct hm_neighbour *list, size_t n) {
    size_t others = w->lasting - 1;
    if (n != (others < w->k ? others : w->k)) return false;
    for (size_t i = 0; i < n; i++)
        if (w->kinds[list[i].index] == HM_KNN_NEW) return false;
    return true;
}

static enum hm_status see_list(void *context, const struct hm_store_neighbours *row,
                               struct hm_error *err) {
    struct work *w = context;
    HM_TRY(stop_on_signal(w, err));
    size_t i = hm_vectors_find(&w->vectors, row->code);
    if (i == SIZE_MAX) return row->n ? retire_product(w, row->code, err) : HM_OK;
    struct hm_neighbour *before = w->before + i * w->k;
    if (!read_list(w, row, i, before))
        before[0].score = -1; // equals no list: it will be written
    else if (w->kinds[i] == HM_KNN_STALE && still_holds(w, before, row->n))
        w->kinds[i] = HM_KNN_KEPT;
    return HM_OK;
}

static enum hm_status allocate_lists(struct work *w, struct hm_error *err) {
    size_t n = w->vectors.n, size;
    bool ok = hm_mul(n, w->k, &size) && size < SIZE_MAX / sizeof *w->lists;
    w->kinds = malloc(n);
    w->lists = ok ? malloc(size * sizeof *w->lists) : NULL;
    w->before = ok ? malloc(size * sizeof *w->before) : NULL;
    w->codes = malloc(BATCH * w->k * sizeof *w->codes);
    w->scores = malloc(BATCH * w->k * sizeof *w->scores);
    if (!w->kinds || !w->lists || !w->before || !w->codes || !w->scores)
        return hm_fail(err, HM_ENOMEM, "no memory for %zu lists of %zu neighbours", n, w->k);
    for (size_t i = 0; i < size; i++)
        w->before[i] = (struct hm_neighbour){HM_KNN_NONE, 0};
    return HM_OK;
}

static enum hm_status read_store(struct work *w, struct hm_neighbours_result *result,
                                 struct hm_error *err) {
    HM_TRY(hm_store_get_knn_state(w->store, &w->state, err));
    HM_TRY(hm_vectors_read(&w->vectors, w->store, err));
    size_t n = w->vectors.n;
    if (n == 0)
        return hm_fail(err, HM_ENOTFOUND,
                       "store %s: no embeddings to compare; hmrec embed makes them",
                       hm_store_name(w->store));
    HM_TRY(allocate_lists(w, err));
    bool full = w->run->full || w->state.k != w->k || w->state.approximate;
    for (size_t i = 0; i < n; i++) {
        bool lasting = !full && w->vectors.revisions[i] <= w->state.revision;
        w->kinds[i] = lasting ? HM_KNN_STALE : HM_KNN_NEW; // KEPT once its list has been seen
        w->lasting += lasting;
    }
    HM_TRY(hm_store_each_neighbours(w->store, see_list, w, err));
    result->products = n;
    for (size_t i = 0; i < n; i++)
        result->searched += w->kinds[i] != HM_KNN_KEPT;
    if (result->searched > n / 2) { // all against all is then less work
        memset(w->kinds, HM_KNN_NEW, n);
        result->searched = n;
    }
    return HM_OK;
}

// ---- search

static bool show_search(void *context, uint64_t done, uint64_t total) {
    struct work *w = context;
    double share = total ? (double)done / (double)total : 1;
    uint64_t products = w->vectors.n;
    tell_progress(w->run->host, "products compared", (uint64_t)(share * (double)products),
                  products);
    return !host_cancelled(w->run->host);
}

static enum hm_status search_lists(struct work *w, struct hm_neighbours_result *result,
                                   struct hm_error *err) {
    struct hm_knn_work work = {0};
    struct hm_knn_options options = {
        .isa = w->run->isa,
        .threads = w->run->threads,
        .progress = show_search,
        .context = w,
        .work = &work,
    };
    size_t n = w->vectors.n;
    memcpy(w->lists, w->before, n * w->k * sizeof *w->lists);
    uint64_t start_ns = hm_now_ns();
    enum hm_status status =
        hm_knn_update(w->vectors.rows, n, w->k, w->kinds, w->lists, &options, err);
    result->search_ns = hm_now_ns() - start_ns;
    result->compared = work.pairs ? (double)work.compared / (double)work.pairs : 0;
    if (status == HM_ECANCELED) return stop_on_signal(w, err);
    return status;
}

// ---- back to the store

static enum hm_status put_waiting(struct work *w, const struct hm_store_knn_state *state,
                                  struct hm_error *err) {
    HM_TRY(stop_on_signal(w, err));
    HM_TRY(hm_store_put_neighbours(w->store, w->rows, w->waiting, state, err));
    w->waiting = 0;
    return HM_OK;
}

static enum hm_status put_list(struct work *w, const char *code, const struct hm_neighbour *list,
                               size_t n, struct hm_error *err) {
    if (w->waiting == BATCH) HM_TRY(put_waiting(w, NULL, err));
    const char **codes = w->codes + w->waiting * w->k;
    float *scores = w->scores + w->waiting * w->k;
    size_t count = 0;
    for (; count < n && list[count].index != HM_KNN_NONE; count++) {
        codes[count] = w->vectors.codes[list[count].index];
        scores[count] = list[count].score;
    }
    w->rows[w->waiting++] = (struct hm_store_neighbours){code, count, codes, scores};
    w->written++;
    return HM_OK;
}

static enum hm_status write_store(struct work *w, struct hm_error *err) {
    struct hm_store_knn_state state = {
        .revision = w->vectors.revision, .products = w->vectors.n, .k = w->k};
    for (size_t i = 0; i < w->retired_n; i++)
        HM_TRY(put_list(w, w->retired[i], NULL, 0, err));
    for (size_t i = 0; i < w->vectors.n; i++) {
        const struct hm_neighbour *list = w->lists + i * w->k;
        if (memcmp(list, w->before + i * w->k, w->k * sizeof *list) != 0)
            HM_TRY(put_list(w, w->vectors.codes[i], list, w->k, err));
    }
    bool same = state.revision == w->state.revision && state.products == w->state.products &&
                state.k == w->state.k && !w->state.approximate;
    return same && !w->written ? HM_OK : put_waiting(w, &state, err);
}

enum hm_status hm_neighbours_find(struct hm_store *store, const struct hm_neighbours_run *run,
                                  struct hm_neighbours_result *result, struct hm_error *err) {
    *result = (struct hm_neighbours_result){0};
    struct work *w = calloc(1, sizeof *w);
    if (!w) return hm_fail(err, HM_ENOMEM, "no memory for a neighbour search");
    w->store = store;
    w->run = run;
    w->vectors.host = run->host;
    w->k = run->k;
    enum hm_status status = read_store(w, result, err);
    if (status == HM_OK && result->searched)
        status = search_lists(w, result, err);
    else if (status == HM_OK)
        memcpy(w->lists, w->before, w->vectors.n * w->k * sizeof *w->lists);
    if (status == HM_OK) status = write_store(w, err);
    result->written = w->written;
    hm_vectors_free(&w->vectors);
    hm_arena_free(&w->arena);
    free(w->kinds);
    free(w->before);
    free(w->lists);
    free(w->retired);
    free(w->codes);
    free(w->scores);
    free(w);
    return status;
}
