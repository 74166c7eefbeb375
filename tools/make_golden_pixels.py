#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/image/golden: small JPEGs of every kind, and what Pillow makes of them.

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
import re
import subprocess
import sys
import warnings
import zlib

import numpy
from PIL import Image

SIDE = 224
EDITS = 60
random = numpy.random.default_rng(20240131)


def network_sees(data):
    """The 224 x 224 x 3 bytes, or the exception's text."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.format not in ("JPEG", "MPO"):
                return f"not a JPEG but {image.format}"
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
    png = io.BytesIO()
    drawing(20, 20).save(png, "PNG")
    yield "png.jpg", png.getvalue()
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


def pixel_table(folder):
    lines = []
    for expected, pictures in (("ok", good_pictures()), ("error", bad_pictures())):
        for name, data in pictures:
            (folder / name).write_bytes(data)
            seen = network_sees(data)
            found = "error" if isinstance(seen, str) else "ok"
            if found != expected:
                raise SystemExit(f"{name}: expected {expected}, found {found} {seen if found == 'error' else ''}")
            if found == "error":
                lines.append(f"{name} error {seen}")
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
                          "8x8_422.jpg": True, "420_progressive.jpg": False}.items():
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
