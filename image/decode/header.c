// SPDX-License-Identifier: MIT
/** The first look at a JPEG, before any decoder: is it one, how large is it, would Pillow open it?
 *
 *  Pillow finds size and mode with a marker parser of its own, which is stricter than libjpeg in
 *  some places (a JFIF segment of under 7 bytes, a TEM marker) and laxer in others (it steps over
 *  stray EOI and RST markers). A picture is good only when both agree, so this walk refuses what
 *  Pillow's parser refuses and leaves all the rest to the decoder behind it.
 */
#include "decode/header.h"

#include <stdbool.h>
#include <string.h>

#include "bytes.h"
#include "hmrec/image.h"

enum { LIBJPEG_MAX_SIDE = 65500 }; // JPEG_MAX_DIMENSION, which no fast path may overstep

/** A position in the file. All reads are checked against length. */
struct walk {
    const unsigned char *bytes;
    size_t length;
    size_t at;
    unsigned icc_first; // sort key of the first ICC fragment, UINT16_MAX: none yet; see icc_key
};

/** The payload of a marker segment, without the two bytes of its length. */
struct segment {
    const unsigned char *data;
    size_t length;
};

static enum hm_status cut_short(const struct walk *walk, struct hm_error *err) {
    return hm_fail(err, HM_EFORMAT, "truncated: the file ends inside its header, after %zu bytes",
                   walk->length);
}

static enum hm_status read_segment(struct walk *walk, struct segment *segment,
                                   struct hm_error *err) {
    if (walk->length - walk->at < 2) return cut_short(walk, err);
    size_t length = hm_be16(walk->bytes + walk->at);
    walk->at += 2;
    length = length > 2 ? length - 2 : 0; // a length below 2 is an empty segment to Pillow
    if (walk->length - walk->at < length) return cut_short(walk, err);
    *segment = (struct segment){walk->bytes + walk->at, length};
    walk->at += length;
    return HM_OK;
}

static bool starts_with(const struct segment *segment, const char *text, size_t length) {
    return segment->length >= length && !memcmp(segment->data, text, length);
}

/** Pillow sorts the ICC fragments (a bytes comparison) and then reads byte 13 of the first: it must
 *  be long enough. Only byte 12 and whether byte 13 exists decide; a smaller key sorts first, an
 *  even one lacks byte 13. */
static unsigned icc_key(const struct segment *segment) {
    if (segment->length < 13) return 0;
    return 2 + segment->data[12] * 2u + (segment->length > 13);
}

/** Pillow walks Photoshop's resources and forgives every cut but one: no byte left for a resource's
 *  name. */
static bool photoshop_breaks(const struct segment *segment) {
    enum { RESOLUTION = 0x03ED, RESOLUTION_BYTES = 14 };
    size_t at = 14;
    while (at <= segment->length && segment->length - at >= 4 &&
           !memcmp(segment->data + at, "8BIM", 4)) {
        at += 6; // the signature and the resource's number
        if (at >= segment->length) return at == segment->length;
        unsigned number = hm_be16(segment->data + at - 2);
        at += 1u + segment->data[at];
        at += at & 1;
        if (at + 4 > segment->length) return false;
        size_t size = (size_t)hm_be16(segment->data + at) << 16 | hm_be16(segment->data + at + 2);
        at += 4;
        size_t there = size < segment->length - at ? size : segment->length - at;
        if (number == RESOLUTION && there < RESOLUTION_BYTES) return false; // it reads no further
        at += size;
        at += at & 1;
    }
    return false;
}

static enum hm_status check_application(struct walk *walk, unsigned marker,
                                        const struct segment *segment, struct hm_error *err) {
    bool bad = false;
    if (marker == MARKER_APP0 && starts_with(segment, "JFIF", 4)) bad = segment->length < 7;
    if (marker == MARKER_APP14 && starts_with(segment, "Adobe", 5)) bad = segment->length < 7;
    if (marker == MARKER_APP13 && starts_with(segment, "Photoshop 3.0", 14))
        bad = photoshop_breaks(segment);
    if (marker == MARKER_APP2 && starts_with(segment, "ICC_PROFILE", 12)) {
        unsigned key = icc_key(segment);
        if (key < walk->icc_first) walk->icc_first = key;
    }
    if (!bad) return HM_OK;
    return hm_fail(err, HM_EFORMAT,
                   "corrupt: application marker segment %u of %zu bytes is too short",
                   marker - MARKER_APP0, segment->length);
}

