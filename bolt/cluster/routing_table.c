// SPDX-License-Identifier: MIT
// Asking one server for a routing table: by ROUTE, before Bolt 4.3 by a procedure.

#include "cluster/routing_table.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { NS_PER_S = 1000000000, SERVERS_MAX = 1000 };

// The references are the only part of a table that changes.
static struct bolt_routing_table *changeable(const struct bolt_routing_table *table) {
    return (struct bolt_routing_table *)(uintptr_t)table;
}

const struct bolt_routing_table *bolt_routing_table_share(const struct bolt_routing_table *table) {
    atomic_fetch_add(&changeable(table)->references, 1);
    return table;
}

void bolt_routing_table_release(const struct bolt_routing_table *table) {
    if (!table || atomic_fetch_sub(&changeable(table)->references, 1) != 1) return;
    struct bolt_routing_table *own = changeable(table);
    bolt_strings_free(&own->routers);
    bolt_strings_free(&own->readers);
    bolt_strings_free(&own->writers);
    free(own->database);
    free(own);
}

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory for a routing table");
}

/** With one reference; database may be NULL. */
static struct bolt_routing_table *new_table(const char *database) {
    struct bolt_routing_table *table = calloc(1, sizeof *table);
    if (!table) return NULL;
    atomic_init(&table->references, 1);
    if (database && !(table->database = strdup(database))) {
        free(table);
        return NULL;
    }
    return table;
}

const struct bolt_routing_table *bolt_routing_table_without(const struct bolt_routing_table *table,
                                                            const char *address, unsigned roles) {
    struct bolt_routing_table *copy = new_table(table->database);
    if (!copy) return NULL;
    copy->expires_ns = table->expires_ns;
    copy->ttl_s = table->ttl_s;
    copy->without_writer = table->without_writer;
    if (bolt_strings_add_all(&copy->routers, &table->routers, roles & BOLT_ROUTERS ? address : NULL,
                             NULL) == HM_OK &&
        bolt_strings_add_all(&copy->readers, &table->readers, roles & BOLT_READERS ? address : NULL,
                             NULL) == HM_OK &&
        bolt_strings_add_all(&copy->writers, &table->writers, roles & BOLT_WRITERS ? address : NULL,
                             NULL) == HM_OK)
        return copy;
    bolt_routing_table_release(copy);
    return NULL;
}

static enum hm_status read_servers(const struct bolt_value *entry, struct bolt_routing_table *table,
                                   struct hm_error *err) {
    const char *role = bolt_get_text(entry, "role");
    const struct bolt_value *addresses = bolt_get(entry, "addresses");
    struct bolt_strings *list = NULL;
    if (role && strcmp(role, "ROUTE") == 0) list = &table->routers;
    if (role && strcmp(role, "READ") == 0) list = &table->readers;
    if (role && strcmp(role, "WRITE") == 0) list = &table->writers;
    if (!list) return HM_OK; // a role of the future
    if (!addresses || addresses->type != BOLT_LIST || addresses->length > SERVERS_MAX)
        return hm_fail(err, HM_EPROTO, "malformed routing table: no list of addresses");
    for (uint32_t i = 0; i < addresses->length; i++) {
        struct bolt_value address = bolt_at(addresses, i);
        if (address.type != BOLT_STRING ||
            address.length >= sizeof((struct bolt_server *)0)->address)
            return hm_fail(err, HM_EPROTO, "malformed routing table: an address is no text");
        if (!bolt_strings_has(list, address.as.string))
            HM_TRY(bolt_strings_add(list, address.as.string, err));
    }
    return HM_OK;
}

/** Build a table from {ttl, servers, db}; database is what was asked for. */
static enum hm_status read_table(const struct bolt_value *rt, const char *database, uint64_t now_ns,
                                 const struct bolt_routing_table **out, struct hm_error *err) {
    const struct bolt_value *servers = bolt_get(rt, "servers");
    int64_t ttl_s = bolt_get_int(rt, "ttl", -1), longest_s = INT64_MAX / NS_PER_S / 4;
    if (!servers || servers->type != BOLT_LIST || servers->length > SERVERS_MAX || ttl_s < 0)
        return hm_fail(err, HM_EPROTO, "malformed routing table: no servers or no time to live");
    // An alias keeps the name that was asked for.
    struct bolt_routing_table *table = new_table(database ? database : bolt_get_text(rt, "db"));
    if (!table) return no_memory(err);
    enum hm_status status = HM_OK;
    table->ttl_s = ttl_s;
    table->expires_ns = now_ns + (uint64_t)(ttl_s < longest_s ? ttl_s : longest_s) * NS_PER_S;
    for (uint32_t i = 0; status == HM_OK && i < servers->length; i++) {
        struct bolt_value entry = bolt_at(servers, i);
        status = read_servers(&entry, table, err);
    }
    if (status == HM_OK && (!table->routers.count || !table->readers.count))
        status = hm_fail(err, HM_EPROTO, "the routing table has no %s",
                         table->routers.count ? "readers" : "routers");
    table->without_writer = !table->writers.count;
    if (status != HM_OK) {
        bolt_routing_table_release(table);
        return status;
    }
    *out = table;
    return HM_OK;
}

