// SPDX-License-Identifier: MIT
/** A back end for the test kit of the Neo4j drivers: JSON requests come over TCP, bolt.h does what
 *  they ask, JSON answers go back. One client at a time, one request at a time; README.md says how
 *  the kit is run against it.
 *
 *      channel.c      the connection to the kit, framing
 *      main.c         the listener and the table of requests
 *      objects.c      what the kit knows by id: drivers, sessions, transactions, results, errors
 *      values.c       Cypher values to JSON
 *      parameters.c   JSON to Cypher values
 *      calendar.c     dates of both
 *      drivers.c, sessions.c, results.c, summaries.c   the requests
 *
 *  A handler gives out the answer, or NULL when there is none to give because the kit hung up. */
#ifndef KIT_H
#define KIT_H

#include <cjson/cJSON.h>
#include <stdio.h>

#include "hmrec/bolt.h"

enum kit_kind { KIT_FREED, KIT_DRIVER, KIT_SESSION, KIT_TX, KIT_RESULT, KIT_ERROR, KIT_PROVIDER };

struct kit;

struct kit_driver {
    struct kit *kit;
    struct bolt_driver *driver; // NULL once it is closed
    int provider;               // id of who provides the client certificate; 0: nobody
    cJSON *certificate;         // that it provided last
};

struct kit_session {
    struct bolt_session *session; // NULL once it is closed
    struct kit_driver *driver;
    enum bolt_access access;
};

struct kit_tx {
    struct bolt_tx *tx; // NULL once it is closed
    bool managed;       // bolt_transact frees it
    bool over;          // committed, rolled back or failed
    struct kit_session *session;
};

struct kit_result {
    struct bolt_result *result;
    struct kit_session *session;
    cJSON *parameters; // of the query, for its summary
};

struct kit_failure {
    struct hm_error error;
    cJSON *answer; // the DriverError as it was sent
};

/** Something with an id, which is its place in kit->objects plus one. */
struct kit_object {
    enum kit_kind kind;
    union {
        void *any;
        struct kit_driver *driver;
        struct kit_session *session;
        struct kit_tx *tx;
        struct kit_result *result;
        struct kit_failure *failure;
    } as;
};

struct kit {
    FILE *in, *out;
    char *line; // being read
    size_t line_capacity;
    struct kit_object *objects;
    size_t object_count, object_capacity;
    unsigned depth; // of requests inside of requests
    bool verbose;   // trace to stderr
    bool closed;    // the kit hung up
};

/* ---- channel.c ---- */

/** The next request, NULL when the kit hung up (kit->closed) or sent no JSON. Integers that a
 *  double cannot hold come as strings of their digits. Free with cJSON_Delete. */
cJSON *kit_receive(struct kit *kit);
/** Send {"name", "data"} and free it. */
void kit_send(struct kit *kit, cJSON *answer);
/** {"name": name, "data": {}}; *data (may be NULL) is the inner object. */
cJSON *kit_answer(const char *name, cJSON **data);
/** {"name": name, "data": {"id": id}} */
cJSON *kit_answer_id(const char *name, int id);
HM_PRINTF(1, 2) cJSON *kit_backend_error(const char *format, ...);

/* ---- main.c ---- */

/** Serve requests until one with one of two names comes, which is given out, not answered. NULL:
 *  the kit hung up. */
cJSON *kit_serve_until(struct kit *kit, const char *name, const char *other_name);

/* ---- objects.c ---- */

/** Keep an object (0 on failure: no memory) and return its id. */
int kit_add(struct kit *kit, enum kit_kind kind, void *object);
/** The object that data[key] names, NULL when there is none of that kind. */
void *kit_find(const struct kit *kit, enum kit_kind kind, const cJSON *data, const char *key);
/** Its id; 0: unknown. */
int kit_id(const struct kit *kit, const void *object);
/** Free what is left, in the order that bolt.h asks for. */
void kit_free_objects(struct kit *kit);
/** A DriverError of err, kept by its id. session (may be NULL): where it happened, for what the
 *  server said. */
cJSON *kit_driver_error(struct kit *kit, const struct hm_error *err,
                        const struct kit_session *session);

/* ---- values.c, parameters.c, calendar.c ---- */

HM_WARN_UNUSED enum hm_status kit_value_to_json(const struct bolt_value *value, cJSON **out,
                                                struct hm_error *err);
/** Maps as the kit wants some of them: plain JSON, not Cypher values. */
cJSON *kit_value_to_plain(const struct bolt_value *value);
/** {"key": Cypher value}, the inside of a CypherMap. */
cJSON *kit_map_to_json(const struct bolt_value *map);
cJSON *kit_string_or_null(const char *text);
cJSON *kit_integer(int64_t value);

/** New parameters from {"name": Cypher value}; NULL or null: none (*out NULL). plain: from plain
 *  JSON. */
HM_WARN_UNUSED enum hm_status kit_parameters(const cJSON *map, bool plain, struct bolt_params **out,
                                             struct hm_error *err);
const char *kit_text(const cJSON *data, const char *key); // NULL: missing or null
/** *out stays as it is when the key is missing or null. */
void kit_number(const cJSON *data, const char *key, int64_t *out);
bool kit_flag(const cJSON *data, const char *key);
/** The strings of a list, to be freed (not the strings); *count = 0 when there is none. */
const char **kit_texts(const cJSON *list, size_t *count);

int64_t kit_days(int64_t year, unsigned month, unsigned day);
void kit_date(int64_t days, int64_t *year, unsigned *month, unsigned *day);

/* ---- requests ---- */

typedef cJSON *kit_handler(struct kit *kit, const cJSON *data);

kit_handler kit_new_driver, kit_driver_close, kit_verify_connectivity, kit_server_info,
    kit_multi_db, kit_session_auth, kit_verify_auth, kit_is_encrypted, kit_routing_update,
    kit_routing_table, kit_pool_metrics, kit_new_provider, kit_provider_close;
kit_handler kit_new_session, kit_session_close, kit_session_run, kit_begin, kit_read, kit_write,
    kit_bookmarks, kit_tx_run, kit_commit, kit_rollback, kit_tx_close;
kit_handler kit_next, kit_peek, kit_single, kit_single_optional, kit_list, kit_consume;

/** drivers.c: credentials from an AuthorizationToken. The strings are the token's;
 *  auth->parameters is to be freed. */
HM_WARN_UNUSED enum hm_status kit_auth(const cJSON *token, struct bolt_auth *auth,
                                       struct bolt_params **parameters, struct hm_error *err);
/** drivers.c: notification filter of a driver or session; filter->disabled is to be freed. */
void kit_filter(const cJSON *data, struct bolt_notification_filter *filter, const char ***disabled);
/** results.c: answer Result, with the keys, or the error. Takes result. */
cJSON *kit_result_answer(struct kit *kit, struct bolt_result *result, struct kit_session *session,
                         const cJSON *parameters);
/** summaries.c */
void kit_put_server(cJSON *data, const struct bolt_server *server);
cJSON *kit_summary(const struct bolt_summary *summary, const cJSON *parameters);

#endif
