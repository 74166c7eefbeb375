// SPDX-License-Identifier: MIT
/** What is written from the tables of commands and options: help, manual pages, completions. */
#ifndef HM_APP_DESCRIBE_H
#define HM_APP_DESCRIBE_H

#include <stdio.h>

#include "app.h"

/** When set, app_parse hands a command's table to it and does nothing else: that is how all tables
 *  are visited. */
extern void (*app_describe)(const struct app_command *command, const struct app_option *options);

/** hmrec COMMAND --help, on stdout. */
void app_print_help(const struct app_command *self, const struct app_option *options);
/** A line for each name of a list that has a meaning, so many blanks in front. */
void app_print_choices(FILE *out, const struct app_pick *pick, int indent);
/** text = "auto, join or fabric": those that can be had here. */
void app_list_choices(const struct app_choice *list, char *text, size_t size);

/** hmrec --generate DIR: manual pages in DIR/man1, completions in DIR/bash, DIR/zsh, DIR/fish.
 *  Returns the exit status. */
int app_generate(const struct app_command *commands, size_t n, const char *folder);

// ---- for those who write them (generate.c)

/** Hand each command and its table to `visit`. */
void app_visit(const struct app_command *commands, size_t n,
               void (*visit)(const struct app_command *command, const struct app_option *options));
/** Whether what an option takes is a file or folder, or may be one: by its metavar. */
bool app_takes_file(const struct app_option *option);
/** "auto join fabric": the names of a list that are shown. */
void app_put_names(FILE *out, const struct app_choice *list);

typedef int app_pages_fn(const struct app_command *commands, size_t n, const char *folder);
app_pages_fn app_write_man, app_write_bash, app_write_zsh, app_write_fish;

/** Open folder/name for writing; NULL: said on stderr. */
FILE *app_page_open(const char *folder, const char *name);
/** Close it. Returns the exit status; a failure is said. */
int app_page_close(FILE *out, const char *name);

#endif
