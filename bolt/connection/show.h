// SPDX-License-Identifier: MIT
/** Messages as bolt_hooks.message gets them. */
#ifndef BOLT_SHOW_H
#define BOLT_SHOW_H

#include "connection/connection.h"

/** The request that was just appended to the wire. */
void bolt_show_request(const struct bolt_connection *connection);
/** An answer; its bytes stay as they are. */
void bolt_show_reply(const struct bolt_connection *connection, const struct bolt_reply *reply);

#endif
