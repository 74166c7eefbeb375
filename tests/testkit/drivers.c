// SPDX-License-Identifier: MIT
// Requests about a driver: making it, what its servers are and can do, its routing tables and
// pools. The kit is asked to resolve addresses in the middle of other requests.

#include "kit.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

static cJSON *no_such(const char *what) {
    return kit_backend_error("the request names no %s", what);
}

/* ---- configuration ---- */

enum hm_status kit_auth(const cJSON *token, struct bolt_auth *auth, struct bolt_params **parameters,
                        struct hm_error *err) {
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(token, "data");
    *parameters = NULL;
    *auth = (struct bolt_auth){.scheme = kit_text(data, "scheme"),
                               .principal = kit_text(data, "principal"),
                               .credentials = kit_text(data, "credentials"),
                               .realm = kit_text(data, "realm")};
    const cJSON *map = cJSON_GetObjectItemCaseSensitive(data, "parameters");
    if (cJSON_GetArraySize(map) == 0) return HM_OK; // as good as none
    HM_TRY(kit_parameters(map, true, parameters, err));
    auth->parameters = *parameters;
    return HM_OK;
}

void kit_filter(const cJSON *data, struct bolt_notification_filter *filter,
                const char ***disabled) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(data, "notificationsDisabledCategories");
    *filter = (struct bolt_notification_filter){.minimum_severity =
                                                    kit_text(data, "notificationsMinSeverity"),
                                                .disabled_set = cJSON_IsArray(list)};
    *disabled = kit_texts(list, &filter->disabled_count);
    filter->disabled = *disabled;
}

/** Append a file of the folder where the kit's certificates are. */
static bool append_certificate(FILE *out, const char *name) {
    const char *folder = getenv("TESTKIT_CA_FOLDER");
    char path[512];
    snprintf(path, sizeof path, "%s/%s",
             folder ? folder : "/usr/local/share/custom-ca-certificates", name);
    FILE *in = fopen(path, "r");
    if (!in) return false;
    for (int c; (c = getc(in)) != EOF;)
        putc(c, out);
    fclose(in);
    return true;
}

/** Which certificates to trust: null: the system's; []: any; names of files. One file is made of
 *  several. ca_file is set to its name, to be removed, or to "". */
static bool trust(const cJSON *data, struct bolt_config *config, char ca_file[64]) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(data, "trustedCertificates"), *name;
    const cJSON *encrypted = cJSON_GetObjectItemCaseSensitive(data, "encrypted");
    bool any = cJSON_IsArray(list) && cJSON_GetArraySize(list) == 0;
    *ca_file = '\0';
    if (cJSON_IsFalse(encrypted)) config->tls = BOLT_TLS_OFF;
    if (cJSON_IsTrue(encrypted)) config->tls = any ? BOLT_TLS_UNVERIFIED : BOLT_TLS_VERIFIED;
    if (!cJSON_IsArray(list) || any) return true;
    strcpy(ca_file, "/tmp/testkit-ca-XXXXXX");
    int fd = mkstemp(ca_file);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool ok = out != NULL;
    cJSON_ArrayForEach(name, list) {
        ok = ok && cJSON_IsString(name) && append_certificate(out, name->valuestring);
    }
    if (out) fclose(out);
    config->ca_file = ca_file;
    return ok;
}

/* ---- asking the kit for addresses ---- */

/** Send {name, id, key: text}, and read the addresses that come back. */
static enum hm_status ask_kit(struct kit *kit, const char *question, const char *key,
                              const char *text, const char *reply, struct bolt_addresses *out,
                              struct hm_error *err) {
    cJSON *data, *request = kit_answer(question, &data);
    cJSON_AddNumberToObject(data, "id", 1); // one question at a time
    cJSON_AddStringToObject(data, key, text);
    kit_send(kit, request);
    cJSON *answer = kit_serve_until(kit, reply, reply);
    if (!answer) return hm_fail(err, HM_ECANCELED, "the test kit hung up");
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(answer, "data"), "addresses");
    const cJSON *address;
    enum hm_status status = HM_OK;
    cJSON_ArrayForEach(address, list) {
        if (status == HM_OK && cJSON_IsString(address))
            status = bolt_addresses_add(out, address->valuestring, err);
    }
    cJSON_Delete(answer);
    return status;
}

