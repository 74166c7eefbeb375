// SPDX-License-Identifier: MIT
/** The pool: logged-in connections, kept by address for whoever needs one next. Any number of
 *  threads may use it; a connection belongs to one of them from bolt_pool_acquire to
 *  bolt_pool_release.
 *
 *  Lock: the pool has one, which protects its lists and counts and nothing else. It is never
 *  held during input, output or a hook, nor while another lock is taken (the router's is taken
 *  by those who do not hold this one). */
#ifndef BOLT_POOL_H
#define BOLT_POOL_H

#include "cluster/opener.h"

struct bolt_pool;

/** An empty pool.
 *  opener  borrowed, must outlive the pool; its config has the pool's limits and times:
 *          max_pool_size, acquisition_timeout_ms, max_lifetime_ms, liveness_check_ms, and the
 *          user of connections (auth)
 *  errors  HM_ENOMEM */
HM_WARN_UNUSED enum hm_status bolt_pool_new(const struct bolt_opener *opener,
                                            struct bolt_pool **out, struct hm_error *err);
/** Closes idle connections. All others must have been released. NULL is accepted. */
void bolt_pool_free(struct bolt_pool *pool);

/** A connection to an address: an idle one that is still good, or a new one.
 *  auth    whom it shall be logged in as; NULL: the driver's user
 *  out     to be given back by bolt_pool_release
 *  errors  HM_ETIMEOUT: none became free in acquisition_timeout_ms; HM_EUNSUPPORTED: the server's
 *          version cannot change users; HM_ECANCELED; those of bolt_open and of a refused login */
HM_WARN_UNUSED enum hm_status bolt_pool_acquire(struct bolt_pool *pool, const char *address,
                                                const struct bolt_auth *auth,
                                                struct bolt_connection **out, struct hm_error *err);
/** Back into the pool. What is unread is read and dropped; a failed connection is RESET first, a
 *  broken one is closed. */
void bolt_pool_release(struct bolt_pool *pool, struct bolt_connection *connection);

/** Close all connections as they become idle: what they were authorised for has expired. */
void bolt_pool_expire(struct bolt_pool *pool);

/** Connections to an address, those being opened included in in_use. */
void bolt_pool_usage(struct bolt_pool *pool, const char *address, size_t *in_use, size_t *idle);

#endif
