// SPDX-License-Identifier: MIT
// hmrec eval's plot, as SVG: a panel a facet, a line a product group.

#include "eval_plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "path.h"
#include "utf8.h"

enum {
    LABELS = 190,      // pixels for the groups' names
    PANEL = 230,       // from one panel to the next
    BAR = 190,         // 100 %
    LINE = 30,         // from one group to the next
    TOP = 96,          // above the first
    LABEL_COLUMNS = 24 // characters of a name
};

static const char style[] =
    "svg{color-scheme:light dark;font:14px system-ui,sans-serif;background:#fffdf9;fill:#1e1b17}"
    ".soft{fill:#655e54}.bar{fill:#0d5c50}.track{fill:#e7e1d6}.chance{fill:#c2410c}"
    ".head{font-size:20px;font-weight:600}.b{font-weight:600}"
    "@media(prefers-color-scheme:dark){svg{background:#1e1c19;fill:#f2eee6}.soft{fill:#b1a899}"
    ".bar{fill:#86d5c1}.track{fill:#38342e}.chance{fill:#fdba74}}";

// A name of LABEL_COLUMNS at most, as XML.
static void put_label(FILE *out, const char *text) {
    size_t left = strlen(text), columns = 0;
    bool cut = hm_utf8_columns(text) > LABEL_COLUMNS;
    while (left && !(cut && columns >= LABEL_COLUMNS - 1)) {
        uint32_t code = 0;
        size_t n = hm_utf8_next(text, left, &code);
        if (!n || code < 0x20)
            fputs("\xef\xbf\xbd", out);
        else if (code == '&' || code == '<' || code == '>')
            fprintf(out, "&#%u;", (unsigned)code);
        else
            fwrite(text, 1, n, out);
        columns += hm_utf8_width(code);
        text += n ? n : 1;
        left -= n ? n : 1;
    }
    if (cut) fputs("\xe2\x80\xa6", out);
}

static void put_bar(FILE *out, const struct hm_eval_share *s, int x, int y) {
    if (!s->pairs) {
        fprintf(out, "<text class=\"soft\" x=\"%d\" y=\"%d\">not known</text>\n", x, y);
        return;
    }
    double share = (double)s->same / (double)s->pairs;
    fprintf(out,
            "<rect class=\"track\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"12\" rx=\"3\"/>"
            "<rect class=\"bar\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"12\" rx=\"3\">"
            "<title>%.1f %%, by chance %.1f %%</title></rect>"
            "<rect class=\"chance\" x=\"%.1f\" y=\"%d\" width=\"3\" height=\"18\"/>\n",
            x, y - 11, BAR, x, y - 11, share * BAR, share * 100, s->chance * 100,
            x + s->chance * BAR - 1.5, y - 14);
}

static void put_row(FILE *out, const struct hm_eval_row *row, int y, bool strong) {
    fprintf(out, "<text x=\"24\" y=\"%d\"%s>", y, strong ? " class=\"b\"" : "");
    put_label(out, *row->group ? row->group : "(no group)");
    fputs("</text>\n", out);
    for (int f = 0; f < HM_EVAL_FACETS; f++)
        put_bar(out, &row->facets[f], 24 + LABELS + f * PANEL, y);
}

static void put_plot(FILE *out, const struct hm_eval *e) {
    int width = 24 + LABELS + HM_EVAL_FACETS * PANEL, height = TOP + ((int)e->n + 1) * LINE + 40;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
            "height=\"%d\" role=\"img\" aria-labelledby=\"t d\">\n"
            "<title id=\"t\">Look-alikes against chance</title>\n<desc id=\"d\">Share of %zu "
            "neighbours of %zu products that have the same type, colour and appearance, by product "
            "group; a mark shows what neighbours drawn by lot would reach.</desc>\n"
            "<style>%s</style>\n"
            "<text class=\"head\" x=\"24\" y=\"38\">Look-alikes against chance</text>\n",
            width, height, width, height, e->all.neighbours, e->all.products, style);
    for (int f = 0; f < HM_EVAL_FACETS; f++)
        fprintf(out, "<text x=\"%d\" y=\"70\">same %s</text>\n", 24 + LABELS + f * PANEL,
                hm_eval_facet_name((enum hm_eval_facet)f));
    put_row(out, &e->all, TOP + 8, true);
    for (size_t i = 0; i < e->n; i++)
        put_row(out, &e->groups[i], TOP + 8 + ((int)i + 1) * LINE, false);
    fprintf(
        out,
        "<rect class=\"chance\" x=\"24\" y=\"%d\" width=\"3\" height=\"14\"/>"
        "<text class=\"soft\" x=\"34\" y=\"%d\">by chance; a full bar is 100 %%</text>\n</svg>\n",
        height - 32, height - 20);
}

static enum hm_status write_plot(const struct hm_eval *eval, const char *path,
                                 struct hm_error *err) {
    FILE *out = fopen(path, "w");
    if (!out) return hm_fail_errno(err, "%s: cannot be made", path);
    put_plot(out, eval);
    bool bad = ferror(out) != 0 || fflush(out) != 0 || fsync(fileno(out)) != 0;
    if (fclose(out) != 0 || bad) return hm_fail_errno(err, "%s: cannot be written", path);
    return HM_OK;
}

// Beside its place first: yesterday's plot stays until today's is whole.
enum hm_status app_eval_plot(const struct hm_eval *eval, const char *path, struct hm_error *err) {
    char part[HM_PATH_MAX];
    HM_TRY(hm_path(part, err, "%s.part", path));
    enum hm_status status = write_plot(eval, part, err);
    if (status == HM_OK && rename(part, path) != 0)
        status = hm_fail_errno(err, "%s: cannot be written", path);
    if (status != HM_OK) unlink(part);
    return status;
}
