// SPDX-License-Identifier: MIT
/** hmrec cypher: text -> statements -> a server -> rows on stdout; everything else on stderr. */
#ifndef HM_APP_CYPHER_SHELL_H
#define HM_APP_CYPHER_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "hmrec/bolt.h"
#include "cypher.h"
#include "shell/params.h"
#include "server.h"

struct shell_options {
    enum bolt_access access;
    unsigned format; // of FORMATS
    unsigned fetch_size;
    unsigned read_timeout_s; // of a silent server; 0: its hint, or the driver's own
    unsigned sample_rows;    // whose widths a table has; 0: fetch_size
    bool cut;                // see writer_options
    enum bolt_tls tls;
    unsigned idle_s;               // a person is given up who types nothing for so long; 0: never
    bool notifications;            // also when quiet
    const char *impersonated_user; // NULL: none
    const char *history;           // a file, or "in-memory"; NULL: the usual file
    bool retry;                    // each statement in a managed transaction
    bool fail_at_end;              // go on behind a failure
    bool interactive;              // go on in any case, and say more
    bool unnamed;                  // the server is the default one
    bool prompts;                  // there is a person to ask for another password
};

/** A chain of statements on one server. */
struct shell {
    struct shell_options options;
    struct params params;
    struct app_server login;    // where it connects to; texts borrowed or in texts
    struct hm_arena texts;      // of :connect and :impersonate
    struct bolt_driver *driver; // NULL: :disconnect
    struct bolt_session *session;
    struct bolt_tx *tx;
    bool tx_failed; // :begin's transaction is gone, but :commit or :rollback is still due
    char *database; // of the session; owned; NULL: the home database
    const char *source;
    size_t line; // where the statement began, when source is not NULL
    bool wrote;  // a result
    bool failed, quit;
    bool idle;             // a person typed nothing for too long
    bool ended;            // the input was read to its end
    unsigned sources;      // files that are being read, one because of the other
    struct editor *editor; // NULL: there is no person
    struct names *names;   // of the database; NULL: nobody wanted one (names.c)
    uint64_t give_up_ns;   // when a question that nobody waits for long ends; 0: none is asked
};

/** Connects nowhere yet, except when interactive.
 *  server  its texts are borrowed, its password is taken: server->password becomes NULL */
HM_WARN_UNUSED enum hm_status shell_open(struct shell *shell, struct app_server *server,
                                         struct hm_error *err);
/** Go on at another server, or as another user, who must be let in; nothing changes otherwise.
 *  login  its password is taken unless it is the shell's own already */
HM_WARN_UNUSED enum hm_status shell_log_in(struct shell *shell, struct app_server *login,
                                           struct hm_error *err);
/** Whether statements can be run.
 *  errors  HM_EIO: disconnected; HM_ECONFLICT: the transaction has failed */
HM_WARN_UNUSED enum hm_status shell_is_ready(const struct shell *shell, struct hm_error *err);
/** Another database (NULL: home); what was done so far will be seen there. */
HM_WARN_UNUSED enum hm_status shell_use(struct shell *shell, const char *database,
                                        struct hm_error *err);
/** Rolls back what is open, which is a failure unless interactive. */
void shell_close(struct shell *shell);

/** Run a statement or, from ":" on, a command. A failure is reported and remembered. */
void shell_run(struct shell *shell, const char *text);
/** The open transaction, if there is one, is rolled back; it cannot be committed any longer. */
void shell_fail_tx(struct shell *shell);
/** Report a failure inside the open transaction, which ends it. */
void shell_fail(struct shell *shell, const struct hm_error *err);
/** Report a failure of the statement at hand. (run.c) */
void shell_complain(struct shell *shell, const struct hm_error *failed);

/** The value of a Cypher expression, as the server computes it in the open transaction, becomes a
 *  parameter; name NULL: the entries of a map become parameters. (run.c) */
HM_WARN_UNUSED enum hm_status shell_evaluate(struct shell *shell, const char *name,
                                             const char *expression, struct hm_error *err);
/** :param's argument, or that of --param, in any form of params_assign. (run.c) */
HM_WARN_UNUSED enum hm_status shell_assign(struct shell *shell, const char *text,
                                           struct hm_error *err);
/** Send a query, print its rows and summary. (run.c) */
HM_WARN_UNUSED enum hm_status shell_query(struct shell *shell, const char *text,
                                          struct hm_error *err);
/** A query that runs many times, its rows one result. (run.c) */
struct shell_series;
/** text  borrowed until shell_series_end */
HM_WARN_UNUSED enum hm_status shell_series_new(struct shell_series **out, struct shell *shell,
                                               const char *text, struct hm_error *err);
/** Once more, with that parameter beside the shell's. */
HM_WARN_UNUSED enum hm_status shell_series_run(struct shell_series *series, const char *name,
                                               const struct bolt_value *value,
                                               struct hm_error *err);
/** Write what is left of the rows and the summary of all; frees the series. */
HM_WARN_UNUSED enum hm_status shell_series_end(struct shell_series *series, bool whole,
                                               struct hm_error *err);

struct import {
    const char *path;   // a CSV file; "-": standard input
    const char *resume; // a file that remembers how far it has come; NULL: nothing does
    unsigned batch;     // rows in one transaction
};
/** Run a query for the rows of a CSV file, batch by batch, as the parameter $rows: a list of maps.
 *  Rows and batches that fail are reported, and end it unless fail_at_end. (import.c)
 *  errors  those of the file */
HM_WARN_UNUSED enum hm_status shell_import(struct shell *shell, const char *query,
                                           const struct import *import, struct hm_error *err);
/** The name of the i-th command, with its colon; NULL behind the last. Some come twice.
 *  (commands.c) */
const char *shell_command_name(size_t i);
/** text begins with ":". (commands.c) */
HM_WARN_UNUSED enum hm_status shell_command(struct shell *shell, const char *text,
                                            struct hm_error *err);

// ---- text -> statements (input.c)

/** The statements of a text, a file descriptor, or a person. Each ends early at :exit, at a failure
 * unless fail_at_end, and at a signal unless interactive. */
void shell_read_text(struct shell *shell, const char *text);
HM_WARN_UNUSED enum hm_status shell_read_fd(struct shell *shell, int fd, struct hm_error *err);
/** A file's; statements are named after it. An input that is under way goes on behind it. A failure
 *  ends it also where a person has asked for it, unless fail_at_end.
 *  errors  HM_EIO; HM_EARG: files that read each other without end */
HM_WARN_UNUSED enum hm_status shell_read_file(struct shell *shell, const char *path,
                                              struct hm_error *err);
void shell_read_person(struct shell *shell);
/** Whether nothing is missing behind the last of the statements and commands of a text. */
bool shell_is_whole(const char *text, size_t length);

// ---- lines of a person (editor.c, or editor_none.c without a line editor)

struct editor;
/** shell: its options say where the history is; it knows what a word may become. NULL: no
 *  memory. */
struct editor *editor_new(struct shell *shell);
/** What a person enters: a line with its newline, or where the terminal can show several lines,
 *  whole statements. Borrowed until the next call.
 *  goes_on  it is a line of what was not whole
 *  returns  NULL: end of input, app_signal(), or too long a silence: shell->idle */
const char *editor_line(struct editor *editor, const char *prompt, bool goes_on);
/** Remember a statement. */
void editor_remember(struct editor *editor, const char *statement);
/** Write down what is remembered, the oldest first. false: nothing is remembered here. */
bool editor_list(struct editor *editor, FILE *file);
void editor_forget(struct editor *editor);
void editor_free(struct editor *editor);

#endif
