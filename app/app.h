// SPDX-License-Identifier: MIT
/** What every command needs: its row, its options, messages, progress, signals. Only app/ prints, exits and reads the environment. */
#ifndef HM_APP_H
#define HM_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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
    APP_REAL,   // double
    APP_EACH    // app_each_fn *, called at every occurrence with context
};

struct app_option {
    const char *name; // without "--"
    char letter;      // 0: none
    enum app_option_type type;
    const char *metavar; // NULL for flags
    const char *help;
    void *target; // what the type says; for APP_EACH a struct app_each *
};

struct app_each {
    enum hm_status (*fn)(void *context, const char *value, struct hm_error *err);
    void *context;
};

enum { APP_CONTINUE = -1 };

/** Read options (table ended by a row without name) and set the targets. Operands are moved behind: argv[*first] on.
 *  Returns APP_CONTINUE, or the exit status: --help was asked for and printed, or wrong usage was reported. */
int app_parse(const struct app_command *self, const struct app_option *options, int argc,
              char **argv, int *first);

/** Report wrong usage ("hmrec embed: ...; see hmrec embed --help"). Returns APP_USAGE. */
HM_PRINTF(2, 3) int app_usage(const struct app_command *self, const char *format, ...);

// ---- messages (messages.c)

/** "hmrec: ..." on stderr, on a line of its own even while a progress line stands there. Any thread. */
HM_PRINTF(1, 2) void app_say(const char *format, ...);
/** The same with err's text. Returns APP_FAILED. */
int app_complain(const struct hm_error *err);
/** app_say unless --quiet (app_quiet = true). */
HM_PRINTF(1, 2) void app_note(const char *format, ...);
extern bool app_quiet;

/** Rate, done/total and time left: on stderr when it is a terminal, a line every 10 s when not, nothing when quiet. */
struct progress;
/** what: "pictures". total 0: not known. NULL when memory is out: the other functions accept NULL. */
struct progress *progress_new(const char *what, uint64_t total);
void progress_set(struct progress *progress, uint64_t done);
/** What it counts; "" for NULL. Borrowed. */
const char *progress_what(const struct progress *progress);
void progress_free(struct progress *progress);

/** The host of the pipeline: stderr and the signals. (host.c) */
const struct hm_host *app_host(void);
/** Wipe the progress of a job that has ended. */
void app_host_rest(void);
/** What a command returns after a failure: err on stderr; 128 + the signal if one was the reason, else APP_FAILED. */
int app_ended(enum hm_status status, const struct hm_error *err);

// ---- signals (signals.c)

/** From now on SIGINT and SIGTERM only set app_signal (0 now); a second one of a kind ends the process at once. */
void app_catch_signals(void);
/** 0, or the signal that came: the exit status is then 128 + it. */
int app_signal(void);
/** Wait until fd can be read. false: a signal came; unlike with a bare read() one that came just before counts too. */
bool app_wait_readable(int fd);

#endif
