// SPDX-License-Identifier: MIT
// bench jpeg: from a JPEG in memory to the network's pixels, one thread, as each worker of `hmrec
// embed` does it.

#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "hmrec/image.h"
#include "picture.h"

enum { PHOTO_WIDTH = 1166, PHOTO_HEIGHT = 1750, PHOTO_QUALITY = 86 }; // the catalogue's usual photo

struct job {
    const void *bytes;
    size_t length;
    uint8_t pixels[HM_PIXEL_BYTES];
    uint8_t again[HM_PIXEL_BYTES];
};

struct total {
    double min, median; // seconds, summed over the pictures
    size_t bytes, pictures;
};

static void decode(void *arg) {
    struct job *job = arg;
    if (hm_image_decode(job->bytes, job->length, job->pixels, NULL) != HM_OK)
        abort(); // it has been verified
}

// Before timing: the picture decodes, and to the same pixels whatever was in the buffer.
static enum hm_status verify(struct job *job, struct hm_error *err) {
    memset(job->pixels, 0, sizeof job->pixels);
    memset(job->again, 0xFF, sizeof job->again);
    HM_TRY(hm_image_decode(job->bytes, job->length, job->pixels, err));
    HM_TRY(hm_image_decode(job->bytes, job->length, job->again, err));
    if (memcmp(job->pixels, job->again, sizeof job->pixels) == 0) return HM_OK;
    return hm_fail(err, HM_EFORMAT, "the same picture decoded twice gave different pixels");
}

static enum hm_status measure(const struct bench_options *options, const void *bytes, size_t length,
                              struct total *total, struct hm_error *err) {
    struct job *job = malloc(sizeof *job);
    if (!job) return hm_fail(err, HM_ENOMEM, "no memory for a picture");
    job->bytes = bytes;
    job->length = length;
    enum hm_status status = verify(job, err);
    if (status == HM_OK) {
        struct bench_time t =
            bench_time(decode, job, options->seconds > 0 ? options->seconds : 0.2);
        total->min += t.min;
        total->median += t.median;
        total->bytes += length;
        total->pictures++;
    }
    free(job);
    return status;
}

static enum hm_status measure_files(const struct bench_options *options, struct total *total,
                                    struct hm_error *err) {
    struct hm_image_file file = {0};
    enum hm_status status = HM_OK;
    for (char *const *path = options->files; status == HM_OK && *path; path++) {
        status = hm_image_file_read(&file, *path, err);
        if (status != HM_OK) break; // the text names the file
        status = measure(options, file.bytes, file.length, total, err);
        if (status != HM_OK) hm_error_prefix(err, "%s", *path);
    }
    hm_image_file_free(&file);
    return status;
}

// A garment-like middle on a plain ground, with grain.
static void draw(struct picture *photo) {
    uint32_t state = 1;
    for (unsigned y = 0; y < photo->height; y++)
        for (unsigned x = 0; x < photo->width; x++) {
            bool cloth = x > photo->width / 5 && x < photo->width * 4 / 5 && y > photo->height / 8;
            unsigned weave = cloth ? (x / 9 + y / 7) % 2 * 24 : 96;
            state = state * 1664525 + 1013904223;
            for (unsigned c = 0; c < 3; c++)
                photo->rgb[((size_t)y * photo->width + x) * 3 + c] =
                    (uint8_t)(110 + weave + c * 8 + (state >> 28));
        }
}

static enum hm_status measure_drawing(const struct bench_options *options, struct total *total,
                                      struct hm_error *err) {
    struct hm_buf jpeg = {0};
    struct picture photo = {.width = PHOTO_WIDTH, .height = PHOTO_HEIGHT};
    photo.rgb = malloc((size_t)PHOTO_WIDTH * PHOTO_HEIGHT * 3);
    if (!photo.rgb) return hm_fail(err, HM_ENOMEM, "no memory for a photo");
    draw(&photo);
    enum hm_status status = picture_encode(&photo, PHOTO_QUALITY, false, &jpeg, err);
    picture_free(&photo);
    if (status == HM_OK) status = measure(options, jpeg.data, jpeg.length, total, err);
    hm_buf_free(&jpeg);
    return status;
}

enum hm_status bench_jpeg(const struct bench_options *options, FILE *out, struct hm_error *err) {
    struct total total = {0};
    bool files = options->files && *options->files;
    HM_TRY(files ? measure_files(options, &total, err) : measure_drawing(options, &total, err));
    double count = (double)total.pictures, min = total.min * 1e3 / count,
           median = total.median * 1e3 / count;
    double kilobytes = (double)total.bytes / 1e3 / count;
    if (!options->json) {
        char cpu[128];
        bench_cpu(cpu, sizeof cpu);
        fprintf(out,
                "%s, 1 thread\n%.2f ms a picture (median %.2f), %.0f KB each, %.0f MB/s, %zu "
                "picture%s%s\n",
                cpu, min, median, kilobytes, kilobytes / min, total.pictures,
                total.pictures == 1 ? "" : "s", files ? "" : ", drawn: 1166 x 1750, 4:2:0");
        return HM_OK;
    }
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "threads", 1);
    cJSON_AddNumberToObject(object, "pictures", count);
    cJSON_AddNumberToObject(object, "bytes_per_image", kilobytes * 1e3);
    cJSON_AddNumberToObject(object, "ms_per_image_min", min);
    cJSON_AddNumberToObject(object, "ms_per_image_median", median);
    return bench_print(object, out, err);
}
