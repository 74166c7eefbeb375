// SPDX-License-Identifier: MIT
// Where embeddings made elsewhere come from: a file whose ending names its format.

#include "readers.h"

#include "path.h"

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
    *out = NULL;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (hm_path_ends(path, formats[i].ending)) return formats[i].open(out, path, codes, err);
    return hm_fail(err, HM_EARG,
                   "found \"%s\", expected a name that ends with .npy (and the rows' codes in "
                   "FILE.npy.codes or where --codes says), .ndjson or .jsonl",
                   path);
}
