// SPDX-License-Identifier: MIT
/** What a driver consists of, for driver.c, pool.c and routing.c; sessions use the functions only.
 *  */
#ifndef BOLT_DRIVER_H
#define BOLT_DRIVER_H

#include <pthread.h>

#include "connection/connection.h"

/** Makes a stream to host:port; tests put memory here. */
typedef enum hm_status bolt_connector(void *context, const char *host, unsigned port,
                                      uint64_t deadline_ns, struct bolt_stream *out,
                                      struct hm_error *err);

/** All connections to one address. */
struct bolt_pool {
    struct bolt_pool *next;
    char *address; // "host:port"
    char *host;
    unsigned port;
    struct bolt_connection *idle; // the one used last first
    size_t idle_count;
    size_t total; // idle, in use and being opened
};

struct bolt_address_list {
    char **items; // "host:port"
    size_t count;
};

/** Servers of one database by role. */
struct bolt_table {
    struct bolt_table *next;
    char *database; // NULL: of servers that do not name it
    uint64_t expires_ns;
    int64_t ttl_s;
    struct bolt_address_list routers, readers, writers;
    size_t turn;         // round robin
    bool without_writer; // it came so, from a part of the cluster that may be cut off
};

struct bolt_driver {
    struct hm_arena arena;     // everything below that is text
    struct bolt_config config; // defaults filled in
    struct bolt_identity identity;
    const char *host;
    const char *address; // "host:port", as in the URI
    unsigned port;
    bool routed;
    struct bolt_params *routing;  // context for HELLO and ROUTE; NULL: not routed
    struct bolt_tls_context *tls; // NULL: plain
    bolt_connector *connector;
    void *connector_context;

    pthread_mutex_t lock; // of all below
    pthread_cond_t freed; // a connection came back, or its place became free
    struct bolt_pool *pools;
    struct bolt_table *tables;
    unsigned generation; // connections of older ones are closed when they come back
};

/** Parts of a URI. */
struct bolt_uri {
    bool routed;
    enum bolt_tls tls;
    const char *host; // without brackets
    unsigned port;
    struct bolt_params *context; // entries of the query; owned by the caller
};
HM_WARN_UNUSED enum hm_status bolt_uri_parse(const char *text, struct hm_arena *arena,
                                             struct bolt_uri *out, struct hm_error *err);
/** "host:port" or "[v6]:port" -> parts in arena; without a port: fallback. */
HM_WARN_UNUSED enum hm_status bolt_address_split(const char *address, unsigned fallback,
                                                 struct hm_arena *arena, const char **host,
                                                 unsigned *port, struct hm_error *err);

/** What a TLS connection with this client certificate needs. */
HM_WARN_UNUSED enum hm_status bolt_driver_tls(const struct bolt_driver *driver,
                                              const struct bolt_client_certificate *shown,
                                              struct bolt_tls_context **out, struct hm_error *err);
uint64_t bolt_driver_now(const struct bolt_driver *driver);
HM_PRINTF(3, 4)
void bolt_driver_log(const struct bolt_driver *driver, enum bolt_log_level level,
                     const char *format, ...);

/** A connection to an address, logged in with these credentials, from the pool or new. Give it
 *  back with bolt_pool_release. */
HM_WARN_UNUSED enum hm_status bolt_pool_acquire(struct bolt_driver *driver, const char *address,
                                                const struct bolt_auth *auth,
                                                struct bolt_connection **out, struct hm_error *err);
/** Back into the pool; after a failure it is RESET first, a broken one is closed. */
void bolt_pool_release(struct bolt_driver *driver, struct bolt_connection *connection);
void bolt_pools_free(struct bolt_driver *driver);

/** What a session wants a connection for. */
struct bolt_need {
    const char *database; // NULL: home
    enum bolt_access access;
    const char *const *bookmarks;
    size_t bookmark_count;
    const char *impersonated_user;
    const struct bolt_auth *auth;
};
/** A connection to a server that can do that. *home (may be NULL) = name of the home database when
 *  it was asked for and the server told it; to be freed. */
HM_WARN_UNUSED enum hm_status bolt_driver_acquire(struct bolt_driver *driver,
                                                  const struct bolt_need *need, char **home,
                                                  struct bolt_connection **out,
                                                  struct hm_error *err);
/** Learn from a failure: forget servers that are gone or no longer leaders. code "": the
 *  connection was lost. */
void bolt_driver_learn(struct bolt_driver *driver, const char *address, const char *database,
                       const char *code);
void bolt_tables_free(struct bolt_driver *driver);

struct bolt_addresses { // answer of a resolver
    struct bolt_address_list list;
};
void bolt_address_list_free(struct bolt_address_list *list);
HM_WARN_UNUSED enum hm_status bolt_address_list_add(struct bolt_address_list *list,
                                                    const char *address, struct hm_error *err);

bool bolt_address_list_has(const struct bolt_address_list *list, const char *address);

/** Ask the server at the other end for the table of need->database; *out is the caller's. */
HM_WARN_UNUSED enum hm_status bolt_table_ask(struct bolt_driver *driver,
                                             struct bolt_connection *connection,
                                             const struct bolt_need *need, struct bolt_table **out,
                                             struct hm_error *err);
void bolt_table_free(struct bolt_table *table);

#endif
