// SPDX-License-Identifier: MIT
// Names of products, in a hash table by code. A list of 10 look-alikes asks for 10 rows; a filter
// by department asks for all, 0.3 s and 30 MB for the H&M catalogue.

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "hmrec/pipeline.h"
#include "mem.h"

struct name_slot {
    struct hm_store_product product; // code NULL: free
};

static const struct hm_store_product nameless = {
    "", "", "", "", "", "", "", "", HM_STORE_NO_NUMBER, "", false, false};

static size_t hash(const char *code) {
    uint64_t h = hm_fnv1a(code, strlen(code));
    return (size_t)(h ^ h >> 32);
}

// The slot of that code, or the free one where it belongs. The table is never full.
static struct name_slot *slot_of(struct name_slot *slots, size_t capacity, const char *code) {
    size_t at = hash(code) & (capacity - 1);
    while (slots[at].product.code && strcmp(slots[at].product.code, code) != 0)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static enum hm_status grow_names(struct hm_names *names, struct hm_error *err) {
    size_t capacity = names->capacity ? 2 * names->capacity : 64;
    struct name_slot *slots = calloc(capacity, sizeof *slots);
    if (!slots) return hm_fail(err, HM_ENOMEM, "no memory for the names of %zu products", capacity);
    for (size_t i = 0; i < names->capacity; i++)
        if (names->slots[i].product.code)
            *slot_of(slots, capacity, names->slots[i].product.code) = names->slots[i];
    free(names->slots);
    names->slots = slots;
    names->capacity = capacity;
    return HM_OK;
}

static enum hm_status add_name(void *context, const struct hm_store_product *row,
                               struct hm_error *err) {
    struct hm_names *names = context;
    if (2 * (names->n + 1) > names->capacity) HM_TRY(grow_names(names, err));
    struct hm_store_product copy = *row;
    const char **const texts[] = {&copy.code,       &copy.name,   &copy.type,
                                  &copy.group,      &copy.index,  &copy.department,
                                  &copy.appearance, &copy.colour, &copy.index_code};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = hm_arena_keep(&names->strings, *texts[i], strlen(*texts[i]));
        if (!*texts[i]) return hm_fail(err, HM_ENOMEM, "no memory for the name of %s", row->code);
    }
    struct name_slot *slot = slot_of(names->slots, names->capacity, copy.code);
    names->n += !slot->product.code;
    slot->product = copy;
    return HM_OK;
}

enum hm_status hm_names_add(struct hm_names *names, const struct hm_store_product *product,
                            struct hm_error *err) {
    return add_name(names, product, err);
}

static bool known(const struct hm_names *names, const char *code) {
    return names->capacity && slot_of(names->slots, names->capacity, code)->product.code;
}

// A code that the store does not have: so that it is not asked for again, and found.
static enum hm_status add_nameless(struct hm_names *names, const char *code, struct hm_error *err) {
    struct hm_store_product product = nameless;
    product.code = code;
    return known(names, code) ? HM_OK : add_name(names, &product, err);
}

enum hm_status hm_names_need(struct hm_names *names, const char *const *codes, size_t n,
                             struct hm_error *err) {
    if (!codes) {
        if (!names->all) HM_TRY(hm_store_products(names->store, NULL, 0, add_name, names, err));
        names->all = true;
        return HM_OK;
    }
    const char **unknown = malloc((n + 1) * sizeof *unknown);
    if (!unknown) return hm_fail(err, HM_ENOMEM, "no memory for %zu codes", n);
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (!known(names, codes[i])) unknown[m++] = codes[i];
    enum hm_status status = HM_OK;
    if (m && !names->all)
        status = hm_store_products(names->store, unknown, m, add_name, names, err);
    for (size_t i = 0; i < m && status == HM_OK; i++)
        status = add_nameless(names, unknown[i], err);
    free(unknown);
    return status;
}

const struct hm_store_product *hm_names_find(const struct hm_names *names, const char *code) {
    if (!known(names, code)) return &nameless;
    return &slot_of(names->slots, names->capacity, code)->product;
}

void hm_names_free(struct hm_names *names) {
    free(names->slots);
    hm_arena_drop(&names->strings);
    *names = (struct hm_names){0};
}
