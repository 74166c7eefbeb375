// SPDX-License-Identifier: MIT
/** A small synchronous Bolt client: driver -> session -> result or transaction -> rows -> values.
 *
 *      struct bolt_auth auth = {.scheme = "basic", .principal = "neo4j", .credentials = password};
 *      struct bolt_config config = {.auth = auth};
 *      struct bolt_driver *driver = NULL;
 *      struct bolt_session *session = NULL;
 *      struct bolt_result *result = NULL;
 *      const struct bolt_value *row;
 *      const char *query = "UNWIND range(1, 3) AS n RETURN n, n * n";
 *
 *      enum hm_status status = bolt_driver_new("neo4j://localhost:7687", &config, &driver, err);
 *      if (status == HM_OK) status = bolt_session_new(driver, NULL, &session, err);
 *      if (status == HM_OK) status = bolt_run(session, query, NULL, NULL, &result, err);
 *      while (status == HM_OK && (status = bolt_next(result, &row, err)) == HM_OK && row)
 *          printf("%" PRId64 " squared is %" PRId64 "\n", row[0].as.integer, row[1].as.integer);
 *
 *      bolt_result_free(result);
 *      bolt_session_free(session);
 *      bolt_driver_free(driver);
 *      return status;
 *
 *  Ownership. A non-const pointer that a function gives out is yours: give it to its ..._free,
 *  which accepts NULL. A const pointer is borrowed:
 *      row             and all it points to: until the next call on the same session, its results
 *                      or its transactions
 *      keys, summary   until bolt_result_free
 *  Arguments are copied or used before the call returns, never kept, except bolt_hooks.context.
 *  Free sessions before their driver; results and transactions before their session, or afterwards,
 *  when freeing is all that can still be done with them.
 *
 *  Errors. Every fallible function returns an hm_status and fills in *err (which may be NULL); its
 *  out-parameters are then NULL.
 *      HM_ESERVER       the server refused: err->code is its Neo4j code, bolt_session_failure() has
 *                       everything it said
 *      HM_ERETRY        a transient refusal or a lost connection: the same work may succeed when
 *                       done again from its start
 *      HM_EIO           no listener, no such host; or a COMMIT without an answer, where doing the
 *                       work again could do it twice (the text says so)
 *      HM_ETLS          certificate, host name or TLS version
 *      HM_ETIMEOUT      a deadline of bolt_config passed
 *      HM_EPROTO        the peer is no Bolt server or broke the protocol
 *      HM_EFORMAT       a value of another type was expected
 *      HM_EUNSUPPORTED  the negotiated version cannot do that
 *      HM_ECANCELED     bolt_hooks.cancelled said so
 *      HM_EARG          wrong use
 *      HM_ENOMEM        no memory
 *  A connection that failed in I/O or protocol is never used again; the session takes another one
 *  for its next call. A result or transaction that failed keeps its first error and returns it from
 *  every later call.
 *
 *  Threads. A driver may be used by any number of threads. A session with its results and
 *  transactions belongs to one thread at a time. There is no global state; SIGPIPE is never raised;
 *  nothing is printed.
 *
 *  Limits on what a peer may send:
 *      nesting   BOLT_MAX_DEPTH values
 *      message   bolt_config.max_message_bytes
 *      memory    BOLT_MAX_VALUES_BYTES for the lists, maps and structures of a row; strings, byte
 *                arrays and lists of FLOAT need none besides the message
 */
#ifndef HMREC_BOLT_H
#define HMREC_BOLT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmrec/bolt_value.h"
#include "hmrec/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct bolt_driver;  // address, credentials, connection pool, routing tables
struct bolt_session; // one chain of causally ordered work on one database
struct bolt_tx;      // an explicit transaction
struct bolt_result;  // the stream of rows of one query
struct bolt_params;  // a map being built: query parameters, transaction metadata

enum { BOLT_MAX_DEPTH = 1000, BOLT_MAX_VALUES_BYTES = 256 << 20, BOLT_DEFAULT_PORT = 7687 };

