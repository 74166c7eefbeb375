// SPDX-License-Identifier: MIT
/** Benchmarks: `hmrec bench NAME`. Each verifies what it is about to time, measures the FMA peak in
 *  the same run, and writes a table or one JSON object. Times are of this process alone;
 *  comparisons with other programs are in bench/peers. */
#ifndef HM_BENCH_H
#define HM_BENCH_H

#include <stdbool.h>
#include <stdio.h>

#include "hmrec/model.h"

struct hm_weights;

struct bench_options {
    const char *isa;                      // NULL: best usable
    unsigned threads;                     // 0: as many as there are CPUs for this process
    unsigned batch;                       // pictures at once; 0: 8
    const struct hm_precision *precision; // of bench model; NULL: the default
    double seconds;      // to spend on each figure; 0: 2 for the model, 0.2 for a kernel
    bool pin;            // keep each thread on one CPU
    bool json;           // one JSON object instead of a table
    const char *layer;   // only layers whose name contains this; NULL: all
    unsigned rows;       // of bench knn; 0: 10,000
    const char *vectors; // of bench knn, a .npy file; NULL: random ones
    char *const *files;  // of bench jpeg: NULL-terminated; none: a drawn photo
    const struct hm_weights *weights; // borrowed; NULL: random ones, whose speed is the same
};

typedef enum hm_status bench_fn(const struct bench_options *options, FILE *out,
                                struct hm_error *err);

/** Pictures a second through the whole network. */
bench_fn bench_model;
/** Each layer shape of the network under the plan for options->batch. */
bench_fn bench_kernels;

/** All pairs of the vectors of a file or of options->rows random ones, and one query against them.
 */
bench_fn bench_knn;

/** Decoding JPEGs to what the network sees, one thread. */
bench_fn bench_jpeg;

/** Options that mean something to some benchmarks only; seconds and json do to all. */
enum bench_uses {
    BENCH_THREADS = 1 << 0,
    BENCH_BATCH = 1 << 1,
    BENCH_ISA = 1 << 2,
    BENCH_PRECISION = 1 << 3,
    BENCH_LAYER = 1 << 4,
    BENCH_ROWS = 1 << 5,
    BENCH_PIN = 1 << 6,
    BENCH_FILES = 1 << 7,
    BENCH_VECTORS = 1 << 8
};

struct bench {
    const char *name, *summary;
    bench_fn *run;
    unsigned uses; // of enum bench_uses
};
/** The table of benchmarks; *count rows, static. */
const struct bench *benches(size_t *count);

#endif
