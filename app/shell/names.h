// SPDX-License-Identifier: MIT
/** The names that the shell's database knows, asked for now and then, and never for long. */
#ifndef HM_APP_CYPHER_NAMES_H
#define HM_APP_CYPHER_NAMES_H

#include <stdint.h>

#include "shell/shell.h"

enum name_kind { NAME_LABEL, NAME_TYPE, NAME_PROPERTY, NAME_KINDS };

/** A sorted list; names_free when done. */
struct name_list {
    char **items; // [count], owned
    size_t count, capacity;
};
/** Append a copy. */
HM_WARN_UNUSED enum hm_status name_list_add(struct name_list *list, const char *name,
                                            struct hm_error *err);
/** Sort and drop what is there twice. */
void name_list_sort(struct name_list *list);
void name_list_free(struct name_list *list);

/** The names of a kind, borrowed until the next call; empty where the server does not answer within
 *  a second. What it said holds for a minute, in one database of one connection. */
const struct name_list *names_known(struct shell *shell, enum name_kind kind);
void names_free(struct names *names);

#endif
