// SPDX-License-Identifier: MIT
/** A text file compiled into the binary (hm_embed_texts in cmake/room.cmake); tables of them end
 *  with a row of NULLs. */
#ifndef HM_TEXT_H
#define HM_TEXT_H

struct hm_text {
    const char *name; // file name without folder
    const char *text; // its content, NUL-terminated
};

#endif
