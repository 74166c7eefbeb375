// SPDX-License-Identifier: MIT
// Days since 1970-01-01 and dates of the proleptic Gregorian calendar. A year is counted from
// March, so that the leap day is its last; 400 years have 146,097 days.

#include "kit.h"

enum { DAYS_400 = 146097, YEAR_0_TO_1970 = 719468 }; // from 0000-03-01

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

/** Days from March 1st to the first of a month, March being 0. */
static unsigned days_before(unsigned month) {
    return (153 * month + 2) / 5; // 31 30 31 30 31, twice and a bit
}

int64_t kit_days(int64_t year, unsigned month, unsigned day) {
    if (month <= 2) year--;
    int64_t era = floor_div(year, 400), in_era = year - era * 400;
    int64_t day_of_year = days_before((month + 9) % 12) + day - 1;
    return era * DAYS_400 + in_era * 365 + in_era / 4 - in_era / 100 + day_of_year - YEAR_0_TO_1970;
}

void kit_date(int64_t days, int64_t *year, unsigned *month, unsigned *day) {
    int64_t era = floor_div(days + YEAR_0_TO_1970, DAYS_400);
    int64_t in_era = days + YEAR_0_TO_1970 - era * DAYS_400;
    int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    unsigned day_of_year = (unsigned)(in_era - (365 * y + y / 4 - y / 100));
    unsigned m = (5 * day_of_year + 2) / 153;
    *day = day_of_year - days_before(m) + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = y + era * 400 + (*month <= 2);
}
