// SPDX-License-Identifier: MIT
// Fuzz target: hm_weights_open on arbitrary files. The first byte of the input tells whether the
// file is made as long as the network's data (sparse), so that headers of whole networks get past
// the check for truncation; the rest is the file.

#include "hmrec/weights.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

// How long the file must be for the header that its first 8 bytes promise.
static size_t full_length(const uint8_t *bytes, size_t length) {
    size_t count, full = 8;
    const struct hm_weights_spec *specs = hm_weights_specs(hm_networks(&count), &count);
    for (size_t i = 0; i < count; i++)
        full += hm_weights_count(&specs[i]) * sizeof(float);
    for (size_t i = 0; i < 3 && i < length; i++)
        full += (size_t)bytes[i] << 8 * i; // up to 16 MB
    return full;
}

// The scratch file: without a name in any folder, reached through its descriptor.
static int scratch(char path[static 32]) {
    static int fd = -1;
    if (fd < 0) {
        FILE *file = tmpfile();
        if (!file) abort();
        fd = fileno(file);
    }
    snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length == 0) return 0;
    bool whole = bytes[0] & 1;
    bytes++, length--;
    char path[32];
    int fd = scratch(path);
    size_t end = whole ? full_length(bytes, length) : length;
    if (end < length) end = length;
    if (ftruncate(fd, 0) != 0 || pwrite(fd, bytes, length, 0) != (ssize_t)length ||
        ftruncate(fd, (off_t)end) != 0)
        abort();

    struct hm_weights *weights;
    struct hm_error err = {0};
    enum hm_status status = hm_weights_open(&weights, path, &err);
    if (status != HM_OK) {
        // Every failure has a text; the file itself can always be read.
        if (weights || !err.text[0] || status != HM_EFORMAT) abort();
        return 0;
    }
    // What was accepted can be read: the first and last value of each tensor.
    size_t count;
    const struct hm_weights_spec *specs = hm_weights_specs(hm_weights_network(weights), &count);
    for (size_t i = 0; i < count; i++) {
        const volatile float *values = hm_weights_tensor(weights, specs[i].name); // really read
        (void)values[0];
        (void)values[hm_weights_count(&specs[i]) - 1];
    }
    hm_weights_close(weights);
    return 0;
}