/* ---- parameters (values out) ---- */

/** An empty map, NULL without memory. The same object may be sent any number of times. */
HM_API struct bolt_params *bolt_params_new(void);
HM_API void bolt_params_free(struct bolt_params *params);
/** Empty again, memory kept. */
HM_API void bolt_params_clear(struct bolt_params *params);
/** The first thing that went wrong while building; HM_OK: nothing did. Every call that sends
 *  parameters checks it. */
HM_API enum hm_status bolt_params_status(const struct bolt_params *params, struct hm_error *err);

/** Append a value.
 *  name    its key in a map; NULL in a list
 *  errors  are remembered, see bolt_params_status */
HM_API void bolt_put_null(struct bolt_params *params, const char *name);
HM_API void bolt_put_bool(struct bolt_params *params, const char *name, bool value);
HM_API void bolt_put_int(struct bolt_params *params, const char *name, int64_t value);
HM_API void bolt_put_float(struct bolt_params *params, const char *name, double value);
HM_API void bolt_put_string(struct bolt_params *params, const char *name, const char *text);
HM_API void bolt_put_text(struct bolt_params *params, const char *name, const char *text,
                          size_t length);
HM_API void bolt_put_bytes(struct bolt_params *params, const char *name, const void *bytes,
                           size_t length);
/** A whole list of FLOAT (64 bits on the wire) in one call. */
HM_API void bolt_put_f32(struct bolt_params *params, const char *name, const float *numbers,
                         size_t count);
HM_API void bolt_put_f64(struct bolt_params *params, const char *name, const double *numbers,
                         size_t count);
/** Begin a list or map of exactly count values. The values follow, then bolt_end. */
HM_API void bolt_begin_list(struct bolt_params *params, const char *name, size_t count);
HM_API void bolt_begin_map(struct bolt_params *params, const char *name, size_t count);
HM_API void bolt_end(struct bolt_params *params);
HM_API void bolt_put_date(struct bolt_params *params, const char *name, int64_t days);
HM_API void bolt_put_time(struct bolt_params *params, const char *name,
                          const struct bolt_time_view *time);
/** A date-time, of the kind that its fields tell:
 *      neither zone nor has_offset   local
 *      has_offset                    with an offset
 *      zone                          with a time zone, whose offset is looked up in the zone
 *                                    database when it is needed
 *      zone and has_offset           with a time zone whose offset is known */
HM_API void bolt_put_date_time(struct bolt_params *params, const char *name,
                               const struct bolt_date_time_view *time);
HM_API void bolt_put_duration(struct bolt_params *params, const char *name,
                              const struct bolt_duration_view *duration);
HM_API void bolt_put_point(struct bolt_params *params, const char *name,
                           const struct bolt_point_view *point);
/** Bolt 6: HM_EUNSUPPORTED when it is sent to an older server. */
HM_API void bolt_put_vector_f32(struct bolt_params *params, const char *name, const float *numbers,
                                size_t count);
HM_API void bolt_put_vector(struct bolt_params *params, const char *name,
                            const struct bolt_vector_view *vector);
/** Any value that came from a server or was put together by hand.
 *  errors  HM_EARG: a node, relationship or path, which no server accepts */
HM_API void bolt_put_value(struct bolt_params *params, const char *name,
                           const struct bolt_value *value);
/** Append all entries of inner to params' outermost map. */
HM_API void bolt_params_add_all(struct bolt_params *params, const struct bolt_params *inner);

/* ---- driver ---- */

struct bolt_auth {
    /** "basic", "bearer", "kerberos", any other; NULL or "none": no login. */
    const char *scheme;
    /** User name; NULL: not sent. */
    const char *principal;
    /** Password, token or base64 ticket; never logged. NULL: not sent; nor is "", unless the scheme
     *  is "basic". */
    const char *credentials;
    /** NULL or "": not sent. */
    const char *realm;
    /** Of a custom scheme; NULL: not sent. */
    const struct bolt_params *parameters;
};

