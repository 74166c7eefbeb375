// SPDX-License-Identifier: MIT
// Names from the server, by a session of its own: an open transaction sees nothing of it.

#include "shell/names.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "script_columns.h"

enum { MOST_NAMES = 20000, HOLDS_S = 60, SILENCE_S = 15 };
#define NS_PER_S 1000000000ull

struct names {
    struct name_list lists[NAME_KINDS];
    const struct bolt_driver *driver; // whom they were asked of
    char *database;
    uint64_t until_ns; // nobody is asked again before
};

enum hm_status name_list_add(struct name_list *list, const char *name, struct hm_error *err) {
    HM_TRY(hm_grow(&list->items, &list->capacity, list->count + 1, sizeof *list->items, err));
    char *copy = strdup(name);
    if (!copy) return hm_fail(err, HM_ENOMEM, "no memory for a name");
    list->items[list->count++] = copy;
    return HM_OK;
}

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void name_list_sort(struct name_list *list) {
    size_t kept = 0;
    if (list->count) qsort(list->items, list->count, sizeof *list->items, compare);
    for (size_t i = 0; i < list->count; i++)
        if (kept && strcmp(list->items[kept - 1], list->items[i]) == 0)
            free(list->items[i]);
        else
            list->items[kept++] = list->items[i];
    list->count = kept;
}

void name_list_free(struct name_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct name_list){0};
}

static void forget(struct names *names) {
    for (int i = 0; i < NAME_KINDS; i++)
        name_list_free(&names->lists[i]);
    free(names->database);
    names->database = NULL;
}

void names_free(struct names *names) {
    if (names) forget(names);
    free(names);
}

static enum hm_status read_names(struct names *names, struct bolt_result *result,
                                 struct hm_error *err) {
    static const char *const kinds[NAME_KINDS] = {
        [NAME_LABEL] = "label", [NAME_TYPE] = "type", [NAME_PROPERTY] = "property"};
    const struct bolt_value *row;
    const char *const *keys;
    size_t n;
    HM_TRY(bolt_keys(result, &keys, &n, err));
    HM_TRY(cypher_check_columns(CYPHER_NAMES, keys, n, err));
    for (size_t count = 0; count < MOST_NAMES; count++) {
        HM_TRY(bolt_next(result, &row, err));
        if (!row) break;
        if (row[NAMES_KIND].type != BOLT_STRING || row[NAMES_NAME].type != BOLT_STRING)
            return hm_fail(err, HM_EPROTO, "a name is no STRING");
        for (int i = 0; i < NAME_KINDS; i++)
            if (strcmp(row[NAMES_KIND].as.string, kinds[i]) == 0)
                HM_TRY(name_list_add(&names->lists[i], row[NAMES_NAME].as.string, err));
    }
    return HM_OK;
}

static enum hm_status ask(struct shell *shell, struct names *names, struct hm_error *err) {
    const struct bolt_session_config config = {.database = shell->database,
                                               .access = BOLT_READ,
                                               .impersonated_user =
                                                   shell->options.impersonated_user};
    struct bolt_session *session;
    struct bolt_result *result = NULL;
    HM_TRY(bolt_session_new(shell->driver, &config, &session, err));
    enum hm_status status = bolt_run(session, cypher_text(CYPHER_NAMES), NULL, NULL, &result, err);
    if (status == HM_OK) status = read_names(names, result, err);
    bolt_result_free(result);
    bolt_session_free(session);
    return status;
}

static bool is_same(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

const struct name_list *names_known(struct shell *shell, enum name_kind kind) {
    struct hm_error ignored;
    if (!shell->names && !(shell->names = calloc(1, sizeof *shell->names))) return NULL;
    struct names *names = shell->names;
    uint64_t now_ns = hm_now_ns();
    if (names->driver == shell->driver && is_same(names->database, shell->database) &&
        now_ns < names->until_ns)
        return &names->lists[kind];
    forget(names);
    names->driver = shell->driver;
    names->database = shell->database ? strdup(shell->database) : NULL;
    if (!shell->driver) return &names->lists[kind];
    shell->give_up_ns = now_ns + NS_PER_S * 3 / 4;
    enum hm_status status = ask(shell, names, &ignored);
    shell->give_up_ns = 0;
    names->until_ns = hm_now_ns() + NS_PER_S * (status == HM_OK ? HOLDS_S : SILENCE_S);
    for (int i = 0; i < NAME_KINDS; i++)
        name_list_sort(&names->lists[i]);
    return &names->lists[kind];
}
