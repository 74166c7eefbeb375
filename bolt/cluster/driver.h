// SPDX-License-Identifier: MIT
/** A driver from the inside: its configuration, which never changes, and the two that have state
 *  and a lock of their own, pool and router. Neither lock is held while the other is taken, so
 *  that there is no order to keep. */
#ifndef BOLT_DRIVER_H
#define BOLT_DRIVER_H

#include "cluster/hooks.h"
#include "cluster/pool.h"
#include "cluster/router.h"

struct bolt_driver {
    struct hm_arena arena;     // everything below that is text
    struct bolt_config config; // defaults filled in
    struct bolt_identity identity;
    const char *address;         // "host:port", as in the URI
    struct bolt_params *routing; // context for HELLO and ROUTE; NULL: not routed
    struct bolt_opener opener;   // tests set its connector
    struct bolt_pool *pool;
    struct bolt_router *router; // NULL: not routed
};

/** A connection to a server that can do what is needed: the URI's own, or one that the router
 *  picks. Arguments and errors as of bolt_router_acquire. */
HM_WARN_UNUSED enum hm_status bolt_driver_acquire(struct bolt_driver *driver,
                                                  const struct bolt_need *need, char **home,
                                                  struct bolt_connection **out,
                                                  struct hm_error *err);
/** Learn from a failure, as bolt_router_learn; an authorisation that has expired also closes the
 *  pool's connections. */
void bolt_driver_learn(struct bolt_driver *driver, const char *address, const char *database,
                       const char *code);

#endif
