# SPDX-License-Identifier: MIT
"""PNG files of every kind, written chunk by chunk: what Pillow does not write must be read, too. Needs numpy."""
import struct
import zlib

PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]  # first x, y; step x, y


def chunk(name, data, crc=0):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data) ^ crc)


def header(width, height, depth, colour, interlaced=False):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def packed(samples, depth):
    """Rows of bytes from an array [height][width][channels] of numbers below 2 ** depth."""
    for row in samples:
        flat = [int(x) for x in row.reshape(-1)]
        if depth == 16:
            yield struct.pack(f">{len(flat)}H", *flat)
        elif depth == 8:
            yield bytes(flat)
        else:
            bits = "".join(f"{x:0{depth}b}" for x in flat)
            bits += "0" * (-len(bits) % 8)
            yield bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def paeth(a, b, c):
    nearest = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))
    return nearest[2]


def filtered(rows, step, random):
    """The rows with a filter each, drawn by lot."""
    above, out = None, b""
    for row in rows:
        if above is None:
            above = bytes(len(row))
        kind = random.randrange(5)
        left, corner = bytes(step) + row[:-step], bytes(step) + above[:-step]
        left, corner = left[:len(row)], corner[:len(row)]
        guess = {0: lambda a, b, c: 0, 1: lambda a, b, c: a, 2: lambda a, b, c: b, 3: lambda a, b, c: (a + b) // 2, 4: paeth}[kind]
        out += bytes([kind]) + bytes((x - guess(a, b, c)) & 255 for x, a, b, c in zip(row, left, above, corner))
        above = row
    return out


def raw(samples, depth, interlaced, random):
    """What is compressed into IDAT."""
    step = max(1, samples.shape[2] * depth // 8)
    if not interlaced:
        return filtered(packed(samples, depth), step, random)
    parts = [samples[y::down, x::across] for x, y, across, down in PASSES]
    return b"".join(filtered(packed(part, depth), step, random) for part in parts if part.size)


def png(samples, depth, colour, interlaced, random, palette=b"", extra=b"", pieces=1):
    """A whole file; samples as for packed(), extra: chunks in front of the data, pieces: IDATs."""
    height, width = samples.shape[:2]
    data = zlib.compress(raw(samples, depth, interlaced, random))
    size = -(-len(data) // pieces)
    return b"".join([header(width, height, depth, colour, interlaced), chunk(b"PLTE", palette) if colour == 3 else b"", extra,
                     *(chunk(b"IDAT", data[i * size:(i + 1) * size]) for i in range(pieces)), chunk(b"IEND", b"")])
