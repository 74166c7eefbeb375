// SPDX-License-Identifier: MIT
// Photos of products: found in the usual places first, so that a hundred thousand files need not be
// listed for two hundred photos.

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gallery/gallery.h"
#include "app.h"
#include "hmrec/image.h"
#include "path.h"

static int compare(const void *a, const void *b) {
    const struct hm_job *x = a, *y = b;
    return strcmp(x->code, y->code);
}

// Whether a code, put behind the root, stays below it and out of hidden folders.
static bool is_below(const char *code) {
    return *code && *code != '.' && *code != '/' && !strstr(code, "/.") && !strstr(code, "//");
}

// A photo in one of the usual places, for codes of each kind (hmrec embed --code).
static bool is_usual(const struct photos *photos, const char *code, const char *ending,
                     char path[HM_PATH_MAX]) {
    const char *root = photos->root;
    if (!strchr(code, '/') &&
        hm_path(path, NULL, "%s/%.3s/%s%s", root, code, code, ending) == HM_OK &&
        access(path, R_OK) == 0)
        return true;
    return hm_path(path, NULL, "%s/%s%s", root, code, ending) == HM_OK && access(path, R_OK) == 0;
}

// The path of a product's photo, "" when there is none.
static enum hm_status find(struct photos *photos, const char *code, char path[HM_PATH_MAX],
                           struct hm_error *err) {
    const char *ending;
    for (size_t i = 0; (ending = hm_image_endings(i)) && is_below(code); i++)
        if (is_usual(photos, code, ending, path)) return HM_OK;
    if (hm_image_ending(code) && is_below(code) && is_usual(photos, code, "", path)) return HM_OK;
    if (!photos->tree_read) {
        HM_TRY(hm_jobs_add_path(&photos->tree, photos->root, err));
        if (photos->tree.n) hm_jobs_finish(&photos->tree, 1, 1);
        photos->tree_read = true;
    }
    struct hm_job key = {.code = code};
    const struct hm_job *job =
        photos->tree.n ? bsearch(&key, photos->tree.rows, photos->tree.n, sizeof key, compare)
                       : NULL;
    return hm_path(path, err, "%s", job ? job->path : "");
}

static enum hm_status decode(const char *path, unsigned width, unsigned height, struct picture *out,
                             struct hm_error *err) {
    struct hm_image_file file = {0};
    enum hm_status status = hm_image_file_read(&file, path, err);
    if (status == HM_OK) {
        status = picture_decode(file.bytes, file.length, width, height, out, err);
        if (status != HM_OK) hm_error_prefix(err, "%s", path);
    }
    hm_image_file_free(&file);
    return status;
}

enum hm_status photo_load(struct photos *photos, const char *code, unsigned width, unsigned height,
                          struct picture *out, struct hm_error *err) {
    char path[HM_PATH_MAX];
    struct hm_error own;
    *out = (struct picture){0};
    HM_TRY(find(photos, code, path, err));
    if (!*path) return HM_OK;
    enum hm_status status = decode(path, width, height, out, &own);
    if (status == HM_OK) return HM_OK;
    if (status == HM_ENOMEM) {
        if (err) *err = own;
        return status;
    }
    app_complain(&own);
    photos->failed++;
    return HM_OK;
}

static enum hm_status check_folder(const char *root, struct hm_error *err) {
    struct stat st;
    if (stat(root, &st) != 0) return hm_fail_errno(err, "--images %s", root);
    if (!S_ISDIR(st.st_mode))
        return hm_fail(err, HM_EIO, "--images %s: found a file, expected a folder", root);
    return HM_OK;
}

enum hm_status photos_check(struct photos *photos, const struct gallery *gallery,
                            struct hm_error *err) {
    char path[HM_PATH_MAX] = "";
    HM_TRY(check_folder(photos->root, err));
    for (size_t i = 0; i < gallery->n; i++) {
        const struct hm_similar *s = &gallery->products[i];
        HM_TRY(find(photos, s->query, path, err));
        for (size_t j = 0; j < s->n && !*path; j++)
            HM_TRY(find(photos, s->hits[j].code, path, err));
        if (*path) return HM_OK;
    }
    if (!photos->tree.n)
        return hm_fail(err, HM_ENOTFOUND, "--images %s: no pictures in it", photos->root);
    return hm_fail(err, HM_ENOTFOUND,
                   "--images %s: %zu picture%s, none of the products to show; expected names like "
                   "%s.jpg",
                   photos->root, photos->tree.n, photos->tree.n == 1 ? "" : "s",
                   gallery->products[0].query);
}

void photos_free(struct photos *photos) {
    hm_jobs_free(&photos->tree);
}
