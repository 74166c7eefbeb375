// SPDX-License-Identifier: MIT
/** Thumbnails: libjpeg decodes at n/8 of the size, the smallest that is not below what is wanted, and an area average does the
 *  rest. setjmp is confined to the two functions that call libjpeg; what they allocate is reachable from a struct of the caller. */
#include "picture.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "header.h"

// ---- libjpeg's errors

struct failure {
    struct jpeg_error_mgr manager; // first: libjpeg hands it back
    jmp_buf jump;
    char text[JMSG_LENGTH_MAX];
};

static void on_error(j_common_ptr info) {
    struct failure *f = (struct failure *)info->err;
    f->manager.format_message(info, f->text);
    longjmp(f->jump, 1);
}

static void on_message(j_common_ptr info, int level) {
    (void)info; // a damaged photo is shown as far as it goes
    (void)level;
}

static struct jpeg_error_mgr *start_failure(struct failure *f) {
    struct jpeg_error_mgr *manager = jpeg_std_error(&f->manager);
    manager->error_exit = on_error;
    manager->emit_message = on_message;
    return manager;
}

// ---- sizes

struct size {
    unsigned width, height;
};

static unsigned at_least_1(double x) {
    return x < 1 ? 1 : (unsigned)(x + 0.5);
}

// The largest size of those proportions in the box, not above the photo's own.
static struct size fit(struct size photo, unsigned width, unsigned height) {
    double across = (double)width / photo.width, down = (double)height / photo.height;
    double scale = across < down ? across : down;
    if (scale >= 1) return photo;
    return (struct size){at_least_1(photo.width * scale), at_least_1(photo.height * scale)};
}

static enum hm_status make(struct picture *p, struct size size, struct hm_error *err) {
    size_t bytes;
    *p = (struct picture){.width = size.width, .height = size.height};
    if (hm_mul((size_t)size.width * 3, size.height, &bytes)) p->rgb = malloc(bytes);
    return p->rgb ? HM_OK
                  : hm_fail(err, HM_ENOMEM, "no memory for %ux%u pixels", size.width, size.height);
}

void picture_free(struct picture *picture) {
    free(picture->rgb);
    *picture = (struct picture){0};
}

// ---- averaging

// dst[d] = mean of src over [d * n / m, (d + 1) * n / m), for `m` pixels of 3 floats `step` floats apart.
static void average(const float *src, size_t n, float *dst, size_t m, size_t step) {
    double ratio = (double)n / (double)m;
    for (size_t d = 0; d < m; d++) {
        double from = (double)d * ratio, to = (double)(d + 1) * ratio;
        double sum[3] = {0};
        for (size_t s = (size_t)from; s < n && (double)s < to; s++) {
            double low = (double)s > from ? (double)s : from;
            double high = (double)(s + 1) < to ? (double)(s + 1) : to;
            for (size_t c = 0; c < 3; c++)
                sum[c] += (double)src[s * step + c] * (high - low);
        }
        for (size_t c = 0; c < 3; c++)
            dst[d * step + c] = (float)(sum[c] / ratio);
    }
}
