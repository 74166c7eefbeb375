// SPDX-License-Identifier: MIT
// Seeded weights: what an untrained but healthy network looks like. For demo, tests and
// benchmarks where the trained ones can't be had.
//
// The network is walked in the order of its data, with a prediction of mean and variance of every
// channel at hand (struct plane). Kernels are He-initialised; each batch norm gets the statistics
// predicted for its input, so activations keep their size to the end, and what all pictures have in
// common is subtracted again and again instead of drowning the differences. gamma and beta vary.
//
// The same bytes everywhere: integers from a counter-based generator, then only exactly rounded
// operations (+ - * / sqrt) in a fixed order. This file is compiled with -ffp-contract=off; nothing
// here may call another libm function.

#include "inside.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "mem.h"

enum { CHANNELS_MAX = 2048 };

// Keras' epsilon of ResNet's batch norms.
static const float bn_epsilon = 1.001e-5f;

// A residual branch adds this share of its He variance to the trunk. Below 1, as in trained
// networks: the trunk dominates, so that similar pictures stay similar through 16 to 50 blocks of
// random directions.
static const float branch_gain = 0.5f;

// Colour statistics of catalogue photos after x/127.5 - 1 (bright ground, a garment in the middle),
// and how their variance is made up: of light and shade common to all channels, of colour, and of
// texture that differs from pixel to pixel.
static const float pixel_mean[3] = {0.50f, 0.46f, 0.44f};
static const float pixel_variance = 0.30f, share_light = 0.65f, share_colour = 0.25f,
                   share_texture = 0.10f;

// Even ground and even cloth keep more of their variance through a ReLU than the normal
// distribution that rectify() assumes. Found on drawn catalogue photos: with this figure the
// standard deviation behind each batch norm stays between 0.75 and 1.3 from the first to the last.
static const float evenness = 1.15f;

// Prediction for one activation tensor: per channel, over pictures and places.
struct plane {
    float mean[CHANNELS_MAX];
    float variance[CHANNELS_MAX];
};

struct maker {
    struct hm_weights *weights;
    uint64_t seed;
    struct plane trunk, active, branch, rectified;
};

struct stream {
    uint64_t state;
};

// Each tensor has a stream of its own, keyed by its name (FNV-1a), so that none depends on what was
// drawn before.
static struct stream stream_of(uint64_t seed, const char *name) {
    return (struct stream){hm_mix64(hm_mix64(seed) ^ hm_fnv1a(name, strlen(name)))};
}

// Bell-shaped, variance 1: the sum of the draw's four 16-bit numbers. An exact integer, then one
// rounding.
static float bell(struct stream *stream) {
    const float scale = 1.0f / 37837.23f; // sqrt(4 * (65536^2 - 1) / 12)
    uint64_t bits = hm_splitmix64(&stream->state);
    int32_t sum =
        (int32_t)((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48));
    return (float)(sum - 2 * 65535) * scale;
}

// In [low, high).
static float uniform(struct stream *stream, float low, float high) {
    return low + (high - low) * ((float)(hm_splitmix64(&stream->state) >> 40) * 0x1p-24f);
}

// The tensor LAYER/PART to be filled, its stream, its spec.
static float *begin(struct maker *m, const char *layer, const char *part, struct stream *stream,
                    const struct hm_weights_spec **spec) {
    char name[sizeof(*spec)->name];
    int length = snprintf(name, sizeof name, "%s/%s", layer, part);
    const struct hm_network *network = m->weights->network;
    size_t i = weights_index(network, name), count;
    *spec = &hm_weights_specs(network, &count)[i];
    assert(length > 0 && i < count);
    (void)length;
    *stream = stream_of(m->seed, name);
    return m->weights->memory + (m->weights->tensors[i] - m->weights->memory);
}

static float *fill_kernel(struct maker *m, const char *layer, float gain,
                          const struct hm_weights_spec **spec) {
    struct stream stream;
    float *kernel = begin(m, layer, "kernel", &stream, spec);
    const size_t *shape = (*spec)->shape;
    size_t inputs = shape[0] * shape[1] * shape[2];
    float sd = gain * sqrtf(2.0f / (float)inputs); // He et al. 2015
    for (size_t i = 0, n = inputs * shape[3]; i < n; i++)
        kernel[i] = sd * bell(&stream);
    return kernel;
}

