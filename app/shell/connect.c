// SPDX-License-Identifier: MIT
// Which server the shell talks to, and as whom: :connect, :impersonate, passwords that are changed.

#include "shell/connect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hmrec/store.h"

// ---- addresses

/** cypher-shell takes a bare HOST:PORT as well. */
static bool is_bare(const char *uri) {
    const char *port = strrchr(uri, ':');
    return port && port != uri && !strchr(uri, '/') && port[1] &&
           !port[1 + strspn(port + 1, "0123456789")];
}

enum hm_status connect_address(struct app_server *server, struct hm_arena *texts,
                               struct hm_error *err) {
    const struct hm_store_kind *kind;
    struct hm_buf full = {0};
    HM_TRY(hm_buf_printf(&full, err, "%s%s", is_bare(server->uri) ? "neo4j://" : "", server->uri));
    char *uri = hm_arena_copy(texts, full.data, full.length);
    hm_buf_free(&full);
    if (!uri) return hm_fail(err, HM_ENOMEM, "no memory for an address");
    HM_TRY(hm_store_find_kind(&kind, uri, err));
    if (!kind->server)
        return hm_fail(err, HM_EARG,
                       "%s names %s, expected a Neo4j server, such as neo4j://localhost", uri,
                       kind->name);
    server->uri = uri;
    char *slash = strchr(strstr(uri, "://") + 3, '/');
    if (!slash) return HM_OK;
    *slash = '\0';
    if (slash[1]) server->database = slash + 1;
    return HM_OK;
}

void connect_explain(const struct shell *shell, struct hm_error *err) {
    size_t length = strlen(err->text);
    bool unreached = !err->code[0] && (err->status == HM_EIO || err->status == HM_ETIMEOUT);
    if (shell->options.unnamed && shell->driver && unreached)
        snprintf(err->text + length, sizeof err->text - length,
                 "; no server was named: --uri, NEO4J_URI or NEO4J_ADDRESS");
}

// ---- :connect

/** The next of some words between blanks, in place; those with blanks stand in quotes. NULL: there
 *  is none. */
static char *next_word(char **rest) {
    char *word = *rest + strspn(*rest, " \t\r\n");
    if (!*word) return NULL;
    bool quoted = *word == '\'' || *word == '"';
    const char end[] = {quoted ? *word : ' ', quoted ? '\0' : '\t', '\0'};
    if (quoted) word++;
    *rest = word + strcspn(word, end);
    if (**rest) *(*rest)++ = '\0';
    return word;
}

struct words {
    const char *uri, *user, *password, *database;
};

static const char **word_of(struct words *words, const char *option) {
    const struct {
        const char *brief, *name;
        const char **target;
    } options[] = {{"-a", "--address", &words->uri},       {"-a", "--uri", &words->uri},
                   {"-u", "--username", &words->user},     {"-p", "--password", &words->password},
                   {"-d", "--database", &words->database}, {NULL, NULL, NULL}};
    for (size_t i = 0; options[i].name; i++)
        if (strcmp(option, options[i].brief) == 0 || strcmp(option, options[i].name) == 0)
            return options[i].target;
    return NULL;
}

static enum hm_status read_words(struct words *words, char *argument, struct hm_error *err) {
    for (char *word; (word = next_word(&argument));) {
        const char **target = *word == '-' ? word_of(words, word) : &words->uri;
        if (!target)
            return hm_fail(err, HM_EARG,
                           "found %s, expected -a URI, -u NAME, -p PASSWORD or -d "
                           "DATABASE",
                           word);
        *target = *word == '-' ? next_word(&argument) : word;
        if (!*target) return hm_fail(err, HM_EARG, "found nothing behind %s", word);
    }
    return HM_OK;
}

static enum hm_status keep(struct shell *shell, const char **text, struct hm_error *err) {
    if (*text && !(*text = hm_arena_copy(&shell->texts, *text, strlen(*text))))
        return hm_fail(err, HM_ENOMEM, "no memory for a login");
    return HM_OK;
}

/** The password that was given, or that a person tells, or else the one that is known. */
static enum hm_status find_password(struct app_server *login, const struct words *words,
                                    struct hm_error *err) {
    if (!login->user) return HM_OK;
    if (!words->password && (words->user || words->uri)) { // it is not for just anybody
        HM_TRY(app_password_ask(&login->password, login->user, login->uri, err));
        if (login->password) return HM_OK;
        return hm_fail(err, HM_EARG, "no password for %s at %s: give it with -p", login->user,
                       login->uri);
    }
    login->password = strdup(words->password ? words->password : login->password);
    return login->password ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a password");
}

static enum hm_status make_login(struct shell *shell, struct words *words, struct app_server *login,
                                 struct hm_error *err) {
    const char *known = shell->login.password;
    *login = shell->login;
    login->password = NULL;
    login->database = words->uri ? NULL : shell->database;
    if (words->password && !login->user && !words->user) words->user = "neo4j";
    HM_TRY(keep(shell, &words->uri, err));
    HM_TRY(keep(shell, &words->user, err));
    if (words->uri) {
        login->uri = words->uri;
        shell->options.unnamed = false;
    }
    if (words->user) login->user = *words->user ? words->user : NULL;
    HM_TRY(connect_address(login, &shell->texts, err));
    if (words->database) login->database = words->database;
    HM_TRY(keep(shell, &login->database, err));
    login->password = (char *)(uintptr_t)known;
    enum hm_status status = find_password(login, words, err);
    if (login->password == known) login->password = NULL;
    return status;
}

