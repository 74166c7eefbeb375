// SPDX-License-Identifier: MIT
/** Huffman decoding of a clean baseline scan, one MCU at a time.
 *
 *  A lookup with the next bits mostly yields a whole step at once: code, run and value. Its entry:
 *      bits  0..5   bits to consume, 0: the code is longer than the lookup
 *      bit   6      the value does not fit into the lookup: it follows, as many bits as bits
 *                   16..31 say
 *      bits  8..15  how far to move on in the block before the value is stored: the run, or
 *                   END_OF_BLOCK
 *      bits 16..31  the value, signed
 *  (A DC table uses the same with no move.) The position in the block goes through a table whose
 *  tail leads every position past the end into the block's spill, so the loop has no case of its
 *  own for "end of block" and "16 zeros".
 */
#include "decode/entropy.h"

#include <string.h>

#include "decode/idct.h"

enum {
    LOOKUP_SIZE = 1 << HUFFMAN_LOOKUP_BITS,
    ENTRY_LENGTH = 63,
    ENTRY_APART = 1 << 6,
    MAX_AC_SIZE = 10, // T.81, table F.2
    MAX_DC_SIZE = 11, // T.81, table F.1
    ZERO_RUN = 0xF0,  // 16 zeros: the symbol's run is 15, and a zero is stored
    PAIR_LAST = BLOCK_COEFFICIENTS - 1 - 16, // up to here a first value is not a block's last one
    CORNER = 10,                             // coefficients of BLOCK_CORNER
    // For a code that does not exist: a move out of every block, yet not as far as END_OF_BLOCK.
    ENTRY_NONE = BLOCK_COEFFICIENTS << 8
};

typedef int16_t v8i16 __attribute__((vector_size(16), may_alias));

/** T.81, F.2.2.1: size bits as a signed value. */
static inline int extend(unsigned bits, unsigned size) {
    unsigned half = 1u << size >> 1;
    return (int)bits - (bits < half ? (int)(half * 2 - 1) : 0);
}

/** The entry for a code of `length` bits with `symbol`, when `left` bits, `rest`, are known behind
 *  it. */
static uint32_t make_entry(unsigned length, unsigned symbol, unsigned left, unsigned rest,
                           bool dc) {
    unsigned size = symbol & 15;
    unsigned run = dc ? 0 : symbol >> 4;
    if (!dc && size == 0 && symbol != ZERO_RUN) run = END_OF_BLOCK;
    if (size > left) return (uint32_t)size << 16 | run << 8 | ENTRY_APART | length;
    int value = extend(rest >> (left - size), size);
    return (uint32_t)value << 16 | run << 8 | (length + size);
}

/** See enum block_kind. */
static inline bool is_small(int value) {
    return value >= -64 && value < 64;
}

/** Two steps as one, where both are within the lookup:
 *      bits  0..5   bits to consume
 *      bit   6      no pair begins here: take a single step; all other bits are 0
 *      bits  8..15  from the present position to the first value; bits 16..31 to the second, the
 *                   last of this step
 *      bits 32..47  the first value; 48..63 the second
 *  Behind an end of block nothing is taken: the rest belongs to the next block, which begins with
 *  the DC table. Where there is no second step, the first one is written down twice: the loop knows
 *  pairs only. All values are small. */
static uint64_t make_pair(const struct huffman *table, unsigned bits) {
    uint32_t first = table->lookup[bits];
    unsigned length = first & ENTRY_LENGTH, place = first >> 8 & 0xFF, last = place;
    if (length == 0 || first & ENTRY_APART || !is_small((int32_t)first >> 16)) return ENTRY_APART;
    uint32_t second = table->lookup[bits << length & (LOOKUP_SIZE - 1)];
    unsigned more = second & ENTRY_LENGTH;
    if (place != END_OF_BLOCK && more != 0 && !(second & ENTRY_APART) &&
        is_small((int32_t)second >> 16) && length + more <= HUFFMAN_LOOKUP_BITS) {
        last += 1 + (second >> 8 & 0xFF);
        length += more;
    } else {
        second = first;
    }
    return (uint64_t)(second >> 16) << 48 | (uint64_t)(first >> 16) << 32 | last << 16 |
           place << 8 | length;
}

