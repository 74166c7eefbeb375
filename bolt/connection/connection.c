// SPDX-License-Identifier: MIT
// Login, and the queue of those who wait for answers. Invariants:
//   1. Every request appended to the wire has exactly one waiter; answers arrive in the order of
//      requests, so a message from the server always belongs to the first waiter, who leaves with
//      SUCCESS, FAILURE or IGNORED.
//   2. After FAILURE the server ignores everything until RESET: `failed` is set by FAILURE and
//      IGNORED, cleared by RESET's SUCCESS. Meanwhile no query runs, so that each wait is short.
//   3. The first I/O or protocol error is kept in `broken`; from then on every call returns it and
//      nothing is sent.

#include "connection/connection.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "connection/show.h"
#include "wire/handshake.h"

enum {
    NS_PER_MS = 1000000,
    SILENCE_MS = 300000,     // bolt_config.read_timeout_ms by default
    AFTER_FAILURE_MS = 3000, // of silence from a server that has nothing to do
};

enum hm_status bolt_connection_break(struct bolt_connection *c, struct hm_error *err) {
    if (c->broken.status == HM_OK) {
        c->broken = *err;
        if (c->ready &&
            (err->status == HM_EIO || err->status == HM_ETLS || err->status == HM_ETIMEOUT))
            c->broken.status = HM_ERETRY;
        hm_error_prefix(&c->broken, "%s", c->server.address);
    }
    *err = c->broken;
    return err->status;
}

static enum hm_status broken_status(const struct bolt_connection *c, struct hm_error *err) {
    if (err && c->broken.status != HM_OK) *err = c->broken;
    return c->broken.status;
}

enum hm_status bolt_connection_flush(struct bolt_connection *c, struct hm_error *err) {
    struct hm_error why = {0};
    if (broken_status(c, err) != HM_OK) return c->broken.status;
    if (c->wire.out.length == 0 || bolt_wire_flush(&c->wire, &why) == HM_OK) return HM_OK;
    bolt_connection_break(c, &why);
    return broken_status(c, err);
}

/** What a message's field begins with. */
static bool is_map(unsigned marker) {
    return (marker & 0xf0) == PACK_TINY_MAP || (marker >= PACK_MAP8 && marker <= PACK_MAP8 + 2);
}

static bool is_list(unsigned marker) {
    return (marker & 0xf0) == PACK_TINY_LIST || (marker >= PACK_LIST8 && marker <= PACK_LIST8 + 2);
}

/** Take a message apart: a structure of one field, or of none. */
static enum hm_status read_reply(unsigned char *bytes, size_t length, struct bolt_reply *reply,
                                 struct hm_error *err) {
    unsigned fields = length >= 2 && (bytes[0] & 0xf0) == PACK_TINY_STRUCT ? bytes[0] & 0x0f : 16;
    unsigned tag = length >= 2 ? bytes[1] : 0;
    *reply =
        (struct bolt_reply){(enum bolt_reply_kind)tag, bytes + 2, length >= 2 ? length - 2 : 0};
    unsigned marker = length >= 3 ? bytes[2] : 0;
    switch (tag) {
    case REPLY_SUCCESS:
    case REPLY_FAILURE:
        if (fields == 1 && is_map(marker)) return HM_OK;
        if (fields == 1)
            return hm_fail(err, HM_EPROTO, "malformed message: the metadata of %s are no map",
                           tag == REPLY_SUCCESS ? "SUCCESS" : "FAILURE");
        break;
    case REPLY_RECORD:
        if (fields == 1 && is_list(marker)) return HM_OK;
        if (fields == 1) return hm_fail(err, HM_EPROTO, "malformed message: a row is no list");
        break;
    case REPLY_IGNORED:
        if (fields <= 1) return HM_OK;
        break;
    default:
        break;
    }
    return hm_fail(err, HM_EPROTO, "malformed message: tag %02X with %u fields is no answer", tag,
                   fields);
}

