// SPDX-License-Identifier: MIT
/** Where a server is: URIs and addresses taken apart. */
#ifndef BOLT_URI_H
#define BOLT_URI_H

#include "hmrec/bolt.h"
#include "mem.h"

/** Parts of a URI. */
struct bolt_uri {
    bool routed;
    enum bolt_tls tls;
    const char *host; // without brackets
    unsigned port;
    struct bolt_params *context; // entries of the query; owned by the caller
};

/** scheme://host:port?key=value&... -> parts in arena. */
HM_WARN_UNUSED enum hm_status bolt_uri_parse(const char *text, struct hm_arena *arena,
                                             struct bolt_uri *out, struct hm_error *err);
/** "host:port" or "[v6]:port" -> parts in arena; without a port: fallback. */
HM_WARN_UNUSED enum hm_status bolt_address_split(const char *address, unsigned fallback,
                                                 struct hm_arena *arena, const char **host,
                                                 unsigned *port, struct hm_error *err);

#endif
