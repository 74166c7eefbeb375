// SPDX-License-Identifier: MIT
/** A file that is written beside its place and put there when it is whole: until then whatever was
 *  there before stays, and what a killed run wrote is in NAME.part. */
#ifndef HM_PIPELINE_OUTPUT_H
#define HM_PIPELINE_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "hmrec/status.h"

/** Zero-initialise. */
struct output {
    FILE *file;    // NULL: not open
    char *name;    // of the finished file, links followed; "-": standard output. Owned
    char *written; // the file that is written: NAME.part, or NAME itself. Owned
    bool direct;   // standard output, a pipe or a device: nothing can be put there later
    bool made;     // NAME.part is of this process, not an earlier run's
};

/** Open for writing, empty.
 *  errors  HM_EIO, HM_ENOMEM. The output is to be closed also after an error */
HM_WARN_UNUSED enum hm_status output_create(struct output *output, const char *name,
                                            struct hm_error *err);
/** Open for reading and writing what an earlier run left: NAME.part, else a copy of NAME, else an
 *  empty file.
 *  found   whether there was anything
 *  errors  as above; HM_EARG: standard output, a pipe or a device */
HM_WARN_UNUSED enum hm_status output_resume(struct output *output, const char *name, bool *found,
                                            struct hm_error *err);
HM_WARN_UNUSED enum hm_status output_write(struct output *output, const void *bytes, size_t length,
                                           struct hm_error *err);
/** Everything written is the system's from here on: a killed process loses none of it. */
HM_WARN_UNUSED enum hm_status output_flush(struct output *output, struct hm_error *err);
/** Cut the file at a length and write on there. */
HM_WARN_UNUSED enum hm_status output_cut(struct output *output, uint64_t length,
                                         struct hm_error *err);
/** Everything written is on the disk. */
HM_WARN_UNUSED enum hm_status output_sync(struct output *output, struct hm_error *err);
/** Everything written is on the disk, and the file closed; it is still beside its place. */
HM_WARN_UNUSED enum hm_status output_seal(struct output *output, struct hm_error *err);
/** Close, unless it is sealed, and put the file in its place. */
HM_WARN_UNUSED enum hm_status output_finish(struct output *output, struct hm_error *err);
/** Close; NAME.part stays, or with `remove` goes unless an earlier run left it. */
void output_abandon(struct output *output, bool remove);

#endif
