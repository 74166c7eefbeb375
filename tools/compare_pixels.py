#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compare `hmrec pixels` with Pillow, byte by byte.

    tools/compare_pixels.py [--hmrec PROGRAM] [--count 300] [--seed N]      on pictures of random size, kind and damage
    tools/compare_pixels.py [--hmrec PROGRAM] FILE...                       on your own

Both must refuse the same files and give the same 150528 bytes for the others. Needs Pillow and numpy (exit status 77 without them); with cjpeg (package
libjpeg-turbo-progs) the random pictures also come in the samplings that Pillow does not write. Exit status 1 when something differs.

Known difference: what is missing from damaged progressive files is filled in by libjpeg, and versions before 3.0.1 do so slightly differently.
Such files are counted apart when their name says "_damaged".
"""
import argparse
import io
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import warnings

import make_png

try:
    import numpy
    from PIL import Image
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

SIDE = 224
DAMAGED = "_damaged"  # in a file's name
FACTORS = ["1x1", "2x1", "2x2", "1x2", "4x1", "4x2", "1x4", "3x1", "1x1,2x2,2x2", "2x2,1x2,2x1", "2x1,1x2,1x1"]


def network_sees(data):
    """(pixels or None, whether libjpeg may have to invent something)."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.format not in ("JPEG", "MPO", "PNG", "WEBP"):
                return None, False
            progressive = bool(image.info.get("progressive"))
            pixels = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.NEAREST)
            return numpy.asarray(pixels), progressive
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None, False


def drawing(width, height):
    small = numpy.random.default_rng(random.getrandbits(32)).integers(0, 256, (random.randint(2, 24), random.randint(2, 24), 3), numpy.uint8)
    image = Image.fromarray(small).resize((width, height), random.choice([Image.Resampling.BICUBIC, Image.Resampling.NEAREST]))
    return Image.blend(image, Image.effect_noise((width, height), 80).convert("RGB"), random.choice([0, 0.05, 0.3]))


def png(image):
    """Filters, depths, interlace as they come."""
    array = numpy.asarray(image)
    depth, colour = random.choice([(1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (8, 2), (16, 2), (1, 3), (2, 3), (4, 3), (8, 3), (8, 4), (16, 4),
                                   (8, 6), (16, 6)])
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    samples = numpy.dstack([array, array[..., 1]])[..., :channels].astype(numpy.uint32)
    samples = samples >> (8 - depth) if depth <= 8 else samples * random.choice([1, 257, 253])
    return make_png.png(samples, depth, colour, random.random() < 0.4, random,
                        palette=bytes(random.randrange(256) for _ in range(3 * random.randint(1, 2**min(depth, 8)))))


def webp(image):
    target = io.BytesIO()
    if random.random() < 0.3:
        image.putalpha(image.getchannel("R"))
    image.save(target, "WEBP", lossless=random.random() < 0.4, quality=random.choice([5, 50, 80, 100]), method=random.choice([0, 4]),
               exact=random.random() < 0.5)
    return target.getvalue()


def encode(image):
    kind = random.random()
    if kind < 0.3 and image.width * image.height < 90000:  # written in Python
        return png(image)
    if kind < 0.5:
        return webp(image)
    target = io.BytesIO()
    quality = random.choice([5, 30, 60, 75, 85, 92, 100])
    progressive = random.random() < 0.25
    if shutil.which("cjpeg") and random.random() < 0.7:
        image.save(target, "PPM")
        command = ["cjpeg", "-quality", str(quality), "-sample", random.choice(FACTORS)]
        command += ["-progressive"] * progressive + ["-optimize"] * (random.random() < 0.3)
        command += ["-restart", f"{random.randint(1, 60)}B"] * (random.random() < 0.3)
        return subprocess.run(command, input=target.getvalue(), capture_output=True, check=True).stdout
    mode = random.choice(["RGB", "RGB", "L", "CMYK"])
    image.convert(mode).save(target, "JPEG", quality=quality, progressive=progressive, subsampling=random.randint(0, 2))
    return target.getvalue()


def damage(data):
    data = bytearray(data)
    at = random.randrange(len(data))
    kind = random.randrange(5)
    if kind == 0:
        del data[at:]
    elif kind == 1:
        data[at] ^= 1 << random.randrange(8)
    elif kind == 2:
        del data[at:at + random.randint(1, 40)]
    elif kind == 3:
        data[at:at] = bytes([0xFF, random.choice([0xD9, 0xD0, 0xD3, 0xDA, 0xC4, 0x00, 0xFF, 0x01, 0xE0, 0xD8])])
    else:
        data[at % 700 % len(data)] = random.randrange(256)
    return bytes(data)


def write_random(folder, count):
    for i in range(count):
        largest = 6000 if i % 50 == 0 else 1200 if i % 5 == 0 else 300
        data = encode(drawing(random.randint(1, largest), random.randint(1, 300 if largest == 6000 else largest)))
        damaged = random.random() < 0.4
        path = folder / f"{i:05}{DAMAGED if damaged else ''}.jpg"  # what it is says its content
        path.write_bytes(damage(data) if damaged else data)
        yield path


def hmrec_sees(program, paths, folder):
    """{path: pixels}, without those that were refused; and what was said about these."""
    output = folder / "pixels.npy"
    run = subprocess.run([program, "pixels", *map(str, paths), "-o", str(output)], capture_output=True, text=True)
    if run.returncode not in (0, 1):
        raise SystemExit(f"{program} ended with {run.returncode}: {run.stderr[-2000:]}")
    refused = [path for path in paths if f"image {path}: " in run.stderr]
    pixels = numpy.load(output)
    taken = [path for path in paths if path not in set(refused)]
    if len(taken) != len(pixels):
        raise SystemExit(f"{len(pixels)} rows for {len(paths)} pictures of which {len(refused)} were refused")
    return dict(zip(taken, pixels))


def compare(paths, seen):
    bad, counts = 0, {"equal": 0, "refused by both": 0, "damaged progressive, repaired otherwise": 0}
    for path in paths:
        expected, progressive = network_sees(path.read_bytes())
        found = seen.get(path)
        if (expected is None) != (found is None):
            bad += 1
            print(f"{path}: {'refused' if found is None else 'taken'} by hmrec only")
        elif expected is None:
            counts["refused by both"] += 1
        elif (expected == found).all():
            counts["equal"] += 1
        elif progressive and DAMAGED in path.name:
            counts["damaged progressive, repaired otherwise"] += 1
        else:
            bad += 1
            print(f"{path}: {(expected != found).sum()} bytes differ")
    print(", ".join(f"{count} {what}" for what, count in counts.items()) + f", {bad} differ")
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hmrec", default="build/release/hmrec", help="the program to test")
    parser.add_argument("--count", type=int, default=300, help="how many random pictures")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--keep", type=pathlib.Path, help="an existing folder for the random pictures")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    random.seed(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or pathlib.Path(scratch)
        if not options.files:
            print(f"--seed {options.seed}")
        paths = options.files or list(write_random(folder, options.count))
        return 1 if compare(paths, hmrec_sees(options.hmrec, paths, pathlib.Path(scratch))) else 0


if __name__ == "__main__":
    sys.exit(main())
