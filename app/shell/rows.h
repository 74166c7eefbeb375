// SPDX-License-Identifier: MIT
/** The rows of one result on their way out, in constant memory: printed as they come. */
#ifndef HM_APP_CYPHER_ROWS_H
#define HM_APP_CYPHER_ROWS_H

#include <stdio.h>

#include "hmrec/bolt.h"
#include "table.h"

struct rows;

/** keys[n] are copied. batch: rows after which a table's widths are settled. gap: an empty
 * line in front, but for JSON. */
HM_WARN_UNUSED enum hm_status rows_new(struct rows **out, const char *const *keys, size_t n,
                                       enum table_format format, size_t batch, bool gap, FILE *file,
                                       struct hm_error *err);
HM_WARN_UNUSED enum hm_status rows_add(struct rows *rows, const struct bolt_value *row,
                                       struct hm_error *err);
/** Write what is left, and the header where no row came. errors  HM_EIO: the file takes no more */
HM_WARN_UNUSED enum hm_status rows_end(struct rows *rows, struct hm_error *err);
/** Whether something has been written: then the rows cannot be taken back. */
bool rows_printed(const struct rows *rows);
void rows_free(struct rows *rows);

#endif
