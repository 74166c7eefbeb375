// SPDX-License-Identifier: MIT
/** How to reach a Neo4j server: options, environment, a password that is asked for. */
#ifndef HM_APP_SERVER_H
#define HM_APP_SERVER_H

#include "app.h"

/** Zero-initialise; app_server_forget when done. Strings are borrowed, but for the passwords. */
struct app_server {
    const char *uri, *user, *password_file, *database;
    const char *ca_file, *client_certificate, *client_key; // PEM
    const char *client_key_password_file;
    char *password, *client_key_password; // owned, wiped when freed
};

/** What the options of a command say of the server behind its store or stores. */
extern struct app_server app_server;

/** Rows of a table of options: those of every command that has a store. */
// clang-format off
#define APP_SERVER_OPTIONS \
    {"username", 0, APP_TEXT, "NAME", "of a Neo4j server; default $NEO4J_USERNAME, else neo4j", \
     &app_server.user}, \
    {"password-file", 0, APP_TEXT, "FILE", \
     "its first line is the password; default $NEO4J_PASSWORD, else asked for", \
     &app_server.password_file}, \
    {"database", 0, APP_TEXT, "NAME", \
     "of the server; default $NEO4J_DATABASE, else the home database", &app_server.database}, \
    {"ca", 0, APP_TEXT, "FILE", "trust these certificates (PEM), not the system's", \
     &app_server.ca_file}
// clang-format on

/** Fill in what was not given: URI, user and database from NEO4J_URI, NEO4J_USERNAME and
 *  NEO4J_DATABASE; the password from its file, else NEO4J_PASSWORD, else asked for at the terminal.
 *  An empty user or password, or no password and no terminal: no login.
 *  errors  HM_EIO (password file), HM_EARG (a scheme that hm_store_find_kind does not know; a user,
 *          but nobody to ask for the password), HM_ECANCELED (a signal), HM_ENOMEM */
HM_WARN_UNUSED enum hm_status app_server_resolve(struct app_server *server, struct hm_error *err);
void app_server_forget(struct app_server *server);

/** The first line of a file, without its end (password.c).
 *  out  owned by the caller (app_password_free) */
HM_WARN_UNUSED enum hm_status app_password_read(char **out, const char *path, struct hm_error *err);
/** Ask on /dev/tty, without echo (password.c).
 *  out  owned by the caller; NULL where there is no terminal */
HM_WARN_UNUSED enum hm_status app_password_ask(char **out, const char *user, const char *uri,
                                               struct hm_error *err);
/** The same in other words. what: "New password". */
HM_WARN_UNUSED enum hm_status app_password_ask_as(const char *what, char **out, const char *user,
                                                  const char *uri, struct hm_error *err);
/** Overwrite and free. */
void app_password_free(char *password);

#endif
