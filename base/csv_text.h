// SPDX-License-Identifier: MIT
/** CSV text, written field by field. */
#ifndef HM_CSV_TEXT_H
#define HM_CSV_TEXT_H

#include "mem.h"

/** Append a field as RFC 4180 has it: between quotes where it holds a comma, a quote or an end of
 *  line. */
HM_WARN_UNUSED enum hm_status hm_csv_field(struct hm_buf *out, const char *text,
                                           struct hm_error *err);

#endif
