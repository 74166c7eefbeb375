# SPDX-License-Identifier: MIT
"""What is printed on the cloth: motifs for chest and hem, and patterns that cover everything."""
import math

from .canvas import MIDDLE, ellipse, outline, spline
from .fabric import Print, mix

# Strokes of the letters in use, on a grid 4 wide and 6 high; each is a spline or a straight line.
LETTERS = {
    "A": [[(0, 6), (2, 0)], [(2, 0), (4, 6)], [(0.8, 4), (3.2, 4)]],
    "C": [[(3.8, 1), (2.2, 0), (0.5, 1.2), (0.1, 3), (0.5, 4.8), (2.2, 6), (3.8, 5)]],
    "E": [[(3.8, 0), (0.2, 0)], [(0.2, 0), (0.2, 6)], [(0.2, 6), (3.8, 6)], [(0.2, 3), (3, 3)]],
    "L": [[(0.2, 0), (0.2, 6)], [(0.2, 6), (3.8, 6)]],
    "N": [[(0.2, 6), (0.2, 0)], [(0.2, 0), (3.8, 6)], [(3.8, 6), (3.8, 0)]],
    "O": [[(2, 0), (0.6, 0.9), (0.1, 3), (0.6, 5.1), (2, 6), (3.4, 5.1), (3.9, 3), (3.4, 0.9),
           (2, 0)]],
    "R": [[(0.2, 6), (0.2, 0)], [(0.2, 0), (2.6, 0.1), (3.6, 1.5), (2.6, 2.9), (0.2, 3)],
          [(1.6, 3), (3.8, 6)]],
    "S": [[(3.6, 0.9), (2, 0), (0.4, 1.2), (1.2, 2.6), (2.8, 3.4), (3.7, 4.7), (2, 6), (0.3, 5.1)]],
    "T": [[(0, 0), (4, 0)], [(2, 0), (2, 6)]],
    "U": [[(0.2, 0), (0.2, 3.6), (0.8, 5.4), (2, 6), (3.2, 5.4), (3.8, 3.6), (3.8, 0)]],
}


def around(cx, cy, size=20, wide=300, high=300):
    return Print((cx - wide / 2 - size, cy - high / 2 - size, cx + wide / 2 + size,
                  cy + high / 2 + size))


def word(text, cx, cy, size, colour, stroke=None):
    """size: height of the letters."""
    unit = size / 6
    step = unit * 5.4
    left = cx - (len(text) * step - 1.4 * unit) / 2
    sheet = around(cx, cy, size * 0.4, len(text) * step, size)
    for i, letter in enumerate(text):
        for line in LETTERS[letter]:
            sheet.line([(left + i * step + x * unit, cy - size / 2 + y * unit) for x, y in line],
                       stroke or size * 0.17, colour)
    return sheet


def mountains(cx, cy, radius, sky, sun, far, near):
    """A round badge: sun over two ranges."""
    sheet = around(cx, cy, 10, 2 * radius, 2 * radius)
    disc = ellipse(cx, cy, radius, radius)
    sheet.shape(disc, sky)
    sheet.shape(ellipse(cx + radius * 0.22, cy - radius * 0.22, radius * 0.34, radius * 0.34), sun)
    for colour, peaks in ((far, [(-1, 0.5), (-0.55, -0.1), (-0.2, 0.25), (0.2, -0.25), (0.62, 0.3),
                                 (1, 0.1)]),
                          (near, [(-1, 0.25), (-0.62, 0.55), (-0.3, 0.1), (0.1, 0.6), (0.45, 0.25),
                                  (1, 0.75)])):
        low = [p for p in disc if p[1] > cy + radius * 0.78]
        sheet.shape([(cx + radius * x * math.sqrt(max(0, 1 - min(1, abs(y))**2)), cy + radius * y)
                     for x, y in peaks]
                    + sorted(low, key=lambda p: -p[0]), colour)
    return sheet


