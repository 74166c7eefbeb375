// SPDX-License-Identifier: MIT
// Exact search over the embeddings of a store in one pass and bounded memory. Queries that accept
// the same products share a group; each embedding goes into the block of the one group that accepts
// it, and a full block is searched (hm_knn_query) and merged into the best lists so far. Embeddings
// come in order of their codes, so among equal scores the lower code stays in front.

#include <stdlib.h>
#include <string.h>

#include "hits.h"
#include "hmrec/knn.h"
#include "mem.h"
#include "screened.h"
#include "tell.h"
#include "vectors.h"

enum {
    BLOCK_BYTES = 16 << 20, // of embeddings, of all groups together
    BLOCK_ROWS_MIN = 64,    // below that a search costs more than its multiplications
    BLOCK_ROWS_MAX = 960,   // above that nothing is gained; all of a block can be asked for
    TEAM_QUERIES = 64,      // with fewer a block is done before a team of threads has gathered
};

struct group {
    int64_t department;     // HM_STORE_NO_NUMBER: any
    const char *index_code; // NULL: any
    size_t *members;        // [m] indices of queries, in use: n
    size_t n;
    float *queries;                       // [n][HM_DIM]
    float *rows;                          // [block][HM_DIM], `filled` in use; made at first use
    char (*codes)[HM_STORE_CODE_MAX + 1]; // [block]
    uint32_t *self;                       // [n]
    struct hm_neighbour *found;           // [n][asked]
    size_t filled, asked;
};

struct search {
    struct hm_search_query *queries;
    size_t m, k, block;
    const struct hm_names *names;
    const struct hm_host *host;
    struct hm_knn_options options;
    struct group *groups; // [m], n in use
    size_t n;
    bool filtered;
};

static bool same_products(const struct group *g, const struct hm_search_query *q) {
    const char *a = g->index_code, *b = q->index_code;
    return g->department == q->department && (a == b || (a && b && strcmp(a, b) == 0));
}

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory to search the embeddings");
}

// ---- groups

static enum hm_status join_group(struct search *s, size_t which, struct hm_error *err) {
    const struct hm_search_query *q = &s->queries[which];
    size_t i = 0;
    while (i < s->n && !same_products(&s->groups[i], q))
        i++;
    struct group *g = &s->groups[i];
    if (i == s->n) {
        *g = (struct group){.department = q->department, .index_code = q->index_code};
        g->members = malloc(s->m * sizeof *g->members);
        s->n++;
        if (!g->members) return no_memory(err);
    }
    g->members[g->n++] = which;
    s->filtered |= q->department != HM_STORE_NO_NUMBER || q->index_code;
    return HM_OK;
}

static enum hm_status allocate_group(const struct search *s, struct group *g,
                                     struct hm_error *err) {
    g->queries = hm_alloc_aligned(g->n, HM_DIM * sizeof *g->queries);
    g->rows = hm_alloc_aligned(s->block, HM_DIM * sizeof *g->rows);
    g->codes = malloc(s->block * sizeof *g->codes);
    g->self = malloc(g->n * sizeof *g->self);
    if (!g->queries || !g->rows || !g->codes || !g->self) return no_memory(err);
    for (size_t i = 0; i < g->n; i++)
        memcpy(g->queries + i * HM_DIM, s->queries[g->members[i]].vector,
               HM_DIM * sizeof *g->queries);
    return HM_OK;
}

static void free_groups(struct search *s) {
    for (size_t i = 0; i < s->n; i++) {
        struct group *g = &s->groups[i];
        free(g->members);
        free(g->queries);
        free(g->rows);
        free(g->codes);
        free(g->self);
        free(g->found);
    }
    free(s->groups);
}

// ---- blocks

// The k nearest of the block.
static enum hm_status ask_block(struct search *s, struct group *g, size_t k, struct hm_error *err) {
    if (g->asked < k) {
        free(g->found);
        g->found = malloc(g->n * k * sizeof *g->found);
        g->asked = g->found ? k : 0;
        if (!g->found) return no_memory(err);
    }
    return hm_knn_query(g->queries, g->n, g->rows, g->filled, k, g->self, g->found, &s->options,
                        err);
}

// Merge them into the lists so far. false: articles of one product code took places, and what lies
// behind the k nearest could still get into a list.
static bool take_found(struct search *s, struct group *g, size_t k) {
    bool enough = true;
    for (size_t i = 0; i < g->n; i++) {
        struct hm_search_query *q = &s->queries[g->members[i]];
        const struct hm_neighbour *found = g->found + i * k;
        size_t j = 0;
        for (; j < k && found[j].index != HM_KNN_NONE; j++)
            hits_take(q, s->k, g->codes[found[j].index], found[j].score);
        bool full = q->n == s->k && j && found[j - 1].score <= q->hits[q->n - 1].score;
        enough = enough && (!q->one_per_product_code || j < k || full);
    }
    return enough;
}

