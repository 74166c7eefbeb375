// SPDX-License-Identifier: MIT
/** Nearest-neighbour positions with Pillow's rounding. */
#include "decode/nearest.h"

void nearest_index(unsigned extent, uint16_t index[HM_SIDE]) {
    const double scale = (double)extent / HM_SIDE;
    // volatile keeps each sum a double: no wider intermediate, no fused multiply-add.
    volatile double position = scale * 0.5;
    for (int i = 0; i < HM_SIDE; i++) {
        index[i] = (uint16_t)position;
        position += scale;
    }
}