static enum hm_status receive_reply(struct bolt_connection *c, struct hm_error *err) {
    unsigned char *bytes;
    size_t length;
    struct bolt_reply reply;
    if (c->wire.out.length) HM_TRY(bolt_wire_flush(&c->wire, err));
    uint64_t usual_ns = c->wire.read_timeout_ns, short_ns = (uint64_t)AFTER_FAILURE_MS * NS_PER_MS;
    if (c->failed && (!usual_ns || usual_ns > short_ns)) c->wire.read_timeout_ns = short_ns;
    enum hm_status status = bolt_wire_receive(&c->wire, &bytes, &length, err);
    c->wire.read_timeout_ns = usual_ns;
    if (status == HM_ETIMEOUT && c->unexplained)
        return hm_fail(err, HM_EPROTO,
                       "the server ignored a request without a reason and fell silent: it failed "
                       "inside, for example at values or a query that nest deeper than its stack "
                       "allows; its log tells more");
    HM_TRY(status);
    HM_TRY(read_reply(bytes, length, &reply, err));
    bolt_show_reply(c, &reply);
    if (c->waiter_count == 0)
        return hm_fail(err, HM_EPROTO, "the server sent an answer to nothing");
    struct bolt_waiter waiter = c->waiters[c->waiter_first];
    if (reply.kind != REPLY_RECORD) {
        c->waiter_first = (c->waiter_first + 1) % c->waiter_capacity;
        c->waiter_count--;
    }
    if (reply.kind == REPLY_IGNORED && !c->failed) c->unexplained = true;
    if (reply.kind == REPLY_FAILURE) c->unexplained = false;
    if (reply.kind == REPLY_FAILURE || reply.kind == REPLY_IGNORED) c->failed = true;
    return waiter.on_reply ? waiter.on_reply(waiter.owner, c, &reply, err) : HM_OK;
}

enum hm_status bolt_connection_step(struct bolt_connection *c, struct hm_error *err) {
    if (broken_status(c, err) != HM_OK) return c->broken.status;
    struct hm_error why = {0};
    if (receive_reply(c, &why) == HM_OK) return HM_OK;
    bolt_connection_break(c, &why);
    return broken_status(c, err);
}

enum hm_status bolt_connection_drain(struct bolt_connection *c, struct hm_error *err) {
    while (c->waiter_count)
        HM_TRY(bolt_connection_step(c, err));
    return broken_status(c, err);
}

void bolt_connection_forget(struct bolt_connection *c, const void *owner) {
    for (size_t i = 0; i < c->waiter_count; i++) {
        struct bolt_waiter *waiter = &c->waiters[(c->waiter_first + i) % c->waiter_capacity];
        if (waiter->owner == owner) *waiter = (struct bolt_waiter){0};
    }
}

enum hm_status bolt_connection_reset(struct bolt_connection *c, struct hm_error *err) {
    struct hm_error refused = {0};
    HM_TRY(bolt_send_simple(c, TAG_RESET, (struct bolt_waiter){bolt_keep_error, &refused}, err));
    enum hm_status status = bolt_connection_drain(c, err);
    bolt_connection_forget(c, &refused);
    HM_TRY(status);
    if (refused.status == HM_OK) {
        c->failed = c->unexplained = false;
        return HM_OK;
    }
    bolt_connection_break(c, &refused);
    return broken_status(c, err);
}

static void note_expiry(struct bolt_connection *c, const struct bolt_value *metadata) {
    const struct bolt_value *expired = bolt_get(metadata, "credentials_expired");
    if (expired && expired->type == BOLT_BOOL && expired->as.boolean)
        c->server.credentials_expired = true;
}

