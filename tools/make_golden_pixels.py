#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/image/golden: small JPEGs, PNGs and WebPs of every kind, and what Pillow makes of them.

    tools/make_golden_pixels.py [FOLDER]

Needs Pillow, numpy, and cjpeg (package libjpeg-turbo-progs) for the kinds that Pillow cannot write. The expected pixels are those of
keras.utils.load_img(path, target_size=(224, 224)), which is Pillow's open, convert("RGB") and NEAREST resize.

Two tables come with the pictures:
    pixels.txt  FILE ok SHA256 ROWS   SHA-256 of the 150528 bytes; ROWS: 4 digits (CRC-32, lower half) for each of 224 rows
                FILE error REASON     what Pillow raises
    damage.txt  FILE cut LENGTH       Pillow delivers the whole picture from this many bytes on and raises below
                FILE set OFFSET BYTE SHA256|error|ok    one byte replaced; "ok": delivered, but repaired in a way that
                                                        depends on the version of libjpeg
"""
import hashlib
import io
import pathlib
import random as standard_random
import re
import struct
import subprocess
import sys
import warnings
import zlib

import numpy
from PIL import Image

import make_png
from make_png import chunk

SIDE = 224
EDITS = 60
random = numpy.random.default_rng(20240131)


def network_sees(data):
    """The 224 x 224 x 3 bytes, or the exception's text."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.format not in ("JPEG", "MPO", "PNG", "WEBP"):
                return f"not read: {image.format}"
            return image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.NEAREST).tobytes()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return re.sub(" <.*>", "", f"{type(error).__name__}: {error}")


