// SPDX-License-Identifier: MIT
/** Contact sheets with Cairo. The query stands large at the left, its look-alikes beside it in the
 *  order of their scores, on paper white: the photos themselves mostly are. */
#include "sheet.h"

#include <cairo.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sheet_text.h"
#include "utf8.h"

enum {
    MARGIN = 40,
    GRID_X = MARGIN + SHEET_QUERY_WIDTH + 60,
    GAP_X = 15,
    PITCH_X = SHEET_CELL_WIDTH + GAP_X,
    PITCH_Y = 428,
    TITLE_PX = 17, // also the height of a line of titles, with LEADING
    HEADING_PX = 26,
    LEADING = 24,
    TITLE_MAX = 256, // bytes of a title that are looked at: three times what fits
};

#ifdef HM_SANITIZE
// fontconfig and Pango keep patterns and fonts behind pointers that LeakSanitizer cannot follow.
// (The name is LeakSanitizer's.)
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libfontconfig\nleak:libpango\nleak:libglib\nleak:libgobject\n";
}
#endif

struct colour {
    double r, g, b;
};

static const struct colour paper = {1, 1, 1}, ink = {0.11, 0.10, 0.09}, grey = {0.38, 0.36, 0.33},
                           empty = {0.945, 0.935, 0.915};

// A sheet that is being drawn.
struct drawing {
    cairo_t *cr;
    size_t boxes; // characters that no font has
};

static void set(cairo_t *cr, struct colour c) {
    cairo_set_source_rgb(cr, c.r, c.g, c.b);
}

// ---- text

// A clean copy: what is no UTF-8 or a control character becomes U+FFFD or a blank.
static void clean(const char *text, char out[TITLE_MAX + 4]) {
    size_t at = 0, length = strlen(text);
    while (length && at + 4 < TITLE_MAX) {
        uint32_t code = 0xFFFD;
        size_t used = hm_utf8_next(text, length, &code);
        const char *from = used ? text : "\xef\xbf\xbd";
        size_t bytes = used ? used : 3;
        if (code < 0x20 || code == 0x7F) from = " ";
        memcpy(out + at, from, bytes);
        at += bytes;
        text += used ? used : 1;
        length -= used ? used : 1;
    }
    out[at] = '\0';
}

static const struct sheet_font heading = {HEADING_PX, true}, title = {TITLE_PX, false};

static void show(struct drawing *d, struct sheet_font font, enum sheet_align align,
                 const char *text, double x, double y, double width) {
    char line[TITLE_MAX + 4];
    clean(text, line);
    d->boxes += sheet_text(d->cr, font, align, line, x, y, width);
}

// ---- photos

// Cairo wants 0x00RRGGBB in words of the machine.
static enum hm_status show_picture(cairo_t *cr, const struct picture *p, double x, double y,
                                   struct hm_error *err) {
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)p->width, (int)p->height);
    unsigned char *data = cairo_image_surface_get_data(surface);
    if (!data) {
        cairo_surface_destroy(surface);
        return hm_fail(err, HM_ENOMEM, "no memory for a photo of a contact sheet");
    }
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    for (size_t row = 0; row < p->height; row++)
        for (size_t i = 0; i < p->width; i++) {
            const uint8_t *rgb = p->rgb + (row * p->width + i) * 3;
            uint32_t word = (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
            memcpy(data + row * stride + 4 * i, &word, 4);
        }
    cairo_surface_mark_dirty(surface);
    cairo_set_source_surface(cr, surface, x, y);
    cairo_paint(cr);
    cairo_surface_destroy(surface);
    return HM_OK;
}

// The photo at the bottom of its box, as on a shelf, or what stands for it.
static enum hm_status show_box(struct drawing *d, const struct picture *picture, double x, double y,
                               double width, double height, struct hm_error *err) {
    if (picture && picture->rgb)
        return show_picture(d->cr, picture, x + (double)(int)((width - picture->width) / 2),
                            y + height - picture->height, err);
    set(d->cr, empty);
    cairo_rectangle(d->cr, x, y, width, height);
    cairo_fill(d->cr);
    set(d->cr, grey);
    show(d, title, SHEET_CENTRE, "no photo", x, y + height / 2, width);
    return HM_OK;
}

