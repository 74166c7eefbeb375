// SPDX-License-Identifier: MIT
/** Which source pixels the network sees. Internal to image/. */
#ifndef HM_IMAGE_NEAREST_H
#define HM_IMAGE_NEAREST_H

#include <stdint.h>

#include "hmrec/image.h"

/** index[i] = the source column (or row) of output column i when `extent` pixels are resized to
 *  HM_SIDE.
 *  extent  1..65535; the indices ascend and each is below extent
 *  source  Pillow, libImaging/Geometry.c: ImagingScaleAffine accumulates the position in double,
 *          which differs from (i + 0.5) * extent / HM_SIDE for 80 of the extents 1..6000 */
void nearest_index(unsigned extent, uint16_t index[HM_SIDE]);

#endif
