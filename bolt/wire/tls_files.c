// SPDX-License-Identifier: MIT
// The files of TLS: whom to trust, and what this client shows.

#include "wire/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <openssl/err.h>
#include <openssl/pem.h>

/** A file that a caller named, to be said with each failure. */
struct named_file {
    const char *what, *path, *option; // "client key", "key.pem", "client_key"
};

/** A key's password, never asked for on a terminal, and whether one was needed. */
struct key_password {
    const char *text; // NULL: none is known
    bool needed;
};

static int give_password(char *to, int capacity, int writing, void *context) {
    struct key_password *password = context;
    (void)writing;
    password->needed = true;
    size_t length = password->text ? strlen(password->text) : 0;
    if (!password->text || capacity < 0 || length > (size_t)capacity) return -1;
    memcpy(to, password->text, length);
    return (int)length;
}

static enum hm_status refuse(const struct named_file *file, const char *found,
                             struct hm_error *err) {
    ERR_clear_error();
    return hm_fail(err, HM_EARG, "%s %s: %s (%s)", file->what, file->path, found, file->option);
}

/** Whether it can be read at all, which OpenSSL tells badly. */
static enum hm_status check_file(const struct named_file *file, struct hm_error *err) {
    struct stat info;
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a pipe must not hold us up
    if (fd < 0 || fstat(fd, &info) != 0) {
        char reason[128] = "it cannot be opened";
        if (strerror_r(errno, reason, sizeof reason) != 0) reason[0] = '\0';
        if (fd >= 0) close(fd);
        return refuse(file, reason, err);
    }
    close(fd);
    if (S_ISDIR(info.st_mode)) return refuse(file, "a directory, where a PEM file is needed", err);
    return HM_OK;
}

/** OpenSSL read no certificate: there is none, or it is damaged. */
static enum hm_status no_certificate(const struct named_file *file, struct hm_error *err) {
    unsigned long code = ERR_peek_error(); // the first: later ones only say whose call failed
    int lib = ERR_GET_LIB(code), reason = ERR_GET_REASON(code);
    bool none = (lib == ERR_LIB_PEM && reason == PEM_R_NO_START_LINE) ||
                (lib == ERR_LIB_X509 && (reason == X509_R_NO_CERTIFICATE_OR_CRL_FOUND ||
                                         reason == X509_R_NO_CERTIFICATE_FOUND));
    return refuse(
        file, none ? "it holds no certificate in PEM form" : "it holds a damaged certificate", err);
}

static enum hm_status load_anchors(SSL_CTX *ctx, const char *path, struct hm_error *err) {
    const struct named_file file = {"certificates to trust,", path, "ca_file"};
    HM_TRY(check_file(&file, err));
    ERR_clear_error();
    if (SSL_CTX_load_verify_locations(ctx, path, NULL) != 1) return no_certificate(&file, err);
    // Who is named by the caller is trusted without their issuer: an intermediate alone will do.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_PARTIAL_CHAIN);
    return HM_OK;
}

static enum hm_status read_key(const char *path, const char *text, EVP_PKEY **out,
                               struct hm_error *err) {
    const struct named_file file = {"client key", path, "client_key"},
                            locked = {"client key", path, "client_key_password"};
    struct key_password password = {text, false};
    HM_TRY(check_file(&file, err));
    BIO *bio = BIO_new_file(path, "r");
    if (!bio) return refuse(&file, "it cannot be opened", err);
    *out = PEM_read_bio_PrivateKey(bio, NULL, give_password, &password);
    BIO_free(bio);
    if (*out) return HM_OK;
    if (password.needed && text) return refuse(&locked, "the password does not open it", err);
    if (password.needed) return refuse(&locked, "it is encrypted and needs its password", err);
    return refuse(&file, "it holds no private key in PEM form", err);
}

static enum hm_status load_own(SSL_CTX *ctx, const struct bolt_tls_options *options,
                               struct hm_error *err) {
    const struct named_file shown = {"client certificate", options->certificate,
                                     "client_certificate"};
    const struct named_file keyed = {
        "client key", options->key ? options->key : options->certificate, "client_key"};
    EVP_PKEY *key = NULL;
    HM_TRY(check_file(&shown, err));
    struct key_password none = {0}; // or OpenSSL would ask for it on the terminal
    SSL_CTX_set_default_passwd_cb(ctx, give_password);
    SSL_CTX_set_default_passwd_cb_userdata(ctx, &none);
    ERR_clear_error();
    int loaded = SSL_CTX_use_certificate_chain_file(ctx, options->certificate);
    SSL_CTX_set_default_passwd_cb_userdata(ctx, NULL);
    SSL_CTX_set_default_passwd_cb(ctx, NULL);
    if (loaded != 1) return no_certificate(&shown, err);
    HM_TRY(read_key(keyed.path, options->key_password, &key, err));
    enum hm_status status = HM_OK;
    if (X509_check_private_key(SSL_CTX_get0_certificate(ctx), key) != 1)
        status = refuse(&keyed, "it does not belong to the client certificate", err);
    else if (SSL_CTX_use_PrivateKey(ctx, key) != 1)
        status = tls_failed(err, HM_ETLS, "client key");
    EVP_PKEY_free(key);
    return status;
}

enum hm_status tls_load_files(SSL_CTX *ctx, const struct bolt_tls_options *options,
                              struct hm_error *err) {
    if (options->verify && options->ca_file)
        HM_TRY(load_anchors(ctx, options->ca_file, err));
    else if (options->verify && SSL_CTX_set_default_verify_paths(ctx) != 1)
        return tls_failed(err, HM_ETLS, "loading the system's certificate authorities");
    return options->certificate ? load_own(ctx, options, err) : HM_OK;
}
