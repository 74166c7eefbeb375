// SPDX-License-Identifier: MIT
/** How this room talks to its host, which may be NULL. */
#ifndef HM_PIPELINE_TELL_H
#define HM_PIPELINE_TELL_H

#include "hmrec/host.h"

HM_PRINTF(2, 3) void tell_note(const struct hm_host *host, const char *format, ...);
void tell_failed(const struct hm_host *host, const struct hm_error *err);
/** The same, of a status and a text without an error at hand. */
HM_PRINTF(3, 4)
void tell_failure(const struct hm_host *host, enum hm_status status, const char *format, ...);
void tell_progress(const struct hm_host *host, const char *what, uint64_t done, uint64_t total);
bool host_cancelled(const struct hm_host *host);
/** HM_ECANCELED with that text when the host says so, else HM_OK. */
HM_WARN_UNUSED enum hm_status stop_if_cancelled(const struct hm_host *host, const char *text,
                                                struct hm_error *err);

#endif
