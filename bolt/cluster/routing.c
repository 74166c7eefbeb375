// SPDX-License-Identifier: MIT
// Which server to ask. A bolt:// driver knows one; a neo4j:// driver asks a router for the servers
// of a database and uses them in turn. Tables are kept until they expire or lose their last server
// of a kind. The driver's lock guards them; no network call is made while it is held.

#include "cluster/driver.h"

#include <stdlib.h>

static void list_remove(struct bolt_address_list *list, const char *address) {
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], address) == 0)
            free(list->items[i]);
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

void bolt_tables_free(struct bolt_driver *driver) {
    for (struct bolt_table *table = driver->tables, *next; table; table = next) {
        next = table->next;
        bolt_table_free(table);
    }
    driver->tables = NULL;
}

static bool same_database(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/** The lock is held. */
static struct bolt_table *find_table(const struct bolt_driver *driver, const char *database) {
    for (struct bolt_table *table = driver->tables; table; table = table->next)
        if (same_database(table->database, database)) return table;
    return NULL;
}

/** Replace the table of the same database. */
static void keep_table(struct bolt_driver *driver, struct bolt_table *table) {
    pthread_mutex_lock(&driver->lock);
    struct bolt_table **link = &driver->tables, *old;
    while (*link && !same_database((*link)->database, table->database))
        link = &(*link)->next;
    old = *link;
    table->next = old ? old->next : NULL;
    table->turn = old ? old->turn : 0;
    *link = table;
    pthread_mutex_unlock(&driver->lock);
    bolt_table_free(old);
}

/** Refusals that another router would repeat. */
static bool is_final(const struct hm_error *err) {
    static const char *const codes[] = {
        "Neo.ClientError.Database.DatabaseNotFound",
        "Neo.ClientError.Transaction.InvalidBookmark",
        "Neo.ClientError.Transaction.InvalidBookmarkMixture",
        "Neo.ClientError.Statement.TypeError",
        "Neo.ClientError.Statement.ArgumentError",
        "Neo.ClientError.Request.Invalid",
    };
    static const char security[] = "Neo.ClientError.Security.";
    if (err->status == HM_ECANCELED || err->status == HM_ENOMEM || err->status == HM_EARG ||
        err->status == HM_EUNSUPPORTED || err->status == HM_ETLS)
        return true;
    if (strncmp(err->code, security, sizeof security - 1) == 0)
        return strcmp(err->code, "Neo.ClientError.Security.AuthorizationExpired") != 0;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(err->code, codes[i]) == 0) return true;
    return false;
}

static enum hm_status ask_router(struct bolt_driver *driver, const char *address,
                                 const struct bolt_need *need, struct bolt_table **out,
                                 struct hm_error *err) {
    struct bolt_connection *connection;
    HM_TRY(bolt_pool_acquire(driver, address, need->auth, &connection, err));
    enum hm_status status = bolt_table_ask(driver, connection, need, out, err);
    bool lost = connection->broken.status != HM_OK;
    bolt_pool_release(driver, connection);
    if (lost) bolt_driver_learn(driver, address, NULL, "");
    return status;
}

/** Where to begin: what the resolver makes of the URI's address, or that address. */
static enum hm_status first_routers(struct bolt_driver *driver, struct bolt_address_list *out,
                                    struct hm_error *err) {
    const struct bolt_hooks *hooks = &driver->config.hooks;
    if (!hooks->resolve) return bolt_address_list_add(out, driver->address, err);
    struct bolt_addresses answer = {0};
    enum hm_status status = hooks->resolve(hooks->context, driver->address, &answer, err);
    if (status == HM_OK)
        *out = answer.list;
    else
        bolt_address_list_free(&answer.list);
    return status;
}

/** Routers to ask, in order: those known for the database, then the first ones; the other way
 *  round when the known table came without writers (it may come from a part of the cluster that is cut
 *  off). */
