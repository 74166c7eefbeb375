// SPDX-License-Identifier: MIT
// The files of a gallery: each is written beside its place and renamed when it is whole. A page
// names all that belong to it, so that the page of an earlier gallery says what may be removed.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "gallery/gallery.h"
#include "mem.h"
#include "path.h"

void gallery_name(const char *code, char name[GALLERY_NAME_MAX + 1]) {
    enum { CUT = GALLERY_NAME_MAX - HM_DIGEST_HEX - 2 };
    char digest[HM_DIGEST_HEX + 1];
    const unsigned char *p = (const unsigned char *)code;
    size_t at = 0;
    for (; *p && at + 3 <= GALLERY_NAME_MAX; p++) {
        bool plain = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= 'a' && *p <= 'z') || *p == '-' || *p == '_';
        if (plain)
            name[at++] = (char)*p;
        else
            at += (size_t)snprintf(name + at, 4, "~%02x", *p);
    }
    name[at] = '\0';
    if (*p && hm_digest(code, strlen(code), digest, NULL) == HM_OK)
        snprintf(name + CUT, GALLERY_NAME_MAX + 1 - CUT, "~~%s", digest);
}

enum hm_status gallery_write(const char *path, const void *bytes, size_t length,
                             struct hm_error *err) {
    char part[HM_PATH_MAX];
    HM_TRY(hm_path(part, err, "%s.part", path));
    FILE *out = fopen(part, "wb");
    if (!out) return hm_fail_errno(err, "%s: cannot be made", part);
    bool bad = fwrite(bytes, 1, length, out) != length;
    enum hm_status status = HM_OK;
    if (fclose(out) != 0 || bad)
        status = hm_fail_errno(err, "%s: cannot be written", part);
    else if (rename(part, path) != 0)
        status = hm_fail_errno(err, "%s: cannot be written", path);
    if (status != HM_OK) remove(part);
    return status;
}

// ---- what an earlier gallery leaves

static const char *const own_folders[] = {"sheets/", "thumbs/"};

// Names of files, relative to the gallery's folder.
struct names {
    struct hm_arena strings;
    const char **rows;
    size_t n, capacity;
};

static int compare(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Length of the name of a file of ours at text, 0: there is none. Names are those of gallery_name,
// so that no page can name a file outside.
static size_t own_name(const char *text) {
    for (size_t i = 0; i < sizeof own_folders / sizeof *own_folders; i++) {
        size_t folder = strlen(own_folders[i]);
        if (strncmp(text, own_folders[i], folder) != 0) continue;
        size_t stem = strspn(text + folder, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "abcdefghijklmnopqrstuvwxyz-_~");
        if (stem && strncmp(text + folder + stem, ".jpg\"", 5) == 0) return folder + stem + 4;
    }
    return 0;
}

// In attributes alone: within text a quotation mark is escaped.
static enum hm_status add_names(struct names *names, const char *line, struct hm_error *err) {
    for (const char *p = line; (p = strchr(p, '"')) != NULL;) {
        size_t length = own_name(++p);
        if (!length) continue;
        HM_TRY(hm_grow(&names->rows, &names->capacity, names->n + 1, sizeof *names->rows, err));
        const char *name = hm_arena_copy(&names->strings, p, length);
        if (!name) return hm_fail(err, HM_ENOMEM, "no memory for the files of a gallery");
        names->rows[names->n++] = name;
    }
    return HM_OK;
}

// The files that a page of ours names, in order; none where there is no such page.
static enum hm_status read_names(struct names *names, const char *page, struct hm_error *err) {
    FILE *in = fopen(page, "r");
    if (!in) return errno == ENOENT ? HM_OK : hm_fail_errno(err, "%s: cannot be read", page);
    char *line = NULL;
    size_t capacity = 0;
    bool ours = false;
    enum hm_status status = HM_OK;
    while (status == HM_OK && getline(&line, &capacity, in) >= 0) {
        ours |= strstr(line, GALLERY_GENERATOR) != NULL;
        if (ours) status = add_names(names, line, err);
    }
    if (status == HM_OK && !feof(in)) status = hm_fail_errno(err, "%s: cannot be read", page);
    free(line);
    fclose(in);
    if (names->n) qsort(names->rows, names->n, sizeof *names->rows, compare);
    return status;
}

static void free_names(struct names *names) {
    hm_arena_free(&names->strings);
    free(names->rows);
}

static enum hm_status remove_old(const struct names *old, const struct names *kept,
                                 const char *folder, struct hm_error *err) {
    char path[HM_PATH_MAX];
    for (size_t i = 0; i < old->n; i++) {
        if (kept->n &&
            bsearch(&old->rows[i], kept->rows, kept->n, sizeof *kept->rows, compare) != NULL)
            continue;
        HM_TRY(hm_path(path, err, "%s/%s", folder, old->rows[i]));
        if (remove(path) != 0 && errno != ENOENT)
            return hm_fail_errno(err, "%s: of an earlier gallery, cannot be removed", path);
    }
    for (size_t i = 0; old->n && i < sizeof own_folders / sizeof *own_folders; i++) {
        HM_TRY(hm_path(path, err, "%s/%s", folder, own_folders[i]));
        rmdir(path); // only if nothing is left in it
    }
    return HM_OK;
}

enum hm_status gallery_replace(const struct gallery *gallery, struct hm_error *err) {
    char path[HM_PATH_MAX], part[HM_PATH_MAX];
    struct names old = {0}, kept = {0};
    HM_TRY(hm_path(path, err, "%s/index.html", gallery->folder));
    HM_TRY(hm_path(part, err, "%s.part", path));
    enum hm_status status = read_names(&old, path, err);
    if (status == HM_OK) status = read_names(&kept, part, err);
    if (status == HM_OK && rename(part, path) != 0)
        status = hm_fail_errno(err, "%s: cannot be written", path);
    if (status == HM_OK) status = remove_old(&old, &kept, gallery->folder, err);
    free_names(&old);
    free_names(&kept);
    return status;
}
