// SPDX-License-Identifier: MIT
/** Servers in memory for any number of threads and connections (dialogue.h has those that play a
 *  script). Each speaks one version and answers a request by the first of its rules that begins
 *  like it; otherwise by SUCCESS. */
#ifndef TEST_SERVERS_H
#define TEST_SERVERS_H

#include <stdatomic.h>

#include "cluster/opener.h"

struct server_rule {
    const char *request; // how it begins: "ROUTE", "RUN \"Q\""
    const char *answers; // a message a line; <EXIT> closes
};

struct server {
    const char *address; // "host:port"
    const struct server_rule *rules;
    size_t rule_count;
    unsigned char minor; // of Bolt 5
    atomic_bool down;    // refuses connections and drops those it has
    atomic_uint open;    // connections now
    atomic_uint most;    // connections at the same time, ever
    atomic_uint opened;  // connections ever
    atomic_uint routes;  // ROUTE requests
    atomic_uint resets;  // RESET requests
    atomic_uint logons;  // LOGON requests
};

struct server_net {
    struct server *servers;
    size_t count;
    bool slow; // reads let other threads go first
};
bolt_connector server_connect;

#endif
