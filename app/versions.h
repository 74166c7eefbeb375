// SPDX-License-Identifier: MIT
/** Versions of the libraries in this binary. */
#ifndef HM_APP_VERSIONS_H
#define HM_APP_VERSIONS_H

#include <stdio.h>

/** One line: "libjpeg-turbo 2.1.5, OpenSSL 3.0.17, ...; built with ...; without ...". */
void app_print_versions(FILE *out);

#endif