static enum hm_status read_frame(struct walk *walk, const struct segment *segment,
                                 struct jpeg_header *header, struct hm_error *err) {
    if (segment->length < 6)
        return hm_fail(err, HM_EFORMAT, "corrupt: frame header of %zu bytes, expected at least 6",
                       segment->length);
    const unsigned char *data = segment->data;
    if (data[0] != 8) return hm_fail(err, HM_EFORMAT, "%u bits a sample, expected 8", data[0]);
    *header = (struct jpeg_header){
        .width = hm_be16(data + 3), .height = hm_be16(data + 1), .components = data[5]};
    if (header->components != 1 && header->components != 3 && header->components != 4)
        return hm_fail(err, HM_EFORMAT, "%u colour components, expected 1, 3 or 4",
                       header->components);
    if (walk->icc_first != UINT16_MAX && walk->icc_first % 2 == 0)
        return hm_fail(err, HM_EFORMAT, "corrupt: colour profile segment is too short");
    walk->icc_first = UINT16_MAX;
    return HM_OK;
}

/** Handle the marker whose code has just been read. */
static enum hm_status read_marker(struct walk *walk, unsigned marker, struct jpeg_header *header,
                                  struct hm_error *err) {
    bool bare = marker == MARKER_JPG || (marker >= MARKER_RST0 && marker <= MARKER_EOI) ||
                (marker >= MARKER_JPG0 && marker < MARKER_COM);
    if (bare)
        return HM_OK; // no segment follows, or Pillow takes none: what comes is skipped as junk
    if (marker < MARKER_SOF0)
        return hm_fail(err, HM_EFORMAT, "corrupt: unknown marker FF %02X at byte %zu", marker,
                       walk->at - 2);
    struct segment segment = {0};
    HM_TRY(read_segment(walk, &segment, err));
    bool table = marker == MARKER_DHT || marker == MARKER_DAC ||
                 (marker >= MARKER_SOS && marker <= MARKER_DRI) || marker == MARKER_EXP ||
                 marker == MARKER_COM;
    if (table) return HM_OK;
    if (marker >= MARKER_APP0 && marker <= MARKER_APP15)
        return check_application(walk, marker, &segment, err);
    return read_frame(walk, &segment, header, err);
}

enum hm_status jpeg_header_read(const unsigned char *bytes, size_t length,
                                struct jpeg_header *header, struct hm_error *err) {
    if (length < 3 || memcmp(bytes, "\xFF\xD8\xFF", 3) != 0)
        return hm_fail(err, HM_EFORMAT, "not a JPEG: expected FF D8 FF at its start");
    *header = (struct jpeg_header){0};
    struct walk walk = {.bytes = bytes, .length = length, .at = 2, .icc_first = UINT16_MAX};
    for (unsigned marker = 0; marker != MARKER_SOS;) {
        if (walk.at >= length) return cut_short(&walk, err);
        if (bytes[walk.at++] != 0xFF) continue; // junk between segments
        while (walk.at < length && bytes[walk.at] == 0xFF)
            walk.at++; // padding
        if (walk.at >= length) return cut_short(&walk, err);
        marker = bytes[walk.at++];
        if (marker != 0) HM_TRY(read_marker(&walk, marker, header, err));
    }
    if (header->width == 0 || header->height == 0)
        return hm_fail(err, HM_EFORMAT, "corrupt: %u x %u pixels", header->width, header->height);
    if ((uint64_t)header->width * header->height > HM_IMAGE_MAX_PIXELS)
        return hm_fail(err, HM_EFORMAT, "%u x %u pixels, expected at most %d in all", header->width,
                       header->height, HM_IMAGE_MAX_PIXELS);
    if (header->width > LIBJPEG_MAX_SIDE || header->height > LIBJPEG_MAX_SIDE)
        return hm_fail(err, HM_EFORMAT, "%u x %u pixels, expected at most %d a side", header->width,
                       header->height, LIBJPEG_MAX_SIDE);
    return HM_OK;
}
