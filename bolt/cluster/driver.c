// SPDX-License-Identifier: MIT
// A driver is its configuration and what its threads share: the pools of connections and the
// routing tables.

#include "cluster/driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"

uint64_t bolt_driver_now(const struct bolt_driver *driver) {
    const struct bolt_hooks *hooks = &driver->config.hooks;
    return hooks->now_ns ? hooks->now_ns(hooks->context) : hm_now_ns();
}

void bolt_driver_log(const struct bolt_driver *driver, enum bolt_log_level level,
                     const char *format, ...) {
    const struct bolt_hooks *hooks = &driver->config.hooks;
    if (!hooks->log) return;
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    hooks->log(hooks->context, level, line);
}

static void set_default(int64_t *field, int64_t fallback) {
    if (*field == 0) *field = fallback;
}

static enum hm_status check_config(const struct bolt_config *config, struct hm_error *err) {
    if (config->connect_timeout_ms < 0 || config->acquisition_timeout_ms < 0 ||
        config->max_retry_ms < 0)
        return hm_fail(err, HM_EARG, "a timeout is negative");
    if (config->fetch_size < -1)
        return hm_fail(err, HM_EARG, "fetch size %lld: expected -1 or more",
                       (long long)config->fetch_size);
    if (config->client_key && !config->client_certificate)
        return hm_fail(err, HM_EARG, "a client key was given, but no client certificate");
    return HM_OK;
}

static const char *keep(struct bolt_driver *driver, const char *text, bool *ok) {
    if (!text) return NULL;
    const char *copy = hm_arena_copy(&driver->arena, text, strlen(text));
    if (!copy) *ok = false;
    return copy;
}

/** Copy what the pointers of a filter point to. */
static void keep_filter(struct bolt_driver *driver, struct bolt_notification_filter *filter,
                        bool *ok) {
    filter->minimum_severity = keep(driver, filter->minimum_severity, ok);
    const char **copies =
        hm_arena_alloc(&driver->arena, (filter->disabled_count + 1) * sizeof *copies);
    if (!copies) {
        *ok = false;
        return;
    }
    for (size_t i = 0; i < filter->disabled_count; i++)
        copies[i] = keep(driver, filter->disabled[i], ok);
    filter->disabled = copies;
}

static enum hm_status keep_config(struct bolt_driver *driver, const struct bolt_config *config,
                                  struct hm_error *err) {
    struct bolt_config *own = &driver->config;
    bool ok = true;
    *own = *config;
    own->ca_file = keep(driver, config->ca_file, &ok);
    own->client_certificate = keep(driver, config->client_certificate, &ok);
    own->client_key = keep(driver, config->client_key, &ok);
    own->client_key_password = keep(driver, config->client_key_password, &ok);
    own->user_agent = keep(driver, config->user_agent, &ok);
    keep_filter(driver, &own->notifications, &ok);
    if (!ok) return hm_fail(err, HM_ENOMEM, "no memory for a driver");
    set_default(&own->connect_timeout_ms, 30000);
    set_default(&own->write_timeout_ms, 60000);
    set_default(&own->acquisition_timeout_ms, 60000);
    set_default(&own->max_retry_ms, 30000);
    set_default(&own->max_lifetime_ms, 3600000);
    set_default(&own->fetch_size, 1000);
    if (!own->max_pool_size) own->max_pool_size = 100;
    if (!own->max_message_bytes) own->max_message_bytes = (size_t)512 << 20;
    HM_TRY(bolt_identity_copy(&config->auth, &driver->identity, err));
    own->auth = driver->identity.auth;
    return HM_OK;
}

enum hm_status bolt_driver_tls(const struct bolt_driver *driver,
                               const struct bolt_client_certificate *shown,
                               struct bolt_tls_context **out, struct hm_error *err) {
    struct bolt_tls_options options = {.verify = driver->config.tls == BOLT_TLS_VERIFIED,
                                       .ca_file = driver->config.ca_file,
                                       .certificate = shown->certificate,
                                       .key = shown->key,
                                       .key_password = shown->key_password};
    return bolt_tls_context_new(&options, out, err);
}

static enum hm_status make_tls(struct bolt_driver *driver, enum bolt_tls by_scheme,
                               struct hm_error *err) {
    struct bolt_config *config = &driver->config;
    if (by_scheme != BOLT_TLS_OFF && config->tls != BOLT_TLS_BY_SCHEME && config->tls != by_scheme)
        return hm_fail(err, HM_EARG, "the URI's scheme and the configuration disagree about TLS");
    if (config->tls == BOLT_TLS_BY_SCHEME) config->tls = by_scheme;
    if (config->tls == BOLT_TLS_OFF) return HM_OK;
    struct bolt_client_certificate shown = {config->client_certificate, config->client_key,
                                            config->client_key_password};
    return bolt_driver_tls(driver, &shown, &driver->tls, err);
}

