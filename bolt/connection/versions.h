// SPDX-License-Identifier: MIT
/** The table of Bolt versions. Everything above asks bolt_can(version, FEATURE); nothing compares
 *  version numbers. */
#ifndef BOLT_VERSIONS_H
#define BOLT_VERSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bolt_feature {
    CAN_ROUTE = 1 << 0,          // message ROUTE; before: a procedure
    CAN_ROUTE_MAP = 1 << 1,      // ROUTE takes database and user in a map
    CAN_IMPERSONATE = 1 << 2,    // "imp_user"
    CAN_PATCH_UTC = 1 << 3,      // date-times in UTC after both sides agreed in HELLO
    CAN_UTC = 1 << 4,            // date-times in UTC, always
    CAN_LOGON = 1 << 5,          // LOGON and LOGOFF; before: credentials in HELLO
    CAN_FILTER = 1 << 6,         // notification filters
    CAN_BOLT_AGENT = 1 << 7,     // "bolt_agent" in HELLO
    CAN_CLASSIFICATION = 1 << 8, // filters name classifications (before: categories), and the
                                 // server sends statuses (before: notifications)
    CAN_GQL_ERROR = 1 << 9,      // FAILURE in GQL's terms, "neo4j_code" in place of "code"
    CAN_VECTOR = 1 << 10         // structures Vector and UnsupportedType
};

struct bolt_version {
    uint8_t major, minor;
    uint16_t features; // of enum bolt_feature
};

static inline bool bolt_can(const struct bolt_version *version, enum bolt_feature feature) {
    return (version->features & feature) != 0;
}

/** The row of a version, NULL when this client does not speak it. */
const struct bolt_version *bolt_version_find(unsigned major, unsigned minor);

enum { BOLT_HELLO_BYTES = 20 };
/** What a client says first: the magic number and four proposals, the best first. */
extern const unsigned char bolt_proposals[BOLT_HELLO_BYTES];
/** The answer that says that a manifest follows. */
extern const unsigned char bolt_manifest_v1[4];

/** The best version in one of a manifest's ranges (4 bytes each), NULL if we speak none. */
const struct bolt_version *bolt_version_choose(const unsigned char (*ranges)[4], size_t count);

#endif
