// SPDX-License-Identifier: MIT
// hmrec pixels: what the network sees, as an array to compare with Keras' load_img.

#include <stdlib.h>

#include "commands.h"
#include "hmrec/image.h"
#include "npy.h"

static enum hm_status read_pixels(struct hm_image_file *file, const char *path, uint8_t *pixels,
                                  struct hm_error *err) {
    HM_TRY(hm_image_file_read(file, path, err));
    return hm_image_decode(file->bytes, file->length, pixels, err);
}

static int pixels_of(char *const *paths, const char *output) {
    struct hm_error err;
    struct hm_image_file file = {0};
    struct npy *npy = NULL;
    uint8_t *pixels = malloc(HM_PIXEL_BYTES);
    int code = APP_OK;
    enum hm_status status = pixels ? HM_OK : hm_fail(&err, HM_ENOMEM, "no memory for a picture");
    if (status == HM_OK)
        status = npy_create(&npy, output, "|u1", "224, 224, 3", HM_PIXEL_BYTES, &err);
    for (; status == HM_OK && *paths; paths++) {
        if (read_pixels(&file, *paths, pixels, &err) != HM_OK) {
            hm_error_prefix(&err, "image %s", *paths);
            code = app_complain(&err);
            continue;
        }
        status = npy_append(npy, pixels, &err);
    }
    if (status == HM_OK) status = npy_close(npy, &err);
    if (status != HM_OK) code = app_complain(&err);
    hm_image_file_free(&file);
    free(pixels);
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
    return pixels_of(argv + first, output);
}
