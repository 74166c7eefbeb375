// SPDX-License-Identifier: MIT
#include "alike.h"

#include <stdio.h>
#include <string.h>

int alike_digits(const struct hm_similar *items, size_t m, int few) {
    enum { ALL = 9 };
    int digits = few;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 1; j < items[i].n && digits < ALL; j++) {
            const struct hm_hit *hits = &items[i].hits[j - 1];
            char a[32], b[32];
            while (digits < ALL && hits[0].score != hits[1].score) {
                snprintf(a, sizeof a, "%.*f", digits, (double)hits[0].score);
                snprintf(b, sizeof b, "%.*f", digits, (double)hits[1].score);
                if (strcmp(a, b) != 0) break;
                digits++;
            }
        }
    return digits;
}
