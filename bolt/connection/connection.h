// SPDX-License-Identifier: MIT
/** One logged-in connection: requests go out in order, and every answer finds the one who asked. */
#ifndef BOLT_CONNECTION_H
#define BOLT_CONNECTION_H

#include "hmrec/bolt.h"
#include "value/packstream.h"
#include "connection/versions.h"
#include "wire/wire.h"

struct bolt_connection;

enum bolt_reply_kind {
    REPLY_SUCCESS = 0x70,
    REPLY_RECORD = 0x71,
    REPLY_IGNORED = 0x7e,
    REPLY_FAILURE = 0x7f
};

/** A message from the server. body is a map (SUCCESS, FAILURE), a list (RECORD) or empty, still in
 *  PackStream; it may be decoded where it is, and lives until the next message. */
struct bolt_reply {
    enum bolt_reply_kind kind;
    unsigned char *body;
    size_t length;
};

/** Who waits for the answer to a request: called for each RECORD, and for the one message that ends
 *  the answer.
 *  returns  HM_OK also for FAILURE and IGNORED, which it keeps; anything else breaks the
 *           connection */
typedef enum hm_status bolt_on_reply(void *owner, struct bolt_connection *connection,
                                     const struct bolt_reply *reply, struct hm_error *err);

/** Credentials of our own copy. */
struct bolt_identity {
    struct bolt_auth auth; // into arena
    struct bolt_params *parameters;
    struct hm_arena arena;
};
HM_WARN_UNUSED enum hm_status bolt_identity_copy(const struct bolt_auth *auth,
                                                 struct bolt_identity *out, struct hm_error *err);
/** A copy of a text in arena; NULL for NULL. *ok becomes false without memory. */
const char *bolt_copy_text(struct hm_arena *arena, const char *text, bool *ok);
void bolt_identity_free(struct bolt_identity *identity);
bool bolt_auth_equal(const struct bolt_auth *a, const struct bolt_auth *b);

/** What HELLO says; the pointers must outlive the connection. */
struct bolt_greeting {
    const char *user_agent;
    const struct bolt_params *routing; // context; NULL: the server shall not route
    const struct bolt_notification_filter *filter;
};

struct bolt_waiter {
    bolt_on_reply *on_reply; // NULL: nobody is interested any more
    void *owner;
};

struct bolt_connection {
    struct bolt_wire wire;
    const struct bolt_hooks *hooks; // of the configuration
    const struct bolt_version *version;
    bool utc;               // date-times in UTC: by version, or agreed upon in HELLO
    bool failed;            // the server ignores everything until RESET
    bool unexplained;       // failed by IGNORED, without a FAILURE before it
    struct hm_error broken; // first I/O or protocol error; the connection is only good for closing
    struct bolt_identity identity;
    struct bolt_server server;
    char id[64];                 // the server's name for this connection
    struct bolt_waiter *waiters; // ring of those who wait, in order of their requests
    size_t waiter_first, waiter_count, waiter_capacity;
    bool ready;                // logged in: a lost connection may be retried from here on
    struct bolt_params *extra; // scratch for the maps of requests
    struct hm_buf scratch;
    // The pool's:
    struct bolt_connection *next;
    struct bolt_pool_server *pool_server; // whose list it is in when idle
    struct bolt_tls_context *tls; // of this connection alone, freed with it; NULL: the driver's
    uint64_t opened_ns, idle_since_ns; // 0: never was idle
    unsigned generation;               // of the pool's trust: older ones are not reused
};

/** Handshake and login over an open stream, which the connection owns from now on, also on failure.
 *  address  "host:port", for messages */
HM_WARN_UNUSED enum hm_status
bolt_connection_open(struct bolt_stream stream, const char *address,
                     const struct bolt_greeting *greeting, const struct bolt_auth *auth,
                     uint64_t deadline_ns, const struct bolt_config *config,
                     struct bolt_connection **out, struct hm_error *err);
/** GOODBYE when that makes sense, then close and free. NULL is fine. */
void bolt_connection_close(struct bolt_connection *connection);

/** Flush, receive one message and give it to its waiter. On failure the connection is broken. */
HM_WARN_UNUSED enum hm_status bolt_connection_step(struct bolt_connection *connection,
                                                   struct hm_error *err);
HM_WARN_UNUSED enum hm_status bolt_connection_flush(struct bolt_connection *connection,
                                                    struct hm_error *err);
/** Step until nobody waits. */
HM_WARN_UNUSED enum hm_status bolt_connection_drain(struct bolt_connection *connection,
                                                    struct hm_error *err);
/** The owner goes away: its answers will be dropped. */
void bolt_connection_forget(struct bolt_connection *connection, const void *owner);
/** RESET and wait: usable again after a failure. */
HM_WARN_UNUSED enum hm_status bolt_connection_reset(struct bolt_connection *connection,
                                                    struct hm_error *err);
/** Change the credentials of an idle connection. LOGOFF and LOGON travel with the next request;
 *  when they are refused, the connection is broken by what the server said. */
