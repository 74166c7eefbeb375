// SPDX-License-Identifier: MIT
// TCP and TLS against a small server on the loopback: certificates right and wrong, peers that
// speak something else, say nothing, or talk before they listen.

#include "hmrec/bolt.h"
#include "certificates.h"
#include "clock.h"
#include "suite.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <openssl/ssl.h>

static char folder[] = "/tmp/hmrec-transport-XXXXXX";
static struct certificate authority, stranger, right, wrong_name, expired, unknown, client,
    intermediate, below, below_wrong_name, below_expired;

static void make_certificates(void) {
    if (!mkdtemp(folder)) abort();
    certificate_make(folder, "authority", NULL, 30, NULL, &authority);
    certificate_make(folder, "stranger", NULL, 30, NULL, &stranger);
    certificate_make(folder, "right", "DNS:localhost,IP:127.0.0.1", 30, &authority, &right);
    certificate_make(folder, "wrong-name", "DNS:other.example", 30, &authority, &wrong_name);
    certificate_make(folder, "expired", "DNS:localhost", -2, &authority, &expired);
    certificate_make(folder, "unknown", "DNS:localhost", 30, &stranger, &unknown);
    certificate_make(folder, "client", "DNS:client", 30, &authority, &client);
    certificate_make(folder, "intermediate", NULL, 30, &authority, &intermediate);
    certificate_make(folder, "below", "DNS:localhost", 30, &intermediate, &below);
    certificate_make(folder, "below-wrong-name", "DNS:other.example", 30, &intermediate,
                     &below_wrong_name);
    certificate_make(folder, "below-expired", "DNS:localhost", -2, &intermediate, &below_expired);
}

static void drop_certificates(void) {
    struct certificate *all[] = {&authority, &stranger,         &right,        &wrong_name,
                                 &expired,   &unknown,          &client,       &intermediate,
                                 &below,     &below_wrong_name, &below_expired};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        certificate_free(all[i]);
    rmdir(folder);
}

/* ---- the server ---- */

enum manner { POLITE, SILENT, CHATTY, HANGS_UP, NOOPS, FLOOD };

struct server {
    const struct certificate *certificate; // NULL: plain
    bool wants_client;                     // a certificate of the client
    int version;                           // TLS at most; 0: any
    enum manner manner;
    int listener, port;
    pthread_t thread;
};

struct link {
    int fd;
    SSL *ssl;
};

static ssize_t get(struct link *link, void *to, size_t size) {
    return link->ssl ? SSL_read(link->ssl, to, (int)size) : recv(link->fd, to, size, 0);
}