/** Which notifications the server shall send (Bolt 5.2). All fields 0: the server's default. */
struct bolt_notification_filter {
    const char *minimum_severity; // "OFF", "WARNING", "INFORMATION"; NULL: the server's default
    const char *const *disabled;  // categories such as "HINT", "GENERIC"
    size_t disabled_count;
    bool disabled_set; // send the list even if it is empty
};

enum bolt_tls {
    BOLT_TLS_BY_SCHEME, // bolt, neo4j: none; +s: verified; +ssc: unverified
    BOLT_TLS_OFF,
    BOLT_TLS_VERIFIED,  // chain and host name
    BOLT_TLS_UNVERIFIED // encrypted, but to whomever answers
};

enum bolt_log_level { BOLT_LOG_WARNING, BOLT_LOG_INFO, BOLT_LOG_DEBUG };

struct bolt_addresses; // the answer of a resolver
/** Append "host:port", "[v6]:port", or a bare host or IP address, to which the port asked for is
 *  added. */
HM_API HM_WARN_UNUSED enum hm_status bolt_addresses_add(struct bolt_addresses *out,
                                                        const char *address, struct hm_error *err);

/** PEM files, as client_certificate, client_key and client_key_password of bolt_config. */
struct bolt_client_certificate {
    const char *certificate, *key, *key_password;
};

/** Functions the driver calls; any may be NULL. They run in the thread that needs them and must be
 *  thread-safe. */
struct bolt_hooks {
    void *context; // first argument of each; must outlive the driver
    /** neo4j:// only: where to look for the cluster, instead of at address ("host:port"). */
    enum hm_status (*resolve)(void *context, const char *address, struct bolt_addresses *out,
                              struct hm_error *err);
    /** The IP addresses of a host name, instead of getaddrinfo. */
    enum hm_status (*resolve_name)(void *context, const char *host, struct bolt_addresses *out,
                                   struct hm_error *err);
    /** TLS: the client certificate for a new connection, instead of bolt_config's, so that one can
     *  be replaced before it expires. The strings must last until the connection is made. */
    enum hm_status (*client_certificate)(void *context, struct bolt_client_certificate *out,
                                         struct hm_error *err);
    /** One line, without newline; credentials never appear. */
    void (*log)(void *context, enum bolt_log_level level, const char *line);
    /** A message of Bolt: a request as it is made (sent), or an answer as it comes.
     *  name    "RUN", "SUCCESS", ...
     *  fields  a list of what it carries, borrowed; credentials are "*****" */
    void (*message)(void *context, const char *address, bool sent, const char *name,
                    const struct bolt_value *fields);
    /** Asked when a signal interrupts a wait, and a few times a second while the call waits or
     *  reads: true ends the call with HM_ECANCELED. */
    bool (*cancelled)(void *context);
    /** For tests: nanoseconds of a clock that never goes back. */
    uint64_t (*now_ns)(void *context);
    /** For tests: the pause between attempts of a managed transaction. */
    void (*sleep_ms)(void *context, uint32_t milliseconds);
    /** For tests: a random number, 0 <= number < 1. */
    double (*random)(void *context);
};