HM_WARN_UNUSED enum hm_status bolt_connection_relogin(struct bolt_connection *connection,
                                                      const struct bolt_auth *auth,
                                                      struct hm_error *err);
/** HM_EUNSUPPORTED when the version has no LOGON. */
HM_WARN_UNUSED enum hm_status bolt_connection_can_relogin(const struct bolt_connection *connection,
                                                          struct hm_error *err);
/** Mark as broken by err, unless it already is; returns the first error in *err. */
enum hm_status bolt_connection_break(struct bolt_connection *connection, struct hm_error *err);

/** How a transaction starts: what RUN and BEGIN have in common. Fields as in bolt.h. */
struct bolt_start {
    const char *database;
    enum bolt_access access;
    const char *const *bookmarks;
    size_t bookmark_count;
    const char *impersonated_user;
    const struct bolt_notification_filter *filter;
    int64_t timeout_ms;
    const struct bolt_params *metadata;
};

/** Requests. Each appends one message and its waiter; nothing is sent before the next flush or
 *  step.
 *  errors  HM_EUNSUPPORTED, HM_EARG (params), HM_ENOMEM: nothing was appended, and the connection
 *          stays good */
HM_WARN_UNUSED enum hm_status bolt_send_simple(struct bolt_connection *connection, unsigned tag,
                                               struct bolt_waiter waiter, struct hm_error *err);
HM_WARN_UNUSED enum hm_status bolt_send_hello(struct bolt_connection *connection,
                                              const struct bolt_greeting *greeting,
                                              const struct bolt_auth *auth,
                                              struct bolt_waiter waiter, struct hm_error *err);
HM_WARN_UNUSED enum hm_status bolt_send_logon(struct bolt_connection *connection,
                                              const struct bolt_auth *auth,
                                              struct bolt_waiter waiter, struct hm_error *err);
/** start NULL: inside a transaction. */
HM_WARN_UNUSED enum hm_status bolt_send_run(struct bolt_connection *connection, const char *query,
                                            const struct bolt_params *params,
                                            const struct bolt_start *start,
                                            struct bolt_waiter waiter, struct hm_error *err);
HM_WARN_UNUSED enum hm_status bolt_send_begin(struct bolt_connection *connection,
                                              const struct bolt_start *start,
                                              struct bolt_waiter waiter, struct hm_error *err);
/** PULL or DISCARD of n rows (-1: all); qid -1: of the last RUN. */
HM_WARN_UNUSED enum hm_status bolt_send_pull(struct bolt_connection *connection, bool discard,
                                             int64_t n, int64_t qid, struct bolt_waiter waiter,
                                             struct hm_error *err);
HM_WARN_UNUSED enum hm_status bolt_send_route(struct bolt_connection *connection,
                                              const struct bolt_params *routing,
                                              const char *const *bookmarks, size_t bookmark_count,
                                              const char *database, const char *impersonated_user,
                                              struct bolt_waiter waiter, struct hm_error *err);

enum {
    TAG_HELLO = 0x01,
    TAG_GOODBYE = 0x02,
    TAG_RESET = 0x0f,
    TAG_RUN = 0x10,
    TAG_BEGIN = 0x11,
    TAG_COMMIT = 0x12,
    TAG_ROLLBACK = 0x13,
    TAG_DISCARD = 0x2f,
    TAG_PULL = 0x3f,
    TAG_ROUTE = 0x66,
    TAG_LOGON = 0x6a,
    TAG_LOGOFF = 0x6b
};

/** Read the map of a FAILURE into arena. */
HM_WARN_UNUSED enum hm_status bolt_failure_read(const struct bolt_reply *reply,
                                                struct hm_arena *arena,
                                                const struct bolt_failure **out,
                                                struct hm_error *err);
/** Fill *err in from a failure: HM_ERETRY when its code is one that may go away, HM_ESERVER
 *  otherwise. */
enum hm_status bolt_failure_fail(const struct bolt_failure *failure, struct hm_error *err);
/** For requests that are answered by yes or no.
 *  owner  a struct hm_error, which stays HM_OK after SUCCESS */
bolt_on_reply bolt_keep_error;

/** A diagnostic record: what was sent (may be NULL) with GQL's defaults for what was not. */
HM_WARN_UNUSED enum hm_status bolt_diagnostic_record(const struct bolt_value *sent,
                                                     struct hm_arena *arena, struct bolt_value *out,
                                                     struct hm_error *err);
/** A text, or what stands for it when it is NULL. */
static inline const char *bolt_text_or(const char *text, const char *fallback) {
    return text ? text : fallback;
}
/** Text of a key of a map; NULL when it is not there or no string. */
const char *bolt_get_text(const struct bolt_value *map, const char *key);
/** Number of a key of a map; fallback when it is not there or no integer. */
int64_t bolt_get_int(const struct bolt_value *map, const char *key, int64_t fallback);

#endif
