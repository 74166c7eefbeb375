// SPDX-License-Identifier: MIT
/** Numbers in the byte order of a file. */
#ifndef HM_BYTES_H
#define HM_BYTES_H

/** Two bytes, the higher first. */
static inline unsigned hm_be16(const unsigned char *at) {
    return (unsigned)at[0] << 8 | at[1];
}

#endif
