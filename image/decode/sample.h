// SPDX-License-Identifier: MIT
/** Which pixels of a picture are wanted, and where they go: all that a decoder has to know.
 *  Internal to image/. */
#ifndef HM_IMAGE_SAMPLE_H
#define HM_IMAGE_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "hmrec/image.h"

/** A grid of pixels, taken from a picture whose size the decoder tells: HM_SIDE x HM_SIDE at
 *  Pillow's places for the network, or evenly spread ones with the picture's proportions. */
struct sample {
    bool network;
    unsigned width, height; // of the grid; before sample_begin, unless network: of a box around it
    uint8_t *rgb;           // u8 [height][width][3]; of the network's grid borrowed, else owned
    uint16_t *columns;      // [width], ascending: source columns; owned
    uint16_t *rows;         // [height], likewise
};

/** Every `step`-th pixel of a line of the picture, from `first` on: all of them, or what a pass of
 *  an interlaced PNG has. */
struct sample_line {
    unsigned y; // line of the picture
    unsigned first, step;
};

/** Settle the grid for a picture of that size.
 *  errors  HM_EFORMAT: no pixels, more than HM_IMAGE_MAX_PIXELS, a side over HM_IMAGE_MAX_SIDE;
 *          HM_ENOMEM */
HM_WARN_UNUSED enum hm_status sample_begin(struct sample *sample, uint32_t width, uint32_t height,
                                           struct hm_error *err);
/** The rows of the grid that show line y: from *first up to *end, none when both are equal. */
void sample_rows(const struct sample *sample, unsigned y, unsigned *first, unsigned *end);
/** Copy what the grid shows of a line.
 *  rgb  u8 [][3], the line's pixels */
void sample_put(struct sample *sample, const struct sample_line *line, const uint8_t *rgb);
/** Free what sample_begin made; the network's rgb stays. */
void sample_free(struct sample *sample);

#endif
