// SPDX-License-Identifier: MIT
// Offsets of named time zones from the machine's database: compiled TZif files (RFC 8536) with the
// rule for all later years at their end, a POSIX TZ text. Both are read here; the C library would
// need the process's TZ variable.

#include "value/packstream.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 256 * 1024, HEADER = 44, SECONDS_PER_DAY = 86400 };

struct zone {
    unsigned char *file;
    size_t length;
    const unsigned char *times; // transitions, 8 bytes each, ascending
    const unsigned char *kinds; // index into types after each of them
    const unsigned char *types; // 6 bytes each, offset first
    size_t time_count, type_count;
    char footer[128];
};

/** A name of the database: no way out of its folder. */
static bool is_zone_name(const char *name) {
    if (!*name || *name == '/' || strstr(name, "..") || strlen(name) > 60) return false;
    for (const char *p = name; *p; p++) {
        bool letter =
            (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9');
        if (!letter && !strchr("/_+-.", *p)) return false;
    }
    return true;
}

static enum hm_status read_file(const char *name, struct zone *zone, struct hm_error *err) {
    char path[96];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    FILE *file = is_zone_name(name) ? fopen(path, "rb") : NULL;
    if (!file)
        return hm_fail(err, HM_ENOTFOUND, "no time zone \"%s\" in /usr/share/zoneinfo", name);
    zone->file = malloc(FILE_MAX + 1);
    enum hm_status status = HM_OK;
    if (!zone->file)
        status = hm_fail(err, HM_ENOMEM, "no memory for a time zone");
    else
        zone->length = fread(zone->file, 1, FILE_MAX, file);
    if (status == HM_OK && ferror(file)) status = hm_fail_errno(err, "%s: cannot be read", path);
    fclose(file);
    if (status == HM_OK)
        zone->file[zone->length] = '\0';
    else
        free(zone->file);
    return status;
}

struct counts {
    size_t isut, isstd, leap, time, type, chars;
};

/** Bytes of the block behind a header, whose numbers have `wide` bytes; 0 for no header. */
static size_t block_bytes(const unsigned char *at, size_t left, size_t wide,
                          struct counts *counts) {
    if (left < HEADER || memcmp(at, "TZif", 4) != 0) return 0;
    size_t numbers[6];
    for (size_t i = 0; i < 6; i++) {
        numbers[i] = (size_t)unpack_be(at + 20 + 4 * i, 4);
        if (numbers[i] > FILE_MAX) return 0;
    }
    *counts =
        (struct counts){numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]};
    size_t bytes = HEADER + counts->time * (wide + 1) + counts->type * 6 + counts->chars +
                   counts->leap * (wide + 4) + counts->isstd + counts->isut;
    return bytes <= left ? bytes : 0;
}

static bool parse_file(struct zone *zone) {
    struct counts counts;
    size_t first = block_bytes(zone->file, zone->length, 4, &counts);
    if (!first || zone->file[4] < '2') return false; // version 1 has no 64-bit times
    const unsigned char *at = zone->file + first;
    size_t left = zone->length - first, second = block_bytes(at, left, 8, &counts);
    if (!second || !counts.type) return false;
    zone->times = at + HEADER;
    zone->time_count = counts.time;
    zone->kinds = zone->times + 8 * counts.time;
    zone->types = zone->kinds + counts.time;
    zone->type_count = counts.type;
    for (size_t i = 0; i < counts.time; i++)
        if (zone->kinds[i] >= counts.type) return false;
    const char *footer = (const char *)at + second;
    size_t length = left > second && *footer == '\n' ? strcspn(footer + 1, "\n") : 0;
    if (length >= sizeof zone->footer) return false;
    if (length) memcpy(zone->footer, footer + 1, length);
    zone->footer[length] = '\0';
    return true;
}

/* ---- the rule at the end: std offset dst [offset],start[/time],end[/time] ---- */

struct rule_date {
    char kind; // 'M' month.week.day, 'J' day 1..365 without 29 February, 'N' day 0..365
    int month, week, day;
    int64_t time_s; // of the day, by the wall clock; may be negative or beyond the day
};

struct rule {
    int64_t standard_s, summer_s; // offsets east of UTC
    bool has_summer;
    struct rule_date start, end;
};

static bool skip_name(const char **p) {
    const char *start = *p;
    if (**p == '<') {
        *p = strchr(*p, '>');
        if (!*p) return false;
        ++*p;
        return true;
    }
    while ((**p >= 'A' && **p <= 'Z') || (**p >= 'a' && **p <= 'z'))
        ++*p;
    return *p - start >= 3;
}

static bool read_int(const char **p, int *out) {
    char *end;
    if (**p < '0' || **p > '9') return false;
    long number = strtol(*p, &end, 10);
    if (number > 1000) return false;
    *p = end;
    *out = (int)number;
    return true;
}

/** [+-]hh[:mm[:ss]] */
static bool read_time(const char **p, int64_t *seconds) {
    int sign = **p == '-' ? -1 : 1, part = 0;
    if (**p == '-' || **p == '+') ++*p;
    *seconds = 0;
    for (int64_t unit = 3600; unit; unit /= 60) {
        if (!read_int(p, &part)) return false;
        *seconds += part * unit;
        if (**p != ':') break;
        ++*p;
    }
    *seconds *= sign;
    return true;
}

