// SPDX-License-Identifier: MIT
/** tests/image/golden: the pictures and tables that tools/make_golden_pixels.py writes. */
#ifndef HM_TEST_GOLDEN_H
#define HM_TEST_GOLDEN_H

#include <stdio.h>
#include <string.h>

#include "digest.h"
#include "hmrec/image.h"
#include "suite.h"

#define GOLDEN_FOLDER HM_TESTS_DIR "/image/golden/"

enum { GOLDEN_LINE = 2048 };

/** Content of golden/NAME into *file. */
static inline void golden_read(struct hm_image_file *file, const char *name) {
    char path[1024];
    struct hm_error err = {0};
    snprintf(path, sizeof path, GOLDEN_FOLDER "%s", name);
    ck_assert_msg(hm_image_file_read(file, path, &err) == HM_OK, "%s", err.text);
}

static inline FILE *golden_table(const char *name) {
    char path[1024];
    snprintf(path, sizeof path, GOLDEN_FOLDER "%s", name);
    FILE *table = fopen(path, "r");
    ck_assert_msg(table != NULL, "can't open %s", path);
    return table;
}

/** Whether the pixels' SHA-256 is the 64 digits at `expected`. */
static inline int golden_digest_is(const uint8_t *pixels, const char *expected) {
    char hex[HM_DIGEST_HEX + 1];
    ck_assert_int_eq(hm_digest(pixels, HM_PIXEL_BYTES, hex, NULL), HM_OK);
    return memcmp(hex, expected, HM_DIGEST_HEX) == 0;
}

#endif