static enum hm_status resolve(void *context, const char *address, struct bolt_addresses *out,
                              struct hm_error *err) {
    struct kit_driver *driver = context;
    return ask_kit(driver->kit, "ResolverResolutionRequired", "address", address,
                   "ResolverResolutionCompleted", out, err);
}

static enum hm_status resolve_name(void *context, const char *host, struct bolt_addresses *out,
                                   struct hm_error *err) {
    struct kit_driver *driver = context;
    return ask_kit(driver->kit, "DomainNameResolutionRequired", "name", host,
                   "DomainNameResolutionCompleted", out, err);
}

/** The kit says what to show, or that it is as before. */
static enum hm_status client_certificate(void *context, struct bolt_client_certificate *out,
                                         struct hm_error *err) {
    struct kit_driver *driver = context;
    cJSON *data, *request = kit_answer("ClientCertificateProviderRequest", &data);
    cJSON_AddNumberToObject(data, "id", 1);
    cJSON_AddNumberToObject(data, "clientCertificateProviderId", driver->provider);
    kit_send(driver->kit, request);
    cJSON *answer = kit_serve_until(driver->kit, "ClientCertificateProviderCompleted",
                                    "ClientCertificateProviderCompleted");
    if (!answer) return hm_fail(err, HM_ECANCELED, "the test kit hung up");
    data = cJSON_GetObjectItemCaseSensitive(answer, "data");
    if (kit_flag(data, "hasUpdate") || !driver->certificate) {
        cJSON_Delete(driver->certificate);
        driver->certificate = cJSON_DetachItemFromObjectCaseSensitive(data, "clientCertificate");
    }
    cJSON_Delete(answer);
    const cJSON *shown = cJSON_GetObjectItemCaseSensitive(driver->certificate, "data");
    *out = (struct bolt_client_certificate){kit_text(shown, "certfile"), kit_text(shown, "keyfile"),
                                            kit_text(shown, "password")};
    return HM_OK;
}

cJSON *kit_new_provider(struct kit *kit, const cJSON *data) {
    (void)data;
    return kit_answer_id("ClientCertificateProvider", kit_add(kit, KIT_PROVIDER, NULL));
}

cJSON *kit_provider_close(struct kit *kit, const cJSON *data) {
    (void)kit;
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(data, "id");
    return kit_answer_id("ClientCertificateProvider", cJSON_IsNumber(id) ? id->valueint : 0);
}

static void trace(void *context, enum bolt_log_level level, const char *line) {
    (void)context;
    fprintf(stderr, "bolt %d: %s\n", level, line);
}

/* ---- requests ---- */

static void configure(const cJSON *data, struct kit_driver *driver, struct bolt_config *config) {
    config->user_agent = kit_text(data, "userAgent");
    kit_number(data, "connectionTimeoutMs", &config->connect_timeout_ms);
    kit_number(data, "fetchSize", &config->fetch_size);
    kit_number(data, "maxTxRetryTimeMs", &config->max_retry_ms);
    kit_number(data, "connectionAcquisitionTimeoutMs", &config->acquisition_timeout_ms);
    int64_t liveness_ms = -1, pool_size = 0;
    kit_number(data, "livenessCheckTimeoutMs", &liveness_ms);
    if (liveness_ms >= 0) config->liveness_check_ms = liveness_ms ? liveness_ms : -1;
    kit_number(data, "maxConnectionPoolSize", &pool_size);
    if (pool_size > 0) config->max_pool_size = (size_t)pool_size;
    const cJSON *certificate = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(data, "clientCertificate"), "data");
    config->client_certificate = kit_text(certificate, "certfile");
    config->client_key = kit_text(certificate, "keyfile");
    config->client_key_password = kit_text(certificate, "password");
    config->hooks.context = driver;
    int64_t provider = 0;
    kit_number(data, "clientCertificateProviderId", &provider);
    driver->provider = (int)provider;
    if (provider) config->hooks.client_certificate = client_certificate;
    if (kit_flag(data, "resolverRegistered")) config->hooks.resolve = resolve;
    if (kit_flag(data, "domainNameResolverRegistered")) config->hooks.resolve_name = resolve_name;
    if (driver->kit->verbose) config->hooks.log = trace;
}

