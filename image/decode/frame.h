// SPDX-License-Identifier: MIT
/** All that a baseline scan needs to be decoded, read from the segments in front of it. Internal to
 *  image/. */
#ifndef HM_IMAGE_FRAME_H
#define HM_IMAGE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmrec/status.h"

#include "decode/entropy.h"
#include "decode/idct.h"

enum { FRAME_MAX_COMPONENTS = 3, FRAME_TABLES = 4 };

struct frame_component {
    unsigned id;
    unsigned h, v;          // sampling factors, 1..4
    unsigned steps, dc, ac; // indices into the tables below
};

struct frame {
    unsigned width, height;   // 1..65535
    unsigned component_count; // 1 (grey) or 3 (YCbCr)
    unsigned h_max, v_max;
    struct frame_component component[FRAME_MAX_COMPONENTS];
    unsigned restart_interval; // in MCUs; 0: none
    size_t scan;               // where the entropy-coded data begin
    // what tells YCbCr from RGB:
    bool jfif;
    bool adobe;
    unsigned adobe_transform;
    // what the components refer to:
    bool has_steps[FRAME_TABLES];
    struct idct_table steps[FRAME_TABLES];
    struct huffman_codes dc[FRAME_TABLES]; // counts NULL: no such table
    struct huffman_codes ac[FRAME_TABLES];
};

/** Read the segments up to the first scan. *frame borrows bytes.
 *  returns  false when they are not exactly those of a plain baseline picture: one 8-bit
 *           Huffman-coded sequential frame, one scan with all of its components, grey or YCbCr,
 *           nothing unknown or malformed */
HM_WARN_UNUSED bool frame_read(struct frame *frame, const unsigned char *bytes, size_t length);

#endif
