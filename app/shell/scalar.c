// SPDX-License-Identifier: MIT
// Numbers, dates and times as text: what Cypher literals and JSON have in common.

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/render.h"

enum { DAY_S = 86400, HOUR_S = 3600, MINUTE_S = 60 };
static const int64_t second_ns = 1000000000;

void render_bytes(struct render *r, const void *bytes, size_t length) {
    if (r->error.status == HM_OK) // a failure stays in r->error
        r->error.status = hm_buf_append(&r->text, bytes, length, &r->error);
}

void render_text(struct render *r, const char *text) {
    render_bytes(r, text, strlen(text));
}

void render_format(struct render *r, const char *format, ...) {
    char text[128]; // every caller's text is short
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    render_text(r, text);
}

void render_int(struct render *r, int64_t number) {
    char text[24], *p = text + sizeof text;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do
        *--p = (char)('0' + left % 10);
    while (left /= 10);
    if (number < 0) *--p = '-';
    render_bytes(r, p, (size_t)(text + sizeof text - p));
}

// ---- FLOAT

/** "%g" writes 1e+05 and 100000; here it is 1e5 and 100000.0. */
static void put_digits(struct render *r, const char *digits) {
    const char *exponent = strchr(digits, 'e');
    if (!exponent) {
        render_text(r, digits);
        if (!strchr(digits, '.')) render_text(r, ".0");
        return;
    }
    render_bytes(r, digits, (size_t)(exponent - digits) + 1);
    exponent++;
    if (*exponent == '-') render_text(r, "-");
    exponent += strspn(exponent, "+-0");
    render_text(r, exponent);
}

/** Whole numbers are exact in 15 digits and come often. */
static bool put_whole(struct render *r, double number) {
    if (!(fabs(number) < 1e15) || number != (double)(int64_t)number) return false;
    if (signbit(number) && number == 0) render_text(r, "-");
    render_int(r, (int64_t)number);
    render_text(r, ".0");
    return true;
}

static bool reads_back(const char *digits, double number, bool single) {
    return single ? (double)strtof(digits, NULL) == number : strtod(digits, NULL) == number;
}

/** The next decimal above digits ("9.99e-05" -> "10.00e-05"), as "%e" wrote them. */
static void step_up(char *digits) {
    char *p = strchr(digits, 'e');
    while (p-- > digits) {
        if (*p == '.') continue;
        if (*p != '9') {
            ++*p;
            return;
        }
        *p = '0';
    }
    memmove(digits + 1, digits, strlen(digits) + 1); // 9.9 -> 10.0
    *digits = '1';
}

/** The fewest digits that read back as number, finite and not 0. Those of `sure` digits always come
 *  back unchanged, so that fewer need not be tried, unless number is subnormal. */
static void find_digits(char out[40], double number, bool single) {
    int sure = single ? 6 : 15, most = single ? 9 : 17;
    double size = fabs(number), least = single ? (double)FLT_MIN : DBL_MIN;
    for (int precision = size < least ? 1 : sure; precision < most; precision++) {
        snprintf(out, 40, "%.*g", precision, number);
        if (reads_back(out, number, single)) return;
        // At a power of two the room below is half of that above, where another decimal may lie.
        char above[40];
        snprintf(above, sizeof above, "%.*e", precision - 1, size);
        step_up(above);
        if (!reads_back(above, size, single)) continue;
        const char *sign = number < 0 ? "-" : "";
        if (single) // a double has the digits to spare
            snprintf(out, 40, "%s%.*g", sign, precision, strtod(above, NULL));
        else // so small or large that "%g" would have an exponent, too
            snprintf(out, 40, "%s%s", sign, above);
        return;
    }
    snprintf(out, 40, "%.*g", most, number); // always enough
}

