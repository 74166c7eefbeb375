// SPDX-License-Identifier: MIT
// What begins with ":" is for this program, not for the server: a table, under cypher-shell's
// names.

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shell/connect.h"
#include "shell/shell.h"
#include "shell/sysinfo.h"

struct command {
    const char *name, *argument, *help;
    bool alias; // not listed
    enum hm_status (*run)(struct shell *shell, char *argument, struct hm_error *err);
    const char *page; // what :help COMMAND says besides; NULL: that of the row before
};

static enum hm_status nothing_behind(const char *argument, struct hm_error *err) {
    if (!*argument) return HM_OK;
    return hm_fail(err, HM_EARG, "found \"%s\", expected nothing behind the command", argument);
}

static enum hm_status begin(struct shell *shell, char *argument, struct hm_error *err) {
    HM_TRY(nothing_behind(argument, err));
    if (shell->tx || shell->tx_failed)
        return hm_fail(err, HM_EARG, "a transaction is open already");
    HM_TRY(shell_is_ready(shell, err));
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

/** A name without the backticks around it, in place. */
static char *unquote(char *name) {
    size_t length = strlen(name);
    if (length < 2 || name[0] != '`' || name[length - 1] != '`') return name;
    name[length - 1] = '\0';
    return name + 1;
}

static enum hm_status use(struct shell *shell, char *argument, struct hm_error *err) {
    if (shell->tx || shell->tx_failed)
        return hm_fail(err, HM_EARG, "a transaction is open: :commit or :rollback first");
    return shell_use(shell, *argument ? unquote(argument) : NULL, err);
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

static enum hm_status connect_to(struct shell *shell, char *argument, struct hm_error *err) {
    return connect_again(shell, argument, err);
}

static enum hm_status disconnect(struct shell *shell, char *argument, struct hm_error *err) {
    HM_TRY(nothing_behind(argument, err));
    if (shell->tx || shell->tx_failed)
        return hm_fail(err, HM_EARG, "a transaction is open: :commit or :rollback first");
    connect_end(shell);
    return HM_OK;
}

static enum hm_status impersonate(struct shell *shell, char *argument, struct hm_error *err) {
    return connect_impersonate(shell, *argument ? unquote(argument) : NULL, err);
}

static enum hm_status sysinfo(struct shell *shell, char *argument, struct hm_error *err) {
    HM_TRY(nothing_behind(argument, err));
    return sysinfo_write(shell, err);
}

static enum hm_status quit(struct shell *shell, char *argument, struct hm_error *err) {
    HM_TRY(nothing_behind(argument, err));
    shell->quit = true;
    return HM_OK;
}

static enum hm_status help(struct shell *shell, char *argument, struct hm_error *err);

static const struct command commands[] = {
    {":begin", "", "open a transaction", false, begin,
     "What follows is done in it, and seen by others only after :commit. When something in it\n"
     "fails, all of it is undone; :rollback or :commit then ends it.\n"},
    {":commit", "", "make what was done in it last", false, commit,
     "Ends the transaction of :begin. Where something in it had failed, nothing is committed,\n"
     "and that is an error.\n"},
    {":rollback", "", "undo it", false, rollback,
     "Ends the transaction of :begin; nothing that was done in it remains.\n"},
    {":use", "[DATABASE]", "go on in another database; alone: in the home database", false, use,
     "A name with odd characters may stand in backticks. :sysinfo lists the databases.\n"},
    {":param", "NAME => VALUE", "set a parameter; several: {NAME: VALUE, ...}", false, set_param,
     "VALUE is JSON, or an expression that the server computes now, once:\n"
     "  :param day => date() - duration({days: 7})\n"
     "  :param {code: '0108775015', k: 12}\n"
     "Statements write it as $NAME. An odd NAME stands in backticks.\n"},
    {":param", "list", "list the parameters; so does :params", false, set_param, NULL},
    {":param", "clear", "forget all parameters", false, set_param, NULL},
    {":params", "", "list the parameters", true, list_params,
     "They are listed as a map that :param takes.\n"},
    {":access-mode", "[MODE]", "go on as one who may read or write; alone: say which", false,
     access_mode,
     "MODE is read or write. In mode read a cluster behind neo4j:// may ask its followers, and\n"
     "the server refuses statements that write.\n"},
    {":connect", "[-a URI] [-u NAME] [-p PASSWORD] [-d DATABASE]", "go on at another server", false,
     connect_to,
     "What is not given stays as it was; a password for another server or user is asked for\n"
     "where it is not given. Words with blanks stand in quotes. The connection that there was\n"
     "is given up once the new one stands.\n"},
    {":disconnect", "", "give the connection up; :connect takes it up again", false, disconnect,
     "Parameters stay. Statements fail until :connect.\n"},
    {":impersonate", "[NAME]", "go on as another user; alone: as oneself again", false, impersonate,
     "Needs the privilege IMPERSONATE, and the Enterprise Edition. A NAME with odd characters\n"
     "may stand in backticks.\n"},
    {":sysinfo", "", "tell of the server, its databases, and what is in this one", false, sysinfo,
     "Rows like those of a statement, in the same format. They come from a connection of their\n"
     "own and see nothing of an open transaction.\n"},
    {":source", "FILE", "run the statements of a file", false, source,
     "Its first failure ends it (not with --fail-at-end). A file may have commands, :source\n"
     "too.\n"},
    {":history", "[clear]", "list what was typed, or forget it", false, history,
     "Statements with the word \"password\" and :connect with one are never remembered.\n"},
    {":help", "[COMMAND]", "this text, or that of one command", false, help,
     "COMMAND may be written with or without its colon.\n"},
    {":exit", "", "end; so do :quit and Ctrl-D", false, quit,
     "A transaction that is open is rolled back.\n"},
    {":quit", "", "end", true, quit, "The same as :exit.\n"},
};

const char *shell_command_name(size_t i) {
    return i < sizeof commands / sizeof *commands ? commands[i].name : NULL;
}

static bool is_named(const struct command *command, const char *name, size_t length) {
    return strlen(command->name) == length && strncasecmp(command->name, name, length) == 0;
}

static enum hm_status no_command(const char *name, size_t length, struct hm_error *err) {
    return hm_fail(err, HM_EARG, "no command %.*s; :help lists them",
                   (int)(length > 40 ? 40 : length), name);
}

static enum hm_status show_page(const char *name, struct hm_error *err) {
    const char *page = NULL;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const struct command *c = &commands[i];
        const char *listed = *name == ':' ? c->name : c->name + 1;
        if (strcasecmp(listed, name) != 0) continue;
        printf("%s%s%s\n    %s\n", c->name, *c->argument ? " " : "", c->argument, c->help);
        if (c->page) page = c->page;
    }
    if (!page) return no_command(name, strlen(name), err);
    printf("\n%s", page);
    return HM_OK;
}

static enum hm_status help(struct shell *shell, char *argument, struct hm_error *err) {
    (void)shell;
    if (*argument) return show_page(argument, err);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const struct command *c = &commands[i];
        bool fits = strlen(c->argument) <= 14;
        if (!c->alias) printf("  %-12s %-14s %s\n", c->name, fits ? c->argument : "...", c->help);
    }
    puts("\n:help COMMAND tells more. A statement ends with \";\" and may have several lines; "
         "Ctrl-C stops it.");
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
            app_flush_output();
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
