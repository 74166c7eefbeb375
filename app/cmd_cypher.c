// SPDX-License-Identifier: MIT
// hmrec cypher: statements from an argument, a file, standard input, a built-in script or a person
// -> rows.

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "formats/formats.h"
#include "shell/connect.h"
#include "shell/log.h"
#include "shell/shell.h"

enum { FETCH_ROWS = 1000, IDLE = 124 }; // an exit status, as that of timeout(1)

struct options {
    const char *query, *file, *params, *script, *password;
    const char **computed; // [computed_count] values of --param that are for the server to compute
    size_t computed_count, computed_capacity;
    struct import import;
    const char *new_password_file, *log;
    bool print, fail_fast, non_interactive, change_password;
    struct shell shell;
};

static enum hm_status set_param(void *context, const char *value, struct hm_error *err) {
    struct options *o = context;
    struct param_rest rest = {0};
    if (!o->computed_count) HM_TRY(params_assign(&o->shell.params, value, &rest, err));
    free(rest.name);
    if (!o->computed_count && !rest.expression) return HM_OK;
    // From the first such on in their order, for a later one wins.
    HM_TRY(hm_grow(&o->computed, &o->computed_capacity, o->computed_count + 1, sizeof *o->computed,
                   err));
    o->computed[o->computed_count++] = value;
    return HM_OK;
}

/** cypher-shell's "1h30m10s", each part once. */
static enum hm_status set_idle(void *context, const char *value, struct hm_error *err) {
    static const struct {
        char letter;
        unsigned seconds;
    } units[] = {{'h', 3600}, {'m', 60}, {'s', 1}};
    struct shell_options *options = context;
    const char *at = value;
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t digits = strspn(at, "0123456789");
        if (!digits || digits > 6 || at[digits] != units[i].letter) continue;
        sum += strtoull(at, NULL, 10) * units[i].seconds;
        at += digits + 1;
    }
    if (*at || !sum || sum > 1u << 30)
        return hm_fail(err, HM_EARG, "found \"%s\", expected a duration such as 1h30m, 10m or 90s",
                       value);
    options->idle_s = (unsigned)sum;
    return HM_OK;
}

static enum hm_status compute_params(struct options *o, struct hm_error *err) {
    for (size_t i = 0; i < o->computed_count; i++)
        HM_TRY(shell_assign(&o->shell, o->computed[i], err));
    return HM_OK;
}

// ---- built-in scripts

// Those that hmrec sends, then the examples.
static enum hm_status add_scripts(struct writer *writer, struct hm_error *err) {
    for (const struct hm_text *t = cypher_scripts; t->name; t++) {
        struct cypher_script script;
        char name[64];
        HM_TRY(cypher_describe(t, &script, err));
        snprintf(name, sizeof name, "%.*s", (int)strcspn(t->name, "."), t->name);
        const char *kind = t < cypher_scripts + CYPHER_SCRIPTS ? "sent" : "example";
        HM_TRY(writer_add(writer, (const char *const[]){name, kind, script.summary}, err));
    }
    return HM_OK;
}

static int list_scripts(unsigned format) {
    static const struct column columns[] = {
        {"script", false}, {"kind", false}, {"what it does", false}};
    struct writer_options options = {.format = format, .columns = columns, .n = 3};
    struct writer *writer;
    struct hm_error err;
    enum hm_status status = writer_new(&writer, &options, stdout, &err);
    if (status == HM_OK) status = add_scripts(writer, &err);
    if (status == HM_OK) status = writer_end(writer, true, &err);
    writer_free(writer);
    return status == HM_OK ? APP_OK : app_complain(&err);
}

static int print_script(const struct hm_text *script) {
    fputs(script->text, stdout);
    return APP_OK;
}

// ---- running

