// SPDX-License-Identifier: MIT
/** Whom the pipeline works for: a program that shows messages, or none at all.
 *
 *  The library never prints. What a long job has to say goes to its host, a line at a time, while
 *  the job goes on.
 *  Threads: any function may be called from any thread that works for the job, one at a time.
 */
#ifndef HMREC_HOST_H
#define HMREC_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "hmrec/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Zero-initialise; a function that is NULL is not called. Borrowed by a job until it returns. */
struct hm_host {
    void *context;
    /** Something worth knowing that is no failure. */
    void (*note)(void *context, const char *line);
    /** One item could not be done, and why; the others go on. */
    void (*failed)(void *context, const struct hm_error *err);
    /** So many of `what` ("pictures") are done. total 0: not known. */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    /** true: stop soon, with HM_ECANCELED; what is done is kept. */
    bool (*cancelled)(void *context);
};

#ifdef __cplusplus
}
#endif

#endif
