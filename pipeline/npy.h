// SPDX-License-Identifier: MIT
/** What sinks need of the .npy writer beyond pipeline.h. */
#ifndef HM_PIPELINE_NPY_H
#define HM_PIPELINE_NPY_H

#include <stdbool.h>
#include <stdint.h>

#include "hmrec/pipeline.h"

/** Go on with PATH.part, else with a copy of PATH, else with an empty file.
 *  rows    that it holds whole
 *  errors  HM_EFORMAT: not an array of those numbers that hmrec wrote */
HM_WARN_UNUSED enum hm_status npy_resume(struct hm_npy **out, const char *path, const char *descr,
                                         const char *row_shape, size_t row_bytes, size_t *rows,
                                         struct hm_error *err);
/** Keep only the first rows of a resumed file and write on behind them. */
HM_WARN_UNUSED enum hm_status npy_cut(struct hm_npy *npy, size_t rows, struct hm_error *err);
/** A row of a resumed file; what is appended still goes behind the last one. */
HM_WARN_UNUSED enum hm_status npy_read(struct hm_npy *npy, size_t row, void *out,
                                       struct hm_error *err);
/** Rows that were appended, and then a header that counts them, are the system's from here on. */
HM_WARN_UNUSED enum hm_status npy_flush(struct hm_npy *npy, struct hm_error *err);

#endif
