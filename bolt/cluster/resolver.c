// SPDX-License-Identifier: MIT
// The public way to append to a resolver's answer.

#include "cluster/resolver.h"

#include "hmrec/bolt.h"

enum hm_status bolt_addresses_add(struct bolt_addresses *out, const char *address,
                                  struct hm_error *err) {
    return bolt_strings_add(&out->list, address, err);
}
