// SPDX-License-Identifier: MIT
/** What the files of this room share: the inside of struct hm_weights. */
#ifndef HM_WEIGHTS_INSIDE_H
#define HM_WEIGHTS_INSIDE_H

#include <sys/stat.h>

#include "hmrec/weights.h"

struct hm_weights {
    const struct hm_network *network;
    const unsigned char *map; // the whole file; NULL for weights made in memory
    size_t map_bytes;
    int fd;             // of the mapped file
    struct stat opened; // what it was then
    char *path;         // owned, for messages
    float *memory;      // one block for all tensors; NULL for a mapped file
    const float *
        *tensors; // owned array in the order of hm_weights_specs(network), into map or memory
    char *source; // metadata, owned; the three are never NULL after a successful open
    char *source_sha256;
    char *random_seed;   // "" when the weights are not random
    char digest[64 + 1]; // "" until hm_weights_digest
};

/** Give w its network and an array for that network's tensors, each NULL.
 *  errors  HM_ENOMEM */
HM_WARN_UNUSED enum hm_status
weights_set_network(struct hm_weights *w, const struct hm_network *network, struct hm_error *err);

/** Position in hm_weights_specs(network), or their number when there is no such tensor. */
size_t weights_index(const struct hm_network *network, const char *name);

/** "3x3x64x128" */
enum { WEIGHTS_SHAPE_TEXT = 8 * 21 };
void weights_shape_text(const size_t *shape, size_t rank, char text[WEIGHTS_SHAPE_TEXT]);

/** Check header and metadata of the mapped file, set the network, and point w->tensors at the
 *  file's data.
 *  errors  HM_EFORMAT, HM_ENOMEM */
HM_WARN_UNUSED enum hm_status weights_parse(struct hm_weights *w, struct hm_error *err);

#endif
