// SPDX-License-Identifier: MIT
/** hmrec gallery: products and their look-alikes -> contact sheets and a page. */
#ifndef HM_APP_GALLERY_H
#define HM_APP_GALLERY_H

#include <stdbool.h>
#include <stddef.h>

#include "picture.h"
#include "hmrec/pipeline.h"

enum {
    GALLERY_ALIKE = 10, // look-alikes a product, if nothing else is said: two rows of five
    GALLERY_ALIKE_MAX = 100,
    GALLERY_DIGITS = 2, // of scores; more where they tell neighbours apart
    // A thumbnail is about 8 KB and a third more as text: a page with this many is 25 MB, what a
    // browser opens at once from disk. With more of them the page refers to files beside it.
    GALLERY_EMBED_MAX = 2400,
};

// ---- photos (photos.c)

/** Where photos are. Zero-initialise but for root; photos_free when done. */
struct photos {
    const char *root;
    struct hm_jobs tree; // every photo below root, read when the usual places do not have one
    bool tree_read;
    size_t failed; // photos that could not be read; each was named on stderr
};

struct gallery;
/** Whether the folder has a photo of any product or look-alike of the gallery.
 *  errors  HM_EIO, HM_ENOTFOUND: no such folder, no pictures in it, or none of these */
HM_WARN_UNUSED enum hm_status photos_check(struct photos *photos, const struct gallery *gallery,
                                           struct hm_error *err);

/** Find the photo of a product (ROOT/012/0123456789.jpg, ROOT/0123456789.jpg, or anywhere below
 *  ROOT) and decode it to fit into width x height. Without pixels when there is none; a bad file is
 *  named on stderr and counts as missing. */
HM_WARN_UNUSED enum hm_status photo_load(struct photos *photos, const char *code, unsigned width,
                                         unsigned height, struct picture *out,
                                         struct hm_error *err);
void photos_free(struct photos *photos);

// ---- the page (page.c)

/** What a page shows. */
struct gallery {
    const struct hm_similar *products; // [n]
    size_t n;
    const struct hm_names *names; // of all products and look-alikes
    const char *folder;           // where index.html goes
    const char *origin;           // what to say of the choice of products; ""
    bool sheets;                  // sheets/CODE.jpg are there
    size_t k;                     // look-alikes a product, at most
};

struct page;

/** Start folder/index.html (it gets its name when page_close succeeds). */
HM_WARN_UNUSED enum hm_status page_open(struct page **out, const struct gallery *gallery,
                                        struct hm_error *err);
/** Product i, with its photo and those of its look-alikes ([n] of that product). In order, each
 *  once. */
HM_WARN_UNUSED enum hm_status page_product(struct page *page, size_t i, const struct picture *photo,
                                           const struct picture *alike, struct hm_error *err);
/** Complete the page, or with complete = false drop it. */
HM_WARN_UNUSED enum hm_status page_close(struct page *page, bool complete, struct hm_error *err);

// ---- files (files.c)

/** The line of a page by which a gallery knows its own. */
#define GALLERY_GENERATOR "<meta name=\"generator\" content=\"hmrec\">"

/** A code as part of a file name and of a fragment: other characters than letters, digits, "-" and
 *  "_" become "~" and two hexadecimal digits. What is too long for a file's name ends in a digest
 *  of the code. */
enum { GALLERY_NAME_MAX = 240 }; // of the 255 bytes that file systems take
void gallery_name(const char *code, char name[GALLERY_NAME_MAX + 1]);

/** Write path.part, and rename it when it is whole. */
HM_WARN_UNUSED enum hm_status gallery_write(const char *path, const void *bytes, size_t length,
                                            struct hm_error *err);
/** Put index.html.part in the place of index.html, and remove the sheets and thumbnails that the
 *  page before named and this one does not. Other files stay. */
HM_WARN_UNUSED enum hm_status gallery_replace(const struct gallery *gallery, struct hm_error *err);

#endif