static enum hm_status read_statements(struct options *o, const struct hm_text *script,
                                      struct hm_error *err) {
    struct shell *shell = &o->shell;
    if (shell->options.interactive) {
        shell_read_person(shell);
        return HM_OK;
    }
    if (o->import.path) return shell_import(shell, o->query, &o->import, err);
    if (o->query) {
        shell_read_text(shell, o->query);
    } else if (script) {
        shell->source = script->name;
        shell_read_text(shell, script->text);
    } else if (o->file && strcmp(o->file, "-") != 0) {
        return shell_read_file(shell, o->file, err);
    } else {
        shell->source = "stdin";
        return shell_read_fd(shell, STDIN_FILENO, err);
    }
    return HM_OK;
}

/** Take a password out of the arguments, which other users of the machine can see. */
static enum hm_status take_password(const char *given, int argc, char **argv,
                                    struct hm_error *err) {
    app_server.password = strdup(given);
    for (int i = 1; i < argc; i++) {
        size_t length = strlen(argv[i]);
        if (given >= argv[i] && given <= argv[i] + length) explicit_bzero(argv[i], length);
    }
    return app_server.password ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a password");
}

static enum hm_status resolve(struct shell *shell, struct hm_error *err) {
    if (!app_server.uri) app_server.uri = app_variable(APP_NEO4J_URI);
    if (!app_server.uri) app_server.uri = app_variable(APP_NEO4J_ADDRESS);
    shell->options.unnamed = !app_server.uri;
    if (!app_server.uri) app_server.uri = "neo4j://localhost:7687";
    HM_TRY(connect_address(&app_server, &shell->texts, err));
    if (app_server.client_key_password_file)
        HM_TRY(app_password_read(&app_server.client_key_password,
                                 app_server.client_key_password_file, err));
    return app_server_resolve(&app_server, err);
}

static enum hm_status change_password(struct options *o, struct hm_error *err) {
    char *password = NULL;
    if (o->new_password_file) HM_TRY(app_password_read(&password, o->new_password_file, err));
    return connect_change_password(&o->shell, password, err);
}

static enum hm_status run_all(struct options *o, const struct hm_text *script,
                              struct hm_error *err) {
    if (o->change_password) return change_password(o, err);
    HM_TRY(compute_params(o, err));
    return read_statements(o, script, err);
}

static int run_statements(struct options *o, const struct hm_text *script) {
    struct hm_error err = {0};
    struct shell *shell = &o->shell;
    enum hm_status status = HM_OK;
    if (o->params) status = params_read_file(&shell->params, o->params, &err);
    app_catch_signals();
    if (status == HM_OK && o->log) status = log_open(o->log, &err);
    if (status == HM_OK) status = resolve(shell, &err);
    if (status == HM_OK) status = shell_open(shell, &app_server, &err);
    if (status == HM_OK) status = run_all(o, script, &err);
    if (status != HM_OK && !(status == HM_ECANCELED && app_signal())) app_complain(&err);
    shell_close(shell);
    log_close();
    app_server_forget(&app_server);
    free(o->computed);
    if (app_signal()) return 128 + app_signal();
    if (shell->idle && status == HM_OK) return IDLE;
    return status == HM_OK && !shell->failed ? APP_OK : APP_FAILED;
}

/** More than one source of statements, or options that exclude each other. */
static int check(const struct app_command *self, const struct options *o) {
    if (!!o->query + !!o->file + !!o->script > 1)
        return app_usage(self, "found more than one of a query, --file and --script");
    if (o->fail_fast && o->shell.options.fail_at_end)
        return app_usage(self, "found both --fail-fast and --fail-at-end");
    if (o->print && (o->query || o->file))
        return app_usage(self, "--print shows a --script, or lists them");
    if (o->change_password && (o->query || o->file || o->script || o->import.path))
        return app_usage(self, "--change-password runs no statements");
    if (o->new_password_file && !o->change_password)
        return app_usage(self, "--new-password-file is for --change-password");
    if (app_server.client_key_password_file && !app_server.client_certificate)
        return app_usage(self, "--client-key-password-file is for --client-cert");
    bool csv = o->import.path != NULL;
    if (csv && !o->query)
        return app_usage(self, "--csv needs a query, such as "
                               "'UNWIND $rows AS row CREATE (n:Product) SET n = row'");
    if (!csv && (o->import.resume || o->import.batch))
        return app_usage(self, "--resume and --batch-size are for --csv");
    if (o->params && csv && strcmp(o->params, "-") == 0 && strcmp(o->import.path, "-") == 0)
        return app_usage(self, "--params - and --csv - cannot both be standard input");
    if (o->params && strcmp(o->params, "-") == 0 && !o->query && !o->file && !o->script)
        return app_usage(self, "--params - and the statements cannot both be standard input");
    return APP_CONTINUE;
}

