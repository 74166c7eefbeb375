// SPDX-License-Identifier: MIT
// Plays a script to the client in the same thread: what the client writes is compared at once, and
// the answers that the script has next are what it can read.

#include "dialogue.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "notation.h"

volatile int dialogue_working;

struct peer {
    struct dialogue *dialogue;
    struct hm_buf in;  // from the client, not understood yet
    struct hm_buf out; // for the client
    size_t out_at;
    bool greeted;  // the handshake is over
    bool choosing; // of a manifest: the client's choice comes next
    bool closed;
};

static void complain(struct dialogue *dialogue, const char *what, const char *detail) {
    if (dialogue->complaint[0]) return;
    snprintf(dialogue->complaint, sizeof dialogue->complaint, "%s: %s: %s; script at: %.200s",
             dialogue->address, what, detail, dialogue->at);
}

static size_t line_length(const char *line) {
    return strcspn(line, "\n");
}

static void next_line(struct dialogue *dialogue) {
    dialogue->at += line_length(dialogue->at);
    if (*dialogue->at) dialogue->at++;
}

static void answer_bytes(struct peer *peer, const void *bytes, size_t length) {
    if (hm_buf_append(&peer->out, bytes, length, NULL) != HM_OK) abort();
}

static void answer_raw(struct peer *peer, const char *hex) {
    for (char *end; *hex && *hex != '>'; hex = end) {
        unsigned char byte = (unsigned char)strtoul(hex, &end, 16);
        if (end == hex) return;
        answer_bytes(peer, &byte, 1);
    }
}

/** Play the server's lines that come next. */
static const char silence[] = "S: <SILENCE>";

static void answer(struct peer *peer) {
    struct dialogue *dialogue = peer->dialogue;
    while (strncmp(dialogue->at, "S: ", 3) == 0 && strncmp(dialogue->at, silence, 12) != 0) {
        char line[1024];
        size_t length = line_length(dialogue->at) - 3;
        if (length >= sizeof line) abort();
        memcpy(line, dialogue->at + 3, length);
        line[length] = '\0';
        bool said = true;
        if (strcmp(line, "<NOOP>") == 0)
            answer_bytes(peer, "\0\0", 2);
        else if (strcmp(line, "<EXIT>") == 0)
            peer->closed = true;
        else if (strncmp(line, "<RAW", 4) == 0)
            answer_raw(peer, line + 4);
        else
            said = notation_put(line, &peer->out);
        if (!said) complain(dialogue, "bad notation", line);
        next_line(dialogue);
    }
}

/** 5.4 -> 00 00 04 05, 5.8-5.6 -> 00 02 08 05. */
static const char *version_bytes(const char *text, unsigned char bytes[4]) {
    char *end;
    unsigned major = (unsigned)strtoul(text, &end, 10),
             minor = (unsigned)strtoul(end + 1, &end, 10), low = minor;
    if (*end == '-') {
        strtoul(end + 1, &end, 10);
        low = (unsigned)strtoul(end + 1, &end, 10);
    }
    memcpy(bytes,
           (unsigned char[]){0, (unsigned char)(minor - low), (unsigned char)minor,
                             (unsigned char)major},
           4);
    return end;
}

static void greet(struct peer *peer) {
    static const unsigned char magic[4] = {0x60, 0x60, 0xb0, 0x17};
    struct dialogue *dialogue = peer->dialogue;
    unsigned char bytes[4];
    if (memcmp(peer->in.data, magic, 4) != 0) complain(dialogue, "no magic number", "");
    if (strncmp(dialogue->at, "BOLT ", 5) == 0) {
        version_bytes(dialogue->at + 5, bytes);
        answer_bytes(peer, bytes, 4);
        next_line(dialogue);
    } else if (strncmp(dialogue->at, "MANIFEST", 8) == 0) {
        unsigned char count = 0;
        answer_bytes(peer, "\0\0\1\377", 4);
        for (const char *p = dialogue->at; *p && *p != '\n'; p++)
            count = (unsigned char)(count + (*p == ' '));
        answer_bytes(peer, &count, 1);
        for (const char *p = dialogue->at + 8; *p == ' ';) {
            p = version_bytes(p + 1, bytes);
            answer_bytes(peer, bytes, 4);
        }
        answer_bytes(peer, "\0", 1);
        next_line(dialogue);
        peer->choosing = true;
    }
    peer->greeted = true;
    answer(peer);
}

static bool matches(const char *expected, size_t length, const char *found) {
    if (length && expected[length - 1] == '*') return strncmp(expected, found, length - 1) == 0;
    return strlen(found) == length && strncmp(expected, found, length) == 0;
}

static void hear(struct peer *peer, const char *text, bool sound) {
    struct dialogue *dialogue = peer->dialogue;
    if (!sound) complain(dialogue, "malformed request", text);
    bool expected = strncmp(dialogue->at, "C: ", 3) == 0 &&
                    matches(dialogue->at + 3, line_length(dialogue->at) - 3, text);
    if (expected) {
        next_line(dialogue);
        answer(peer);
    } else if (strcmp(text, "GOODBYE") != 0) {
        complain(dialogue, "unexpected request", text);
        peer->closed = true;
    }
}

