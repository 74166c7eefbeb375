// SPDX-License-Identifier: MIT
// Connections that are kept for the next one who needs them, by address. The driver's lock guards
// the lists only: no network call is made while it is held.

#include "cluster/driver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"

enum { NS_PER_MS = 1000000 };

static enum hm_status add_ip(const struct bolt_driver *driver, const char *host,
                             struct bolt_ip_list *ips, struct hm_error *err) {
    unsigned char binary[16];
    const struct bolt_hooks *hooks = &driver->config.hooks;
    if (inet_pton(AF_INET, host, binary) == 1 || inet_pton(AF_INET6, host, binary) == 1)
        return bolt_ip_add(ips, host, err);
    if (!hooks->resolve_name) return bolt_ip_lookup(host, ips, err);
    struct bolt_addresses answer = {0};
    enum hm_status status = hooks->resolve_name(hooks->context, host, &answer, err);
    for (size_t i = 0; status == HM_OK && i < answer.list.count; i++)
        status = bolt_ip_add(ips, answer.list.items[i], err);
    bolt_address_list_free(&answer.list);
    return status;
}

/** *own: made for this connection alone, with the certificate that the hook names; NULL: the driver's. */
static enum hm_status open_tls(struct bolt_driver *driver, const char *host, uint64_t deadline_ns,
                               struct bolt_stream *stream, struct bolt_tls_context **own,
                               struct hm_error *err) {
    const struct bolt_hooks *hooks = &driver->config.hooks;
    struct bolt_client_certificate shown = {0};
    enum hm_status status = HM_OK;
    if (hooks->client_certificate) {
        status = hooks->client_certificate(hooks->context, &shown, err);
        if (status == HM_OK) status = bolt_driver_tls(driver, &shown, own, err);
    }
    if (status == HM_OK)
        status = bolt_tls_connect(*own ? *own : driver->tls, host, deadline_ns, stream, err);
    if (status != HM_OK) stream->ops->close(stream->self);
    return status;
}

static enum hm_status open_stream(struct bolt_driver *driver, const char *host, unsigned port,
                                  uint64_t deadline_ns, struct bolt_stream *out,
                                  struct bolt_tls_context **own_tls, struct hm_error *err) {
    if (driver->connector)
        return driver->connector(driver->connector_context, host, port, deadline_ns, out, err);
    struct bolt_ip_list ips = {0};
    struct bolt_cancel cancel = {driver->config.hooks.cancelled, driver->config.hooks.context};
    enum hm_status status = add_ip(driver, host, &ips, err);
    if (status == HM_OK) status = bolt_tcp_connect(&ips, port, deadline_ns, cancel, out, err);
    bolt_ip_list_free(&ips);
    if (status != HM_OK || !driver->tls) return status;
    return open_tls(driver, host, deadline_ns, out, own_tls, err);
}

static enum hm_status open_connection(struct bolt_driver *driver, const struct bolt_pool *pool,
                                      const struct bolt_auth *auth, uint64_t deadline_ns,
                                      struct bolt_connection **out, struct hm_error *err) {
    struct bolt_stream stream = {0};
    uint64_t limit = hm_now_ns() + (uint64_t)driver->config.connect_timeout_ms * NS_PER_MS;
    if (deadline_ns && deadline_ns < limit) limit = deadline_ns;
    struct bolt_greeting greeting = {driver->config.user_agent, driver->routing,
                                     &driver->config.notifications};
    struct bolt_tls_context *tls = NULL;
    enum hm_status status = open_stream(driver, pool->host, pool->port, limit, &stream, &tls, err);
    if (status != HM_OK)
        hm_error_prefix(err, "%s", pool->address);
    else
        status = bolt_connection_open(stream, pool->address, &greeting, auth, limit,
                                      &driver->config, out, err);
    if (status != HM_OK) {
        bolt_tls_context_free(tls);
        return status;
    }
    (*out)->tls = tls;
    (*out)->opened_ns = bolt_driver_now(driver);
    bolt_driver_log(driver, BOLT_LOG_INFO, "%s: %s, Bolt %d.%d, %s", pool->address,
                    (*out)->server.agent, (*out)->server.major, (*out)->server.minor, (*out)->id);
    return HM_OK;
}

static void free_pool(struct bolt_pool *pool) {
    free(pool->address);
    free(pool->host);
    free(pool);
}

