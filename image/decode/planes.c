// SPDX-License-Identifier: MIT
/** Upsampling and colour conversion of the 224 x 224 wanted pixels, in libjpeg's integers. */
#include "decode/planes.h"

#include "decode/nearest.h"

static unsigned divide_up(unsigned a, unsigned b) {
    return (a + b - 1) / b;
}

/** The neighbour towards which pixel `at` of a doubled direction lies; at the border the sample
 *  itself. */
static uint16_t neighbour(unsigned at, unsigned extent) {
    unsigned sample = at / 2;
    if (at % 2) return (uint16_t)(sample + 1 < extent ? sample + 1 : sample);
    return (uint16_t)(sample > 0 ? sample - 1 : 0);
}

/** Where each output column or row finds its samples. */
static void locate(unsigned extent, unsigned expand, bool smooth, unsigned samples,
                   uint16_t *nearer, uint16_t *farther) {
    nearest_index(extent, nearer);
    for (int i = 0; i < HM_SIDE; i++) {
        unsigned at = nearer[i];
        nearer[i] = (uint16_t)(at / expand);
        farther[i] = smooth ? neighbour(at, samples) : nearer[i];
    }
}

/** Where the two samples of each output column are, and what they count. A pixel with one sample
 *  gets a neighbour of weight 0, on the side where there is one. */
static void weigh_columns(struct plane *plane, bool smooth, const uint16_t *nearer,
                          const uint16_t *farther) {
    for (int i = 0; i < HM_SIDE; i++) {
        unsigned c = nearer[i] < farther[i] ? nearer[i] : farther[i];
        if (nearer[i] == farther[i] && c > 0) c--;
        plane->column[i] = (uint16_t)c;
        plane->weight[0][i] = plane->weight[1][i] = 0;
        plane->weight[nearer[i] - c][i] = smooth ? 3 : 1;
        plane->weight[farther[i] - c][i] += smooth;
    }
}

/** libjpeg rounds halves up and down alternately: by column where columns are smoothed, else by
 *  row. */
static void set_bias(struct plane *plane, unsigned width, bool smooth_columns, bool smooth_rows) {
    uint16_t at[HM_SIDE];
    nearest_index(width, at);
    for (unsigned i = 0; i < HM_SIDE; i++)
        for (unsigned row = 0; row < 2; row++) {
            unsigned bias = 0;
            if (smooth_columns) bias = smooth_rows ? 8 - at[i] % 2 : 1 + at[i] % 2;
            if (!smooth_columns && smooth_rows) bias = 1 + row;
            plane->bias[row][i] = (uint16_t)bias;
        }
}

/** Multiply the weights of columns, so that all weights of a pixel add up to WEIGHTS_SUM. */
static void scale_weights(struct plane *plane, unsigned factor) {
    for (int i = 0; i < HM_SIDE; i++)
        for (int j = 0; j < 2; j++) {
            plane->weight[j][i] = (uint16_t)(plane->weight[j][i] * factor);
            plane->bias[j][i] = (uint16_t)(plane->bias[j][i] * factor);
        }
}

bool plane_init(struct plane *plane, unsigned width, unsigned height, unsigned h, unsigned v,
                unsigned h_max, unsigned v_max) {
    if (h_max % h != 0 || v_max % v != 0) return false;
    unsigned across = h_max / h, down = v_max / v;
    plane->width = divide_up(width * h, h_max);
    plane->height = divide_up(height * v, v_max);
    // Only exact doublings are smoothed; those that double the width want three samples or more.
    bool wide = plane->width > 2;
    bool smooth_columns = across == 2 && down <= 2 && wide;
    bool smooth_rows = down == 2 && (across == 1 || (across == 2 && wide));
    uint16_t nearer[HM_SIDE], farther[HM_SIDE];
    locate(width, across, smooth_columns, plane->width, nearer, farther);
    weigh_columns(plane, smooth_columns, nearer, farther);
    locate(height, down, smooth_rows, plane->height, plane->near, plane->far);
    plane->near_weight = smooth_rows ? 3 : 1;
    plane->far_weight = smooth_rows;
    set_bias(plane, width, smooth_columns, smooth_rows);
    scale_weights(plane, (smooth_columns ? 1u : 4u) * (smooth_rows ? 1u : 4u));
    uint16_t at[HM_SIDE];
    nearest_index(height, at);
    for (int i = 0; i < HM_SIDE; i++)
        plane->odd_row[i] = at[i] % 2;
    return true;
}

