// SPDX-License-Identifier: MIT
/** What a word that is being typed may become. */
#ifndef HM_APP_CYPHER_COMPLETE_H
#define HM_APP_CYPHER_COMPLETE_H

#include "shell/names.h"

/** Zero-initialise; name_list_free(&completion.words) when done. */
struct completion {
    size_t begin;           // where the word begins, in bytes
    struct name_list words; // as they are to be written, sorted
};

/** Commands, keywords, parameters, and the database's names, by where in a statement the word
 *  stands. No word: nothing is known.
 *  text  [cursor]: what stands before the cursor */
HM_WARN_UNUSED enum hm_status complete_word(struct shell *shell, const char *text, size_t cursor,
                                            struct completion *out, struct hm_error *err);

#endif
