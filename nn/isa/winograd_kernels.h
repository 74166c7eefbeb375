// SPDX-License-Identifier: MIT
// Winograd's convolutions: the part of kernels.c between the matrix product and the table, with its
// vec, load and store.
#ifndef NN_WINOGRAD_KERNELS_H
#define NN_WINOGRAD_KERNELS_H

// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks": Y = A' [(G g G') . (B' d B)]
// A. The points are 0, 1, -1, inf for m = 2; 0, 1, -1, 2, -2, inf for m = 4; 1, -1, 2, -2, 1/2,
// -1/2, inf for m = 5. The functions for lines are each one side of that product for one line of a
// tile.

// function(m, w, ...) with m as a constant, so that its loops are unrolled.
#define WITH_M(function, w, ...)                                                                   \
    ((w)->m == 2   ? function(2, w, __VA_ARGS__)                                                   \
     : (w)->m == 4 ? function(4, w, __VA_ARGS__)                                                   \
                   : function(5, w, __VA_ARGS__))

// B' d: m + 2 inputs, s floats apart, to m + 2 values, t apart.
ALWAYS_INLINE void input_line(const size_t m, const vec d[], const size_t s, vec v[],
                              const size_t t) {
    if (m == 2) {
        v[0 * t] = d[0 * s] - d[2 * s];
        v[1 * t] = d[1 * s] + d[2 * s];
        v[2 * t] = d[2 * s] - d[1 * s];
        v[3 * t] = d[3 * s] - d[1 * s];
    } else if (m == 4) {
        vec even1 = d[4 * s] - 4 * d[2 * s], odd1 = d[3 * s] - 4 * d[1 * s];
        vec even2 = d[4 * s] - d[2 * s], odd2 = d[3 * s] - d[1 * s];
        v[0 * t] = 4 * d[0 * s] + (d[4 * s] - 5 * d[2 * s]);
        v[1 * t] = even1 + odd1;
        v[2 * t] = even1 - odd1;
        v[3 * t] = even2 + 2 * odd2;
        v[4 * t] = even2 - 2 * odd2;
        v[5 * t] = 4 * d[1 * s] + (d[5 * s] - 5 * d[3 * s]);
    } else {
        vec even1 = (d[0 * s] + d[4 * s]) - 4.25f * d[2 * s];
        vec odd1 = (d[1 * s] + d[5 * s]) - 4.25f * d[3 * s];
        vec even2 = 0.5f * d[0 * s] - 2.5f * d[2 * s] + 2 * d[4 * s];
        vec odd2 = 0.25f * d[1 * s] - 1.25f * d[3 * s] + d[5 * s];
        vec even3 = 2 * d[0 * s] - 2.5f * d[2 * s] + 0.5f * d[4 * s];
        vec odd3 = 4 * d[1 * s] - 5 * d[3 * s] + d[5 * s];
        v[0 * t] = even1 + odd1;
        v[1 * t] = even1 - odd1;
        v[2 * t] = even2 + odd2;
        v[3 * t] = even2 - odd2;
        v[4 * t] = even3 + odd3;
        v[5 * t] = even3 - odd3;
        v[6 * t] = 5.25f * (d[2 * s] - d[4 * s]) + (d[6 * s] - d[0 * s]);
    }
}

// The six finite points of m = 5 to five outputs.
ALWAYS_INLINE void output_line5(const vec p[], const size_t s, vec y[], const size_t t) {
    vec sum1 = p[0 * s] + p[1 * s], diff1 = p[0 * s] - p[1 * s];
    vec sum2 = p[2 * s] + p[3 * s], diff2 = p[2 * s] - p[3 * s];
    vec sum3 = p[4 * s] + p[5 * s], diff3 = p[4 * s] - p[5 * s];
    y[0 * t] = sum1 + (sum2 + sum3);
    y[1 * t] = diff1 + (2 * diff2 + 0.5f * diff3);
    y[2 * t] = sum1 + (4 * sum2 + 0.25f * sum3);
    y[3 * t] = diff1 + (8 * diff2 + 0.125f * diff3);
    y[4 * t] = sum1 + (16 * sum2 + 0.0625f * sum3);
}

// A' p: m + 2 products to m outputs.
ALWAYS_INLINE void output_line(const size_t m, const vec p[], const size_t s, vec y[],
                               const size_t t) {
    if (m == 5) {
        output_line5(p, s, y, t);
        y[4 * t] += p[6 * s];
        return;
    }
    vec sum1 = p[1 * s] + p[2 * s], diff1 = p[1 * s] - p[2 * s];
    if (m == 2) {
        y[0 * t] = p[0 * s] + sum1;
        y[1 * t] = diff1 + p[3 * s];
    } else {
        vec sum2 = p[3 * s] + p[4 * s], diff2 = p[3 * s] - p[4 * s];
        y[0 * t] = p[0 * s] + sum1 + sum2;
        y[1 * t] = diff1 + 2 * diff2;
        y[2 * t] = sum1 + 4 * sum2;
        y[3 * t] = (diff1 + p[5 * s]) + 8 * diff2;
    }
}