static bool put(struct link *link, const void *bytes, size_t size) {
    const char *from = bytes;
    while (size > 0) {
        ssize_t sent = link->ssl ? SSL_write(link->ssl, from, (int)size)
                                 : send(link->fd, from, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        from += sent;
        size -= (size_t)sent;
    }
    return true;
}

static bool get_all(struct link *link, unsigned char *to, size_t size) {
    for (ssize_t got; size > 0; to += got, size -= (size_t)got)
        if ((got = get(link, to, size)) <= 0) return false;
    return true;
}

/** Bolt 5.0 with SUCCESS {} to every message, until the peer goes. */
static void serve(struct server *server, struct link *link) {
    static const unsigned char version[4] = {0, 0, 0, 5},
                               success[] = {0, 3, 0xb1, 0x70, 0xa0, 0, 0};
    static unsigned char noops[4 << 20], bytes[65536], rows[7 * 4096];
    static const unsigned char row[] = {0, 3, 0xb1, 0x71, 0x90, 0, 0};
    for (size_t i = 0; i < sizeof rows; i++)
        rows[i] = row[i % sizeof row];
    unsigned char head[2];
    if (server->manner == SILENT) {
        while (get(link, bytes, sizeof bytes) > 0)
            continue;
        return;
    }
    if (!get_all(link, bytes, 20) || bytes[0] != 0x60 || !put(link, version, sizeof version))
        return;
    for (size_t in_message = 0, messages = 0; get_all(link, head, 2);) {
        size_t size = (size_t)head[0] << 8 | head[1];
        if (size && !get_all(link, bytes, size)) return;
        in_message += size;
        if (size || !in_message) continue;
        in_message = 0;
        if (!put(link, success, sizeof success)) return;
        if (++messages == 1 && server->manner == HANGS_UP) return;
        if (messages > 1 && server->manner == NOOPS) // the server works, it says, and works
            while (put(link, "\0\0", 2))
                usleep(10000);
        if (messages > 1 && server->manner == FLOOD) // one row after the other
            while (put(link, rows, sizeof rows))
                continue;
        if (messages == 1 && server->manner == CHATTY && !put(link, noops, sizeof noops)) return;
    }
}

static void *run_server(void *context) {
    struct server *server = context;
    SSL_CTX *ctx = NULL;
    sigset_t pipe; // in this thread only: the client's must stay as it is
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    if (server->certificate) {
        ctx = SSL_CTX_new(TLS_server_method());
        SSL_CTX_use_certificate_file(ctx, server->certificate->file, SSL_FILETYPE_PEM);
        SSL_CTX_use_PrivateKey_file(ctx, server->certificate->file, SSL_FILETYPE_PEM);
        SSL_CTX_load_verify_locations(ctx, authority.file, NULL);
        if (server->version) {
            SSL_CTX_set_min_proto_version(ctx, server->version);
            SSL_CTX_set_max_proto_version(ctx, server->version);
            SSL_CTX_set_security_level(ctx, 0);
        }
        if (server->wants_client)
            SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    struct link link = {.fd = accept(server->listener, NULL, NULL)};
    if (ctx) link.ssl = SSL_new(ctx);
    if (link.ssl) SSL_set_fd(link.ssl, link.fd);
    if (link.fd >= 0 && (!link.ssl || SSL_accept(link.ssl) == 1)) {
        serve(server, &link);
    } else if (link.fd >= 0) { // what was not read would make a reset, which overtakes the alert
        char bytes[256];
        shutdown(link.fd, SHUT_WR);
        while (recv(link.fd, bytes, sizeof bytes, 0) > 0)
            continue;
    }
    SSL_free(link.ssl);
    if (link.fd >= 0) close(link.fd);
    SSL_CTX_free(ctx);
    return NULL;
}

static void start(struct server *server) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(server->listener, 1), 0);
    ck_assert_int_eq(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
    server->port = ntohs(address.sin_port);
    ck_assert_int_eq(pthread_create(&server->thread, NULL, run_server, server), 0);
}

static void stop(struct server *server) {
    shutdown(server->listener, SHUT_RDWR); // wakes an accept that nobody came to
    pthread_join(server->thread, NULL);
    close(server->listener);
}

static enum hm_status verify(const struct server *server, const char *scheme, const char *host,
                             const struct bolt_config *config, struct hm_error *err) {
    char uri[128];
    struct bolt_driver *driver;
    snprintf(uri, sizeof uri, "%s://%s:%d", scheme, host, server->port);
    HM_TRY(bolt_driver_new(uri, config, &driver, err));
    enum hm_status status = bolt_verify(driver, NULL, NULL, err);
    bolt_driver_free(driver);
    return status;
}

static const struct {
    const char *name, *scheme, *host;
    const struct certificate *certificate, *ca, *client;
    bool wants_client;
    int version;
    enum hm_status status;
    const char *text;
} cases[] = {
    {"right", "bolt+s", "localhost", &right, &authority, NULL, false, 0, HM_OK, ""},
    {"right, by address", "bolt+s", "127.0.0.1", &right, &authority, NULL, false, 0, HM_OK, ""},
    {"TLS 1.2", "bolt+s", "localhost", &right, &authority, NULL, false, TLS1_2_VERSION, HM_OK, ""},
    {"wrong name", "bolt+s", "localhost", &wrong_name, &authority, NULL, false, 0, HM_ETLS,
     "not for the name \"localhost\": it is for other.example"},
    {"an intermediate alone", "bolt+s", "localhost", &below, &intermediate, NULL, false, 0, HM_OK,
     ""},
    {"a leaf alone", "bolt+s", "localhost", &below, &below, NULL, false, 0, HM_OK, ""},
    {"an intermediate that is missing", "bolt+s", "localhost", &below, &authority, NULL, false, 0,
     HM_ETLS, "unknown authority: it is signed by \"intermediate\""},
    {"another's leaf", "bolt+s", "localhost", &unknown, &intermediate, NULL, false, 0, HM_ETLS,
     "unknown authority: it is signed by \"stranger\""},
    {"a leaf of the intermediate's own issuer", "bolt+s", "localhost", &right, &intermediate, NULL,
     false, 0, HM_ETLS, "unknown authority: it is signed by \"authority\""},
    {"intermediate, wrong name", "bolt+s", "localhost", &below_wrong_name, &intermediate, NULL,
     false, 0, HM_ETLS, "it is for other.example"},
    {"intermediate, expired", "bolt+s", "localhost", &below_expired, &intermediate, NULL, false, 0,
     HM_ETLS, "shows has expired: that of localhost was valid until 20"},
    {"wrong address", "bolt+s", "127.0.0.1", &expired, &authority, NULL, false, 0, HM_ETLS,
     "certificate"},
    {"expired", "bolt+s", "localhost", &expired, &authority, NULL, false, 0, HM_ETLS,
     "has expired"},
    {"unknown authority", "bolt+s", "localhost", &unknown, &authority, NULL, false, 0, HM_ETLS,
     "unknown authority"},
    {"self-signed", "bolt+s", "localhost", &stranger, &authority, NULL, false, 0, HM_ETLS,
     "unknown authority: it is self-signed, by \"stranger\""},
    {"ssc asks nothing", "bolt+ssc", "localhost", &wrong_name, NULL, NULL, false, 0, HM_OK, ""},
    {"TLS 1.1", "bolt+ssc", "localhost", &right, NULL, NULL, false, TLS1_1_VERSION, HM_ETLS, "TLS"},
    {"client certificate", "bolt+s", "localhost", &right, &authority, &client, true, 0, HM_OK, ""},
    {"no client certificate", "bolt+s", "localhost", &right, &authority, NULL, true, TLS1_2_VERSION,
     HM_ETLS, "or asks for a certificate of the client (client_certificate)"},
    {"no client certificate, TLS 1.3", "bolt+s", "localhost", &right, &authority, NULL, true, 0,
     HM_ETLS, "asks for a certificate of the client, and was shown none (client_certificate)"},
    {"a stranger's client certificate", "bolt+s", "localhost", &right, &authority, &stranger, true,
     TLS1_2_VERSION, HM_ETLS, "does not know who signed the certificate of this client"},
    {"TLS to a plain server", "bolt+s", "localhost", NULL, &authority, NULL, false, 0, HM_ETLS,
     "does not answer in TLS"},
    {"plain to a TLS server", "bolt", "localhost", &right, NULL, NULL, false, 0, HM_EPROTO, "TLS"},
    {"plain", "bolt", "localhost", NULL, NULL, NULL, false, 0, HM_OK, ""},
};

START_TEST(certificates_are_checked) {
    struct server server = {.certificate = cases[_i].certificate,
                            .wants_client = cases[_i].wants_client,
                            .version = cases[_i].version};
    struct hm_error err = {0};
    struct bolt_config config = {.ca_file = cases[_i].ca ? cases[_i].ca->file : NULL,
                                 .client_certificate =
                                     cases[_i].client ? cases[_i].client->file : NULL,
                                 .connect_timeout_ms = 5000};
    start(&server);
    enum hm_status status = verify(&server, cases[_i].scheme, cases[_i].host, &config, &err);
    stop(&server);
    ck_assert_msg(status == cases[_i].status, "%s: %s: %s", cases[_i].name, hm_status_name(status),
                  err.text);
    ck_assert_msg(strstr(err.text, cases[_i].text) != NULL, "%s: %s", cases[_i].name, err.text);
}
END_TEST

/** The certificate of the day, or none to be had. */
static enum hm_status certificate_of(void *context, struct bolt_client_certificate *out,
                                     struct hm_error *err) {
    const struct certificate **shown = context;
    if (!*shown) return hm_fail(err, HM_ENOTFOUND, "no certificate today");
    out->certificate = (*shown)->file;
    return HM_OK;
}

START_TEST(client_certificates_may_change) {
    static const struct {
        const struct certificate *shown;
        enum hm_status status;
    } days[] = {{&client, HM_OK}, {NULL, HM_ENOTFOUND}, {&stranger, HM_ETLS}, {&client, HM_OK}};
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        const struct certificate *shown = days[i].shown;
        struct server server = {
            .certificate = &right, .wants_client = true, .version = TLS1_2_VERSION};
        struct hm_error err = {0};
        struct bolt_config config = {
            .ca_file = authority.file,
            .client_certificate = stranger.file, // never asked for
            .connect_timeout_ms = 5000,
            .hooks = {.context = &shown, .client_certificate = certificate_of}};
        start(&server);
        enum hm_status status = verify(&server, "bolt+s", "localhost", &config, &err);
        stop(&server);
        ck_assert_msg(status == days[i].status, "day %zu: %s: %s", i, hm_status_name(status),
                      err.text);
    }
}
END_TEST