// A bias of a tenth of the layer's standard deviation moves the predicted mean.
static void fill_bias(struct maker *m, const char *layer, struct plane *out) {
    struct stream stream;
    const struct hm_weights_spec *spec;
    float *bias = begin(m, layer, "bias", &stream, &spec);
    for (size_t o = 0; o < spec->shape[0]; o++) {
        bias[o] = 0.1f * sqrtf(out->variance[o]) * bell(&stream);
        out->mean[o] += bias[o];
    }
}

// The first convolution sees pixels, which differ little from their neighbours: its variance is
// predicted from the sums of its kernel over places (and colours), not from each weight alone.
static void make_conv1(struct maker *m, struct plane *out) {
    const struct hm_weights_spec *spec;
    const float *kernel = fill_kernel(m, "conv1_conv", 1.0f, &spec);
    size_t places = spec->shape[0] * spec->shape[1], outs = spec->shape[3];
    for (size_t o = 0; o < outs; o++) {
        float colour[3] = {0, 0, 0}, squares = 0;
        for (size_t p = 0; p < places; p++)
            for (size_t c = 0; c < 3; c++) {
                float w = kernel[(p * 3 + c) * outs + o];
                colour[c] += w;
                squares += w * w;
            }
        float light = colour[0] + colour[1] + colour[2];
        out->mean[o] =
            colour[0] * pixel_mean[0] + colour[1] * pixel_mean[1] + colour[2] * pixel_mean[2];
        out->variance[o] =
            pixel_variance * (share_light * light * light + share_texture * squares +
                              share_colour * (colour[0] * colour[0] + colour[1] * colour[1] +
                                              colour[2] * colour[2]));
    }
    fill_bias(m, "conv1_conv", out);
}

// mean and variance of the sums, inputs taken as independent (a random kernel does not know how
// they hang together).
static void make_conv(struct maker *m, const char *layer, float gain, const struct plane *in,
                      struct plane *out) {
    const struct hm_weights_spec *spec;
    const float *kernel = fill_kernel(m, layer, gain, &spec);
    size_t places = spec->shape[0] * spec->shape[1], ins = spec->shape[2], outs = spec->shape[3];
    memset(out, 0, sizeof *out);
    for (size_t p = 0; p < places; p++)
        for (size_t i = 0; i < ins; i++, kernel += outs) {
            float mean = in->mean[i], variance = in->variance[i];
            for (size_t o = 0; o < outs; o++) {
                out->mean[o] += kernel[o] * mean;
                out->variance[o] += kernel[o] * kernel[o] * variance;
            }
        }
}

// max(0, x) of a normal x: mean and variance by the Taylor series of density and distribution
// around 0, good to 2 % for |t| <= 1.5, t = mean / sd.
static void rectify(float mean, float sd, float *out_mean, float *out_variance) {
    const float density0 = 0.39894228f; // 1 / sqrt(2 pi)
    float t = mean / sd;
    t = t < -1.5f ? -1.5f : t > 1.5f ? 1.5f : t;
    float s = t * t;
    float density = density0 * (1.0f - s * (1.0f / 2 - s * (1.0f / 8 - s * (1.0f / 48))));
    float below =
        0.5f + density0 * t * (1.0f - s * (1.0f / 6 - s * (1.0f / 40 - s * (1.0f / 336))));
    float first = density + t * below;
    float second = (s + 1.0f) * below + t * density;
    *out_mean = sd * first;
    *out_variance = sd * sd * (second - first * first) * evenness;
}