static enum hm_status list_routers(struct bolt_driver *driver, const char *database,
                                   struct bolt_address_list *out, struct hm_error *err) {
    struct bolt_address_list known = {0}, first = {0};
    bool first_first = false;
    enum hm_status status = HM_OK;
    pthread_mutex_lock(&driver->lock);
    const struct bolt_table *table = find_table(driver, database);
    for (size_t i = 0; status == HM_OK && table && i < table->routers.count; i++)
        status = bolt_address_list_add(&known, table->routers.items[i], err);
    first_first = table && table->without_writer;
    pthread_mutex_unlock(&driver->lock);
    if (status == HM_OK) status = first_routers(driver, &first, err);
    const struct bolt_address_list *order[2] = {first_first ? &first : &known,
                                                first_first ? &known : &first};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; status == HM_OK && i < order[k]->count; i++)
            if (!bolt_address_list_has(out, order[k]->items[i]))
                status = bolt_address_list_add(out, order[k]->items[i], err);
    bolt_address_list_free(&known);
    bolt_address_list_free(&first);
    return status;
}

/** Fetch the table of need->database and keep it; *name (may be NULL) = the database's name by the
 *  server. */
static enum hm_status refresh(struct bolt_driver *driver, const struct bolt_need *need, char **name,
                              struct hm_error *err) {
    struct bolt_address_list routers = {0};
    struct bolt_table *table = NULL;
    struct hm_error why = {0};
    enum hm_status status = list_routers(driver, need->database, &routers, &why);
    for (size_t i = 0; status == HM_OK && i < routers.count && !table; i++) {
        if (ask_router(driver, routers.items[i], need, &table, &why) == HM_OK) break;
        bolt_driver_log(driver, BOLT_LOG_WARNING, "no routing table: %s", why.text);
        if (is_final(&why)) status = why.status;
    }
    bolt_address_list_free(&routers);
    if (table) {
        bolt_driver_log(driver, BOLT_LOG_DEBUG,
                        "routing table of %s: %zu routers, %zu readers, %zu writers",
                        table->database ? table->database : "the default database",
                        table->routers.count, table->readers.count, table->writers.count);
        if (name && table->database) *name = strdup(table->database);
        keep_table(driver, table);
        return HM_OK;
    }
    if (status == HM_OK) { // nobody refused for good: the cluster cannot be reached now
        status = hm_fail(err, HM_EIO, "no router gave a routing table; the last: %s", why.text);
        return status;
    }
    if (err) *err = why;
    return status;
}

/** The next server for that access by the table kept, a copy; NULL: none, or the table is too old.
 *  */
static char *choose(struct bolt_driver *driver, const char *database, enum bolt_access access) {
    char *address = NULL;
    pthread_mutex_lock(&driver->lock);
    struct bolt_table *table = find_table(driver, database);
    if (table && bolt_driver_now(driver) < table->expires_ns && table->routers.count) {
        const struct bolt_address_list *list =
            access == BOLT_READ ? &table->readers : &table->writers;
        if (list->count) address = strdup(list->items[table->turn++ % list->count]);
    }
    pthread_mutex_unlock(&driver->lock);
    return address;
}

/** A single server may advertise an address that only its own network knows: then it is asked
 *  where it was found. */
static bool is_single(struct bolt_driver *driver, const char *database, const char *address) {
    pthread_mutex_lock(&driver->lock);
    const struct bolt_table *table = find_table(driver, database);
    bool single = table && table->routers.count == 1 && table->readers.count == 1 &&
                  table->writers.count == 1 && strcmp(table->routers.items[0], address) == 0 &&
                  strcmp(table->readers.items[0], address) == 0 &&
                  strcmp(table->writers.items[0], address) == 0 &&
                  strcmp(driver->address, address) != 0;
    pthread_mutex_unlock(&driver->lock);
    return single;
}

static bool may_try_next(const struct hm_error *err) {
    return !err->code[0] &&
           (err->status == HM_EIO || err->status == HM_ERETRY || err->status == HM_EPROTO);
}

