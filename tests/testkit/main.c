// SPDX-License-Identifier: MIT
// testkit_backend [-v] [PORT]: serve the test kit on 127.0.0.1 until SIGTERM or SIGINT. PORT 0
// takes a free one; the one in use is printed. Requests are rows of a table; which features the
// client has is another.

#include "kit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DEFAULT_PORT = 9876, DEEPEST = 32 };

static const char *const features[] = {
    "Feature:API:ConnectionAcquisitionTimeout",
    "Feature:API:Driver:GetServerInfo",
    "Feature:API:Driver.IsEncrypted",
    "Feature:API:Driver:NotificationsConfig",
    "Feature:API:Driver.VerifyAuthentication",
    "Feature:API:Driver.VerifyConnectivity",
    "Feature:API:Driver.SupportsSessionAuth",
    "Feature:API:Liveness.Check",
    "Feature:API:Result.List",
    "Feature:API:Result.Peek",
    "Feature:API:Result.Single",
    "Feature:API:Result.SingleOptional",
    "Feature:API:RetryableExceptions",
    "Feature:API:Session:AuthConfig",
    "Feature:API:Session:NotificationsConfig",
    "Feature:API:SSLClientCertificate",
    "Feature:API:SSLConfig",
    "Feature:API:SSLSchemes",
    "Feature:API:Summary:GqlStatusObjects",
    "Feature:API:Type.Spatial",
    "Feature:API:Type.Temporal",
    "Feature:Auth:Bearer",
    "Feature:Auth:Custom",
    "Feature:Auth:Kerberos",
    "Feature:Bolt:4.1",
    "Feature:Bolt:4.2",
    "Feature:Bolt:4.3",
    "Feature:Bolt:4.4",
    "Feature:Bolt:5.0",
    "Feature:Bolt:5.1",
    "Feature:Bolt:5.2",
    "Feature:Bolt:5.3",
    "Feature:Bolt:5.4",
    "Feature:Bolt:5.6",
    "Feature:Bolt:5.7",
    "Feature:Bolt:Patch:UTC",
    "Feature:Impersonation",
    "Feature:TLS:1.2",
    "Feature:TLS:1.3",
    "AuthorizationExpiredTreatment",
    "Optimization:AuthPipelining",
    "Optimization:ConnectionReuse",
    "Optimization:EagerTransactionBegin",
    "Optimization:ImplicitDefaultArguments",
    "Optimization:MinimalResets",
    "Optimization:PullPipelining",
    "Optimization:ResultListFetchAll",
    "ConfHint:connection.recv_timeout_seconds",
    "Backend:RTFetch",
    "Backend:RTForceUpdate",
};

static cJSON *get_features(struct kit *kit, const cJSON *data) {
    (void)kit, (void)data;
    cJSON *inner, *answer = kit_answer("FeatureList", &inner);
    cJSON *list = cJSON_AddArrayToObject(inner, "features");
    for (size_t i = 0; i < sizeof features / sizeof *features; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(features[i]));
    return answer;
}

/** Tests of what the client does not do on purpose, or that no unknown driver can pass; parts of
 *  their names. */
static const struct {
    const char *part, *reason;
} skips[] = {
    {"driver_parameters.telemetry", "TELEMETRY is never sent"},
    {"test_should_encompass_the_version_handshake_in_time",
     "connect_timeout_ms is for TCP, TLS, handshake and login together"},
    {"test_explicit_config_and_scheme_config", "a CA file may come with bolt+s and neo4j+s"},
    {"test_direct_connection_with_url_params",
     "the kit trips over its own words for a driver that it does not know"},
};

static cJSON *start_test(struct kit *kit, const cJSON *data) {
    (void)kit;
    const char *name = kit_text(data, "testName");
    for (size_t i = 0; name && i < sizeof skips / sizeof *skips; i++)
        if (strstr(name, skips[i].part)) {
            cJSON *inner, *answer = kit_answer("SkipTest", &inner);
            cJSON_AddStringToObject(inner, "reason", skips[i].reason);
            return answer;
        }
    return kit_answer("RunTest", NULL);
}