static enum hm_status make_driver(const cJSON *data, struct kit_driver *driver,
                                  struct hm_error *err) {
    struct bolt_config config = {0};
    struct bolt_params *parameters = NULL;
    const char **disabled = NULL, *uri = kit_text(data, "uri");
    char ca_file[64];
    configure(data, driver, &config);
    kit_filter(data, &config.notifications, &disabled);
    enum hm_status status = kit_auth(cJSON_GetObjectItemCaseSensitive(data, "authorizationToken"),
                                     &config.auth, &parameters, err);
    if (!trust(data, &config, ca_file) && status == HM_OK)
        status = hm_fail(err, HM_EARG, "a certificate to trust cannot be read");
    if (status == HM_OK) status = bolt_driver_new(uri ? uri : "", &config, &driver->driver, err);
    if (*ca_file) remove(ca_file);
    bolt_params_free(parameters);
    free(disabled);
    return status;
}

cJSON *kit_new_driver(struct kit *kit, const cJSON *data) {
    if (cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(data, "authTokenManagerId")))
        return kit_backend_error("the client has no managers of credentials");
    struct kit_driver *driver = calloc(1, sizeof *driver);
    struct hm_error err = {0};
    if (!driver) return kit_backend_error("no memory for a driver");
    driver->kit = kit;
    if (make_driver(data, driver, &err) != HM_OK) {
        free(driver);
        return kit_driver_error(kit, &err, NULL);
    }
    return kit_answer_id("Driver", kit_add(kit, KIT_DRIVER, driver));
}

/** The sessions that are still open go first. */
cJSON *kit_driver_close(struct kit *kit, const cJSON *data) {
    struct kit_driver *driver = kit_find(kit, KIT_DRIVER, data, "driverId");
    if (!driver) return no_such("driver");
    for (size_t i = 0; i < kit->object_count; i++) {
        struct kit_object *object = &kit->objects[i];
        if (object->kind != KIT_SESSION || object->as.session->driver != driver) continue;
        bolt_session_free(object->as.session->session);
        object->as.session->session = NULL;
    }
    bolt_driver_free(driver->driver);
    driver->driver = NULL;
    return kit_answer_id("Driver", kit_id(kit, driver));
}

/** Find the open driver of a request, ask its servers who they are; on failure the answer to
 *  give. */
static cJSON *ask_server(struct kit *kit, const cJSON *data, struct kit_driver **driver,
                         struct bolt_server *server) {
    struct hm_error err = {0};
    *driver = kit_find(kit, KIT_DRIVER, data, "driverId");
    if (!*driver || !(*driver)->driver) return no_such("open driver");
    if (bolt_verify((*driver)->driver, NULL, server, &err) == HM_OK) return NULL;
    return kit_driver_error(kit, &err, NULL);
}

cJSON *kit_verify_connectivity(struct kit *kit, const cJSON *data) {
    struct kit_driver *driver;
    struct bolt_server server;
    cJSON *error = ask_server(kit, data, &driver, &server);
    return error ? error : kit_answer_id("Driver", kit_id(kit, driver));
}

cJSON *kit_server_info(struct kit *kit, const cJSON *data) {
    struct kit_driver *driver;
    struct bolt_server server;
    cJSON *error = ask_server(kit, data, &driver, &server);
    if (error) return error;
    cJSON *inner, *answer = kit_answer("ServerInfo", &inner);
    kit_put_server(inner, &server);
    return answer;
}

static cJSON *support(const char *name, int id, bool available) {
    cJSON *answer = kit_answer_id(name, id);
    cJSON_AddBoolToObject(cJSON_GetObjectItemCaseSensitive(answer, "data"), "available", available);
    return answer;
}

cJSON *kit_multi_db(struct kit *kit, const cJSON *data) {
    struct kit_driver *driver;
    struct bolt_server server;
    cJSON *error = ask_server(kit, data, &driver, &server);
    return error ? error : support("MultiDBSupport", kit_id(kit, driver), server.major >= 4);
}

cJSON *kit_session_auth(struct kit *kit, const cJSON *data) {
    struct kit_driver *driver;
    struct bolt_server server;
    cJSON *error = ask_server(kit, data, &driver, &server);
    bool available = server.major > 5 || (server.major == 5 && server.minor >= 1);
    return error ? error : support("SessionAuthSupport", kit_id(kit, driver), available);
}