static enum hm_status search_block(struct search *s, struct group *g, struct hm_error *err) {
    if (!g->filled) return HM_OK;
    for (size_t i = 0; i < g->n; i++) {
        const char *self = s->queries[g->members[i]].self;
        g->self[i] = HM_KNN_NONE;
        for (size_t row = 0; self && row < g->filled; row++)
            if (strcmp(g->codes[row], self) == 0) g->self[i] = (uint32_t)row;
    }
    bool enough = false;
    for (size_t k = s->k; !enough; k = 4 * k < HM_KNN_K_MAX ? 4 * k : HM_KNN_K_MAX) {
        HM_TRY(ask_block(s, g, k, err));
        enough = take_found(s, g, k) || k >= g->filled;
    }
    g->filled = 0;
    return HM_OK;
}

// p may be NULL when no group is particular.
static bool accepts(const struct group *g, const struct hm_store_product *p) {
    if (g->department != HM_STORE_NO_NUMBER && g->department != p->department_number) return false;
    return !g->index_code || strcmp(g->index_code, p->index_code) == 0;
}

static enum hm_status take_embedding(void *context, const struct hm_store_embedding *row,
                                     struct hm_error *err) {
    struct search *s = context;
    HM_TRY(stop_if_cancelled(s->host, "stopped by a signal", err));
    if (!*row->source.image_digest) return HM_OK; // no photo: it looks like nothing
    size_t length = strlen(row->source.code);
    if (length > HM_STORE_CODE_MAX)
        return hm_fail(err, HM_EFORMAT, "product code %.70s is longer than %d bytes",
                       row->source.code, HM_STORE_CODE_MAX);
    HM_TRY(vector_check(row, err));
    const struct hm_store_product *p =
        s->filtered ? hm_names_find(s->names, row->source.code) : NULL;
    for (size_t i = 0; i < s->n; i++) {
        struct group *g = &s->groups[i];
        if (!accepts(g, p)) continue;
        if (!g->rows) HM_TRY(allocate_group(s, g, err));
        memcpy(g->rows + g->filled * HM_DIM, row->vector, HM_DIM * sizeof *g->rows);
        memcpy(g->codes[g->filled], row->source.code, length + 1);
        if (++g->filled == s->block) HM_TRY(search_block(s, g, err));
    }
    return HM_OK;
}

static enum hm_status search_all(struct search *s, struct hm_store *store, struct hm_error *err) {
    enum hm_status status = HM_OK;
    s->groups = calloc(s->m, sizeof *s->groups);
    if (!s->groups) return no_memory(err);
    for (size_t i = 0; i < s->m && status == HM_OK; i++)
        status = join_group(s, i, err);
    s->block = BLOCK_BYTES / (HM_DIM * sizeof(float)) / (s->n ? s->n : 1);
    if (s->block > BLOCK_ROWS_MAX) s->block = BLOCK_ROWS_MAX;
    if (s->block < BLOCK_ROWS_MIN) s->block = BLOCK_ROWS_MIN;
    if (status == HM_OK) status = hm_store_each_embedding(store, take_embedding, s, err);
    for (size_t i = 0; i < s->n && status == HM_OK; i++)
        status = search_block(s, &s->groups[i], err);
    free_groups(s);
    return status;
}

static enum hm_status search_store(struct search *s, struct hm_store *store,
                                   struct hm_searcher *searcher, struct hm_error *err) {
    bool answered = !s->m;
    for (size_t i = 0; i < s->m; i++)
        s->queries[i].n = 0;
    if (s->m)
        HM_TRY(search_screened(s->queries, s->m, s->k, store, s->options.isa, s->host, searcher,
                               &answered, err));
    return answered ? HM_OK : search_all(s, store, err);
}

enum hm_status hm_searcher_search(struct hm_searcher *searcher, struct hm_search_query *queries,
                                  size_t m, size_t k, struct hm_store *store,
                                  const struct hm_names *names, const char *isa, unsigned threads,
                                  const struct hm_host *host, struct hm_error *err) {
    struct search s = {.queries = queries,
                       .m = m,
                       .k = k,
                       .names = names,
                       .host = host,
                       .options = {.isa = isa, .threads = m < TEAM_QUERIES ? 1 : threads}};
    return search_store(&s, store, searcher, err);
}

enum hm_status hm_search_store(struct hm_search_query *queries, size_t m, size_t k,
                               struct hm_store *store, const struct hm_names *names,
                               const char *isa, unsigned threads, const struct hm_host *host,
                               struct hm_error *err) {
    return hm_searcher_search(NULL, queries, m, k, store, names, isa, threads, host, err);
}