// G g: 3 weights to m + 2.
ALWAYS_INLINE void weight_line(const size_t m, const vec g[], const size_t s, vec u[],
                               const size_t t) {
    vec outer = g[0 * s] + g[2 * s];
    if (m == 5) {
        vec far = g[0 * s] + 4 * g[2 * s], near = g[0 * s] + 0.25f * g[2 * s];
        u[0 * t] = (outer + g[1 * s]) / -4.5f;
        u[1 * t] = (outer - g[1 * s]) / -4.5f;
        u[2 * t] = (far + 2 * g[1 * s]) / 45;
        u[3 * t] = (far - 2 * g[1 * s]) / 45;
        u[4 * t] = (near + 0.5f * g[1 * s]) / 2.8125f;
        u[5 * t] = (near - 0.5f * g[1 * s]) / 2.8125f;
        u[6 * t] = g[2 * s];
    } else if (m == 2) {
        u[0 * t] = g[0 * s];
        u[1 * t] = 0.5f * (outer + g[1 * s]);
        u[2 * t] = 0.5f * (outer - g[1 * s]);
        u[3 * t] = g[2 * s];
    } else {
        vec far = (1.0f / 24) * g[0 * s] + (1.0f / 6) * g[2 * s];
        u[0 * t] = 0.25f * g[0 * s];
        u[1 * t] = (-1.0f / 6) * (outer + g[1 * s]);
        u[2 * t] = (-1.0f / 6) * (outer - g[1 * s]);
        u[3 * t] = far + (1.0f / 12) * g[1 * s];
        u[4 * t] = far - (1.0f / 12) * g[1 * s];
        u[5 * t] = g[2 * s];
    }
}

static const float zeros[2048]; // what a tile reads outside the picture

ALWAYS_INLINE void input_tile(const size_t m, const struct nn_wino *w, const float *in,
                              const struct nn_wino_tile *tile, float *v, size_t v_stride) {
    const size_t n = m + 2, channels = w->in_channels;
    const float *from[7][7];
    EACH(i, n) {
        EACH(j, n) {
            size_t y = tile->y + i - 1,
                   x = tile->x + j - 1; // wraps to a huge number above and left
            bool inside = y < w->side && x < w->side;
            size_t pixel = (tile->picture * w->side + y) * w->side + x;
            from[i][j] = inside ? in + pixel * channels : zeros;
        }
    }
    for (size_t c = 0; c < channels; c += VEC) {
        vec half[7][7], whole[7];
        EACH(j, n) {
            vec column[7];
            EACH(i, n) column[i] = load(from[i][j] + c);
            input_line(m, column, 1, &half[0][j], 7);
        }
        EACH(i, n) {
            input_line(m, half[i], 1, whole, 1);
            EACH(j, n) store(v + (i * n + j) * v_stride + c, whole[j]);
        }
    }
}

static void wino_input(const struct nn_wino *w, const float *in, size_t tile, size_t count,
                       float *v, size_t v_stride) {
    assert(w->in_channels % VEC == 0 && w->in_channels <= sizeof zeros / sizeof *zeros);
    for (size_t t = 0; t < count; t++, v += w->in_channels) {
        WITH_M(input_tile, w, in, w->tiles + tile + t, v, v_stride);
    }
}

ALWAYS_INLINE void output_tile(const size_t m, const struct nn_wino *w, const float *prod,
                               size_t prod_stride, const struct nn_wino_tile *tile,
                               const float *bias, size_t channel, float *out) {
    const size_t n = m + 2;
    EACH(c, NV) {
        vec half[5][7], b = load(bias + channel + c * VEC);
        EACH(j, n) {
            vec column[7];
            EACH(i, n) column[i] = load(prod + (i * n + j) * prod_stride + c * VEC);
            output_line(m, column, 1, &half[0][j], 7);
        }
        for (size_t i = 0; i < tile->rows; i++) {
            vec y[5];
            output_line(m, half[i], 1, y, 1);
            size_t pixel = (tile->picture * w->side + tile->y + i) * w->side + tile->x;
            float *to = out + pixel * w->out_channels + channel + c * VEC;
            EACH(j, m) {
                if (j < tile->cols) store(to + j * w->out_channels, relu(y[j] + b));
            }
        }
    }
}

