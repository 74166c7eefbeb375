// SPDX-License-Identifier: MIT
// The gallery's page: one file that opens from disk and asks for nothing else. Whatever comes from
// a catalogue passes html(), which escapes it; and the page's own policy lets no script run but the
// one whose digest it names. Style and script: gallery.css, gallery.js.

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "alike.h"
#include "base64.h"
#include "digest.h"
#include "gallery/gallery.h"
#include "mem.h"
#include "text.h"
#include "utf8.h"
#include "resources.h"
#include "path.h"

extern const struct hm_text gallery_texts[]; // gallery.css, gallery.js

enum { LARGE_QUALITY = 82, SMALL_QUALITY = 78, CSP_HASH = 45 /* base64 of 32 bytes and a NUL */ };

// Several departments may share a name; where the catalogue has no numbers the name is all.
struct department {
    int64_t number;
    const char *name;
};

struct page {
    const struct gallery *gallery;
    FILE *out;
    char path[HM_PATH_MAX];
    struct department *departments; // [n]: what data-department counts
    size_t n, capacity;
    const char **codes;       // [gallery->n], ordered: the products that links lead to
    bool embed;               // photos as data: URIs
    struct hm_buf jpeg, text; // scratch
};

// ---- writing

// Text and attribute values alike. What HTML does not allow becomes U+FFFD.
static void put_escaped(FILE *out, const char *text) {
    for (size_t left = strlen(text); left;) {
        uint32_t code = 0;
        size_t n = hm_utf8_next(text, left, &code);
        bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
        if (!n || (control && !strchr("\n\r\t", (int)code)))
            fputs("\xef\xbf\xbd", out);
        else if (strchr("&<>\"'", (int)code) && code < 0x80)
            fprintf(out, "&#%u;", (unsigned)code);
        else
            fwrite(text, 1, n, out);
        text += n ? n : 1;
        left -= n ? n : 1;
    }
}

// %s: escaped text; %n: size_t. Nothing else gets into the page.
static void html(FILE *out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    for (const char *p = format; *p; p++) {
        if (*p != '%') {
            putc(*p, out);
            continue;
        }
        switch (*++p) {
        case 's':
            put_escaped(out, va_arg(args, const char *));
            break;
        case 'n':
            fprintf(out, "%zu", va_arg(args, size_t));
            break;
        default:
            putc(*p, out);
        }
    }
    va_end(args);
}

// ---- departments and links

static const char *or_else(const char *text, const char *otherwise) {
    return *text ? text : otherwise;
}

static struct department department_of(const struct page *page, const char *code) {
    const struct hm_store_product *p = hm_names_find(page->gallery->names, code);
    return (struct department){p->department_number, p->department};
}

