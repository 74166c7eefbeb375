// SPDX-License-Identifier: MIT
/** How good look-alikes are, as a plot: a bar for each share, a mark for its chance. */
#ifndef HM_APP_EVAL_PLOT_H
#define HM_APP_EVAL_PLOT_H

#include "hmrec/pipeline.h"

/** errors  HM_EIO, naming the file */
HM_WARN_UNUSED enum hm_status app_eval_plot(const struct hm_eval *eval, const char *path,
                                            struct hm_error *err);

#endif