static enum hm_status make_routing(struct bolt_driver *driver, struct bolt_params *context,
                                   struct hm_error *err) {
    if (!driver->routed) return HM_OK;
    driver->routing = bolt_params_new();
    if (!driver->routing) return hm_fail(err, HM_ENOMEM, "no memory for a driver");
    bolt_put_string(driver->routing, "address", driver->address);
    bolt_params_add_all(driver->routing, context);
    return bolt_params_status(driver->routing, err);
}

static enum hm_status make_address(struct bolt_driver *driver, struct hm_error *err) {
    char text[sizeof((struct bolt_server *)0)->address];
    bool v6 = strchr(driver->host, ':') != NULL;
    int length = snprintf(text, sizeof text, v6 ? "[%s]:%u" : "%s:%u", driver->host, driver->port);
    if (length < 0 || (size_t)length >= sizeof text)
        return hm_fail(err, HM_EARG, "the host name is too long");
    driver->address = hm_arena_copy(&driver->arena, text, (size_t)length);
    return driver->address ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a driver");
}

enum hm_status bolt_driver_new(const char *uri, const struct bolt_config *config,
                               struct bolt_driver **out, struct hm_error *err) {
    static const struct bolt_config defaults;
    *out = NULL;
    if (!config) config = &defaults;
    HM_TRY(check_config(config, err));
    struct bolt_driver *driver = calloc(1, sizeof *driver);
    if (!driver) return hm_fail(err, HM_ENOMEM, "no memory for a driver");
    pthread_mutex_init(&driver->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC); // as hm_now_ns
    pthread_cond_init(&driver->freed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    struct bolt_uri parts = {0};
    enum hm_status status = bolt_uri_parse(uri, &driver->arena, &parts, err);
    driver->routed = parts.routed;
    driver->host = parts.host;
    driver->port = parts.port;
    if (status == HM_OK) status = keep_config(driver, config, err);
    if (status == HM_OK) status = make_address(driver, err);
    if (status == HM_OK) status = make_routing(driver, parts.context, err);
    if (status == HM_OK) status = make_tls(driver, parts.tls, err);
    bolt_params_free(parts.context);
    if (status != HM_OK) {
        bolt_driver_free(driver);
        return status;
    }
    *out = driver;
    return HM_OK;
}

void bolt_driver_free(struct bolt_driver *driver) {
    if (!driver) return;
    bolt_pools_free(driver);
    bolt_tables_free(driver);
    bolt_tls_context_free(driver->tls);
    bolt_params_free(driver->routing);
    bolt_identity_free(&driver->identity);
    hm_arena_free(&driver->arena);
    pthread_cond_destroy(&driver->freed);
    pthread_mutex_destroy(&driver->lock);
    free(driver);
}

bool bolt_is_encrypted(const struct bolt_driver *driver) {
    return driver->tls != NULL;
}

bool bolt_is_routed(const struct bolt_driver *driver) {
    return driver->routed;
}

enum hm_status bolt_verify(struct bolt_driver *driver, const char *database,
                           struct bolt_server *server, struct hm_error *err) {
    struct bolt_need need = {
        .database = database, .access = BOLT_READ, .auth = &driver->identity.auth};
    struct bolt_connection *connection;
    HM_TRY(bolt_driver_acquire(driver, &need, NULL, &connection, err));
    enum hm_status status = HM_OK;
    if (connection->idle_since_ns) // from the pool: it may be dead by now
        status = bolt_connection_reset(connection, err);
    if (status == HM_OK && server) *server = connection->server;
    bolt_pool_release(driver, connection);
    return status;
}

enum hm_status bolt_verify_auth(struct bolt_driver *driver, const struct bolt_auth *auth,
                                bool *accepted, struct hm_error *err) {
    struct bolt_need need = {// every user may read from this database
                             .database = "system",
                             .access = BOLT_READ,
                             .auth = auth};
    struct bolt_connection *connection;
    struct hm_error why = {0};
    enum hm_status status = bolt_driver_acquire(driver, &need, NULL, &connection, &why);
    if (status == HM_OK) {
        // From the pool, and the same user: ask again. Otherwise the answer to a LOGON may be due.
        if (connection->idle_since_ns && !connection->waiter_count)
            status = bolt_connection_relogin(connection, auth, &why);
        if (status == HM_OK) status = bolt_connection_drain(connection, &why);
        bolt_pool_release(driver, connection);
    }
    *accepted = status == HM_OK;
    if (status == HM_OK) return HM_OK;
    static const char *const refusals[] = {
        "Neo.ClientError.Security.CredentialsExpired",
        "Neo.ClientError.Security.Forbidden",
        "Neo.ClientError.Security.TokenExpired",
        "Neo.ClientError.Security.Unauthorized",
    };
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (strcmp(why.code, refusals[i]) == 0) return HM_OK;
    if (err) *err = why;
    return status;
}
