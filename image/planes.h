// SPDX-License-Identifier: MIT
/** From rows of component samples to the network's pixels: upsampling and colour at the wanted places only. Internal.
 *
 *  libjpeg's "fancy" upsampling is separable up to its one rounding at the end: 3/4 of the nearer and 1/4 of the farther sample
 *  in each halved direction. So a row is first reduced to 224 horizontal sums, and two such rows make an output row.
 */
#ifndef HM_IMAGE_PLANES_H
#define HM_IMAGE_PLANES_H

#include <stdbool.h>
#include <stdint.h>

#include "image.h"

enum {
    PLANE_MAX_ROWS = 32, // rows of a component in a row of MCUs: 8 * its vertical factor
    PLANE_RING =
        64 // power of two; a pending output row needs at most one row of the MCU row before
};

/** One component. Filled in by plane_init. */
struct plane {
    unsigned width; // samples that count; what the last blocks hold beyond is padding
    unsigned height;
    unsigned near_weight, far_weight; // of the two rows: 3 and 1, or 1 and 0
    unsigned shift; // what the weights of both directions add up to, as a power of two
    bool smooth_columns;
    uint16_t column[IMAGE_SIDE];  // the nearer sample of each output column
    uint16_t beside[IMAGE_SIDE];  // the farther one, when smooth_columns
    uint16_t near[IMAGE_SIDE];    // likewise rows
    uint16_t far[IMAGE_SIDE];     // equals near when rows are not smoothed
    uint16_t bias[2][IMAGE_SIDE]; // rounding, for even and odd source rows
    bool odd_row[IMAGE_SIDE];
    uint16_t sums[PLANE_RING][IMAGE_SIDE]; // [row % PLANE_RING]: a row's horizontal sums
};

/** Plan a component of a width x height picture.
 *  h, v    its sampling factors; h_max, v_max the largest of the picture
 *  source  libjpeg jdsample.c: jinit_upsampler
 *  returns false when the factors do not divide, which libjpeg refuses */
bool plane_init(struct plane *plane, unsigned width, unsigned height, unsigned h, unsigned v,
                unsigned h_max, unsigned v_max);

/** Reduce one row of samples (u8[plane->width]) to its sums. */
void plane_store(struct plane *plane, unsigned row, const uint8_t *samples);

/** One output row from stored sums. out u8[IMAGE_SIDE] */
void plane_row(const struct plane *plane, unsigned i, uint8_t out[IMAGE_SIDE]);

/** libjpeg's YCbCr -> RGB. rgb u8[IMAGE_SIDE][3] */
void planes_rgb(const uint8_t y[IMAGE_SIDE], const uint8_t cb[IMAGE_SIDE],
                const uint8_t cr[IMAGE_SIDE], uint8_t *rgb);
/** Grey -> RGB. */
void planes_grey(const uint8_t y[IMAGE_SIDE], uint8_t *rgb);

#endif
