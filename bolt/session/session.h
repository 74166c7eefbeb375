// SPDX-License-Identifier: MIT
/** Sessions, transactions and results from the inside; the rules between them are in session.c. */
#ifndef BOLT_SESSION_H
#define BOLT_SESSION_H

#include "cluster/driver.h"

struct bolt_session {
    struct bolt_driver *driver;
    struct hm_arena arena;             // texts of config
    struct bolt_session_config config; // own copies; bookmarks are kept below
    struct bolt_identity identity;     // when config.auth is set
    char *database; // as configured, or the home database once it is known; NULL: not known
    struct bolt_strings bookmarks;
    struct bolt_connection *connection; // while work is open
    struct bolt_result *results;        // open or not, all that have not been freed
    struct bolt_tx *tx;                 // open
    struct hm_error refused; // what the connection failed with, and what is ignored fails with
    struct hm_arena failure_arena;
    const struct bolt_failure *failure;
};

enum tx_state { TX_OPEN, TX_FAILED, TX_CLOSED };

struct bolt_tx {
    struct bolt_session *session; // NULL: it is over
    enum tx_state state;
    struct hm_error error;      // TX_FAILED: the first
    struct bolt_result *latest; // its RUN is the last that was sent: PULL needs no qid
    bool answered;              // of the request that is waited for
};

/** Fail an open transaction; the first failure counts. NULL is fine. */
void bolt_tx_fail(struct bolt_tx *tx, const struct hm_error *why);

/** A failed transaction is over for the server: it does not keep the session from its next work. */
void bolt_tx_end_failed(struct bolt_session *session);

enum result_state { RESULT_SENT, RESULT_STREAMING, RESULT_DONE, RESULT_FAILED };

struct bolt_result {
    struct bolt_session *session; // NULL: the session was freed
    struct bolt_tx *tx;           // NULL: auto-commit
    struct bolt_result *next;     // in session->results
    enum result_state state;
    struct hm_error error; // RESULT_FAILED: the first
    bool pulling;          // a PULL or DISCARD is not answered yet
    bool discarding;       // rows are dropped
    bool consumed;         // no rows are given out any more
    int64_t fetch_size;
    int64_t qid;          // -1 outside of transactions
    struct hm_arena keep; // query, keys, summary
    const char *query;
    const char **keys;
    size_t key_count;
    struct bolt_value run_metadata, end_metadata; // maps, in keep
    struct bolt_summary *summary;                 // made when asked for
    // Rows:
    bool reading;            // bolt_next waits: the next row need not be buffered
    unsigned char *received; // the row just received, in the connection's buffer
    size_t received_length;
    struct hm_buf buffered;          // buffered rows, each its length in 4 bytes and its bytes
    size_t buffered_at;              // the next of them
    struct hm_arena row_arena;       // of the row given out
    const struct bolt_value *peeked; // given out by bolt_peek, in row_arena
    bool any_row;                    // a row came
    struct bolt_server server;       // that answered
};

/** The server refused something on the session's connection: keep what it said.
 *  errors  HM_ENOMEM, HM_EPROTO: it cannot be kept */
HM_WARN_UNUSED enum hm_status bolt_session_refused(struct bolt_session *session,
                                                   const struct bolt_reply *reply,
                                                   struct hm_error *err);
/** A connection for new work; the one at hand when it is in use and good. */
HM_WARN_UNUSED enum hm_status bolt_session_connect(struct bolt_session *session,
                                                   enum bolt_access access, struct hm_error *err);
/** Give the connection back when nothing is open any more; when it is broken, everything open
 *  fails first. */
void bolt_session_settle(struct bolt_session *session);
/** Receive one message; on failure everything open has failed with *err. */
HM_WARN_UNUSED enum hm_status bolt_session_step(struct bolt_session *session, struct hm_error *err);
/** What the session's next RUN or BEGIN says. */
struct bolt_start bolt_session_start(const struct bolt_session *session, enum bolt_access access,
                                     const struct bolt_tx_config *config);
/** The bookmark of work that was committed; NULL: none came. */
HM_WARN_UNUSED enum hm_status bolt_session_bookmark(struct bolt_session *session,
                                                    const char *bookmark, struct hm_error *err);
/** Send RUN and the first PULL. */
HM_WARN_UNUSED enum hm_status bolt_result_start(struct bolt_session *session, struct bolt_tx *tx,
                                                const char *query, const struct bolt_params *params,
                                                const struct bolt_start *start,
                                                struct bolt_result **out, struct hm_error *err);
/** Read to the end, buffering the rows. Failures stay in the result. */
void bolt_result_buffer(struct bolt_result *result);
/** Read to the end, dropping the rows. Failures stay in the result. */
void bolt_result_discard(struct bolt_result *result);
static inline bool bolt_result_is_open(const struct bolt_result *result) {
    return result->state == RESULT_SENT || result->state == RESULT_STREAMING;
}

/** Make result->summary from its metadata. */
HM_WARN_UNUSED enum hm_status bolt_summary_make(struct bolt_result *result, struct hm_error *err);

#endif
