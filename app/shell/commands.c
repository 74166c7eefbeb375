// SPDX-License-Identifier: MIT
// What begins with ":" is for this program, not for the server: a table, under cypher-shell's
// names.

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shell/shell.h"

struct command {
    const char *name, *argument, *help;
    bool alias; // not listed
    enum hm_status (*run)(struct shell *shell, char *argument, struct hm_error *err);
};

static enum hm_status nothing_behind(const char *argument, struct hm_error *err) {
    if (!*argument) return HM_OK;
    return hm_fail(err, HM_EARG, "found \"%s\", expected nothing behind the command", argument);
}

static enum hm_status begin(struct shell *shell, char *argument, struct hm_error *err) {
    HM_TRY(nothing_behind(argument, err));
    if (shell->tx || shell->tx_failed)
        return hm_fail(err, HM_EARG, "a transaction is open already");
    return bolt_begin(shell->session, NULL, &shell->tx, err);
}

/** *open: there is a transaction; it is out of the shell's hands afterwards. */
static enum hm_status take_transaction(struct shell *shell, const char *argument,
                                       struct bolt_tx **tx, struct hm_error *err) {
    bool failed = shell->tx_failed;
    HM_TRY(nothing_behind(argument, err));
    if (!shell->tx && !failed) return hm_fail(err, HM_EARG, "no transaction is open");
    *tx = shell->tx;
    shell->tx = NULL;
    shell->tx_failed = false;
    return HM_OK;
}

static enum hm_status commit(struct shell *shell, char *argument, struct hm_error *err) {
    struct bolt_tx *tx = NULL;
    HM_TRY(take_transaction(shell, argument, &tx, err));
    if (!tx) return hm_fail(err, HM_ECONFLICT, "the transaction had failed: nothing is committed");
    enum hm_status status = bolt_commit(tx, err);
    bolt_tx_free(tx);
    return status;
}

static enum hm_status rollback(struct shell *shell, char *argument, struct hm_error *err) {
    struct bolt_tx *tx = NULL;
    HM_TRY(take_transaction(shell, argument, &tx, err));
    enum hm_status status = tx ? bolt_rollback(tx, err) : HM_OK;
    bolt_tx_free(tx);
    return status;
}

static enum hm_status use(struct shell *shell, char *argument, struct hm_error *err) {
    size_t length = strlen(argument);
    if (shell->tx || shell->tx_failed)
        return hm_fail(err, HM_EARG, "a transaction is open: :commit or :rollback first");
    if (length >= 2 && argument[0] == '`' && argument[length - 1] == '`') {
        argument[length - 1] = '\0';
        argument++;
    }
    return shell_use(shell, *argument ? argument : NULL, err);
}

static enum hm_status show_params(struct shell *shell, const char *argument, struct hm_error *err) {
    HM_TRY(nothing_behind(argument, err));
    params_print(&shell->params, stdout);
    return HM_OK;
}

static enum hm_status list_params(struct shell *shell, char *argument, struct hm_error *err) {
    return show_params(shell, argument, err);
}

static enum hm_status set_param(struct shell *shell, char *argument, struct hm_error *err) {
    if (!*argument || strcasecmp(argument, "list") == 0) return show_params(shell, "", err);
    if (strcasecmp(argument, "clear") != 0) return shell_assign(shell, argument, err);
    params_clear(&shell->params);
    return HM_OK;
}

static enum hm_status access_mode(struct shell *shell, char *argument, struct hm_error *err) {
    bool reads = strcasecmp(argument, "read") == 0;
    if (!*argument) {
        printf("Access mode %s\n", shell->options.access == BOLT_READ ? "read" : "write");
        return HM_OK;
    }
    if (!reads && strcasecmp(argument, "write") != 0)
        return hm_fail(err, HM_EARG, "found \"%s\", expected read or write", argument);
    if (shell->tx || shell->tx_failed)
        return hm_fail(err, HM_EARG, "a transaction is open: :commit or :rollback first");
    shell->options.access = reads ? BOLT_READ : BOLT_WRITE;
    char *database = shell->database ? strdup(shell->database) : NULL;
    if (shell->database && !database) return hm_fail(err, HM_ENOMEM, "no memory for a session");
    enum hm_status status = shell_use(shell, database, err);
    free(database);
    return status;
}

