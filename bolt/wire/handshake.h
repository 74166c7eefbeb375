// SPDX-License-Identifier: MIT
#ifndef BOLT_HANDSHAKE_H
#define BOLT_HANDSHAKE_H

#include "connection/versions.h"
#include "wire/wire.h"

/** Agree on a version, by ranges or by a manifest.
 *  errors  HM_EUNSUPPORTED: no common version; HM_EPROTO: no Bolt server; those of the stream */
HM_WARN_UNUSED enum hm_status
bolt_handshake(struct bolt_wire *wire, const struct bolt_version **version, struct hm_error *err);

#endif
