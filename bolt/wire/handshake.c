// SPDX-License-Identifier: MIT
// The first bytes of a connection: which Bolt version both sides speak, or what else it is that
// answers there.

#include "connection/connection.h"
#include "wire/handshake.h"

enum { MANIFEST_MAX = 64 }; // ranges; servers offer about five

static enum hm_status take_varint(struct bolt_wire *wire, uint64_t *number, struct hm_error *err) {
    *number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        unsigned char byte;
        HM_TRY(bolt_wire_receive_raw(wire, &byte, 1, err));
        *number |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) return HM_OK;
    }
    return hm_fail(err, HM_EPROTO, "the handshake has a number of more than 64 bits");
}

static enum hm_status no_common_version(struct hm_error *err) {
    return hm_fail(err, HM_EUNSUPPORTED,
                   "the server speaks none of Bolt 4.1 to 4.4, 5.0 to 5.8, 6.0 and 6.1");
}

/** The server lists what it speaks, the client chooses. */
static enum hm_status choose_from_manifest(struct bolt_wire *wire,
                                           const struct bolt_version **version,
                                           struct hm_error *err) {
    uint64_t count, capabilities;
    unsigned char ranges[MANIFEST_MAX][4];
    HM_TRY(take_varint(wire, &count, err));
    if (count > MANIFEST_MAX)
        return hm_fail(err, HM_EPROTO,
                       "the handshake offers %llu version ranges, at most %d were expected",
                       (unsigned long long)count, MANIFEST_MAX);
    for (size_t i = 0; i < count; i++)
        HM_TRY(bolt_wire_receive_raw(wire, ranges[i], sizeof ranges[i], err));
    HM_TRY(take_varint(wire, &capabilities, err));
    *version = bolt_version_choose((const unsigned char(*)[4])ranges, (size_t)count);
    unsigned char choice[5] = {0, 0, *version ? (*version)->minor : 0,
                               *version ? (*version)->major : 0, 0};
    HM_TRY(bolt_wire_send_raw(wire, choice, sizeof choice,
                              err)); // the last byte: none of the capabilities
    return *version ? HM_OK : no_common_version(err);
}

enum hm_status bolt_handshake(struct bolt_wire *wire, const struct bolt_version **version,
                              struct hm_error *err) {
    static const unsigned char none[4];
    unsigned char answer[4];
    HM_TRY(bolt_wire_send_raw(wire, bolt_proposals, BOLT_HELLO_BYTES, err));
    HM_TRY(bolt_wire_flush(wire, err));
    enum hm_status status = bolt_wire_receive_raw(wire, answer, sizeof answer, err);
    if (status == HM_EIO)
        return hm_fail(err, HM_EPROTO,
                       "the connection was closed during the handshake: no Bolt server, or one "
                       "that wants TLS (bolt+s, "
                       "neo4j+s) or none");
    if (status == HM_ETIMEOUT)
        return hm_fail(err, HM_ETIMEOUT, "the handshake was not answered in time: no Bolt server?");
    HM_TRY(status);
    if (memcmp(answer, bolt_manifest_v1, sizeof answer) == 0)
        return choose_from_manifest(wire, version, err);
    if (memcmp(answer, none, sizeof answer) == 0) return no_common_version(err);
    if (memcmp(answer, "HTTP", sizeof answer) == 0)
        return hm_fail(err, HM_EPROTO,
                       "an HTTP server answers there, expected Bolt (its usual port is %d)",
                       BOLT_DEFAULT_PORT);
    if ((answer[0] == 0x15 || answer[0] == 0x16) && answer[1] == 0x03)
        return hm_fail(err, HM_EPROTO, "the server speaks TLS: use bolt+s:// or neo4j+s://");
    *version = answer[0] == 0 && answer[1] == 0 ? bolt_version_find(answer[3], answer[2]) : NULL;
    if (*version) return HM_OK;
    return hm_fail(err, HM_EPROTO,
                   "no Bolt server: the handshake was answered with %02x %02x %02x %02x", answer[0],
                   answer[1], answer[2], answer[3]);
}
