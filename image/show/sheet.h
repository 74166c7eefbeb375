// SPDX-License-Identifier: MIT
/** Contact sheets: a product's photo and up to ten look-alikes in two rows of five, each with its
 *  title, as one picture. */
#ifndef HM_IMAGE_SHEET_H
#define HM_IMAGE_SHEET_H

#include <stdbool.h>
#include <stddef.h>

#include "picture.h"
#include "hmrec/status.h"

enum {
    SHEET_COLUMNS = 5,
    SHEET_CELLS = 10,
    SHEET_WIDTH = 1640,
    SHEET_HEIGHT = 880,
    SHEET_QUERY_WIDTH = 400, // the box of the product's photo, pixels
    SHEET_QUERY_HEIGHT = 600,
    SHEET_CELL_WIDTH = 208, // the box of a look-alike's photo
    SHEET_CELL_HEIGHT = 312,
};

struct sheet_cell {
    const struct picture *picture; // that fits into its box; NULL: no photo, and the cell says so
    const char *title;             // UTF-8; what does not fit is cut, with an ellipsis
    const char *subtitle;
    const char *note; // a third line, in grey
};

struct sheet {
    struct sheet_cell query;
    struct sheet_cell cells[SHEET_CELLS];
    size_t n;
};

/** false: built without Cairo; sheet_draw then fails with HM_EUNSUPPORTED. */
bool sheet_available(void);

/** Draw into out, SHEET_WIDTH x SHEET_HEIGHT. Fonts: the system's sans-serif and, with Pango,
 *  others for what it lacks.
 *  boxes  how many characters no font has: each is drawn as a box */
HM_WARN_UNUSED enum hm_status sheet_draw(const struct sheet *sheet, struct picture *out,
                                         size_t *boxes, struct hm_error *err);

#endif