/** All fields 0: the defaults. Times are in milliseconds. */
struct bolt_config {
    struct bolt_auth auth;
    enum bolt_tls tls;
    const char *ca_file;             // PEM; NULL: the system's authorities
    const char *client_certificate;  // PEM chain; NULL: none
    const char *client_key;          // PEM; NULL: in client_certificate
    const char *client_key_password; // NULL: none
    const char *user_agent;          // NULL: "hmrec/VERSION"
    /** For TCP, TLS, handshake and login of one connection. 0: 30 000. */
    int64_t connect_timeout_ms;
    /** For silence while an answer is awaited; the server's hint, if that is less. -1: the hint
     *  alone; 0: the hint, or 300 000 where there is none. */
    int64_t read_timeout_ms;
    /** For one message of an answer, however many NOOPs come before it. -1: no limit; 0: 3 600
     *  000. */
    int64_t message_timeout_ms;
    /** For a peer that accepts not a byte. -1: no limit; 0: 60 000. */
    int64_t write_timeout_ms;
    /** From asking for a connection to a server to having it. 0: 60 000. */
    int64_t acquisition_timeout_ms;
    /** Managed transactions: no new attempt so long after the first failure. 0: 30 000. */
    int64_t max_retry_ms;
    /** A connection older than that is not used again. -1: no limit; 0: 3 600 000. */
    int64_t max_lifetime_ms;
    /** A connection idle for that long is RESET before it is used again, and given up where no
     *  answer comes within 3 s. -1: always; 0: never. */
    int64_t liveness_check_ms;
    /** Rows that a PULL asks for. -1: all; 0: 1000. */
    int64_t fetch_size;
    size_t max_pool_size;     // connections to one server; 0: 100
    size_t max_message_bytes; // of one message from a server; 0: 512 MiB
    struct bolt_notification_filter notifications;
    struct bolt_hooks hooks;
};

/** Make a driver. Nothing is connected yet.
 *  uri     bolt, bolt+s, bolt+ssc, neo4j, neo4j+s or neo4j+ssc://HOST[:PORT]; neo4j...: also
 *          ?KEY=VALUE&... as routing context
 *  config  NULL: all defaults
 *  errors  HM_EARG: the URI or a field of config is wrong, or a file of certificates cannot be read
 *          HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status bolt_driver_new(const char *uri,
                                                     const struct bolt_config *config,
                                                     struct bolt_driver **out,
                                                     struct hm_error *err);
HM_API void bolt_driver_free(struct bolt_driver *driver);

struct bolt_server {
    char address[272];        // "host:port" as connected to
    char agent[64];           // "Neo4j/5.26.25"
    int major, minor;         // Bolt version
    bool credentials_expired; // only the password can be changed, on the database "system"
};

/** Connect, log in and check that a server answers.
 *  database  NULL: the user's home database
 *  server    which one answered; may be NULL */
HM_API HM_WARN_UNUSED enum hm_status bolt_verify(struct bolt_driver *driver, const char *database,
                                                 struct bolt_server *server, struct hm_error *err);
/** *accepted = whether the server accepts these credentials. */
HM_API HM_WARN_UNUSED enum hm_status bolt_verify_auth(struct bolt_driver *driver,
                                                      const struct bolt_auth *auth, bool *accepted,
                                                      struct hm_error *err);
HM_API bool bolt_is_encrypted(const struct bolt_driver *driver);

/* ---- session ---- */

enum bolt_access { BOLT_WRITE, BOLT_READ };

struct bolt_session_config {
    const char *database;         // NULL: the user's home database
    enum bolt_access access;      // which servers of a cluster do the work
    const char *const *bookmarks; // of earlier work that the first transaction must see
    size_t bookmark_count;
    int64_t fetch_size;            // 0: the driver's
    const char *impersonated_user; // Bolt 4.4; NULL: none
    const struct bolt_auth *auth;  // NULL: the driver's
    struct bolt_notification_filter notifications;
    /** bolt_run does not wait for results that are still open: their rows are buffered when a later
     *  result is read first. Each query still is a transaction of its own; after one that failed
     *  the server ignores those already sent. */
    bool pipeline;
};

HM_API HM_WARN_UNUSED enum hm_status bolt_session_new(struct bolt_driver *driver,
                                                      const struct bolt_session_config *config,
                                                      struct bolt_session **out,
                                                      struct hm_error *err);
/** Discards open results, rolls an open transaction back, returns the connection. */
HM_API void bolt_session_free(struct bolt_session *session);
/** Bookmarks of the last committed work, or those of bolt_session_config.
 *  borrowed  until the session's next call */
HM_API const char *const *bolt_bookmarks(const struct bolt_session *session, size_t *count);

