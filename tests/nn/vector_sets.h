// SPDX-License-Identifier: MIT
/** Sets of vectors that a wrong bound would get wrong: ties within its margin, duplicates,
 *  multiples, zeros, one-hot rows, vectors without or with nothing but a remainder. */
#ifndef HM_VECTOR_SETS_H
#define HM_VECTOR_SETS_H

#include <math.h>
#include <string.h>

#include "knn_support.h"

// Like normal ones.
static inline float normal(void) {
    return 1.7f * (uniform() + uniform() + uniform() + uniform() - 2);
}

// ---- sets of vectors, f32 [n][HM_DIM]

enum { LATENT = 40, CLUSTER = 12 };

// Rectified mixtures of a few latent numbers, in clusters: what a network's embeddings are like.
static void features(float *rows, size_t n) {
    static float basis[LATENT][HM_DIM];
    float centre[LATENT] = {0};
    for (size_t l = 0; l < LATENT; l++)
        for (size_t d = 0; d < HM_DIM; d++)
            basis[l][d] = normal() / sqrtf((float)l + 1);
    for (size_t i = 0; i < n; i++) {
        float *row = rows + i * HM_DIM;
        for (size_t l = 0; i % CLUSTER == 0 && l < LATENT; l++)
            centre[l] = normal();
        for (size_t d = 0; d < HM_DIM; d++)
            row[d] = 0.1f * normal();
        for (size_t l = 0; l < LATENT; l++) {
            float z = centre[l] + 0.5f * normal();
            for (size_t d = 0; d < HM_DIM; d++)
                row[d] += z * basis[l][d];
        }
        for (size_t d = 0; d < HM_DIM; d++)
            row[d] = fmaxf(row[d], 0);
    }
}

static void noise(float *rows, size_t n) {
    for (size_t i = 0; i < n * HM_DIM; i++)
        rows[i] = uniform();
}

// Copies of a few rows that differ in the last bits of a few numbers.
static void near_ties(float *rows, size_t n) {
    features(rows, n);
    for (size_t i = 6; i < n; i++) {
        float *row = rows + i * HM_DIM;
        memcpy(row, rows + i % 6 * HM_DIM, HM_DIM * sizeof *row);
        for (size_t bits = below(4); bits; bits--) {
            float *x = row + below(HM_DIM);
            *x = nextafterf(*x, below(2) ? 2 * *x + 1 : 0);
        }
    }
}

static void multiples(float *rows, size_t n) {
    features(rows, n);
    for (size_t i = n / 2; i < n; i++) {
        float factor = below(2) ? 3 * uniform() + 0.1f : -1;
        for (size_t d = 0; d < HM_DIM; d++)
            rows[i * HM_DIM + d] = rows[i / 2 * HM_DIM + d] * factor;
    }
}

static void lengths(float *rows, size_t n) {
    features(rows, n);
    for (size_t i = 0; i < n; i++)
        for (size_t d = 0; d < HM_DIM; d++)
            rows[i * HM_DIM + d] = ldexpf(rows[i * HM_DIM + d], i % 3 == 0   ? 100
                                                                : i % 3 == 1 ? -110
                                                                             : 0);
}

static void zeros(float *rows, size_t n) {
    features(rows, n);
    for (size_t i = 0; i < n; i++)
        if (below(3) == 0) memset(rows + i * HM_DIM, 0, HM_DIM * sizeof *rows);
}

static void nothing_else(float *rows, size_t n) {
    memset(rows, 0, n * HM_DIM * sizeof *rows);
}

static void one_hot(float *rows, size_t n) {
    memset(rows, 0, n * HM_DIM * sizeof *rows);
    for (size_t i = 0; i < n; i++)
        rows[i * HM_DIM + below(HM_DIM)] = below(2) ? 1 : -7;
}

// What is left of these beside a direction is too small to be divided by.
static void whispers(float *rows, size_t n) {
    memset(rows, 0, n * HM_DIM * sizeof *rows);
    for (size_t i = 0; i < n; i++) {
        rows[i * HM_DIM] = 1;
        rows[i * HM_DIM + 1 + below(HM_DIM - 1)] = below(2) ? 1e-38f : 1e-44f;
    }
}

static void all_equal(float *rows, size_t n) {
    features(rows, n);
    for (size_t i = 1; i < n; i++)
        memcpy(rows + i * HM_DIM, rows, HM_DIM * sizeof *rows);
}

// Every other row is the same one: strips in which most pairs pass.
static void half_equal(float *rows, size_t n) {
    features(rows, n);
    for (size_t i = 2; i < n; i += 2)
        memcpy(rows + i * HM_DIM, rows, HM_DIM * sizeof *rows);
}

// Three dimensions: no remainder, and fewer directions than are asked for.
static void flat(float *rows, size_t n) {
    static float basis[3][HM_DIM];
    for (size_t b = 0; b < 3; b++)
        for (size_t d = 0; d < HM_DIM; d++)
            basis[b][d] = normal();
    for (size_t i = 0; i < n; i++) {
        float a = normal(), b = normal(), c = normal();
        for (size_t d = 0; d < HM_DIM; d++)
            rows[i * HM_DIM + d] = a * basis[0][d] + b * basis[1][d] + c * basis[2][d];
    }
}

static const struct set {
    const char *name;
    void (*fill)(float *rows, size_t n);
} sets[] = {
    {"features", features},       {"noise", noise},           {"near ties", near_ties},
    {"multiples", multiples},     {"lengths", lengths},       {"zeros", zeros},
    {"only zeros", nothing_else}, {"one-hot", one_hot},       {"whispers", whispers},
    {"all equal", all_equal},     {"half equal", half_equal}, {"flat", flat},
};
enum { SETS = sizeof sets / sizeof *sets, MOST = 900 };

static float *rows_new(size_t n, const struct set *set) {
    float *rows = vectors_new(n);
    set->fill(rows, n);
    return rows;
}

#endif