static void wino_output(const struct nn_wino *w, const float *prod, size_t prod_stride, size_t tile,
                        size_t count, const float *bias, size_t channel, float *out) {
    for (size_t t = 0; t < count; t++, prod += NR) {
        WITH_M(output_tile, w, prod, prod_stride, w->tiles + tile + t, bias, channel, out);
    }
}

ALWAYS_INLINE void transform_weights(const size_t m, const struct nn_wino *w, const float *kernel,
                                     const float *scale, size_t channel, size_t count, float *u) {
    const size_t n = m + 2, in = w->in_channels, out = w->out_channels;
    for (size_t i = channel; i < channel + count; i++)
        for (size_t o = 0; o < out; o += VEC) {
            vec half[7][3], whole[7], s = scale ? load(scale + o) : (vec){0} + 1;
            EACH(x, 3) {
                vec column[3];
                EACH(y, 3) column[y] = load(kernel + ((y * 3 + x) * in + i) * out + o) * s;
                weight_line(m, column, 1, &half[0][x], 3);
            }
            float *to = u + o / NR * n * n * in * NR + i * NR + o % NR;
            EACH(y, n) {
                weight_line(m, half[y], 1, whole, 1);
                EACH(x, n) store(to + (y * n + x) * in * NR, whole[x]);
            }
        }
}

static void wino_weights(const struct nn_wino *w, const float *kernel, const float *scale,
                         size_t channel, size_t count, float *u) {
    assert(w->out_channels % NR == 0);
    WITH_M(transform_weights, w, kernel, scale, channel, count, u);
}

// ---- the 7x7/2 stem, F(4, 4) along x
// Two neighbouring pixels are 6 floats, so a line of the 7x7/2 kernel is a line of 4 taps of 6
// channels and stride 1, the last half tap being zero. The points are those of m = 5: 7 products
// make 4 outputs that took 16.

static void stem_input(const float *padded, float *v) {
    enum { CHANNELS = NN_STEM_PAIR };
    for (size_t y = 0; y < NN_STEM_LINES; y++, padded += NN_PADDED_SIDE * 3, v += CHANNELS)
        for (size_t c = 0; c < CHANNELS; c += VEC) { // writes past the 6, which the next line mends
            vec d[NN_STEM_POINTS], whole[NN_STEM_POINTS];
            EACH(i, NN_STEM_POINTS) d[i] = load(padded + i * CHANNELS + c);
            input_line(5, d, 1, whole, 1);
            EACH(i, NN_STEM_POINTS) store(v + i * NN_STEM_STRIDE + c, whole[i]);
        }
}

static void stem_output(const float *prod, size_t prod_stride, size_t lines, const float *bias,
                        float *out, size_t line_stride, size_t pixel_stride) {
    for (size_t y = 0; y < lines; y++, prod += NR, out += line_stride)
        EACH(j, NV) {
            vec p[NN_STEM_POINTS], x[5], b = load(bias + j * VEC);
            EACH(i, NN_STEM_POINTS) p[i] = load(prod + i * prod_stride + j * VEC);
            output_line5(p, 1, x, 1);
            x[3] += p[6]; // of F(5, 3) with one output less and one tap more
            EACH(i, NN_STEM_TILE) store(out + i * pixel_stride + j * VEC, x[i] + b);
        }
}

static void stem_weights(const float *kernel, size_t out, float *u) {
    enum { CHANNELS = NN_STEM_PAIR, TAPS = 4, SIDE = 7 };
    assert(out % NR == 0);
    for (size_t row = 0; row < NN_STEM_DEPTH; row++) // of 7 lines of 2 pixels of 3 channels
        for (size_t o = 0; o < out; o += VEC) {
            vec g[TAPS];
            EACH(t, TAPS) {
                size_t x = 2 * t + row % CHANNELS / 3;
                size_t at = (row / CHANNELS * SIDE + x) * 3 + row % 3;
                g[t] = x < SIDE ? load(kernel + at * out + o) : (vec){0};
            }
            vec even1 = (g[0] + g[2]) / -4.5f, odd1 = (g[1] + g[3]) / -4.5f;
            vec even2 = (g[0] + 4 * g[2]) / 45, odd2 = (2 * g[1] + 8 * g[3]) / 45;
            vec even3 = (g[0] + g[2] / 4) / 2.8125f, odd3 = (g[1] / 2 + g[3] / 8) / 2.8125f;
            float *to = u + o / NR * NN_STEM_POINTS * NN_STEM_DEPTH * NR + row * NR + o % NR;
            const vec whole[] = {even1 + odd1, even1 - odd1, even2 + odd2, even2 - odd2,
                                 even3 + odd3, even3 - odd3, g[3]};
            EACH(i, NN_STEM_POINTS) store(to + i * NN_STEM_DEPTH * NR, whole[i]);
        }
}

#endif
