// SPDX-License-Identifier: MIT
/** WebP by libwebp: lossy, lossless, with alpha (dropped), and the first frame of an animation on
 *  its black canvas.
 *
 *  As Pillow does, the container is read by libwebp's demuxer, which wants the file whole, and the
 *  first frame is decoded alone. libwebp decodes into memory: 3 bytes a pixel, and 4 more while a
 *  lossless picture is decoded.
 */
#include "decode/formats.h"

#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "decode/sample.h"

static const char *reason(VP8StatusCode code) {
    switch (code) {
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
        return "truncated";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return "not supported by libwebp";
    default:
        return "corrupt";
    }
}

// frame: decoded, u8 [height][stride]
static void put_lines(struct sample *sample, const WebPIterator *at, const WebPRGBABuffer *frame) {
    for (int y = 0; y < at->height; y++) {
        struct sample_line line = {.y = (unsigned)(at->y_offset + y), .step = 1};
        unsigned first, end;
        sample_rows(sample, line.y, &first, &end);
        if (first == end) continue;
        const uint8_t *row = frame->rgba + (size_t)y * (size_t)frame->stride;
        for (unsigned i = 0; i < sample->width; i++) {
            unsigned x = sample->columns[i] - (unsigned)at->x_offset;
            if (x >= (unsigned)at->width) continue; // beside the frame: black
            for (unsigned r = first; r < end; r++)
                memcpy(sample->rgb + ((size_t)r * sample->width + i) * 3, row + (size_t)x * 3, 3);
        }
    }
}

static enum hm_status decode_frame(const WebPIterator *frame, struct sample *sample,
                                   struct hm_error *err) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return hm_fail(err, HM_EUNSUPPORTED, "another libwebp than the one it was built with");
    config.output.colorspace = MODE_RGB;
    VP8StatusCode code = WebPDecode(frame->fragment.bytes, frame->fragment.size, &config);
    if (code == VP8_STATUS_OK &&
        (config.input.width != frame->width || config.input.height != frame->height))
        code = VP8_STATUS_BITSTREAM_ERROR;
    if (code == VP8_STATUS_OK) {
        memset(sample->rgb, 0, (size_t)sample->width * sample->height * 3);
        put_lines(sample, frame, &config.output.u.RGBA);
    }
    WebPFreeDecBuffer(&config.output);
    if (code == VP8_STATUS_OK) return HM_OK;
    // libwebp 1.5 gives this code for transparency with a damaged head as well.
    if (code == VP8_STATUS_OUT_OF_MEMORY && frame->has_alpha)
        return hm_fail(err, HM_EFORMAT,
                       "its transparency is damaged, or there is no memory for it");
    if (code == VP8_STATUS_OUT_OF_MEMORY)
        return hm_fail(err, HM_ENOMEM, "no memory for %d x %d pixels", frame->width, frame->height);
    return hm_fail(err, HM_EFORMAT, "%s: the picture's data cannot be decoded", reason(code));
}

static enum hm_status decode_first(const WebPDemuxer *demuxer, struct sample *sample,
                                   struct hm_error *err) {
    WebPIterator frame;
    HM_TRY(sample_begin(sample, WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH),
                        WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT), err));
    if (!WebPDemuxGetFrame(demuxer, 1, &frame))
        return hm_fail(err, HM_EFORMAT, "corrupt: no picture in it");
    enum hm_status status = decode_frame(&frame, sample, err);
    WebPDemuxReleaseIterator(&frame);
    return status;
}

enum hm_status webp_decode(const unsigned char *bytes, size_t length, struct sample *sample,
                           struct hm_error *err) {
    WebPData data = {bytes, length};
    WebPDemuxState state;
    WebPDemuxer *demuxer = WebPDemuxPartial(&data, &state);
    if (state == WEBP_DEMUX_DONE && demuxer) {
        enum hm_status status = decode_first(demuxer, sample, err);
        WebPDemuxDelete(demuxer);
        return status;
    }
    WebPDemuxDelete(demuxer);
    if (state == WEBP_DEMUX_PARSE_ERROR)
        return hm_fail(err, HM_EFORMAT, "corrupt: not a WebP container that libwebp can read");
    return hm_fail(err, HM_EFORMAT, "truncated: the file ends after %zu bytes", length);
}
