// SPDX-License-Identifier: MIT
// A command's options are a table; getopt_long reads it and --help prints it, so that neither can forget one.

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"

enum { MAX_OPTIONS = 40, HELP_CODE = 1000 };

static void print_option(const struct app_option *o) {
    char left[64];
    int length = o->letter ? snprintf(left, sizeof left, "-%c, --%s", o->letter, o->name)
                           : snprintf(left, sizeof left, "--%s", o->name);
    if (o->metavar && length > 0 && (size_t)length < sizeof left)
        snprintf(left + length, sizeof left - (size_t)length, " %s", o->metavar);
    printf("  %-26s %s\n", left, o->help);
}

static int print_help(const struct app_command *self, const struct app_option *options) {
    printf("hmrec %s: %s\n\nusage: hmrec %s %s\n\n", self->name, self->summary, self->name,
           self->synopsis);
    for (const struct app_option *o = options; o->name; o++)
        print_option(o);
    printf("  %-26s %s\n  %-26s %s\n", "-q, --quiet", "no progress, no notes; errors remain",
           "-h, --help", "this text");
    return APP_OK;
}

int app_usage(const struct app_command *self, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, "hmrec %s: %s; see hmrec %s --help\n", self->name, text, self->name);
    return APP_USAGE;
}

static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *value) {
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    *value = number;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && number >= least &&
           number <= most;
}

static int set_option(const struct app_command *self, const struct app_option *o,
                      const char *value) {
    uint64_t number;
    char *end;
    struct hm_error err;
    switch (o->type) {
    case APP_FLAG:
        *(bool *)o->target = true;
        return APP_CONTINUE;
    case APP_TEXT:
        *(const char **)o->target = value;
        return APP_CONTINUE;
    case APP_COUNT:
        if (!read_number(value, 1, 1u << 30, &number))
            return app_usage(
                self, "invalid argument \"%s\" for option --%s; should be a whole number from 1",
                value, o->name);
        *(unsigned *)o->target = (unsigned)number;
        return APP_CONTINUE;
    case APP_NUMBER:
        if (!read_number(value, 0, UINT64_MAX, &number))
            return app_usage(self,
                             "invalid argument \"%s\" for option --%s; should be a whole number",
                             value, o->name);
        *(uint64_t *)o->target = number;
        return APP_CONTINUE;
    case APP_REAL:
        *(double *)o->target = strtod(value, &end);
        if (end == value || *end)
            return app_usage(self, "invalid argument \"%s\" for option --%s; should be a number",
                             value, o->name);
        return APP_CONTINUE;
    case APP_EACH: {
        const struct app_each *each = o->target;
        if (each->fn(each->context, value, &err) != HM_OK)
            return app_usage(self, "option --%s: %s", o->name, err.text);
        return APP_CONTINUE;
    }
    }
    return APP_USAGE;
}

int app_parse(const struct app_command *self, const struct app_option *options, int argc,
              char **argv, int *first) {
    struct option longs[MAX_OPTIONS + 3];
    char shorts[2 * MAX_OPTIONS + 8] = ":hq";
    size_t n = 0;
    for (; options[n].name && n < MAX_OPTIONS; n++) {
        const struct app_option *o = &options[n];
        int has = o->type == APP_FLAG ? no_argument : required_argument;
        longs[n] = (struct option){o->name, has, NULL, HELP_CODE + 1 + (int)n};
        size_t end = strlen(shorts);
        if (o->letter)
            snprintf(shorts + end, sizeof shorts - end, "%c%s", o->letter,
                     has == required_argument ? ":" : "");
    }
    longs[n] = (struct option){"help", no_argument, NULL, 'h'};
    longs[n + 1] = (struct option){"quiet", no_argument, NULL, 'q'};
    longs[n + 2] = (struct option){0};
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (c == 'h') return print_help(self, options);
        if (c == ':') return app_usage(self, "option %s needs an argument", argv[optind - 1]);
        if (c == '?') return app_usage(self, "unknown option %s", argv[optind - 1]);
        if (c == 'q') {
            app_quiet = true;
            continue;
        }
        size_t which = c > HELP_CODE ? (size_t)(c - HELP_CODE - 1) : 0;
        if (c < HELP_CODE)
            while (options[which].letter != c)
                which++;
        int result = set_option(self, &options[which], optarg);
        if (result != APP_CONTINUE) return result;
    }
    *first = optind;
    return APP_CONTINUE;
}
