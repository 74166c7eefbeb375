// SPDX-License-Identifier: MIT
// TLS by OpenSSL over a TCP stream, 1.2 at least. Chain and host name are verified unless the
// scheme says +ssc.
// OpenSSL gets its bytes through a BIO of ours: its own socket BIO writes without MSG_NOSIGNAL.

#include "wire/stream.h"

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
};

static enum hm_status openssl_failed(struct hm_error *err, enum hm_status status,
                                     const char *what) {
    unsigned long code = ERR_get_error();
    char reason[160] = "no reason given";
    if (code) ERR_error_string_n(code, reason, sizeof reason);
    ERR_clear_error();
    return hm_fail(err, status, "%s: %s", what, reason);
}

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

/** A key password given by the caller, never asked for on a terminal. */
static int give_password(char *to, int capacity, int writing, void *password) {
    (void)writing;
    size_t length = password ? strlen(password) : 0;
    if (capacity < 0 || length > (size_t)capacity) return -1;
    if (length) memcpy(to, password, length);
    return (int)length;
}

static enum hm_status load_files(SSL_CTX *ctx, const struct bolt_tls_options *options,
                                 struct hm_error *err) {
    if (options->verify && options->ca_file) {
        if (SSL_CTX_load_verify_locations(ctx, options->ca_file, NULL) != 1)
            return openssl_failed(err, HM_EARG, options->ca_file);
    } else if (options->verify && SSL_CTX_set_default_verify_paths(ctx) != 1) {
        return openssl_failed(err, HM_ETLS, "the system's certificate authorities");
    }
    if (!options->certificate) return HM_OK;
    const char *key = options->key ? options->key : options->certificate;
    char *password = options->key_password ? strdup(options->key_password) : NULL;
    if (options->key_password && !password) return hm_fail(err, HM_ENOMEM, "no memory for TLS");
    SSL_CTX_set_default_passwd_cb(ctx, give_password);
    SSL_CTX_set_default_passwd_cb_userdata(ctx, password);
    enum hm_status status = HM_OK;
    if (SSL_CTX_use_certificate_chain_file(ctx, options->certificate) != 1)
        status = openssl_failed(err, HM_EARG, options->certificate);
    else if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
        status = openssl_failed(err, HM_EARG, key);
    SSL_CTX_set_default_passwd_cb_userdata(ctx, NULL);
    free(password);
    return status;
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
        status = openssl_failed(err, HM_ENOMEM, "TLS");
    if (status == HM_OK) {
        BIO_meth_set_read(context->bio, bio_read);
        BIO_meth_set_write(context->bio, bio_write);
        BIO_meth_set_ctrl(context->bio, bio_ctrl);
        BIO_meth_set_destroy(context->bio, bio_destroy);
        SSL_CTX_set_verify(context->ctx, options->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
        SSL_CTX_set_mode(context->ctx,
                         SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        status = load_files(context->ctx, options, err);
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
        return openssl_failed(err, HM_ETLS, "TLS");
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
    free(tls);
    ERR_clear_error();
}

static const struct bolt_stream_ops tls_ops = {tls_read, tls_write, tls_readable, tls_close};

/** Why the certificate was refused, in words that say what to do. */
static enum hm_status certificate_refused(long reason, const char *host, struct hm_error *err) {
    switch (reason) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return hm_fail(err, HM_ETLS, "the server's certificate is not for the name \"%s\"", host);
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return hm_fail(err, HM_ETLS, "the server's certificate has expired");
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return hm_fail(err, HM_ETLS, "the server's certificate is not valid yet");
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return hm_fail(err, HM_ETLS,
                       "the server's certificate comes from an unknown authority (%s); name its CA "
                       "file (ca_file)",
                       X509_verify_cert_error_string(reason));
    default:
        return hm_fail(err, HM_ETLS, "the server's certificate is refused: %s",
                       X509_verify_cert_error_string(reason));
    }
}

static enum hm_status handshake_failed(struct tls *tls, const char *host, enum hm_status status,
                                       struct hm_error *err) {
    long verdict = SSL_get_verify_result(tls->ssl);
    if ((SSL_get_verify_mode(tls->ssl) & SSL_VERIFY_PEER) && verdict != X509_V_OK)
        return certificate_refused(verdict, host, err);
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
        return openssl_failed(err, HM_ENOMEM, "TLS");
    }
    *fd = bolt_tcp_fd(&tls->tcp);
    BIO_set_data(bio, fd);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    if (!set_name(tls->ssl, host, context->verify))
        return openssl_failed(err, HM_ETLS, "TLS: host name");
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
        SSL_free(tls->ssl);
        free(tls);
        return status;
    }
    *stream = (struct bolt_stream){&tls_ops, tls};
    return HM_OK;
}
