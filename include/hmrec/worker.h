// SPDX-License-Identifier: MIT
/** Pictures that come in by a stream, their embeddings out by another: what an engine that brings
 *  machines, retries and files starts on each of them. docs/worker.md has the formats. */
#ifndef HMREC_WORKER_H
#define HMREC_WORKER_H

#include "hmrec/embedder.h"
#include "hmrec/host.h"

#ifdef __cplusplus
extern "C" {
#endif

enum hm_worker_input {
    HM_WORKER_FRAMES, // u32 key length, u32 length, key, picture; 0xffffffff: the key is a path
    HM_WORKER_LINES,  // paths, each of which ends with a newline
    HM_WORKER_NULS    // the same with a NUL
};
enum hm_worker_output {
    HM_WORKER_ARROW,      // Arrow IPC stream
    HM_WORKER_OUT_FRAMES, // u32 key length, u32 length, key, f32 [HM_DIM] or why there is none
    HM_WORKER_NDJSON      // an object a line
};

enum {
    HM_WORKER_KEY_MAX = 65536,       // bytes; more are no key, and the stream no frames
    HM_WORKER_BATCH_BYTES = 64 << 20 // of pictures: a batch with as many takes no more of them
};

struct hm_worker {
    const struct hm_host *host;     // may be NULL; cancelled may be called beside another function
    struct hm_embedder **embedders; // [workers], made for batches of two and more: one plan
    unsigned workers, batch;
    int in; // descriptor; stdout gets the answers
    enum hm_worker_input input;
    enum hm_worker_output output;
    unsigned linger_ms; // how long a batch waits for its next picture
    const char *model;  // its name (hm_model_name)
};

struct hm_worker_result {
    uint64_t done, failed; // answers with an embedding, and without
};

/** Answer every request, in order, until the input ends. A picture that cannot be embedded is an
 *  answer, too.
 *  errors  HM_EIO: input or output; HM_EFORMAT: what came was no frame, or half of one: all before
 *          it is answered; HM_ECANCELED: what was read is answered; HM_ENOMEM */
HM_API HM_WARN_UNUSED enum hm_status hm_worker_run(const struct hm_worker *worker,
                                                   struct hm_worker_result *result,
                                                   struct hm_error *err);

#ifdef __cplusplus
}
#endif

#endif
