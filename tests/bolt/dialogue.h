// SPDX-License-Identifier: MIT
/** A server in memory that plays a script. One line a message, in the order of the conversation:
 *      BOLT 5.4              the version it answers the handshake with
 *      MANIFEST 5.4-5.0 6.1  or the ranges it offers
 *      C: RUN "..." {} {}    what the client must say; a * at the end stands for any rest
 *      S: RECORD [1]         what the server answers
 *      S: <NOOP>             also: S: <EXIT> closes, S: <RAW 16 03 01> sends bytes as they are
 *      S: <SILENCE>          at the end: nothing comes, and the client waits for it 5 s at most
 *      --                    the client comes again: a new connection from here
 *  GOODBYE is understood everywhere. */
#ifndef TEST_DIALOGUE_H
#define TEST_DIALOGUE_H

#include "cluster/driver.h"

struct dialogue {
    const char *address; // "host:port" it listens at
    const char *script;
    size_t grain; // bytes a read gives at most; 0: all there are
    size_t cut;   // the stream ends after so many bytes of all answers; SIZE_MAX: never
    // State:
    const char *at; // next line
    size_t delivered;
    bool connected;
    char complaint[2048]; // first deviation from the script; "" when none
};

/** All servers of a test; give it to a driver as its connector. */
struct dialogue_net {
    struct dialogue *servers;
    size_t count;
};
bolt_connector dialogue_connect;

/** Not 0 while the server itself works, so that allocations are not the client's. */
extern volatile int dialogue_working;

/** Start again from the first line. */
void dialogue_rewind(struct dialogue *dialogue);
/** True when every line was played and nothing deviated. */
bool dialogue_done(struct dialogue *dialogue);

#endif