/** The pool of an address, made if need be. The lock is held. */
static enum hm_status find_pool(struct bolt_driver *driver, const char *address,
                                struct bolt_pool **out, struct hm_error *err) {
    for (struct bolt_pool *pool = driver->pools; pool; pool = pool->next)
        if (strcmp(pool->address, address) == 0) {
            *out = pool;
            return HM_OK;
        }
    struct hm_arena arena = {0};
    const char *host = NULL;
    unsigned port;
    enum hm_status status =
        bolt_address_split(address, BOLT_DEFAULT_PORT, &arena, &host, &port, err);
    struct bolt_pool *pool = status == HM_OK ? calloc(1, sizeof *pool) : NULL;
    if (pool) {
        pool->address = strdup(address);
        pool->host = strdup(host);
        pool->port = port;
    }
    hm_arena_free(&arena);
    HM_TRY(status);
    if (!pool || !pool->address || !pool->host) {
        if (pool) free_pool(pool);
        return hm_fail(err, HM_ENOMEM, "no memory for a connection");
    }
    pool->next = driver->pools;
    driver->pools = pool;
    *out = pool;
    return HM_OK;
}

/** Whether an idle connection is too old, or for another user that it cannot change to. */
static bool is_stale(const struct bolt_driver *driver, const struct bolt_connection *connection,
                     const struct bolt_auth *auth) {
    int64_t lifetime_ms = driver->config.max_lifetime_ms;
    if (connection->generation != driver->generation) return true;
    if (lifetime_ms >= 0 &&
        bolt_driver_now(driver) - connection->opened_ns > (uint64_t)lifetime_ms * NS_PER_MS)
        return true;
    return !bolt_auth_equal(&connection->identity.auth, auth) &&
           !bolt_can(connection->version, CAN_LOGON);
}

/** Make sure that an idle connection lives and belongs to this user. No lock is held. */
static enum hm_status wake(struct bolt_driver *driver, struct bolt_connection *connection,
                           const struct bolt_auth *auth, uint64_t deadline_ns,
                           struct hm_error *err) {
    int64_t check_ms = driver->config.liveness_check_ms;
    uint64_t idle_ns = bolt_driver_now(driver) - connection->idle_since_ns;
    bool check = check_ms < 0 || (check_ms > 0 && idle_ns >= (uint64_t)check_ms * NS_PER_MS);
    struct bolt_stream *stream = &connection->wire.stream;
    enum hm_status status = HM_OK;
    connection->wire.deadline_ns = deadline_ns;
    if (check ||
        stream->ops->readable(stream->self)) // input on an idle connection: NOOPs, or its end
        status = bolt_connection_reset(connection, err);
    if (status == HM_OK && !bolt_auth_equal(&connection->identity.auth, auth))
        status = bolt_connection_relogin(connection, auth, err);
    connection->wire.deadline_ns = 0;
    return status;
}

static enum hm_status wait_for_place(struct bolt_driver *driver, const struct bolt_pool *pool,
                                     uint64_t deadline_ns, struct hm_error *err) {
    struct timespec until = {(time_t)(deadline_ns / 1000000000u),
                             (long)(deadline_ns % 1000000000u)};
    if (pthread_cond_timedwait(&driver->freed, &driver->lock, &until) != ETIMEDOUT) return HM_OK;
    return hm_fail(err, HM_ETIMEOUT, "%s: all %zu connections are in use, none came back in time",
                   pool->address, driver->config.max_pool_size);
}

/** Take an idle connection (*out), or a place for a new one (*out NULL). Stale ones are put on
 *  *stale to be closed. */
static enum hm_status take(struct bolt_driver *driver, struct bolt_pool *pool,
                           const struct bolt_auth *auth, uint64_t deadline_ns,
                           struct bolt_connection **out, struct bolt_connection **stale,
                           struct hm_error *err) {
    *out = NULL;
    for (;;) {
        while (pool->idle) {
            struct bolt_connection *connection = pool->idle;
            if (auth != &driver->identity.auth) // a new one would be no newer
                HM_TRY(bolt_connection_can_relogin(connection, err));
            pool->idle = connection->next;
            pool->idle_count--;
            connection->next = NULL;
            if (!is_stale(driver, connection, auth)) {
                *out = connection;
                return HM_OK;
            }
            pool->total--;
            connection->next = *stale;
            *stale = connection;
        }
        if (pool->total < driver->config.max_pool_size) {
            pool->total++;
            return HM_OK;
        }
        HM_TRY(wait_for_place(driver, pool, deadline_ns, err));
    }
}

