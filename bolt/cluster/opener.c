// SPDX-License-Identifier: MIT
// From "host:port" to a connection that is logged in.

#include "cluster/opener.h"

#include <arpa/inet.h>

#include "clock.h"
#include "cluster/hooks.h"
#include "cluster/resolver.h"
#include "cluster/uri.h"

enum { NS_PER_MS = 1000000 };

enum hm_status bolt_opener_tls(const struct bolt_config *config,
                               const struct bolt_client_certificate *shown,
                               struct bolt_tls_context **out, struct hm_error *err) {
    struct bolt_tls_options options = {.verify = config->tls == BOLT_TLS_VERIFIED,
                                       .ca_file = config->ca_file,
                                       .certificate = shown->certificate,
                                       .key = shown->key,
                                       .key_password = shown->key_password};
    return bolt_tls_context_new(&options, out, err);
}

/** IP addresses of a host: itself, or what the hook or the system says. */
static enum hm_status list_ips(const struct bolt_hooks *hooks, const char *host,
                               struct bolt_ip_list *ips, struct hm_error *err) {
    unsigned char binary[16];
    if (inet_pton(AF_INET, host, binary) == 1 || inet_pton(AF_INET6, host, binary) == 1)
        return bolt_ip_add(ips, host, err);
    if (!hooks->resolve_name) return bolt_ip_lookup(host, ips, err);
    struct bolt_addresses answer = {0};
    enum hm_status status = hooks->resolve_name(hooks->context, host, &answer, err);
    for (size_t i = 0; status == HM_OK && i < answer.list.count; i++)
        status = bolt_ip_add(ips, answer.list.items[i], err);
    bolt_strings_free(&answer.list);
    return status;
}

/** TLS over *stream, which is closed on failure. *own: made for this connection alone, with the
 *  certificate that the hook names; NULL: the driver's is used. */
static enum hm_status start_tls(const struct bolt_opener *opener, const char *host,
                                uint64_t deadline_ns, struct bolt_stream *stream,
                                struct bolt_tls_context **own, struct hm_error *err) {
    const struct bolt_hooks *hooks = &opener->config->hooks;
    struct bolt_client_certificate shown = {0};
    enum hm_status status = HM_OK;
    if (hooks->client_certificate) {
        status = hooks->client_certificate(hooks->context, &shown, err);
        if (status == HM_OK) status = bolt_opener_tls(opener->config, &shown, own, err);
    }
    if (status == HM_OK)
        status = bolt_tls_connect(*own ? *own : opener->tls, host, deadline_ns, stream, err);
    if (status != HM_OK) stream->ops->close(stream->self);
    return status;
}

static enum hm_status open_stream(const struct bolt_opener *opener, const char *host, unsigned port,
                                  uint64_t deadline_ns, struct bolt_stream *out,
                                  struct bolt_tls_context **own_tls, struct hm_error *err) {
    if (opener->connector)
        return opener->connector(opener->connector_context, host, port, deadline_ns, out, err);
    const struct bolt_hooks *hooks = &opener->config->hooks;
    struct bolt_ip_list ips = {0};
    struct bolt_cancel cancel = {hooks->cancelled, hooks->context};
    enum hm_status status = list_ips(hooks, host, &ips, err);
    if (status == HM_OK) status = bolt_tcp_connect(&ips, port, deadline_ns, cancel, out, err);
    bolt_ip_list_free(&ips);
    if (status != HM_OK || !opener->tls) return status;
    return start_tls(opener, host, deadline_ns, out, own_tls, err);
}

static enum hm_status open_to_host(const struct bolt_opener *opener, const char *address,
                                   const char *host, unsigned port, const struct bolt_auth *auth,
                                   uint64_t deadline_ns, struct bolt_connection **out,
                                   struct hm_error *err) {
    const struct bolt_config *config = opener->config;
    struct bolt_stream stream = {0};
    struct bolt_greeting greeting = {config->user_agent, opener->routing, &config->notifications};
    struct bolt_tls_context *tls = NULL;
    enum hm_status status = open_stream(opener, host, port, deadline_ns, &stream, &tls, err);
    if (status != HM_OK)
        hm_error_prefix(err, "%s", address);
    else
        status =
            bolt_connection_open(stream, address, &greeting, auth, deadline_ns, config, out, err);
    if (status != HM_OK) {
        bolt_tls_context_free(tls);
        return status;
    }
    struct bolt_connection *connection = *out;
    connection->tls = tls;
    connection->opened_ns = bolt_hooks_now(&config->hooks);
    bolt_hooks_log(&config->hooks, BOLT_LOG_INFO, "%s: %s, Bolt %d.%d, %s", address,
                   connection->server.agent, connection->server.major, connection->server.minor,
                   connection->id);
    return HM_OK;
}

enum hm_status bolt_open(const struct bolt_opener *opener, const char *address,
                         const struct bolt_auth *auth, uint64_t deadline_ns,
                         struct bolt_connection **out, struct hm_error *err) {
    uint64_t limit_ns = hm_now_ns() + (uint64_t)opener->config->connect_timeout_ms * NS_PER_MS;
    if (deadline_ns && deadline_ns < limit_ns) limit_ns = deadline_ns;
    struct hm_arena arena = {0};
    const char *host;
    unsigned port;
    *out = NULL;
    enum hm_status status =
        bolt_address_split(address, BOLT_DEFAULT_PORT, &arena, &host, &port, err);
    if (status == HM_OK)
        status = open_to_host(opener, address, host, port, auth, limit_ns, out, err);
    hm_arena_free(&arena);
    return status;
}