static enum hm_status source(struct shell *shell, char *argument, struct hm_error *err) {
    if (!*argument) return hm_fail(err, HM_EARG, "found no file, expected :source FILE");
    enum hm_status status = shell_read_file(shell, argument, err);
    shell->ended = false; // it was another input
    return status;
}

static enum hm_status history(struct shell *shell, char *argument, struct hm_error *err) {
    bool forget = strcasecmp(argument, "clear") == 0;
    if (!forget) HM_TRY(nothing_behind(argument, err));
    if (!shell->editor)
        return hm_fail(err, HM_EARG, "only statements that a person types are remembered");
    if (forget)
        editor_forget(shell->editor);
    else if (!editor_list(shell->editor, stdout))
        return hm_fail(err, HM_EUNSUPPORTED, "this build has no libedit to remember statements");
    return HM_OK;
}

static enum hm_status quit(struct shell *shell, char *argument, struct hm_error *err) {
    HM_TRY(nothing_behind(argument, err));
    shell->quit = true;
    return HM_OK;
}

static enum hm_status help(struct shell *shell, char *argument, struct hm_error *err);

static const struct command commands[] = {
    {":begin", "", "open a transaction", false, begin},
    {":commit", "", "make what was done in it last", false, commit},
    {":rollback", "", "undo it", false, rollback},
    {":use", "[DATABASE]", "go on in another database; alone: in the home database", false, use},
    {":param", "NAME => VALUE", "set a parameter; several: {NAME: VALUE, ...}", false, set_param},
    {":param", "list", "list the parameters; so does :params", false, set_param},
    {":param", "clear", "forget all parameters", false, set_param},
    {":params", "", "list the parameters", true, list_params},
    {":access-mode", "[MODE]", "go on as one who may read or write; alone: say which", false,
     access_mode},
    {":source", "FILE", "run the statements of a file", false, source},
    {":history", "[clear]", "list what was typed, or forget it", false, history},
    {":help", "[COMMAND]", "this text, or that of one command", false, help},
    {":exit", "", "end; so do :quit and Ctrl-D", false, quit},
    {":quit", "", "end", true, quit},
};

static bool is_named(const struct command *command, const char *name, size_t length) {
    return strlen(command->name) == length && strncasecmp(command->name, name, length) == 0;
}

static enum hm_status no_command(const char *name, size_t length, struct hm_error *err) {
    return hm_fail(err, HM_EARG, "no command %.*s; :help lists them",
                   (int)(length > 40 ? 40 : length), name);
}

static enum hm_status help(struct shell *shell, char *argument, struct hm_error *err) {
    (void)shell;
    bool colon = *argument == ':', found = !*argument;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const struct command *c = &commands[i];
        if (*argument && !is_named(c, argument, strlen(argument)) &&
            !(!colon && strcasecmp(c->name + 1, argument) == 0))
            continue;
        found = true;
        if (*argument || !c->alias) printf("  %-12s %-14s %s\n", c->name, c->argument, c->help);
    }
    if (!found) return no_command(argument, strlen(argument), err);
    if (!*argument)
        puts("\nA statement ends with \";\" and may have several lines. Ctrl-C stops a query.");
    return HM_OK;
}

/** Cut blanks and a ";" off the end. */
static void trim(char *text) {
    size_t length = strlen(text);
    while (length && (isspace((unsigned char)text[length - 1]) || text[length - 1] == ';'))
        length--;
    text[length] = '\0';
}

static enum hm_status run_line(struct shell *shell, char *text, struct hm_error *err) {
    trim(text);
    size_t name = strcspn(text, " \t\r\n");
    char *argument = text + name + strspn(text + name, " \t\r\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (is_named(&commands[i], text, name)) {
            enum hm_status status = commands[i].run(shell, argument, err);
            fflush(stdout);
            return status;
        }
    return no_command(text, name, err);
}

enum hm_status shell_command(struct shell *shell, const char *text, struct hm_error *err) {
    char *copy = strdup(text);
    if (!copy) return hm_fail(err, HM_ENOMEM, "no memory for a command");
    enum hm_status status = run_line(shell, copy, err);
    free(copy);
    return status;
}
