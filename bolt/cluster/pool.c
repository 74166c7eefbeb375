// SPDX-License-Identifier: MIT
// Connections by address, the one used last first. A place (server->total) is taken under the lock
// before a connection is opened, and given back after it was closed, so that max_pool_size holds
// without the lock during the opening.

#include "cluster/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "cluster/hooks.h"

enum {
    NS_PER_MS = 1000000,
    NS_PER_S = 1000000000,
    WAKE_MS = 3000, // for an idle connection to say that it lives
    CANCEL_MS = 250 // while waiting for a place, hooks.cancelled is asked this often
};

/** All connections to one address; lives as long as the pool. */
struct bolt_pool_server {
    struct bolt_pool_server *next;
    char *address;
    struct bolt_connection *idle; // linked by next, the one used last first
    size_t idle_count;
    size_t total; // idle, in use and being opened
};

struct bolt_pool {
    const struct bolt_opener *opener;
    const struct bolt_config *config;

    pthread_mutex_t lock; // protects all below, and each server's fields but address
    pthread_cond_t freed; // a connection came back, or its place became free
    struct bolt_pool_server *servers;
    unsigned generation; // of newly opened connections; those of older ones are closed when idle
};

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory for a connection pool");
}

enum hm_status bolt_pool_new(const struct bolt_opener *opener, struct bolt_pool **out,
                             struct hm_error *err) {
    *out = NULL;
    struct bolt_pool *pool = calloc(1, sizeof *pool);
    if (!pool) return no_memory(err);
    pool->opener = opener;
    pool->config = opener->config;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC); // as hm_now_ns
    pthread_cond_init(&pool->freed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *out = pool;
    return HM_OK;
}

