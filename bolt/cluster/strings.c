// SPDX-License-Identifier: MIT
// Short lists, searched from the front.

#include "cluster/strings.h"

#include <stdlib.h>
#include <string.h>

enum hm_status bolt_strings_add(struct bolt_strings *list, const char *text, struct hm_error *err) {
    char *copy = strdup(text);
    char **items = copy ? realloc(list->items, (list->count + 1) * sizeof *items) : NULL;
    if (!items) {
        free(copy);
        return hm_fail(err, HM_ENOMEM, "no memory for an address");
    }
    list->items = items;
    items[list->count++] = copy;
    return HM_OK;
}

enum hm_status bolt_strings_add_all(struct bolt_strings *list, const struct bolt_strings *other,
                                    const char *except, struct hm_error *err) {
    for (size_t i = 0; i < other->count; i++)
        if (!except || strcmp(other->items[i], except) != 0)
            HM_TRY(bolt_strings_add(list, other->items[i], err));
    return HM_OK;
}

bool bolt_strings_has(const struct bolt_strings *list, const char *text) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0) return true;
    return false;
}

void bolt_strings_free(struct bolt_strings *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct bolt_strings){0};
}
