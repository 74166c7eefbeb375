// SPDX-License-Identifier: MIT
/** One allocation for many arrays: a function carves its arrays twice, first from nothing to learn
 *  the size, then from the block. */
#ifndef NN_CARVE_H
#define NN_CARVE_H

#include <stddef.h>

struct nn_carver {
    char *base;  // NULL: only count
    size_t used; // bytes
};

/** count * size bytes at HM_ALIGN, not initialised; NULL while counting. */
void *nn_carve(struct nn_carver *c, size_t count, size_t size);
float *nn_carve_floats(struct nn_carver *c, size_t count);

/** At least *bytes bytes, *bytes rounded up to what was taken; huge pages where the system gives
 *  them. Free with free(). */
void *nn_block(size_t *bytes);

#endif
