// SPDX-License-Identifier: MIT
// Requests, one function each. The maps they carry are built in connection->extra; entries with
// the protocol's default value are left out. What a version cannot say is asked of its features.

#include "connection/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

static enum hm_status push_waiter(struct bolt_connection *c, struct bolt_waiter waiter,
                                  struct hm_error *err) {
    if (c->waiter_count == c->waiter_capacity) {
        size_t capacity = c->waiter_capacity ? c->waiter_capacity * 2 : 16;
        struct bolt_waiter *waiters = calloc(capacity, sizeof *waiters);
        if (!waiters) return hm_fail(err, HM_ENOMEM, "no memory for a request");
        for (size_t i = 0; i < c->waiter_count; i++)
            waiters[i] = c->waiters[(c->waiter_first + i) % c->waiter_capacity];
        free(c->waiters);
        c->waiters = waiters;
        c->waiter_first = 0;
        c->waiter_capacity = capacity;
    }
    c->waiters[(c->waiter_first + c->waiter_count++) % c->waiter_capacity] = waiter;
    return HM_OK;
}

static void begin_message(struct bolt_connection *c, unsigned tag, unsigned fields) {
    unsigned char head[2] = {(unsigned char)(PACK_TINY_STRUCT | fields), (unsigned char)tag};
    bolt_wire_begin(&c->wire);
    bolt_wire_bytes(&c->wire, head, sizeof head);
}

static enum hm_status end_message(struct bolt_connection *c, struct bolt_waiter waiter,
                                  struct hm_error *err) {
    HM_TRY(bolt_wire_end(&c->wire, err));
    enum hm_status status = push_waiter(c, waiter, err);
    if (status != HM_OK)
        c->wire.out.length = c->wire.message;
    else
        bolt_show_request(c);
    return status;
}

static void append_text(struct bolt_connection *c, const char *string) {
    unsigned char head[PACK_HEAD];
    size_t length = strlen(string);
    bolt_wire_bytes(&c->wire, head, pack_string_head(head, length));
    bolt_wire_bytes(&c->wire, string, length);
}

static void append_text_or_null(struct bolt_connection *c, const char *string) {
    if (string)
        append_text(c, string);
    else
        bolt_wire_bytes(&c->wire, &(unsigned char){PACK_NULL}, 1);
}

/** params, ready to be sent, were checked before begin_message(). */
static void append_map(struct bolt_connection *c, const struct bolt_params *params) {
    unsigned char head[PACK_HEAD];
    bolt_wire_bytes(&c->wire, head, pack_map_head(head, params ? params->count : 0));
    if (!params || !params->count) return;
    if (!bolt_params_need_correction(params, !c->utc)) {
        bolt_wire_bytes(&c->wire, params->bytes.data, params->bytes.length);
        return;
    }
    c->scratch.length = 0;
    if (c->wire.out_error.status == HM_OK &&
        bolt_params_correct(params, !c->utc, &c->scratch, &c->wire.out_error) == HM_OK)
        bolt_wire_bytes(&c->wire, c->scratch.data, c->scratch.length);
}

static enum hm_status check_params(const struct bolt_connection *c,
                                   const struct bolt_params *params, struct hm_error *err) {
    if (!params) return HM_OK;
    HM_TRY(bolt_params_status(params, err));
    if (params->has_vector && !bolt_can(c->version, CAN_VECTOR))
        return hm_fail(err, HM_EUNSUPPORTED, "%s: Bolt %d.%d has no vectors, 6.0 is needed",
                       c->server.address, c->server.major, c->server.minor);
    return HM_OK;
}

enum hm_status bolt_send_simple(struct bolt_connection *c, unsigned tag, struct bolt_waiter waiter,
                                struct hm_error *err) {
    begin_message(c, tag, 0);
    return end_message(c, waiter, err);
}

static void put_texts(struct bolt_params *extra, const char *name, const char *const *texts,
                      size_t count) {
    bolt_begin_list(extra, name, count);
    for (size_t i = 0; i < count; i++)
        bolt_put_string(extra, NULL, texts[i]);
    bolt_end(extra);
}

