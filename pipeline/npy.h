// SPDX-License-Identifier: MIT
/** NumPy's .npy format, version 1.0, written row by row: magic "\x93NUMPY" 1 0, u16 header length,
 *  a Python dictionary padded with blanks to a
 *  multiple of 64 bytes, then the rows. The number of rows is filled in at the end, so the file must be seekable. */
#ifndef HM_APP_NPY_H
#define HM_APP_NPY_H

#include "hmrec/status.h"

struct npy;

/** descr: "<f4", "|u1". row_shape: what stands behind the number of rows in the shape, such as "2048" or "224, 224, 3". */
HM_WARN_UNUSED enum hm_status npy_create(struct npy **out, const char *path, const char *descr,
                                         const char *row_shape, size_t row_bytes,
                                         struct hm_error *err);
HM_WARN_UNUSED enum hm_status npy_append(struct npy *npy, const void *row, struct hm_error *err);
/** Complete the header, close and free. The file is complete only when this returns HM_OK. NULL: nothing. */
HM_WARN_UNUSED enum hm_status npy_close(struct npy *npy, struct hm_error *err);

#endif
