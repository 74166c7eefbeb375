# SPDX-License-Identifier: MIT
"""Materials: plain, striped, dotted and checked cloth, knits, denim, straw; prints on top of them.

A paint is a function (x, y) -> rgb[..., 3], 0..1, in board units; it is anti-aliased by itself:
each edge is a ramp about one pixel of the photo wide.
"""
import math

import numpy as np
from PIL import Image, ImageDraw

from .canvas import MIDDLE, ellipse, resized, ribbon, sample, spline

EDGE = 1.3  # width of an anti-aliased edge in board units
RASTER = 2.0  # pixels per board unit while a print is drawn


def rgb(colour):
    """'#rrggbb' to three floats."""
    return tuple(int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5))


def mix(a, b, share):
    return tuple(p + (q - p) * share for p, q in zip(a, b))


def ramp(distance):
    """1 well inside (distance > 0), 0 well outside."""
    return np.clip(distance / EDGE + 0.5, 0, 1)[..., None].astype(np.float32)


def ink(colour):
    return np.array(colour, dtype=np.float32)


def solid(colour):
    return lambda x, y: np.broadcast_to(ink(colour), (*x.shape, 3))


def stripes(ground, colour, period=64, share=0.5, upright=False, start=0.0):
    """Bands of `colour`, the given share of each period wide."""
    def paint(x, y):
        along = (x if upright else y) - start
        phase = np.mod(along, period) - period / 2
        return ink(ground) + (ink(colour) - ink(ground)) * ramp(period * share / 2 - np.abs(phase))
    return paint


def dots(ground, colour, pitch=60, radius=14):
    """Dots on a hexagonal grid."""
    def paint(x, y):
        row = np.floor(y / (pitch * 0.866))
        u = np.mod(x + pitch / 2 * np.mod(row, 2), pitch) - pitch / 2
        v = y - (row + 0.5) * pitch * 0.866
        return ink(ground) + (ink(colour) - ink(ground)) * ramp(radius - np.hypot(u, v))
    return paint


def gingham(ground, colour, period=56):
    """Two-coloured check: each direction covers half."""
    def paint(x, y):
        cover = sum(ramp(period / 4 - np.abs(np.mod(t, period) - period / 2)) for t in (x, y)) / 2
        return ink(ground) + (ink(colour) - ink(ground)) * cover
    return paint


def tartan(ground, bands, period=190):
    """Woven check: each band (centre, width, colour) runs both ways and covers about half."""
    def paint(x, y):
        out = np.broadcast_to(ink(ground), (*x.shape, 3))
        for centre, width, colour in bands:
            for t in (x, y):
                near = np.abs(np.mod(t - centre + period / 2, period) - period / 2)
                out = out + (ink(colour) - out) * ramp(width / 2 - near) * 0.55
        return out
    return paint


def block(top, bottom, level):
    """Colour blocking: another paint below a level of the board."""
    return lambda x, y: top(x, y) + (bottom(x, y) - top(x, y)) * ramp(y - level)


def denim(colour, fade=0.25, leg=140, knee=(800, 420)):
    """Indigo cotton, washed out along the middle of each leg."""
    def paint(x, y):
        off_middle = (np.abs(x - MIDDLE) - leg) / (leg * 0.55)
        worn = np.exp(-off_middle**2 - ((y - knee[0]) / knee[1])**2)
        slub = 0.02 * np.sin(x * 0.16 + np.sin(y * 0.011) * 2) * np.sin(y * 0.02 + x * 0.01)
        tone = ink(colour) + (1 - ink(colour)) * (fade * worn)[..., None]
        return np.clip(tone * (1 + slub)[..., None], 0, 1)
    return paint


def melange(colour, amount=0.06):
    """Two yarns twisted together: faint streaks along the cloth."""
    def paint(x, y):
        streak = np.sin(x * 0.31 + 2.1 * np.sin(y * 0.043)) * np.sin(y * 0.57
                                                                     + 1.7 * np.sin(x * 0.031))
        return np.clip(ink(colour) * (1 + amount * streak)[..., None], 0, 1)
    return paint


def straw(colour):
    """Rings of plaited straw around the origin of the frame."""
    def paint(x, y):
        weave = np.sin(y * 0.42) * 0.10 + 0.05 * np.sin(x * 0.33
                                                        + 3.1 * np.floor(y * 0.42 / math.pi))
        return np.clip(ink(colour) * (1 + weave)[..., None], 0, 1)
    return paint


def knit_relief(pitch=15, height=1.6):
    """Relief of stockinette: columns of V stitches."""
    def relief(x, y):
        column = np.abs(np.mod(x, pitch) / pitch - 0.5) * 2
        return height * (np.sin(math.pi * column)
                         + 0.5 * np.sin(2 * math.pi * (y / pitch * 1.1 + column * 0.7)))
    return relief


def rib_relief(pitch=15, height=2.2, upright=True):
    return lambda x, y: height * np.sin(2 * math.pi * (x if upright else y) / pitch)


def cable_relief(centres, width=62, turn=130, height=7):
    """Relief of cables: two strands that cross each other, down each centre line."""
    def relief(x, y):
        total = 0
        for centre in centres:
            for phase in (0, math.pi):
                strand = centre + width * 0.25 * np.sin(2 * math.pi * y / turn + phase)
                total = total + height * np.exp(-((x - strand) / (width * 0.2))**2)
        return total
    return relief


class Print:
    """Coloured shapes in a rectangle of the board: drawn once, then the top layer of a paint."""

    def __init__(self, box):
        self.box = box
        size = (round((box[2] - box[0]) * RASTER * 2), round((box[3] - box[1]) * RASTER * 2))
        self.sheet = Image.new("RGBA", size)
        self.draw = ImageDraw.Draw(self.sheet)

    def shape(self, points, colour):
        scale = RASTER * 2
        self.draw.polygon([((x - self.box[0]) * scale, (y - self.box[1]) * scale) for x,
                           y in points],
                          fill=tuple(round(255 * c) for c in colour) + (255,))

    def line(self, points, width, colour):
        points = spline(points)
        self.shape(ribbon(points, width), colour)
        for x, y in (points[0], points[-1]):
            self.shape(ellipse(x, y, width / 2, width / 2), colour)

    def erase(self, points):
        scale = RASTER * 2
        self.draw.polygon([((x - self.box[0]) * scale, (y - self.box[1]) * scale) for x,
                           y in points],
                          fill=(0, 0, 0, 0))

    def on(self, paint, strength=0.96):
        """The paint with this print on top."""
        layer = np.asarray(self.sheet, dtype=np.float32) / 255
        layer = np.concatenate([layer[..., :3] * layer[..., 3:], layer[..., 3:]], axis=2)
        size = (self.sheet.width // 2, self.sheet.height // 2)
        layer = np.stack([resized(np.ascontiguousarray(layer[..., i]), size, Image.Resampling.BOX)
                          for i in range(4)], axis=2)
        layer[0], layer[-1], layer[:, 0], layer[:, -1] = 0, 0, 0, 0

        def printed(x, y):
            top = sample(layer, (x - self.box[0]) * RASTER - 0.5, (y - self.box[1]) * RASTER - 0.5)
            top = top * strength
            return paint(x, y) * (1 - top[..., 3:]) + top[..., :3]
        return printed