enum hm_status connect_again(struct shell *shell, char *argument, struct hm_error *err) {
    struct words words = {0};
    struct app_server login = {0};
    if (shell->tx || shell->tx_failed)
        return hm_fail(err, HM_EARG, "a transaction is open: :commit or :rollback first");
    enum hm_status status = read_words(&words, argument, err);
    if (status == HM_OK) status = make_login(shell, &words, &login, err);
    if (words.password) explicit_bzero((char *)(uintptr_t)words.password, strlen(words.password));
    if (status == HM_OK) status = shell_log_in(shell, &login, err);
    app_password_free(login.password);
    return status;
}

void connect_end(struct shell *shell) {
    bolt_session_free(shell->session);
    bolt_driver_free(shell->driver);
    shell->session = NULL;
    shell->driver = NULL;
}

// ---- :impersonate

static enum hm_status ping(struct shell *shell, struct hm_error *err) {
    struct bolt_result *result = NULL;
    enum hm_status status =
        bolt_run(shell->session, cypher_text(CYPHER_PING), NULL, NULL, &result, err);
    if (status == HM_OK) status = bolt_consume(result, NULL, err);
    bolt_result_free(result);
    return status;
}

enum hm_status connect_impersonate(struct shell *shell, const char *user, struct hm_error *err) {
    const char *before = shell->options.impersonated_user;
    struct hm_error ignored;
    if (shell->tx || shell->tx_failed)
        return hm_fail(err, HM_EARG, "a transaction is open: :commit or :rollback first");
    if (!shell->driver) return shell_is_ready(shell, err);
    HM_TRY(keep(shell, &user, err));
    shell->options.impersonated_user = user;
    enum hm_status status = shell_use(shell, shell->database, err);
    if (status == HM_OK) status = ping(shell, err);
    if (status == HM_OK) return HM_OK;
    shell->options.impersonated_user = before;
    if (shell_use(shell, shell->database, &ignored) != HM_OK) connect_end(shell);
    return status;
}

// ---- passwords

static enum hm_status send_password(struct shell *shell, const char *password,
                                    struct hm_error *err) {
    const struct bolt_session_config config = {.database = "system"};
    struct bolt_params *params = bolt_params_new();
    struct bolt_session *session = NULL;
    struct bolt_result *result = NULL;
    if (!params) return hm_fail(err, HM_ENOMEM, "no memory for a password");
    bolt_put_string(params, "old", shell->login.password);
    bolt_put_string(params, "new", password);
    enum hm_status status = bolt_session_new(shell->driver, &config, &session, err);
    if (status == HM_OK)
        status = bolt_run(session, cypher_text(CYPHER_CHANGE_PASSWORD), params, NULL, &result, err);
    if (status == HM_OK) status = bolt_consume(result, NULL, err);
    bolt_result_free(result);
    bolt_session_free(session);
    bolt_params_free(params);
    return status;
}

static enum hm_status ask_password(const struct app_server *login, char **out,
                                   struct hm_error *err) {
    char *again = NULL;
    enum hm_status status = HM_OK;
    do {
        if (again) app_say("these were two different passwords");
        app_password_free(*out);
        app_password_free(again);
        *out = again = NULL;
        status = app_password_ask_as("New password", out, login->user, login->uri, err);
        if (status == HM_OK && !*out)
            status = hm_fail(err, HM_EARG,
                             "no new password for %s at %s: there is no terminal to ask at; give "
                             "--new-password-file",
                             login->user, login->uri);
        if (status == HM_OK)
            status =
                app_password_ask_as("Once more the password", &again, login->user, login->uri, err);
    } while (status == HM_OK && again && strcmp(*out, again) != 0);
    app_password_free(again);
    return status;
}

enum hm_status connect_change_password(struct shell *shell, char *password, struct hm_error *err) {
    bool ask = !password;
    enum { ATTEMPTS = 3 };
    if (!shell->login.user || !shell->login.password) {
        app_password_free(password);
        return hm_fail(err, HM_EARG, "nobody is logged in at %s whose password could be changed",
                       shell->login.uri);
    }
    enum hm_status status = HM_OK;
    for (int i = 1;; i++) {
        if (ask) status = ask_password(&shell->login, &password, err);
        if (status == HM_OK) status = send_password(shell, password, err);
        if (status != HM_ESERVER || !ask || i == ATTEMPTS) break;
        app_complain(err);
        status = HM_OK;
    }
    if (status != HM_OK) {
        app_password_free(password);
        return status;
    }
    app_password_free(shell->login.password);
    shell->login.password = password;
    app_note("the password of %s at %s has been changed", shell->login.user, shell->login.uri);
    struct app_server login = shell->login;
    return shell_log_in(shell, &login, err); // what is open has the old one's rights
}

bool connect_is_expired(const struct hm_error *err) {
    return strcmp(err->code, "Neo.ClientError.Security.CredentialsExpired") == 0;
}

bool connect_renew(struct shell *shell, const struct hm_error *why) {
    struct hm_error err;
    if (!shell->options.prompts || !connect_is_expired(why) || shell->tx || shell->tx_failed)
        return false;
    app_say("the password of %s at %s has expired", shell->login.user ? shell->login.user : "-",
            shell->login.uri);
    if (connect_change_password(shell, NULL, &err) == HM_OK) return true;
    if (err.status != HM_ECANCELED) app_complain(&err);
    return false;
}