void render_float(struct render *r, double number) {
    if (isnan(number) || isinf(number)) {
        render_text(r, isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
        return;
    }
    if (put_whole(r, number)) return;
    char digits[40];
    find_digits(digits, number, false);
    put_digits(r, digits);
}

static void put_float32(struct render *r, float number) {
    char digits[40];
    if (!isfinite(number) || put_whole(r, (double)number)) {
        if (!isfinite(number)) render_float(r, (double)number);
        return;
    }
    find_digits(digits, (double)number, true);
    put_digits(r, digits);
}

void render_vector_item(struct render *r, const struct bolt_value *vector, size_t i) {
    struct bolt_value item = bolt_at(vector, i);
    if (item.type == BOLT_INT)
        render_int(r, item.as.integer);
    else if (bolt_vector(vector).type == BOLT_VECTOR_F32)
        put_float32(r, (float)item.as.real);
    else
        render_float(r, item.as.real);
}

const char *render_vector_type(const struct bolt_value *vector) {
    switch (bolt_vector(vector).type) {
    case BOLT_VECTOR_I8:
        return "INTEGER8";
    case BOLT_VECTOR_I16:
        return "INTEGER16";
    case BOLT_VECTOR_I32:
        return "INTEGER32";
    case BOLT_VECTOR_I64:
        return "INTEGER64";
    case BOLT_VECTOR_F32:
        return "FLOAT32";
    case BOLT_VECTOR_F64:
        break;
    }
    return "FLOAT64";
}

// ---- dates and times

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

/** Proleptic Gregorian calendar. A year is counted from March, so that a leap day is its last one:
 * 400 of them have 146,097 days, and the first day of each month from March is (153 m + 2) / 5. */
static void put_date(struct render *r, int64_t days) {
    enum { ERA_DAYS = 146097, MARCH_1_YEAR_0 = 719468 };
    if (days > INT64_MAX / 2 || days < INT64_MIN / 2) { // no server has such a date
        render_format(r, "day %" PRId64, days);
        return;
    }
    days += MARCH_1_YEAR_0;
    int64_t era = floor_div(days, ERA_DAYS), day = days - era * ERA_DAYS;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    int64_t month = (5 * day + 2) / 153;
    day -= (153 * month + 2) / 5;
    year += 400 * era + (month >= 10);
    month = month < 10 ? month + 3 : month - 9;
    const char *sign = year < 0 ? "-" : year > 9999 ? "+" : "";
    render_format(r, "%s%04" PRId64 "-%02d-%02d", sign, year < 0 ? -year : year, (int)month,
                  (int)day + 1);
}

/** Nothing for 0; otherwise as many digits as are not 0 at the end, or a multiple of `group` of
 *  them: ".5" or ".500". */
static void put_fraction(struct render *r, int64_t ns, int group) {
    if (ns == 0) return;
    int digits = 9, unit = group == 3 ? 1000 : 10;
    while (ns % unit == 0) {
        ns /= unit;
        digits -= group;
    }
    render_format(r, ".%0*" PRId64, digits, ns);
}

/** As the server's toString() writes it; cypher-shell as Java does: 12:30, 12:30:00.500. */
static void put_time_of_day(struct render *r, int64_t seconds, int64_t ns) {
    bool shell = r->words != RENDER_CYPHER;
    render_format(r, "%02d:%02d", (int)(seconds / HOUR_S), (int)(seconds / MINUTE_S % 60));
    if (shell && seconds % 60 == 0 && ns == 0) return;
    render_format(r, ":%02d", (int)(seconds % 60));
    put_fraction(r, ns, shell ? 3 : 1);
}

static void put_offset(struct render *r, int64_t seconds) {
    if (seconds == 0) {
        render_text(r, "Z");
        return;
    }
    int64_t size = seconds < 0 ? -seconds : seconds;
    render_format(r, "%c%02d:%02d", seconds < 0 ? '-' : '+', (int)(size / HOUR_S),
                  (int)(size / MINUTE_S % 60));
    if (size % 60) render_format(r, ":%02d", (int)(size % 60));
}

static void put_time(struct render *r, const struct bolt_time_view *time) {
    int64_t ns = time->nanoseconds % (DAY_S * second_ns); // of a day, whatever was sent
    if (ns < 0) ns += DAY_S * second_ns;
    put_time_of_day(r, ns / second_ns, ns % second_ns);
    if (time->has_offset) put_offset(r, time->offset_seconds);
}

static void put_date_time(struct render *r, const struct bolt_date_time_view *time) {
    int32_t offset = time->offset_seconds;
    bool known = time->has_offset ||
                 (time->zone && bolt_zone_offset(time->zone, time->seconds, time->wall_clock,
                                                 &offset, NULL) == HM_OK);
    int64_t wall = time->seconds;
    if (known && !time->wall_clock && __builtin_add_overflow(wall, offset, &wall))
        wall = time->seconds;
    int64_t days = floor_div(wall, DAY_S);
    put_date(r, days);
    render_text(r, "T");
    put_time_of_day(r, wall - days * DAY_S,
                    time->nanoseconds < 0 || time->nanoseconds >= second_ns ? 0
                                                                            : time->nanoseconds);
    if (known)
        put_offset(r, offset);
    else if (!time->wall_clock) // a zone that this machine does not know: in UTC
        put_offset(r, 0);
    if (!time->zone) return;
    render_text(r, "[");
    render_text(r, time->zone);
    render_text(r, "]");
}

static void put_part(struct render *r, int64_t number, char unit) {
    if (number == 0) return;
    render_int(r, number);
    render_bytes(r, &unit, 1);
}

static void put_duration(struct render *r, const struct bolt_duration_view *d) {
    int64_t seconds = d->seconds, ns = d->nanoseconds;
    bool negative = seconds < 0 && ns > 0; // -1 s + 0.3 s is -0.7 s
    if (negative) {
        seconds++;
        ns = second_ns - ns;
    }
    render_text(r, "P");
    put_part(r, d->months / 12, 'Y');
    put_part(r, d->months % 12, 'M');
    put_part(r, d->days, 'D');
    if (seconds == 0 && ns == 0) {
        if (d->months == 0 && d->days == 0) render_text(r, "T0S");
        return;
    }
    render_text(r, "T");
    put_part(r, seconds / HOUR_S, 'H');
    put_part(r, seconds % HOUR_S / MINUTE_S, 'M');
    if (seconds % 60 == 0 && ns == 0) return;
    if (negative && seconds % 60 == 0) render_text(r, "-");
    render_int(r, seconds % 60);
    put_fraction(r, ns, 1);
    render_text(r, "S");
}

bool render_temporal(struct render *r, const struct bolt_value *value) {
    struct bolt_time_view time;
    struct bolt_date_time_view date_time;
    struct bolt_duration_view duration;
    switch (value->type) {
    case BOLT_DATE:
        put_date(r, bolt_date(value));
        return true;
    case BOLT_TIME:
    case BOLT_LOCAL_TIME:
        time = bolt_time(value);
        put_time(r, &time);
        return true;
    case BOLT_DATE_TIME:
    case BOLT_LOCAL_DATE_TIME:
        date_time = bolt_date_time(value);
        put_date_time(r, &date_time);
        return true;
    case BOLT_DURATION:
        duration = bolt_duration(value);
        put_duration(r, &duration);
        return true;
    default:
        return false;
    }
}
