// SPDX-License-Identifier: MIT
/** The wanted pixels of a picture that is decoded line by line, in whatever order the lines
 *  come. */
#include "decode/sample.h"

#include <stdlib.h>
#include <string.h>

#include "decode/nearest.h"
#include "mem.h"

static enum hm_status check_size(uint32_t width, uint32_t height, struct hm_error *err) {
    if (width == 0 || height == 0)
        return hm_fail(err, HM_EFORMAT, "corrupt: %u x %u pixels", width, height);
    if ((uint64_t)width * height > HM_IMAGE_MAX_PIXELS)
        return hm_fail(err, HM_EFORMAT, "%u x %u pixels, expected at most %d in all", width, height,
                       HM_IMAGE_MAX_PIXELS);
    if (width > HM_IMAGE_MAX_SIDE || height > HM_IMAGE_MAX_SIDE)
        return hm_fail(err, HM_EFORMAT, "%u x %u pixels, expected at most %d a side", width, height,
                       HM_IMAGE_MAX_SIDE);
    return HM_OK;
}

// The middles of n equal parts of an extent.
static void spread(unsigned extent, unsigned n, uint16_t *index) {
    for (uint64_t i = 0; i < n; i++)
        index[i] = (uint16_t)((2 * i + 1) * extent / (2 * n));
}

static unsigned scaled(unsigned extent, double scale) {
    unsigned n = (unsigned)(extent * scale + 0.5);
    return n ? n : 1;
}

// The largest grid of the picture's proportions in the box, without repeated pixels.
static void shrink(struct sample *sample, unsigned width, unsigned height) {
    double across = (double)sample->width / width, down = (double)sample->height / height;
    double scale = across < down ? across : down;
    sample->width = scale < 1 ? scaled(width, scale) : width;
    sample->height = scale < 1 ? scaled(height, scale) : height;
}

enum hm_status sample_begin(struct sample *sample, uint32_t width, uint32_t height,
                            struct hm_error *err) {
    size_t bytes = 0;
    HM_TRY(check_size(width, height, err));
    if (sample->network)
        sample->width = sample->height = HM_SIDE;
    else
        shrink(sample, width, height);
    sample->columns = calloc(sample->width, sizeof *sample->columns);
    sample->rows = calloc(sample->height, sizeof *sample->rows);
    if (!sample->network && hm_mul((size_t)sample->width * 3, sample->height, &bytes))
        sample->rgb = calloc(bytes, 1);
    if (!sample->columns || !sample->rows || !sample->rgb)
        return hm_fail(err, HM_ENOMEM, "no memory for %u x %u pixels", sample->width,
                       sample->height);
    if (sample->network) {
        nearest_index(width, sample->columns);
        nearest_index(height, sample->rows);
    } else {
        spread(width, sample->width, sample->columns);
        spread(height, sample->height, sample->rows);
    }
    return HM_OK;
}

void sample_rows(const struct sample *sample, unsigned y, unsigned *first, unsigned *end) {
    unsigned low = 0, high = sample->height;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (sample->rows[middle] < y)
            low = middle + 1;
        else
            high = middle;
    }
    *first = *end = low;
    while (*end < sample->height && sample->rows[*end] == y)
        ++*end;
}

void sample_put(struct sample *sample, const struct sample_line *line, const uint8_t *rgb) {
    unsigned first, end;
    sample_rows(sample, line->y, &first, &end);
    for (unsigned row = first; row < end; row++) {
        uint8_t *out = sample->rgb + (size_t)row * sample->width * 3;
        for (unsigned i = 0; i < sample->width; i++, out += 3) {
            unsigned x = sample->columns[i];
            if (x < line->first || (x - line->first) % line->step != 0) continue;
            memcpy(out, rgb + (size_t)((x - line->first) / line->step) * 3, 3);
        }
    }
}

void sample_free(struct sample *sample) {
    free(sample->columns);
    free(sample->rows);
    if (!sample->network) free(sample->rgb);
    *sample = (struct sample){0};
}
