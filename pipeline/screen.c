// SPDX-License-Identifier: MIT
// The store's screen: made when there are enough embeddings, brought up to date as more come in,
// made anew when it has aged.

#include <stdlib.h>

#include "hmrec/pipeline.h"
#include "hmrec/screen.h"
#include "mem.h"
#include "tell.h"

enum {
    LEAST = 8192, // embeddings from which a screen pays: all of fewer are soon compared
    ENOUGH = 1024 // new ones that are worth a look
};

static enum hm_status keep(void *context, const float *vectors, size_t n, void *kept,
                           struct hm_error *err) {
    return hm_screen_keep(context, vectors, n, kept, err);
}

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory for a screen");
}

// NULL: none pays.
static enum hm_status find(struct hm_screen **screen, struct hm_store *store,
                           const struct hm_knn_options *options, struct hm_error *err) {
    size_t n = 0;
    float *sample = hm_alloc_aligned(HM_SCREEN_SAMPLE, HM_DIM * sizeof *sample);
    enum hm_status status =
        sample ? hm_store_sample_embeddings(store, HM_SCREEN_SAMPLE, sample, &n, err)
               : no_memory(err);
    *screen = NULL;
    if (status == HM_OK && n == HM_SCREEN_SAMPLE)
        status = hm_screen_new(screen, sample, n, options, err);
    free(sample);
    return status;
}

static enum hm_status make(struct hm_store *store, const struct hm_knn_options *options,
                           struct hm_error *err) {
    struct hm_screen *screen;
    void *saved = malloc(HM_SCREEN_BYTES);
    enum hm_status status = saved ? find(&screen, store, options, err) : no_memory(err);
    if (status == HM_OK) {
        if (screen) hm_screen_save(screen, saved);
        status = hm_store_put_screen(store, saved, screen ? HM_SCREEN_BYTES : 0, HM_SCREEN_KEPT,
                                     keep, screen, err);
        hm_screen_free(screen);
    }
    free(saved);
    return status;
}

static enum hm_status extend(struct hm_store *store, const struct hm_store_screen *state,
                             const struct hm_knn_options *options, struct hm_error *err) {
    struct hm_screen *screen = NULL;
    void *saved = malloc(state->bytes);
    enum hm_status status =
        saved ? hm_store_read_screen(store, saved, state->bytes, err) : no_memory(err);
    if (status == HM_OK) status = hm_screen_restore(&screen, saved, state->bytes, options, err);
    if (status == HM_OK)
        status = hm_store_put_screen(store, NULL, 0, HM_SCREEN_KEPT, keep, screen, err);
    hm_screen_free(screen);
    free(saved);
    return status;
}

// Its directions were found among half as many, or half of what was kept is of no use any more.
static bool aged(const struct hm_store_screen *state, size_t embeddings) {
    return embeddings / 2 >= state->made_of || state->kept / 2 >= embeddings;
}

static enum hm_status update(struct hm_store *store, const struct hm_knn_options *options,
                             struct hm_error *err) {
    struct hm_store_screen state;
    size_t embeddings;
    HM_TRY(hm_store_get_screen(store, &state, err));
    HM_TRY(hm_store_count_embeddings(store, &embeddings, err));
    if (embeddings < LEAST) return HM_OK;
    if (aged(&state, embeddings)) return make(store, options, err);
    return state.bytes && state.newer >= ENOUGH ? extend(store, &state, options, err) : HM_OK;
}

void hm_search_prepare(struct hm_store *store, const char *isa, unsigned threads,
                       const struct hm_host *host) {
    struct hm_error err;
    if (hm_store_kind_of(store)->server) return;
    if (update(store, &(struct hm_knn_options){.isa = isa, .threads = threads}, &err) != HM_OK)
        tell_note(host, "note: searches in %s stay slower than they could be: %s",
                  hm_store_name(store), err.text);
}