bool huffman_build(struct huffman *table, const struct huffman_codes *codes, bool dc) {
    unsigned code = 0, index = 0;
    memset(table->lookup, 0, sizeof table->lookup);
    for (unsigned length = 1; length <= 16; length++) {
        table->offset[length] = (int32_t)index - (int32_t)code;
        for (unsigned i = 0; i < codes->counts[length - 1]; i++, code++) {
            unsigned symbol = index < 256 ? codes->symbols[index] : 0xFF;
            if (code >= 1u << length || index >= 256) return false;
            if (dc ? symbol > MAX_DC_SIZE : (symbol & 15) > MAX_AC_SIZE) return false;
            table->symbols[index++] = (uint8_t)symbol;
            if (length > HUFFMAN_LOOKUP_BITS) continue;
            unsigned spread = HUFFMAN_LOOKUP_BITS - length;
            for (unsigned rest = 0; rest < 1u << spread; rest++)
                table->lookup[code << spread | rest] = make_entry(length, symbol, spread, rest, dc);
        }
        if (code >= 1u << length) return false; // libjpeg allows no code of ones alone
        table->limit[length] = code << (16 - length);
        code <<= 1;
    }
    table->dc = dc;
    for (unsigned bits = 0; bits < LOOKUP_SIZE && !dc; bits++)
        table->pairs[bits] = make_pair(table, bits);
    return true;
}

/** At least 56 bits, by one load of the next eight bytes. Above its lowest 6 bits count may be
 *  anything: so consume() need not cut an entry, and shift instructions look at no more than 6 bits
 *  either. */
static inline void refill(struct bit_reader *bits) {
    uint64_t more;
    memcpy(&more, bits->next, sizeof more);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    more = __builtin_bswap64(more);
#endif
    bits->window |= more >> (bits->count & 63);
    bits->next += ~bits->count >> 3 & 7;
    bits->count |= 56;
}

void bits_open(struct bit_reader *bits, const uint8_t *bytes, size_t length) {
    *bits = (struct bit_reader){.next = bytes, .end = bytes + length};
    refill(bits);
}

/** The first byte of which no bit has been consumed. */
static inline const uint8_t *position(const struct bit_reader *bits) {
    return bits->next - (bits->count & 63) / 8;
}

bool bits_finished(const struct bit_reader *bits) {
    return position(bits) == bits->end;
}

/** Consume as many bits as an entry's lowest six bits say. */
static inline void consume(struct bit_reader *bits, uint64_t entry) {
    bits->window <<= entry & ENTRY_LENGTH;
    bits->count -= (unsigned)entry;
}

static inline unsigned peek(const struct bit_reader *bits) {
    return (unsigned)(bits->window >> (64 - HUFFMAN_LOOKUP_BITS));
}

/** The entry of a code that is longer than the lookup. */
static __attribute__((noinline)) uint32_t long_entry(const struct huffman *table, uint64_t window) {
    unsigned next = (unsigned)(window >> 48);
    for (unsigned length = HUFFMAN_LOOKUP_BITS + 1; length <= 16; length++) {
        if (next >= table->limit[length]) continue;
        unsigned symbol = table->symbols[(int32_t)(next >> (16 - length)) + table->offset[length]];
        return make_entry(length, symbol, 0, 0, table->dc);
    }
    return ENTRY_NONE;
}

/** The next step: its value, and its move. Takes at most 27 bits and so leaves 29: enough for the
 *  next lookup, which need not wait for its refill. That wait would be on the critical path:
 *  lookup, shift, lookup... */
static inline int read_value(struct bit_reader *bits, const struct huffman *table, unsigned *move) {
    uint32_t entry = table->lookup[peek(bits)];
    if (__builtin_expect(entry == 0, 0)) entry = long_entry(table, bits->window);
    refill(bits);
    consume(bits, entry);
    *move = entry >> 8 & 0xFF;
    int value = (int32_t)entry >> 16;
    if (__builtin_expect(entry & ENTRY_APART, 0)) {
        unsigned size = entry >> 16;
        value = extend((unsigned)(bits->window >> 1 >> (63 - size)), size);
        consume(bits, size);
    }
    return value;
}

