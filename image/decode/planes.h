// SPDX-License-Identifier: MIT
/** From rows of component samples to the network's pixels: upsampling and colour at the wanted
 *  places only. Internal.
 *
 *  libjpeg's "fancy" upsampling is separable up to its one rounding at the end: 3/4 of the nearer
 *  and 1/4 of the farther sample in each halved direction. So a pixel is a weighted sum of two
 *  neighbours in each of two rows.
 */
#ifndef HM_IMAGE_PLANES_H
#define HM_IMAGE_PLANES_H

#include <stdbool.h>
#include <stdint.h>

#include "hmrec/image.h"

enum { WEIGHTS_SUM = 16 }; // of a pixel's up to four samples: (3 + 1) x (3 + 1)

/** One component. Filled in by plane_init. */
struct plane {
    unsigned width; // samples that count; what the last blocks hold beyond is padding
    unsigned height;
    unsigned near_weight, far_weight; // of the two rows: 3 and 1, or 1 and 0
    uint16_t column[HM_SIDE];         // the left one of the two samples of each output column
    uint16_t weight[2][HM_SIDE];      // what it and its neighbour count, scaled to WEIGHTS_SUM
    uint16_t near[HM_SIDE];           // the nearer row of each output row
    uint16_t far[HM_SIDE];            // the farther one; equals near when rows are not smoothed
    uint16_t bias[2][HM_SIDE];        // rounding, for even and odd source rows, scaled likewise
    bool odd_row[HM_SIDE];
};

/** Plan a component of a width x height picture.
 *  h, v    its sampling factors; h_max, v_max the largest of the picture
 *  source  libjpeg jdsample.c: jinit_upsampler
 *  returns false when the factors do not divide, which libjpeg refuses */
bool plane_init(struct plane *plane, unsigned width, unsigned height, unsigned h, unsigned v,
                unsigned h_max, unsigned v_max);

/** One output row.
 *  near, far  samples of rows plane->near[i] and plane->far[i]: u8[width, at least 2]
 *  out        u8[HM_SIDE] */
void plane_row(const struct plane *plane, unsigned i, const uint8_t *near, const uint8_t *far,
               uint8_t *out);

/** libjpeg's YCbCr -> RGB. rgb u8[HM_SIDE][3] */
void planes_rgb(const uint8_t y[HM_SIDE], const uint8_t cb[HM_SIDE], const uint8_t cr[HM_SIDE],
                uint8_t *rgb);
/** Grey -> RGB. */
void planes_grey(const uint8_t y[HM_SIDE], uint8_t *rgb);

#endif
