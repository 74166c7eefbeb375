// SPDX-License-Identifier: MIT
// A float has 24 bits, so that 9 digits always bring it back: rounded to them it is off by 5e-9 of
// itself at most, and half a step to the next float is 3e-8. A double's arithmetic, off by 2e-16,
// changes nothing about that.

#include "decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLOAT_DIGITS = 9 };

// Digits of number, the last one before `end`; returns where they start.
static char *put_digits(char *end, uint64_t number) {
    do
        *--end = (char)('0' + number % 10);
    while (number /= 10);
    return end;
}

size_t hm_decimal_int(char out[HM_DECIMAL_MAX], int64_t number) {
    char digits[20], *end = digits + sizeof digits;
    char *start = put_digits(end, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
    size_t sign = number < 0, length = (size_t)(end - start);
    out[0] = '-';
    memcpy(out + sign, start, length);
    out[sign + length] = '\0';
    return sign + length;
}

size_t hm_decimal_float(char out[HM_DECIMAL_MAX], float number) {
    static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11};
    const double size = fabs((double)number);
    if (!(size >= 1e-3 && size < 1e8)) {
        if (number == 0 && !signbit(number)) return hm_decimal_int(out, 0);
        return (size_t)snprintf(out, HM_DECIMAL_MAX, "%.*g", FLOAT_DIGITS, (double)number);
    }
    int decimals = FLOAT_DIGITS + 2; // behind the point, so that there are 9 digits
    for (double bound = 1e-2; size >= bound; bound *= 10)
        decimals--;
    uint64_t scaled = (uint64_t)(size * powers[decimals] + 0.5), unit = (uint64_t)powers[decimals];
    size_t at = hm_decimal_int(out, (int64_t)(scaled / unit));
    if (number < 0) {
        memmove(out + 1, out, at++);
        out[0] = '-';
    }
    scaled %= unit;
    if (scaled) {
        char digits[20];
        memset(digits, '0', sizeof digits);
        put_digits(digits + sizeof digits, scaled);
        int kept = decimals;
        while (digits[(int)sizeof digits - decimals + kept - 1] == '0')
            kept--;
        out[at++] = '.';
        memcpy(out + at, digits + sizeof digits - (size_t)decimals, (size_t)kept);
        at += (size_t)kept;
    }
    out[at] = '\0';
    return at;
}

size_t hm_decimal_double(char out[HM_DECIMAL_MAX], double number) {
    for (int digits = 15; digits < 17; digits++) {
        int length = snprintf(out, HM_DECIMAL_MAX, "%.*g", digits, number);
        if (strtod(out, NULL) == number) return (size_t)length;
    }
    return (size_t)snprintf(out, HM_DECIMAL_MAX, "%.17g", number);
}
