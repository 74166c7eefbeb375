// SPDX-License-Identifier: MIT
/** hmrec gallery: products and their look-alikes -> contact sheets and a page. */
#ifndef HM_APP_GALLERY_H
#define HM_APP_GALLERY_H

#include <stdbool.h>
#include <stddef.h>

#include "path.h"
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
    bool made;                    // gallery_open: the folder was not there before
};

struct page;

/** Start index.html of a gallery that is open. */
HM_WARN_UNUSED enum hm_status page_open(struct page **out, const struct gallery *gallery,
                                        struct hm_error *err);
/** Product i, with its photo and those of its look-alikes ([n] of that product). In order, each
 *  once. */
HM_WARN_UNUSED enum hm_status page_product(struct page *page, size_t i, const struct picture *photo,
                                           const struct picture *alike, struct hm_error *err);
/** Complete the page; with complete = false it is only let go. */
HM_WARN_UNUSED enum hm_status page_close(struct page *page, bool complete, struct hm_error *err);

// ---- files (files.c)

/** The line of a page by which a gallery knows its own. */
#define GALLERY_GENERATOR "<meta name=\"generator\" content=\"hmrec\">"

/** A code as part of a file name and of a fragment: other characters than letters, digits, "-" and
 *  "_" become "~" and two hexadecimal digits. What is too long for a file's name ends in a digest
 *  of the code. */
enum { GALLERY_NAME_MAX = 240 }; // of the 255 bytes that file systems take
void gallery_name(const char *code, char name[GALLERY_NAME_MAX + 1]);

/** Begin to write a gallery: what gallery_write and the page put down stays in a folder beside the
 *  earlier gallery's files until gallery_close. */
HM_WARN_UNUSED enum hm_status gallery_open(struct gallery *gallery, struct hm_error *err);
/** Where a file of an open gallery is until gallery_close. */
HM_WARN_UNUSED enum hm_status gallery_path(const struct gallery *gallery, const char *name,
                                           char path[HM_PATH_MAX], struct hm_error *err);
/** Write a file of an open gallery.
 *  name  relative to its folder: "sheets/CODE.jpg", "thumbs/CODE.jpg" */
HM_WARN_UNUSED enum hm_status gallery_write(const struct gallery *gallery, const char *name,
                                            const void *bytes, size_t length, struct hm_error *err);
/** With complete, give all files their places, index.html last, and remove the sheets and
 *  thumbnails that the page before named and this one does not; other files stay.
 *  Else an earlier gallery is as it was. */
HM_WARN_UNUSED enum hm_status gallery_close(const struct gallery *gallery, bool complete,
                                            struct hm_error *err);

#endif