static enum hm_status acquire_routed(struct bolt_driver *driver, const struct bolt_need *need,
                                     char **home, struct bolt_connection **out,
                                     struct hm_error *err) {
    struct bolt_need now = *need;
    struct hm_error why = {0};
    char *name = NULL; // of the home database
    bool fresh = false;
    enum hm_status status = HM_OK;
    if (!need->database) { // which one is home may have changed: ask
        status = refresh(driver, need, &name, &why);
        now.database = name;
        fresh = true;
    }
    while (status == HM_OK && !*out) {
        char *address = choose(driver, now.database, now.access);
        if (!address && fresh) {
            status = hm_fail(&why, HM_ERETRY, "%s: the routing table has no server left to %s",
                             now.database ? now.database : "default database",
                             now.access == BOLT_READ ? "read from" : "write to");
        } else if (!address) {
            status = refresh(driver, &now, NULL, &why);
            fresh = true;
        } else if (bolt_pool_acquire(driver, address, now.auth, out, &why) != HM_OK) {
            bolt_driver_log(driver, BOLT_LOG_WARNING, "%s", why.text);
            bool single = is_single(driver, now.database, address);
            if (!may_try_next(&why)) {
                status = why.status;
            } else if (single) {
                status = bolt_pool_acquire(driver, driver->address, now.auth, out, &why);
            } else {
                bolt_driver_learn(driver, address, NULL, "");
            }
        }
        free(address);
    }
    if (status == HM_OK && home && name)
        *home = name;
    else
        free(name);
    if (status != HM_OK && err) *err = why;
    return status;
}

enum hm_status bolt_driver_acquire(struct bolt_driver *driver, const struct bolt_need *need,
                                   char **home, struct bolt_connection **out,
                                   struct hm_error *err) {
    *out = NULL;
    if (driver->routed) return acquire_routed(driver, need, home, out, err);
    return bolt_pool_acquire(driver, driver->address, need->auth, out, err);
}

static void remove_everywhere(struct bolt_table *table, const char *address) {
    list_remove(&table->routers, address);
    list_remove(&table->readers, address);
    list_remove(&table->writers, address);
}

void bolt_driver_learn(struct bolt_driver *driver, const char *address, const char *database,
                       const char *code) {
    bool lost = code[0] == '\0',
         unavailable = strcmp(code, "Neo.TransientError.General.DatabaseUnavailable") == 0;
    bool not_leader = strcmp(code, "Neo.ClientError.Cluster.NotALeader") == 0 ||
                      strcmp(code, "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase") == 0;
    pthread_mutex_lock(&driver->lock);
    if (strcmp(code, "Neo.ClientError.Security.AuthorizationExpired") == 0) driver->generation++;
    for (struct bolt_table *table = driver->tables; table; table = table->next) {
        if (lost)
            remove_everywhere(table, address);
        else if (unavailable && same_database(table->database, database))
            remove_everywhere(table, address);
        else if (not_leader && same_database(table->database, database))
            list_remove(&table->writers, address);
    }
    pthread_mutex_unlock(&driver->lock);
}

/* ---- looking inside ---- */

enum hm_status bolt_routing_refresh(struct bolt_driver *driver, const char *database,
                                    const char *const *bookmarks, size_t bookmark_count,
                                    struct hm_error *err) {
    if (!driver->routed) return hm_fail(err, HM_EARG, "a bolt:// driver has no routing table");
    struct bolt_need need = {.database = database,
                             .bookmarks = bookmarks,
                             .bookmark_count = bookmark_count,
                             .auth = &driver->identity.auth};
    return refresh(driver, &need, NULL, err);
}

static char **copy_list(const struct bolt_address_list *list) {
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
    struct bolt_routing *routing = calloc(1, sizeof *routing);
    if (!routing) return hm_fail(err, HM_ENOMEM, "no memory for a routing table");
    pthread_mutex_lock(&driver->lock);
    const struct bolt_table *table = find_table(driver, database);
    if (table) {
        routing->database = table->database ? strdup(table->database) : NULL;
        routing->ttl_seconds = table->ttl_s;
        routing->routers = copy_list(&table->routers);
        routing->readers = copy_list(&table->readers);
        routing->writers = copy_list(&table->writers);
    }
    bool complete = routing->routers && routing->readers && routing->writers &&
                    (!table || !table->database || routing->database);
    bool found = table != NULL;
    pthread_mutex_unlock(&driver->lock);
    if (found && complete) {
        *out = routing;
        return HM_OK;
    }
    bolt_routing_free(routing);
    if (found) return hm_fail(err, HM_ENOMEM, "no memory for a routing table");
    return hm_fail(err, HM_ENOTFOUND, "no routing table of %s is known",
                   database ? database : "the default database");
}
