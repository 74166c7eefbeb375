// SPDX-License-Identifier: MIT
// Chunks in and out. Outgoing messages are written into the send buffer with the heads in place;
// incoming chunks are moved together over their heads, so that a message is one run of bytes and
// values can be read where they lie.

#include "wire/wire.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "value/packstream.h"

enum {
    CHUNK_HEAD = 2,
    CHUNK_MAX = 65535,
    IN_BYTES = 64 * 1024, // rows of a typical PULL in a few reads
    IN_LOW = 4 * 1024     // less room than that: move the rest to the front before reading on
};

void bolt_wire_init(struct bolt_wire *wire, struct bolt_stream stream, size_t max_message_bytes) {
    *wire = (struct bolt_wire){.stream = stream, .max_message_bytes = max_message_bytes};
}

void bolt_wire_close(struct bolt_wire *wire) {
    if (wire->stream.ops) wire->stream.ops->close(wire->stream.self);
    hm_buf_free(&wire->out);
    free(wire->in);
    *wire = (struct bolt_wire){0};
}

static void open_chunk(struct bolt_wire *wire) {
    wire->chunk = wire->out.length;
    wire->out.length += CHUNK_HEAD;
}

static void close_chunk(struct bolt_wire *wire) {
    size_t size = wire->out.length - wire->chunk - CHUNK_HEAD;
    pack_be((unsigned char *)wire->out.data + wire->chunk, size, CHUNK_HEAD);
}

void bolt_wire_begin(struct bolt_wire *wire) {
    wire->out_error = (struct hm_error){0};
    wire->message = wire->out.length;
    if (hm_buf_reserve(&wire->out, CHUNK_HEAD, &wire->out_error) == HM_OK) open_chunk(wire);
}

void bolt_wire_bytes(struct bolt_wire *wire, const void *bytes, size_t length) {
    if (wire->out_error.status != HM_OK) return;
    size_t heads = (length / CHUNK_MAX + 1) * CHUNK_HEAD;
    if (hm_buf_reserve(&wire->out, length + heads, &wire->out_error) != HM_OK) return;
    const char *from = bytes;
    while (length > 0) {
        size_t room = CHUNK_MAX - (wire->out.length - wire->chunk - CHUNK_HEAD);
        if (room == 0) {
            close_chunk(wire);
            open_chunk(wire);
            room = CHUNK_MAX;
        }
        size_t part = length < room ? length : room;
        memcpy(wire->out.data + wire->out.length, from, part);
        wire->out.length += part;
        from += part;
        length -= part;
    }
}

enum hm_status bolt_wire_end(struct bolt_wire *wire, struct hm_error *err) {
    if (wire->out_error.status == HM_OK &&
        hm_buf_reserve(&wire->out, CHUNK_HEAD, &wire->out_error) == HM_OK) {
        close_chunk(wire);
        memset(wire->out.data + wire->out.length, 0, CHUNK_HEAD);
        wire->out.length += CHUNK_HEAD;
        return HM_OK;
    }
    wire->out.length = wire->message;
    if (err) *err = wire->out_error;
    return wire->out_error.status;
}

/** The earlier of the connection's deadline and `timeout` from now. */
static uint64_t earlier_deadline(const struct bolt_wire *wire, uint64_t timeout_ns) {
    if (!timeout_ns) return wire->deadline_ns;
    uint64_t at = hm_now_ns() + timeout_ns;
    return wire->deadline_ns && wire->deadline_ns < at ? wire->deadline_ns : at;
}

/** Room behind end: by moving what is still needed to the front, or by growing. */
static enum hm_status make_room(struct bolt_wire *wire, struct hm_error *err) {
    if (wire->start > 0 && wire->capacity - wire->end < IN_LOW) {
        memmove(wire->in, wire->in + wire->start, wire->end - wire->start);
        wire->filled -= wire->start;
        wire->scan -= wire->start;
        wire->end -= wire->start;
        wire->start = 0;
    }
    if (wire->capacity - wire->end >= IN_LOW) return HM_OK;
    size_t capacity = wire->capacity ? wire->capacity * 2 : IN_BYTES;
    if (wire->capacity > wire->max_message_bytes + IN_BYTES)
        return hm_fail(err, HM_EPROTO, "more than %zu bytes of input that nobody has asked for",
                       wire->capacity);
    unsigned char *in = realloc(wire->in, capacity);
    if (!in) return hm_fail(err, HM_ENOMEM, "no memory for a message of %zu bytes", capacity);
    wire->in = in;
    wire->capacity = capacity;
    return HM_OK;
}

