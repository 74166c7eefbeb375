// SPDX-License-Identifier: MIT
#include "hits.h"

#include <string.h>

enum { ARTICLE_DIGITS = 10, PRODUCT_DIGITS = 7 }; // of H&M's article_id and product_code

static bool is_article(const char *code) {
    return strlen(code) == ARTICLE_DIGITS && strspn(code, "0123456789") == ARTICLE_DIGITS;
}

static bool share_product_code(const char *a, const char *b) {
    return is_article(a) && is_article(b) ? memcmp(a, b, PRODUCT_DIGITS) == 0 : strcmp(a, b) == 0;
}

static bool better(float score, const char *code, const struct hm_hit *than) {
    return score > than->score || (score == than->score && strcmp(code, than->code) < 0);
}

// Take out a worse hit of the same product code; false: there is a better one.
static bool make_way(struct hm_search_query *q, const char *code, float score) {
    if (q->self && share_product_code(q->self, code)) return false;
    for (size_t i = 0; i < q->n; i++) {
        if (!share_product_code(q->hits[i].code, code)) continue;
        if (!better(score, code, &q->hits[i])) return false;
        memmove(&q->hits[i], &q->hits[i + 1], (--q->n - i) * sizeof *q->hits);
        return true;
    }
    return true;
}

void hits_take(struct hm_search_query *q, size_t k, const char *code, float score) {
    if (q->n == k && !better(score, code, &q->hits[k - 1])) return;
    if (q->one_per_product_code && !make_way(q, code, score)) return;
    size_t at = q->n;
    while (at > 0 && better(score, code, &q->hits[at - 1]))
        at--;
    if (at > 0 && strcmp(q->hits[at - 1].code, code) == 0) return; // it is there
    if (q->n < k) q->n++;
    memmove(&q->hits[at + 1], &q->hits[at], (q->n - 1 - at) * sizeof *q->hits);
    strcpy(q->hits[at].code, code); // both are HM_STORE_CODE_MAX + 1 bytes
    q->hits[at].score = score;
}