enum { BOLT_NO_TX_TIMEOUT = -1 };

struct bolt_tx_config {
    int64_t timeout_ms;                 // 0: the server's default; BOLT_NO_TX_TIMEOUT: none
    const struct bolt_params *metadata; // shown in SHOW TRANSACTIONS; NULL: none
};

/** Auto-commit: queue a query and return without waiting. It is sent by the next call that waits,
 *  or by bolt_flush. A result of this session that is still open is first read into memory to its
 *  end, unless bolt_session_config.pipeline is set.
 *  params  NULL: none
 *  config  NULL: the server's defaults
 *  errors  those of connecting; bolt_keys, bolt_next and bolt_consume give those of the query */
HM_API HM_WARN_UNUSED enum hm_status bolt_run(struct bolt_session *session, const char *query,
                                              const struct bolt_params *params,
                                              const struct bolt_tx_config *config,
                                              struct bolt_result **out, struct hm_error *err);

/** Send what is queued, without waiting for answers: the server works while the caller does
 *  something else. */
HM_API HM_WARN_UNUSED enum hm_status bolt_flush(struct bolt_session *session, struct hm_error *err);

/** BEGIN, and wait for the server's answer. */
HM_API HM_WARN_UNUSED enum hm_status bolt_begin(struct bolt_session *session,
                                                const struct bolt_tx_config *config,
                                                struct bolt_tx **out, struct hm_error *err);
/** As bolt_run. Several queries may be queued before the first is read, and read in any order. */
HM_API HM_WARN_UNUSED enum hm_status bolt_tx_run(struct bolt_tx *tx, const char *query,
                                                 const struct bolt_params *params,
                                                 struct bolt_result **out, struct hm_error *err);
/** Discard what is unread, check that nothing failed, and commit. */
HM_API HM_WARN_UNUSED enum hm_status bolt_commit(struct bolt_tx *tx, struct hm_error *err);
/** HM_OK also when the transaction has failed: the server has rolled back by then. */
HM_API HM_WARN_UNUSED enum hm_status bolt_rollback(struct bolt_tx *tx, struct hm_error *err);
/** Rolls back if the transaction is still open. */
HM_API void bolt_tx_free(struct bolt_tx *tx);

/** Work on a transaction: HM_OK commits, anything else rolls back. It must free its results, and
 *  may be called several times. */
typedef enum hm_status bolt_work(struct bolt_tx *tx, void *context, struct hm_error *err);
/** Managed transaction: begin, work, commit. On HM_ERETRY it is tried again after 1, 2, 4... s
 *  (20 % more or less, at random) until bolt_config.max_retry_ms since the first failure is over. A
 *  COMMIT without an answer is never repeated.
 *  config  NULL: the server's defaults */
HM_API HM_WARN_UNUSED enum hm_status bolt_transact(struct bolt_session *session,
                                                   enum bolt_access access,
                                                   const struct bolt_tx_config *config,
                                                   bolt_work *work, void *context,
                                                   struct hm_error *err);

/* ---- result ---- */

/** Names of the columns; waits for the server to accept the query.
 *  keys  [*count], borrowed until bolt_result_free */
HM_API HM_WARN_UNUSED enum hm_status bolt_keys(struct bolt_result *result, const char *const **keys,
                                               size_t *count, struct hm_error *err);
/** The next row. Memory stays constant: no more than fetch_size rows are on their way, and one is
 *  decoded.
 *  row  as many values as there are keys; NULL after the last row */
HM_API HM_WARN_UNUSED enum hm_status bolt_next(struct bolt_result *result,
                                               const struct bolt_value **row, struct hm_error *err);
/** As bolt_next, without moving on. */
HM_API HM_WARN_UNUSED enum hm_status bolt_peek(struct bolt_result *result,
                                               const struct bolt_value **row, struct hm_error *err);
/** Ask for all remaining rows at once from now on, whatever the fetch size. */
HM_API HM_WARN_UNUSED enum hm_status bolt_fetch_all(struct bolt_result *result,
                                                    struct hm_error *err);

