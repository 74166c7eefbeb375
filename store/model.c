// SPDX-License-Identifier: MIT
// Models by name: the digest of their weights, and how they differ from plain FP32.

#include <stdio.h>
#include <string.h>

#include "ops.h"

enum { DIGEST_DIGITS = 64 };

bool hm_store_model_is_digest(const char *model) {
    return strspn(model, "0123456789abcdef") == DIGEST_DIGITS;
}

enum { LABEL_DIGITS = 12 }; // of a digest: enough to tell the models of a lifetime apart

void hm_store_model_label(const char *model, char label[HM_STORE_MODEL_LABEL]) {
    bool digest = hm_store_model_is_digest(model);
    int shown = digest ? LABEL_DIGITS : HM_STORE_MODEL_MAX;
    snprintf(label, HM_STORE_MODEL_LABEL, "%.*s%s", shown, model,
             digest ? model + DIGEST_DIGITS : "");
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
