// SPDX-License-Identifier: MIT
// Photos and catalogue meet by product code alone. Where the codes are written differently (a lost
// zero, an ending, a folder), nothing fails, and no product has a name: it is said.

#include "catalogue.h"

#include <stdio.h>

#include "hmrec/pipeline.h"
#include "tell.h"

enum hm_status catalogue_mark(struct hm_store *store, struct hm_store_mark *mark,
                              struct hm_error *err) {
    *mark = (struct hm_store_mark){.kind = hm_load_kind_name(HM_LOAD_ARTICLES), .source = ""};
    HM_TRY(hm_store_get_mark(store, mark, err));
    return mark->load ? hm_store_get_mark(store, mark, err) : HM_OK; // the rest, of that load
}

struct unlisted {
    size_t n;
    char first[HM_STORE_CODE_MAX + 1];
};

static enum hm_status see_product(void *context, const struct hm_store_product *product,
                                  struct hm_error *err) {
    struct unlisted *unlisted = context;
    (void)err;
    if (!product->embedded || product->listed) return HM_OK;
    if (!unlisted->n) snprintf(unlisted->first, sizeof unlisted->first, "%s", product->code);
    unlisted->n++;
    return HM_OK;
}

enum hm_status hm_tell_unlisted(struct hm_store *store, const struct hm_host *host,
                                struct hm_error *err) {
    struct hm_store_mark mark;
    struct unlisted unlisted = {0};
    HM_TRY(catalogue_mark(store, &mark, err));
    if (!mark.load || !mark.done) return HM_OK;
    HM_TRY(hm_store_products(store, NULL, 0, see_product, &unlisted, err));
    if (unlisted.n)
        tell_note(host,
                  "note: products with a photo that the catalogue in %s lacks: %zu (%s%s); hmrec "
                  "prune --catalogue --dry-run lists them",
                  hm_store_name(store), unlisted.n, unlisted.first, unlisted.n > 1 ? ", ..." : "");
    return HM_OK;
}
