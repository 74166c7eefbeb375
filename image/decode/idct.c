// SPDX-License-Identifier: MIT
/** Single rows of libjpeg's accurate integer inverse DCT.
 *
 *  Both passes multiply by the same 8 x 8 weights; what differs is the rounding: 11 bits off after
 *  the columns (two bits of fraction stay), 18 bits off after the rows. Sums fit into 32 bits: a
 *  row of weights adds up to less than 61200 in magnitude and every factor is below 16384 (see
 *  struct idct_range), so |sum| < 1.003e9. The samples of columns c and 7 - c share their products:
 *  even coefficients add, odd ones add or subtract.
 */
#include "decode/idct.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    FIRST_SHIFT = 11, // CONST_BITS - PASS1_BITS
    LAST_SHIFT = 18,  // CONST_BITS + PASS1_BITS + 3
    CENTRE = 128,
    FLAT_LIMIT = 4096, // a DC beyond it leaves the range after the first pass
    RANGE_LIMIT = 16384
};

/** The fixed-point constants of libjpeg's jidctint.c, 13 fractional bits, named by their value. */
enum {
    F_0_298 = 2446,
    F_0_390 = 3196,
    F_0_541 = 4433,
    F_0_765 = 6270,
    F_0_899 = 7373,
    F_1_000 = 8192,
    F_1_175 = 9633,
    F_1_501 = 12299,
    F_1_847 = 15137,
    F_1_961 = 16069,
    F_2_053 = 16819,
    F_2_562 = 20995,
    F_3_072 = 25172
};

/** Weights of coefficients 0, 2, 4, 6 (even) and 1, 3, 5, 7 (odd) in outputs 0..3, multiplied out
 *  of jidctint.c's butterflies. In outputs 7..4 the odd ones change their sign. */
enum {
    E0_2 = F_0_541 + F_0_765,
    E0_6 = F_0_541,
    E1_2 = F_0_541,
    E1_6 = F_0_541 - F_1_847,
    O0_1 = F_1_501 - F_0_899 + F_1_175 - F_0_390,
    O0_3 = F_1_175,
    O0_5 = F_1_175 - F_0_390,
    O0_7 = F_1_175 - F_0_899,
    O1_1 = F_1_175,
    O1_3 = F_3_072 - F_2_562 + F_1_175 - F_1_961,
    O1_5 = F_1_175 - F_2_562,
    O1_7 = F_1_175 - F_1_961,
    O2_1 = F_1_175 - F_0_390,
    O2_3 = F_1_175 - F_2_562,
    O2_5 = F_2_053 - F_2_562 + F_1_175 - F_0_390,
    O2_7 = F_1_175,
    O3_1 = F_1_175 - F_0_899,
    O3_3 = F_1_175 - F_1_961,
    O3_5 = F_1_175,
    O3_7 = F_0_298 - F_0_899 + F_1_175 - F_1_961
};

#define PAIR(a, b)                                                                                 \
    { a, b, a, b, a, b, a, b }
#define ROW(a, b, c, d, e, f, g, h)                                                                \
    { PAIR(a, b), PAIR(c, d), PAIR(e, f), PAIR(g, h) }
/** weights[r][k / 2][k % 2]: of coefficient k in output r; repeated to fill a vector. */
static const _Alignas(16) int16_t weights[8][4][8] = {
    ROW(F_1_000, O0_1, E0_2, O0_3, F_1_000, O0_5, E0_6, O0_7),
    ROW(F_1_000, O1_1, E1_2, O1_3, -F_1_000, O1_5, E1_6, O1_7),
    ROW(F_1_000, O2_1, -E1_2, O2_3, -F_1_000, O2_5, -E1_6, O2_7),
    ROW(F_1_000, O3_1, -E0_2, O3_3, F_1_000, O3_5, -E0_6, O3_7),
    ROW(F_1_000, -O3_1, -E0_2, -O3_3, F_1_000, -O3_5, -E0_6, -O3_7),
    ROW(F_1_000, -O2_1, -E1_2, -O2_3, -F_1_000, -O2_5, -E1_6, -O2_7),
    ROW(F_1_000, -O1_1, E1_2, -O1_3, -F_1_000, -O1_5, E1_6, -O1_7),
    ROW(F_1_000, -O0_1, E0_2, -O0_3, F_1_000, -O0_5, E0_6, -O0_7),
};

