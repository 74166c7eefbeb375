// SPDX-License-Identifier: MIT
/** What a resolver hook fills in (bolt.h shows bolt_addresses_add only). */
#ifndef BOLT_RESOLVER_H
#define BOLT_RESOLVER_H

#include "cluster/strings.h"

struct bolt_addresses {
    struct bolt_strings list;
};

#endif
