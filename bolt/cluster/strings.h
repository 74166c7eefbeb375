// SPDX-License-Identifier: MIT
/** A growing list of strings of its own: addresses of servers, bookmarks. */
#ifndef BOLT_STRINGS_H
#define BOLT_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "hmrec/status.h"

/** Zero-initialise; bolt_strings_free when done. */
struct bolt_strings {
    char **items;
    size_t count;
};

/** Append a copy. */
HM_WARN_UNUSED enum hm_status bolt_strings_add(struct bolt_strings *list, const char *text,
                                               struct hm_error *err);
/** Append copies of all items of other, except of one (NULL: of all). */
HM_WARN_UNUSED enum hm_status bolt_strings_add_all(struct bolt_strings *list,
                                                   const struct bolt_strings *other,
                                                   const char *except, struct hm_error *err);
bool bolt_strings_has(const struct bolt_strings *list, const char *text);
void bolt_strings_free(struct bolt_strings *list);

#endif
