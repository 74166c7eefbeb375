// SPDX-License-Identifier: MIT
// Manual pages in the macros of man(7): hmrec.1 and one for each command.

#include <string.h>

#include "describe.h"

static FILE *page; // of the command at hand

// Text of a page: a hyphen is a minus, and no line begins with a macro.
static void put_text(const char *text) {
    if (*text == '.' || *text == '\'') fputs("\\&", page);
    for (; *text; text++)
        if (*text == '\\')
            fputs("\\e", page);
        else if (*text == '-')
            fputs("\\-", page);
        else
            putc(*text, page);
}

static void put_bold(const char *text) {
    fputs("\\fB", page);
    put_text(text);
    fputs("\\fR", page);
}

static void begin_page(const char *title, const char *name, const char *summary) {
    fprintf(page, ".\\\" Made by hmrec --generate from its tables of options.\n");
    fprintf(page, ".TH %s 1 \"\" \"hmrec %s\" \"hmrec\"\n.SH NAME\n", title, HM_VERSION);
    put_text(name);
    fputs(" \\- ", page);
    put_text(summary);
    putc('\n', page);
}

static void put_choices(const struct app_choice *list) {
    fputs(".RS\n", page);
    for (; list->name; list++) {
        if (!list->meaning) continue;
        fputs(".TP\n", page);
        put_bold(list->name);
        putc('\n', page);
        if (!*list->meaning || list->barred) continue; // what this machine lacks is no matter here
        put_text(list->meaning);
        putc('\n', page);
    }
    fputs(".RE\n", page);
}

static void put_option(const struct app_option *o) {
    char name[80];
    fputs(".TP\n", page);
    if (o->letter) {
        snprintf(name, sizeof name, "-%c", o->letter);
        put_bold(name);
        fputs(", ", page);
    }
    snprintf(name, sizeof name, "--%s", o->name);
    if (o->type != APP_ACTION) put_bold(name);
    if (o->metavar) {
        fprintf(page, "%s\\fI", o->type == APP_ACTION ? "" : " ");
        put_text(o->metavar);
        fputs("\\fR", page);
    }
    putc('\n', page);
    put_text(o->help);
    putc('\n', page);
    if (o->type == APP_CHOICE || o->type == APP_ACTION)
        put_choices(((const struct app_pick *)o->target)->list);
}

static void put_command(const struct app_command *command, const struct app_option *options) {
    static const struct app_option common[] = {
        {"quiet", 'q', APP_FLAG, NULL, "no progress, no notes; errors remain", NULL},
        {"help", 'h', APP_FLAG, NULL, "a summary of this page", NULL},
    };
    char name[64], title[64];
    snprintf(name, sizeof name, "hmrec-%s", command->name);
    snprintf(title, sizeof title, "HMREC-%s", command->name);
    for (char *c = title; *c; c++)
        if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 'a' + 'A');
    begin_page(title, name, command->summary);
    fputs(".SH SYNOPSIS\n", page);
    snprintf(name, sizeof name, "hmrec %s", command->name);
    put_bold(name);
    putc(' ', page);
    put_text(command->synopsis);
    fputs("\n.SH OPTIONS\n", page);
    for (; options->name; options++)
        put_option(options);
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        put_option(&common[i]);
    fputs(".SH EXIT STATUS\n0: all done. 1: something failed, named on standard error; the rest "
          "is done. 2: wrong usage.\n129, 130, 143: ended by a signal, with what was done kept.\n"
          ".SH SEE ALSO\n.BR hmrec (1)\n",
          page);
}

static const char *man_folder;
static int man_code;

static void write_command(const struct app_command *command, const struct app_option *options) {
    char name[64];
    snprintf(name, sizeof name, "man1/hmrec-%s.1", command->name);
    page = man_code == APP_OK ? app_page_open(man_folder, name) : NULL;
    if (!page) {
        man_code = APP_FAILED;
        return;
    }
    put_command(command, options);
    man_code = app_page_close(page, name);
}

static void put_main(const struct app_command *commands, size_t n) {
    begin_page("HMREC", "hmrec", "finds products that look alike");
    fputs(
        ".SH SYNOPSIS\n\\fBhmrec\\fR \\fICOMMAND\\fR [options]\n.SH DESCRIPTION\n"
        "Photos become embeddings by a ResNetV2 on hmrec's own kernels; they are kept in SQLite or "
        "Neo4j,\nand the products nearest to each are found and shown.\n.SH COMMANDS\n",
        page);
    for (size_t i = 0; i < n; i++) {
        fprintf(page, ".TP\n.BR hmrec\\-%s (1)\n", commands[i].name);
        put_text(commands[i].summary);
        putc('\n', page);
    }
    fputs(".SH ENVIRONMENT\nAn option goes before its variable; an empty variable counts as not "
          "set.\n",
          page);
    for (enum app_variable v = APP_NO_VARIABLE + 1; v < APP_VARIABLES; v++) {
        fputs(".TP\n", page);
        put_bold(app_variable_name(v));
        putc('\n', page);
        put_text(app_variable_meaning(v));
        putc('\n', page);
    }
    fputs(".SH EXIT STATUS\n0: all done. 1: something failed, named on standard error. 2: wrong "
          "usage.\n",
          page);
}

int app_write_man(const struct app_command *commands, size_t n, const char *folder) {
    man_folder = folder;
    man_code = APP_OK;
    page = app_page_open(folder, "man1/hmrec.1");
    if (!page) return APP_FAILED;
    put_main(commands, n);
    man_code = app_page_close(page, "hmrec.1");
    app_visit(commands, n, write_command);
    return man_code;
}