def drawing(width, height, noise=6.0):
    """Smooth waves, a few hard edges and some noise, so that every coefficient and every rounding gets its turn."""
    y, x = numpy.mgrid[0:height, 0:width].astype(float)
    waves = [128 + 110 * numpy.sin(x / 9 + y / 13), 128 + 100 * numpy.cos(x / 5 - y / 17),
             128 + 110 * numpy.sin(x * y / (width * height / 50 + 1))]
    picture = numpy.stack(waves, -1) + random.normal(0, noise, (height, width, 3))
    picture[height // 3:height // 2, width // 4:width // 2] = random.integers(0, 256, 3)
    picture[height // 2:, width // 2:width // 2 + 3] = (255, 0, 255)
    return Image.fromarray(numpy.clip(picture, 0, 255).astype(numpy.uint8))


def cjpeg(image, *options, quality=75):
    source = io.BytesIO()
    image.save(source, "PPM")
    command = ["cjpeg", "-quality", str(quality), *options]
    return subprocess.run(command, input=source.getvalue(), capture_output=True, check=True).stdout


def pillow(image, **options):
    target = io.BytesIO()
    image.save(target, "JPEG", **options)
    return target.getvalue()


def segments(data):
    """(marker, begin, end) of the segments up to the first scan."""
    at = 2
    while True:
        end = at + 2 + int.from_bytes(data[at + 2:at + 4], "big")
        yield data[at + 1], at, end
        if data[at + 1] == 0xDA:
            return
        at = end


def without(data, marker):
    for found, begin, end in segments(data):
        if found == marker:
            return data[:begin] + data[end:]
    raise ValueError(f"no marker {marker:02X}")


def patched(data, marker, offset, value):
    """Replace bytes at an offset behind the marker's length."""
    for found, begin, _ in segments(data):
        if found == marker:
            at = begin + 4 + offset
            return data[:at] + bytes(value) + data[at + len(value):]
    raise ValueError(f"no marker {marker:02X}")


SAMPLINGS = {"444": "1x1", "422": "2x1", "420": "2x2", "440": "1x2", "411": "4x1", "410": "4x2", "441": "1x4",
             "311": "3x1", "mixed": "2x2,1x2,2x1", "chroma": "1x1,2x2,2x2", "tall": "2x1,1x2,1x1"}
SIZES = [(1, 1), (2, 3), (5, 4), (8, 8), (9, 7), (17, 33), (100, 75), (224, 224), (225, 223), (300, 451)]


def good_pictures():
    for sampling, factors in SAMPLINGS.items():
        yield f"{sampling}.jpg", cjpeg(drawing(150, 117), "-sample", factors)
        yield f"{sampling}_progressive.jpg", cjpeg(drawing(61, 83), "-sample", factors, "-progressive")
        yield f"{sampling}_restart.jpg", cjpeg(drawing(75, 50), "-sample", factors, "-restart", "3B")
    for width, height in SIZES:
        yield f"{width}x{height}.jpg", cjpeg(drawing(width, height), "-sample", "2x2", quality=85)
        yield f"{width}x{height}_422.jpg", cjpeg(drawing(width, height), "-sample", "2x1", quality=60)
        yield f"{width}x{height}_440.jpg", cjpeg(drawing(width, height), "-sample", "1x2", quality=60)
    yield "6000x9.jpg", cjpeg(drawing(6000, 9, 0), "-sample", "2x2", quality=40)
    yield "9x6000.jpg", cjpeg(drawing(9, 6000, 0), "-sample", "2x2", quality=40)
    product = drawing(40, 60, 0).resize((1166, 1750), Image.Resampling.BICUBIC)
    yield "1166x1750.jpg", cjpeg(product, "-sample", "2x2", quality=30)
    for quality in (1, 100):
        yield f"quality{quality}.jpg", cjpeg(drawing(90, 70, 40), "-sample", "2x2", "-baseline", quality=quality)
    yield "coarse16.jpg", cjpeg(drawing(90, 70), "-sample", "2x2", quality=1)  # steps of 16 bits
    yield "optimized.jpg", cjpeg(drawing(120, 90), "-optimize")
    yield "arithmetic.jpg", cjpeg(drawing(64, 48), "-arithmetic")
    yield "rgb.jpg", cjpeg(drawing(64, 48), "-rgb")
    grey = drawing(100, 80).convert("L")
    yield "grey.jpg", cjpeg(grey)
    yield "grey_progressive.jpg", cjpeg(grey, "-progressive")
    yield "grey_restart.jpg", cjpeg(grey, "-restart", "5B")
    yield "grey_2x2.jpg", patched(cjpeg(grey), 0xC0, 7, [0x22])
    cmyk = drawing(80, 60).convert("CMYK")
    cmyk.putdata([(c, m, y, (c * 3 + y) % 256) for c, m, y, _ in cmyk.getdata()])
    for name, options in {"": {}, "_progressive": {"progressive": True}, "_420": {"subsampling": "4:2:0"}}.items():
        plain = pillow(cmyk, quality=80, **options)
        yield f"cmyk{name}.jpg", plain
        yield f"ycck{name}.jpg", patched(plain, 0xEE, 11, [2])
        yield f"cmyk_bare{name}.jpg", without(plain, 0xEE)
    photo = cjpeg(drawing(90, 120), "-sample", "2x2")
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "exif_rotated.jpg", pillow(drawing(90, 120), exif=exif)
    yield "no_jfif.jpg", without(photo, 0xE0)
    yield "odd_ids.jpg", patched(patched(without(photo, 0xE0), 0xC0, 6, [7]), 0xDA, 1, [7])
    adobe = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"
    for transform in (0, 1, 2):
        yield f"adobe{transform}.jpg", photo[:2] + adobe + bytes([transform]) + without(photo, 0xE0)[2:]
    scans = pathlib.Path("scans.txt")
    scans.write_text("0; 1; 2;\n")
    try:
        yield "three_scans.jpg", cjpeg(drawing(70, 50), "-sample", "2x2", "-scans", str(scans))
    finally:
        scans.unlink()
    yield "no_tables.jpg", without(without(photo, 0xC4), 0xC4)  # the standard's tables are taken, as for Motion JPEG
    yield "junk_behind.jpg", photo + b"\xff\xd8\xff\x00 junk"
    yield "padded_markers.jpg", photo[:2] + b"\xff\xff" + photo[2:]
    yield "junk_between.jpg", photo[:20] + b"\x00\x01\x02" + photo[20:]  # behind APP0
    yield "early_end.jpg", photo[:len(photo) * 2 // 3] + b"\xff\xd9"
    yield "wrong_restart.jpg", cjpeg(drawing(75, 50), "-restart", "3B").replace(b"\xff\xd2", b"\xff\xd5")
    yield "second_picture.jpg", photo + photo
    large = cjpeg(drawing(40, 30))
    comment = b"\xff\xfe\xff\xff" + bytes(65533)
    yield "long_comments.jpg", large[:2] + comment + large[2:]


def bad_pictures():
    photo = cjpeg(drawing(90, 120), "-sample", "2x2")
    drawing(20, 20)  # of an earlier picture: the ones behind it stay as they are
    yield "empty.jpg", b""
    yield "soi.jpg", b"\xff\xd8\xff"
    yield "text.jpg", b"not a picture\n"
    yield "truncated.jpg", photo[:len(photo) // 2]
    yield "no_end.jpg", photo[:-2] + b"\xff"
    yield "header_only.jpg", photo[:200]
    yield "bomb.jpg", patched(photo, 0xC0, 1, [0x40, 0, 0x40, 0])
    yield "no_width.jpg", patched(photo, 0xC0, 3, [0, 0])
    yield "no_height.jpg", patched(photo, 0xC0, 1, [0, 0])
    yield "12bit.jpg", patched(photo, 0xC0, 0, [12])
    yield "two_layers.jpg", patched(photo, 0xC0, 5, [2])
    yield "two_thirds.jpg", patched(photo, 0xC0, 6, [1, 0x31, 0, 2, 0x21, 1])
    yield "hierarchical.jpg", photo.replace(b"\xff\xc0", b"\xff\xc5", 1)
    yield "no_steps.jpg", without(photo, 0xDB)
    yield "twice.jpg", photo.replace(b"\xff\xc0", photo[photo.index(b"\xff\xc0"):photo.index(b"\xff\xc4")] + b"\xff\xc0", 1)
    yield "short_jfif.jpg", photo[:2] + b"\xff\xe0\x00\x07JFIF\x00" + without(photo, 0xE0)[2:]
    yield "short_adobe.jpg", photo[:2] + b"\xff\xee\x00\x08Adobe\x00" + photo[2:]
    yield "tem.jpg", photo[:2] + b"\xff\x01" + photo[2:]
    yield "short_profile.jpg", photo[:2] + b"\xff\xe2\x00\x0fICC_PROFILE\x00\x01" + photo[2:]
    yield "short_photoshop.jpg", photo[:2] + b"\xff\xed\x00\x16Photoshop 3.0\x008BIM\x04\x04" + photo[2:]
    yield "long_codes.jpg", patched(photo, 0xC4, 1, [255] * 3)


def later_jpegs():
    photo = cjpeg(drawing(90, 120), "-sample", "2x2")
    short = b"Photoshop 3.0\0" + b"8BIM\x03\xed\0\0\0\0\0\x10" + bytes(9)
    yield "short_resolution.jpg", photo[:2] + b"\xff\xed" + struct.pack(">H", 2 + len(short)) + short + photo[2:]


def later_bad_jpegs():
    photo, progressive = cjpeg(drawing(90, 120), "-sample", "2x2"), cjpeg(drawing(61, 83), "-progressive")
    for marker in (0xC0, 0xC2, 0xC9):
        yield f"ends_{marker:02x}.jpg", photo[:-1] + bytes([marker])
        yield f"progressive_ends_{marker:02x}.jpg", progressive[:-1] + bytes([marker])
    flat = cjpeg(Image.new("L", (8, 8), 128))
    scan = next(end for marker, _, end in segments(flat) if marker == 0xDA)
    bits = "001010" * (65504 // 8)  # each block: no difference, end
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
    yield "too_tall.jpg", patched(flat[:scan], 0xC0, 1, struct.pack(">H", 65501)) + data + b"\xff\xd9"


def grid(width, height, channels, depth):
    """Numbers below 2 ** depth, waves and noise, u [height][width][channels]."""
    y, x, c = numpy.mgrid[0:height, 0:width, 0:channels].astype(float)
    waves = 0.5 + 0.5 * numpy.sin(x / (3 + c) + y / 5) + random.normal(0, 0.05, (height, width, channels))
    return numpy.clip(waves * 2**depth, 0, 2**depth - 1).astype(numpy.uint32)


PNG_KINDS = [(1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (8, 2), (16, 2), (1, 3), (2, 3), (4, 3), (8, 3), (8, 4), (16, 4), (8, 6), (16, 6)]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
filters = standard_random.Random(20261125)


def some_png(width, height, depth, colour, interlaced=False, entries=None, **options):
    samples = grid(width, height, CHANNELS[colour], depth)
    entries = entries or 2**min(depth, 8)
    palette = bytes(int(x) for x in random.integers(0, 256, 3 * entries)) if colour == 3 else b""
    return make_png.png(samples, depth, colour, interlaced, filters, palette, **options)


def good_pngs():
    for depth, colour in PNG_KINDS:
        for interlaced in (False, True):
            name = f"png_{depth}_{colour}{'_interlaced' if interlaced else ''}.png"
            yield name, some_png(37, 29, depth, colour, interlaced)
    for width, height in ((1, 1), (3, 2), (5, 5), (1, 9), (9, 1), (225, 223)):
        yield f"png_{width}x{height}.png", some_png(width, height, 8, 0)
        yield f"png_{width}x{height}_interlaced.png", some_png(width, height, 4, 3, True)
    dark = grid(40, 30, 1, 9)  # 16 bits grey: Pillow clips at 255
    yield "png_dark16.png", make_png.png(dark, 16, 0, False, filters)
    yield "png_short_palette.png", some_png(40, 30, 8, 3, entries=100)
    yield "png_transparent_palette.png", some_png(40, 30, 8, 3, extra=chunk(b"tRNS", bytes(range(0, 200))))
    yield "png_transparent_grey.png", some_png(40, 30, 8, 0, extra=chunk(b"tRNS", b"\0\x80"))
    yield "png_transparent_rgb.png", some_png(40, 30, 8, 2, extra=chunk(b"tRNS", b"\0\1\0\2\0\3"))
    yield "png_pieces.png", some_png(40, 30, 8, 2, pieces=40)
    yield "png_gamma.png", some_png(40, 30, 8, 2, extra=chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"sBIT", b"\5\6\5"))
    yield "png_text.png", some_png(40, 30, 8, 2, extra=chunk(b"tEXt", b"Comment\0" + bytes(200)) + chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(10**6))))
    frames = [drawing(50, 40) for _ in range(3)]
    for name, default in (("png_animation.png", False), ("png_animation_default.png", True)):
        target = io.BytesIO()
        frames[0].save(target, "PNG", save_all=True, append_images=frames[1:], default_image=default)
        yield name, target.getvalue()
    whole = some_png(40, 30, 8, 2)
    end = whole.rindex(b"IEND") - 8
    yield "png_bad_data_sum.png", whole[:end] + bytes([whole[end] ^ 1]) + whole[end + 1:]
    yield "png_no_end.png", whole[:end]
    yield "png_junk_behind.png", whole + b"junk"
    yield "png.jpg", some_png(20, 20, 8, 2)


def bad_pngs():
    whole = some_png(40, 30, 8, 2)
    data = whole.index(b"IDAT")
    yield "png_bad_header_sum.png", whole[:16] + b"\1" + whole[17:]
    yield "png_bad_text_sum.png", some_png(40, 30, 8, 2, extra=chunk(b"tEXt", b"k\0v", crc=1))
    yield "png_truncated.png", whole[:len(whole) // 2]
    yield "png_header_only.png", whole[:data]
    yield "png_bad_zlib.png", whole[:data + 4] + b"\0\0" + whole[data + 6:]
    raw = bytearray(make_png.raw(grid(9, 9, 1, 8), 8, False, filters))
    raw[10] = 9
    yield "png_bad_filter.png", make_png.header(9, 9, 8, 0) + chunk(b"IDAT", zlib.compress(bytes(raw))) + chunk(b"IEND", b"")
    full = zlib.compress(bytes(10 * 9))
    yield "png_bad_adler.png", make_png.header(9, 9, 8, 0) + chunk(b"IDAT", full[:-1] + bytes([full[-1] ^ 1])) + chunk(b"IEND", b"")
    for name, header in (("no_width", (0, 9, 8, 0)), ("bomb", (20000, 20000, 8, 2)), ("rgb4", (9, 9, 4, 2)), ("palette16", (9, 9, 16, 3))):
        yield f"png_{name}.png", make_png.header(*header) + chunk(b"IDAT", full) + chunk(b"IEND", b"")
    yield "png_signature.png", whole[:8]


def webp(image, **options):
    target = io.BytesIO()
    image.save(target, "WEBP", **options)
    return target.getvalue()


def good_webps():
    for width, height in ((1, 1), (2, 3), (17, 33), (225, 223)):
        yield f"webp_{width}x{height}.webp", webp(drawing(width, height), quality=60)
        yield f"webp_{width}x{height}_lossless.webp", webp(drawing(width, height, 0), lossless=True)
    for quality in (0, 100):
        yield f"webp_quality{quality}.webp", webp(drawing(60, 50), quality=quality, method=0)
    clear = drawing(60, 50)
    clear.putalpha(drawing(60, 50).getchannel("G").point(lambda x: 0 if x < 90 else x))
    yield "webp_alpha.webp", webp(clear, quality=70)
    yield "webp_alpha_lossless.webp", webp(clear, lossless=True)
    yield "webp_alpha_exact.webp", webp(clear, lossless=True, exact=True)
    yield "webp_few_colours.webp", webp(drawing(60, 50, 0).quantize(7).convert("RGB"), lossless=True)
    yield "webp_grey.webp", webp(drawing(60, 50).convert("L").convert("RGB"), quality=80)
    yield "webp_profile.webp", webp(drawing(60, 50), quality=50, icc_profile=b"profile", exif=b"Exif\0\0II*\0")
    frames = [drawing(50, 40) for _ in range(3)]
    yield "webp_animation.webp", webp(frames[0], save_all=True, append_images=frames[1:], quality=60)
    still = webp(drawing(20, 14), quality=70)[12:]  # a frame smaller than its canvas
    frame = struct.pack("<I", 6)[:3] + struct.pack("<I", 4)[:3] + b"\x13\0\0\x0d\0\0\x64\0\0\0" + still
    chunks = b"VP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + b"\x31\0\0\x27\0\0"
    chunks += b"ANIM" + struct.pack("<I", 6) + bytes(6) + b"ANMF" + struct.pack("<I", len(frame)) + frame
    yield "webp_small_frame.webp", b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks
    yield "webp_junk_behind.webp", webp(drawing(30, 20), quality=50) + b"junk"


def bad_webps():
    whole = webp(drawing(60, 50), quality=60)
    lossless = webp(drawing(60, 50), lossless=True)
    yield "webp_truncated.webp", whole[:len(whole) // 2]
    yield "webp_lossless_truncated.webp", lossless[:len(lossless) // 2]
    yield "webp_header_only.webp", whole[:30]
    yield "webp_magic.webp", whole[:12]
    yield "webp_bad_start.webp", whole[:23] + b"\0\0\0" + whole[26:]
    yield "webp_other_riff.webp", whole[:12] + b"fmt " + whole[16:]
    chunks = b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\x3f\0\xff\x3f\0" + whole[12:]
    yield "webp_bomb.webp", b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def refused_here():
    """Pillow delivers them, half black."""
    yield "png_few_lines.png", make_png.header(9, 9, 8, 0) + chunk(b"IDAT", zlib.compress(bytes(10 * 5))) + chunk(b"IEND", b"")


def pixel_table(folder):
    lines = []
    for expected, pictures in (("ok", good_pictures()), ("error", bad_pictures()), ("ok", good_pngs()), ("error", bad_pngs()),
                               ("ok", good_webps()), ("error", bad_webps()), ("ok", later_jpegs()),
                               ("error", later_bad_jpegs()), ("refused", refused_here())):
        for name, data in pictures:
            (folder / name).write_bytes(data)
            seen = network_sees(data)
            found = "error" if isinstance(seen, str) else "refused" if expected == "refused" else "ok"
            if found != expected:
                raise SystemExit(f"{name}: expected {expected}, found {found} {seen if found == 'error' else ''}")
            if found != "ok":
                lines.append(f"{name} error {seen if found == 'error' else 'none, but a part is missing'}")
                continue
            rows = "".join(f"{zlib.crc32(seen[i:i + SIDE * 3]) & 0xFFFF:04x}" for i in range(0, len(seen), SIDE * 3))
            lines.append(f"{name} ok {hashlib.sha256(seen).hexdigest()} {rows}")
    return lines


def cut_line(name, data):
    whole = network_sees(data)
    accepted = [n for n in range(len(data) + 1) if network_sees(data[:n]) == whole]
    refused = [n for n in range(len(data) + 1) if isinstance(network_sees(data[:n]), str)]
    if len(accepted) + len(refused) != len(data) + 1 or max(refused) > min(accepted):
        raise SystemExit(f"{name}: cuts are not all-or-nothing")
    return f"{name} cut {min(accepted)}"


def damage_table(folder):
    lines = []
    for name, settled in {"17x33.jpg": True, "grey_restart.jpg": True, "cmyk_420.jpg": True, "440_restart.jpg": True,
                          "8x8_422.jpg": True, "420_progressive.jpg": False, "png_2_0.png": True, "png_8_3_interlaced.png": True,
                          "png_16_2.png": True, "webp_17x33.webp": True, "webp_17x33_lossless.webp": True,
                          "webp_alpha.webp": True}.items():
        data = (folder / name).read_bytes()
        lines.append(cut_line(name, data))
        for _ in range(EDITS):
            offset, value = int(random.integers(2, len(data))), int(random.integers(0, 256))
            seen = network_sees(data[:offset] + bytes([value]) + data[offset + 1:])
            verdict = "error" if isinstance(seen, str) else hashlib.sha256(seen).hexdigest() if settled else "ok"
            lines.append(f"{name} set {offset} {value} {verdict}")
    return lines


def main():
    warnings.simplefilter("ignore")
    here = pathlib.Path(__file__).resolve().parent.parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "tests/image/golden"
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in {"pixels.txt": pixel_table(folder), "damage.txt": damage_table(folder)}.items():
        (folder / name).write_text("\n".join(lines) + "\n")
        print(f"{folder / name}: {len(lines)} lines")


if __name__ == "__main__":
    main()
