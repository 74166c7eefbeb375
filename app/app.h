// SPDX-License-Identifier: MIT
/** What every command needs: its row, its options, messages, progress, signals. Only app/ prints,
 *  exits and reads the environment. */
#ifndef HM_APP_H
#define HM_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "environment.h"
#include "hmrec/host.h"
#include "hmrec/status.h"
#include "mem.h"

enum app_exit { APP_OK = 0, APP_FAILED = 1, APP_USAGE = 2 };

/** A row of the table in main.c. */
struct app_command {
    const char *name;
    const char *synopsis; // what follows "hmrec NAME "
    const char *summary;  // one line
    int (*run)(const struct app_command *self, int argc,
               char **argv); // argv[0] is the command's name; returns the exit status
};

// ---- options (options.c)

enum app_option_type {
    APP_FLAG,   // bool
    APP_TEXT,   // const char *
    APP_COUNT,  // unsigned >= 1
    APP_NUMBER, // uint64_t
    APP_REAL,   // double >= 0
    APP_SHARE,  // double from 0 to 1
    APP_CHOICE, // struct app_pick: one of a list
    APP_ACTION, // struct app_pick: no option but the first operand, one of a list
    APP_EACH    // struct app_each: called at every occurrence with context
};

struct app_option {
    const char *name; // without "--"
    char letter;      // 0: none; a letter has one meaning in all commands (CONTRIBUTING.md)
    enum app_option_type type;
    const char *metavar; // NULL for flags
    const char *help;
    void *target; // what the type says
};

/** One of the names that an option takes. A list ends with a row without name. */
struct app_choice {
    const char *name;
    // One line, "" where the name says it all; NULL: a spelling that is accepted but not listed.
    const char *meaning;
    unsigned value;
    bool barred; // known, but not to be had here: the meaning says why
};

enum { APP_UNPICKED = 0xffff }; // value of a pick without default

/** What was picked from a list: help, errors and completions come from the list. */
struct app_pick {
    const struct app_choice *list;
    unsigned value;             // the default; then that of the row picked
    const char *given;          // the row's name; NULL: the default holds
    bool typed;                 // given on the command line, not by the variable
    enum app_variable variable; // asked where the option is not given
};

struct app_each {
    enum hm_status (*fn)(void *context, const char *value, struct hm_error *err);
    void *context;
};

enum { APP_CONTINUE = -1 };

/** Read options (table ended by a row without name) and set the targets. Operands are moved behind:
 *  argv[*first] on. Returns APP_CONTINUE, or the exit status: --help was asked for and printed, or
 *  wrong usage was reported. */
int app_parse(const struct app_command *self, const struct app_option *options, int argc,
              char **argv, int *first);

/** Whether a file's name ends so (".svg"), in small or capital letters; else wrong usage has been
 *  reported. */
bool app_ends_in(const struct app_command *self, const char *option, const char *file,
                 const char *ending);

// ---- messages (messages.c)

/** "hmrec: ..." on stderr, on a line of its own even while a progress line stands there. Whatever
 *  could move the cursor or pass for a message is shown as an escape (\n, \x1b, \u202e). Any
 *  thread. */
HM_PRINTF(1, 2) void app_say(const char *format, ...);
/** The same for a text of any length; it may have several lines. */
void app_say_text(const char *text, size_t length);
/** Report wrong usage: "hmrec embed: ...; see hmrec embed --help". self NULL: of hmrec itself.
 *  Returns APP_USAGE. */
HM_PRINTF(2, 3) int app_usage(const struct app_command *self, const char *format, ...);
/** The same with err's text. Returns APP_FAILED. */
int app_complain(const struct hm_error *err);
/** What a user of the program can do about an error of the library, to be appended to its text, or
 *  "". */
const char *app_hint(const struct hm_error *err);
/** app_say unless --quiet (app_quiet = true). */
HM_PRINTF(1, 2) void app_note(const char *format, ...);
extern bool app_quiet;

/** Rate, done/total and time left: on stderr when it is a terminal, a line every 10 s when not,
 *  nothing when quiet. */
struct progress;
/** what: "pictures". total 0: not known. NULL when memory is out: the other functions accept
 *  NULL. */
struct progress *progress_new(const char *what, uint64_t total);
void progress_set(struct progress *progress, uint64_t done);
/** What it counts; "" for NULL. Borrowed. */
const char *progress_what(const struct progress *progress);
void progress_free(struct progress *progress);

/** The host of the pipeline: stderr and the signals. (host.c) */
const struct hm_host *app_host(void);
/** Wipe the progress of a job that has ended. */
void app_host_rest(void);
/** What a command returns after a failure: err on stderr; 128 + the signal if one was the reason,
 *  else APP_FAILED. */
int app_ended(enum hm_status status, const struct hm_error *err);

// ---- standard output (output.c)

/** First thing: descriptors 0 to 2 that are closed become ones that refuse, so that no file or
 *  socket gets their number; and the program ends in silence when nobody reads its output any
 *  longer (SIGPIPE). */
void app_open_standard(void);
/** Standard output takes no more: errno says why. Returns HM_EIO. */
enum hm_status app_output_lost(struct hm_error *err);
/** Flush standard output between results; app_close_output tells what came of it. */
void app_flush_output(void);
/** Last thing: flush and close standard output. Returns code, or APP_FAILED instead of APP_OK when
 *  something was lost. */
int app_close_output(int code);

// ---- signals (signals.c)

/** From now on SIGINT, SIGTERM and SIGHUP only set app_signal (0 now); a second one of a kind ends
 *  the process at once. What was ignored when the program started (nohup) stays so. */
void app_catch_signals(void);
/** A mapped file that is cut short is a message and exit status 1, not a process that dies without
 *  a word. path: the file's; copied. */
void app_guard_file(const char *path);
/** 0, or the signal that came: the exit status is then 128 + it. */
int app_signal(void);
/** Wait until fd can be read. false: a signal came; unlike with a bare read() one that came just
 *  before counts too. */
bool app_wait_readable(int fd);
enum app_wait { APP_WAIT_READY, APP_WAIT_SIGNAL, APP_WAIT_TIMEOUT };
/** The same for so long at most; 0: without end. */
enum app_wait app_wait_readable_for(int fd, unsigned seconds);

#endif
