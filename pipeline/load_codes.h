// SPDX-License-Identifier: MIT
/** H&M's product codes have ten digits, and most begin with 0. What went through a spreadsheet or a
 *  data frame as a number has lost it: nine digits are read as ten, unless the store has a picture
 *  of a product with just these nine. */
#ifndef HM_PIPELINE_LOAD_CODES_H
#define HM_PIPELINE_LOAD_CODES_H

#include "hmrec/store.h"
#include "mem.h"

enum { LOAD_CODE_SHORT = 9, LOAD_PRODUCT_SHORT = 6 }; // digits

/** Zero-initialise; load_codes_free when done. */
struct load_codes {
    bool read; // what the store has
    char (*kept)[LOAD_CODE_SHORT +
                 1]; // [n] ordered: codes of nine digits that are products with a picture
    size_t n, capacity;
    unsigned long long completed; // codes that got their zero back
};

/** Give *code, if it is of nine digits, its zero back; the new one lies in the arena.
 *  product  what the codes of the product's colours begin with gets its zero back too; NULL: it is
 *           not told */
HM_WARN_UNUSED enum hm_status load_complete_code(struct load_codes *codes, struct hm_store *store,
                                                 struct hm_arena *arena, const char **code,
                                                 const char **product, struct hm_error *err);
void load_codes_free(struct load_codes *codes);

#endif