static int compare_departments(const void *a, const void *b) {
    const struct department *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static size_t department_place(const struct page *page, struct department d) {
    size_t i = 0;
    while (i < page->n && compare_departments(&page->departments[i], &d) != 0)
        i++;
    return i;
}

static enum hm_status add_department(struct page *page, struct department d, struct hm_error *err) {
    if (department_place(page, d) < page->n) return HM_OK;
    HM_TRY(hm_grow(&page->departments, &page->capacity, page->n + 1, sizeof d, err));
    page->departments[page->n++] = d;
    return HM_OK;
}

// Whether another of the offered departments has this one's name.
static bool shares_name(const struct page *page, size_t i, size_t offered) {
    const struct department *d = page->departments;
    return (i && strcmp(d[i - 1].name, d[i].name) == 0) ||
           (i + 1 < offered && strcmp(d[i].name, d[i + 1].name) == 0);
}

static int compare_codes(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// The products' departments first, so that the filter offers those; then those of look-alikes only.
static enum hm_status collect(struct page *page, size_t *offered, struct hm_error *err) {
    const struct gallery *g = page->gallery;
    page->codes = calloc(g->n + 1, sizeof *page->codes);
    if (!page->codes) return hm_fail(err, HM_ENOMEM, "no memory for %zu products", g->n);
    for (size_t i = 0; i < g->n; i++) {
        page->codes[i] = g->products[i].query;
        HM_TRY(add_department(page, department_of(page, page->codes[i]), err));
    }
    qsort(page->codes, g->n, sizeof *page->codes, compare_codes);
    if (page->n) qsort(page->departments, page->n, sizeof *page->departments, compare_departments);
    *offered = page->n;
    for (size_t i = 0; i < g->n; i++)
        for (size_t j = 0; j < g->products[i].n; j++) {
            const char *code = g->products[i].hits[j].code;
            HM_TRY(add_department(page, department_of(page, code), err));
        }
    return HM_OK;
}

static bool on_page(const struct page *page, const char *code) {
    return bsearch(&code, page->codes, page->gallery->n, sizeof *page->codes, compare_codes);
}

// ---- the frame

static enum hm_status csp_hash(const char *text, char out[CSP_HASH], struct hm_error *err) {
    char hex[HM_DIGEST_HEX + 1];
    unsigned char bytes[HM_DIGEST_HEX / 2];
    HM_TRY(hm_digest(text, strlen(text), hex, err));
    for (size_t i = 0; i < sizeof bytes; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    struct hm_buf encoded = {0};
    enum hm_status status = hm_base64(&encoded, bytes, sizeof bytes, err);
    if (status == HM_OK) snprintf(out, CSP_HASH, "%s", encoded.data);
    hm_buf_free(&encoded);
    return status;
}

static enum hm_status put_head(const struct page *page, struct hm_error *err) {
    char style[CSP_HASH], script[CSP_HASH];
    FILE *out = page->out;
    HM_TRY(csp_hash(gallery_texts[0].text, style, err));
    HM_TRY(csp_hash(gallery_texts[1].text, script, err));
    html(out,
         "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src %s; "
         "style-src 'sha256-%s'; script-src 'sha256-%s'; base-uri 'none'; form-action 'none'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, "
         "initial-scale=1\">\n" GALLERY_GENERATOR "\n"
         "<title>Look-alikes: %n %s</title>\n<link rel=\"icon\" href=\"data:,\">\n",
         page->embed ? "data:" : "data: file: 'self'", style, script, page->gallery->n,
         page->gallery->n == 1 ? "product" : "products");
    fprintf(out, "<style>%s</style>\n</head>\n", gallery_texts[0].text);
    return HM_OK;
}

static void put_intro(const struct page *page) {
    const struct gallery *g = page->gallery;
    html(page->out,
         "<body>\n<a class=\"skip\" href=\"#products\">Skip to the products</a>\n"
         "<header class=\"page\"><div class=\"intro\">\n<h1>Look-alikes</h1>\n"
         "<p>%n %s, each with up to %n that look most like it: those whose photos lie nearest in "
         "the "
         "2048 numbers that the network makes of a picture. A score of 1.00 is the same picture, "
         "0.50 has nothing in common. A frame marks those with an entry of their own on this "
         "page.%s%s</p>\n</div></header>\n",
         g->n, g->n == 1 ? "product" : "products", g->k, *g->origin ? " " : "", g->origin);
}

static void put_bar(const struct page *page, size_t offered) {
    const struct gallery *g = page->gallery;
    FILE *out = page->out;
    html(out,
         "<div class=\"bar\"><form class=\"page\" id=\"filter\" aria-label=\"Filter\" hidden>\n"
         "<label for=\"search\">Search <input type=\"search\" id=\"search\" "
         "placeholder=\"Name or code\"></label>\n"
         "<label for=\"department\">Department <select id=\"department\">"
         "<option value=\"\">All</option>");
    for (size_t i = 0; i < offered; i++) {
        const struct department *d = &page->departments[i];
        html(out, "<option value=\"%n\">%s", i, or_else(d->name, "No department"));
        if (shares_name(page, i, offered) && d->number != HM_STORE_NO_NUMBER)
            html(out, " (%n)", (size_t)d->number);
        html(out, "</option>");
    }
    html(out,
         "</select></label>\n"
         "<label for=\"same\"><input type=\"checkbox\" id=\"same\"> Only look-alikes of the same "
         "department</label>\n"
         "<output id=\"count\" for=\"search department same\" "
         "role=\"status\"></output>\n</form></div>\n"
         "<nav class=\"page index\" aria-label=\"Products\"><details><summary>List of products"
         "</summary><ul>\n");
    for (size_t i = 0; i < g->n; i++) {
        const struct hm_store_product *p = hm_names_find(g->names, g->products[i].query);
        char name[GALLERY_NAME_MAX + 1];
        gallery_name(g->products[i].query, name);
        html(out, "<li id=\"to-p-%s\"><a href=\"#p-%s\"><bdi>%s</bdi></a></li>\n", name, name,
             or_else(p->name, g->products[i].query));
    }
    html(out, "</ul></details></nav>\n<main id=\"products\" class=\"page\" tabindex=\"-1\">\n");
}

static enum hm_status start(struct page *page, struct hm_error *err) {
    size_t offered = 0;
    HM_TRY(gallery_path(page->gallery, "index.html", page->path, err));
    HM_TRY(collect(page, &offered, err));
    page->out = fopen(page->path, "w");
    if (!page->out) return hm_fail_errno(err, "%s: cannot be made", page->path);
    HM_TRY(put_head(page, err));
    put_intro(page);
    put_bar(page, offered);
    return HM_OK;
}

enum hm_status page_open(struct page **out, const struct gallery *gallery, struct hm_error *err) {
    *out = calloc(1, sizeof **out);
    if (!*out) return hm_fail(err, HM_ENOMEM, "no memory for a page");
    (*out)->gallery = gallery;
    (*out)->embed = gallery->n * (1 + gallery->k) <= GALLERY_EMBED_MAX;
    enum hm_status status = start(*out, err);
    if (status != HM_OK) {
        enum hm_status ignored = page_close(*out, false, NULL);
        (void)ignored; // the first failure is the one to report
        *out = NULL;
    }
    return status;
}

// ---- a product

static enum hm_status put_source(struct page *page, const struct picture *p, const char *name,
                                 bool large, struct hm_error *err) {
    page->jpeg.length = 0;
    HM_TRY(picture_encode(p, large ? LARGE_QUALITY : SMALL_QUALITY, false, &page->jpeg, err));
    if (page->embed) {
        fputs("data:image/jpeg;base64,", page->out);
        page->text.length = 0;
        HM_TRY(hm_base64(&page->text, page->jpeg.data, page->jpeg.length, err));
        fputs(page->text.data, page->out);
        return HM_OK;
    }
    char file[GALLERY_NAME_MAX + sizeof "thumbs/-large.jpg"];
    snprintf(file, sizeof file, "thumbs/%s%s.jpg", name, large ? "-large" : "");
    html(page->out, "%s", file);
    return gallery_write(page->gallery, file, page->jpeg.data, page->jpeg.length, err);
}

static enum hm_status put_photo(struct page *page, const struct hm_store_product *p,
                                const char *code, const struct picture *picture, bool large,
                                struct hm_error *err) {
    FILE *out = page->out;
    char name[GALLERY_NAME_MAX + 1];
    if (!picture->rgb) {
        html(out,
             "<div class=\"photo missing\" role=\"img\" aria-label=\"No photo of %s\">No "
             "photo</div>",
             or_else(p->name, code));
        return HM_OK;
    }
    gallery_name(code, name);
    html(out,
         "<img class=\"photo\" width=\"%n\" height=\"%n\" loading=\"%s\" decoding=\"async\" "
         "alt=\"%s%s%s%s%s\" "
         "src=\"",
         (size_t)picture->width, (size_t)picture->height, page->embed ? "eager" : "lazy",
         or_else(p->name, code), *p->type ? ", " : "", p->type, *p->colour ? ", " : "", p->colour);
    enum hm_status status = put_source(page, picture, name, large, err);
    html(out, "\">");
    return status;
}

static void put_fact(FILE *out, const char *term, const char *fact) {
    if (*fact) html(out, "<dt>%s</dt><dd><bdi>%s</bdi></dd>", term, fact);
}

static enum hm_status put_asked(struct page *page, const char *code, const char *name,
                                const struct hm_store_product *p, const struct picture *photo,
                                struct hm_error *err) {
    FILE *out = page->out;
    html(out,
         "<article class=\"product\" id=\"p-%s\" data-department=\"%n\" data-code=\"%s\" "
         "aria-labelledby=\"h-%s\" "
         "tabindex=\"-1\">\n<div class=\"asked\">",
         name, department_place(page, department_of(page, code)), code, name);
    HM_TRY(put_photo(page, p, code, photo, true, err));
    html(out, "\n<div class=\"about\"><h2 id=\"h-%s\"><bdi>%s</bdi></h2>\n<dl>", name,
         or_else(p->name, code));
    put_fact(out, "Code", code);
    put_fact(out, "Type", p->type);
    put_fact(out, "Department", p->department);
    put_fact(out, "Colour", p->colour);
    put_fact(out, "Pattern", p->appearance);
    html(out, "</dl>");
    if (page->gallery->sheets)
        html(
            out,
            "<p><a href=\"sheets/%s.jpg\" aria-label=\"Contact sheet of %s\">Contact sheet</a></p>",
            name, or_else(p->name, code));
    html(out, "</div></div>\n");
    return HM_OK;
}

static enum hm_status put_alike(struct page *page, const struct hm_similar *s, size_t rank,
                                size_t department, const struct picture *photo,
                                struct hm_error *err) {
    const struct hm_hit *hit = &s->hits[rank - 1];
    char score[32];
    snprintf(score, sizeof score, "%.*f", alike_digits(s, 1, GALLERY_DIGITS), (double)hit->score);
    FILE *out = page->out;
    const struct hm_store_product *p = hm_names_find(page->gallery->names, hit->code);
    size_t place = department_place(page, department_of(page, hit->code));
    bool linked = on_page(page, hit->code), same = place == department;
    char name[GALLERY_NAME_MAX + 1];
    gallery_name(hit->code, name);
    html(out, "<li data-department=\"%n\" class=\"%s\"><figure>", place, same ? "same" : "other");
    if (linked) html(out, "<a href=\"#p-%s\">", name);
    HM_TRY(put_photo(page, p, hit->code, photo, false, err));
    if (linked) html(out, "</a>");
    double share = ((double)hit->score - 0.5) * 200;
    html(out,
         "<figcaption><svg class=\"scale\" viewBox=\"0 0 100 3\" preserveAspectRatio=\"none\" "
         "aria-hidden=\"true\"><rect width=\"%n\" height=\"3\"/></svg><span class=\"cut\">"
         "<span class=\"rank\">%n.</span> <span class=\"score\">%s</span> <bdi>%s</bdi></span> "
         "<span class=\"cut name\"><bdi>%s</bdi></span> "
         "<span class=\"cut where\"><bdi>%s</bdi></span> "
         "<span class=\"cut code\"><bdi>%s</bdi></span></figcaption></figure></li>\n",
         share < 0 ? (size_t)0 : (size_t)(share + 0.5), rank, score, p->type, p->name,
         p->department, hit->code);
    return HM_OK;
}

enum hm_status page_product(struct page *page, size_t i, const struct picture *photo,
                            const struct picture *alike, struct hm_error *err) {
    const struct hm_similar *s = &page->gallery->products[i];
    const struct hm_store_product *p = hm_names_find(page->gallery->names, s->query);
    char name[GALLERY_NAME_MAX + 1];
    gallery_name(s->query, name);
    HM_TRY(put_asked(page, s->query, name, p, photo, err));
    html(page->out, "<div><ol class=\"alike\" aria-label=\"Look-alikes of %s, nearest first\">\n",
         or_else(p->name, s->query));
    size_t department = department_place(page, department_of(page, s->query));
    for (size_t j = 0; j < s->n; j++)
        HM_TRY(put_alike(page, s, j + 1, department, &alike[j], err));
    html(page->out, "</ol><p class=\"none\"%s>No look-alike here.</p></div>\n</article>\n",
         s->n ? " hidden" : "");
    return HM_OK;
}

enum hm_status page_close(struct page *page, bool complete, struct hm_error *err) {
    enum hm_status status = HM_OK;
    if (page->out && complete) {
        html(page->out, "</main>\n<footer class=\"page\"><p>Made by hmrec %s.</p></footer>\n",
             HM_VERSION);
        fprintf(page->out, "<script>%s</script>\n</body>\n</html>\n", gallery_texts[1].text);
    }
    bool bad = page->out && ferror(page->out) != 0;
    if (page->out && (fclose(page->out) != 0 || bad) && complete)
        status = hm_fail_errno(err, "%s: cannot be written", page->path);
    hm_buf_free(&page->jpeg);
    hm_buf_free(&page->text);
    free(page->departments);
    free(page->codes);
    free(page);
    return status;
}