int cmd_cypher(const struct app_command *self, int argc, char **argv) {
    struct options o = {.shell.options = {.fetch_size = FETCH_ROWS}};
    struct shell_options *s = &o.shell.options;
    static const struct app_choice modes[] = {
        {"read", "neo4j:// may ask the readers of a cluster", BOLT_READ, false},
        {"write", "", BOLT_WRITE, false},
        {0}};
    static const struct app_choice encryptions[] = {
        {"default", "as the scheme says", BOLT_TLS_BY_SCHEME, false},
        {"true", "also without +s; verified", BOLT_TLS_VERIFIED, false},
        {"false", "never", BOLT_TLS_OFF, false},
        {0}};
    static const struct app_choice wraps[] = {
        {"true", "", true, false}, {"false", "it is cut", false, false}, {0}};
    struct app_pick format = {.list = format_shell_choices(), .value = FORMAT_TABLE};
    struct app_pick access = {.list = modes, .value = BOLT_WRITE};
    struct app_pick encryption = {.list = encryptions, .value = BOLT_TLS_BY_SCHEME};
    struct app_pick wrap = {.list = wraps, .value = true};
    struct app_each param = {set_param, &o}, idle = {set_idle, s};
    bool version = false;
    const struct app_option options[] = {
        {"file", 'f', APP_TEXT, "FILE", "statements with \";\" between them (\"-\": stdin)",
         &o.file},
        {"script", 0, APP_TEXT, "NAME",
         "a query that hmrec itself sends, or an example; see --print", &o.script},
        {"print", 0, APP_FLAG, NULL, "show the --script, or list all of them", &o.print},
        {"param", 'P', APP_EACH, "NAME=VALUE",
         "JSON, otherwise text; or 'name => expression', '{name: expression}'", &param},
        {"csv", 0, APP_TEXT, "FILE",
         "run the query for the rows of a CSV file (\"-\": stdin), as $rows: a list of maps",
         &o.import.path},
        {"batch-size", 0, APP_COUNT, "N", "rows of --csv in one transaction (default 1000)",
         &o.import.batch},
        {"resume", 0, APP_TEXT, "FILE",
         "remember in FILE how far --csv has come; go on behind what is done", &o.import.resume},
        {"params", 0, APP_TEXT, "FILE", "parameters: one JSON object (\"-\": stdin)", &o.params},
        {"uri", 'a', APP_TEXT, "URI",
         "or HOST:PORT; default $NEO4J_URI, $NEO4J_ADDRESS, else neo4j://localhost:7687",
         &app_server.uri},
        {"address", 0, APP_TEXT, "URI", "the same", &app_server.uri},
        {"store", 's', APP_TEXT, "URI", "the same, as the other commands call it", &app_server.uri},
        {"username", 'u', APP_TEXT, "NAME", "default $NEO4J_USERNAME, else neo4j",
         &app_server.user},
        {"password", 'p', APP_TEXT, "TEXT", "seen by other users of the machine: prefer the next",
         &o.password},
        {"password-file", 0, APP_TEXT, "FILE",
         "its first line is the password; default $NEO4J_PASSWORD, else asked for",
         &app_server.password_file},
        {"change-password", 0, APP_FLAG, NULL, "ask for another password, set it, and end",
         &o.change_password},
        {"new-password-file", 0, APP_TEXT, "FILE",
         "its first line is the other password (--change-password)", &o.new_password_file},
        {"database", 'd', APP_TEXT, "NAME", "default $NEO4J_DATABASE, else the home database",
         &app_server.database},
        {"ca", 0, APP_TEXT, "FILE", "trust these certificates (PEM), not the system's",
         &app_server.ca_file},
        {"client-cert", 0, APP_TEXT, "FILE", "show this certificate (PEM)",
         &app_server.client_certificate},
        {"client-key", 0, APP_TEXT, "FILE", "its key (PEM), unless in the same file",
         &app_server.client_key},
        {"client-key-password-file", 0, APP_TEXT, "FILE",
         "its first line is the password of an encrypted key",
         &app_server.client_key_password_file},
        {"access-mode", 0, APP_CHOICE, "MODE", "what the statements do:", &access},
        {"fail-fast", 0, APP_FLAG, NULL, "end at the first failure (default)", &o.fail_fast},
        {"fail-at-end", 0, APP_FLAG, NULL, "go on, and fail at the end", &s->fail_at_end},
        {"retry", 0, APP_FLAG, NULL, "statements in transactions that ride out transient failures",
         &s->retry},
        {"read-timeout", 0, APP_COUNT, "SECONDS",
         "give a silent server up (default: what it hints at, else 300)", &s->read_timeout_s},
        {"fetch-size", 0, APP_COUNT, "N", "rows on their way at once (default 1000)",
         &s->fetch_size},
        FORMAT_OPTION(&format),
        {"sample-rows", 0, APP_COUNT, "N",
         "rows whose widths a table has (default: the fetch size)", &s->sample_rows},
        {"wrap", 0, APP_CHOICE, "WHEN",
         "in format verbose, what is too wide goes on below:", &wrap},
        {"encryption", 0, APP_CHOICE, "WHEN", "whether the connection is encrypted:", &encryption},
        {"impersonate", 0, APP_TEXT, "NAME", "run statements as this user", &s->impersonated_user},
        {"history", 0, APP_TEXT, "FILE", "remember statements there (in-memory: nowhere)",
         &s->history},
        {"log", 0, APP_TEXT, "FILE",
         "append the dialogue with the server, without passwords and rows (\"-\": stderr)", &o.log},
        {"idle-timeout", 0, APP_EACH, "DURATION",
         "on a terminal: end, with status 124, when nothing was typed for so long, as 1h30m or 10m",
         &idle},
        {"notifications", 0, APP_FLAG, NULL, "the server's notifications, also with --quiet",
         &s->notifications},
        {"non-interactive", 0, APP_FLAG, NULL, "read standard input even if it is a terminal",
         &o.non_interactive},
        {"version", 'v', APP_FLAG, NULL, "of hmrec", &version},
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    s->access = (enum bolt_access)access.value;
    s->format = format.value;
    s->cut = !wrap.value;
    s->tls = (enum bolt_tls)encryption.value;
    if (code == APP_CONTINUE && argc - first > 1)
        code = app_usage(self, "found \"%s\" behind the query; quote a query as one argument",
                         argv[first + 1]);
    if (code == APP_CONTINUE && first < argc) o.query = argv[first];
    if (code == APP_CONTINUE) code = check(self, &o);
    const struct hm_text *script = o.script ? cypher_find(o.script) : NULL;
    if (code == APP_CONTINUE && o.script && !script)
        code = app_usage(self, "no script \"%s\"; hmrec cypher --print lists them", o.script);
    if (code != APP_CONTINUE) {
        params_free(&o.shell.params);
        free(o.computed);
        return code;
    }
    if (version) return puts("hmrec " HM_VERSION) < 0 ? APP_FAILED : APP_OK;
    if (o.print)
        return script ? print_script(script)
                      : list_scripts(s->format == FORMAT_AUTO ? FORMAT_PLAIN : s->format);
    s->prompts = !o.non_interactive && isatty(STDIN_FILENO) == 1;
    s->interactive = !o.query && !o.file && !script && !o.change_password && s->prompts;
    if (s->format == FORMAT_AUTO)
        s->format = !o.non_interactive && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
                        ? FORMAT_VERBOSE
                        : FORMAT_PLAIN;
    struct hm_error err;
    if (o.password && take_password(o.password, argc, argv, &err) != HM_OK)
        return app_complain(&err);
    return run_statements(&o, script);
}
