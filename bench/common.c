// SPDX-License-Identifier: MIT
// The measuring side of the benchmarks.

#define _GNU_SOURCE // sched_setaffinity

#include "common.h"

#include <omp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

static const struct bench table[] = {
    {"model", "milliseconds a picture through the whole network", bench_model,
     BENCH_THREADS | BENCH_BATCH | BENCH_ISA | BENCH_PRECISION | BENCH_PIN},
    {"kernels", "GFLOP/s of each layer, and how near the FMA peak", bench_kernels,
     BENCH_THREADS | BENCH_BATCH | BENCH_ISA | BENCH_LAYER | BENCH_PIN},
    {"knn", "seconds to compare 10,000 vectors, or a file's, with one another", bench_knn,
     BENCH_THREADS | BENCH_ISA | BENCH_ROWS | BENCH_VECTORS | BENCH_PIN},
    {"jpeg", "milliseconds from a JPEG to the pixels that the network sees", bench_jpeg,
     BENCH_FILES},
};

const struct bench *benches(size_t *count) {
    *count = sizeof table / sizeof *table;
    return table;
}

unsigned bench_threads(const struct bench_options *options) {
    return options->threads ? options->threads : (unsigned)omp_get_num_procs();
}

enum hm_status bench_pin(unsigned threads, struct hm_error *err) {
    cpu_set_t allowed;
    int failed = sched_getaffinity(0, sizeof allowed, &allowed) != 0;
#pragma omp parallel num_threads((int)threads) reduction(| : failed)
    {
        // The n-th thread on the n-th CPU this process may use, beginning again when there are more
        // threads.
        int wanted = failed ? 0 : omp_get_thread_num() % CPU_COUNT(&allowed);
        cpu_set_t one;
        CPU_ZERO(&one);
        for (size_t cpu = 0; cpu < CPU_SETSIZE && !failed; cpu++)
            if (CPU_ISSET(cpu, &allowed) && wanted-- == 0) CPU_SET(cpu, &one);
        failed |= sched_setaffinity(0, sizeof one, &one) != 0;
    }
    return failed ? hm_fail(err, HM_EUNSUPPORTED, "the system does not let threads be pinned")
                  : HM_OK;
}

double bench_peak_gflops(const struct nn_kernels *kernels, unsigned threads) {
    const size_t rounds = 1 << 20;
    double best = 0;
    for (int repeat = 0; repeat < 20; repeat++) {
        double operations = 0;
        uint64_t start = hm_now_ns();
#pragma omp parallel num_threads((int)threads) reduction(+ : operations)
        operations += kernels->peak(rounds);
        double rate = operations / (double)(hm_now_ns() - start);
        if (rate > best) best = rate;
    }
    return best;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct bench_time bench_time(void (*call)(void *arg), void *arg, double seconds) {
    static double samples[BENCH_SAMPLES];
    size_t n = 0;
    call(arg);
    uint64_t begin = hm_now_ns();
    do {
        uint64_t start = hm_now_ns();
        call(arg);
        samples[n++] = (double)(hm_now_ns() - start) * 1e-9;
    } while (n < 3 || (n < BENCH_SAMPLES && (double)(hm_now_ns() - begin) * 1e-9 < seconds));
    qsort(samples, n, sizeof *samples, ascending);
    return (struct bench_time){samples[0], samples[n / 2], n};
}

void bench_cpu(char *name, size_t size) {
#if defined __x86_64__
    snprintf(name, size, "x86-64");
#elif defined __aarch64__
    snprintf(name, size, "AArch64");
#else
    snprintf(name, size, "unknown");
#endif
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (!file) return;
    char line[256];
    while (fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon) continue;
        colon[strcspn(colon, "\n")] = '\0';
        snprintf(name, size, "%s", colon + 1 + strspn(colon + 1, " \t"));
        break;
    }
    fclose(file);
}

cJSON *bench_report(const struct bench_options *options, const char *isa, unsigned batch,
                    double peak) {
    char cpu[128];
    bench_cpu(cpu, sizeof cpu);
    cJSON *object = cJSON_CreateObject();
    bool complete = object && cJSON_AddStringToObject(object, "cpu", cpu) &&
                    cJSON_AddStringToObject(object, "compiler", __VERSION__) &&
                    cJSON_AddStringToObject(object, "isa", isa) &&
                    cJSON_AddNumberToObject(object, "threads", bench_threads(options)) &&
                    cJSON_AddNumberToObject(object, "batch", batch) &&
                    cJSON_AddNumberToObject(object, "peak_gflops", peak);
    if (complete) return object;
    cJSON_Delete(object);
    return NULL;
}

void bench_heading(FILE *out, const char *isa, unsigned threads, unsigned batch, double peak) {
    char cpu[128];
    bench_cpu(cpu, sizeof cpu);
    fprintf(out,
            "%s, compiler %s\nISA %s, %u thread%s, %u picture%s at once, FMA peak %.1f GFLOP/s\n",
            cpu, __VERSION__, isa, threads, threads == 1 ? "" : "s", batch, batch == 1 ? "" : "s",
            peak);
}

enum hm_status bench_print(cJSON *object, FILE *out, struct hm_error *err) {
    char *text = object ? cJSON_Print(object) : NULL;
    cJSON_Delete(object);
    if (!text) return hm_fail(err, HM_ENOMEM, "no memory for a report");
    fprintf(out, "%s\n", text);
    cJSON_free(text);
    return HM_OK;
}
