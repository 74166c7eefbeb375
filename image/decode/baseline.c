// SPDX-License-Identifier: MIT
/** The fast path: a plain baseline picture, of which only what the network sees is computed.
 *
 *  Every Huffman code has to be read, since each begins where the last one ends. All the rest is
 *  done for the wanted samples only: of each block the one or two rows (of eight) that an output
 *  row touches, upsampling and colour at 224 x 224 places. One MCU at a time goes from bits to rows
 *  of samples, so the working set is a few lines of the picture, whatever its size. Whenever the
 *  data are not flawless the picture is given up: libjpeg then decides what can be had of it.
 */
#include "decode/baseline.h"

#include <stdlib.h>
#include <string.h>

#include "decode/entropy.h"
#include "decode/frame.h"
#include "decode/idct.h"
#include "mem.h"
#include "decode/planes.h"

/** A component's lines in the present row of MCUs and in the one before. An output row needs lines
 *  of no other: the farther of its two lies at most one line away, below the nearer one for all
 *  components or above it for all. */
struct band {
    struct plane plane;
    unsigned v;      // block rows
    unsigned stride; // samples a line, padding of the last MCU included
    uint8_t *lines;  // u8 [2][8 * v][stride], behind struct baseline
    uint8_t *
        wanted; // [stride / 8] whether an output column touches this column of blocks; behind lines
    unsigned count[4]; // wanted rows in each row of blocks
    struct idct_row row[4][8];
};

/** A block of the MCU. */
struct place {
    unsigned across, width; // column within the MCU; blocks of the component in a row of the MCU
    const uint8_t *wanted;  // as in its band
    const unsigned *count;  // likewise of its row of blocks
    const struct idct_row *rows;
    const struct idct_table *table;
};

struct baseline {
    const struct frame *frame;
    unsigned mcus_across;
    struct mcu_plan plan;
    struct place place[MCU_MAX_BLOCKS];
    struct block blocks[MCU_MAX_BLOCKS];
    enum block_kind kinds[MCU_MAX_BLOCKS];
    int predictors[4];
    struct bit_reader bits;
    struct idct_range range;
    struct band band[FRAME_MAX_COMPONENTS];
    const unsigned char *bytes; // the file
    size_t length;
    size_t at;      // of the marker that ended the present restart interval
    uint8_t *scan;  // the present restart interval without stuffing, behind the bands
    size_t defined; // bytes of scan that have been written
    unsigned to_go; // MCUs before the next restart marker
    unsigned restarts;
    unsigned emitted; // output rows done
    // Last, since nothing but what the components use of them is ever touched.
    struct huffman dc[FRAME_TABLES];
    struct huffman ac[FRAME_TABLES];
};

/** Remove the stuffing of the interval at `at`. Its end is the next marker. */
static bool open_interval(struct baseline *b) {
    uint8_t *out = b->scan;
    for (;;) {
        const unsigned char *from = b->bytes + b->at;
        const unsigned char *mark = memchr(from, 0xFF, b->length - b->at);
        if (!mark || (size_t)(mark - b->bytes) + 1 >= b->length)
            return false; // no marker behind: cut short
        size_t run = (size_t)(mark - from);
        memcpy(out, from, run);
        out += run;
        b->at += run;
        if (mark[1] != 0) break;
        *out++ = 0xFF;
        b->at += 2;
    }
    size_t size = (size_t)(out - b->scan), padded = size + SCAN_PADDING;
    if (padded > b->defined) { // what an earlier interval left is as good as zeros
        size_t from = size > b->defined ? size : b->defined;
        memset(b->scan + from, 0, padded - from);
        b->defined = padded;
    }
    bits_open(&b->bits, b->scan, size);
    memset(b->predictors, 0, sizeof b->predictors);
    b->to_go = b->frame->restart_interval;
    return true;
}

/** Step over the restart marker that is due. */
static bool next_interval(struct baseline *b) {
    if (!bits_finished(&b->bits) || b->bytes[b->at + 1] != MARKER_RST0 + b->restarts % 8)
        return false;
    b->restarts++;
    b->at += 2;
    return open_interval(b);
}

