// SPDX-License-Identifier: MIT
// Versions of the libraries, as they say it themselves where they can. Of those that a build may be
// without: what it was built with.

#include "versions.h"

#include <cjson/cJSON.h>
#include <jpeglib.h>
#include <omp.h>
#include <openssl/crypto.h>
#include <sqlite3.h>

#define STRING_(x) #x
#define STRING(x)  STRING_(x)

void app_print_versions(FILE *out) {
    fprintf(out,
            "libjpeg-turbo " STRING(LIBJPEG_TURBO_VERSION) ", OpenMP %d, %s, SQLite %s, cJSON %s",
            _OPENMP, OpenSSL_version(OPENSSL_VERSION), sqlite3_libversion(), cJSON_Version());
    fputs(*HM_WITH ? "; built with " HM_WITH : "", out);
    fputs(*HM_WITHOUT ? "; without " HM_WITHOUT "\n" : "\n", out);
}
