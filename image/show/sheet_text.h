// SPDX-License-Identifier: MIT
/** Lines of text on contact sheets: shaped by Pango (any script, any direction, other fonts where
 *  one lacks a character), or without it by Cairo alone. */
#ifndef HM_IMAGE_SHEET_TEXT_H
#define HM_IMAGE_SHEET_TEXT_H

#include <cairo.h>
#include <stdbool.h>

struct sheet_font {
    double px;
    bool bold;
};

enum sheet_align { SHEET_START, SHEET_CENTRE }; // start: the right for text that runs leftwards

/** Show one line in the current colour, its baseline at y, in width pixels from x on; what does not
 *  fit is cut, with an ellipsis.
 *  text  UTF-8, without control characters */
void sheet_text(cairo_t *cr, struct sheet_font font, enum sheet_align align, const char *text,
                double x, double y, double width);

#endif