/** Make the code tables that the components use. */
static bool build_codes(struct baseline *b) {
    const struct frame *frame = b->frame;
    bool has_dc[FRAME_TABLES] = {false}, has_ac[FRAME_TABLES] = {false};
    for (unsigned c = 0; c < frame->component_count; c++) {
        unsigned dc = frame->component[c].dc, ac = frame->component[c].ac;
        if (!has_dc[dc] && !huffman_build(&b->dc[dc], &frame->dc[dc], true)) return false;
        if (!has_ac[ac] && !huffman_build(&b->ac[ac], &frame->ac[ac], false)) return false;
        has_dc[dc] = has_ac[ac] = true;
    }
    return true;
}

static void plan_mcu(struct baseline *b) {
    mcu_plan_slots(&b->plan);
    unsigned n = 0;
    for (unsigned c = 0; c < b->frame->component_count; c++) {
        const struct frame_component *component = &b->frame->component[c];
        const struct band *band = &b->band[c];
        for (unsigned down = 0; down < component->v; down++)
            for (unsigned across = 0; across < component->h; across++, n++) {
                b->place[n] = (struct place){across,          component->h,
                                             band->wanted,    &band->count[down],
                                             band->row[down], &b->frame->steps[component->steps]};
                b->plan.block[n].dc = &b->dc[component->dc];
                b->plan.block[n].ac = &b->ac[component->ac];
                b->plan.block[n].component = c;
                b->plan.block[n].dc_limit = idct_dc_limit(b->place[n].table);
            }
    }
    b->plan.block_count = n;
}

/** Lay out a component's lines from memory on. */
static bool plan_band(struct baseline *b, unsigned c, uint8_t *memory) {
    const struct frame *frame = b->frame;
    const struct frame_component *component = &frame->component[c];
    struct band *band = &b->band[c];
    struct plane *plane = &band->plane;
    if (!plane_init(plane, frame->width, frame->height, component->h, component->v, frame->h_max,
                    frame->v_max))
        return false;
    band->v = component->v;
    band->stride = b->mcus_across * component->h * 8;
    band->lines = memory;
    band->wanted = memory + (size_t)band->stride * (2 * 8 * band->v);
    for (unsigned side = 0; side < 2; side++)
        for (int i = 0; i < HM_SIDE; i++)
            if (plane->weight[side][i] > 0) band->wanted[(plane->column[i] + side) / 8] = 1;
    return true;
}

static size_t band_size(const struct frame_component *component, unsigned mcus_across) {
    size_t blocks = (size_t)mcus_across * component->h;
    return blocks * 8 * (2 * 8 * component->v) + blocks;
}

/** Everything in one block of memory: malloc keeps a block that is freed for the next picture, but
 *  gives several back to the system, and fresh pages take the time of thousands of codes. */
static struct baseline *baseline_new(const struct frame *frame, const unsigned char *bytes,
                                     size_t length) {
    unsigned mcus_across = (frame->width + 8 * frame->h_max - 1) / (8 * frame->h_max);
    size_t bands = 0, scan = length - frame->scan + SCAN_PADDING;
    for (unsigned c = 0; c < frame->component_count; c++)
        bands += band_size(&frame->component[c], mcus_across);
    struct baseline *b = hm_alloc_aligned(1, sizeof *b + bands + scan);
    if (!b) return NULL;
    uint8_t *memory = (uint8_t *)(b + 1);
    memset(b, 0, offsetof(struct baseline, dc));
    memset(memory, 0, bands);
    b->frame = frame;
    b->mcus_across = mcus_across;
    b->bytes = bytes;
    b->length = length;
    b->at = frame->scan;
    b->scan = memory + bands;
    return b;
}

static bool prepare(struct baseline *b) {
    uint8_t *memory = (uint8_t *)(b + 1);
    for (unsigned c = 0; c < b->frame->component_count; c++) {
        if (!plan_band(b, c, memory)) return false;
        memory += band_size(&b->frame->component[c], b->mcus_across);
    }
    if (!build_codes(b)) return false;
    plan_mcu(b);
    return open_interval(b);
}

/** The samples of one row of a component. */
static uint8_t *band_line(const struct band *band, unsigned row) {
    return band->lines + (size_t)(row % (2 * 8 * band->v)) * band->stride;
}

