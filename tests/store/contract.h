// SPDX-License-Identifier: MIT
/** The tests that every kind of store must pass. */
#ifndef HM_STORE_CONTRACT_H
#define HM_STORE_CONTRACT_H

#include <check.h>

#include "hmrec/store.h"

struct contract {
    void (*make)(void);             // before each test: an empty store
    struct hm_store *(*open)(void); // open it; several times within a test
    void (*remove)(void);           // after each test
};

void contract_add(Suite *suite, const struct contract *of);

#endif
