// SPDX-License-Identifier: MIT
/** A progressive picture may have any number of scans, each of which costs a walk over all of its
 *  coefficients, and a scan without content is a few bytes: 905 KB can keep a decoder busy for
 *  minutes. Encoders make about ten. */
#include "decode/scans.h"

#include <stdint.h>

#include "hmrec/image.h"

enum { TOO_MANY_SCANS = 1000, LEAST_PIXELS = 1 << 21 }; // the message's code is above libjpeg's own

static const char *const messages[] = {
    "more than %d scans of %d x %d pixels, which no encoder makes", NULL};

static void count_scans(j_common_ptr common) {
    struct jpeg_decompress_struct *jpeg = (struct jpeg_decompress_struct *)common;
    uint64_t pixels = (uint64_t)jpeg->image_width * jpeg->image_height;
    uint64_t most =
        (uint64_t)HM_IMAGE_MAX_SCANNED / (pixels > LEAST_PIXELS ? pixels : LEAST_PIXELS);
    if (jpeg->input_scan_number <= 0 || (uint64_t)jpeg->input_scan_number <= most) return;
    jpeg->err->msg_code = TOO_MANY_SCANS;
    jpeg->err->msg_parm.i[0] = (int)most;
    jpeg->err->msg_parm.i[1] = (int)jpeg->image_width;
    jpeg->err->msg_parm.i[2] = (int)jpeg->image_height;
    jpeg->err->error_exit(common);
}

void scans_limit(struct jpeg_decompress_struct *jpeg, struct jpeg_progress_mgr *progress) {
    *progress = (struct jpeg_progress_mgr){.progress_monitor = count_scans};
    jpeg->progress = progress;
    jpeg->err->addon_message_table = messages;
    jpeg->err->first_addon_message = jpeg->err->last_addon_message = TOO_MANY_SCANS;
}
