// SPDX-License-Identifier: MIT
// The help of a command, from its row and its table of options.

#include "describe.h"

#include <string.h>

void (*app_describe)(const struct app_command *command, const struct app_option *options);

void app_print_choices(FILE *out, const struct app_pick *pick, int indent) {
    for (const struct app_choice *c = pick->list; c->name; c++) {
        if (!c->meaning) continue;
        const char *mark = c->value == pick->value ? "(default)" : "";
        bool alone = !*c->meaning && !*mark;
        fprintf(out, "%*s%-*s%s%s%s%s\n", indent, "", alone ? 0 : 9, c->name, alone ? "" : " ",
                c->meaning, *c->meaning && *mark ? " " : "", mark);
    }
}

static void print_option(const struct app_option *o) {
    enum { CHOICES_AT = 31 };
    char left[64];
    int length = o->letter ? snprintf(left, sizeof left, "-%c, --%s", o->letter, o->name)
                           : snprintf(left, sizeof left, "--%s", o->name);
    if (o->type == APP_ACTION) length = snprintf(left, sizeof left, "%s", o->metavar);
    if (o->type != APP_ACTION && o->metavar && length > 0 && (size_t)length < sizeof left)
        snprintf(left + length, sizeof left - (size_t)length, " %s", o->metavar);
    printf("  %-26s %s\n", left, o->help);
    if (o->type == APP_CHOICE || o->type == APP_ACTION)
        app_print_choices(stdout, o->target, CHOICES_AT);
}

void app_print_help(const struct app_command *self, const struct app_option *options) {
    printf("hmrec %s: %s\n\nusage: hmrec %s %s\n\n", self->name, self->summary, self->name,
           self->synopsis);
    for (const struct app_option *o = options; o->name; o++)
        print_option(o);
    printf("  %-26s %s\n  %-26s %s\n", "-q, --quiet", "no progress, no notes; errors remain",
           "-h, --help", "this text");
}
