// SPDX-License-Identifier: MIT
// Whom to ask, and who does the work. Readers and writers of a table are used in turn; a table is
// replaced when its time is up or it has no server of a kind left; what a failure teaches is a new
// table without that server.

#include "cluster/router.h"

#include <pthread.h>
#include <stdlib.h>

#include "cluster/hooks.h"
#include "cluster/resolver.h"

/** A database and its current table. */
struct database {
    struct database *next;
    const struct bolt_routing_table *table; // the router's reference; NULL: lost for want of memory
    char *name;                             // NULL: the default database
    size_t turn;                            // of its readers and writers
};

struct bolt_router {
    const struct bolt_opener *opener;
    const struct bolt_hooks *hooks;
    struct bolt_pool *pool;
    const char *address;

    pthread_mutex_t lock; // protects all below
    struct database *databases;
};

enum hm_status bolt_router_new(const struct bolt_opener *opener, struct bolt_pool *pool,
                               const char *address, struct bolt_router **out,
                               struct hm_error *err) {
    *out = NULL;
    struct bolt_router *router = calloc(1, sizeof *router);
    if (!router) return hm_fail(err, HM_ENOMEM, "no memory for routing");
    router->opener = opener;
    router->hooks = &opener->config->hooks;
    router->pool = pool;
    router->address = address;
    pthread_mutex_init(&router->lock, NULL);
    *out = router;
    return HM_OK;
}

void bolt_router_free(struct bolt_router *router) {
    if (!router) return;
    for (struct database *database = router->databases, *next; database; database = next) {
        next = database->next;
        bolt_routing_table_release(database->table);
        free(database->name);
        free(database);
    }
    pthread_mutex_destroy(&router->lock);
    free(router);
}

