// SPDX-License-Identifier: MIT
/** Opens connections: a name becomes addresses, TCP, TLS where the driver wants it, login.
 *  Nothing in it changes once the driver is made, so that threads share it without a lock. */
#ifndef BOLT_OPENER_H
#define BOLT_OPENER_H

#include "connection/connection.h"

/** Makes a stream to host:port; tests put memory here. */
typedef enum hm_status bolt_connector(void *context, const char *host, unsigned port,
                                      uint64_t deadline_ns, struct bolt_stream *out,
                                      struct hm_error *err);

/** Everything is borrowed. */
struct bolt_opener {
    const struct bolt_config *config;  // defaults filled in
    const struct bolt_params *routing; // context for HELLO; NULL: not routed
    struct bolt_tls_context *tls;      // NULL: plain
    bolt_connector *connector;         // NULL: TCP
    void *connector_context;
};

/** What a TLS connection with this client certificate needs. */
HM_WARN_UNUSED enum hm_status bolt_opener_tls(const struct bolt_config *config,
                                              const struct bolt_client_certificate *shown,
                                              struct bolt_tls_context **out, struct hm_error *err);

/** A new connection to address ("host:port"), logged in.
 *  deadline_ns  for all of it, besides config->connect_timeout_ms; 0: none */
HM_WARN_UNUSED enum hm_status bolt_open(const struct bolt_opener *opener, const char *address,
                                        const struct bolt_auth *auth, uint64_t deadline_ns,
                                        struct bolt_connection **out, struct hm_error *err);

#endif
