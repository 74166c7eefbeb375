// SPDX-License-Identifier: MIT
/** Certificates made when a test runs, as PEM files in a folder of its own. */
#ifndef TEST_CERTIFICATES_H
#define TEST_CERTIFICATES_H

#include <stdbool.h>

struct certificate {
    char file[256]; // certificate and key
    void *key, *x509;
};

/** Signed by issuer (NULL: by itself). names: subjectAltName such as "DNS:localhost,IP:127.0.0.1";
 *  NULL: an authority.
 *  days: of validity from now; negative: it ended that many days ago. */
void certificate_make(const char *folder, const char *name, const char *names, int days,
                      const struct certificate *issuer, struct certificate *out);
void certificate_free(struct certificate *certificate);

#endif
