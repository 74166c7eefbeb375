// SPDX-License-Identifier: MIT
// A request may come in pieces, and its sender may pause inside of it: what has come of it is kept,
// so that whoever waits can do something else meanwhile. No length is believed: memory grows as
// bytes come.

#include "requests.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "hmrec/image.h"
#include "num.h"
#include "tell.h"

enum { LOOK_MS = 100 }; // between two looks at a signal, which may be another thread's
#define IS_PATH UINT32_MAX

void request_free(struct request *request) {
    hm_buf_free(&request->key);
    hm_buf_free(&request->bytes);
}

// ---- bytes

// *state REQUEST_READY: there are bytes in the buffer.
static enum hm_status fill(struct request_reader *r, uint64_t until_ns, enum request_state *state,
                           struct hm_error *err) {
    *state = REQUEST_READY;
    while (r->at == r->end && !r->stopped) {
        struct pollfd in = {.fd = r->in, .events = POLLIN};
        uint64_t now = hm_now_ns(), left_ms = until_ns > now ? (until_ns - now) / 1000000 : 0;
        HM_TRY(stop_if_cancelled(r->host, "interrupted; what was read is answered", err));
        int ready = poll(&in, 1, (int)hm_min(LOOK_MS, left_ms));
        if (ready < 0 && errno != EINTR) return hm_fail_errno(err, "wait for standard input");
        if (ready <= 0 && hm_now_ns() >= until_ns) {
            *state = REQUEST_LATE;
            return HM_OK;
        }
        if (ready <= 0) continue;
        ssize_t n = read(r->in, r->buffer, sizeof r->buffer);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return hm_fail_errno(err, "read standard input");
        if (n == 0) {
            *state = REQUEST_END;
            return HM_OK;
        }
        if (n > 0) {
            r->at = 0;
            r->end = (size_t)n;
        }
    }
    if (r->stopped) *state = REQUEST_END;
    return HM_OK;
}

// Up to *left of the bytes that wait, behind `to`; NULL: they are passed over.
static enum hm_status take(struct request_reader *r, struct hm_buf *to, uint64_t *left,
                           struct hm_error *err) {
    size_t n = (size_t)(*left < r->end - r->at ? *left : r->end - r->at);
    if (to) HM_TRY(hm_buf_append(to, r->buffer + r->at, n, err));
    r->at += n;
    *left -= n;
    return HM_OK;
}

// ---- frames

static uint32_t number_at(const unsigned char *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static enum hm_status begin_frame(struct request_reader *r, struct request *request,
                                  struct hm_error *err) {
    uint32_t key = number_at(r->head), bytes = number_at(r->head + 4);
    if (key > HM_WORKER_KEY_MAX)
        return hm_fail(err, HM_EFORMAT,
                       "standard input: frame %llu: found a key of %u bytes, expected at most %d",
                       (unsigned long long)r->frames + 1, key, HM_WORKER_KEY_MAX);
    request->path = bytes == IS_PATH;
    request->refused = !request->path && bytes > HM_IMAGE_MAX_FILE_BYTES ? bytes : 0;
    r->key_left = key;
    r->left = request->path ? 0 : bytes;
    r->begun = true;
    return HM_OK;
}

static bool frame_is_whole(const struct request_reader *r) {
    return r->begun && !r->key_left && !r->left;
}

static enum hm_status take_frame(struct request_reader *r, struct request *request,
                                 struct hm_error *err) {
    while (!r->begun && r->at < r->end) {
        r->head[r->head_bytes++] = r->buffer[r->at++];
        if (r->head_bytes == sizeof r->head) HM_TRY(begin_frame(r, request, err));
    }
    if (r->begun && r->key_left) HM_TRY(take(r, &request->key, &r->key_left, err));
    if (r->begun && !r->key_left && r->left)
        HM_TRY(take(r, request->refused ? NULL : &request->bytes, &r->left, err));
    return HM_OK;
}

static enum hm_status end_of_frames(const struct request_reader *r, struct hm_error *err) {
    if (!r->head_bytes) return HM_OK;
    return hm_fail(err, HM_EFORMAT,
                   "standard input ends inside of frame %llu: %zu of 8 bytes of its head, %llu of "
                   "the key and %llu of the picture are missing",
                   (unsigned long long)r->frames + 1, r->head_bytes,
                   (unsigned long long)r->key_left, (unsigned long long)r->left);
}

// ---- paths

static enum hm_status take_path(struct request_reader *r, struct request *request, char end,
                                struct hm_error *err) {
    const unsigned char *begin = r->buffer + r->at;
    const unsigned char *found = memchr(begin, end, r->end - r->at);
    size_t n = found ? (size_t)(found - begin) : r->end - r->at;
    r->begun = true;
    // One byte more than a key may have tells that it is too long.
    size_t room = HM_WORKER_KEY_MAX + 1 - request->key.length;
    HM_TRY(hm_buf_append(&request->key, begin, hm_min(n, room), err));
    r->at += n + (found != NULL);
    r->ended = found != NULL;
    request->path = true;
    return HM_OK;
}

// ---- either

static void begin_request(struct request_reader *r, struct request *request) {
    if (r->head_bytes || r->begun) return; // it goes on
    request->key.length = request->bytes.length = 0;
    request->path = false;
    request->refused = 0;
}

static void end_request(struct request_reader *r) {
    r->head_bytes = 0;
    r->begun = r->ended = false;
    r->frames++;
}

enum hm_status request_next(struct request_reader *r, struct request *request, int wait_ms,
                            enum request_state *state, struct hm_error *err) {
    const uint64_t until_ns = wait_ms < 0 ? UINT64_MAX : hm_now_ns() + (uint64_t)wait_ms * 1000000;
    const bool frames = r->input == HM_WORKER_FRAMES;
    begin_request(r, request);
    HM_TRY(hm_buf_append(&request->key, "", 0, err));
    while (!(frames ? frame_is_whole(r) : r->ended)) {
        HM_TRY(fill(r, until_ns, state, err));
        if (*state == REQUEST_LATE) return HM_OK;
        if (*state == REQUEST_END && frames) return end_of_frames(r, err);
        if (*state == REQUEST_END) {
            if (!r->begun) return HM_OK;
            break; // the last line needs no end
        }
        if (frames)
            HM_TRY(take_frame(r, request, err));
        else
            HM_TRY(take_path(r, request, r->input == HM_WORKER_NULS ? '\0' : '\n', err));
    }
    *state = REQUEST_READY;
    end_request(r);
    return HM_OK;
}