/** What an answer to a routing request left. */
struct routing_answer {
    struct hm_error refused;
    struct hm_arena arena;
    struct bolt_value map;     // of ROUTE
    struct bolt_value row;     // of the procedure
    struct bolt_value columns; // of the procedure
};

static enum hm_status on_route(void *owner, struct bolt_connection *connection,
                               const struct bolt_reply *reply, struct hm_error *err) {
    struct routing_answer *answer = owner;
    if (reply->kind == REPLY_SUCCESS)
        return bolt_decode_copy(reply->body, reply->length, &answer->arena, &answer->map, err);
    return bolt_keep_error(&answer->refused, connection, reply, err);
}

static enum hm_status on_call(void *owner, struct bolt_connection *connection,
                              const struct bolt_reply *reply, struct hm_error *err) {
    struct routing_answer *answer = owner;
    if (reply->kind == REPLY_RECORD)
        return bolt_decode_copy(reply->body, reply->length, &answer->arena, &answer->row, err);
    if (reply->kind != REPLY_SUCCESS)
        return bolt_keep_error(&answer->refused, connection, reply, err);
    struct bolt_value map;
    HM_TRY(bolt_decode_copy(reply->body, reply->length, &answer->arena, &map, err));
    const struct bolt_value *fields = bolt_get(&map, "fields");
    if (fields) answer->columns = *fields;
    return HM_OK;
}

/** Before Bolt 4.3: a procedure in the system database. */
static enum hm_status send_call(struct bolt_connection *connection,
                                const struct bolt_params *context, const struct bolt_need *need,
                                struct routing_answer *answer, struct hm_error *err) {
    struct bolt_params *params = bolt_params_new();
    if (!params) return hm_fail(err, HM_ENOMEM, "no memory for a request");
    bolt_put_params(params, "context", context);
    if (need->database) bolt_put_string(params, "database", need->database);
    struct bolt_start start = {.database = "system",
                               .access = BOLT_READ,
                               .bookmarks = need->bookmarks,
                               .bookmark_count = need->bookmark_count,
                               .impersonated_user = need->impersonated_user};
    struct bolt_waiter waiter = {on_call, answer};
    enum hm_status status =
        bolt_send_run(connection,
                      need->database ? "CALL dbms.routing.getRoutingTable($context, $database)"
                                     : "CALL dbms.routing.getRoutingTable($context)",
                      params, &start, waiter, err);
    if (status == HM_OK) status = bolt_send_pull(connection, false, -1, -1, waiter, err);
    bolt_params_free(params);
    return status;
}

/** The procedure's row as a map, like that of ROUTE. */
static enum hm_status row_to_map(struct routing_answer *answer, struct bolt_value *rt,
                                 struct hm_error *err) {
    const struct bolt_value *row = &answer->row, *columns = &answer->columns;
    if (row->type != BOLT_LIST || columns->type != BOLT_LIST || row->length != columns->length)
        return hm_fail(err, HM_EPROTO, "malformed routing table: no row");
    struct bolt_entry *entries =
        hm_arena_alloc(&answer->arena, (row->length + 1u) * sizeof *entries);
    if (!entries) return no_memory(err);
    for (uint32_t i = 0; i < row->length; i++) {
        struct bolt_value key = bolt_at(columns, i);
        if (key.type != BOLT_STRING)
            return hm_fail(err, HM_EPROTO, "malformed routing table: a column has no name");
        entries[i] = (struct bolt_entry){key.as.string, key.length, bolt_at(row, i)};
    }
    *rt = (struct bolt_value){.type = BOLT_MAP, .length = row->length};
    rt->as.entries = entries;
    return HM_OK;
}

enum hm_status bolt_routing_table_ask(struct bolt_connection *connection,
                                      const struct bolt_params *context,
                                      const struct bolt_need *need, uint64_t now_ns,
                                      const struct bolt_routing_table **out, struct hm_error *err) {
    struct routing_answer answer = {0};
    bool message = bolt_can(connection->version, CAN_ROUTE);
    *out = NULL;
    enum hm_status status =
        message ? bolt_send_route(connection, context, need->bookmarks, need->bookmark_count,
                                  need->database, need->impersonated_user,
                                  (struct bolt_waiter){on_route, &answer}, err)
                : send_call(connection, context, need, &answer, err);
    if (status == HM_OK) status = bolt_connection_drain(connection, err);
    bolt_connection_forget(connection, &answer);
    if (status == HM_OK && answer.refused.status != HM_OK) {
        status = answer.refused.status;
        if (err) *err = answer.refused;
    }
    struct bolt_value call_rt;
    const struct bolt_value *rt = bolt_get(&answer.map, "rt");
    if (status == HM_OK && !message) {
        status = row_to_map(&answer, &call_rt, err);
        rt = &call_rt;
    }
    if (status == HM_OK) status = read_table(rt, need->database, now_ns, out, err);
    hm_arena_free(&answer.arena);
    return status;
}