static void drop_input(struct peer *peer, size_t length) {
    memmove(peer->in.data, peer->in.data + length, peer->in.length - length);
    peer->in.length -= length;
}

/** Take what is complete from peer->in. */
static void understand(struct peer *peer) {
    if (!peer->greeted) {
        if (peer->in.length < 20) return;
        greet(peer);
        drop_input(peer, 20);
    }
    if (peer->choosing) {
        if (peer->in.length < 5) return;
        drop_input(peer, 5);
        peer->choosing = false;
    }
    struct hm_buf text = {0};
    bool sound;
    for (; notation_take(&peer->in, &text, &sound); text.length = 0)
        hear(peer, text.data ? text.data : "", sound);
    hm_buf_free(&text);
}

static enum hm_status peer_write(void *self, const void *bytes, size_t length, uint64_t deadline_ns,
                                 size_t *sent, struct hm_error *err) {
    struct peer *peer = self;
    (void)deadline_ns;
    if (peer->closed && peer->out_at == peer->out.length)
        return hm_fail(err, HM_EIO, "write: the peer is gone");
    size_t grain = peer->dialogue->grain ? peer->dialogue->grain : length;
    *sent = length < grain ? length : grain;
    dialogue_working++;
    if (hm_buf_append(&peer->in, bytes, *sent, NULL) != HM_OK) abort();
    understand(peer);
    dialogue_working--;
    return HM_OK;
}

static enum hm_status peer_read(void *self, void *to, size_t capacity, uint64_t deadline_ns,
                                size_t *got, struct hm_error *err) {
    struct peer *peer = self;
    struct dialogue *dialogue = peer->dialogue;
    size_t length = peer->out.length - peer->out_at;
    if (!length && !peer->closed && strncmp(dialogue->at, silence, 12) == 0) {
        next_line(dialogue);
        if (!deadline_ns || deadline_ns > hm_now_ns() + 5000000000u)
            complain(dialogue, "the client waits too long for a silent server", "");
        return hm_fail(err, HM_ETIMEOUT, "timed out");
    }
    if (!length && !peer->closed) {
        complain(dialogue, "the client waits for an answer", "the script has none");
        return hm_fail(err, HM_EIO, "no answer in the script");
    }
    if (length > capacity) length = capacity;
    if (dialogue->grain && length > dialogue->grain) length = dialogue->grain;
    if (length > dialogue->cut - dialogue->delivered) length = dialogue->cut - dialogue->delivered;
    if (length) memcpy(to, peer->out.data + peer->out_at, length); // 0: the end
    peer->out_at += length;
    dialogue->delivered += length;
    *got = length;
    return HM_OK;
}

static bool peer_readable(void *self) {
    const struct peer *peer = self;
    return peer->closed || peer->out_at < peer->out.length;
}

static void peer_close(void *self) {
    struct peer *peer = self;
    struct dialogue *dialogue = peer->dialogue;
    dialogue->connected = false;
    if (strncmp(dialogue->at, "--", 2) == 0) next_line(dialogue);
    hm_buf_free(&peer->in);
    hm_buf_free(&peer->out);
    free(peer);
}

static const struct bolt_stream_ops peer_ops = {peer_read, peer_write, peer_readable, peer_close};

enum hm_status dialogue_connect(void *context, const char *host, unsigned port,
                                uint64_t deadline_ns, struct bolt_stream *out,
                                struct hm_error *err) {
    struct dialogue_net *net = context;
    char address[300];
    (void)deadline_ns;
    snprintf(address, sizeof address, "%s:%u", host, port);
    for (size_t i = 0; i < net->count; i++) {
        struct dialogue *dialogue = &net->servers[i];
        if (strcmp(dialogue->address, address) != 0) continue;
        if (dialogue->connected)
            return hm_fail(err, HM_EIO, "the script allows one connection at a time");
        if (!*dialogue->at) return hm_fail(err, HM_EIO, "the script is at its end");
        dialogue_working++;
        struct peer *peer = calloc(1, sizeof *peer);
        dialogue_working--;
        if (!peer) abort();
        peer->dialogue = dialogue;
        dialogue->connected = true;
        *out = (struct bolt_stream){&peer_ops, peer};
        return HM_OK;
    }
    return hm_fail(err, HM_EIO, "nothing listens there");
}

void dialogue_rewind(struct dialogue *dialogue) {
    dialogue->at = dialogue->script;
    dialogue->delivered = 0;
    dialogue->connected = false;
    dialogue->complaint[0] = '\0';
}

bool dialogue_done(struct dialogue *dialogue) {
    if (*dialogue->at && strcmp(dialogue->at, "--\n") != 0)
        complain(dialogue, "not played to the end", "");
    return dialogue->complaint[0] == '\0';
}