START_TEST(nobody_listens) {
    struct server server = {0};
    struct hm_error err = {0};
    start(&server);
    stop(&server); // its port is free again
    ck_assert_int_eq(verify(&server, "bolt", "localhost", NULL, &err), HM_EIO);
    ck_assert_ptr_nonnull(strstr(err.text, "nothing listens there"));
    // An empty label: refused without asking a name server.
    ck_assert_int_eq(verify(&server, "bolt", "no..such.host", NULL, &err), HM_EIO);
    ck_assert_ptr_nonnull(strstr(err.text, "no..such.host"));
}
END_TEST

START_TEST(silence_ends) {
    const char *schemes[] = {"bolt", "bolt+ssc"};
    for (size_t i = 0; i < 2; i++) {
        struct server server = {.manner = SILENT};
        struct bolt_config config = {.connect_timeout_ms = 150};
        struct hm_error err = {0};
        start(&server);
        uint64_t before = hm_now_ns();
        ck_assert_int_eq(verify(&server, schemes[i], "localhost", &config, &err), HM_ETIMEOUT);
        ck_assert_msg(hm_now_ns() - before < 2000000000u, "took too long");
        stop(&server);
    }
}
END_TEST

/** A peer that writes megabytes before it reads: whoever only writes as well would wait for ever.
 *  */
