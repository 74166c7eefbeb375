#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the sample catalogue in sample/: product photos, articles, customers, transactions.

    tools/make_sample.py                   draws all photos and writes all tables into sample/
    tools/make_sample.py --only 0110065    only photos whose code starts so
    tools/make_sample.py --tables          only the three tables
    tools/make_sample.py --check           is sample/ as it should be? (standard library only)

The tables are the same bytes with every Python; the photos are with the same versions of numpy and
Pillow (packages python3-numpy, python3-pil). Every picture, name and number is invented.
"""
import argparse
import csv
import io
import pathlib
import struct
import sys

from studio import catalogue, shop

SEED = 2022
TARGET_BYTES = 44_000  # of a photo; its quality is chosen for that
QUALITIES = range(88, 55, -4)
MOST_BYTES = 4_000_000  # of the whole sample


def table(columns, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def tables():
    """File name -> bytes of the three tables."""
    people = shop.customers(SEED)
    return {
        "articles.csv": table(catalogue.ARTICLE_COLUMNS, [catalogue.article_row(*a)
                                                          for a in catalogue.articles()]),
        "customers.csv": table(shop.CUSTOMER_COLUMNS, people),
        "transactions_train.csv": table(shop.TRANSACTION_COLUMNS, shop.transactions(SEED, people)),
    }


def photographed():
    """(product, variant, article id, format) of every article that has a photo."""
    for product, variant, article in catalogue.articles():
        if catalogue.FORMATS[variant[4]]:
            yield product, variant, article, catalogue.FORMATS[variant[4]]


def encoded(picture, form):
    """The JPEG file: the best quality that stays within the target."""
    _, sampling, progressive, grey = form
    options = {} if grey else {"subsampling": sampling}
    picture = picture.convert("L") if grey else picture
    for quality in QUALITIES:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=True, progressive=progressive,
                     **options)
        if out.tell() <= TARGET_BYTES:
            break
    return out.getvalue()


def draw_photos(folder, only):
    from studio import wardrobe  # numpy and Pillow are needed from here on
    for product, variant, article, form in photographed():
        if not article.startswith(only):
            continue
        path = folder / catalogue.photo_path(article)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(wardrobe.draw(product, variant, article), form))
        print(f"{path}: {path.stat().st_size} bytes", file=sys.stderr)


def jpeg_frame(data):
    """(width, height), chroma sampling, progressive? of a JPEG file, from its frame header."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 4 <= len(data):
        marker, length = struct.unpack(">xBH", data[at:at + 4])
        if marker in (0xC0, 0xC2):
            height, width, parts = struct.unpack(">HHB", data[at + 5:at + 10])
            ratio = {0x11: "4:4:4", 0x21: "4:2:2", 0x22: "4:2:0"}.get(data[at + 11], "unknown")
            return (width, height), "grey" if parts == 1 else ratio, marker == 0xC2
        at += 2 + length
    raise ValueError("no frame header")


def photo_faults(folder):
    for _, _, article, (size, sampling, progressive, _) in photographed():
        path = folder / catalogue.photo_path(article)
        try:
            data = path.read_bytes()
            found = jpeg_frame(data)
        except (OSError, ValueError, struct.error) as error:
            yield f"{path}: {error}"
            continue
        if found != (size, sampling, progressive):
            yield f"{path}: found {found}, expected {(size, sampling, progressive)}"
        if not data.endswith(b"\xff\xd9"):
            yield f"{path}: cut off, no end marker"


def faults(folder):
    """Everything in which sample/ differs from what this program makes."""
    for name, data in tables().items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != data:
            yield f"{path}: missing, or not what make_sample.py --tables writes"
    yield from photo_faults(folder)
    expected = {folder / catalogue.photo_path(article) for _, _, article, _ in photographed()}
    for path in sorted(set(folder.glob("images/**/*.*")) - expected):
        yield f"{path}: no article with a photo has this code"
    total = sum(path.stat().st_size for path in folder.glob("**/*") if path.is_file())
    if total > MOST_BYTES:
        yield f"{folder}: {total} bytes, at most {MOST_BYTES} expected"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent / "sample",
                        help="folder of the sample (default: sample/ of this source tree)")
    parser.add_argument("--only", default="", metavar="CODE",
                        help="draw only photos whose code starts so; no tables")
    parser.add_argument("--tables", action="store_true", help="write only the tables")
    parser.add_argument("--check", action="store_true",
                        help="change nothing; exit 1 if the sample is not as it should be")
    args = parser.parse_args()
    if args.check:
        found = list(faults(args.out))
        count = len(list(photographed()))
        print("\n".join(found) or f"{args.out}: {count} photos and 3 tables as they should be")
        return 1 if found else 0
    if not args.only:
        args.out.mkdir(parents=True, exist_ok=True)
        for name, data in tables().items():
            (args.out / name).write_bytes(data)
    if not args.tables:
        draw_photos(args.out, args.only)
    return 0


if __name__ == "__main__":
    sys.exit(main())
