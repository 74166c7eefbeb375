// SPDX-License-Identifier: MIT
/** The files of an export in a folder: all of them are written beside their places and put there
 *  together, so that an older export stays whole until a newer one is. */
#ifndef HM_PIPELINE_ADMIN_FILES_H
#define HM_PIPELINE_ADMIN_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "mem.h"
#include "output.h"

/** Zero-initialise but for folder; admin_files_end when done. */
struct admin_files {
    const char *folder;     // borrowed
    struct output *outputs; // [n], owned; of these the last one is open, the others are sealed
    size_t n, capacity;
    struct hm_buf block; // of the open one, not yet written
    bool made;           // the folder, by this export
};

/** Make the folder, if it is not there.
 *  is_ours  whether an export writes a file of that name (without ".part")
 *  errors   HM_EIO; HM_ECONFLICT: the folder has other files than an export's */
HM_WARN_UNUSED enum hm_status admin_files_begin(struct admin_files *files,
                                                bool (*is_ours)(const char *name),
                                                struct hm_error *err);
/** Seal the open file and open the next one, FOLDER/NAME.part; what is to be written is appended to
 *  block. */
HM_WARN_UNUSED enum hm_status admin_files_next(struct admin_files *files, const char *name,
                                               struct hm_error *err);
/** Write the block once it is large. */
HM_WARN_UNUSED enum hm_status admin_files_spill(struct admin_files *files, struct hm_error *err);
/** Put the files in their places, the last one last, which is taken away before that: with it
 *  there, the folder is one export's, and whole. */
HM_WARN_UNUSED enum hm_status admin_files_place(struct admin_files *files, struct hm_error *err);
/** Remove what was not put in its place, and a folder that is empty and was not there before. */
void admin_files_end(struct admin_files *files);

#endif