/** Read at least one byte more. */
static enum hm_status receive_some(struct bolt_wire *wire, struct hm_error *err) {
    HM_TRY(make_room(wire, err));
    size_t got = 0;
    uint64_t until_ns = earlier_deadline(wire, wire->read_timeout_ns);
    uint64_t message_ns = wire->message_deadline_ns;
    if (message_ns && (!until_ns || message_ns < until_ns)) until_ns = message_ns;
    if (until_ns && hm_now_ns() >= until_ns) // a stream that always has bytes never looks
        return hm_fail(err, HM_ETIMEOUT, "no answer in time");
    enum hm_status status = wire->stream.ops->read(wire->stream.self, wire->in + wire->end,
                                                   wire->capacity - wire->end, until_ns, &got, err);
    if (status == HM_ETIMEOUT) return hm_fail(err, HM_ETIMEOUT, "no answer in time");
    HM_TRY(status);
    if (got == 0) return hm_fail(err, HM_EIO, "the server closed the connection");
    wire->end += got;
    return HM_OK;
}

enum hm_status bolt_wire_flush(struct bolt_wire *wire, struct hm_error *err) {
    size_t done = 0;
    uint64_t until_ns = earlier_deadline(wire, wire->write_timeout_ns);
    while (done < wire->out.length) {
        size_t sent = 0;
        HM_TRY(wire->stream.ops->write(wire->stream.self, wire->out.data + done,
                                       wire->out.length - done, until_ns, &sent, err));
        if (sent > 0)
            until_ns = earlier_deadline(wire, wire->write_timeout_ns);
        else if (until_ns && hm_now_ns() >= until_ns) // it sends, but accepts nothing
            return hm_fail(err, HM_ETIMEOUT, "the server accepted nothing in time");
        else
            HM_TRY(receive_some(wire, err));
        done += sent;
    }
    wire->out.length = 0;
    return HM_OK;
}

/** `more` bytes behind scan. */
static enum hm_status receive_at_least(struct bolt_wire *wire, size_t more, struct hm_error *err) {
    while (wire->end - wire->scan < more)
        HM_TRY(receive_some(wire, err));
    return HM_OK;
}

static enum hm_status receive_message(struct bolt_wire *wire, unsigned char **bytes, size_t *length,
                                      struct hm_error *err) {
    if (wire->scan == wire->end)
        wire->scan = wire->end = 0; // nothing waits: start at the front again
    wire->start = wire->filled = wire->scan;
    for (;;) {
        HM_TRY(receive_at_least(wire, CHUNK_HEAD, err));
        size_t size = (size_t)unpack_be(wire->in + wire->scan, CHUNK_HEAD);
        if (size == 0 && wire->filled > wire->start) break;
        if (size == 0) { // NOOP
            wire->scan += CHUNK_HEAD;
            wire->start = wire->filled = wire->scan;
            continue;
        }
        if (size > wire->max_message_bytes - (wire->filled - wire->start))
            return hm_fail(err, HM_EPROTO, "a message is longer than %zu bytes",
                           wire->max_message_bytes);
        HM_TRY(receive_at_least(wire, CHUNK_HEAD + size, err));
        if (wire->filled == wire->start) // the first chunk stays where it is
            wire->start = wire->filled = wire->scan + CHUNK_HEAD;
        else
            memmove(wire->in + wire->filled, wire->in + wire->scan + CHUNK_HEAD, size);
        wire->filled += size;
        wire->scan += CHUNK_HEAD + size;
    }
    *bytes = wire->in + wire->start;
    *length = wire->filled - wire->start;
    wire->scan += CHUNK_HEAD;
    return HM_OK;
}

enum hm_status bolt_wire_receive(struct bolt_wire *wire, unsigned char **bytes, size_t *length,
                                 struct hm_error *err) {
    if (wire->message_timeout_ns)
        wire->message_deadline_ns = hm_now_ns() + wire->message_timeout_ns;
    enum hm_status status = receive_message(wire, bytes, length, err);
    wire->message_deadline_ns = 0;
    return status;
}

enum hm_status bolt_wire_send_raw(struct bolt_wire *wire, const void *bytes, size_t length,
                                  struct hm_error *err) {
    return hm_buf_append(&wire->out, bytes, length, err);
}

enum hm_status bolt_wire_receive_raw(struct bolt_wire *wire, void *bytes, size_t length,
                                     struct hm_error *err) {
    wire->start = wire->filled = wire->scan;
    HM_TRY(receive_at_least(wire, length, err));
    memcpy(bytes, wire->in + wire->scan, length);
    wire->scan += length;
    return HM_OK;
}
