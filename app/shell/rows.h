// SPDX-License-Identifier: MIT
/** The rows of one result on their way out, in constant memory: written as they come. */
#ifndef HM_APP_CYPHER_ROWS_H
#define HM_APP_CYPHER_ROWS_H

#include "formats/formats.h"
#include "hmrec/bolt.h"

struct rows;

/** keys[n] are copied. options: format, hold and behind; the columns are the keys. */
HM_WARN_UNUSED enum hm_status rows_new(struct rows **out, const char *const *keys, size_t n,
                                       const struct writer_options *options, FILE *file,
                                       struct hm_error *err);
HM_WARN_UNUSED enum hm_status rows_add(struct rows *rows, const struct bolt_value *row,
                                       struct hm_error *err);
/** writer_end, but a query without columns has nothing to show.
 *  errors  HM_EIO: the file takes no more */
HM_WARN_UNUSED enum hm_status rows_end(struct rows *rows, bool whole, struct hm_error *err);
/** Whether something has been written: then the rows cannot be taken back. */
bool rows_wrote(const struct rows *rows);
void rows_free(struct rows *rows);

#endif
