// SPDX-License-Identifier: MIT
// A request is answered while it is written, into a buffer from which the client then reads. A
// stream belongs to one connection and thus to one thread at a time; that it does is what
// ThreadSanitizer watches here.

#include "servers.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "notation.h"

struct server_end {
    struct server *server;
    bool slow;
    bool greeted, closed;
    struct hm_buf in, out;
    size_t out_at;
};

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

static const char *find_answers(const struct server *server, const char *request) {
    for (size_t i = 0; i < server->rule_count; i++)
        if (begins(request, server->rules[i].request)) return server->rules[i].answers;
    if (begins(request, "GOODBYE")) return "<EXIT>";
    return begins(request, "HELLO")
               ? "SUCCESS {\"server\": \"Neo4j/5.26.0\", \"connection_id\": \"bolt-1\"}"
               : "SUCCESS {}";
}

static void answer(struct server_end *end, const char *request) {
    struct server *server = end->server;
    if (begins(request, "ROUTE")) atomic_fetch_add(&server->routes, 1);
    if (begins(request, "RESET")) atomic_fetch_add(&server->resets, 1);
    if (begins(request, "LOGON")) atomic_fetch_add(&server->logons, 1);
    const char *answers = find_answers(server, request);
    while (*answers) {
        char line[1024];
        size_t length = strcspn(answers, "\n");
        snprintf(line, sizeof line, "%.*s", (int)length, answers);
        if (strcmp(line, "<EXIT>") == 0)
            end->closed = true;
        else if (!notation_put(line, &end->out))
            abort();
        answers += length + (answers[length] == '\n');
    }
}

static enum hm_status end_write(void *self, const void *bytes, size_t length, uint64_t deadline_ns,
                                size_t *sent, struct hm_error *err) {
    struct server_end *end = self;
    (void)deadline_ns;
    if (end->closed || end->server->down) return hm_fail(err, HM_EIO, "write: the peer is gone");
    if (hm_buf_append(&end->in, bytes, length, err) != HM_OK) abort();
    *sent = length;
    if (!end->greeted && end->in.length >= 20) {
        const unsigned char version[4] = {0, 0, end->server->minor, 5};
        if (hm_buf_append(&end->out, version, sizeof version, err) != HM_OK) abort();
        memmove(end->in.data, end->in.data + 20, end->in.length - 20);
        end->in.length -= 20;
        end->greeted = true;
    }
    struct hm_buf text = {0};
    bool sound;
    for (; end->greeted && notation_take(&end->in, &text, &sound); text.length = 0)
        answer(end, sound ? text.data : "");
    hm_buf_free(&text);
    return HM_OK;
}

static enum hm_status end_read(void *self, void *to, size_t capacity, uint64_t deadline_ns,
                               size_t *got, struct hm_error *err) {
    struct server_end *end = self;
    (void)deadline_ns;
    if (end->slow) sched_yield();
    size_t length = end->out.length - end->out_at;
    if (!length && !end->closed && !end->server->down)
        return hm_fail(err, HM_ETIMEOUT, "the server in memory has no answer");
    if (end->server->down) length = 0;
    if (length > capacity) length = capacity;
    if (length) memcpy(to, end->out.data + end->out_at, length);
    end->out_at += length;
    if (end->out_at == end->out.length) end->out_at = end->out.length = 0;
    *got = length;
    return HM_OK;
}

static bool end_readable(void *self) {
    const struct server_end *end = self;
    return end->closed || end->server->down || end->out_at < end->out.length;
}

static void end_close(void *self) {
    struct server_end *end = self;
    atomic_fetch_sub(&end->server->open, 1);
    hm_buf_free(&end->in);
    hm_buf_free(&end->out);
    free(end);
}

static const struct bolt_stream_ops end_ops = {end_read, end_write, end_readable, end_close};

enum hm_status server_connect(void *context, const char *host, unsigned port, uint64_t deadline_ns,
                              struct bolt_stream *out, struct hm_error *err) {
    const struct server_net *net = context;
    char address[300];
    (void)deadline_ns;
    snprintf(address, sizeof address, "%s:%u", host, port);
    for (size_t i = 0; i < net->count; i++) {
        struct server *server = &net->servers[i];
        if (strcmp(server->address, address) != 0 || server->down) continue;
        struct server_end *end = calloc(1, sizeof *end);
        if (!end) abort();
        end->server = server;
        end->slow = net->slow;
        unsigned open = atomic_fetch_add(&server->open, 1) + 1, most = server->most;
        while (open > most && !atomic_compare_exchange_weak(&server->most, &most, open))
            continue;
        atomic_fetch_add(&server->opened, 1);
        *out = (struct bolt_stream){&end_ops, end};
        return HM_OK;
    }
    return hm_fail(err, HM_EIO, "nothing listens there");
}
