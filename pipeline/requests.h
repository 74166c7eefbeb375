// SPDX-License-Identifier: MIT
/** What a worker is asked: keys, each with a picture or as the path of one, as they come out of a
 *  descriptor. */
#ifndef HM_PIPELINE_REQUESTS_H
#define HM_PIPELINE_REQUESTS_H

#include "hmrec/worker.h"
#include "mem.h"

/** Zero-initialise; its buffers are kept for the next one. */
struct request {
    struct hm_buf key;   // NUL-terminated
    struct hm_buf bytes; // of the picture
    bool path;           // the key is the path of one
    uint64_t refused;    // bytes that were more than a picture may have, and were passed over
};
void request_free(struct request *request);

struct request_reader {
    int in;
    enum hm_worker_input input;
    const struct hm_host *host;
    unsigned char buffer[1 << 16];
    size_t at, end;  // what waits in it
    uint64_t frames; // taken so far
    // of the frame at hand
    unsigned char head[8];
    size_t head_bytes;
    uint64_t key_left, left;
    bool begun, ended;
    _Atomic bool stopped; // by another thread: as if the input ended
};

enum request_state { REQUEST_READY, REQUEST_LATE, REQUEST_END };

/** Go on with the request at hand.
 *  wait_ms  how long at most; negative: until there is one
 *  state    REQUEST_LATE: it is not whole yet: call again with the same request
 *  errors   HM_EIO, HM_ENOMEM, HM_ECANCELED; HM_EFORMAT: no frame, or half of one */
HM_WARN_UNUSED enum hm_status request_next(struct request_reader *reader, struct request *request,
                                           int wait_ms, enum request_state *state,
                                           struct hm_error *err);

#endif