static bool read_date(const char **p, struct rule_date *date) {
    *date = (struct rule_date){.kind = 'N', .time_s = 2 * 3600};
    if (*(*p)++ != ',') return false;
    if (**p == 'M' || **p == 'J') date->kind = *(*p)++;
    if (date->kind == 'M') {
        if (!read_int(p, &date->month) || *(*p)++ != '.' || !read_int(p, &date->week) ||
            *(*p)++ != '.')
            return false;
        if (date->month < 1 || date->month > 12 || date->week < 1 || date->week > 5) return false;
    }
    if (!read_int(p, &date->day)) return false;
    if (**p != '/') return true;
    ++*p;
    return read_time(p, &date->time_s);
}

static bool read_rule(const char *p, struct rule *rule) {
    *rule = (struct rule){0};
    if (!skip_name(&p) || !read_time(&p, &rule->standard_s)) return false;
    rule->standard_s = -rule->standard_s; // POSIX counts west of UTC
    if (!*p) return true;
    rule->has_summer = true;
    rule->summer_s = rule->standard_s + 3600;
    if (!skip_name(&p)) return false;
    if (*p && *p != ',') {
        if (!read_time(&p, &rule->summer_s)) return false;
        rule->summer_s = -rule->summer_s;
    }
    return read_date(&p, &rule->start) && read_date(&p, &rule->end) && !*p;
}

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

/** Days from 1970-01-01 to a date of the Gregorian calendar (month 1..12). */
static int64_t days_from_civil(int64_t year, int month, int day) {
    year -= month <= 2;
    int64_t era = floor_div(year, 400), of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_leap(int64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/** Moment of a rule's date in a year, by the wall clock before it. */
static int64_t rule_moment(const struct rule_date *date, int64_t year) {
    int64_t day;
    if (date->kind == 'M') { // week 5 is the last one
        int64_t first = days_from_civil(year, date->month, 1);
        int64_t next = date->month == 12 ? days_from_civil(year + 1, 1, 1)
                                         : days_from_civil(year, date->month + 1, 1);
        int64_t weekday = ((first + 4) % 7 + 7) % 7; // 1970-01-01 was a Thursday
        day = first + (date->day - weekday + 7) % 7 + 7 * (date->week - 1);
        while (day >= next)
            day -= 7;
    } else {
        day = days_from_civil(year, 1, 1) + date->day;
        if (date->kind == 'J') day -= !(is_leap(year) && date->day >= 60);
    }
    return day * SECONDS_PER_DAY + date->time_s;
}

static int64_t rule_offset(const struct rule *rule, int64_t utc_s) {
    if (!rule->has_summer) return rule->standard_s;
    int64_t days = floor_div(utc_s + rule->standard_s, SECONDS_PER_DAY);
    int64_t year = 1970 + floor_div(days * 400, 146097); // off by one at most
    while (days_from_civil(year, 1, 1) > days)
        year--;
    while (days_from_civil(year + 1, 1, 1) <= days)
        year++;
    int64_t start = rule_moment(&rule->start, year) - rule->standard_s;
    int64_t end = rule_moment(&rule->end, year) - rule->summer_s;
    bool summer = start < end ? utc_s >= start && utc_s < end : utc_s >= start || utc_s < end;
    return summer ? rule->summer_s : rule->standard_s;
}

static int64_t type_offset(const struct zone *zone, size_t type) {
    return (int32_t)unpack_be(zone->types + 6 * type, 4);
}

static int64_t offset_at(const struct zone *zone, const struct rule *rule, int64_t utc_s) {
    size_t low = 0, high = zone->time_count; // the first transition after utc_s
    while (low < high) {
        size_t middle = (low + high) / 2;
        if ((int64_t)unpack_be64(zone->times + 8 * middle) <= utc_s)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == zone->time_count && rule) return rule_offset(rule, utc_s);
    return type_offset(zone, low ? zone->kinds[low - 1] : 0);
}

enum hm_status bolt_zone_offset(const char *name, int64_t seconds, bool wall_clock,
                                int32_t *offset_seconds, struct hm_error *err) {
    struct zone zone = {0};
    struct rule rule;
    *offset_seconds = 0;
    if (seconds > INT64_C(1) << 56 || seconds < -(INT64_C(1) << 56))
        return hm_fail(err, HM_EARG, "a date-time is further away than time zones are known");
    HM_TRY(read_file(name, &zone, err));
    if (!parse_file(&zone)) {
        free(zone.file);
        return hm_fail(err, HM_EFORMAT,
                       "/usr/share/zoneinfo/%s is no time zone of version 2 or later", name);
    }
    const struct rule *last = read_rule(zone.footer, &rule) ? &rule : NULL;
    int64_t offset = offset_at(&zone, last, seconds);
    if (wall_clock) { // no offset is beyond a day, so one of these two holds around that moment
        int64_t before = offset_at(&zone, last, seconds - SECONDS_PER_DAY);
        int64_t after = offset_at(&zone, last, seconds + SECONDS_PER_DAY);
        offset = offset_at(&zone, last, seconds - before) == before ? before : after;
        if (offset_at(&zone, last, seconds - offset) != offset)
            offset = before; // the clock skipped that time
    }
    free(zone.file);
    *offset_seconds = (int32_t)offset;
    return HM_OK;
}