static void put_optional(struct bolt_params *extra, const char *name, const char *string) {
    if (string) bolt_put_string(extra, name, string);
}

static enum hm_status put_filter(const struct bolt_connection *c,
                                 const struct bolt_notification_filter *filter,
                                 struct hm_error *err) {
    if (!filter || (!filter->minimum_severity && !filter->disabled_count && !filter->disabled_set))
        return HM_OK;
    if (!bolt_can(c->version, CAN_FILTER))
        return hm_fail(err, HM_EUNSUPPORTED,
                       "%s: Bolt %d.%d cannot filter notifications, 5.2 is needed",
                       c->server.address, c->server.major, c->server.minor);
    put_optional(c->extra, "notifications_minimum_severity", filter->minimum_severity);
    if (filter->disabled_count || filter->disabled_set)
        put_texts(c->extra,
                  bolt_can(c->version, CAN_CLASSIFICATION)
                      ? "notifications_disabled_classifications"
                      : "notifications_disabled_categories",
                  filter->disabled, filter->disabled_count);
    return HM_OK;
}

static void put_auth(struct bolt_params *extra, const struct bolt_auth *auth) {
    const char *scheme = auth->scheme ? auth->scheme : "none";
    bool basic = strcmp(scheme, "basic") == 0, kerberos = strcmp(scheme, "kerberos") == 0;
    bolt_put_string(extra, "scheme", scheme);
    if (kerberos && !auth->principal)
        bolt_put_string(extra, "principal", ""); // servers before 4.4 want one
    put_optional(extra, "principal", auth->principal);
    if (auth->credentials && (basic || *auth->credentials))
        bolt_put_string(extra, "credentials", auth->credentials);
    if (auth->realm && *auth->realm) bolt_put_string(extra, "realm", auth->realm);
    bolt_put_params(extra, "parameters", auth->parameters);
}

static void put_bolt_agent(struct bolt_params *extra) {
    struct utsname machine;
    char platform[sizeof machine.sysname + sizeof machine.machine + 3] = "unknown";
    if (uname(&machine) == 0)
        snprintf(platform, sizeof platform, "%s; %s", machine.sysname, machine.machine);
    bolt_begin_map(extra, "bolt_agent", 3);
    bolt_put_string(extra, "product", BOLT_PRODUCT);
    bolt_put_string(extra, "platform", platform);
    bolt_put_string(extra, "language", "C/11");
    bolt_end(extra);
}

/** Send a message whose only field is connection->extra. */
static enum hm_status send_extra(struct bolt_connection *c, unsigned tag, struct bolt_waiter waiter,
                                 struct hm_error *err) {
    HM_TRY(bolt_params_status(c->extra, err));
    begin_message(c, tag, 1);
    append_map(c, c->extra);
    return end_message(c, waiter, err);
}

enum hm_status bolt_send_hello(struct bolt_connection *c, const struct bolt_greeting *greeting,
                               const struct bolt_auth *auth, struct bolt_waiter waiter,
                               struct hm_error *err) {
    struct bolt_params *extra = c->extra;
    bolt_params_clear(extra);
    bolt_put_string(extra, "user_agent",
                    greeting->user_agent ? greeting->user_agent : BOLT_PRODUCT);
    if (bolt_can(c->version, CAN_BOLT_AGENT)) put_bolt_agent(extra);
    if (bolt_can(c->version, CAN_PATCH_UTC))
        put_texts(extra, "patch_bolt", (const char *const[]){"utc"}, 1);
    bolt_put_params(extra, "routing", greeting->routing);
    HM_TRY(put_filter(c, greeting->filter, err));
    if (!bolt_can(c->version, CAN_LOGON)) put_auth(extra, auth);
    return send_extra(c, TAG_HELLO, waiter, err);
}

