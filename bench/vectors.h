// SPDX-License-Identifier: MIT
/** Vectors to compare, from NumPy. */
#ifndef BENCH_VECTORS_H
#define BENCH_VECTORS_H

#include <stddef.h>

#include "hmrec/status.h"

/** Read an array of f32 [n][HM_DIM] in C order (.npy, versions 1 and 2).
 *  rows    out, owned by the caller (free)
 *  errors  HM_EIO; HM_EFORMAT: another type, order or shape, a file that is cut short; HM_ENOMEM */
HM_WARN_UNUSED enum hm_status bench_read_vectors(float **rows, size_t *n, const char *path,
                                                 struct hm_error *err);

#endif
