// SPDX-License-Identifier: MIT
/** Lines of text on contact sheets: shaped by Pango (any script, any direction, other fonts where
 *  one lacks a character), or without it by Cairo alone. */
#ifndef HM_IMAGE_SHEET_TEXT_H
#define HM_IMAGE_SHEET_TEXT_H

#include <cairo.h>
#include <stdbool.h>
#include <stddef.h>

struct sheet_font {
    double px;
    bool bold;
};

enum sheet_align {
    SHEET_START,  // by the text's own direction: at the right where it runs leftwards
    SHEET_LEFT,   // a line that runs rightwards, whatever its words do
    SHEET_CENTRE, // as SHEET_LEFT
};

/** Show one line in the current colour, its baseline at y, in width pixels from x on; what does not
 *  fit is cut, with an ellipsis.
 *  text    UTF-8, without control characters
 *  return  how many of its characters no font has: boxes */
size_t sheet_text(cairo_t *cr, struct sheet_font font, enum sheet_align align, const char *text,
                  double x, double y, double width);

#endif
