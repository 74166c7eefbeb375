// SPDX-License-Identifier: MIT
// Models by name: the digest of their weights, and how they differ from plain FP32.

#include <stdio.h>
#include <string.h>

#include "ops.h"

enum { LABEL_DIGITS = 12 }; // of a digest: enough to tell the models of a lifetime apart

void hm_store_model_label(const char *model, char label[HM_STORE_MODEL_LABEL]) {
    snprintf(label, HM_STORE_MODEL_LABEL, "%.*s%s", LABEL_DIGITS, model,
             strlen(model) > LABEL_DIGITS ? model + strcspn(model, ":") : "");
}

enum hm_status store_model_conflict(const struct hm_store *store, const char *found,
                                    const char *wanted, struct hm_error *err) {
    char has[HM_STORE_MODEL_LABEL], asked[HM_STORE_MODEL_LABEL];
    hm_store_model_label(found, has);
    hm_store_model_label(wanted, asked);
    return hm_fail(err, HM_ECONFLICT,
                   "store %s: its embeddings are from weights %s, not from %s; use those weights "
                   "(and precision), another store, or --again to make all of them anew",
                   store->name, has, asked);
}
