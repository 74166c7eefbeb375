// SPDX-License-Identifier: MIT
// Rows are formatted as they come and written in batches, so that a small result is written whole,
// once, or not at all.

#include "formats/format.h"

#include <stdlib.h>

enum { HOLD_ROWS = 1000, HOLD_BYTES = 1024 * 1024 };

static const struct format *const formats[FORMATS] = {
    [FORMAT_TABLE] = &format_table, [FORMAT_CSV] = &format_csv,
    [FORMAT_JSON] = &format_json,   [FORMAT_NDJSON] = &format_ndjson,
    [FORMAT_PLAIN] = &format_plain, [FORMAT_VERBOSE] = &format_verbose,
};

static void list_formats(struct app_choice *list, unsigned n) {
    for (unsigned i = 0; i < n; i++)
        list[i] = (struct app_choice){
            .name = formats[i]->name, .meaning = formats[i]->meaning, .value = i};
}

const struct app_choice *format_choices(void) {
    static struct app_choice list[FORMATS_EVERYWHERE + 1];
    list_formats(list, FORMATS_EVERYWHERE);
    return list;
}

const struct app_choice *format_shell_choices(void) {
    static struct app_choice list[FORMATS + 2];
    list_formats(list, FORMATS);
    list[FORMATS] = (struct app_choice){
        .name = "auto", .meaning = "verbose on a terminal, else plain", .value = FORMAT_AUTO};
    return list;
}

bool format_is_exact(unsigned format) {
    return formats[format]->exact;
}

enum hm_status writer_new(struct writer **out, const struct writer_options *options, FILE *file,
                          struct hm_error *err) {
    *out = calloc(1, sizeof **out);
    if (!*out) return hm_fail(err, HM_ENOMEM, "no memory for rows");
    **out = (struct writer){.format = formats[options->format], .options = *options, .file = file};
    if (!(*out)->options.hold) (*out)->options.hold = HOLD_ROWS;
    return HM_OK;
}

static enum hm_status begin(struct writer *w, struct hm_error *err) {
    if (w->begun) return HM_OK;
    w->begun = true;
    if (w->options.behind && w->format->gap) HM_TRY(hm_buf_append(&w->text, "\n", 1, err));
    return w->format->head ? w->format->head(w, err) : HM_OK;
}

static enum hm_status write_text(struct writer *w, struct hm_error *err) {
    if (w->text.length) {
        w->wrote = true;
        fwrite(w->text.data, 1, w->text.length, w->file);
    }
    w->text.length = 0;
    w->rows = 0;
    return ferror(w->file) ? app_output_lost(err) : HM_OK;
}

static enum hm_status flush(struct writer *w, struct hm_error *err) {
    HM_TRY(begin(w, err));
    if (w->format->settle) HM_TRY(w->format->settle(w, err));
    return write_text(w, err);
}

static bool is_full(const struct writer *w) {
    return w->rows >= w->options.hold || w->text.length + w->strings.used_bytes >= HOLD_BYTES;
}

enum hm_status writer_add(struct writer *w, const char *const *cells, struct hm_error *err) {
    bool waits = w->format->settle && !w->begun;
    if (waits && is_full(w)) {
        w->more = true;
        HM_TRY(flush(w, err));
        waits = false;
    }
    if (!w->format->settle) HM_TRY(begin(w, err));
    HM_TRY(w->format->row(w, cells, err));
    w->any = true;
    w->rows++;
    return waits || !is_full(w) ? HM_OK : flush(w, err);
}

enum hm_status writer_end(struct writer *w, bool whole, struct hm_error *err) {
    HM_TRY(begin(w, err));
    if (w->format->settle) HM_TRY(w->format->settle(w, err));
    if (whole && w->format->tail) HM_TRY(w->format->tail(w, err));
    HM_TRY(write_text(w, err));
    return fflush(w->file) == 0 ? HM_OK : app_output_lost(err);
}

bool writer_wrote(const struct writer *w) {
    return w->wrote;
}

void writer_free(struct writer *w) {
    if (!w) return;
    for (size_t i = 0; w->labels && i < w->options.n; i++)
        hm_buf_free(&w->labels[i]);
    free(w->labels);
    hm_buf_free(&w->text);
    hm_arena_free(&w->strings);
    free(w->cells);
    free(w->widths);
    free(w);
}
