// SPDX-License-Identifier: MIT
/** Which server the shell talks to, and as whom. */
#ifndef HM_APP_CYPHER_CONNECT_H
#define HM_APP_CYPHER_CONNECT_H

#include "shell/shell.h"

/** server->uri as a driver takes it: a bare HOST:PORT gets a scheme, and the database that a
 *  store's URI may name, bolt://host:7687/DATABASE, goes to server->database.
 *  texts   where what is made of it is kept
 *  errors  HM_EARG: no URI of a Neo4j server; HM_ENOMEM */
HM_WARN_UNUSED enum hm_status connect_address(struct app_server *server, struct hm_arena *texts,
                                              struct hm_error *err);

/** Add to a failure to reach a server that nobody had named how to name one. */
void connect_explain(const struct shell *shell, struct hm_error *err);

/** The arguments of :connect, in place. What is connected stays so until the other server has
 *  answered. */
HM_WARN_UNUSED enum hm_status connect_again(struct shell *shell, char *argument,
                                            struct hm_error *err);
/** Nothing can be run until connect_again. */
void connect_end(struct shell *shell);
/** Go on as another user (NULL: as oneself), if the server lets one.
 *  errors  its refusal: nothing has changed */
HM_WARN_UNUSED enum hm_status connect_impersonate(struct shell *shell, const char *user,
                                                  struct hm_error *err);

/** Give the shell's user another password and log in with it.
 *  password  owned from now on, wiped; NULL: a person is asked for it, again after a refusal
 *  errors    HM_EARG: nobody is logged in, or there is nobody to ask; the server's refusal */
HM_WARN_UNUSED enum hm_status connect_change_password(struct shell *shell, char *password,
                                                      struct hm_error *err);
/** Whether a failure's reason is a password that has expired. */
bool connect_is_expired(const struct hm_error *err);
/** The server lets nobody in whose password has expired, who may be asked for another one.
 *  true: that was why, and now all is well */
bool connect_renew(struct shell *shell, const struct hm_error *why);

#endif