START_TEST(two_that_talk_at_once) {
    enum { BYTES = 8 << 20 };
    struct server server = {.manner = CHATTY, .certificate = _i ? &right : NULL};
    struct hm_error err = {0};
    struct bolt_config config = {
        .ca_file = authority.file, .read_timeout_ms = 5000, .write_timeout_ms = 5000};
    char uri[64];
    struct bolt_driver *driver;
    struct bolt_session *session;
    struct bolt_tx *tx = NULL;
    struct bolt_params *big = bolt_params_new();
    char *bytes = calloc(1, BYTES);
    start(&server);
    snprintf(uri, sizeof uri, "%s://localhost:%d", _i ? "bolt+s" : "bolt", server.port);
    bolt_put_bytes(big, "b", bytes, BYTES);
    ck_assert_int_eq(bolt_driver_new(uri, &config, &driver, &err), HM_OK);
    ck_assert_int_eq(bolt_session_new(driver, NULL, &session, &err), HM_OK);
    struct bolt_tx_config with_big = {.metadata = big};
    ck_assert_msg(bolt_begin(session, &with_big, &tx, &err) == HM_OK, "%s", err.text);
    ck_assert_int_eq(bolt_rollback(tx, &err), HM_OK);
    bolt_tx_free(tx);
    bolt_session_free(session);
    bolt_driver_free(driver);
    bolt_params_free(big);
    free(bytes);
    stop(&server);
}
END_TEST