struct bolt_counters {
    int64_t nodes_created, nodes_deleted, relationships_created, relationships_deleted,
        properties_set, labels_added, labels_removed, indexes_added, indexes_removed,
        constraints_added, constraints_removed, system_updates;
    bool contains_updates, contains_system_updates;
};

/** A notification and a GQL status object in one: whichever of them the server sends, the other's
 *  fields are derived. */
struct bolt_notification {
    const char *gql_status;         // "01N50"; "": unknown
    const char *status_description; // GQL's text
    const char *code;               // Neo4j's code; "" for a status that is no notification
    const char *title, *description;
    const char *severity;           // "WARNING", "INFORMATION", "UNKNOWN"
    const char *raw_severity;       // as sent; NULL: not sent
    const char *classification;     // "HINT", "DEPRECATION" ... "UNKNOWN"
    const char *raw_classification; // as sent; NULL: not sent
    bool has_position;
    int64_t offset, line, column;
    struct bolt_value diagnostic_record; // map
};

struct bolt_summary {
    const char *query;
    const char *query_type; // "r", "rw", "w", "s"; NULL: not sent
    const char *database;   // NULL: not sent
    struct bolt_counters counters;
    const struct bolt_notification *notifications; // [notification_count]; NULL: none were sent
    size_t notification_count;
    const struct bolt_notification *statuses; // [status_count]: those and the outcome, worst first
    size_t status_count;
    const struct bolt_value *plan, *profile;       // maps; NULL: not asked for
    int64_t available_after_ms, consumed_after_ms; // -1: not sent
    struct bolt_server server;
    const struct bolt_value *metadata; // all that the server sent, a map
};

/** Discard what is unread and wait for the end.
 *  summary  borrowed until bolt_result_free; may be NULL */
HM_API HM_WARN_UNUSED enum hm_status
bolt_consume(struct bolt_result *result, const struct bolt_summary **summary, struct hm_error *err);
/** Discards what is unread. The session or transaction keeps failures. */
HM_API void bolt_result_free(struct bolt_result *result);

/** Everything the server said about a failure. */
struct bolt_failure {
    const char *code;                    // "Neo.ClientError.Statement.SyntaxError"; "" in a cause
    const char *message;                 // in full, may have several lines
    const char *gql_status;              // "50N42": the server (before Bolt 5.7) sent none
    const char *description;             // of gql_status
    const char *classification;          // "CLIENT_ERROR"...; "UNKNOWN": not sent
    const char *raw_classification;      // as sent; NULL: not sent
    struct bolt_value diagnostic_record; // map
    const struct bolt_failure *cause;    // NULL: none
};
/** The last refusal (HM_ESERVER, HM_ERETRY with a code) in this session; NULL: there was none.
 *  borrowed  until the session's next refusal */
HM_API const struct bolt_failure *bolt_session_failure(const struct bolt_session *session);

/* ---- inspection, for tools and tests ---- */

struct bolt_routing {
    char *database; // NULL: the default database
    int64_t ttl_seconds;
    char **routers, **readers, **writers; // "host:port", each list ends in NULL
};
/** A copy of the routing table as it is known now.
 *  errors  HM_ENOTFOUND: none is known; HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status bolt_routing_get(struct bolt_driver *driver,
                                                      const char *database,
                                                      struct bolt_routing **out,
                                                      struct hm_error *err);
HM_API void bolt_routing_free(struct bolt_routing *routing);
/** Fetch the routing table anew. */
HM_API HM_WARN_UNUSED enum hm_status
bolt_routing_refresh(struct bolt_driver *driver, const char *database, const char *const *bookmarks,
                     size_t bookmark_count, struct hm_error *err);
/** Connections to "host:port" in use and idle. */
HM_API void bolt_pool_count(struct bolt_driver *driver, const char *address, size_t *in_use,
                            size_t *idle);

#ifdef __cplusplus
}
#endif

#endif