static void close_all(struct bolt_connection *list) {
    for (struct bolt_connection *next; list; list = next) {
        next = list->next;
        bolt_connection_close(list);
    }
}

static void give_place_back(struct bolt_driver *driver, struct bolt_pool *pool) {
    pthread_mutex_lock(&driver->lock);
    pool->total--;
    pthread_cond_broadcast(&driver->freed);
    pthread_mutex_unlock(&driver->lock);
}

/** Credentials other than the driver's need a version that can change them. */
static enum hm_status check_user(struct bolt_driver *driver, const struct bolt_auth *auth,
                                 struct bolt_connection **connection, struct hm_error *err) {
    if (auth == &driver->identity.auth) return HM_OK;
    enum hm_status status = bolt_connection_can_relogin(*connection, err);
    if (status == HM_OK) return HM_OK;
    bolt_pool_release(driver, *connection);
    *connection = NULL;
    return status;
}

enum hm_status bolt_pool_acquire(struct bolt_driver *driver, const char *address,
                                 const struct bolt_auth *auth, struct bolt_connection **out,
                                 struct hm_error *err) {
    uint64_t deadline_ns =
        hm_now_ns() + (uint64_t)driver->config.acquisition_timeout_ms * NS_PER_MS;
    *out = NULL;
    for (;;) {
        struct bolt_pool *pool = NULL;
        struct bolt_connection *stale = NULL;
        pthread_mutex_lock(&driver->lock);
        enum hm_status status = find_pool(driver, address, &pool, err);
        if (status == HM_OK) status = take(driver, pool, auth, deadline_ns, out, &stale, err);
        unsigned generation = driver->generation;
        pthread_mutex_unlock(&driver->lock);
        close_all(stale);
        HM_TRY(status);
        if (*out) {
            struct hm_error why = {0};
            status = wake(driver, *out, auth, deadline_ns, &why);
            if (status == HM_OK) return check_user(driver, auth, out, err);
            bolt_connection_close(*out);
            *out = NULL;
            give_place_back(driver, pool);
            if (!why.code[0] && status != HM_ECANCELED) continue; // it was dead: take the next one
            if (err) *err = why; // the new credentials were refused
            return status;
        }
        status = open_connection(driver, pool, auth, deadline_ns, out, err);
        if (status != HM_OK) {
            give_place_back(driver, pool);
            return status;
        }
        (*out)->generation = generation;
        return check_user(driver, auth, out, err);
    }
}

void bolt_pool_release(struct bolt_driver *driver, struct bolt_connection *connection) {
    if (connection->broken.status == HM_OK && connection->waiter_count) {
        if (bolt_connection_drain(connection, NULL) != HM_OK) connection->failed = true;
    }
    bool good = connection->broken.status == HM_OK;
    if (good && connection->failed) good = bolt_connection_reset(connection, NULL) == HM_OK;
    struct bolt_pool *pool = NULL;
    pthread_mutex_lock(&driver->lock);
    if (find_pool(driver, connection->server.address, &pool, NULL) != HM_OK) pool = NULL;
    good = good && pool && connection->generation == driver->generation;
    if (good) {
        connection->idle_since_ns = bolt_driver_now(driver);
        connection->next = pool->idle;
        pool->idle = connection;
        pool->idle_count++;
    } else if (pool) {
        pool->total--;
    }
    pthread_cond_broadcast(&driver->freed);
    pthread_mutex_unlock(&driver->lock);
    if (!good) bolt_connection_close(connection);
}

void bolt_pools_free(struct bolt_driver *driver) {
    for (struct bolt_pool *pool = driver->pools, *next; pool; pool = next) {
        next = pool->next;
        close_all(pool->idle);
        free_pool(pool);
    }
    driver->pools = NULL;
}

void bolt_pool_count(struct bolt_driver *driver, const char *address, size_t *in_use,
                     size_t *idle) {
    *in_use = *idle = 0;
    pthread_mutex_lock(&driver->lock);
    for (const struct bolt_pool *pool = driver->pools; pool; pool = pool->next)
        if (strcmp(pool->address, address) == 0) {
            *idle = pool->idle_count;
            *in_use = pool->total - pool->idle_count;
        }
    pthread_mutex_unlock(&driver->lock);
}
