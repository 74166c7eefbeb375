// SPDX-License-Identifier: MIT
/** A connected byte stream: TCP, TLS over TCP, or memory in tests. Deadlines are hm_now_ns()
 *  values, 0 means none. */
#ifndef BOLT_STREAM_H
#define BOLT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmrec/status.h"

struct bolt_stream_ops {
    /** Wait for at least one byte. *got == 0: the peer has closed.
     *  errors  HM_ETIMEOUT, HM_ECANCELED, HM_EIO, HM_ETLS */
    enum hm_status (*read)(void *self, void *to, size_t capacity, uint64_t deadline_ns, size_t *got,
                           struct hm_error *err);
    /** Send some bytes, at least one; none (*sent == 0) when none can be sent while there is input
     *  to read, since two peers that only write would wait for each other for ever.
     *  errors  as of read */
    enum hm_status (*write)(void *self, const void *bytes, size_t length, uint64_t deadline_ns,
                            size_t *sent, struct hm_error *err);
    /** True when input waits or the peer has closed; does not block. */
    bool (*readable)(void *self);
    void (*close)(void *self);
};

struct bolt_stream {
    const struct bolt_stream_ops *ops; // NULL: not open
    void *self;
};

/** Asked when a signal interrupts a wait, and a few times a second. */
struct bolt_cancel {
    bool (*cancelled)(void *context); // NULL: never
    void *context;
};

/** Addresses as numbers in text ("::1", "10.0.0.1"). */
struct bolt_ip_list {
    char (*items)[64];
    size_t count;
};
HM_WARN_UNUSED enum hm_status bolt_ip_add(struct bolt_ip_list *list, const char *ip,
                                          struct hm_error *err);
void bolt_ip_list_free(struct bolt_ip_list *list);
/** The system's answer (getaddrinfo). HM_EIO: no such host. */
HM_WARN_UNUSED enum hm_status bolt_ip_lookup(const char *host, struct bolt_ip_list *out,
                                             struct hm_error *err);

/** Connect to the first address that answers; each gets an even share of the time left.
 *  errors  HM_EIO, HM_ETIMEOUT, HM_ECANCELED, with the address in the text */
HM_WARN_UNUSED enum hm_status bolt_tcp_connect(const struct bolt_ip_list *ips, unsigned port,
                                               uint64_t deadline_ns, struct bolt_cancel cancel,
                                               struct bolt_stream *out, struct hm_error *err);
/** Descriptor of a stream that bolt_tcp_connect made. */
int bolt_tcp_fd(const struct bolt_stream *stream);
/** Ask whether the call is cancelled, at most a few times a second. For those who read without
 *  waiting: a peer that sends without end leaves nothing to wait for.
 *  errors  HM_ECANCELED */
HM_WARN_UNUSED enum hm_status bolt_tcp_check_cancel(const struct bolt_stream *stream,
                                                    struct hm_error *err);
enum bolt_wait { BOLT_WAIT_READ = 1, BOLT_WAIT_WRITE = 2 };
/** Wait until the stream is ready.
 *  wanted  of enum bolt_wait
 *  ready   those of wanted that it is ready for */
HM_WARN_UNUSED enum hm_status bolt_tcp_wait(const struct bolt_stream *stream, unsigned wanted,
                                            uint64_t deadline_ns, unsigned *ready,
                                            struct hm_error *err);

/** What TLS connections of one driver share. */
struct bolt_tls_context;
struct bolt_tls_options {
    bool verify;                                  // chain and name; false: encryption only
    const char *ca_file;                          // NULL: the system's
    const char *certificate, *key, *key_password; // PEM files of the client; NULL: none
};
HM_WARN_UNUSED enum hm_status bolt_tls_context_new(const struct bolt_tls_options *options,
                                                   struct bolt_tls_context **out,
                                                   struct hm_error *err);
void bolt_tls_context_free(struct bolt_tls_context *context);
/** TLS handshake over a TCP stream, which then speaks TLS.
 *  stream  on failure as before, to be closed by the caller */
HM_WARN_UNUSED enum hm_status bolt_tls_connect(struct bolt_tls_context *context, const char *host,
                                               uint64_t deadline_ns, struct bolt_stream *stream,
                                               struct hm_error *err);

#endif
