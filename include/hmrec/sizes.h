// SPDX-License-Identifier: MIT
/** The two sizes that every part agrees on: what a network sees, and what it says. */
#ifndef HMREC_SIZES_H
#define HMREC_SIZES_H

enum {
    HM_SIDE = 224,                          // pixels of a side of the square that a network sees
    HM_PIXEL_BYTES = HM_SIDE * HM_SIDE * 3, // u8 [224][224][3], RGB
    HM_DIM = 2048                           // numbers in an embedding, f32
};

#endif
