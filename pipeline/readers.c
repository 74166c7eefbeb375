// SPDX-License-Identifier: MIT
// Where embeddings made elsewhere come from: a file whose ending names its format.

#include "readers.h"

#include <string.h>
#include <strings.h>

static const struct reader_format {
    const char *ending;
    reader_open_fn *open;
} formats[] = {
    {".npy", reader_npy_open},
    {".ndjson", reader_ndjson_open},
    {".jsonl", reader_ndjson_open},
};

enum hm_status reader_open(struct reader **out, const char *path, const char *codes,
                           struct hm_error *err) {
    size_t length = strlen(path);
    *out = NULL;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t n = strlen(formats[i].ending);
        if (length > n && strcasecmp(path + length - n, formats[i].ending) == 0)
            return formats[i].open(out, path, codes, err);
    }
    return hm_fail(err, HM_EARG,
                   "found \"%s\", expected a name that ends with .npy (and the rows' codes in "
                   "FILE.npy.codes or where --codes says), .ndjson or .jsonl",
                   path);
}
