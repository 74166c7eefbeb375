// SPDX-License-Identifier: MIT
// Words for failures of TLS: what the certificate says, what was expected, which option helps.

#include "wire/tls.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

/** What alerts and errors of the TLS library mean to a user. */
static const struct {
    int reason; // SSL_R_...
    const char *sentence;
} words[] = {
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
     "the server asks for a certificate of the client, and was shown none (client_certificate)"},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
     "the server broke the handshake off: it has no cipher or key type in common with this client, "
     "or asks for a certificate of the client (client_certificate)"},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA,
     "the server does not know who signed the certificate of this client (client_certificate)"},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
     "the server refuses the certificate of this client as damaged (client_certificate)"},
    {SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
     "the server refuses the kind of certificate that this client shows (client_certificate)"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
     "the certificate of this client has been revoked, says the server (client_certificate)"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
     "the certificate of this client has expired, says the server (client_certificate)"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
     "the server refuses the certificate of this client (client_certificate)"},
    {SSL_R_TLSV1_ALERT_DECRYPT_ERROR,
     "the server could not check a signature of this client's key (client_key)"},
    {SSL_R_TLSV1_ALERT_ACCESS_DENIED, "the server refuses this client, whose certificate is valid"},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "the server speaks neither TLS 1.2 nor TLS 1.3"},
    {SSL_R_UNSUPPORTED_PROTOCOL, "the server speaks neither TLS 1.2 nor TLS 1.3"},
    {SSL_R_TLSV1_UNRECOGNIZED_NAME, "the server has no certificate for the host name asked for"},
    {SSL_R_TLSV1_ALERT_INTERNAL_ERROR, "the server had an internal error"},
    {SSL_R_WRONG_VERSION_NUMBER, "the answer is not TLS"},
    {SSL_R_EE_KEY_TOO_SMALL, "the key of the server's certificate is too short to be secure"},
    {SSL_R_CA_KEY_TOO_SMALL, "the key of the server's authority is too short to be secure"},
    {SSL_R_CA_MD_TOO_WEAK, "the server's certificate is signed with a broken digest"},
    {SSL_R_DH_KEY_TOO_SMALL, "the server's Diffie-Hellman group is too small to be secure"},
    {SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, "what arrived was changed on its way"},
    {SSL_R_SSLV3_ALERT_BAD_RECORD_MAC, "what the server received was changed on its way"},
    {SSL_R_UNEXPECTED_EOF_WHILE_READING, "the peer closed the connection"},
};

enum hm_status tls_failed(struct hm_error *err, enum hm_status status, const char *what) {
    unsigned long code = ERR_get_error();
    char raw[160] = "no reason given";
    if (code) ERR_error_string_n(code, raw, sizeof raw);
    ERR_clear_error();
    for (size_t i = 0; ERR_GET_LIB(code) == ERR_LIB_SSL && i < sizeof words / sizeof *words; i++)
        if (words[i].reason == ERR_GET_REASON(code))
            return hm_fail(err, status, "%s: %s", what, words[i].sentence);
    return hm_fail(err, status, "%s failed (%s)", what, raw);
}

/** A NUL-terminated copy in which control characters cannot harm a terminal. */
static void put(char *to, size_t capacity, const unsigned char *bytes, int length) {
    size_t used = strlen(to);
    for (int i = 0; i < length && used + 1 < capacity; i++)
        to[used++] = bytes[i] < 0x20 || bytes[i] >= 0x7f ? '?' : (char)bytes[i];
    to[used] = '\0';
}

static void put_name(char *to, size_t capacity, const GENERAL_NAME *name) {
    int type;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
    char address[INET6_ADDRSTRLEN];
    if (type != GEN_DNS && type != GEN_IPADD) return;
    const unsigned char *bytes = ASN1_STRING_get0_data(value);
    int length = ASN1_STRING_length(value);
    if (type == GEN_IPADD) {
        if (length != 4 && length != 16) return;
        inet_ntop(length == 4 ? AF_INET : AF_INET6, bytes, address, sizeof address);
        bytes = (const unsigned char *)address;
        length = (int)strlen(address);
    }
    if (*to) put(to, capacity, (const unsigned char *)", ", 2);
    put(to, capacity, bytes, length);
}

/** The common name of a subject or issuer. */
static void put_common_name(char *to, size_t capacity, const X509_NAME *name) {
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (at < 0) return;
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    put(to, capacity, ASN1_STRING_get0_data(value), ASN1_STRING_length(value));
}

/** Whom the certificate is for: "a.example, 10.0.0.1". */
static void list_names(char *to, size_t capacity, const X509 *certificate) {
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        put_name(to, capacity, sk_GENERAL_NAME_value(names, i));
    GENERAL_NAMES_free(names);
    if (!*to) put_common_name(to, capacity, X509_get_subject_name(certificate));
}

static void put_time(char *to, size_t capacity, const ASN1_TIME *when) {
    struct tm tm;
    if (ASN1_TIME_to_tm(when, &tm) == 1) strftime(to, capacity, "%Y-%m-%d %H:%M:%S UTC", &tm);
}

static enum hm_status unknown_authority(bool self_signed, const char *issuer, const char *host,
                                        struct hm_error *err) {
    return hm_fail(
        err, HM_ETLS,
        "the certificate of \"%s\" comes from an unknown authority: it is %s \"%s\"; name "
        "a file with the certificate of that authority (ca_file)",
        host, self_signed ? "self-signed, by" : "signed by", issuer);
}

enum hm_status tls_certificate_refused(long verdict, const X509 *certificate, const char *host,
                                       struct hm_error *err) {
    char names[160] = "", issuer[80] = "", from[32] = "?", until[32] = "?";
    if (certificate) {
        list_names(names, sizeof names, certificate);
        put_common_name(issuer, sizeof issuer, X509_get_issuer_name(certificate));
        put_time(from, sizeof from, X509_get0_notBefore(certificate));
        put_time(until, sizeof until, X509_get0_notAfter(certificate));
    }
    if (!*names) strcpy(names, "no name");
    switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return hm_fail(err, HM_ETLS,
                       "the server's certificate is not for the name \"%s\": it is for %s", host,
                       names);
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return hm_fail(err, HM_ETLS,
                       "a certificate that \"%s\" shows has expired: that of %s was valid until %s",
                       host, names, until);
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return hm_fail(err, HM_ETLS,
                       "a certificate that \"%s\" shows is not valid yet: that of %s is from %s on",
                       host, names, from);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return unknown_authority(true, issuer, host, err);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return unknown_authority(false, issuer, host, err);
    default:
        return hm_fail(err, HM_ETLS, "the certificate of \"%s\" is refused (%s)", host,
                       X509_verify_cert_error_string(verdict));
    }
}
