// SPDX-License-Identifier: MIT
// Versions of the libraries, as they say it themselves where they can.

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
            "libjpeg-turbo " STRING(LIBJPEG_TURBO_VERSION) ", OpenMP %d, %s, SQLite %s, cJSON %s\n",
            _OPENMP, OpenSSL_version(OPENSSL_VERSION), sqlite3_libversion(), cJSON_Version());
}