// Batch norm and ReLU. The statistics are the predicted ones, give or take, as an average over some
// other pictures would be.
static void make_bn_relu(struct maker *m, const char *layer, float centre, const struct plane *in,
                         struct plane *out) {
    struct stream gammas, betas, means, variances;
    const struct hm_weights_spec *spec;
    float *gamma = begin(m, layer, "gamma", &gammas, &spec);
    float *beta = begin(m, layer, "beta", &betas, &spec);
    float *moving_mean = begin(m, layer, "moving_mean", &means, &spec);
    float *moving_variance = begin(m, layer, "moving_variance", &variances, &spec);
    for (size_t c = 0; c < spec->shape[0]; c++) {
        gamma[c] = uniform(&gammas, 0.7f, 1.3f);
        beta[c] = centre + 0.2f * bell(&betas);
        moving_mean[c] = in->mean[c] + 0.1f * sqrtf(in->variance[c]) * bell(&means);
        moving_variance[c] = in->variance[c] * uniform(&variances, 0.8f, 1.25f);
        float scale = gamma[c] / sqrtf(moving_variance[c] + bn_epsilon);
        rectify((in->mean[c] - moving_mean[c]) * scale + beta[c], scale * sqrtf(in->variance[c]),
                &out->mean[c], &out->variance[c]);
    }
}

#define LAYER(part) (snprintf(layer, sizeof layer, "%s_%s", block->name, (part)), layer)

static void make_block(struct maker *m, const struct hm_block *block) {
    char layer[48];
    make_bn_relu(m, LAYER("preact_bn"), 0, &m->trunk, &m->active);
    if (block->shortcut == HM_PROJECTION) {
        make_conv(m, LAYER("0_conv"), 1.0f, &m->active, &m->trunk);
        fill_bias(m, LAYER("0_conv"), &m->trunk);
    }
    make_conv(m, LAYER("1_conv"), 1.0f, &m->active, &m->branch);
    make_bn_relu(m, LAYER("1_bn"), 0, &m->branch, &m->rectified);
    make_conv(m, LAYER("2_conv"), 1.0f, &m->rectified, &m->branch);
    make_bn_relu(m, LAYER("2_bn"), 0, &m->branch, &m->rectified);
    make_conv(m, LAYER("3_conv"), branch_gain, &m->rectified, &m->branch);
    fill_bias(m, LAYER("3_conv"), &m->branch);
    for (size_t c = 0; c < block->out; c++) {
        m->trunk.mean[c] += m->branch.mean[c];
        m->trunk.variance[c] += m->branch.variance[c];
    }
}

static void make_network(struct maker *m) {
    make_conv1(m, &m->trunk);
    size_t count;
    const struct hm_block *blocks = hm_network_blocks(m->weights->network, &count);
    for (size_t i = 0; i < count; i++)
        make_block(m, &blocks[i]);
    // A negative beta lets only strong answers through: less that all embeddings have in common.
    make_bn_relu(m, "post_bn", -0.3f, &m->trunk, &m->active);
}

static bool set_metadata(struct hm_weights *w, uint64_t seed) {
    char text[128];
    snprintf(text, sizeof text, "hmrec weights random --seed %llu", (unsigned long long)seed);
    w->source = strdup(text);
    w->source_sha256 = strdup("");
    snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
    w->random_seed = strdup(text);
    return w->source && w->source_sha256 && w->random_seed;
}

enum hm_status hm_weights_random(struct hm_weights **out, const struct hm_network *network,
                                 uint64_t seed, struct hm_error *err) {
    *out = NULL;
    size_t count, values = 0;
    if (!network) network = hm_networks(&count);
    const struct hm_weights_spec *specs = hm_weights_specs(network, &count);
    for (size_t i = 0; i < count; i++)
        values += hm_weights_count(&specs[i]);

    struct hm_weights *w = calloc(1, sizeof *w);
    struct maker *m = calloc(1, sizeof *m);
    if (w) w->memory = hm_alloc_aligned(values, sizeof(float));
    bool done = m && w && w->memory && set_metadata(w, seed) &&
                weights_set_network(w, network, NULL) == HM_OK;
    if (done) {
        const float *next = w->memory;
        for (size_t i = 0; i < count; next += hm_weights_count(&specs[i++]))
            w->tensors[i] = next;
        m->weights = w;
        m->seed = seed;
        make_network(m);
    }
    free(m);
    if (!done) {
        hm_weights_close(w);
        return hm_fail(err, HM_ENOMEM, "no memory for random weights of %zu MB",
                       values * sizeof(float) / 1000000);
    }
    *out = w;
    return HM_OK;
}
