// SPDX-License-Identifier: MIT
/** The router of a neo4j:// driver: it asks servers of the cluster for routing tables and picks
 *  from them whom to connect to. Any number of threads may use it.
 *
 *  Lock: the router has one, which protects its list of databases: which table is the current
 *  one of each, and whose turn it is. Tables themselves are immutable (routing_table.h): a
 *  reader takes a reference under the lock and reads without it. The lock is never held during
 *  input, output or a hook, nor while another lock is taken: the pool is asked without. */
#ifndef BOLT_ROUTER_H
#define BOLT_ROUTER_H

#include "cluster/pool.h"
#include "cluster/routing_table.h"

struct bolt_router;

/** Without tables yet.
 *  opener   borrowed: routing context, hooks
 *  pool     borrowed: where connections come from
 *  address  borrowed: "host:port" of the URI, where the first table is looked for
 *  errors   HM_ENOMEM */
HM_WARN_UNUSED enum hm_status bolt_router_new(const struct bolt_opener *opener,
                                              struct bolt_pool *pool, const char *address,
                                              struct bolt_router **out, struct hm_error *err);
/** NULL is accepted. */
void bolt_router_free(struct bolt_router *router);

/** A connection to a server that can do what is needed, by the database's table; a new table is
 *  asked for when there is none, its time is up or it has no server left.
 *  home    may be NULL; else *home = name of the home database if need->database is NULL and the
 *          server told it; to be freed
 *  out     to be given back by bolt_pool_release
 *  errors  HM_EIO: no router could be reached; HM_ERETRY: no server can do that now; those of
 *          bolt_pool_acquire and of refusals */
HM_WARN_UNUSED enum hm_status bolt_router_acquire(struct bolt_router *router,
                                                  const struct bolt_need *need, char **home,
                                                  struct bolt_connection **out,
                                                  struct hm_error *err);
/** Fetch the table of need->database anew. */
HM_WARN_UNUSED enum hm_status
bolt_router_refresh(struct bolt_router *router, const struct bolt_need *need, struct hm_error *err);
/** Learn from a failure: take a server out of tables where it is of no use any more.
 *  code  what it refused with; "": the connection was lost, so that it leaves all tables */
void bolt_router_learn(struct bolt_router *router, const char *address, const char *database,
                       const char *code);
/** The current table with a reference for the caller (bolt_routing_table_release); NULL: none is
 *  known. */
const struct bolt_routing_table *bolt_router_table(struct bolt_router *router,
                                                   const char *database);

#endif
