// SPDX-License-Identifier: MIT
/** In place of sheet.c in a build without Cairo. */
#include "sheet.h"

bool sheet_available(void) {
    return false;
}

enum hm_status sheet_draw(const struct sheet *sheet, struct picture *out, size_t *boxes,
                          struct hm_error *err) {
    (void)sheet;
    *boxes = 0;
    *out = (struct picture){0};
    return hm_fail(err, HM_EUNSUPPORTED, "contact sheets need a build with Cairo");
}
