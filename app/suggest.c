// SPDX-License-Identifier: MIT
// "did you mean": by the distance of Damerau and Levenshtein, in which a typing error counts as
// one.

#include "suggest.h"

#include <string.h>

static size_t min3(size_t a, size_t b, size_t c) {
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

size_t suggest_distance(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b);
    size_t rows[3][SUGGEST_MAX + 1]; // the last three rows of the table of distances of prefixes
    if (n > SUGGEST_MAX || m > SUGGEST_MAX) return SIZE_MAX;
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < row[j]) row[j] = before[j - 2] + 1;
        }
    }
    return rows[n % 3][m];
}

bool suggest_close(const char *typed, const char *candidate) {
    size_t length = strlen(typed);
    return length >= 2 && suggest_distance(typed, candidate) <= (length + 1) / 3;
}

// Add one more name to " (did you mean --a or --b".
static void add_name(const char *name, char *text, size_t size) {
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s--%s", used ? " or " : " (did you mean ", name);
}

static void finish(char *text, size_t size) {
    size_t used = strlen(text);
    if (used) snprintf(text + used, size - used, "?)");
}

void suggest_option(const struct app_option *options, const char *typed, char *text, size_t size) {
    const char *best = NULL;
    size_t least = SIZE_MAX;
    *text = '\0';
    for (const struct app_option *o = options; o->name; o++) {
        if (o->type == APP_ACTION) continue;
        if (*typed && strncmp(o->name, typed, strlen(typed)) == 0) add_name(o->name, text, size);
        size_t distance = suggest_distance(typed, o->name);
        if (distance < least && suggest_close(typed, o->name)) {
            least = distance;
            best = o->name;
        }
    }
    if (best && !*text) add_name(best, text, size);
    finish(text, size);
}

void suggest_for_letter(const struct app_option *options, char letter, char *text, size_t size) {
    *text = '\0';
    for (const struct app_option *o = options; o->name; o++)
        if (o->type != APP_ACTION && o->name[0] == letter) add_name(o->name, text, size);
    finish(text, size);
}
