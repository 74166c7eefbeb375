// SPDX-License-Identifier: MIT
#include "searcher.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory to search the embeddings");
}

enum hm_status hm_searcher_new(struct hm_searcher **out, struct hm_error *err) {
    *out = calloc(1, sizeof **out);
    if (!*out) return no_memory(err);
    (*out)->remembers = true;
    return HM_OK;
}

void hm_searcher_free(struct hm_searcher *searcher) {
    if (searcher) searcher_forget(searcher);
    free(searcher);
}

void searcher_forget(struct hm_searcher *searcher) {
    hm_screen_free(searcher->screen);
    free(searcher->numbers);
    free(searcher->kept);
    *searcher = (struct hm_searcher){.remembers = searcher->remembers};
}

bool searcher_knows(const struct hm_searcher *searcher, const struct hm_store_screen *state) {
    return searcher->revision && searcher->revision == state->revision &&
           searcher->n <= state->kept; // who writes by hand may have changed that alone
}

static enum hm_status restore(struct hm_searcher *searcher, struct hm_store *store, size_t bytes,
                              const struct hm_knn_options *options, struct hm_error *err) {
    void *saved = malloc(bytes);
    if (!saved) return no_memory(err);
    enum hm_status status = hm_store_read_screen(store, saved, bytes, err);
    if (status == HM_OK) status = hm_screen_restore(&searcher->screen, saved, bytes, options, err);
    free(saved);
    return status;
}

enum hm_status searcher_begin(struct hm_searcher *searcher, struct hm_store *store,
                              const struct hm_store_screen *state,
                              const struct hm_knn_options *options, struct hm_error *err) {
    searcher_forget(searcher);
    if (state->kept > state->blocks * HM_STORE_BLOCK)
        return hm_fail(err, HM_EFORMAT,
                       "store %s: %zu blocks of its screen cannot have %zu products",
                       hm_store_name(store), state->blocks, state->kept);
    HM_TRY(restore(searcher, store, state->bytes, options, err));
    searcher->numbers = calloc(state->kept + 1, sizeof *searcher->numbers);
    if (searcher->remembers) searcher->kept = hm_alloc_aligned(state->kept + 1, HM_SCREEN_KEPT);
    if (!searcher->numbers || (searcher->remembers && !searcher->kept)) return no_memory(err);
    return HM_OK;
}

enum hm_status searcher_add(struct hm_searcher *searcher, const struct hm_store *store,
                            const struct hm_store_screen *state, const int64_t *numbers,
                            const void *kept, size_t n, struct hm_error *err) {
    if (n > state->kept - searcher->n)
        return hm_fail(err, HM_EFORMAT, "store %s: its screen has more than %zu products",
                       hm_store_name(store), state->kept);
    memcpy(searcher->numbers + searcher->n, numbers, n * sizeof *numbers);
    if (searcher->kept)
        memcpy(searcher->kept + searcher->n * HM_SCREEN_KEPT, kept, n * HM_SCREEN_KEPT);
    searcher->n += n;
    return HM_OK;
}

void searcher_end(struct hm_searcher *searcher, const struct hm_store_screen *state) {
    if (searcher->remembers) searcher->revision = state->revision;
}
