// SPDX-License-Identifier: MIT
// Fuzz target: the reader of a worker's requests on arbitrary bytes, as frames and as paths.
// Reading ends, no request is longer than what came, and what came of frames comes back.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "requests.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static int scratch_file(const uint8_t *bytes, size_t length) {
    static int fd = -1;
    if (fd < 0) {
        FILE *file = tmpfile();
        if (!file) abort();
        fd = fileno(file);
    }
    if (ftruncate(fd, 0) != 0 || pwrite(fd, bytes, length, 0) != (ssize_t)length) abort();
    if (lseek(fd, 0, SEEK_SET) != 0) abort();
    return fd;
}

static void read_all(const uint8_t *bytes, size_t length, enum hm_worker_input input) {
    struct request_reader reader = {.in = scratch_file(bytes, length), .input = input};
    struct request request = {0};
    size_t at = 0;
    for (size_t requests = 0;; requests++) {
        struct hm_error err = {0};
        enum request_state state;
        enum hm_status status = request_next(&reader, &request, -1, &state, &err);
        if (status != HM_OK && (status != HM_EFORMAT || !err.text[0])) abort();
        if (status != HM_OK || state == REQUEST_END) break;
        if (state != REQUEST_READY || requests > length) abort();
        if (request.key.length + request.bytes.length > length) abort();
        if (input != HM_WORKER_FRAMES) continue;
        at += 8;
        if (memcmp(bytes + at, request.key.data, request.key.length) != 0) abort();
        at += request.key.length;
        if (request.refused) abort(); // a gigabyte did not come
        if (request.bytes.length && memcmp(bytes + at, request.bytes.data, request.bytes.length))
            abort();
        at += request.bytes.length;
    }
    request_free(&request);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    read_all(bytes, length, HM_WORKER_FRAMES);
    read_all(bytes, length, HM_WORKER_LINES);
    read_all(bytes, length, HM_WORKER_NULS);
    return 0;
}
