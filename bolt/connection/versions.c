// SPDX-License-Identifier: MIT
// One row a Bolt version, the newest first, and the handshake's proposals made from the same
// numbers.
// A new version: add its features to enum bolt_feature, a row here, a dialogue to
// tests/bolt/check_dialogue.c.

#include "connection/versions.h"

#define F_43 CAN_ROUTE | CAN_PATCH_UTC
#define F_44 F_43 | CAN_ROUTE_MAP | CAN_IMPERSONATE
#define F_50 CAN_ROUTE | CAN_ROUTE_MAP | CAN_IMPERSONATE | CAN_UTC
#define F_51 F_50 | CAN_LOGON
#define F_52 F_51 | CAN_FILTER
#define F_53 F_52 | CAN_BOLT_AGENT
#define F_56 F_53 | CAN_CLASSIFICATION
#define F_57 F_56 | CAN_GQL_ERROR
#define F_60 F_57 | CAN_VECTOR

static const struct bolt_version versions[] = {
    {6, 1, F_60}, //
    {6, 0, F_60}, // vectors; messages of failures may change
    {5, 8, F_57}, // home database in the answers to RUN and BEGIN
    {5, 7, F_57}, // GQL errors, manifest handshake
    {5, 6, F_56}, // GQL statuses (5.5 was never accepted by a server)
    {5, 4, F_53}, // TELEMETRY, which this client never sends
    {5, 3, F_53}, // bolt_agent
    {5, 2, F_52}, // notification filters
    {5, 1, F_51}, // LOGON, LOGOFF
    {5, 0, F_50}, // element ids, date-times in UTC
    {4, 4, F_44}, // impersonation
    {4, 3, F_43}, // ROUTE, hints
    {4, 2, 0},    //
    {4, 1, 0},    // NOOP, routing context in HELLO
};

// Ranges are 00, versions below, minor, major. Neo4j 4.2 knows no ranges, hence 4.1 on its own.
const unsigned char bolt_proposals[BOLT_HELLO_BYTES] = {
    0x60, 0x60, 0xb0, 0x17, // magic
    0x00, 0x00, 0x01, 0xff, // a manifest, please: only so do servers offer 6.0 and later
    0x00, 0x08, 0x08, 0x05, // 5.8 to 5.0
    0x00, 0x02, 0x04, 0x04, // 4.4 to 4.2
    0x00, 0x00, 0x01, 0x04, // 4.1
};

const unsigned char bolt_manifest_v1[4] = {0x00, 0x00, 0x01, 0xff};

const struct bolt_version *bolt_version_find(unsigned major, unsigned minor) {
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        if (versions[i].major == major && versions[i].minor == minor) return &versions[i];
    return NULL;
}

const struct bolt_version *bolt_version_choose(const unsigned char (*ranges)[4], size_t count) {
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
        for (size_t k = 0; k < count; k++) {
            unsigned below = ranges[k][1], minor = ranges[k][2], major = ranges[k][3];
            if (major == versions[i].major && versions[i].minor <= minor &&
                versions[i].minor + below >= minor)
                return &versions[i];
        }
    return NULL;
}
