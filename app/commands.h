// SPDX-License-Identifier: MIT
/** The commands' entry points: one a row in main.c, each in its cmd_NAME.c. */
#ifndef HM_APP_COMMANDS_H
#define HM_APP_COMMANDS_H

#include "app.h"

int cmd_bench(const struct app_command *self, int argc, char **argv);
int cmd_embed(const struct app_command *self, int argc, char **argv);
int cmd_export(const struct app_command *self, int argc, char **argv);
int cmd_import(const struct app_command *self, int argc, char **argv);
int cmd_load(const struct app_command *self, int argc, char **argv);
int cmd_merge(const struct app_command *self, int argc, char **argv);
int cmd_knn(const struct app_command *self, int argc, char **argv);
int cmd_pixels(const struct app_command *self, int argc, char **argv);
int cmd_cypher(const struct app_command *self, int argc, char **argv);
int cmd_setup(const struct app_command *self, int argc, char **argv);
int cmd_similar(const struct app_command *self, int argc, char **argv);
int cmd_eval(const struct app_command *self, int argc, char **argv);
int cmd_gallery(const struct app_command *self, int argc, char **argv);
int cmd_prune(const struct app_command *self, int argc, char **argv);
int cmd_remove(const struct app_command *self, int argc, char **argv);
int cmd_weights(const struct app_command *self, int argc, char **argv);
int cmd_worker(const struct app_command *self, int argc, char **argv);
int cmd_info(const struct app_command *self, int argc, char **argv);

#endif
