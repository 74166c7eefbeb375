// SPDX-License-Identifier: MIT
/** Messages over a stream. A message travels in chunks: size in two bytes, then so many bytes; a
 *  chunk of size 0 ends it, and between messages means nothing (NOOP). Requests collect in `out`
 *  until they are flushed; an answer is put together where it was received. */
#ifndef BOLT_WIRE_H
#define BOLT_WIRE_H

#include "mem.h"
#include "wire/stream.h"

struct bolt_wire {
    struct bolt_stream stream;
    uint64_t deadline_ns;         // while a connection is opened, for everything; then 0
    uint64_t read_timeout_ns;     // silence allowed; 0: any
    uint64_t message_timeout_ns;  // until a message is whole, NOOPs or not; 0: any
    uint64_t message_deadline_ns; // of the message being received; 0: none
    uint64_t write_timeout_ns;    // without a byte accepted; 0: any
    size_t max_message_bytes;

    unsigned char *in;    // bytes received
    size_t capacity;      // of in
    size_t start, filled; // in[start, filled) is a message without chunk heads
    size_t scan, end;     // in[scan, end) has not been looked at yet

    struct hm_buf out;         // requests, chunked
    size_t message;            // where the message being written begins in out
    size_t chunk;              // where the head of its open chunk is
    struct hm_error out_error; // what went wrong since bolt_wire_begin
};

void bolt_wire_init(struct bolt_wire *wire, struct bolt_stream stream, size_t max_message_bytes);
/** Closes the stream. */
void bolt_wire_close(struct bolt_wire *wire);

/** Append a message: begin, any number of bytes, end. Failures are reported by end, which then
 *  takes the message back. */
void bolt_wire_begin(struct bolt_wire *wire);
void bolt_wire_bytes(struct bolt_wire *wire, const void *bytes, size_t length);
HM_WARN_UNUSED enum hm_status bolt_wire_end(struct bolt_wire *wire, struct hm_error *err);

/** Send all that was appended; input that arrives meanwhile is kept. */
HM_WARN_UNUSED enum hm_status bolt_wire_flush(struct bolt_wire *wire, struct hm_error *err);

/** The next message; bytes[0..*length] may be written to and live until the next call. */
HM_WARN_UNUSED enum hm_status bolt_wire_receive(struct bolt_wire *wire, unsigned char **bytes,
                                                size_t *length, struct hm_error *err);

/** Bytes without chunks, for the handshake. */
HM_WARN_UNUSED enum hm_status bolt_wire_send_raw(struct bolt_wire *wire, const void *bytes,
                                                 size_t length, struct hm_error *err);
HM_WARN_UNUSED enum hm_status bolt_wire_receive_raw(struct bolt_wire *wire, void *bytes,
                                                    size_t length, struct hm_error *err);

#endif