#ifdef __SSE2__

static __m128i load(const int16_t *at) {
    return _mm_load_si128((const __m128i *)(const void *)at);
}

static void store(int16_t *at, __m128i value) {
    _mm_store_si128((__m128i *)(void *)at, value);
}

/** Note what coefficients come to when dequantised. */
static void note_values(const struct block *block, const struct idct_table *table,
                        struct idct_range *range) {
    __m128i largest = load(range->guard_largest), smallest = load(range->guard_smallest);
    for (unsigned i = 0; i < 8; i++) {
        __m128i guard = _mm_mulhi_epi16(load(block->at + 8 * i), load(table->guard + 8 * i));
        largest = _mm_max_epi16(largest, guard);
        smallest = _mm_min_epi16(smallest, guard);
    }
    store(range->guard_largest, largest);
    store(range->guard_smallest, smallest);
}

static __m128i dequantised(const struct block *block, const struct idct_table *table, unsigned i) {
    return _mm_mullo_epi16(load(block->at + 8 * i), load(table->step + 8 * i));
}

/** The first pass: one row of four columns.
 *  at       their first vector in a block; those of the other pairs of rows are 2 further on each
 *  row      the row's weights */
static inline __m128i column_pass(const __m128i *at, unsigned pairs, const int16_t row[4][8]) {
    __m128i sum = _mm_set1_epi32(1 << (FIRST_SHIFT - 1));
    for (unsigned pair = 0; pair < pairs; pair++)
        sum = _mm_add_epi32(sum, _mm_madd_epi16(at[2 * pair], load(row[pair])));
    return _mm_srai_epi32(sum, FIRST_SHIFT);
}

/** The second pass: eight samples from one row's columns 0 2 1 3, and 4 6 5 7 unless they are
 *  zero. */
static inline void row_pass(__m128i columns, bool corner, uint8_t samples[8]) {
    const __m128i w02 =
        _mm_setr_epi16(F_1_000, E0_2, F_1_000, E1_2, F_1_000, -E1_2, F_1_000, -E0_2);
    const __m128i w46 =
        _mm_setr_epi16(F_1_000, E0_6, -F_1_000, E1_6, -F_1_000, -E1_6, F_1_000, -E0_6);
    const __m128i w13 = _mm_setr_epi16(O0_1, O0_3, O1_1, O1_3, O2_1, O2_3, O3_1, O3_3);
    const __m128i w57 = _mm_setr_epi16(O0_5, O0_7, O1_5, O1_7, O2_5, O2_7, O3_5, O3_7);
    __m128i even = _mm_set1_epi32((CENTRE << LAST_SHIFT) + (1 << (LAST_SHIFT - 1)));
    even = _mm_add_epi32(even, _mm_madd_epi16(_mm_shuffle_epi32(columns, 0x00), w02));
    __m128i odd = _mm_madd_epi16(_mm_shuffle_epi32(columns, 0x55), w13);
    if (!corner) {
        even = _mm_add_epi32(even, _mm_madd_epi16(_mm_shuffle_epi32(columns, 0xAA), w46));
        odd = _mm_add_epi32(odd, _mm_madd_epi16(_mm_shuffle_epi32(columns, 0xFF), w57));
    }
    __m128i first = _mm_srai_epi32(_mm_add_epi32(even, odd), LAST_SHIFT);
    __m128i last = _mm_srai_epi32(_mm_sub_epi32(even, odd), LAST_SHIFT); // 7 6 5 4
    __m128i all = _mm_packs_epi32(first, _mm_shuffle_epi32(last, 0x1B));
    _mm_storel_epi64((__m128i *)(void *)samples, _mm_packus_epi16(all, all));
}

