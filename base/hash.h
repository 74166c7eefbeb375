// SPDX-License-Identifier: MIT
/** Numbers drawn from a seed, and hashes of names: the same on every machine, none of them
 *  secret. */
#ifndef HM_HASH_H
#define HM_HASH_H

#include <stddef.h>
#include <stdint.h>

/** FNV-1a of length bytes.
 *  source  Fowler, Noll, Vo: draft-eastlake-fnv */
static inline uint64_t hm_fnv1a(const void *bytes, size_t length) {
    uint64_t hash = 0xcbf29ce484222325u;
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ byte[i]) * 0x100000001b3u;
    return hash;
}

/** All bits of z mixed: the output function of splitmix64.
 *  source  Steele, Lea, Flood 2014: "Fast splittable pseudorandom number generators" */
static inline uint64_t hm_mix64(uint64_t z) {
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/** The next number of splitmix64; *state starts as the seed. */
static inline uint64_t hm_splitmix64(uint64_t *state) {
    return hm_mix64(*state += 0x9e3779b97f4a7c15u);
}

#endif