enum hm_status bolt_send_logon(struct bolt_connection *c, const struct bolt_auth *auth,
                               struct bolt_waiter waiter, struct hm_error *err) {
    bolt_params_clear(c->extra);
    put_auth(c->extra, auth);
    return send_extra(c, TAG_LOGON, waiter, err);
}

/** Fill connection->extra for RUN or BEGIN. */
static enum hm_status put_start(struct bolt_connection *c, const struct bolt_start *start,
                                struct hm_error *err) {
    struct bolt_params *extra = c->extra;
    bolt_params_clear(extra);
    if (!start) return HM_OK;
    HM_TRY(check_params(c, start->metadata, err));
    if (start->impersonated_user && !bolt_can(c->version, CAN_IMPERSONATE))
        return hm_fail(err, HM_EUNSUPPORTED, "%s: Bolt %d.%d cannot impersonate, 4.4 is needed",
                       c->server.address, c->server.major, c->server.minor);
    if (start->bookmark_count)
        put_texts(extra, "bookmarks", start->bookmarks, start->bookmark_count);
    if (start->timeout_ms)
        bolt_put_int(extra, "tx_timeout", start->timeout_ms < 0 ? 0 : start->timeout_ms);
    if (start->metadata && start->metadata->count)
        bolt_put_params(extra, "tx_metadata", start->metadata);
    if (start->access == BOLT_READ) bolt_put_string(extra, "mode", "r");
    put_optional(extra, "db", start->database);
    put_optional(extra, "imp_user", start->impersonated_user);
    HM_TRY(put_filter(c, start->filter, err));
    return bolt_params_status(extra, err);
}

enum hm_status bolt_send_run(struct bolt_connection *c, const char *query,
                             const struct bolt_params *params, const struct bolt_start *start,
                             struct bolt_waiter waiter, struct hm_error *err) {
    HM_TRY(check_params(c, params, err));
    HM_TRY(put_start(c, start, err));
    begin_message(c, TAG_RUN, 3);
    append_text(c, query);
    append_map(c, params);
    append_map(c, c->extra);
    return end_message(c, waiter, err);
}

enum hm_status bolt_send_begin(struct bolt_connection *c, const struct bolt_start *start,
                               struct bolt_waiter waiter, struct hm_error *err) {
    HM_TRY(put_start(c, start, err));
    return send_extra(c, TAG_BEGIN, waiter, err);
}

enum hm_status bolt_send_pull(struct bolt_connection *c, bool discard, int64_t n, int64_t qid,
                              struct bolt_waiter waiter, struct hm_error *err) {
    bolt_params_clear(c->extra);
    bolt_put_int(c->extra, "n", n);
    if (qid >= 0) bolt_put_int(c->extra, "qid", qid);
    return send_extra(c, discard ? TAG_DISCARD : TAG_PULL, waiter, err);
}

enum hm_status bolt_send_route(struct bolt_connection *c, const struct bolt_params *routing,
                               const char *const *bookmarks, size_t bookmark_count,
                               const char *database, const char *impersonated_user,
                               struct bolt_waiter waiter, struct hm_error *err) {
    if (impersonated_user && !bolt_can(c->version, CAN_ROUTE_MAP))
        return hm_fail(err, HM_EUNSUPPORTED, "%s: Bolt %d.%d cannot impersonate, 4.4 is needed",
                       c->server.address, c->server.major, c->server.minor);
    unsigned char head[PACK_HEAD];
    begin_message(c, TAG_ROUTE, 3);
    append_map(c, routing);
    bolt_wire_bytes(&c->wire, head, pack_list_head(head, bookmark_count));
    for (size_t i = 0; i < bookmark_count; i++)
        append_text(c, bookmarks[i]);
    if (!bolt_can(c->version, CAN_ROUTE_MAP)) {
        append_text_or_null(c, database);
        return end_message(c, waiter, err);
    }
    bolt_params_clear(c->extra);
    put_optional(c->extra, "db", database);
    put_optional(c->extra, "imp_user", impersonated_user);
    append_map(c, c->extra);
    return end_message(c, waiter, err);
}
