// SPDX-License-Identifier: MIT
// Copies of messages are decoded for whoever wants to see them; credentials are overwritten first.

#include "connection/show.h"

#include <stdint.h>
#include <string.h>

static const char *name_of(unsigned tag) {
    static const struct {
        unsigned tag;
        const char *name;
    } names[] = {{TAG_HELLO, "HELLO"},       {TAG_GOODBYE, "GOODBYE"}, {TAG_RESET, "RESET"},
                 {TAG_RUN, "RUN"},           {TAG_BEGIN, "BEGIN"},     {TAG_COMMIT, "COMMIT"},
                 {TAG_ROLLBACK, "ROLLBACK"}, {TAG_DISCARD, "DISCARD"}, {TAG_PULL, "PULL"},
                 {TAG_ROUTE, "ROUTE"},       {TAG_LOGON, "LOGON"},     {TAG_LOGOFF, "LOGOFF"},
                 {REPLY_SUCCESS, "SUCCESS"}, {REPLY_RECORD, "RECORD"}, {REPLY_IGNORED, "IGNORED"},
                 {REPLY_FAILURE, "FAILURE"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].tag == tag) return names[i].name;
    return "?";
}

/** A message of the wire without its chunks. */
static enum hm_status join(const struct bolt_wire *wire, struct hm_buf *out, struct hm_error *err) {
    const unsigned char *at = (const unsigned char *)wire->out.data + wire->message;
    for (size_t size; (size = (size_t)at[0] << 8 | at[1]) > 0; at += 2 + size)
        HM_TRY(hm_buf_append(out, at + 2, size, err));
    return HM_OK;
}

/** What only the server should know. The entries are in an arena of ours. */
static void hide_credentials(const struct bolt_value *fields) {
    struct bolt_value map = fields->length ? bolt_at(fields, 0) : (struct bolt_value){0};
    for (uint32_t i = 0; map.type == BOLT_MAP && i < map.length; i++) {
        struct bolt_entry *entry = (struct bolt_entry *)(uintptr_t)&map.as.entries[i];
        if (strcmp(entry->key, "credentials") == 0 || strcmp(entry->key, "parameters") == 0)
            entry->value =
                (struct bolt_value){.type = BOLT_STRING, .length = 5, .as.string = "*****"};
    }
}

/** list: the fields of a message as a list in PackStream. */
static void show(const struct bolt_connection *c, bool sent, unsigned tag, struct hm_buf *list) {
    struct hm_arena arena = {0};
    struct bolt_value fields;
    const struct bolt_hooks *hooks = c->hooks;
    if (bolt_decode_copy((unsigned char *)list->data, list->length, &arena, &fields, NULL) ==
        HM_OK) {
        if (tag == TAG_HELLO || tag == TAG_LOGON) hide_credentials(&fields);
        hooks->message(hooks->context, c->server.address, sent, name_of(tag), &fields);
    }
    hm_arena_free(&arena);
    if (list->data) explicit_bzero(list->data, list->length);
}

void bolt_show_request(const struct bolt_connection *c) {
    struct hm_buf message = {0};
    struct hm_error ignored;
    if (!c->hooks->message) return;
    if (join(&c->wire, &message, &ignored) == HM_OK && message.length >= 2) {
        unsigned char *bytes = (unsigned char *)message.data;
        struct hm_buf list = {message.data + 1, message.length - 1, 0};
        unsigned tag = bytes[1];
        bytes[1] = (unsigned char)(PACK_TINY_LIST | (bytes[0] & 0x0f));
        show(c, true, tag, &list);
    }
    hm_buf_free(&message);
}

void bolt_show_reply(const struct bolt_connection *c, const struct bolt_reply *reply) {
    struct hm_buf list = {0};
    struct hm_error ignored;
    unsigned fields = reply->length > 0 ? 1 : 0;
    unsigned char head = (unsigned char)(PACK_TINY_LIST | fields);
    if (!c->hooks->message) return;
    if (hm_buf_append(&list, &head, 1, &ignored) == HM_OK &&
        (!fields || hm_buf_append(&list, reply->body, reply->length, &ignored) == HM_OK))
        show(c, false, reply->kind, &list);
    hm_buf_free(&list);
}