void mcu_plan_slots(struct mcu_plan *plan) {
    memset(plan->slot, BLOCK_COEFFICIENTS, sizeof plan->slot);
    int row = 0, column = 0, step = -1; // up and to the right at first
    for (int k = 0; k < BLOCK_COEFFICIENTS; k++) {
        plan->slot[k] = (uint8_t)idct_slot((unsigned)row, (unsigned)column);
        bool edge = step < 0 ? row == 0 || column == 7 : column == 0 || row == 7;
        if (!edge) {
            row += step;
            column -= step;
        } else {
            bool along = step < 0 ? column < 7 : row == 7; // whether the zigzag turns to the right
            column += along;
            row += !along;
            step = -step;
        }
    }
}

// Spelt out, since GCC makes a slow loop of a memset here.
static inline void clear(struct block *block) {
    for (int i = 0; i < BLOCK_COEFFICIENTS; i += 8)
        *(v8i16 *)(void *)(block->at + i) = (v8i16){0};
}

/** A single step at `at`, the slot of the next coefficient; returns the slot behind. */
static inline const uint8_t *read_single(struct bit_reader *bits, const struct huffman *ac,
                                         struct block *block, const uint8_t *at, bool *wide) {
    unsigned move;
    int value = read_value(bits, ac, &move);
    block->at[at[move]] = (int16_t)value;
    *wide |= !is_small(value);
    return at + move + 1;
}

/** AC coefficients. Returns false when the data are odd. */
static inline bool read_block(struct bit_reader *bits, const struct huffman *ac,
                              const uint8_t *slot, struct block *block, enum block_kind *kind) {
    uint64_t pair = ac->pairs[peek(bits)];
    if ((pair >> 8 & 0xFF) == END_OF_BLOCK) {
        refill(bits);
        consume(bits, pair);
        *kind = BLOCK_FLAT;
        return true;
    }
    clear(block);
    const uint8_t *at = slot + 1;
    bool wide = false;
    for (;;) {
        if (__builtin_expect(pair & ENTRY_APART, 0)) {
            at = read_single(bits, ac, block, at, &wide);
        } else {
            refill(bits);
            consume(bits, pair);
            unsigned last = pair >> 16 & 0xFFFF;
            block->at[at[pair >> 8 & 0xFF]] = (int16_t)(pair >> 32);
            block->at[at[last]] = (int16_t)(pair >> 48);
            at += last + 1;
        }
        if (at > slot + PAIR_LAST) break;
        pair = ac->pairs[peek(bits)];
    }
    while (at < slot + BLOCK_COEFFICIENTS)
        at = read_single(bits, ac, block, at, &wide);
    bool ended = at > slot + END_OF_BLOCK; // else full
    bool corner = ended && at <= slot + CORNER + END_OF_BLOCK + 1;
    *kind = wide ? BLOCK_WIDE : corner ? BLOCK_CORNER : BLOCK_SMALL;
    return ended || at == slot + BLOCK_COEFFICIENTS;
}

bool entropy_mcu(struct bit_reader *reader, const struct mcu_plan *plan, int predictors[4],
                 struct block *blocks, enum block_kind *kinds) {
    struct bit_reader bits = *reader; // in registers
    bool good = true;
    for (unsigned i = 0; i < plan->block_count; i++) {
        unsigned move;
        int *predictor = &predictors[plan->block[i].component], limit = plan->block[i].dc_limit;
        *predictor += read_value(&bits, plan->block[i].dc, &move);
        good &= move == 0 && *predictor >= -limit && *predictor <= limit;
        good &= read_block(&bits, plan->block[i].ac, plan->slot, &blocks[i], &kinds[i]);
        blocks[i].at[0] = (int16_t)*predictor;
    }
    *reader = bits;
    return good && position(&bits) <= bits.end;
}
