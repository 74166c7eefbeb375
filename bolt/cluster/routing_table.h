// SPDX-License-Identifier: MIT
/** A routing table: which servers route, read and write for one database. A table never changes
 *  once it is made; whoever reads one holds a reference to it, so that no lock is needed for
 *  reading. */
#ifndef BOLT_ROUTING_TABLE_H
#define BOLT_ROUTING_TABLE_H

#include "cluster/strings.h"
#include "connection/connection.h"

struct bolt_routing_table {
    _Atomic unsigned references;
    char *database; // NULL: the default database, of servers that do not name it
    uint64_t expires_ns;
    int64_t ttl_s;
    struct bolt_strings routers, readers, writers; // "host:port"
    bool without_writer; // as it came: perhaps from a part of the cluster that is cut off
};

/** What a session wants a connection for. */
struct bolt_need {
    const char *database; // NULL: home
    enum bolt_access access;
    const char *const *bookmarks;
    size_t bookmark_count;
    const char *impersonated_user;
    const struct bolt_auth *auth; // NULL: the driver's user
};

/** Ask the server at the other end for the table of need->database: by ROUTE, before Bolt 4.3 by a
 *  procedure.
 *  context  of HELLO and ROUTE
 *  now_ns   when the table's time to live begins
 *  out      with one reference, the caller's
 *  errors   those of a refusal or of the connection; HM_EPROTO: no table, or one without routers
 *           or readers */
HM_WARN_UNUSED enum hm_status bolt_routing_table_ask(struct bolt_connection *connection,
                                                     const struct bolt_params *context,
                                                     const struct bolt_need *need, uint64_t now_ns,
                                                     const struct bolt_routing_table **out,
                                                     struct hm_error *err);

enum bolt_role { BOLT_ROUTERS = 1, BOLT_READERS = 2, BOLT_WRITERS = 4 };
/** A copy of a table without a server in some roles; NULL without memory. */
const struct bolt_routing_table *bolt_routing_table_without(const struct bolt_routing_table *table,
                                                            const char *address, unsigned roles);

/** One reference more; gives out table. */
const struct bolt_routing_table *bolt_routing_table_share(const struct bolt_routing_table *table);
/** One reference less; the last frees the table. NULL is accepted. */
void bolt_routing_table_release(const struct bolt_routing_table *table);

#endif
