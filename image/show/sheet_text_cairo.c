// SPDX-License-Identifier: MIT
// In place of sheet_text_pango.c in a build without Pango: one font, left to right.

#include <stdint.h>
#include <string.h>

#include "sheet_text.h"
#include "utf8.h"

enum { LINE_MAX = 256 }; // bytes of a line that are looked at: three times what fits

static double width_of(cairo_t *cr, const char *text) {
    cairo_text_extents_t extents;
    cairo_text_extents(cr, text, &extents);
    return extents.x_advance;
}

// ends[i]: bytes of the first i + 1 characters, a combining mark counted with what it stands on.
// Returns how many.
static size_t find_ends(const char *text, size_t ends[LINE_MAX]) {
    size_t n = 0, at = 0, length = strlen(text);
    uint32_t code;
    for (size_t used; at < length && (used = hm_utf8_next(text + at, length - at, &code)) > 0;) {
        if (at + used >= LINE_MAX) break;
        at += used;
        if (n && hm_utf8_width(code) == 0) n--;
        ends[n++] = at;
    }
    return n;
}

// Glyph 0 of a font stands for what it lacks.
static size_t count_boxes(cairo_t *cr, const char *text) {
    cairo_glyph_t *glyphs = NULL;
    int n = 0;
    size_t boxes = 0;
    if (cairo_scaled_font_text_to_glyphs(cairo_get_scaled_font(cr), 0, 0, text, -1, &glyphs, &n,
                                         NULL, NULL, NULL) != CAIRO_STATUS_SUCCESS)
        return 0;
    for (int i = 0; i < n; i++)
        boxes += glyphs[i].index == 0;
    cairo_glyph_free(glyphs);
    return boxes;
}

size_t sheet_text(cairo_t *cr, struct sheet_font font, enum sheet_align align, const char *text,
                  double x, double y, double width) {
    char line[LINE_MAX + 4];
    size_t ends[LINE_MAX], n = find_ends(text, ends), length = n ? ends[n - 1] : 0;
    memcpy(line, text, length);
    line[length] = '\0';
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           font.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, font.px);
    while (n && width_of(cr, line) > width) {
        size_t keep = --n ? ends[n - 1] : 0;
        while (keep && line[keep - 1] == ' ')
            keep--;
        while (n && ends[n - 1] > keep)
            n--; // the blanks are gone
        memcpy(line + keep, "\xe2\x80\xa6", 4);
    }
    cairo_move_to(cr, align == SHEET_CENTRE ? x + (width - width_of(cr, line)) / 2 : x, y);
    cairo_show_text(cr, line);
    return count_boxes(cr, line);
}
