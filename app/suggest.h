// SPDX-License-Identifier: MIT
/** "did you mean": names close to one that does not exist. */
#ifndef HM_APP_SUGGEST_H
#define HM_APP_SUGGEST_H

#include "app.h"

/** How many letters have to be put in, left out, changed or swapped with their neighbour to make b
 *  of a; SIZE_MAX where one is longer than SUGGEST_MAX. */
enum { SUGGEST_MAX = 40 };
size_t suggest_distance(const char *a, const char *b);
/** Whether `candidate` is near enough to be what was meant by `typed`. */
bool suggest_close(const char *typed, const char *candidate);

/** text = " (did you mean --NAME?)", or "... --A or --B?)" where `typed` begins several, or "". */
void suggest_option(const struct app_option *options, const char *typed, char *text, size_t size);
/** The same for a letter: options whose names begin with it. */
void suggest_for_letter(const struct app_option *options, char letter, char *text, size_t size);

#endif
