// SPDX-License-Identifier: MIT
// A command's options are a table; getopt_long reads it and --help prints it, so that neither can
// forget one.

#include <errno.h>
#include <float.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app.h"
#include "describe.h"
#include "resources.h"
#include "suggest.h"

enum { MAX_OPTIONS = 60, LONG_CODE = 1000 };

static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *value) {
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    *value = number;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && number >= least &&
           number <= most;
}

// Neither "nan" nor "inf", which strtod takes as well.
static bool read_real(const char *text, double most, double *value) {
    char *end;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && *value >= 0 && *value <= most;
}

// ---- choices

static const struct app_choice *find_choice(const struct app_choice *list, const char *name) {
    for (; list->name; list++)
        if (strcmp(list->name, name) == 0) return list;
    return NULL;
}

void app_list_choices(const struct app_choice *list, char *text, size_t size) {
    size_t left = 0, used = 0;
    for (const struct app_choice *c = list; c->name; c++)
        left += c->meaning && !c->barred;
    *text = '\0';
    for (const struct app_choice *c = list; c->name; c++) {
        if (!c->meaning || c->barred) continue;
        const char *between = --left == 0 ? "" : left == 1 ? " or " : ", ";
        int length = snprintf(text + used, size - used, "%s%s", c->name, between);
        used += (size_t)length < size - used ? (size_t)length : size - used - 1;
    }
}

static int set_choice(const struct app_command *self, const char *what, struct app_pick *pick,
                      const char *value) {
    const struct app_choice *found = find_choice(pick->list, value);
    char names[256];
    if (found && !found->barred) {
        pick->value = found->value;
        pick->given = found->name;
        return APP_CONTINUE;
    }
    app_list_choices(pick->list, names, sizeof names);
    if (found)
        return app_usage(self, "invalid argument \"%s\" for %s: %s; should be %s", value, what,
                         found->meaning, names);
    return app_usage(self, "invalid argument \"%s\" for %s; should be %s", value, what, names);
}

// An option that was not given may have its default in the environment.
static int ask_environment(const struct app_command *self, const struct app_option *options) {
    for (const struct app_option *o = options; o->name; o++) {
        struct app_pick *pick = o->type == APP_CHOICE ? o->target : NULL;
        if (!pick || pick->given || !pick->variable) continue;
        const char *value = app_variable(pick->variable);
        int code =
            value ? set_choice(self, app_variable_name(pick->variable), pick, value) : APP_CONTINUE;
        if (code != APP_CONTINUE) return code;
    }
    return APP_CONTINUE;
}

// The first operand, where it says what to do.
static int take_action(const struct app_command *self, const struct app_option *options, int argc,
                       char **argv, int *first) {
    for (const struct app_option *o = options; o->name; o++) {
        if (o->type != APP_ACTION) continue;
        struct app_pick *pick = o->target;
        const struct app_choice *found =
            *first < argc ? find_choice(pick->list, argv[*first]) : NULL;
        if (found) {
            pick->value = found->value;
            pick->given = found->name;
            ++*first;
            continue;
        }
        char names[256];
        app_list_choices(pick->list, names, sizeof names);
        if (*first < argc)
            app_usage(self, "found \"%s\", expected %s", argv[*first], names);
        else
            app_usage(self, "no %s given; expected %s", o->metavar, names);
        app_print_choices(stderr, pick, 2);
        return APP_USAGE;
    }
    return APP_CONTINUE;
}

// ---- options

// A file, a folder, a store: what "" would name is none of them, and a script whose variable is not
// set means none.
static bool must_name(const struct app_option *o) {
    return strcmp(o->metavar, "NAME") != 0 && strcmp(o->metavar, "TEXT") != 0;
}

static int set_option(const struct app_command *self, const struct app_option *o,
                      const char *value) {
    uint64_t number;
    char what[64];
    struct hm_error err;
    snprintf(what, sizeof what, "option --%s", o->name);
    switch (o->type) {
    case APP_FLAG:
        *(bool *)o->target = true;
        return APP_CONTINUE;
    case APP_TEXT:
        if (!*value && must_name(o))
            return app_usage(self, "invalid argument \"\" for %s; should be a %s", what,
                             o->metavar);
        *(const char **)o->target = value;
        return APP_CONTINUE;
    case APP_COUNT:
        if (!read_number(value, 1, 1u << 30, &number))
            return app_usage(self,
                             "invalid argument \"%s\" for %s; should be a whole number from 1",
                             value, what);
        *(unsigned *)o->target = (unsigned)number;
        return APP_CONTINUE;
    case APP_NUMBER:
        if (!read_number(value, 0, UINT64_MAX, &number))
            return app_usage(self, "invalid argument \"%s\" for %s; should be a whole number",
                             value, what);
        *(uint64_t *)o->target = number;
        return APP_CONTINUE;
    case APP_REAL:
    case APP_SHARE:
        if (!read_real(value, o->type == APP_SHARE ? 1 : DBL_MAX, o->target))
            return app_usage(self, "invalid argument \"%s\" for %s; should be a number from 0%s",
                             value, what, o->type == APP_SHARE ? " to 1" : "");
        return APP_CONTINUE;
    case APP_CHOICE:
        ((struct app_pick *)o->target)->typed = true;
        return set_choice(self, what, o->target, value);
    case APP_ACTION:
        break;
    case APP_EACH: {
        const struct app_each *each = o->target;
        if (each->fn(each->context, value, &err) != HM_OK)
            return app_usage(self, "%s: %s", what, err.text);
        return APP_CONTINUE;
    }
    }
    return APP_USAGE;
}

