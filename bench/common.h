// SPDX-License-Identifier: MIT
/** What the benchmarks share: samples of a time, the peak, the machine, pinned threads. */
#ifndef HM_BENCH_COMMON_H
#define HM_BENCH_COMMON_H

#include <cjson/cJSON.h>

#include "bench.h"
#include "isa/isa.h"

/** Threads to use for options->threads. */
unsigned bench_threads(const struct bench_options *options);

/** Keep the OpenMP threads of this process on one CPU each. HM_EUNSUPPORTED when the system
 *  refuses. */
HM_WARN_UNUSED enum hm_status bench_pin(unsigned threads, struct hm_error *err);

/** GFLOP/s of multiply-adds on registers, all threads at once: the best of a few tenths of a
 *  second. */
double bench_peak_gflops(const struct nn_kernels *kernels, unsigned threads);

/** Seconds per call, repeated until `seconds` have passed, at least 3 and at most BENCH_SAMPLES
 *  times after one warm-up. */
enum { BENCH_SAMPLES = 2000 };
struct bench_time {
    double min, median;
    size_t samples;
};
struct bench_time bench_time(void (*call)(void *arg), void *arg, double seconds);

/** "AMD EPYC 7763", or the architecture when the system does not say. */
void bench_cpu(char *name, size_t size);

/** A JSON object with cpu, compiler, isa, threads, batch, peak_gflops; NULL without memory. */
cJSON *bench_report(const struct bench_options *options, const char *isa, unsigned batch,
                    double peak);
/** The same as text. */
void bench_heading(FILE *out, const char *isa, unsigned threads, unsigned batch, double peak);

/** Print and free the object (may be NULL: HM_ENOMEM). */
HM_WARN_UNUSED enum hm_status bench_print(cJSON *object, FILE *out, struct hm_error *err);

#endif
