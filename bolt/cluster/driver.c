// SPDX-License-Identifier: MIT
// Makes a driver of a URI and a configuration: checks and copies them, and hands them to pool and
// router.

#include "cluster/driver.h"

#include <stdio.h>
#include <stdlib.h>

#include "cluster/uri.h"

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

/** Copy what the pointers of a filter point to. */
static void keep_filter(struct bolt_driver *driver, struct bolt_notification_filter *filter,
                        bool *ok) {
    filter->minimum_severity = bolt_copy_text(&driver->arena, filter->minimum_severity, ok);
    const char **copies =
        hm_arena_alloc(&driver->arena, (filter->disabled_count + 1) * sizeof *copies);
    if (!copies) {
        *ok = false;
        return;
    }
    for (size_t i = 0; i < filter->disabled_count; i++)
        copies[i] = bolt_copy_text(&driver->arena, filter->disabled[i], ok);
    filter->disabled = copies;
}

static enum hm_status keep_config(struct bolt_driver *driver, const struct bolt_config *config,
                                  struct hm_error *err) {
    struct bolt_config *own = &driver->config;
    bool ok = true;
    *own = *config;
    own->ca_file = bolt_copy_text(&driver->arena, config->ca_file, &ok);
    own->client_certificate = bolt_copy_text(&driver->arena, config->client_certificate, &ok);
    own->client_key = bolt_copy_text(&driver->arena, config->client_key, &ok);
    own->client_key_password = bolt_copy_text(&driver->arena, config->client_key_password, &ok);
    own->user_agent = bolt_copy_text(&driver->arena, config->user_agent, &ok);
    keep_filter(driver, &own->notifications, &ok);
    if (!ok) return hm_fail(err, HM_ENOMEM, "no memory for a driver");
    set_default(&own->connect_timeout_ms, 30000);
    set_default(&own->message_timeout_ms, 3600000);
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

static enum hm_status make_tls(struct bolt_driver *driver, enum bolt_tls by_scheme,
                               struct hm_error *err) {
    struct bolt_config *config = &driver->config;
    if (by_scheme != BOLT_TLS_OFF && config->tls != BOLT_TLS_BY_SCHEME && config->tls != by_scheme)
        return hm_fail(err, HM_EARG, "the URI's scheme and the configuration disagree about TLS");
    if (config->tls == BOLT_TLS_BY_SCHEME) config->tls = by_scheme;
    if (config->tls == BOLT_TLS_OFF) return HM_OK;
    struct bolt_client_certificate shown = {config->client_certificate, config->client_key,
                                            config->client_key_password};
    return bolt_opener_tls(config, &shown, &driver->opener.tls, err);
}

static enum hm_status make_address(struct bolt_driver *driver, const struct bolt_uri *uri,
                                   struct hm_error *err) {
    char text[sizeof((struct bolt_server *)0)->address];
    bool v6 = strchr(uri->host, ':') != NULL;
    int length = snprintf(text, sizeof text, v6 ? "[%s]:%u" : "%s:%u", uri->host, uri->port);
    if (length < 0 || (size_t)length >= sizeof text)
        return hm_fail(err, HM_EARG, "the host name is too long");
    driver->address = hm_arena_copy(&driver->arena, text, (size_t)length);
    return driver->address ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a driver");
}

/** The routing context: where the driver was told to look, and what the URI's query says. */
static enum hm_status make_routing(struct bolt_driver *driver, const struct bolt_uri *uri,
                                   struct hm_error *err) {
    if (!uri->routed) return HM_OK;
    driver->routing = bolt_params_new();
    if (!driver->routing) return hm_fail(err, HM_ENOMEM, "no memory for a driver");
    bolt_put_string(driver->routing, "address", driver->address);
    bolt_params_add_all(driver->routing, uri->context);
    return bolt_params_status(driver->routing, err);
}

static enum hm_status make_parts(struct bolt_driver *driver, const struct bolt_uri *uri,
                                 struct hm_error *err) {
    HM_TRY(make_address(driver, uri, err));
    HM_TRY(make_routing(driver, uri, err));
    HM_TRY(make_tls(driver, uri->tls, err));
    driver->opener.config = &driver->config;
    driver->opener.routing = driver->routing;
    HM_TRY(bolt_pool_new(&driver->opener, &driver->pool, err));
    if (!uri->routed) return HM_OK;
    return bolt_router_new(&driver->opener, driver->pool, driver->address, &driver->router, err);
}

enum hm_status bolt_driver_new(const char *uri, const struct bolt_config *config,
                               struct bolt_driver **out, struct hm_error *err) {
    static const struct bolt_config defaults;
    *out = NULL;
    if (!config) config = &defaults;
    HM_TRY(check_config(config, err));
    struct bolt_driver *driver = calloc(1, sizeof *driver);
    if (!driver) return hm_fail(err, HM_ENOMEM, "no memory for a driver");
    struct bolt_uri parts = {0};
    enum hm_status status = bolt_uri_parse(uri, &driver->arena, &parts, err);
    if (status == HM_OK) status = keep_config(driver, config, err);
    if (status == HM_OK) status = make_parts(driver, &parts, err);
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
    bolt_router_free(driver->router);
    bolt_pool_free(driver->pool);
    bolt_tls_context_free(driver->opener.tls);
    bolt_params_free(driver->routing);
    bolt_identity_free(&driver->identity);
    hm_arena_free(&driver->arena);
    free(driver);
}

bool bolt_is_encrypted(const struct bolt_driver *driver) {
    return driver->opener.tls != NULL;
}

enum hm_status bolt_driver_acquire(struct bolt_driver *driver, const struct bolt_need *need,
                                   char **home, struct bolt_connection **out,
                                   struct hm_error *err) {
    if (driver->router) return bolt_router_acquire(driver->router, need, home, out, err);
    return bolt_pool_acquire(driver->pool, driver->address, need->auth, out, err);
}

void bolt_driver_learn(struct bolt_driver *driver, const char *address, const char *database,
                       const char *code) {
    if (strcmp(code, "Neo.ClientError.Security.AuthorizationExpired") == 0)
        bolt_pool_expire(driver->pool);
    if (driver->router) bolt_router_learn(driver->router, address, database, code);
}

enum hm_status bolt_verify(struct bolt_driver *driver, const char *database,
                           struct bolt_server *server, struct hm_error *err) {
    struct bolt_need need = {.database = database, .access = BOLT_READ};
    struct bolt_connection *connection;
    HM_TRY(bolt_driver_acquire(driver, &need, NULL, &connection, err));
    enum hm_status status = HM_OK;
    if (connection->idle_since_ns) // from the pool: it may be dead by now
        status = bolt_connection_reset(connection, err);
    if (status == HM_OK && server) *server = connection->server;
    bolt_pool_release(driver->pool, connection);
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
        bolt_pool_release(driver->pool, connection);
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
