// SPDX-License-Identifier: MIT
// The only reader of the environment.

#include "environment.h"

#include <stdlib.h>

static const struct {
    const char *name, *meaning;
} variables[APP_VARIABLES] = {
    [APP_HMREC_WEIGHTS] = {"HMREC_WEIGHTS", "the weights file, where --weights is not given"},
    [APP_HMREC_ISA] = {"HMREC_ISA", "the instruction set, where --isa is not given"},
    [APP_NEO4J_URI] = {"NEO4J_URI", "the store, where --store is not given (else hmrec.db); the "
                                    "server of hmrec cypher"},
    [APP_NEO4J_ADDRESS] = {"NEO4J_ADDRESS",
                           "the server of hmrec cypher, where NEO4J_URI is not set"},
    [APP_NEO4J_USERNAME] = {"NEO4J_USERNAME", "who logs in to a server, where --username is not "
                                              "given; empty: no login"},
    [APP_NEO4J_PASSWORD] = {"NEO4J_PASSWORD", "the password, where --password-file is not given"},
    [APP_NEO4J_DATABASE] = {"NEO4J_DATABASE", "a server's database, where --database is not given"},
    [APP_XDG_DATA_HOME] = {"XDG_DATA_HOME", "weights are looked for in its folder hmrec (else "
                                            "~/.local/share/hmrec)"},
    [APP_XDG_STATE_HOME] = {"XDG_STATE_HOME", "typed statements are kept in its folder hmrec (else "
                                              "~/.local/state/hmrec)"},
    [APP_HOME] = {"HOME", "the folder that ~ stands for in these two"},
    [APP_SSL_CERT_FILE] = {"SSL_CERT_FILE", "certificates to trust, where --ca is not given (read "
                                            "by OpenSSL)"},
    [APP_SSL_CERT_DIR] = {"SSL_CERT_DIR", "a folder of such certificates (read by OpenSSL)"},
};

const char *app_variable(enum app_variable which) {
    const char *value = getenv(variables[which].name);
    return value && *value ? value : NULL;
}

const char *app_variable_name(enum app_variable which) {
    return variables[which].name;
}

const char *app_variable_meaning(enum app_variable which) {
    return variables[which].meaning;
}

void app_print_variables(FILE *out) {
    fputs("Environment variables that hmrec reads. An option goes before its variable; an empty "
          "variable counts as not set.\n\n",
          out);
    for (enum app_variable i = APP_NO_VARIABLE + 1; i < APP_VARIABLES; i++)
        fprintf(out, "  %-15s %s\n", variables[i].name, variables[i].meaning);
}