def cat(cx, cy, size, fur, ink):
    """A cat's face with glasses."""
    sheet = around(cx, cy, 20, size * 2.6, size * 2.4)
    for s in (-1, 1):
        sheet.shape([(cx + s * size * 0.92, cy - size * 0.1), (cx + s * size * 0.82, cy - size),
                     (cx + s * size * 0.2, cy - size * 0.62)], fur)
        sheet.shape([(cx + s * size * 0.78, cy - size * 0.38), (cx + s * size * 0.74,
                                                                cy - size * 0.8),
                     (cx + s * size * 0.4, cy - size * 0.6)],
                    mix(fur, (1, 0.6, 0.6), 0.5))
    sheet.shape(ellipse(cx, cy, size, size * 0.82), fur)
    for s in (-1, 1):
        sheet.shape(ellipse(cx + s * size * 0.42, cy - size * 0.1, size * 0.33, size * 0.3), ink)
        sheet.shape(ellipse(cx + s * size * 0.42, cy - size * 0.1, size * 0.26, size * 0.23),
                    (0.97, 0.97, 0.95))
        sheet.shape(ellipse(cx + s * size * 0.40, cy - size * 0.08, size * 0.12, size * 0.15), ink)
        for turn in (-0.10, 0.06, 0.22):
            sheet.line([(cx + s * size * 0.45, cy + size * (0.34 + turn * 0.4)),
                        (cx + s * size * 1.2, cy + size * (0.25 + turn * 1.4))],
                       size * 0.035, ink)
    sheet.line([(cx - size * 0.1, cy - size * 0.12), (cx + size * 0.1, cy - size * 0.12)],
               size * 0.06, ink)
    sheet.shape([(cx - size * 0.12, cy + size * 0.2), (cx + size * 0.12, cy + size * 0.2),
                 (cx, cy + size * 0.33)], (0.85, 0.45, 0.48))
    sheet.line([(cx - size * 0.24, cy + size * 0.42), (cx - size * 0.1, cy + size * 0.5),
                (cx, cy + size * 0.34),
                (cx + size * 0.1, cy + size * 0.5), (cx + size * 0.24, cy + size * 0.42)],
               size * 0.045, ink)
    return sheet


def rainbow(cx, cy, radius, colours):
    sheet = around(cx, cy, 30, 2.4 * radius, 2 * radius)
    for i, colour in enumerate(colours):
        r = radius * (1 - i * 0.15)
        sheet.shape(ellipse(cx, cy, r, r, 0, 180, 360), colour)
    r = radius * (1 - len(colours) * 0.15)
    sheet.erase(ellipse(cx, cy, r, r, 0, 180, 360))
    for s in (-1, 1):
        for dx, dy, size in ((-0.16, 0, 0.18), (0.12, 0.02, 0.2), (0, -0.1, 0.2)):
            sheet.shape(ellipse(cx + s * radius * 0.78 + dx * radius, cy + dy * radius,
                                size * radius, size * radius * 0.8), (0.97, 0.97, 0.96))
    return sheet


def flower(sheet, x, y, size, turn, petal, heart, petals=5):
    for i in range(petals):
        angle = turn + i * 2 * math.pi / petals
        sheet.shape(ellipse(x + math.cos(angle) * size * 0.58, y + math.sin(angle) * size * 0.58,
                            size * 0.46, size * 0.33, math.degrees(angle)),
                    petal)
    sheet.shape(ellipse(x, y, size * 0.27, size * 0.27), heart)


def leaf(sheet, x, y, size, turn, colour):
    c, s = math.cos(turn), math.sin(turn)
    shape = outline([(0, 0), (0.45, -0.22), (1, 0)], [(1, 0), (0.45, 0.22), (0, 0)])
    sheet.shape([(x + size * (c * u - s * v), y + size * (s * u + c * v)) for u, v in shape],
                colour)


def star(sheet, x, y, size, turn, colour):
    sheet.shape([(x + size * (1 if i % 2 == 0 else 0.42) * math.cos(turn + i * math.pi / 5),
                  y + size * (1 if i % 2 == 0 else 0.42) * math.sin(turn + i * math.pi / 5))
                 for i in range(10)], colour)


def heart(sheet, x, y, size, turn, colour):
    c, s = math.cos(turn), math.sin(turn)
    shape = [(math.sin(t) ** 3, -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t)
                                  - math.cos(4 * t)) / 16)
             for t in (i * math.pi / 24 for i in range(48))]
    sheet.shape([(x + size * (c * u - s * v), y + size * (s * u + c * v)) for u, v in shape],
                colour)


