// SPDX-License-Identifier: MIT
/** A limit on how often libjpeg goes over a picture. Internal to image/. */
#ifndef HM_IMAGE_SCANS_H
#define HM_IMAGE_SCANS_H

#include <stdio.h>

#include <jpeglib.h>

/** From now on the decoder fails (error_exit, with a text of its own) as soon as a picture's scans
 *  come to more than HM_IMAGE_MAX_SCANNED pixels, a small picture counted as 2 million. To be
 *  called between jpeg_create_decompress and jpeg_start_decompress.
 *  progress  must live as long as the decoder */
void scans_limit(struct jpeg_decompress_struct *jpeg, struct jpeg_progress_mgr *progress);

#endif