cJSON *kit_verify_auth(struct kit *kit, const cJSON *data) {
    struct kit_driver *driver = kit_find(kit, KIT_DRIVER, data, "driverId");
    if (!driver || !driver->driver) return no_such("open driver");
    struct bolt_auth auth;
    struct bolt_params *parameters;
    struct hm_error err = {0};
    bool accepted = false;
    enum hm_status status = kit_auth(cJSON_GetObjectItemCaseSensitive(data, "authorizationToken"),
                                     &auth, &parameters, &err);
    if (status == HM_OK) status = bolt_verify_auth(driver->driver, &auth, &accepted, &err);
    bolt_params_free(parameters);
    if (status != HM_OK) return kit_driver_error(kit, &err, NULL);
    cJSON *answer = kit_answer_id("DriverIsAuthenticated", kit_id(kit, driver));
    cJSON_AddBoolToObject(cJSON_GetObjectItemCaseSensitive(answer, "data"), "authenticated",
                          accepted);
    return answer;
}

cJSON *kit_is_encrypted(struct kit *kit, const cJSON *data) {
    struct kit_driver *driver = kit_find(kit, KIT_DRIVER, data, "driverId");
    if (!driver || !driver->driver) return no_such("open driver");
    cJSON *inner, *answer = kit_answer("DriverIsEncrypted", &inner);
    cJSON_AddBoolToObject(inner, "encrypted", bolt_is_encrypted(driver->driver));
    return answer;
}

cJSON *kit_routing_update(struct kit *kit, const cJSON *data) {
    struct kit_driver *driver = kit_find(kit, KIT_DRIVER, data, "driverId");
    if (!driver || !driver->driver) return no_such("open driver");
    struct hm_error err = {0};
    size_t count;
    const char **bookmarks = kit_texts(cJSON_GetObjectItemCaseSensitive(data, "bookmarks"), &count);
    enum hm_status status =
        bolt_routing_refresh(driver->driver, kit_text(data, "database"), bookmarks, count, &err);
    free(bookmarks);
    if (status != HM_OK) return kit_driver_error(kit, &err, NULL);
    return kit_answer_id("Driver", kit_id(kit, driver));
}

static void put_addresses(cJSON *data, const char *key, char *const *addresses) {
    cJSON *list = cJSON_AddArrayToObject(data, key);
    for (; *addresses; addresses++)
        cJSON_AddItemToArray(list, cJSON_CreateString(*addresses));
}

cJSON *kit_routing_table(struct kit *kit, const cJSON *data) {
    struct kit_driver *driver = kit_find(kit, KIT_DRIVER, data, "driverId");
    if (!driver || !driver->driver) return no_such("open driver");
    struct hm_error err = {0};
    struct bolt_routing *routing, none = {.routers = (char *[]){NULL}};
    none.readers = none.writers = none.routers;
    enum hm_status status =
        bolt_routing_get(driver->driver, kit_text(data, "database"), &routing, &err);
    if (status != HM_OK && status != HM_ENOTFOUND) return kit_driver_error(kit, &err, NULL);
    const struct bolt_routing *table = routing ? routing : &none; // unknown: nobody to ask
    cJSON *inner, *answer = kit_answer("RoutingTable", &inner);
    cJSON_AddItemToObject(inner, "database", kit_string_or_null(table->database));
    cJSON_AddItemToObject(inner, "ttl", kit_integer(table->ttl_seconds));
    put_addresses(inner, "routers", table->routers);
    put_addresses(inner, "readers", table->readers);
    put_addresses(inner, "writers", table->writers);
    bolt_routing_free(routing);
    return answer;
}

cJSON *kit_pool_metrics(struct kit *kit, const cJSON *data) {
    struct kit_driver *driver = kit_find(kit, KIT_DRIVER, data, "driverId");
    const char *address = kit_text(data, "address");
    if (!driver || !driver->driver || !address) return no_such("open driver");
    size_t in_use, idle;
    bolt_pool_count(driver->driver, address, &in_use, &idle);
    cJSON *inner, *answer = kit_answer("ConnectionPoolMetrics", &inner);
    cJSON_AddNumberToObject(inner, "inUse", (double)in_use);
    cJSON_AddNumberToObject(inner, "idle", (double)idle);
    return answer;
}
