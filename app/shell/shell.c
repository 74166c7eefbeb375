// SPDX-License-Identifier: MIT
// A session that lasts from statement to statement, so that each sees what those before it did.

#include "shell/shell.h"

#include <stdlib.h>
#include <string.h>

enum { IDLE_MS = 5000 }; // after which a connection is asked whether it lives

static bool cancelled(void *context) {
    (void)context;
    return app_signal() != 0;
}

enum hm_status shell_use(struct shell *shell, const char *database, struct hm_error *err) {
    struct bolt_session_config config = {.database = database,
                                         .access = shell->options.access,
                                         .fetch_size = shell->options.fetch_size,
                                         .impersonated_user = shell->options.impersonated_user};
    struct bolt_session *session;
    char *name = database ? strdup(database) : NULL;
    if (database && !name) return hm_fail(err, HM_ENOMEM, "no memory for a session");
    if (shell->session) config.bookmarks = bolt_bookmarks(shell->session, &config.bookmark_count);
    enum hm_status status = bolt_session_new(shell->driver, &config, &session, err);
    if (status != HM_OK) {
        free(name);
        return status;
    }
    bolt_session_free(shell->session);
    free(shell->database);
    shell->session = session;
    shell->database = name;
    return HM_OK;
}

static enum hm_status greet(struct shell *shell, struct hm_error *err) {
    struct bolt_server server;
    HM_TRY(bolt_verify(shell->driver, shell->database, &server, err));
    app_note("%s at %s, Bolt %d.%d%s; :help lists the commands", server.agent, server.address,
             server.major, server.minor, bolt_is_encrypted(shell->driver) ? ", encrypted" : "");
    return HM_OK;
}

enum hm_status shell_open(struct shell *shell, const struct app_server *server,
                          struct hm_error *err) {
    struct bolt_config config = {
        .auth = {server->user ? "basic" : "none", server->user, server->password, NULL, NULL},
        .tls = shell->options.tls,
        .ca_file = server->ca_file,
        .client_certificate = server->client_certificate,
        .client_key = server->client_key,
        .read_timeout_ms = (int64_t)shell->options.read_timeout_s * 1000,
        .liveness_check_ms = IDLE_MS,
        .fetch_size = shell->options.fetch_size,
        .hooks = {.cancelled = cancelled},
    };
    HM_TRY(bolt_driver_new(server->uri, &config, &shell->driver, err));
    HM_TRY(shell_use(shell, server->database, err));
    return shell->options.interactive ? greet(shell, err) : HM_OK;
}

/** A transaction that will not be committed. A person has seen why. */
static void say_lost(struct shell *shell) {
    if (shell->options.interactive || app_signal()) return;
    if (shell->tx_failed)
        app_say("the transaction in which that failed has been rolled back");
    else if (shell->tx)
        app_say("the open transaction has been rolled back%s",
                shell->quit    ? ": the end was asked for before :commit"
                : shell->ended ? ": there is no :commit"
                               : "");
    if (shell->tx) shell->failed = true;
}

void shell_close(struct shell *shell) {
    say_lost(shell);
    bolt_tx_free(shell->tx);
    bolt_session_free(shell->session);
    bolt_driver_free(shell->driver);
    params_free(&shell->params);
    free(shell->database);
}

void shell_fail_tx(struct shell *shell) {
    if (!shell->tx) return;
    bolt_tx_free(shell->tx); // rolls back what the server has not
    shell->tx = NULL;
    shell->tx_failed = true;
}

void shell_fail(struct shell *shell, const struct hm_error *err) {
    shell_fail_tx(shell);
    shell_complain(shell, err);
}

void shell_run(struct shell *shell, const char *text) {
    struct hm_error err = {0};
    bool command = *text == ':';
    enum hm_status status =
        command ? shell_command(shell, text, &err) : shell_query(shell, text, &err);
    if (status == HM_OK) return;
    if (command && shell->options.interactive) // a slip of the finger
        shell_complain(shell, &err);
    else
        shell_fail(shell, &err);
}
