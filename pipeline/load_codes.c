// SPDX-License-Identifier: MIT
// The store is asked once, when the first code of nine digits comes: most files have none.

#include "load_codes.h"

#include <stdlib.h>
#include <string.h>

static bool is_short(const char *code) {
    return strspn(code, "0123456789") == LOAD_CODE_SHORT && !code[LOAD_CODE_SHORT];
}

static enum hm_status keep_code(void *context, const struct hm_store_product *product,
                                struct hm_error *err) {
    struct load_codes *codes = context;
    if (!product->embedded || !is_short(product->code)) return HM_OK;
    HM_TRY(hm_grow(&codes->kept, &codes->capacity, codes->n + 1, sizeof *codes->kept, err));
    memcpy(codes->kept[codes->n++], product->code, LOAD_CODE_SHORT + 1);
    return HM_OK;
}

static int compare_codes(const void *a, const void *b) {
    return memcmp(a, b, LOAD_CODE_SHORT);
}

static enum hm_status put_zero(struct hm_arena *arena, const char **code, size_t digits,
                               struct hm_error *err) {
    char *complete = hm_arena_alloc(arena, digits + 2);
    if (!complete) return hm_fail(err, HM_ENOMEM, "no memory for a product code");
    complete[0] = '0';
    memcpy(complete + 1, *code, digits + 1);
    *code = complete;
    return HM_OK;
}

static enum hm_status complete_article(struct load_codes *codes, struct hm_store *store,
                                       struct hm_arena *arena, const char **code,
                                       struct hm_error *err) {
    if (!is_short(*code)) return HM_OK;
    if (!codes->read) HM_TRY(hm_store_products(store, NULL, 0, keep_code, codes, err));
    codes->read = true;
    if (codes->n && bsearch(*code, codes->kept, codes->n, sizeof *codes->kept, compare_codes))
        return HM_OK;
    codes->completed++;
    return put_zero(arena, code, LOAD_CODE_SHORT, err);
}

enum hm_status load_complete_code(struct load_codes *codes, struct hm_store *store,
                                  struct hm_arena *arena, const char **code, const char **product,
                                  struct hm_error *err) {
    HM_TRY(complete_article(codes, store, arena, code, err));
    bool lost = product && *product && strlen(*product) == LOAD_PRODUCT_SHORT && **code == '0' &&
                is_short(*code + 1) && memcmp(*product, *code + 1, LOAD_PRODUCT_SHORT) == 0;
    return lost ? put_zero(arena, product, LOAD_PRODUCT_SHORT, err) : HM_OK;
}

void load_codes_free(struct load_codes *codes) {
    free(codes->kept);
}