static enum hm_status show_query(struct drawing *d, const struct sheet *sheet,
                                 struct hm_error *err) {
    const struct sheet_cell *q = &sheet->query;
    double y = MARGIN + SHEET_QUERY_HEIGHT + HEADING_PX + 20;
    HM_TRY(show_box(d, q->picture, MARGIN, MARGIN, SHEET_QUERY_WIDTH, SHEET_QUERY_HEIGHT, err));
    set(d->cr, ink);
    show(d, heading, SHEET_START, q->title, MARGIN, y, SHEET_QUERY_WIDTH);
    show(d, title, SHEET_LEFT, q->subtitle, MARGIN, y + 1.4 * LEADING, SHEET_QUERY_WIDTH);
    set(d->cr, grey);
    show(d, title, SHEET_LEFT, q->note, MARGIN, y + 2.4 * LEADING, SHEET_QUERY_WIDTH);
    return HM_OK;
}

static enum hm_status show_cell(struct drawing *d, const struct sheet_cell *cell, size_t place,
                                struct hm_error *err) {
    double x = GRID_X + (double)(place % SHEET_COLUMNS) * PITCH_X;
    double y = MARGIN + (double)(place / SHEET_COLUMNS) * PITCH_Y;
    HM_TRY(show_box(d, cell->picture, x, y, SHEET_CELL_WIDTH, SHEET_CELL_HEIGHT, err));
    y += SHEET_CELL_HEIGHT + LEADING;
    set(d->cr, ink);
    show(d, title, SHEET_START, cell->title, x, y, SHEET_CELL_WIDTH);
    show(d, title, SHEET_LEFT, cell->subtitle, x, y + LEADING, SHEET_CELL_WIDTH);
    set(d->cr, grey);
    show(d, title, SHEET_LEFT, cell->note, x, y + 2 * LEADING, SHEET_CELL_WIDTH);
    return HM_OK;
}

// ---- the sheet

static enum hm_status draw(struct drawing *d, const struct sheet *sheet, struct hm_error *err) {
    set(d->cr, paper);
    cairo_paint(d->cr);
    HM_TRY(show_query(d, sheet, err));
    for (size_t i = 0; i < sheet->n && i < SHEET_CELLS; i++)
        HM_TRY(show_cell(d, &sheet->cells[i], i, err));
    if (cairo_status(d->cr) != CAIRO_STATUS_SUCCESS)
        return hm_fail(err, HM_ENOMEM, "Cairo: %s", cairo_status_to_string(cairo_status(d->cr)));
    return HM_OK;
}

static enum hm_status copy_out(cairo_surface_t *surface, struct picture *out,
                               struct hm_error *err) {
    *out = (struct picture){.width = SHEET_WIDTH, .height = SHEET_HEIGHT};
    out->rgb = malloc((size_t)SHEET_WIDTH * SHEET_HEIGHT * 3);
    if (!out->rgb) return hm_fail(err, HM_ENOMEM, "no memory for a contact sheet");
    cairo_surface_flush(surface);
    const unsigned char *data = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    for (size_t y = 0; y < SHEET_HEIGHT; y++)
        for (size_t x = 0; x < SHEET_WIDTH; x++) {
            uint32_t word;
            uint8_t *rgb = out->rgb + (y * SHEET_WIDTH + x) * 3;
            memcpy(&word, data + y * stride + 4 * x, 4);
            rgb[0] = (uint8_t)(word >> 16);
            rgb[1] = (uint8_t)(word >> 8);
            rgb[2] = (uint8_t)word;
        }
    return HM_OK;
}

bool sheet_available(void) {
    return true;
}

enum hm_status sheet_draw(const struct sheet *sheet, struct picture *out, size_t *boxes,
                          struct hm_error *err) {
    *out = (struct picture){0};
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, SHEET_WIDTH, SHEET_HEIGHT);
    struct drawing d = {.cr = cairo_create(surface)};
    enum hm_status status = draw(&d, sheet, err);
    if (status == HM_OK) status = copy_out(surface, out, err);
    *boxes = d.boxes;
    cairo_destroy(d.cr);
    cairo_surface_destroy(surface);
    return status;
}
