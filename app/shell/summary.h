// SPDX-License-Identifier: MIT
/** What the server says of a statement behind its rows. */
#ifndef HM_APP_CYPHER_SUMMARY_H
#define HM_APP_CYPHER_SUMMARY_H

#include "shell/render.h"

/** Add notes for stderr, each ending with NUL, for a newline is the server's: notifications with
 *  position and status. */
void summary_note_notifications(struct render *notes, const struct bolt_summary *summary);
/** One more: rows, time, what was changed. */
void summary_note_counts(struct render *notes, const struct bolt_summary *summary, uint64_t rows,
                         uint64_t time_ns);
/** total += more. */
void summary_add(struct bolt_counters *total, const struct bolt_counters *more);
/** Say them. */
void summary_say(const struct hm_buf *notes);

/** Append what stands behind a table of format verbose. */
HM_WARN_UNUSED enum hm_status summary_foot(struct hm_buf *out, const struct bolt_summary *summary,
                                           uint64_t rows, struct hm_error *err);

#endif
