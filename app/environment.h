// SPDX-License-Identifier: MIT
/** The environment variables that hmrec reads: each is a row of one table. */
#ifndef HM_APP_ENVIRONMENT_H
#define HM_APP_ENVIRONMENT_H

#include <stddef.h>
#include <stdio.h>

enum app_variable {
    APP_NO_VARIABLE,
    APP_HMREC_WEIGHTS,
    APP_HMREC_ISA,
    APP_NEO4J_URI,
    APP_NEO4J_ADDRESS,
    APP_NEO4J_USERNAME,
    APP_NEO4J_PASSWORD,
    APP_NEO4J_DATABASE,
    APP_XDG_DATA_HOME,
    APP_XDG_STATE_HOME,
    APP_HOME,
    APP_VARIABLES_READ, // those from here on are read by libraries
    APP_SSL_CERT_FILE = APP_VARIABLES_READ,
    APP_SSL_CERT_DIR,
    APP_VARIABLES
};

/** Its value; NULL when it is not set or empty. */
const char *app_variable(enum app_variable which);
const char *app_variable_name(enum app_variable which);
const char *app_variable_meaning(enum app_variable which);
/** hmrec help environment. */
void app_print_variables(FILE *out);

#endif
