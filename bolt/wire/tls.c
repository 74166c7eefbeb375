// SPDX-License-Identifier: MIT
// TLS by OpenSSL over a TCP stream, 1.2 at least. Chain and host name are verified unless the
// scheme says +ssc.
// OpenSSL gets its bytes through a BIO of ours: its own socket BIO writes without MSG_NOSIGNAL.

#include "wire/tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

struct bolt_tls_context {
    SSL_CTX *ctx;
    BIO_METHOD *bio;
    bool verify;
};

struct tls {
    struct bolt_stream tcp;
    SSL *ssl;
    X509 *refused; // the certificate of the server's chain that verification failed at; NULL: none
};

static int bio_read(BIO *bio, char *to, int capacity) {
    BIO_clear_retry_flags(bio);
    ssize_t count = recv(*(int *)BIO_get_data(bio), to, (size_t)capacity, 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        BIO_set_retry_read(bio);
    return (int)count;
}

static int bio_write(BIO *bio, const char *bytes, int length) {
    BIO_clear_retry_flags(bio);
    ssize_t count = send(*(int *)BIO_get_data(bio), bytes, (size_t)length, MSG_NOSIGNAL);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        BIO_set_retry_write(bio);
    return (int)count;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static int bio_destroy(BIO *bio) {
    free(BIO_get_data(bio)); // the copy of the descriptor; the TCP stream closes it
    BIO_set_data(bio, NULL);
    return 1;
}

/** Keep the certificate that is refused: OpenSSL forgets it when the handshake fails. */
static int keep_refused(int good, X509_STORE_CTX *chain) {
    SSL *ssl = X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx());
    X509 *certificate = X509_STORE_CTX_get_current_cert(chain);
    struct tls *tls = SSL_get_app_data(ssl);
    if (!good && certificate && !tls->refused && X509_up_ref(certificate) == 1)
        tls->refused = certificate;
    return good;
}

enum hm_status bolt_tls_context_new(const struct bolt_tls_options *options,
                                    struct bolt_tls_context **out, struct hm_error *err) {
    *out = NULL;
    struct bolt_tls_context *context = calloc(1, sizeof *context);
    if (!context) return hm_fail(err, HM_ENOMEM, "no memory for TLS");
    context->verify = options->verify;
    // Without memory OpenSSL's own initialisation fails, and stays failed.
    bool ready = OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, NULL) == 1;
    if (ready) context->ctx = SSL_CTX_new(TLS_client_method());
    if (ready) context->bio = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "bolt");
    enum hm_status status = HM_OK;
    if (!context->ctx || !context->bio ||
        SSL_CTX_set_min_proto_version(context->ctx, TLS1_2_VERSION) != 1)
        status = tls_failed(err, HM_ENOMEM, "TLS");
    if (status == HM_OK) {
        BIO_meth_set_read(context->bio, bio_read);
        BIO_meth_set_write(context->bio, bio_write);
        BIO_meth_set_ctrl(context->bio, bio_ctrl);
        BIO_meth_set_destroy(context->bio, bio_destroy);
        SSL_CTX_set_verify(context->ctx, options->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
                           options->verify ? keep_refused : NULL);
        SSL_CTX_set_mode(context->ctx,
                         SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        status = tls_load_files(context->ctx, options, err);
    }
    if (status != HM_OK) {
        bolt_tls_context_free(context);
        return status;
    }
    *out = context;
    return HM_OK;
}

void bolt_tls_context_free(struct bolt_tls_context *context) {
    if (!context) return;
    SSL_CTX_free(context->ctx);
    BIO_meth_free(context->bio);
    free(context);
}

/** After a failed SSL call: wait if it only lacks input or output, else explain. */
static enum hm_status wait_or_fail(struct tls *tls, int result, unsigned also, uint64_t deadline_ns,
                                   unsigned *ready, struct hm_error *err) {
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return bolt_tcp_wait(&tls->tcp, BOLT_WAIT_READ, deadline_ns, ready, err);
    case SSL_ERROR_WANT_WRITE:
        return bolt_tcp_wait(&tls->tcp, BOLT_WAIT_WRITE | also, deadline_ns, ready, err);
    case SSL_ERROR_SYSCALL:
        if (errno) return hm_fail_errno(err, "TLS");
        return hm_fail(err, HM_EIO, "TLS: the peer closed the connection");
    default:
        return tls_failed(err, HM_ETLS, "TLS");
    }
}

static enum hm_status tls_read(void *self, void *to, size_t capacity, uint64_t deadline_ns,
                               size_t *got, struct hm_error *err) {
    struct tls *tls = self;
    HM_TRY(bolt_tcp_check_cancel(&tls->tcp, err));
    for (;;) {
        ERR_clear_error();
        errno = 0;
        int result = SSL_read_ex(tls->ssl, to, capacity, got);
        if (result == 1) return HM_OK;
        int reason = SSL_get_error(tls->ssl, result);
        if (reason == SSL_ERROR_ZERO_RETURN || (reason == SSL_ERROR_SYSCALL && errno == 0) ||
            (reason == SSL_ERROR_SSL &&
             ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)) {
            ERR_clear_error();
            *got = 0;
            return HM_OK;
        }
        unsigned ready;
        HM_TRY(wait_or_fail(tls, result, 0, deadline_ns, &ready, err));
    }
}

