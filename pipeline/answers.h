// SPDX-License-Identifier: MIT
/** What a worker answers, in one of the formats of enum hm_worker_output, to standard output. */
#ifndef HM_PIPELINE_ANSWERS_H
#define HM_PIPELINE_ANSWERS_H

#include "digest.h"
#include "hmrec/worker.h"
#include "mem.h"
#include "output.h"

struct answer {
    const struct hm_buf *key;
    char digest[HM_DIGEST_HEX + 1]; // of the picture's bytes; "": they were not read
    const float *vector;            // f32 [HM_DIM]; NULL: there is none
    struct hm_error why;            // there is none, in UTF-8; its text is empty where there is
};

/** Zero-initialise. */
struct answers {
    struct output output;
    const struct answer_format *format; // NULL: not open
    struct hm_buf text;
};

/** errors  HM_EIO, HM_ENOMEM. To be closed also after an error */
HM_WARN_UNUSED enum hm_status answers_open(struct answers *answers, enum hm_worker_output format,
                                           const char *model, struct hm_error *err);
/** Write n answers, n at most ARROW_ROWS_MAX, and flush them. */
HM_WARN_UNUSED enum hm_status answers_put(struct answers *answers, const struct answer *rows,
                                          size_t n, struct hm_error *err);
/** whole  write what ends the stream */
HM_WARN_UNUSED enum hm_status answers_close(struct answers *answers, bool whole,
                                            struct hm_error *err);

#endif
