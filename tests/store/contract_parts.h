// SPDX-License-Identifier: MIT
/** What the files of the contract share. */
#ifndef HM_STORE_CONTRACT_PARTS_H
#define HM_STORE_CONTRACT_PARTS_H

#include <check.h>

#include "hmrec/store.h"

extern struct hm_store *store; // of the test at hand
extern struct hm_error err;

#define OK(expr) ck_assert_msg((expr) == HM_OK, "%s: %s", #expr, err.text)

/** Put an embedding: one of three. */
void put(const char *code, int which);
/** 0900 "Strap top", and 0050 "Vest" with all that a catalogue says. */
void put_articles(void);
struct hm_store_knn_state state_of(void);

/** What callbacks saw, as text. */
struct lists {
    char text[512];
};
/** A hm_store_neighbours_fn: "0100: 0300=0.75 0200=0.50; ". */
enum hm_status list(void *context, const struct hm_store_neighbours *row, struct hm_error *e);

/** The tests of contract_catalogue.c. */
void contract_add_catalogue(TCase *tests);

#endif