/** SIGPIPE would end the process: Check would report the signal. */
START_TEST(a_peer_that_hangs_up_raises_no_signal) {
    struct server server = {.manner = HANGS_UP, .certificate = _i ? &right : NULL};
    struct hm_error err = {0};
    struct bolt_config config = {.ca_file = authority.file};
    char uri[64];
    struct bolt_driver *driver;
    struct bolt_session *session;
    struct bolt_params *big = bolt_params_new();
    static const float numbers[100000];
    start(&server);
    snprintf(uri, sizeof uri, "%s://localhost:%d", _i ? "bolt+s" : "bolt", server.port);
    ck_assert_int_eq(bolt_driver_new(uri, &config, &driver, &err), HM_OK);
    ck_assert_int_eq(bolt_session_new(driver, NULL, &session, &err), HM_OK);
    bolt_put_f32(big, "n", numbers, 100000);
    struct bolt_result *result = NULL;
    const struct bolt_value *row;
    enum hm_status status = bolt_run(session, "Q", big, NULL, &result, &err);
    if (status == HM_OK) status = bolt_next(result, &row, &err);
    ck_assert_msg(status == HM_ERETRY, "%s: %s", hm_status_name(status), err.text);
    bolt_result_free(result);
    bolt_session_free(session);
    bolt_driver_free(driver);
    bolt_params_free(big);
    stop(&server);
}
END_TEST

/** Run a query against a server that never comes to an end, and read rows until something does. */
static enum hm_status read_without_end(enum manner manner, bool encrypted,
                                       struct bolt_config *config, struct hm_error *err) {
    struct server server = {.manner = manner, .certificate = encrypted ? &right : NULL};
    char uri[64];
    struct bolt_driver *driver;
    struct bolt_session *session;
    struct bolt_result *result = NULL;
    const struct bolt_value *row = NULL;
    config->ca_file = authority.file;
    start(&server);
    snprintf(uri, sizeof uri, "%s://localhost:%d", encrypted ? "bolt+s" : "bolt", server.port);
    ck_assert_int_eq(bolt_driver_new(uri, config, &driver, err), HM_OK);
    ck_assert_int_eq(bolt_session_new(driver, NULL, &session, err), HM_OK);
    uint64_t start_ns = hm_now_ns();
    enum hm_status status = bolt_run(session, "Q", NULL, NULL, &result, err);
    do {
        if (status == HM_OK) status = bolt_next(result, &row, err);
    } while (status == HM_OK && row);
    bolt_result_free(result);
    bolt_session_free(session);
    bolt_driver_free(driver);
    ck_assert_msg(hm_now_ns() - start_ns < 10000000000u, "it took too long");
    stop(&server);
    return status;
}

START_TEST(noops_do_not_extend_a_wait_for_ever) {
    struct hm_error err = {0};
    struct bolt_config config = {.read_timeout_ms = 5000, .message_timeout_ms = 200};
    ck_assert_int_eq(read_without_end(NOOPS, _i, &config, &err), HM_ERETRY);
    ck_assert_msg(strstr(err.text, "no answer in time"), "%s", err.text);
}
END_TEST

static bool cancelled_after_a_moment(void *first_ns) {
    uint64_t *first = first_ns, now_ns = hm_now_ns();
    if (!*first) *first = now_ns;
    return now_ns - *first > 300000000;
}

START_TEST(a_flood_can_be_cancelled) {
    struct hm_error err = {0};
    uint64_t first_ns = 0;
    struct bolt_config config = {
        .hooks = {.context = &first_ns, .cancelled = cancelled_after_a_moment}};
    ck_assert_int_eq(read_without_end(FLOOD, _i, &config, &err), HM_ECANCELED);
}
END_TEST

int main(void) {
    make_certificates();
    Suite *suite = suite_create("bolt/transport");
    TCase *test_case = tcase_create("transport");
    tcase_add_loop_test(test_case, certificates_are_checked, 0, sizeof cases / sizeof *cases);
    tcase_add_test(test_case, client_certificates_may_change);
    tcase_add_test(test_case, nobody_listens);
    tcase_add_test(test_case, silence_ends);
    tcase_add_loop_test(test_case, two_that_talk_at_once, 0, 2);
    tcase_add_loop_test(test_case, a_peer_that_hangs_up_raises_no_signal, 0, 2);
    tcase_add_loop_test(test_case, noops_do_not_extend_a_wait_for_ever, 0, 2);
    tcase_add_loop_test(test_case, a_flood_can_be_cancelled, 0, 2);
    suite_add_tcase(suite, test_case);
    int failed = suite_run(suite, 0);
    drop_certificates();
    return failed;
}
