// SPDX-License-Identifier: MIT
// Blocks of memory for weights and activations.

#include "model/carve.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "mem.h"

void *nn_carve(struct nn_carver *c, size_t count, size_t size) {
    // A cache line between two arrays, so that they do not start a multiple of 4 KiB apart just
    // because sizes are powers of two.
    size_t at = c->used;
    c->used += (count * size + HM_ALIGN - 1) / HM_ALIGN * HM_ALIGN + HM_ALIGN;
    return c->base ? c->base + at : NULL;
}

float *nn_carve_floats(struct nn_carver *c, size_t count) {
    return nn_carve(c, count, sizeof(float));
}

void *nn_block(size_t *bytes) {
    enum { HUGE_PAGE = 2 << 20 };
    *bytes = (*bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *block = aligned_alloc(HUGE_PAGE, *bytes);
#if defined MADV_HUGEPAGE
    // A product walks megabytes of weights. Only advice: slower, not wrong, when refused.
    if (block) madvise(block, *bytes, MADV_HUGEPAGE);
#endif
    return block;
}
