// SPDX-License-Identifier: MIT
// The files of a gallery: they are written into a folder of their own and get their places when all
// are there, so that a run that ends before leaves the earlier gallery as it was. A page names all
// that belong to it, so that the page of an earlier gallery says what may be removed.

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "gallery/gallery.h"
#include "mem.h"
#include "path.h"
#include "resources.h"

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

// The folder in the gallery's that its files are in until all are there.
#define UNFINISHED "gallery.part"

static const char *const own_folders[] = {"sheets/", "thumbs/"};
enum { OWN_FOLDERS = sizeof own_folders / sizeof *own_folders };

enum hm_status gallery_path(const struct gallery *gallery, const char *name, char path[HM_PATH_MAX],
                            struct hm_error *err) {
    return hm_path(path, err, "%s/" UNFINISHED "/%s", gallery->folder, name);
}

enum hm_status gallery_write(const struct gallery *gallery, const char *name, const void *bytes,
                             size_t length, struct hm_error *err) {
    char path[HM_PATH_MAX];
    HM_TRY(gallery_path(gallery, name, path, err));
    FILE *out = fopen(path, "wb");
    if (!out) return hm_fail_errno(err, "%s: cannot be made", path);
    bool bad = fwrite(bytes, 1, length, out) != length;
    if (fclose(out) != 0 || bad) return hm_fail_errno(err, "%s: cannot be written", path);
    return HM_OK;
}

// ---- what an earlier gallery leaves

// Names of files, relative to the gallery's folder.
struct names {
    struct hm_arena strings;
    const char **rows;
    size_t n, capacity;
};

static int compare(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Length of the name at text, 0: it is not one that we give. Names are those of gallery_name, so
// that no page can name a file outside.
static size_t own_stem(const char *text) {
    size_t stem = strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz-_~");
    return stem && strncmp(text + stem, ".jpg", 4) == 0 ? stem + 4 : 0;
}

static size_t own_name(const char *text) {
    for (size_t i = 0; i < OWN_FOLDERS; i++) {
        size_t folder = strlen(own_folders[i]);
        size_t stem = strncmp(text, own_folders[i], folder) == 0 ? own_stem(text + folder) : 0;
        if (stem && text[folder + stem] == '"') return folder + stem;
    }
    return 0;
}

static bool ends_in(const char *start, const char *end, const char *what) {
    size_t length = strlen(what);
    return (size_t)(end - start) >= length && memcmp(end - length, what, length) == 0;
}

// In links and pictures alone: a code or a name may look like a file. Within text a quotation mark
// is escaped.
static enum hm_status add_names(struct names *names, const char *line, struct hm_error *err) {
    for (const char *p = line; (p = strchr(p, '"')) != NULL;) {
        bool refers = ends_in(line, ++p, "src=\"") || ends_in(line, p, "href=\"");
        size_t length = refers ? own_name(p) : 0;
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

static bool is_in(const struct names *names, const char *name) {
    return names->n && bsearch(&name, names->rows, names->n, sizeof *names->rows, compare) != NULL;
}

static enum hm_status remove_old(const struct names *old, const struct names *kept,
                                 const char *folder, struct hm_error *err) {
    char path[HM_PATH_MAX];
    for (size_t i = 0; i < old->n; i++) {
        if (is_in(kept, old->rows[i])) continue;
        HM_TRY(hm_path(path, err, "%s/%s", folder, old->rows[i]));
        if (remove(path) != 0 && errno != ENOENT)
            return hm_fail_errno(err, "%s: of an earlier gallery, cannot be removed", path);
    }
    for (size_t i = 0; old->n && i < OWN_FOLDERS; i++) {
        HM_TRY(hm_path(path, err, "%s/%s", folder, own_folders[i]));
        rmdir(path); // only if nothing is left in it
    }
    return HM_OK;
}

// ---- from the folder of what is unfinished to its places

static enum hm_status move(const struct gallery *gallery, const char *name, struct hm_error *err) {
    char from[HM_PATH_MAX], to[HM_PATH_MAX];
    HM_TRY(gallery_path(gallery, name, from, err));
    HM_TRY(hm_path(to, err, "%s/%s", gallery->folder, name));
    HM_TRY(app_make_folders(to, 0777, err));
    return rename(from, to) == 0 ? HM_OK : hm_fail_errno(err, "%s: cannot be written", to);
}

// All, the page last. What did get its place stays there only if the earlier page names it.
static enum hm_status move_all(const struct gallery *gallery, const struct names *old,
                               const struct names *new, struct hm_error *err) {
    enum hm_status status = HM_OK;
    size_t n = 0;
    for (; n < new->n &&status == HM_OK; n++)
        if (n == 0 || strcmp(new->rows[n - 1], new->rows[n]) != 0)
            status = move(gallery, new->rows[n], err);
    if (status == HM_OK) status = move(gallery, "index.html", err);
    if (status == HM_OK) return HM_OK;
    enum hm_status ignored =
        remove_old(&(struct names){.rows = new->rows, .n = n}, old, gallery->folder, NULL);
    (void)ignored; // the first failure is the one to report
    return status;
}

static enum hm_status replace(const struct gallery *gallery, struct hm_error *err) {
    char path[HM_PATH_MAX], part[HM_PATH_MAX];
    struct names old = {0}, new = {0};
    HM_TRY(hm_path(path, err, "%s/index.html", gallery->folder));
    HM_TRY(gallery_path(gallery, "index.html", part, err));
    enum hm_status status = read_names(&old, path, err);
    if (status == HM_OK) status = read_names(&new, part, err);
    if (status == HM_OK) status = move_all(gallery, &old, &new, err);
    if (status == HM_OK) status = remove_old(&old, &new, gallery->folder, err);
    free_names(&old);
    free_names(&new);
    return status;
}

// ---- the folder of what is unfinished

static void remove_pictures(const char *folder) {
    char path[HM_PATH_MAX];
    DIR *dir = opendir(folder);
    if (!dir) return;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (own_stem(entry->d_name) == strlen(entry->d_name) &&
            hm_path(path, NULL, "%s%s", folder, entry->d_name) == HM_OK)
            remove(path);
    closedir(dir);
    rmdir(folder);
}

// Files of ours alone; whatever else somebody has put there stays.
static void remove_unfinished(const struct gallery *gallery) {
    char path[HM_PATH_MAX];
    for (size_t i = 0; i < OWN_FOLDERS; i++)
        if (gallery_path(gallery, own_folders[i], path, NULL) == HM_OK) remove_pictures(path);
    if (gallery_path(gallery, "index.html", path, NULL) == HM_OK) remove(path);
    if (gallery_path(gallery, "", path, NULL) == HM_OK) rmdir(path);
}

enum hm_status gallery_open(struct gallery *gallery, struct hm_error *err) {
    char path[HM_PATH_MAX];
    struct stat st;
    gallery->made = stat(gallery->folder, &st) != 0 && errno == ENOENT;
    remove_unfinished(gallery); // of a run that was killed
    enum hm_status status = HM_OK;
    for (size_t i = 0; i < OWN_FOLDERS && status == HM_OK; i++) {
        status = gallery_path(gallery, own_folders[i], path, err);
        if (status == HM_OK) status = app_make_folders(path, 0777, err);
    }
    return status;
}

enum hm_status gallery_close(const struct gallery *gallery, bool complete, struct hm_error *err) {
    enum hm_status status = complete ? replace(gallery, err) : HM_OK;
    remove_unfinished(gallery);
    if (gallery->made && !(complete && status == HM_OK)) rmdir(gallery->folder);
    return status;
}