/** The two samples of each output column, the left one in the lower half: the only part that
 *  vectors can't do. */
static void pick(const struct plane *plane, const uint8_t *samples, uint16_t both[HM_SIDE]) {
    for (int x = 0; x < HM_SIDE; x++) {
        const uint8_t *at = samples + plane->column[x];
        both[x] = (uint16_t)(at[0] | at[1] << 8);
    }
}

void plane_row(const struct plane *plane, unsigned i, const uint8_t *near, const uint8_t *far,
               uint8_t *out) {
    const uint16_t near_weight = (uint16_t)plane->near_weight,
                   far_weight = (uint16_t)plane->far_weight;
    const uint16_t *left_weight = plane->weight[0], *right_weight = plane->weight[1];
    const uint16_t *bias = plane->bias[plane->odd_row[i]];
    uint16_t near_pair[HM_SIDE], far_pair[HM_SIDE];
    pick(plane, near, near_pair);
    const uint16_t *n = near_pair, *f = near_pair;
    if (far_weight) {
        pick(plane, far, far_pair);
        f = far_pair;
    }
    for (int x = 0; x < HM_SIDE; x++) {
        uint16_t left = (uint16_t)((n[x] & 255) * near_weight + (f[x] & 255) * far_weight);
        uint16_t right = (uint16_t)((n[x] >> 8) * near_weight + (f[x] >> 8) * far_weight);
        uint16_t sum = (uint16_t)(left * left_weight[x] + right * right_weight[x] + bias[x]);
        out[x] = (uint8_t)(sum / WEIGHTS_SUM); // sum: at most 4088
    }
}

static inline uint8_t clamp(int16_t value) {
    value = value < 0 ? 0 : value;
    return (uint8_t)(value > 255 ? 255 : value);
}

/** (a * b + 32768) >> 16, from the upper half of a 16-bit product as vector units have it. |a| <=
 *  128 */
static inline int16_t scale(int16_t a, int16_t b) {
    int16_t twice = (int16_t)((int16_t)(2 * a) * b >> 16);
    return (int16_t)((twice + 1) >> 1);
}

/** The tables of libjpeg's jdcolor.c as arithmetic: factors in 16 fractional bits (1.402, 1.772,
 *  0.34414, 0.71414), halves rounded up, each without its whole part so that 16-bit multiplications
 *  do. */
void planes_rgb(const uint8_t y[HM_SIDE], const uint8_t cb[HM_SIDE], const uint8_t cr[HM_SIDE],
                uint8_t *rgb) {
    enum {
        RED = 91881 - 65536,
        BLUE = 116130 - 131072,
        GREEN_CB = -22554,
        GREEN_CR = 65536 - 46802,
        HALF = 32768
    };
    uint8_t red[HM_SIDE], green[HM_SIDE], blue[HM_SIDE];
    for (int x = 0; x < HM_SIDE; x++) {
        int16_t b = (int16_t)(cb[x] - 128), r = (int16_t)(cr[x] - 128);
        int16_t cut =
            (int16_t)((b * GREEN_CB + r * GREEN_CR + HALF) >> 16); // one rounding for both
        red[x] = clamp((int16_t)(y[x] + r + scale(r, RED)));
        green[x] = clamp((int16_t)(y[x] - r + cut));
        blue[x] = clamp((int16_t)(y[x] + 2 * b + scale(b, BLUE)));
    }
    for (int x = 0; x < HM_SIDE; x++) {
        rgb[3 * x] = red[x];
        rgb[3 * x + 1] = green[x];
        rgb[3 * x + 2] = blue[x];
    }
}

void planes_grey(const uint8_t y[HM_SIDE], uint8_t *rgb) {
    for (int x = 0; x < HM_SIDE; x++)
        rgb[3 * x] = rgb[3 * x + 1] = rgb[3 * x + 2] = y[x];
}
