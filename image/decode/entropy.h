// SPDX-License-Identifier: MIT
/** Huffman decoding of a clean baseline scan. Internal to image/.
 *
 *  It answers only for data without a flaw. Whatever is odd (a code outside the table, a run past
 *  the end of a block, a segment too short or too long) is refused, and the caller lets libjpeg
 *  decide what the picture is.
 */
#ifndef HM_IMAGE_ENTROPY_H
#define HM_IMAGE_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BLOCK_COEFFICIENTS = 64,
    BLOCK_SPILL = 16,    // slots behind a block that take what is not a coefficient
    MCU_MAX_BLOCKS = 10, // T.81, B.2.3
    // 16 KB of pairs for an AC table: what is in use of two fits into an L1 cache. 10 and 12 bits
    // were slower.
    HUFFMAN_LOOKUP_BITS = 11,
    // Zeros behind a segment: more than one MCU can read (10 x 64 x 27 bits = 2160 bytes).
    SCAN_PADDING = 4096
};

/** One block's quantised coefficients in the order that idct.h wants. */
struct block {
    _Alignas(32) int16_t at[BLOCK_COEFFICIENTS + BLOCK_SPILL];
};

/** What is known of a block's AC coefficients. "Small" is from -64 to 63: times a step of up to 255
 *  that fits into 15 bits. */
enum block_kind {
    BLOCK_FLAT,   // zero
    BLOCK_CORNER, // small, and zero behind the first 10 in zigzag order, all in the lowest 4 x 4
    BLOCK_SMALL,  // small
    BLOCK_WIDE    // nothing
};

/** A code table, ready for decoding. */
struct huffman {
    uint32_t lookup[1 << HUFFMAN_LOOKUP_BITS]; // by the next bits: a step; see entropy.c
    uint64_t pairs[1 << HUFFMAN_LOOKUP_BITS];  // of AC tables: two steps at once
    uint32_t limit[17]; // limit[n]: one above the largest code of n bits, left-aligned in 16 bits
    int32_t offset[17]; // offset[n] + a code of n bits = index into symbols
    uint8_t symbols[256];
    bool dc;
};

/** A code table as it stands in a DHT segment. */
struct huffman_codes {
    const uint8_t *counts;  // [16] codes of 1..16 bits
    const uint8_t *symbols; // as many as counts add up to, at most 256
};

/** Make table from codes; false when they form no prefix code.
 *  dc       a DC table: symbols are sizes and at most 11 */
bool huffman_build(struct huffman *table, const struct huffman_codes *codes, bool dc);

/** The bits of one restart interval, stuffing removed. */
struct bit_reader {
    uint64_t window;     // the next bits, the first at the top
    unsigned count;      // how many of them are valid, in the lowest 6 bits
    const uint8_t *next; // what follows; SCAN_PADDING readable bytes behind the end
    const uint8_t *end;
};

void bits_open(struct bit_reader *bits, const uint8_t *bytes, size_t length);
/** Whether all that is left is the padding of the last byte. */
bool bits_finished(const struct bit_reader *bits);

enum {
    END_OF_BLOCK = 128, // a move that ends every block and that no overlong run can reach
    SLOT_COUNT = BLOCK_COEFFICIENTS + END_OF_BLOCK + 17 // the second of a pair may lie 16 further
};

/** What to do for each block of an MCU. */
struct mcu_plan {
    // Where coefficient k of the zigzag order lives in a block; the spill for every k that is none.
    uint8_t slot[SLOT_COUNT];
    unsigned block_count; // 1..MCU_MAX_BLOCKS
    struct {
        const struct huffman *dc;
        const struct huffman *ac;
        unsigned component; // index into predictors
        int dc_limit;       // a larger predictor is odd
    } block[MCU_MAX_BLOCKS];
};

/** Fill in plan->slot. */
void mcu_plan_slots(struct mcu_plan *plan);

/** Decode one MCU.
 *  predictors  the DC predictor of each component, updated
 *  blocks      [block_count]; of flat ones only the DC coefficient is set
 *  kinds       [block_count] of blocks
 *  returns     false when the data are odd or have run past the end */
bool entropy_mcu(struct bit_reader *bits, const struct mcu_plan *plan, int predictors[4],
                 struct block *blocks, enum block_kind *kinds);

#endif
