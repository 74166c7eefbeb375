// SPDX-License-Identifier: MIT
// Asking one server for a routing table: by ROUTE, before Bolt 4.3 by a procedure.

#include "cluster/driver.h"

#include <stdlib.h>

enum { NS_PER_S = 1000000000, SERVERS_MAX = 1000 };

enum hm_status bolt_address_list_add(struct bolt_address_list *list, const char *address,
                                     struct hm_error *err) {
    char *copy = strdup(address);
    char **items = copy ? realloc(list->items, (list->count + 1) * sizeof *items) : NULL;
    if (!items) {
        free(copy);
        return hm_fail(err, HM_ENOMEM, "no memory for an address");
    }
    list->items = items;
    items[list->count++] = copy;
    return HM_OK;
}

void bolt_address_list_free(struct bolt_address_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct bolt_address_list){0};
}

enum hm_status bolt_addresses_add(struct bolt_addresses *out, const char *address,
                                  struct hm_error *err) {
    return bolt_address_list_add(&out->list, address, err);
}

bool bolt_address_list_has(const struct bolt_address_list *list, const char *address) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], address) == 0) return true;
    return false;
}

void bolt_table_free(struct bolt_table *table) {
    if (!table) return;
    bolt_address_list_free(&table->routers);
    bolt_address_list_free(&table->readers);
    bolt_address_list_free(&table->writers);
    free(table->database);
    free(table);
}

static enum hm_status read_servers(const struct bolt_value *entry, struct bolt_table *table,
                                   struct hm_error *err) {
    const char *role = bolt_get_text(entry, "role");
    const struct bolt_value *addresses = bolt_get(entry, "addresses");
    struct bolt_address_list *list = NULL;
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
        if (!bolt_address_list_has(list, address.as.string))
            HM_TRY(bolt_address_list_add(list, address.as.string, err));
    }
    return HM_OK;
}

/** Build a table from {ttl, servers, db}; database is what was asked for. */
static enum hm_status read_table(const struct bolt_driver *driver, const struct bolt_value *rt,
                                 const char *database, struct bolt_table **out,
                                 struct hm_error *err) {
    const struct bolt_value *servers = bolt_get(rt, "servers");
    int64_t ttl_s = bolt_get_int(rt, "ttl", -1);
    if (!servers || servers->type != BOLT_LIST || servers->length > SERVERS_MAX || ttl_s < 0)
        return hm_fail(err, HM_EPROTO, "malformed routing table: no servers or no time to live");
    struct bolt_table *table = calloc(1, sizeof *table);
    if (!table) return hm_fail(err, HM_ENOMEM, "no memory for a routing table");
    const char *name = database ? database : bolt_get_text(rt, "db"); // an alias stays its own
    enum hm_status status = HM_OK;
    if (name && !(table->database = strdup(name)))
        status = hm_fail(err, HM_ENOMEM, "no memory for a routing table");
    int64_t longest_s = INT64_MAX / NS_PER_S / 4;
    table->ttl_s = ttl_s;
    table->expires_ns =
        bolt_driver_now(driver) + (uint64_t)(ttl_s < longest_s ? ttl_s : longest_s) * NS_PER_S;
    for (uint32_t i = 0; status == HM_OK && i < servers->length; i++) {
        struct bolt_value entry = bolt_at(servers, i);
        status = read_servers(&entry, table, err);
    }
    if (status == HM_OK && (!table->routers.count || !table->readers.count))
        status = hm_fail(err, HM_EPROTO, "the routing table has no %s",
                         table->routers.count ? "readers" : "routers");
    table->without_writer = !table->writers.count;
    if (status != HM_OK) {
        bolt_table_free(table);
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
static enum hm_status send_call(struct bolt_driver *driver, struct bolt_connection *connection,
                                const struct bolt_need *need, struct routing_answer *answer,
                                struct hm_error *err) {
    struct bolt_params *params = bolt_params_new();
    if (!params) return hm_fail(err, HM_ENOMEM, "no memory for a request");
    bolt_put_params(params, "context", driver->routing);
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
    if (!entries) return hm_fail(err, HM_ENOMEM, "no memory for a routing table");
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

enum hm_status bolt_table_ask(struct bolt_driver *driver, struct bolt_connection *connection,
                              const struct bolt_need *need, struct bolt_table **out,
                              struct hm_error *err) {
    struct routing_answer answer = {0};
    bool message = bolt_can(connection->version, CAN_ROUTE);
    enum hm_status status =
        message ? bolt_send_route(connection, driver->routing, need->bookmarks,
                                  need->bookmark_count, need->database, need->impersonated_user,
                                  (struct bolt_waiter){on_route, &answer}, err)
                : send_call(driver, connection, need, &answer, err);
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
    if (status == HM_OK) status = read_table(driver, rt, need->database, out, err);
    hm_arena_free(&answer.arena);
    return status;
}