static const struct {
    const char *name;
    kit_handler *handle;
} requests[] = {
    {"GetFeatures", get_features},
    {"StartTest", start_test},
    {"StartSubTest", start_test},
    {"NewDriver", kit_new_driver},
    {"DriverClose", kit_driver_close},
    {"VerifyConnectivity", kit_verify_connectivity},
    {"GetServerInfo", kit_server_info},
    {"CheckMultiDBSupport", kit_multi_db},
    {"CheckSessionAuthSupport", kit_session_auth},
    {"VerifyAuthentication", kit_verify_auth},
    {"CheckDriverIsEncrypted", kit_is_encrypted},
    {"ForcedRoutingTableUpdate", kit_routing_update},
    {"GetRoutingTable", kit_routing_table},
    {"GetConnectionPoolMetrics", kit_pool_metrics},
    {"NewClientCertificateProvider", kit_new_provider},
    {"ClientCertificateProviderClose", kit_provider_close},
    {"NewSession", kit_new_session},
    {"SessionClose", kit_session_close},
    {"SessionRun", kit_session_run},
    {"SessionBeginTransaction", kit_begin},
    {"SessionReadTransaction", kit_read},
    {"SessionWriteTransaction", kit_write},
    {"SessionLastBookmarks", kit_bookmarks},
    {"TransactionRun", kit_tx_run},
    {"TransactionCommit", kit_commit},
    {"TransactionRollback", kit_rollback},
    {"TransactionClose", kit_tx_close},
    {"ResultNext", kit_next},
    {"ResultPeek", kit_peek},
    {"ResultSingle", kit_single},
    {"ResultSingleOptional", kit_single_optional},
    {"ResultList", kit_list},
    {"ResultConsume", kit_consume},
};

/** The answer to a request; NULL: none. */
static cJSON *handle(struct kit *kit, const cJSON *request, const char *name) {
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(request, "data");
    if (kit->depth > DEEPEST) return kit_backend_error("requests are nested too deeply");
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        if (strcmp(name, requests[i].name) == 0) return requests[i].handle(kit, data);
    return kit_backend_error("%s: no such request", name);
}

cJSON *kit_serve_until(struct kit *kit, const char *name, const char *other_name) {
    kit->depth++;
    cJSON *request = NULL;
    while (!kit->closed) {
        request = kit_receive(kit);
        const char *found = kit_text(request, "name");
        if (found && (strcmp(found, name) == 0 || strcmp(found, other_name) == 0)) break;
        cJSON *answer = NULL;
        if (found)
            answer = handle(kit, request, found);
        else if (!kit->closed)
            answer = kit_backend_error("a request is no JSON object with a name");
        if (answer) kit_send(kit, answer);
        cJSON_Delete(request);
        request = NULL;
    }
    kit->depth--;
    return request;
}

static void serve(int fd, bool verbose) {
    struct kit kit = {.verbose = verbose};
    int write_fd = dup(fd);
    kit.in = fdopen(fd, "r");
    kit.out = write_fd >= 0 ? fdopen(write_fd, "w") : NULL;
    if (kit.in && kit.out) cJSON_Delete(kit_serve_until(&kit, "", ""));
    kit_free_objects(&kit);
    free(kit.line);
    if (kit.out) fclose(kit.out);
    if (kit.in) fclose(kit.in);
}

static volatile sig_atomic_t stopped;

static void stop(int signal_number) {
    (void)signal_number;
    stopped = 1;
}

static int listen_on(unsigned port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 8) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        perror("testkit_backend");
        return -1;
    }
    printf("testkit_backend: 127.0.0.1:%u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(int argc, char **argv) {
    bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    unsigned port = DEFAULT_PORT;
    if (argc > 1 + verbose) port = (unsigned)strtoul(argv[1 + verbose], NULL, 10);
    struct sigaction action = {.sa_handler = stop}; // without SA_RESTART: accept and read end
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    int listener = listen_on(port);
    if (listener < 0) return EXIT_FAILURE;
    while (!stopped) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0) serve(fd, verbose);
    }
    close(listener);
    return EXIT_SUCCESS;
}
