// SPDX-License-Identifier: MIT
// hmrec pixels: what the network sees, as an array to compare with Keras' load_img.

#include "commands.h"
#include "hmrec/pipeline.h"

static enum hm_status read_pixels(struct hm_embedder *embedder, const char *path,
                                  struct hm_error *err) {
    const void *bytes;
    size_t length;
    hm_embedder_drop(embedder);
    HM_TRY(hm_embedder_read(embedder, path, &bytes, &length, err));
    return hm_embedder_add(embedder, bytes, length, err);
}

static int pixels_of(char *const *paths, const char *output) {
    struct hm_error err;
    struct hm_embedder *embedder;
    struct hm_npy *npy = NULL;
    int code = APP_OK;
    enum hm_status status = hm_embedder_new(&embedder, NULL, NULL, &err);
    if (status == HM_OK)
        status = hm_npy_create(&npy, output, "|u1", "224, 224, 3", HM_PIXEL_BYTES, &err);
    for (; status == HM_OK && *paths; paths++) {
        if (read_pixels(embedder, *paths, &err) != HM_OK) {
            hm_error_prefix(&err, "image %s", *paths);
            code = app_complain(&err);
            continue;
        }
        status = hm_npy_append(npy, hm_embedder_pixels(embedder), &err);
    }
    struct hm_error own;
    enum hm_status closed = hm_npy_close(npy, status == HM_OK, &own);
    if (status == HM_OK && (status = closed) != HM_OK) err = own;
    if (status != HM_OK) code = app_complain(&err);
    hm_embedder_free(embedder);
    return code;
}

int cmd_pixels(const struct app_command *self, int argc, char **argv) {
    const char *output = NULL;
    const struct app_option options[] = {
        {"output", 'o', APP_TEXT, "FILE.npy",
         "u8 [n][224][224][3]; unreadable pictures have no row", &output},
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (first == argc) return app_usage(self, "no pictures given");
    if (!output) return app_usage(self, "-o FILE.npy is missing");
    if (!app_ends_in(self, "output", output, ".npy")) return APP_USAGE;
    return pixels_of(argv + first, output);
}