/** Answer to LOGON. */
static enum hm_status on_logon(void *owner, struct bolt_connection *c,
                               const struct bolt_reply *reply, struct hm_error *err) {
    if (reply->kind != REPLY_SUCCESS) return bolt_keep_error(owner, c, reply, err);
    struct hm_arena arena = {0};
    struct bolt_value map;
    enum hm_status status = bolt_decode(reply->body, reply->length, &arena, &map, err);
    if (status == HM_OK) note_expiry(c, &map);
    hm_arena_free(&arena);
    return status;
}

/** Answer to HELLO: who the server is, and what it asks of us. */
static enum hm_status on_hello(void *owner, struct bolt_connection *c,
                               const struct bolt_reply *reply, struct hm_error *err) {
    if (reply->kind != REPLY_SUCCESS) return bolt_keep_error(owner, c, reply, err);
    struct hm_arena arena = {0};
    struct bolt_value map;
    enum hm_status status = bolt_decode(reply->body, reply->length, &arena, &map, err);
    if (status == HM_OK) {
        const char *agent = bolt_get_text(&map, "server"),
                   *id = bolt_get_text(&map, "connection_id");
        if (agent && strncmp(agent, "Neo4j/", 6) != 0)
            status =
                hm_fail(err, HM_EPROTO, "the server is \"%.60s\", expected \"Neo4j/...\"", agent);
        snprintf(c->server.agent, sizeof c->server.agent, "%s", agent ? agent : "");
        snprintf(c->id, sizeof c->id, "%s", id ? id : "");
        note_expiry(c, &map);
        int64_t silence_s =
            bolt_get_int(bolt_get(&map, "hints"), "connection.recv_timeout_seconds", 0);
        uint64_t silence_ns =
            silence_s > 0 && silence_s < 1000000 ? (uint64_t)silence_s * 1000 * NS_PER_MS : 0;
        if (silence_ns && (!c->wire.read_timeout_ns || silence_ns < c->wire.read_timeout_ns))
            c->wire.read_timeout_ns = silence_ns;
        const struct bolt_value *patches = bolt_get(&map, "patch_bolt");
        for (uint32_t i = 0; patches && patches->type == BOLT_LIST && i < patches->length; i++) {
            struct bolt_value patch = bolt_at(patches, i);
            if (patch.type == BOLT_STRING && strcmp(patch.as.string, "utc") == 0) c->utc = true;
        }
    }
    hm_arena_free(&arena);
    return status;
}

static enum hm_status log_in(struct bolt_connection *c, const struct bolt_greeting *greeting,
                             const struct bolt_auth *auth, struct hm_error *err) {
    struct hm_error refused = {0};
    HM_TRY(bolt_handshake(&c->wire, &c->version, err));
    c->server.major = c->version->major;
    c->server.minor = c->version->minor;
    c->utc = bolt_can(c->version, CAN_UTC);
    HM_TRY(bolt_send_hello(c, greeting, auth, (struct bolt_waiter){on_hello, &refused}, err));
    if (bolt_can(c->version, CAN_LOGON)) // without waiting: saves a round trip
        HM_TRY(bolt_send_logon(c, auth, (struct bolt_waiter){on_logon, &refused}, err));
    while (c->waiter_count && refused.status == HM_OK) {
        HM_TRY(bolt_wire_flush(&c->wire, err));
        HM_TRY(receive_reply(c, err));
    }
    if (refused.status == HM_OK) return HM_OK;
    if (err) *err = refused;
    return refused.status;
}

