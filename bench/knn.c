// SPDX-License-Identifier: MIT
// bench knn: the 10 nearest of every row among n of a file or random ones, and of one query.

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "common.h"
#include "hmrec/knn.h"
#include "mem.h"
#include "vectors.h"

enum { K = 10, DEFAULT_ROWS = 10000, VERIFIED_ROWS = 300, RUNS = 100 };

struct job {
    const float *rows; // [n][HM_DIM]
    size_t n;
    struct hm_neighbour *out; // [n][K]
    struct hm_knn_options options;
    struct hm_knn_work work;   // of the last search of all
    double seconds, processor; // of the fastest search, and of all its threads together
    size_t runs;
    double query; // seconds
};

// Uniform in 0 .. 1, as in the FAISS comparison: everything is alike, so that the lists change
// often.
static void fill(float *rows, size_t count) {
    uint64_t state = 88172645463325252ull;
    for (size_t i = 0; i < count; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        rows[i] = (float)(state >> 40) * 0x1p-24f;
    }
}

static double score(const float *a, const float *b) {
    double ab = 0, aa = 0, bb = 0;
    for (size_t d = 0; d < HM_DIM; d++) {
        ab += (double)a[d] * (double)b[d];
        aa += (double)a[d] * (double)a[d];
        bb += (double)b[d] * (double)b[d];
    }
    return (1 + ab / sqrt(aa * bb)) / 2;
}

// Before timing: of the first rows, every listed score is the pair's, and exactly K rows score
// better than what is not listed.
static enum hm_status verify(struct job *job, struct hm_error *err) {
    const size_t n = job->n < VERIFIED_ROWS ? job->n : VERIFIED_ROWS;
    const double rounding = 2e-6;
    HM_TRY(hm_knn_all(job->rows, n, K, job->out, &job->options, err));
    for (size_t i = 0; i < n; i++) {
        const float *row = job->rows + i * HM_DIM;
        const struct hm_neighbour *list = job->out + i * K;
        size_t better = 0, wrong = 0, found = 0;
        while (found < K && list[found].index != HM_KNN_NONE)
            found++;
        for (size_t j = 0; j < found; j++)
            wrong += fabs((double)list[j].score - score(row, job->rows + list[j].index * HM_DIM)) >
                     rounding;
        for (size_t j = 0; j < n && found; j++)
            better += j != i &&
                      score(row, job->rows + j * HM_DIM) > (double)list[found - 1].score + rounding;
        if (wrong || found != (n - 1 < K ? n - 1 : K) || better >= K)
            return hm_fail(err, HM_EFORMAT, "row %zu: the neighbours found are not the nearest", i);
    }
    return HM_OK;
}

static double processor_seconds(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static enum hm_status measure(struct job *job, double seconds, struct hm_error *err) {
    uint64_t begin = hm_now_ns(), start, end;
    job->seconds = job->query = INFINITY;
    do {
        double processor = processor_seconds();
        start = hm_now_ns();
        HM_TRY(hm_knn_all(job->rows, job->n, K, job->out, &job->options, err));
        end = hm_now_ns();
        double took = (double)(end - start) * 1e-9;
        if (took < job->seconds) {
            job->seconds = took;
            job->processor = processor_seconds() - processor;
        }
    } while (++job->runs < RUNS && (double)(end - begin) * 1e-9 < seconds);
    job->options.work = NULL;
    for (int i = 0; i < 3; i++) {
        start = hm_now_ns();
        HM_TRY(
            hm_knn_query(job->rows, 1, job->rows, job->n, K, NULL, job->out, &job->options, err));
        double took = (double)(hm_now_ns() - start) * 1e-9;
        if (took < job->query) job->query = took;
    }
    return HM_OK;
}

static enum hm_status report(const struct job *job, const struct bench_options *options,
                             const char *isa, FILE *out, struct hm_error *err) {
    double best = job->seconds, n = (double)job->n;
    // What a search without symmetry would have to do, as FAISS counts it, and what was done.
    double counted = 2 * n * n * HM_DIM / best * 1e-9;
    double done = n * (n - 1) * HM_DIM / best * 1e-9;
    double share = job->work.pairs ? (double)job->work.compared / (double)job->work.pairs : 1;
    double peak = bench_peak_gflops(nn_isa_kernels(isa), bench_threads(options));
    if (!options->json) {
        char cpu[128];
        bench_cpu(cpu, sizeof cpu);
        fprintf(out,
                "%s, ISA %s, %u threads, FMA peak %.1f GFLOP/s\n%zu x %d, %d nearest of each: "
                "%.3f s (best of %zu; processor %.3f s), %.3g %% of the pairs in full, "
                "%.0f GFLOP/s counting every pair twice",
                cpu, isa, bench_threads(options), peak, job->n, HM_DIM, K, best, job->runs,
                job->processor, 100 * share, counted);
        if (share == 1)
            fprintf(out, ", %.0f GFLOP/s done (%.0f %% of the peak)", done, 100 * done / peak);
        fprintf(out, "\none query: %.2f ms\n", job->query * 1e3);
        return HM_OK;
    }
    cJSON *object = bench_report(options, isa, 1, peak);
    cJSON_AddNumberToObject(object, "n", n);
    cJSON_AddNumberToObject(object, "k", K);
    cJSON_AddNumberToObject(object, "seconds_min", best);
    cJSON_AddNumberToObject(object, "processor_seconds", job->processor);
    cJSON_AddNumberToObject(object, "compared_share", share);
    cJSON_AddNumberToObject(object, "gflops", counted);
    if (share == 1) cJSON_AddNumberToObject(object, "gflops_done", done);
    cJSON_AddNumberToObject(object, "ms_per_query_min", job->query * 1e3);
    return bench_print(object, out, err);
}

static enum hm_status get_rows(float **rows, size_t *n, const struct bench_options *options,
                               struct hm_error *err) {
    size_t count;
    if (options->vectors) return bench_read_vectors(rows, n, options->vectors, err);
    *n = options->rows ? options->rows : DEFAULT_ROWS;
    *rows = hm_mul(*n, HM_DIM, &count) ? hm_alloc_aligned(count, sizeof **rows) : NULL;
    if (!*rows)
        return hm_fail(err, HM_ENOMEM, "no memory for %zu rows of %zu bytes", *n,
                       HM_DIM * sizeof **rows);
    fill(*rows, count);
    return HM_OK;
}

enum hm_status bench_knn(const struct bench_options *options, FILE *out, struct hm_error *err) {
    struct job job = {0};
    float *rows = NULL;
    const char *isa;
    HM_TRY(hm_isa_choose(options->isa, &isa, err));
    job.options =
        (struct hm_knn_options){.isa = isa, .threads = bench_threads(options), .work = &job.work};
    if (options->pin) HM_TRY(bench_pin(job.options.threads, err));
    HM_TRY(get_rows(&rows, &job.n, options, err));
    job.rows = rows;
    job.out = hm_alloc_aligned(job.n, K * sizeof *job.out);
    enum hm_status status =
        job.out ? verify(&job, err) : hm_fail(err, HM_ENOMEM, "no memory for %zu lists", job.n);
    if (status == HM_OK) status = measure(&job, options->seconds > 0 ? options->seconds : 3, err);
    if (status == HM_OK) status = report(&job, options, isa, out, err);
    free(rows);
    free(job.out);
    return status;
}
