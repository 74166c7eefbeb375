// SPDX-License-Identifier: MIT
/** What the parts of TLS share: files (tls_files.c), and words for failures (tls_words.c). */
#ifndef BOLT_TLS_H
#define BOLT_TLS_H

#include <openssl/ssl.h>

#include "wire/stream.h"

/** Load trust anchors, certificate and key.
 *  errors  HM_EARG (a file: which, what was found, the option), HM_ETLS (the system's authorities),
 *          HM_ENOMEM */
HM_WARN_UNUSED enum hm_status tls_load_files(SSL_CTX *ctx, const struct bolt_tls_options *options,
                                             struct hm_error *err);

/** The failure at the head of OpenSSL's queue, which is emptied: a sentence of ours where there is
 *  one, else its own words in parentheses. what: "TLS". */
HM_WARN_UNUSED enum hm_status tls_failed(struct hm_error *err, enum hm_status status,
                                         const char *what);

/** Why the server's certificate was refused, and what helps.
 *  verdict      X509_V_ERR_...
 *  certificate  that of the chain at which verification failed; NULL: unknown */
HM_WARN_UNUSED enum hm_status tls_certificate_refused(long verdict, const X509 *certificate,
                                                      const char *host, struct hm_error *err);

#endif
