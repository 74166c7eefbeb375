// SPDX-License-Identifier: MIT
// A session that lasts from statement to statement, so that each sees what those before it did.

#include "shell/shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "shell/connect.h"
#include "shell/log.h"
#include "shell/names.h"

enum { IDLE_MS = 5000 }; // after which a connection is asked whether it lives

static bool cancelled(void *context) {
    const struct shell *shell = context;
    return app_signal() != 0 || (shell->give_up_ns && hm_now_ns() >= shell->give_up_ns);
}

enum hm_status shell_use(struct shell *shell, const char *database, struct hm_error *err) {
    struct bolt_session_config config = {.database = database,
                                         .access = shell->options.access,
                                         .fetch_size = shell->options.fetch_size,
                                         .impersonated_user = shell->options.impersonated_user};
    struct bolt_session *session;
    if (!shell->driver) return shell_is_ready(shell, err);
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

static enum hm_status make_driver(struct shell *shell, const struct app_server *server,
                                  struct bolt_driver **out, struct hm_error *err) {
    struct bolt_config config = {
        .auth = {server->user ? "basic" : "none", server->user, server->password, NULL, NULL},
        .tls = shell->options.tls == BOLT_TLS_VERIFIED && strchr(server->uri, '+')
                   ? BOLT_TLS_BY_SCHEME // encrypted already
                   : shell->options.tls,
        .ca_file = server->ca_file,
        .client_certificate = server->client_certificate,
        .client_key = server->client_key,
        .client_key_password = server->client_key_password,
        .read_timeout_ms = (int64_t)shell->options.read_timeout_s * 1000,
        .liveness_check_ms = IDLE_MS,
        .fetch_size = shell->options.fetch_size,
        .hooks = {.context = shell, .cancelled = cancelled},
    };
    log_attach(&config.hooks);
    return bolt_driver_new(server->uri, &config, out, err);
}

static void greet(const struct shell *shell, const struct bolt_server *server) {
    if (!shell->options.interactive) return;
    app_note("%s at %s, Bolt %d.%d%s; :help lists the commands", server->agent, server->address,
             server->major, server->minor, bolt_is_encrypted(shell->driver) ? ", encrypted" : "");
}

/** What a person sees first: who answers, or that the password has expired. */
static enum hm_status meet(struct shell *shell, struct hm_error *err) {
    struct bolt_server server;
    enum hm_status status = bolt_verify(shell->driver, shell->database, &server, err);
    if (status == HM_OK && server.credentials_expired) {
        status = hm_fail(err, HM_ESERVER, "the password has expired");
        snprintf(err->code, sizeof err->code, "Neo.ClientError.Security.CredentialsExpired");
    }
    if (status == HM_OK) greet(shell, &server);
    if (status == HM_OK || connect_renew(shell, err)) return HM_OK; // which greets
    connect_explain(shell, err);
    return status;
}

enum hm_status shell_open(struct shell *shell, struct app_server *server, struct hm_error *err) {
    shell->login = *server;
    server->password = server->client_key_password = NULL;
    HM_TRY(make_driver(shell, &shell->login, &shell->driver, err));
    HM_TRY(shell_use(shell, server->database, err));
    return shell->options.interactive ? meet(shell, err) : HM_OK;
}

enum hm_status shell_log_in(struct shell *shell, struct app_server *login, struct hm_error *err) {
    struct bolt_driver *driver;
    struct bolt_server server;
    HM_TRY(make_driver(shell, login, &driver, err));
    enum hm_status status = bolt_verify(driver, login->database, &server, err);
    if (status != HM_OK) {
        bolt_driver_free(driver);
        return status;
    }
    connect_end(shell);
    shell->driver = driver;
    if (login->password != shell->login.password) app_password_free(shell->login.password);
    shell->login = *login;
    login->password = NULL;
    greet(shell, &server);
    return shell_use(shell, shell->login.database, err);
}

enum hm_status shell_is_ready(const struct shell *shell, struct hm_error *err) {
    if (!shell->driver)
        return hm_fail(err, HM_EIO, "not connected; :connect goes to %s again", shell->login.uri);
    if (shell->tx_failed)
        return hm_fail(err, HM_ECONFLICT, "the transaction has failed; :rollback ends it");
    return HM_OK;
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
    app_server_forget(&shell->login);
    hm_arena_free(&shell->texts);
    names_free(shell->names);
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
    if (status != HM_OK && !command && connect_renew(shell, &err))
        status = shell_query(shell, text, &err);
    if (status == HM_OK) return;
    if (command && shell->options.interactive) // a slip of the finger
        shell_complain(shell, &err);
    else
        shell_fail(shell, &err);
}
