// SPDX-License-Identifier: MIT
/** Single rows of libjpeg's accurate integer inverse DCT ("islow"), bit-exact. Internal to image/.
 *
 *  islow rounds twice: after the columns and after the rows. Between the two it is linear in
 *  integers, so each sample is a sum of products with fixed 14-bit weights; a row of a block can be
 *  had without the other seven.
 */
#ifndef HM_IMAGE_IDCT_H
#define HM_IMAGE_IDCT_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/entropy.h"

/** Where a coefficient lives in struct block: rows in pairs, so that one multiply-add of 16-bit
 *  pairs handles both; columns in the order 0 2 1 3 4 6 5 7, so that the 4 x 4 lowest frequencies
 *  are one vector for each pair and that the second pass finds pairs, too. */
static inline unsigned idct_slot(unsigned row, unsigned column) {
    unsigned place = column / 4 * 4 + column % 2 * 2 + column % 4 / 2;
    return row / 2 * 16 + place * 2 + row % 2;
}

/** A quantisation table in block order. */
struct idct_table {
    _Alignas(16) int16_t step[BLOCK_COEFFICIENTS];
    // 4 * step: coefficient * guard / 65536 is 0 or -1, or else out of range.
    _Alignas(16) int16_t guard[BLOCK_COEFFICIENTS];
    bool coarse; // a step is beyond 255, so that small values may be out of range
};

/** The largest magnitude of a DC coefficient that is in range. The caller sees to it. */
static inline int idct_dc_limit(const struct idct_table *table) {
    return table->step[0] > 0 ? 16383 / table->step[0] : 16383;
}

enum { IDCT_MAX_STEP = 8191 }; // 4 * step must fit into 16 bits; baseline steps are at most 255

/** Intermediate values beyond 14 bits wrap in some implementations of islow and not in others. No
 *  encoder makes them. What has been seen is gathered here and asked for once, at the end. All
 *  vectors of int16. */
struct idct_range {
    _Alignas(16) int16_t largest[8];
    _Alignas(16) int16_t smallest[8];
    _Alignas(16) int16_t guard_largest[8];
    _Alignas(16) int16_t guard_smallest[8];
};

/** Whether all that went through was in range, so that the samples are those of every islow. */
bool idct_in_range(const struct idct_range *range);

/** One wanted row of samples. */
struct idct_row {
    unsigned row;  // 0..7 within its block
    uint8_t *line; // samples of the whole row; a block's eight go to line + 8 * its column
};

/** Compute the wanted rows of one block, of any kind but BLOCK_FLAT, at 8 * column of their
 *  lines. */
void idct_rows(const struct block *block, enum block_kind kind, const struct idct_table *table,
               const struct idct_row *rows, unsigned count, unsigned column,
               struct idct_range *range);

/** The same for a block with a DC coefficient only. */
void idct_flat_rows(int dc, const struct idct_table *table, const struct idct_row *rows,
                    unsigned count, unsigned column, struct idct_range *range);

#endif
