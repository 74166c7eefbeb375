// SPDX-License-Identifier: MIT
#include "sheet_text.h"

#include <pango/pangocairo.h>

size_t sheet_text(cairo_t *cr, struct sheet_font font, enum sheet_align align, const char *text,
                  double x, double y, double width) {
    PangoLayout *layout = pango_cairo_create_layout(cr);
    PangoFontDescription *description = pango_font_description_new();
    pango_font_description_set_family_static(description, "sans-serif");
    pango_font_description_set_weight(description,
                                      font.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_absolute_size(description, font.px * PANGO_SCALE);
    pango_layout_set_font_description(layout, description);
    pango_layout_set_text(layout, text, -1);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    pango_layout_set_auto_dir(layout, align == SHEET_START);
    pango_layout_set_alignment(layout,
                               align == SHEET_CENTRE ? PANGO_ALIGN_CENTER : PANGO_ALIGN_LEFT);
    cairo_move_to(cr, x, y - (double)pango_layout_get_baseline(layout) / PANGO_SCALE);
    pango_cairo_show_layout(cr, layout);
    int unknown = pango_layout_get_unknown_glyphs_count(layout);
    pango_font_description_free(description);
    g_object_unref(layout);
    return (size_t)unknown;
}
