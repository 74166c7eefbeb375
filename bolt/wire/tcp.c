// SPDX-License-Identifier: MIT
// TCP with deadlines: sockets never block, poll() waits. MSG_NOSIGNAL keeps a lost peer from
// raising SIGPIPE.

#include "wire/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

struct tcp {
    int fd;
    struct bolt_cancel cancel;
    uint64_t asked_ns; // when cancel was asked last
};

enum hm_status bolt_ip_add(struct bolt_ip_list *list, const char *ip, struct hm_error *err) {
    if (strlen(ip) >= sizeof *list->items)
        return hm_fail(err, HM_EARG, "\"%s\" is no IP address", ip);
    void *items = realloc(list->items, (list->count + 1) * sizeof *list->items);
    if (!items) return hm_fail(err, HM_ENOMEM, "no memory for an address");
    list->items = items;
    strcpy(list->items[list->count++], ip);
    return HM_OK;
}

void bolt_ip_list_free(struct bolt_ip_list *list) {
    free(list->items);
    *list = (struct bolt_ip_list){0};
}

enum hm_status bolt_ip_lookup(const char *host, struct bolt_ip_list *out, struct hm_error *err) {
    struct addrinfo *found = NULL, hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    int code = getaddrinfo(host, NULL, &hints, &found);
    if (code != 0)
        return hm_fail(err, HM_EIO, "%s: no address for this host name: %s", host,
                       gai_strerror(code));
    enum hm_status status = HM_OK;
    for (struct addrinfo *a = found; a && status == HM_OK; a = a->ai_next) {
        char text[64];
        if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) == 0)
            status = bolt_ip_add(out, text, err);
    }
    freeaddrinfo(found);
    return status;
}

/** Milliseconds for poll, rounded up; -1 without a deadline, 0 when it has passed. */
static int poll_timeout(uint64_t deadline_ns) {
    if (!deadline_ns) return -1;
    uint64_t now = hm_now_ns();
    if (now >= deadline_ns) return 0;
    uint64_t ms = (deadline_ns - now + 999999) / 1000000;
    return ms > 3600000 ? 3600000 : (int)ms;
}

// A signal that comes just before poll interrupts nothing: the caller is asked again after this.
enum { CANCEL_MS = 250 };

static enum hm_status wait_for(const struct tcp *tcp, unsigned wanted, uint64_t deadline_ns,
                               unsigned *ready, struct hm_error *err) {
    struct pollfd poller = {.fd = tcp->fd,
                            .events = (short)((wanted & BOLT_WAIT_READ ? POLLIN : 0) |
                                              (wanted & BOLT_WAIT_WRITE ? POLLOUT : 0))};
    const struct bolt_cancel *cancel = &tcp->cancel;
    for (;;) {
        int timeout = poll_timeout(deadline_ns);
        if (cancel->cancelled && (timeout < 0 || timeout > CANCEL_MS)) timeout = CANCEL_MS;
        int count = poll(&poller, 1, timeout);
        if (count > 0) break;
        if (count == 0 && deadline_ns && hm_now_ns() >= deadline_ns)
            return hm_fail(err, HM_ETIMEOUT, "timed out");
        if (count < 0 && errno != EINTR) return hm_fail_errno(err, "poll");
        if (cancel->cancelled && cancel->cancelled(cancel->context))
            return hm_fail(err, HM_ECANCELED, "interrupted");
    }
    *ready = 0;
    if (poller.revents & (POLLIN | POLLHUP | POLLERR)) *ready |= wanted & BOLT_WAIT_READ;
    if (poller.revents & (POLLOUT | POLLHUP | POLLERR)) *ready |= wanted & BOLT_WAIT_WRITE;
    return HM_OK;
}

enum hm_status bolt_tcp_check_cancel(const struct bolt_stream *stream, struct hm_error *err) {
    struct tcp *tcp = stream->self;
    uint64_t now_ns = hm_now_ns();
    if (!tcp->cancel.cancelled || now_ns - tcp->asked_ns < (uint64_t)CANCEL_MS * 1000000)
        return HM_OK;
    tcp->asked_ns = now_ns;
    return tcp->cancel.cancelled(tcp->cancel.context) ? hm_fail(err, HM_ECANCELED, "interrupted")
                                                      : HM_OK;
}

static enum hm_status tcp_read(void *self, void *to, size_t capacity, uint64_t deadline_ns,
                               size_t *got, struct hm_error *err) {
    const struct tcp *tcp = self;
    HM_TRY(bolt_tcp_check_cancel(&(struct bolt_stream){.self = self}, err));
    for (;;) {
        ssize_t count = recv(tcp->fd, to, capacity, 0);
        if (count >= 0) {
            *got = (size_t)count;
            return HM_OK;
        }
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            return hm_fail_errno(err, "read");
        unsigned ready;
        HM_TRY(wait_for(tcp, BOLT_WAIT_READ, deadline_ns, &ready, err));
    }
}