def lemon(sheet, x, y, size, turn, colour):
    c, s = math.cos(turn), math.sin(turn)
    shape = outline([(-1.15, 0), (-0.8, -0.4), (0, -0.66), (0.8, -0.4), (1.15, 0), (0.8, 0.4),
                     (0, 0.66), (-0.8, 0.4), (-1.15, 0)])
    sheet.shape([(x + size * (c * u - s * v), y + size * (s * u + c * v)) for u, v in shape],
                colour)
    leaf(sheet, x - size * c, y - size * s, size * 1.1, turn + 2.2, (0.36, 0.52, 0.26))


def one(sheet, kind, x, y, size, turn, colours, rng):
    colour = colours[int(rng.integers(len(colours)))]
    if kind == "flowers":
        for d in (0.7, 2.6):
            leaf(sheet, x, y, size * 1.45, turn + d, colours[-1])
        flower(sheet, x, y, size, turn, colours[int(rng.integers(len(colours) - 1))],
               (0.95, 0.80, 0.35))
    elif kind == "leaves":
        c, s = math.cos(turn), math.sin(turn)
        sheet.line([(x - size * c, y - size * s), (x + size * c, y + size * s)], size * 0.07,
                   colour)
        for i in range(-2, 3):
            for side in (-1, 1):
                leaf(sheet, x + i * size * 0.42 * c, y + i * size * 0.42 * s,
                     size * (0.72 - 0.07 * i), turn + side * 0.85, colour)
        leaf(sheet, x + size * c * 0.95, y + size * s * 0.95, size * 0.5, turn, colour)
    else:
        {"stars": star, "hearts": heart, "lemons": lemon}[kind](sheet, x, y, size,
                                                                turn if kind != "hearts"
                                                                else turn * 0.1, colour)


def scatter(rng, kind, colours, pitch=110, size=34, box=(0, 100, 1166, 1750)):
    """The motif strewn over the box, on a grid that chance has shaken."""
    sheet = Print(box)
    row = 0
    y = box[1] + pitch / 2
    while y < box[3] - pitch * 0.2:
        x = box[0] + pitch * (0.5 if row % 2 else 0.0)
        while x < box[2]:
            one(sheet, kind, x + rng.uniform(-0.16, 0.16) * pitch, y + rng.uniform(-0.16,
                                                                                   0.16) * pitch,
                size * rng.uniform(0.82, 1.15),
                rng.uniform(0, 6.28), colours, rng)
            x += pitch
        y += pitch * 0.8
        row += 1
    return sheet


def border(rng, kind, colours, level, rows=2, size=40):
    """Rows of the motif above a hem, larger and denser towards it."""
    sheet = Print((100, level - rows * size * 2 - 20, 1066, level + size + 30))
    for row in range(rows):
        y, scale = level - row * size * 1.75, size * (1 - 0.18 * row)
        count = 15 - row * 2
        for i in range(count):
            x = 140 + (i + 0.5 * (row % 2)) * (886 / (count - 1))
            turn = rng.uniform(0, 6.28) if kind == "flowers" else rng.uniform(-1.9, -1.25)
            one(sheet, kind, x, y + rng.uniform(-8, 8), scale * rng.uniform(0.85, 1.1), turn,
                colours, rng)
    return sheet


def waves(cx, cy, size, colours):
    """Three swells, one behind the other."""
    sheet = around(cx, cy, 20, size * 2.4, size * 1.6)
    for row, colour in enumerate(colours):
        y = cy - size * 0.45 + row * size * 0.38
        line = spline([(cx - size + i * size / 4, y + (-1) ** i * size * 0.11) for i in range(9)])
        sheet.line(line[::6], size * 0.13, colour)
    return sheet


def chest(kind, colours):
    """The print called kind, across the chest."""
    made = {
        "mountains": lambda: mountains(MIDDLE, 690, 165, *colours),
        "cat": lambda: cat(MIDDLE, 720, 150, *colours),
        "rainbow": lambda: rainbow(MIDDLE, 770, 190, colours),
        "waves": lambda: waves(MIDDLE, 700, 190, colours),
    }
    return made[kind]() if kind in made else word(kind, MIDDLE, 660, 96 if len(kind) < 5 else 80,
                                                  colours[0])