void bolt_pool_free(struct bolt_pool *pool) {
    if (!pool) return;
    for (struct bolt_pool_server *server = pool->servers, *next; server; server = next) {
        next = server->next;
        for (struct bolt_connection *c = server->idle, *later; c; c = later) {
            later = c->next;
            bolt_connection_close(c);
        }
        free(server->address);
        free(server);
    }
    pthread_cond_destroy(&pool->freed);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

/** What bolt_pool_acquire is asked for. */
struct request {
    const char *address;
    const struct bolt_auth *auth;
    bool other; // not the driver's user: the server's version must be able to change users
    uint64_t now_ns, deadline_ns;
};

/** NULL: no connection to that address was ever wanted. The lock is held. */
static struct bolt_pool_server *find_server(const struct bolt_pool *pool, const char *address) {
    struct bolt_pool_server *server = pool->servers;
    while (server && strcmp(server->address, address) != 0)
        server = server->next;
    return server;
}

/** Made if need be; NULL without memory. The lock is held. */
static struct bolt_pool_server *find_or_add_server(struct bolt_pool *pool, const char *address) {
    struct bolt_pool_server *server = find_server(pool, address);
    if (server) return server;
    server = calloc(1, sizeof *server);
    if (!server) return NULL;
    server->address = strdup(address);
    if (!server->address) {
        free(server);
        return NULL;
    }
    server->next = pool->servers;
    pool->servers = server;
    return server;
}

/** Whether an idle connection is too old, or belongs to another user that it cannot change. The
 *  lock is held. */
static bool is_stale(const struct bolt_pool *pool, const struct bolt_connection *connection,
                     const struct request *request) {
    uint64_t now_ns = request->now_ns, opened_ns = connection->opened_ns; // maybe opened since
    int64_t lifetime_ms = pool->config->max_lifetime_ms;
    if (connection->generation != pool->generation) return true;
    if (lifetime_ms >= 0 && now_ns > opened_ns &&
        now_ns - opened_ns > (uint64_t)lifetime_ms * NS_PER_MS)
        return true;
    return !bolt_auth_equal(&connection->identity.auth, request->auth) &&
           !bolt_can(connection->version, CAN_LOGON);
}

/** Wait until something was freed, or for a moment. The lock is held, but not during the wait
 *  and while the hook is asked. */
static enum hm_status wait_for_place(struct bolt_pool *pool, const struct request *request,
                                     struct hm_error *err) {
    uint64_t now_ns = hm_now_ns(), until_ns = now_ns + (uint64_t)CANCEL_MS * NS_PER_MS;
    if (now_ns >= request->deadline_ns)
        return hm_fail(err, HM_ETIMEOUT,
                       "%s: all %zu connections are in use, none came back in time",
                       request->address, pool->config->max_pool_size);
    if (until_ns > request->deadline_ns) until_ns = request->deadline_ns;
    struct timespec until = {(time_t)(until_ns / NS_PER_S), (long)(until_ns % NS_PER_S)};
    if (pthread_cond_timedwait(&pool->freed, &pool->lock, &until) != ETIMEDOUT) return HM_OK;
    pthread_mutex_unlock(&pool->lock);
    bool cancelled = bolt_hooks_cancelled(&pool->config->hooks);
    pthread_mutex_lock(&pool->lock);
    return cancelled ? hm_fail(err, HM_ECANCELED, "interrupted") : HM_OK;
}

/** An idle connection (*out), or a place for a new one (*out NULL). The lock is held.
 *  stale  the connection is to be closed, and its place to be given back */
static enum hm_status take_idle_or_place(struct bolt_pool *pool, struct bolt_pool_server *server,
                                         const struct request *request,
                                         struct bolt_connection **out, bool *stale,
                                         struct hm_error *err) {
    while (!server->idle && server->total >= pool->config->max_pool_size)
        HM_TRY(wait_for_place(pool, request, err));
    struct bolt_connection *connection = server->idle;
    if (!connection) {
        server->total++;
        return HM_OK;
    }
    if (request->other) // a new one would be of the same version
        HM_TRY(bolt_connection_can_relogin(connection, err));
    server->idle = connection->next;
    server->idle_count--;
    connection->next = NULL;
    *stale = is_stale(pool, connection, request);
    *out = connection;
    return HM_OK;
}

static void give_place_back(struct bolt_pool *pool, struct bolt_pool_server *server) {
    pthread_mutex_lock(&pool->lock);
    server->total--;
    pthread_cond_broadcast(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}

/** Make sure that a connection that was idle lives and belongs to this user. */
static enum hm_status wake_connection(const struct bolt_pool *pool,
                                      struct bolt_connection *connection,
                                      const struct request *request, struct hm_error *err) {
    int64_t check_ms = pool->config->liveness_check_ms;
    uint64_t idle_ns = bolt_hooks_now(&pool->config->hooks) - connection->idle_since_ns;
    bool check = check_ms < 0 || (check_ms > 0 && idle_ns >= (uint64_t)check_ms * NS_PER_MS);
    struct bolt_stream *stream = &connection->wire.stream;
    enum hm_status status = HM_OK;
    uint64_t soon_ns = hm_now_ns() + WAKE_MS * (uint64_t)NS_PER_MS;
    connection->wire.deadline_ns = soon_ns < request->deadline_ns ? soon_ns : request->deadline_ns;
    if (check || stream->ops->readable(stream->self)) // NOOPs wait, or the connection's end
        status = bolt_connection_reset(connection, err);
    if (status == HM_OK && !bolt_auth_equal(&connection->identity.auth, request->auth))
        status = bolt_connection_relogin(connection, request->auth, err);
    connection->wire.deadline_ns = 0;
    return status;
}

/** One try. *again: the idle connection was stale or dead, the next one may not be. */
static enum hm_status acquire_once(struct bolt_pool *pool, const struct request *request,
                                   struct bolt_connection **out, bool *again,
                                   struct hm_error *err) {
    bool stale = false;
    *again = false;
    pthread_mutex_lock(&pool->lock);
    struct bolt_pool_server *server = find_or_add_server(pool, request->address);
    enum hm_status status =
        server ? take_idle_or_place(pool, server, request, out, &stale, err) : no_memory(err);
    unsigned generation = pool->generation;
    pthread_mutex_unlock(&pool->lock);
    HM_TRY(status);
    struct hm_error why = {0};
    if (stale) {
        *again = true;
    } else if (*out) {
        status = wake_connection(pool, *out, request, &why);
        *again = status != HM_OK && !why.code[0] && status != HM_ECANCELED;
    } else {
        status = bolt_open(pool->opener, server->address, request->auth, request->deadline_ns, out,
                           &why);
        if (status == HM_OK) {
            (*out)->pool_server = server;
            (*out)->generation = generation;
        }
    }
    if (status == HM_OK && !stale) return HM_OK;
    bolt_connection_close(*out);
    *out = NULL;
    give_place_back(pool, server);
    if (err) *err = why;
    return status;
}

enum hm_status bolt_pool_acquire(struct bolt_pool *pool, const char *address,
                                 const struct bolt_auth *auth, struct bolt_connection **out,
                                 struct hm_error *err) {
    struct request request = {
        .address = address,
        .auth = auth ? auth : &pool->config->auth,
        .other = auth != NULL,
        .now_ns = bolt_hooks_now(&pool->config->hooks),
        .deadline_ns = hm_now_ns() + (uint64_t)pool->config->acquisition_timeout_ms * NS_PER_MS};
    bool again = true;
    enum hm_status status = HM_OK;
    *out = NULL;
    while (again)
        status = acquire_once(pool, &request, out, &again, err);
    if (status == HM_OK && request.other) {
        status = bolt_connection_can_relogin(*out, err);
        if (status == HM_OK) return HM_OK;
        bolt_pool_release(pool, *out);
        *out = NULL;
    }
    return status;
}

void bolt_pool_release(struct bolt_pool *pool, struct bolt_connection *connection) {
    struct bolt_pool_server *server = connection->pool_server;
    if (connection->broken.status == HM_OK && connection->waiter_count &&
        bolt_connection_drain(connection, NULL) != HM_OK)
        connection->failed = true;
    bool good = connection->broken.status == HM_OK;
    if (good && connection->failed) good = bolt_connection_reset(connection, NULL) == HM_OK;
    connection->idle_since_ns = bolt_hooks_now(&pool->config->hooks);
    pthread_mutex_lock(&pool->lock);
    good = good && connection->generation == pool->generation;
    if (good) {
        connection->next = server->idle;
        server->idle = connection;
        server->idle_count++;
        pthread_cond_broadcast(&pool->freed);
    }
    pthread_mutex_unlock(&pool->lock);
    if (good) return;
    bolt_connection_close(connection);
    give_place_back(pool, server);
}

void bolt_pool_expire(struct bolt_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    pool->generation++;
    pthread_mutex_unlock(&pool->lock);
}

void bolt_pool_usage(struct bolt_pool *pool, const char *address, size_t *in_use, size_t *idle) {
    pthread_mutex_lock(&pool->lock);
    const struct bolt_pool_server *server = find_server(pool, address);
    *idle = server ? server->idle_count : 0;
    *in_use = server ? server->total - server->idle_count : 0;
    pthread_mutex_unlock(&pool->lock);
}