static enum hm_status tcp_write(void *self, const void *bytes, size_t length, uint64_t deadline_ns,
                                size_t *sent, struct hm_error *err) {
    const struct tcp *tcp = self;
    *sent = 0;
    for (;;) {
        ssize_t count = send(tcp->fd, bytes, length, MSG_NOSIGNAL);
        if (count > 0) {
            *sent = (size_t)count;
            return HM_OK;
        }
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            return hm_fail_errno(err, "write");
        unsigned ready = 0;
        HM_TRY(wait_for(tcp, BOLT_WAIT_READ | BOLT_WAIT_WRITE, deadline_ns, &ready, err));
        if (!(ready & BOLT_WAIT_WRITE)) return HM_OK;
    }
}

static bool tcp_readable(void *self) {
    const struct tcp *tcp = self;
    struct pollfd poller = {.fd = tcp->fd, .events = POLLIN};
    return poll(&poller, 1, 0) != 0;
}

static void tcp_close(void *self) {
    struct tcp *tcp = self;
    close(tcp->fd);
    free(tcp);
}

static const struct bolt_stream_ops tcp_ops = {tcp_read, tcp_write, tcp_readable, tcp_close};

int bolt_tcp_fd(const struct bolt_stream *stream) {
    return ((const struct tcp *)stream->self)->fd;
}

enum hm_status bolt_tcp_wait(const struct bolt_stream *stream, unsigned wanted,
                             uint64_t deadline_ns, unsigned *ready, struct hm_error *err) {
    return wait_for(stream->self, wanted, deadline_ns, ready, err);
}

static enum hm_status connect_failed(int code, const char *ip, unsigned port,
                                     struct hm_error *err) {
    if (code == ECONNREFUSED)
        return hm_fail(err, HM_EIO, "%s port %u: nothing listens there (connection refused)", ip,
                       port);
    errno = code;
    hm_fail_errno(err, "%s port %u: cannot connect", ip, port);
    if (err) err->status = HM_EIO;
    return HM_EIO;
}

/** One address; on success tcp->fd is connected, otherwise closed. */
static enum hm_status connect_one(struct tcp *tcp, const char *ip, unsigned port,
                                  uint64_t deadline_ns, struct hm_error *err) {
    char service[16];
    snprintf(service, sizeof service, "%u", port);
    struct addrinfo *address = NULL;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    if (getaddrinfo(ip, service, &hints, &address) != 0)
        return hm_fail(err, HM_EIO, "\"%s\" is no IP address", ip);
    enum hm_status status = HM_OK;
    tcp->fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (tcp->fd < 0) {
        status = connect_failed(errno, ip, port, err);
    } else if (connect(tcp->fd, address->ai_addr, address->ai_addrlen) != 0) {
        int code = errno;
        if (code == EINPROGRESS || code == EINTR) {
            unsigned ready;
            status = wait_for(tcp, BOLT_WAIT_WRITE, deadline_ns, &ready, err);
            socklen_t size = sizeof code;
            if (status != HM_OK)
                hm_error_prefix(err, "%s port %u: cannot connect", ip, port);
            else if (getsockopt(tcp->fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
                code = errno;
        }
        if (status == HM_OK && code != 0) status = connect_failed(code, ip, port, err);
    }
    freeaddrinfo(address);
    if (status != HM_OK && tcp->fd >= 0) close(tcp->fd);
    return status;
}

/** Keep-alive finds a dead peer of an idle connection; no Nagle, since every flush is a whole
 *  request. */
static void tune_socket(int fd) {
    int on = 1, idle_s = 60, interval_s = 15, probes = 4;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
#ifdef TCP_KEEPIDLE
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
#else
    (void)idle_s, (void)interval_s, (void)probes;
#endif
}

enum hm_status bolt_tcp_connect(const struct bolt_ip_list *ips, unsigned port, uint64_t deadline_ns,
                                struct bolt_cancel cancel, struct bolt_stream *out,
                                struct hm_error *err) {
    struct tcp *tcp = malloc(sizeof *tcp);
    if (!tcp) return hm_fail(err, HM_ENOMEM, "no memory for a connection");
    *tcp = (struct tcp){.fd = -1, .cancel = cancel};
    enum hm_status status = hm_fail(err, HM_EIO, "no address to connect to");
    for (size_t i = 0; i < ips->count; i++) {
        uint64_t now = hm_now_ns(), share = deadline_ns;
        if (deadline_ns && now < deadline_ns) share = now + (deadline_ns - now) / (ips->count - i);
        status = connect_one(tcp, ips->items[i], port, share, err);
        if (status == HM_OK || status == HM_ECANCELED) break;
    }
    if (status != HM_OK) {
        free(tcp);
        return status;
    }
    tune_socket(tcp->fd);
    *out = (struct bolt_stream){&tcp_ops, tcp};
    return HM_OK;
}