/** idct_rows for any block; corner: all but the 4 x 4 lowest frequencies are zero. */
static inline void block_rows(const struct block *block, bool corner,
                              const struct idct_table *table, const struct idct_row *rows,
                              unsigned count, unsigned column, struct idct_range *range) {
    const unsigned pairs = corner ? 2 : 4;
    __m128i coefficients[8];
    for (unsigned i = 0; i < 2 * pairs; i++)
        if (!corner || i % 2 == 0) coefficients[i] = dequantised(block, table, i);
    __m128i largest = load(range->largest), smallest = load(range->smallest);
    for (unsigned i = 0; i < count; i++) {
        const int16_t(*row)[8] = weights[rows[i].row];
        __m128i low = column_pass(coefficients, pairs, row);
        __m128i high = corner ? low : column_pass(coefficients + 1, pairs, row);
        __m128i columns = _mm_packs_epi32(low, high);
        largest = _mm_max_epi16(largest, columns);
        smallest = _mm_min_epi16(smallest, columns);
        row_pass(columns, corner, rows[i].line + 8 * (size_t)column);
    }
    store(range->largest, largest);
    store(range->smallest, smallest);
}

void idct_rows(const struct block *block, enum block_kind kind, const struct idct_table *table,
               const struct idct_row *rows, unsigned count, unsigned column,
               struct idct_range *range) {
    if (kind == BLOCK_WIDE || table->coarse) note_values(block, table, range);
    if (kind == BLOCK_CORNER)
        block_rows(block, true, table, rows, count, column, range);
    else
        block_rows(block, false, table, rows, count, column, range);
}

#else

static void note(int16_t *largest, int16_t *smallest, int value) {
    if (value > *largest) *largest = (int16_t)(value > INT16_MAX ? INT16_MAX : value);
    if (value < *smallest) *smallest = (int16_t)(value < INT16_MIN ? INT16_MIN : value);
}

static uint8_t clamp(int value) {
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void sample_row(const int16_t coefficients[BLOCK_COEFFICIENTS], unsigned row,
                       uint8_t samples[8], struct idct_range *range) {
    int columns[8];
    for (unsigned c = 0; c < 8; c++) {
        int sum = 1 << (FIRST_SHIFT - 1);
        for (unsigned k = 0; k < 8; k++)
            sum += weights[row][k / 2][k % 2] * coefficients[idct_slot(k, c)];
        columns[c] = sum >> FIRST_SHIFT;
        note(&range->largest[c], &range->smallest[c], columns[c]);
        if (columns[c] != (int16_t)columns[c]) columns[c] = 0; // out of range, noted
    }
    for (unsigned c = 0; c < 8; c++) {
        int sum = (CENTRE << LAST_SHIFT) + (1 << (LAST_SHIFT - 1));
        for (unsigned k = 0; k < 8; k++)
            sum += weights[c][k / 2][k % 2] * columns[k];
        samples[c] = clamp(sum >> LAST_SHIFT);
    }
}

void idct_rows(const struct block *block, enum block_kind kind, const struct idct_table *table,
               const struct idct_row *rows, unsigned count, unsigned column,
               struct idct_range *range) {
    (void)kind; // only a shortcut
    int16_t coefficients[BLOCK_COEFFICIENTS];
    for (unsigned i = 0; i < BLOCK_COEFFICIENTS; i++) {
        int guard = (block->at[i] * table->guard[i]) >> 16;
        note(&range->guard_largest[i % 8], &range->guard_smallest[i % 8], guard);
        coefficients[i] = (int16_t)(block->at[i] * table->step[i]);
    }
    for (unsigned i = 0; i < count; i++)
        sample_row(coefficients, rows[i].row, rows[i].line + 8 * (size_t)column, range);
}

#endif

void idct_flat_rows(int dc, const struct idct_table *table, const struct idct_row *rows,
                    unsigned count, unsigned column, struct idct_range *range) {
    int value = dc * table->step[0];
    if (value >= FLAT_LIMIT || value < -FLAT_LIMIT) range->largest[0] = INT16_MAX;
    // value * 4 after the first pass; (value * 4 * 8192 + 2^17) >> 18 = (value + 4) >> 3 after the
    // second
    int sample = CENTRE + ((value + 4) >> 3);
    sample = sample < 0 ? 0 : sample > 255 ? 255 : sample;
    for (unsigned i = 0; i < count; i++)
        memset(rows[i].line + 8 * (size_t)column, sample, 8);
}

bool idct_in_range(const struct idct_range *range) {
    for (unsigned i = 0; i < 8; i++) {
        if (range->guard_largest[i] > 0 || range->guard_smallest[i] < -1) return false;
        if (range->largest[i] >= RANGE_LIMIT || range->smallest[i] < -RANGE_LIMIT) return false;
    }
    return true;
}