enum hm_status bolt_connection_open(struct bolt_stream stream, const char *address,
                                    const struct bolt_greeting *greeting,
                                    const struct bolt_auth *auth, uint64_t deadline_ns,
                                    const struct bolt_config *config, struct bolt_connection **out,
                                    struct hm_error *err) {
    *out = NULL;
    struct bolt_connection *c = calloc(1, sizeof *c);
    struct bolt_params *extra = bolt_params_new();
    if (!c || !extra) {
        free(c);
        bolt_params_free(extra);
        stream.ops->close(stream.self);
        return hm_fail(err, HM_ENOMEM, "no memory for a connection");
    }
    bolt_wire_init(&c->wire, stream, config->max_message_bytes);
    c->wire.deadline_ns = deadline_ns;
    if (config->read_timeout_ms > 0)
        c->wire.read_timeout_ns = (uint64_t)config->read_timeout_ms * NS_PER_MS;
    if (config->message_timeout_ms > 0)
        c->wire.message_timeout_ns = (uint64_t)config->message_timeout_ms * NS_PER_MS;
    if (config->write_timeout_ms > 0)
        c->wire.write_timeout_ns = (uint64_t)config->write_timeout_ms * NS_PER_MS;
    c->extra = extra;
    c->hooks = &config->hooks;
    snprintf(c->server.address, sizeof c->server.address, "%s", address);
    struct hm_error why = {0};
    enum hm_status status = bolt_identity_copy(auth, &c->identity, &why);
    if (status == HM_OK) status = log_in(c, greeting, auth, &why);
    if (status != HM_OK) {
        hm_error_prefix(&why, "%s", address);
        if (err) *err = why;
        c->broken = why;
        bolt_connection_close(c);
        return status;
    }
    c->wire.deadline_ns = 0;
    if (!c->wire.read_timeout_ns && config->read_timeout_ms == 0) // and the server hinted none
        c->wire.read_timeout_ns = (uint64_t)SILENCE_MS * NS_PER_MS;
    c->ready = true;
    *out = c;
    return HM_OK;
}

/** Nothing can be done on a connection that belongs to nobody. */
static enum hm_status on_relogin(void *owner, struct bolt_connection *c,
                                 const struct bolt_reply *reply, struct hm_error *err) {
    (void)owner;
    struct hm_error refused = {0};
    HM_TRY(bolt_keep_error(&refused, c, reply, err));
    if (refused.status != HM_OK && err) *err = refused;
    return refused.status;
}

enum hm_status bolt_connection_relogin(struct bolt_connection *c, const struct bolt_auth *auth,
                                       struct hm_error *err) {
    HM_TRY(bolt_connection_can_relogin(c, err));
    struct bolt_waiter waiter = {on_relogin, c};
    struct bolt_identity identity;
    struct hm_error why = {0};
    HM_TRY(bolt_identity_copy(auth, &identity, err));
    enum hm_status status = bolt_send_simple(c, TAG_LOGOFF, waiter, &why);
    if (status == HM_OK) status = bolt_send_logon(c, auth, waiter, &why);
    if (status != HM_OK) { // a LOGOFF may be on its way
        bolt_connection_break(c, &why);
        bolt_identity_free(&identity);
        return broken_status(c, err);
    }
    bolt_identity_free(&c->identity);
    c->identity = identity;
    return HM_OK;
}

enum hm_status bolt_connection_can_relogin(const struct bolt_connection *c, struct hm_error *err) {
    if (bolt_can(c->version, CAN_LOGON)) return HM_OK;
    return hm_fail(err, HM_EUNSUPPORTED, "%s: Bolt %d.%d cannot change users, 5.1 is needed",
                   c->server.address, c->server.major, c->server.minor);
}

void bolt_connection_close(struct bolt_connection *c) {
    if (!c) return;
    if (c->broken.status == HM_OK && c->ready &&
        bolt_send_simple(c, TAG_GOODBYE, (struct bolt_waiter){0}, NULL) == HM_OK) {
        c->wire.deadline_ns = hm_now_ns() + 100 * NS_PER_MS; // it is a courtesy
        if (bolt_wire_flush(&c->wire, NULL) != HM_OK) c->failed = true;
    }
    bolt_wire_close(&c->wire);
    bolt_tls_context_free(c->tls);
    bolt_identity_free(&c->identity);
    bolt_params_free(c->extra);
    hm_buf_free(&c->scratch);
    free(c->waiters);
    free(c);
}