// What getopt_long wants to know; --help and --quiet are options of every command.
struct getopt_table {
    struct option longs[MAX_OPTIONS + 3];
    char shorts[2 * MAX_OPTIONS + 8];
};

static void fill_getopt(struct getopt_table *table, const struct app_option *options) {
    size_t n = 0, end = strlen(strcpy(table->shorts, ":hq"));
    for (size_t i = 0; options[i].name && n < MAX_OPTIONS; i++) {
        const struct app_option *o = &options[i];
        if (o->type == APP_ACTION) continue;
        int has = o->type == APP_FLAG ? no_argument : required_argument;
        table->longs[n++] = (struct option){o->name, has, NULL, LONG_CODE + (int)i};
        if (!o->letter) continue;
        table->shorts[end++] = o->letter;
        if (has == required_argument) table->shorts[end++] = ':';
    }
    table->shorts[end] = '\0';
    table->longs[n++] = (struct option){"help", no_argument, NULL, 'h'};
    table->longs[n++] = (struct option){"quiet", no_argument, NULL, 'q'};
    table->longs[n] = (struct option){0};
}

// An option as it is to be named: by its letter, or by the row that getopt_long has found.
static void name_option(const struct app_option *options, int c, char *name, size_t size) {
    if (c >= LONG_CODE)
        snprintf(name, size, "--%s", options[c - LONG_CODE].name);
    else
        snprintf(name, size, "-%c", c);
}

static int explain_unknown(const struct app_command *self, const struct app_option *options,
                           const char *argument) {
    char name[80], close[160];
    int c = optopt;
    if (c >= LONG_CODE || c == 'h' || c == 'q') { // a known option; --help=x has the code of -h
        name_option(options, c, name, sizeof name);
        return app_usage(self, "option %s takes no argument", c >= LONG_CODE ? name : argument);
    }
    if (c) {
        name_option(options, c, name, sizeof name);
        suggest_for_letter(options, (char)c, close, sizeof close);
    } else {
        snprintf(name, sizeof name, "%.*s", (int)strcspn(argument, "="), argument);
        suggest_option(options, name + 2, close, sizeof close);
    }
    return app_usage(self, "unknown option %s%s", name, close);
}

int app_parse(const struct app_command *self, const struct app_option *options, int argc,
              char **argv, int *first) {
    struct getopt_table table;
    if (app_describe) {
        app_describe(self, options);
        return APP_OK;
    }
    fill_getopt(&table, options);
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, table.shorts, table.longs, NULL)) != -1;) {
        if (c == 'h') {
            app_print_help(self, options);
            return APP_OK;
        }
        if (c == ':') {
            char name[80];
            name_option(options, optopt, name, sizeof name);
            return app_usage(self, "option %s needs an argument", name);
        }
        if (c == '?') return explain_unknown(self, options, argv[optind - 1]);
        if (c == 'q') {
            app_quiet = true;
            continue;
        }
        size_t which = c >= LONG_CODE ? (size_t)(c - LONG_CODE) : 0;
        if (c < LONG_CODE)
            while (options[which].letter != c)
                which++;
        int result = set_option(self, &options[which], optarg);
        if (result != APP_CONTINUE) return result;
    }
    *first = optind;
    int code = ask_environment(self, options);
    return code == APP_CONTINUE ? take_action(self, options, argc, argv, first) : code;
}

bool app_ends_in(const struct app_command *self, const char *option, const char *file,
                 const char *ending) {
    size_t length = strlen(file), tail = strlen(ending);
    if (length > tail && strcasecmp(file + length - tail, ending) == 0) return true;
    app_usage(self, "invalid argument \"%s\" for option --%s; should end in %s", file, option,
              ending);
    return false;
}