static bool same_name(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/** NULL: not known. The lock is held. */
static struct database *find_database(const struct bolt_router *router, const char *name) {
    struct database *database = router->databases;
    while (database && !same_name(database->name, name))
        database = database->next;
    return database;
}

const struct bolt_routing_table *bolt_router_table(struct bolt_router *router,
                                                   const char *database) {
    const struct bolt_routing_table *table = NULL;
    pthread_mutex_lock(&router->lock);
    const struct database *found = find_database(router, database);
    if (found && found->table) table = bolt_routing_table_share(found->table);
    pthread_mutex_unlock(&router->lock);
    return table;
}

/** Make a table its database's current one; the caller's reference goes over to the router, also
 *  on failure. */
static enum hm_status keep_table(struct bolt_router *router, const struct bolt_routing_table *table,
                                 struct hm_error *err) {
    const struct bolt_routing_table *old = table; // without memory
    struct database *fresh = calloc(1, sizeof *fresh);
    char *name = table->database ? strdup(table->database) : NULL;
    pthread_mutex_lock(&router->lock);
    struct database *database = find_database(router, table->database);
    if (!database && fresh && (name || !table->database)) {
        *fresh = (struct database){.next = router->databases, .name = name};
        router->databases = database = fresh;
        fresh = NULL, name = NULL;
    }
    if (database) {
        old = database->table;
        database->table = table;
    }
    pthread_mutex_unlock(&router->lock);
    free(fresh);
    free(name);
    bolt_routing_table_release(old);
    return database ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a routing table");
}

/** The current table with a reference, and in it the server whose turn it is; NULL: there is no
 *  table, its time is up, or it has no such server. *address lives as long as the table. */
static const struct bolt_routing_table *choose_server(struct bolt_router *router, const char *name,
                                                      enum bolt_access access,
                                                      const char **address) {
    const struct bolt_routing_table *table = NULL;
    uint64_t now_ns = bolt_hooks_now(router->hooks);
    pthread_mutex_lock(&router->lock);
    struct database *database = find_database(router, name);
    if (database && database->table && now_ns < database->table->expires_ns &&
        database->table->routers.count) {
        const struct bolt_strings *list =
            access == BOLT_READ ? &database->table->readers : &database->table->writers;
        if (list->count) {
            table = bolt_routing_table_share(database->table);
            *address = list->items[database->turn++ % list->count];
        }
    }
    pthread_mutex_unlock(&router->lock);
    return table;
}

static void learn_of_table(struct database *database, const char *address, unsigned roles) {
    const struct bolt_routing_table *old = database->table;
    if (!old) return;
    bool known = (roles & BOLT_ROUTERS && bolt_strings_has(&old->routers, address)) ||
                 (roles & BOLT_READERS && bolt_strings_has(&old->readers, address)) ||
                 (roles & BOLT_WRITERS && bolt_strings_has(&old->writers, address));
    if (!known) return;
    database->table = bolt_routing_table_without(old, address, roles);
    bolt_routing_table_release(old); // without memory for the new one: ask again
}

void bolt_router_learn(struct bolt_router *router, const char *address, const char *database,
                       const char *code) {
    const unsigned all = BOLT_ROUTERS | BOLT_READERS | BOLT_WRITERS;
    bool lost = code[0] == '\0',
         unavailable = strcmp(code, "Neo.TransientError.General.DatabaseUnavailable") == 0;
    bool not_leader = strcmp(code, "Neo.ClientError.Cluster.NotALeader") == 0 ||
                      strcmp(code, "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase") == 0;
    pthread_mutex_lock(&router->lock);
    for (struct database *d = router->databases; d; d = d->next) {
        if (lost)
            learn_of_table(d, address, all);
        else if (unavailable && same_name(d->name, database))
            learn_of_table(d, address, all);
        else if (not_leader && same_name(d->name, database))
            learn_of_table(d, address, BOLT_WRITERS);
    }
    pthread_mutex_unlock(&router->lock);
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

static enum hm_status ask_router(struct bolt_router *router, const char *address,
                                 const struct bolt_need *need,
                                 const struct bolt_routing_table **out, struct hm_error *err) {
    struct bolt_connection *connection;
    HM_TRY(bolt_pool_acquire(router->pool, address, need->auth, &connection, err));
    enum hm_status status = bolt_routing_table_ask(connection, router->opener->routing, need,
                                                   bolt_hooks_now(router->hooks), out, err);
    bool lost = connection->broken.status != HM_OK;
    bolt_pool_release(router->pool, connection);
    if (lost) bolt_router_learn(router, address, NULL, "");
    return status;
}

/** Where to begin: what the resolver makes of the URI's address, or that address. */
static enum hm_status first_routers(const struct bolt_router *router, struct bolt_strings *out,
                                    struct hm_error *err) {
    const struct bolt_hooks *hooks = router->hooks;
    if (!hooks->resolve) return bolt_strings_add(out, router->address, err);
    struct bolt_addresses answer = {0};
    enum hm_status status = hooks->resolve(hooks->context, router->address, &answer, err);
    if (status == HM_OK)
        *out = answer.list;
    else
        bolt_strings_free(&answer.list);
    return status;
}

/** Routers to ask, in order: those known for the database, then the first ones; the other way
 *  round when the known table came without writers (it may come from a part of the cluster that
 *  is cut off). */
static enum hm_status list_routers(struct bolt_router *router, const char *database,
                                   struct bolt_strings *out, struct hm_error *err) {
    static const struct bolt_strings none;
    struct bolt_strings first = {0};
    const struct bolt_routing_table *table = bolt_router_table(router, database);
    enum hm_status status = first_routers(router, &first, err);
    const struct bolt_strings *known = table ? &table->routers : &none;
    const struct bolt_strings *order[2] = {known, &first};
    if (table && table->without_writer) order[0] = &first, order[1] = known;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; status == HM_OK && i < order[k]->count; i++)
            if (!bolt_strings_has(out, order[k]->items[i]))
                status = bolt_strings_add(out, order[k]->items[i], err);
    bolt_routing_table_release(table);
    bolt_strings_free(&first);
    return status;
}

/** Fetch the table of need->database and keep it; *name (may be NULL) = the database's name by
 *  the server. */
static enum hm_status refresh_table(struct bolt_router *router, const struct bolt_need *need,
                                    char **name, struct hm_error *err) {
    struct bolt_strings routers = {0};
    const struct bolt_routing_table *table = NULL;
    struct hm_error why = {0};
    enum hm_status status = list_routers(router, need->database, &routers, &why);
    for (size_t i = 0; status == HM_OK && i < routers.count && !table; i++) {
        if (ask_router(router, routers.items[i], need, &table, &why) == HM_OK) break;
        bolt_hooks_log(router->hooks, BOLT_LOG_WARNING, "no routing table: %s", why.text);
        if (is_final(&why)) status = why.status;
    }
    bolt_strings_free(&routers);
    if (table) {
        bolt_hooks_log(router->hooks, BOLT_LOG_DEBUG,
                       "routing table of %s: %zu routers, %zu readers, %zu writers",
                       table->database ? table->database : "the default database",
                       table->routers.count, table->readers.count, table->writers.count);
        if (name && table->database && !(*name = strdup(table->database))) {
            bolt_routing_table_release(table);
            return hm_fail(err, HM_ENOMEM, "no memory for a routing table");
        }
        return keep_table(router, table, err);
    }
    if (status == HM_OK) // nobody refused for good: the cluster cannot be reached now
        return hm_fail(err, HM_EIO, "no router gave a routing table; the last: %s", why.text);
    if (err) *err = why;
    return status;
}

enum hm_status bolt_router_refresh(struct bolt_router *router, const struct bolt_need *need,
                                   struct hm_error *err) {
    return refresh_table(router, need, NULL, err);
}

static bool is_only(const struct bolt_strings *list, const char *address) {
    return list->count == 1 && strcmp(list->items[0], address) == 0;
}

/** A single server may advertise an address that only its own network knows: then it is asked
 *  where it was found. */
static bool is_single(const struct bolt_router *router, const struct bolt_routing_table *table,
                      const char *address) {
    return is_only(&table->routers, address) && is_only(&table->readers, address) &&
           is_only(&table->writers, address) && strcmp(router->address, address) != 0;
}

static bool may_try_next(const struct hm_error *err) {
    return !err->code[0] &&
           (err->status == HM_EIO || err->status == HM_ERETRY || err->status == HM_EPROTO);
}

/** Connect to a server of a table. HM_OK with *out NULL: it cannot be reached, try the next one. */
static enum hm_status connect_to(struct bolt_router *router, const struct bolt_routing_table *table,
                                 const char *address, const struct bolt_need *need,
                                 struct bolt_connection **out, struct hm_error *err) {
    if (bolt_pool_acquire(router->pool, address, need->auth, out, err) == HM_OK) return HM_OK;
    bolt_hooks_log(router->hooks, BOLT_LOG_WARNING, "%s", err->text);
    if (!may_try_next(err)) return err->status;
    if (is_single(router, table, address))
        return bolt_pool_acquire(router->pool, router->address, need->auth, out, err);
    bolt_router_learn(router, address, NULL, "");
    return HM_OK;
}

enum hm_status bolt_router_acquire(struct bolt_router *router, const struct bolt_need *need,
                                   char **home, struct bolt_connection **out,
                                   struct hm_error *err) {
    struct bolt_need now = *need;
    struct hm_error why = {0};
    char *name = NULL; // of the home database
    bool fresh = false;
    enum hm_status status = HM_OK;
    *out = NULL;
    if (!need->database) { // which one is home may have changed: ask
        status = refresh_table(router, need, &name, &why);
        now.database = name;
        fresh = true;
    }
    while (status == HM_OK && !*out) {
        const char *address = NULL;
        const struct bolt_routing_table *table =
            choose_server(router, now.database, now.access, &address);
        if (table) {
            status = connect_to(router, table, address, &now, out, &why);
            bolt_routing_table_release(table);
        } else if (fresh) {
            status = hm_fail(&why, HM_ERETRY, "%s: the routing table has no server left to %s",
                             now.database ? now.database : "default database",
                             now.access == BOLT_READ ? "read from" : "write to");
        } else {
            status = refresh_table(router, &now, NULL, &why);
            fresh = true;
        }
    }
    if (status == HM_OK && home && name)
        *home = name;
    else
        free(name);
    if (status != HM_OK && err) *err = why;
    return status;
}
