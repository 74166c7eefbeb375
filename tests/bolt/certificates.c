// SPDX-License-Identifier: MIT
// EC keys and X.509 certificates by OpenSSL's API.

#include "certificates.h"

#include <stdio.h>
#include <stdlib.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static void must(int ok, const char *what) {
    if (ok) return;
    fprintf(stderr, "certificates: %s failed\n", what);
    abort();
}

static void add_extension(X509 *x509, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    must(extension != NULL, value);
    must(X509_add_ext(x509, extension, -1), value);
    X509_EXTENSION_free(extension);
}

void certificate_make(const char *folder, const char *name, const char *names, int days,
                      const struct certificate *issuer, struct certificate *out) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    must(key && x509, "key");
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), rand() + 1);
    long day = 86400;
    X509_gmtime_adj(X509_getm_notBefore(x509), days < 0 ? (days - 10) * day : -day);
    X509_gmtime_adj(X509_getm_notAfter(x509), days * day);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509 *signer = issuer ? issuer->x509 : x509;
    X509_set_issuer_name(x509, X509_get_subject_name(signer));
    X509_set_pubkey(x509, key);
    add_extension(x509, signer, NID_basic_constraints, names ? "CA:FALSE" : "critical,CA:TRUE");
    if (names) add_extension(x509, signer, NID_subject_alt_name, names);
    must(X509_sign(x509, issuer ? issuer->key : key, EVP_sha256()) > 0, "signature");
    snprintf(out->file, sizeof out->file, "%s/%s.pem", folder, name);
    FILE *file = fopen(out->file, "w");
    must(file && PEM_write_X509(file, x509) &&
             PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL),
         out->file);
    fclose(file);
    out->key = key;
    out->x509 = x509;
}

void certificate_free(struct certificate *certificate) {
    remove(certificate->file);
    EVP_PKEY_free(certificate->key);
    X509_free(certificate->x509);
}
