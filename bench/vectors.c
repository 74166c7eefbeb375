// SPDX-License-Identifier: MIT
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>

#include "hmrec/sizes.h"
#include "mem.h"
#include "readers.h"

enum hm_status bench_read_vectors(float **rows, size_t *n, const char *path, struct hm_error *err) {
    uint64_t count = 0;
    FILE *file = fopen(path, "rb");
    *rows = NULL;
    if (!file) return hm_fail_errno(err, "open %s", path);
    enum hm_status status = npy_read_header(file, path, &count, err);
    *n = (size_t)count;
    if (status == HM_OK) *rows = hm_alloc_aligned(*n, HM_DIM * sizeof **rows);
    if (status == HM_OK && !*rows)
        status = hm_fail(err, HM_ENOMEM, "no memory for the %zu vectors of %s", *n, path);
    if (status == HM_OK && fread(*rows, HM_DIM * sizeof **rows, *n, file) != *n)
        status = hm_fail_errno(err, "read %s", path);
    fclose(file);
    if (status != HM_OK) {
        free(*rows);
        *rows = NULL;
    }
    return status;
}
