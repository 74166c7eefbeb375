// SPDX-License-Identifier: MIT
// Whether a file that is to be gone on with is of the same network: a file of numbers does not say
// which weights made it, so that a few of its pictures are embedded again.

#include <math.h>

#include "hmrec/pipeline.h"

// The plans and instruction sets differ by about 1e-6 of the largest number, bf16 by 1e-2, other
// weights by all of it.
static const float TOLERANCE = 1e-4f;

static bool near(const float *a, const float *b) {
    float largest = 0, difference = 0;
    for (size_t i = 0; i < HM_DIM; i++) {
        largest = fmaxf(largest, fabsf(a[i]));
        difference = fmaxf(difference, fabsf(a[i] - b[i]));
    }
    return difference <= TOLERANCE * largest;
}

enum hm_status hm_sink_fits(struct hm_sink *sink, struct hm_embedder *embedder,
                            const struct hm_job *jobs, size_t n, struct hm_error *err) {
    float held[HM_DIM], made[HM_DIM];
    const char *other = NULL;
    for (size_t i = 0; i < n; i++) {
        if (!sink->holds || !sink->holds(sink, jobs[i].code, held)) continue;
        if (hm_embed_file(embedder, jobs[i].path, made, NULL) != HM_OK) continue;
        if (near(held, made)) return HM_OK;
        other = jobs[i].code;
    }
    if (!other) return HM_OK;
    return hm_fail(
        err, HM_ECONFLICT,
        "to be resumed, but its embedding of %s is from other weights, another precision "
        "or another picture; without --resume it is made anew",
        other);
}