static enum hm_status tls_write(void *self, const void *bytes, size_t length, uint64_t deadline_ns,
                                size_t *sent, struct hm_error *err) {
    struct tls *tls = self;
    for (;;) {
        ERR_clear_error();
        errno = 0;
        int result = SSL_write_ex(tls->ssl, bytes, length, sent);
        if (result == 1) return HM_OK;
        *sent = 0;
        unsigned ready = BOLT_WAIT_WRITE;
        HM_TRY(wait_or_fail(tls, result, BOLT_WAIT_READ, deadline_ns, &ready, err));
        if (!(ready & BOLT_WAIT_WRITE)) return HM_OK;
    }
}

static bool tls_readable(void *self) {
    struct tls *tls = self;
    return SSL_pending(tls->ssl) > 0 || tls->tcp.ops->readable(tls->tcp.self);
}

static void tls_close(void *self) {
    struct tls *tls = self;
    ERR_clear_error();
    SSL_shutdown(tls->ssl); // says good-bye if the socket takes it, does not wait for an answer
    SSL_free(tls->ssl);
    tls->tcp.ops->close(tls->tcp.self);
    X509_free(tls->refused);
    free(tls);
    ERR_clear_error();
}

static const struct bolt_stream_ops tls_ops = {tls_read, tls_write, tls_readable, tls_close};

static enum hm_status handshake_failed(struct tls *tls, const char *host, enum hm_status status,
                                       struct hm_error *err) {
    long verdict = SSL_get_verify_result(tls->ssl);
    if ((SSL_get_verify_mode(tls->ssl) & SSL_VERIFY_PEER) && verdict != X509_V_OK)
        return tls_certificate_refused(verdict, tls->refused, host, err);
    if (status == HM_ETIMEOUT)
        return hm_fail(err, HM_ETIMEOUT,
                       "the TLS handshake was not answered in time: no TLS server?");
    if (status == HM_ECANCELED) return status;
    if (SSL_get_state(tls->ssl) == TLS_ST_CW_CLNT_HELLO) // no ServerHello came
        return hm_fail(err, HM_ETLS,
                       "the server does not answer in TLS 1.2 or 1.3 (does it speak plain Bolt? "
                       "then bolt:// or "
                       "neo4j:// without +s)");
    return status;
}

/** Which name the certificate has to be for, and SNI (which carries host names only, no
 *  addresses). */
static bool set_name(SSL *ssl, const char *host, bool verify) {
    unsigned char address[16];
    bool is_ip = inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
    char name[256]; // OpenSSL's macro wants to be given a char *
    if (!is_ip && strlen(host) >= sizeof name) return false;
    if (!is_ip && SSL_set_tlsext_host_name(ssl, strcpy(name, host)) != 1) return false;
    if (!verify) return true;
    if (is_ip) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1;
}

static enum hm_status prepare_ssl(struct bolt_tls_context *context, const char *host,
                                  struct tls *tls, struct hm_error *err) {
    BIO *bio = BIO_new(context->bio);
    int *fd = malloc(sizeof *fd);
    tls->ssl = SSL_new(context->ctx);
    if (!bio || !fd || !tls->ssl) {
        free(fd);
        BIO_free(bio);
        return tls_failed(err, HM_ENOMEM, "TLS");
    }
    *fd = bolt_tcp_fd(&tls->tcp);
    BIO_set_data(bio, fd);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_app_data(tls->ssl, tls);
    if (!set_name(tls->ssl, host, context->verify))
        return tls_failed(err, HM_ETLS, "TLS: host name");
    return HM_OK;
}

enum hm_status bolt_tls_connect(struct bolt_tls_context *context, const char *host,
                                uint64_t deadline_ns, struct bolt_stream *stream,
                                struct hm_error *err) {
    struct tls *tls = calloc(1, sizeof *tls);
    if (!tls) return hm_fail(err, HM_ENOMEM, "no memory for TLS");
    tls->tcp = *stream;
    enum hm_status status = prepare_ssl(context, host, tls, err);
    while (status == HM_OK) {
        ERR_clear_error();
        errno = 0;
        int result = SSL_connect(tls->ssl);
        if (result == 1) break;
        unsigned ready;
        status = wait_or_fail(tls, result, 0, deadline_ns, &ready, err);
        if (status != HM_OK) status = handshake_failed(tls, host, status, err);
    }
    if (status != HM_OK) {
        X509_free(tls->refused);
        SSL_free(tls->ssl);
        free(tls);
        return status;
    }
    *stream = (struct bolt_stream){&tls_ops, tls};
    return HM_OK;
}
