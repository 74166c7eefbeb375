// SPDX-License-Identifier: MIT
/** The formats of files that embeddings go to, and what they share. Another format is a row in
 *  sinks.c and a file. */
#ifndef HM_PIPELINE_SINKS_H
#define HM_PIPELINE_SINKS_H

#include <stdint.h>

#include "hmrec/pipeline.h"

/** A sink for a file of that name, "-" for standard output.
 *  model   as of hm_sink_file
 *  resume  go on with what is there */
typedef enum hm_status sink_open_fn(struct hm_sink **out, const char *path, const char *model,
                                    bool resume, struct hm_error *err);
sink_open_fn sink_npy_open, sink_ndjson_open, sink_arrow_open;

/** The codes that a resumed file holds, and where. Zero-initialise; held_free when done. */
struct held {
    struct held_row {
        const char *code;
        uint64_t at; // row or byte, as the format likes
    } * rows;        // [n], by code once held_sort was called
    size_t n, capacity;
    struct hm_arena *strings;
};
HM_WARN_UNUSED enum hm_status held_add(struct held *held, const char *code, size_t length,
                                       uint64_t at, struct hm_error *err);
void held_sort(struct held *held);
/** NULL: it is not there. */
const struct held_row *held_find(const struct held *held, const char *code);
void held_free(struct held *held);

#endif
