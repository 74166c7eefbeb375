// SPDX-License-Identifier: MIT
// Look-alikes and their names by one query across two databases, which the server answers: neither
// is opened here.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hmrec/pipeline.h"
#include "tell.h"

struct across {
    struct hm_similar *items;
    const struct hm_similar_options *options;
    struct hm_names *names;
};

static enum hm_status take_row(void *context, size_t which, const struct hm_store_across_row *row,
                               struct hm_error *err) {
    struct across *a = context;
    struct hm_similar *item = &a->items[which];
    struct hm_store_product product = {.code = row->code,
                                       .name = "",
                                       .type = row->type,
                                       .group = "",
                                       .department = row->department,
                                       .index = "",
                                       .appearance = "",
                                       .colour = "",
                                       .department_number = HM_STORE_NO_NUMBER,
                                       .index_code = "",
                                       .embedded = true};
    // At a right angle one of the two has no picture.
    if (row->score == 0.5f || (double)row->score < a->options->min_score) return HM_OK;
    if (!item->hits) item->hits = calloc(a->options->k, sizeof *item->hits);
    if (!item->hits) return hm_fail(err, HM_ENOMEM, "no memory for %zu look-alikes", a->options->k);
    if (item->n == a->options->k) return HM_OK;
    struct hm_hit *hit = &item->hits[item->n++];
    snprintf(hit->code, sizeof hit->code, "%s", row->code);
    hit->score = row->score;
    return hm_names_add(a->names, &product, err);
}

enum hm_status hm_similar_across(struct hm_similar *items, size_t m,
                                 const struct hm_store_config *server, enum hm_store_across how,
                                 const struct hm_similar_options *options, struct hm_names *names,
                                 struct hm_error *err) {
    struct across a = {items, options, names};
    const char **codes = calloc(m, sizeof *codes);
    if (!codes) return hm_fail(err, HM_ENOMEM, "no memory for %zu queries", m);
    for (size_t i = 0; i < m; i++)
        codes[i] = items[i].query;
    enum hm_status status =
        hm_store_similar_across(server, how, codes, m, options->k, take_row, &a, err);
    for (size_t i = 0; i < m && status == HM_OK; i++) {
        items[i].failed = items[i].n == 0;
        if (items[i].failed)
            tell_failure(options->host, HM_ENOTFOUND,
                         "no neighbours of product %s in %s; hmrec knn makes them", items[i].query,
                         server->uri);
    }
    free(codes);
    return status;
}
