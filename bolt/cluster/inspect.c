// SPDX-License-Identifier: MIT
// Looking inside, for tools and tests: what pool and router know, as copies.

#include "cluster/driver.h"

#include <stdlib.h>

void bolt_pool_count(struct bolt_driver *driver, const char *address, size_t *in_use,
                     size_t *idle) {
    bolt_pool_usage(driver->pool, address, in_use, idle);
}

enum hm_status bolt_routing_refresh(struct bolt_driver *driver, const char *database,
                                    const char *const *bookmarks, size_t bookmark_count,
                                    struct hm_error *err) {
    if (!driver->router) return hm_fail(err, HM_EARG, "a bolt:// driver has no routing table");
    struct bolt_need need = {
        .database = database, .bookmarks = bookmarks, .bookmark_count = bookmark_count};
    return bolt_router_refresh(driver->router, &need, err);
}

/** Ends in NULL; NULL without memory. */
static char **copy_list(const struct bolt_strings *list) {
    char **copy = calloc(list->count + 1, sizeof *copy);
    for (size_t i = 0; copy && i < list->count; i++)
        if (!(copy[i] = strdup(list->items[i]))) {
            while (i > 0)
                free(copy[--i]);
            free(copy);
            return NULL;
        }
    return copy;
}

static void free_list(char **list) {
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
}

void bolt_routing_free(struct bolt_routing *routing) {
    if (!routing) return;
    free(routing->database);
    free_list(routing->routers);
    free_list(routing->readers);
    free_list(routing->writers);
    free(routing);
}

enum hm_status bolt_routing_get(struct bolt_driver *driver, const char *database,
                                struct bolt_routing **out, struct hm_error *err) {
    *out = NULL;
    const struct bolt_routing_table *table =
        driver->router ? bolt_router_table(driver->router, database) : NULL;
    if (!table)
        return hm_fail(err, HM_ENOTFOUND, "no routing table of %s is known",
                       database ? database : "the default database");
    struct bolt_routing *routing = calloc(1, sizeof *routing);
    if (routing) {
        routing->ttl_seconds = table->ttl_s;
        routing->database = table->database ? strdup(table->database) : NULL;
        routing->routers = copy_list(&table->routers);
        routing->readers = copy_list(&table->readers);
        routing->writers = copy_list(&table->writers);
    }
    bool complete = routing && routing->routers && routing->readers && routing->writers &&
                    (!table->database || routing->database);
    bolt_routing_table_release(table);
    if (complete) {
        *out = routing;
        return HM_OK;
    }
    bolt_routing_free(routing);
    return hm_fail(err, HM_ENOMEM, "no memory for a routing table");
}
