// SPDX-License-Identifier: MIT
/** What is written from the tables of commands and options: help, manual pages, completions. */
#ifndef HM_APP_DESCRIBE_H
#define HM_APP_DESCRIBE_H

#include <stdio.h>

#include "app.h"

/** When set, app_parse hands a command's table to it and does nothing else: that is how all tables are visited. */
extern void (*app_describe)(const struct app_command *command, const struct app_option *options);

/** hmrec COMMAND --help, on stdout. */
void app_print_help(const struct app_command *self, const struct app_option *options);
/** A line for each name of a list that has a meaning, so many blanks in front. */
void app_print_choices(FILE *out, const struct app_pick *pick, int indent);
/** text = "auto, join or fabric": those that can be had here. */
void app_list_choices(const struct app_choice *list, char *text, size_t size);

#endif
