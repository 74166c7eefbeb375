// SPDX-License-Identifier: MIT
/** The segments in front of a baseline scan. Nothing is repaired here: the least oddity and the
 *  picture goes the general way. */
#include "decode/frame.h"

#include <string.h>

#include "bytes.h"
#include "decode/header.h"

struct payload {
    const unsigned char *at;
    size_t left;
};

static bool read_steps(struct frame *frame, struct payload data) {
    struct mcu_plan zigzag;
    mcu_plan_slots(&zigzag);
    while (data.left > 0) {
        unsigned wide = data.at[0] >> 4, index = data.at[0] & 15;
        size_t size = 1 + (wide + 1) * (size_t)BLOCK_COEFFICIENTS;
        if (wide > 1 || index >= FRAME_TABLES || data.left < size) return false;
        struct idct_table *table = &frame->steps[index];
        table->coarse = false;
        for (unsigned k = 0; k < BLOCK_COEFFICIENTS; k++) {
            unsigned step = wide ? hm_be16(data.at + 1 + 2 * k) : data.at[1 + k];
            if (step > IDCT_MAX_STEP) return false;
            table->coarse |= step > 255;
            table->step[zigzag.slot[k]] = (int16_t)step;
            table->guard[zigzag.slot[k]] = (int16_t)(4 * step);
        }
        frame->has_steps[index] = true;
        data.at += size;
        data.left -= size;
    }
    return true;
}

static bool read_codes(struct frame *frame, struct payload data) {
    while (data.left > 0) {
        if (data.left < 17) return false;
        unsigned class = data.at[0] >> 4, index = data.at[0] & 15, count = 0;
        for (unsigned i = 1; i <= 16; i++)
            count += data.at[i];
        if (class > 1 || index >= FRAME_TABLES || count > 256 || data.left < 17 + count)
            return false;
        *(class ? &frame->ac[index] : &frame->dc[index]) =
            (struct huffman_codes){data.at + 1, data.at + 17};
        data.at += 17 + count;
        data.left -= 17 + count;
    }
    return true;
}

static bool read_frame(struct frame *frame, struct payload data) {
    if (frame->component_count != 0 || data.left < 6 || data.at[0] != 8) return false;
    unsigned count = data.at[5];
    if ((count != 1 && count != 3) || data.left != 6 + 3 * (size_t)count) return false;
    frame->height = hm_be16(data.at + 1);
    frame->width = hm_be16(data.at + 3);
    for (unsigned i = 0; i < count; i++) {
        const unsigned char *at = data.at + 6 + 3 * (size_t)i;
        struct frame_component *component = &frame->component[i];
        component->id = at[0];
        component->h = at[1] >> 4;
        component->v = at[1] & 15;
        if (component->h < 1 || component->h > 4 || component->v < 1 || component->v > 4)
            return false;
        if (at[2] >= FRAME_TABLES) return false;
        component->steps = at[2];
        for (unsigned j = 0; j < i; j++)
            if (frame->component[j].id == component->id) return false;
        if (count == 1)
            component->h = component->v = 1; // a scan of one component has no use for its factors
        if (component->h > frame->h_max) frame->h_max = component->h;
        if (component->v > frame->v_max) frame->v_max = component->v;
    }
    frame->component_count = count;
    return frame->width > 0 && frame->height > 0;
}

/** libjpeg's guess (jdapimin.c: default_decompress_parms), as far as it ends in YCbCr without a
 *  doubt. */
static bool is_ycbcr(const struct frame *frame) {
    const struct frame_component *c = frame->component;
    if (frame->jfif) return true;
    if (frame->adobe) return frame->adobe_transform == 1;
    return c[0].id == 1 && c[1].id == 2 && c[2].id == 3;
}

static bool read_scan(struct frame *frame, struct payload data) {
    unsigned count = frame->component_count, blocks = 0;
    if (count == 0 || data.left != 4 + 2 * (size_t)count || data.at[0] != count) return false;
    for (unsigned i = 0; i < count; i++) {
        struct frame_component *component = &frame->component[i];
        component->dc = data.at[2 + 2 * i] >> 4;
        component->ac = data.at[2 + 2 * i] & 15;
        if (data.at[1 + 2 * i] != component->id || component->dc >= FRAME_TABLES ||
            component->ac >= FRAME_TABLES)
            return false;
        if (!frame->dc[component->dc].counts || !frame->ac[component->ac].counts) return false;
        if (!frame->has_steps[component->steps]) return false;
        blocks += component->h * component->v;
    }
    const unsigned char *spectrum = data.at + 1 + 2 * count;
    if (spectrum[0] != 0 || spectrum[1] != BLOCK_COEFFICIENTS - 1 || spectrum[2] != 0) return false;
    return blocks <= MCU_MAX_BLOCKS && (count == 1 || is_ycbcr(frame));
}

static bool read_application(struct frame *frame, unsigned marker, struct payload data) {
    if (marker == MARKER_APP0 && data.left >= 14 && !memcmp(data.at, "JFIF", 5)) frame->jfif = true;
    if (marker == MARKER_APP14 && data.left >= 12 && !memcmp(data.at, "Adobe", 5)) {
        frame->adobe = true;
        frame->adobe_transform = data.at[11];
    }
    return true;
}

static bool read_segment(struct frame *frame, unsigned marker, struct payload data) {
    switch (marker) {
    case MARKER_DQT:
        return read_steps(frame, data);
    case MARKER_DHT:
        return read_codes(frame, data);
    case MARKER_SOF0:
    case MARKER_SOF1:
        return read_frame(frame, data);
    case MARKER_DRI:
        if (data.left != 2) return false;
        frame->restart_interval = hm_be16(data.at);
        return true;
    case MARKER_SOS:
        return read_scan(frame, data);
    case MARKER_COM:
        return true;
    default:
        return marker >= MARKER_APP0 && marker <= MARKER_APP15 &&
               read_application(frame, marker, data);
    }
}

bool frame_read(struct frame *frame, const unsigned char *bytes, size_t length) {
    memset(frame, 0, sizeof *frame);
    size_t at = 2; // behind SOI
    unsigned marker;
    do {
        if (length - at < 4 || bytes[at] != 0xFF) return false;
        marker = bytes[at + 1];
        size_t size = hm_be16(bytes + at + 2);
        if (size < 2 || length - at - 2 < size) return false;
        if (!read_segment(frame, marker, (struct payload){bytes + at + 4, size - 2})) return false;
        at += 2 + size;
    } while (marker != MARKER_SOS);
    frame->scan = at;
    return true;
}