/** Which rows of the band of MCU row m do the output rows to come want? */
static void plan_rows(const struct baseline *b, struct band *band, unsigned m) {
    const struct plane *plane = &band->plane;
    unsigned begin = m * 8 * band->v, end = begin + 8 * band->v;
    uint32_t rows = 0;
    for (unsigned i = b->emitted; i < HM_SIDE; i++) {
        unsigned near = plane->near[i], far = plane->far[i];
        if (near >= end && far >= end) break;
        if (near >= begin && near < end) rows |= 1u << (near - begin);
        if (far >= begin && far < end) rows |= 1u << (far - begin);
    }
    for (unsigned down = 0; down < band->v; down++) {
        band->count[down] = 0;
        for (unsigned r = 0; r < 8; r++)
            if (rows >> (8 * down + r) & 1)
                band->row[down][band->count[down]++] =
                    (struct idct_row){r, band_line(band, begin + 8 * down + r)};
    }
}

static bool decode_mcu(struct baseline *b, unsigned x) {
    if (!entropy_mcu(&b->bits, &b->plan, b->predictors, b->blocks, b->kinds)) return false;
    for (unsigned i = 0; i < b->plan.block_count; i++) {
        const struct place *place = &b->place[i];
        unsigned column = x * place->width + place->across, count = *place->count;
        if (count == 0 || !place->wanted[column]) continue;
        if (b->kinds[i] == BLOCK_FLAT)
            idct_flat_rows(b->blocks[i].at[0], place->table, place->rows, count, column, &b->range);
        else
            idct_rows(&b->blocks[i], b->kinds[i], place->table, place->rows, count, column,
                      &b->range);
    }
    return true;
}

static void emit_row(struct baseline *b, uint8_t *rgb) {
    uint8_t samples[FRAME_MAX_COMPONENTS][HM_SIDE];
    for (unsigned c = 0; c < b->frame->component_count; c++) {
        const struct band *band = &b->band[c];
        const struct plane *plane = &band->plane;
        plane_row(plane, b->emitted, band_line(band, plane->near[b->emitted]),
                  band_line(band, plane->far[b->emitted]), samples[c]);
    }
    if (b->frame->component_count == 1)
        planes_grey(samples[0], rgb);
    else
        planes_rgb(samples[0], samples[1], samples[2], rgb);
}

/** Write the output rows that have all of theirs after MCU row m. */
static void finish_rows(struct baseline *b, unsigned m, uint8_t *pixels) {
    for (; b->emitted < HM_SIDE; b->emitted++) {
        for (unsigned c = 0; c < b->frame->component_count; c++) {
            const struct band *band = &b->band[c];
            unsigned end = (m + 1) * 8 * band->v;
            if (band->plane.near[b->emitted] >= end || band->plane.far[b->emitted] >= end) return;
        }
        emit_row(b, pixels + (size_t)b->emitted * HM_SIDE * 3);
    }
}

static bool decode(struct baseline *b, uint8_t *pixels) {
    const struct frame *frame = b->frame;
    unsigned mcus_down = (frame->height + 8 * frame->v_max - 1) / (8 * frame->v_max);
    if (!prepare(b)) return false;
    for (unsigned m = 0; m < mcus_down; m++) {
        for (unsigned c = 0; c < frame->component_count; c++)
            plan_rows(b, &b->band[c], m);
        for (unsigned x = 0; x < b->mcus_across; x++) {
            if (frame->restart_interval > 0 && b->to_go == 0 && !next_interval(b)) return false;
            b->to_go--;
            if (!decode_mcu(b, x)) return false;
        }
        finish_rows(b, m, pixels);
    }
    return bits_finished(&b->bits) && b->bytes[b->at + 1] == MARKER_EOI && idct_in_range(&b->range);
}

bool baseline_decode(const unsigned char *bytes, size_t length, const struct jpeg_header *header,
                     uint8_t pixels[HM_PIXEL_BYTES]) {
    struct frame frame;
    if (!frame_read(&frame, bytes, length) || frame.width != header->width ||
        frame.height != header->height)
        return false;
    struct baseline *b = baseline_new(&frame, bytes, length);
    bool done = b && decode(b, pixels);
    free(b);
    return done;
}
