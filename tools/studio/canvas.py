# SPDX-License-Identifier: MIT
"""The photo studio: outlines, anti-aliased masks, relief, light and shadow.

Everything is drawn in board units (1166 x 1750, origin top left, y down) whatever the size of the
photo. A shape is a height field: its outline gives a soft dome, folds and drape are added, and the
slope of the sum both lights the cloth and bends the pattern printed on it.
"""
import math

import numpy as np
from PIL import Image, ImageDraw

BOARD = (1166, 1750)
MIDDLE = 583.0
OVERSAMPLE = 3
BEND = 6.0  # how far a slope of 1 moves the pattern, board units
LIGHT = (-0.42, -0.52, 0.74)  # towards the lamp: from the upper left, in front


def spline(points, steps=14):
    """Catmull-Rom curve through the points, as a polyline."""
    if len(points) < 3:
        return [tuple(map(float, p)) for p in points]
    first, last = points[0], points[-1]
    ends = [(2 * first[i] - points[1][i] for i in (0, 1)), (2 * last[i] - points[-2][i]
                                                            for i in (0, 1))]
    knots = np.array([tuple(ends[0]), *points, tuple(ends[1])], dtype=np.float64)
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    out = []
    for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:]):
        out.extend(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
                          + (3 * b - a - 3 * c + d) * t**3))
    return [tuple(p) for p in out] + [tuple(map(float, last))]


def outline(*segments):
    """Closed shape: smooth inside each segment, a corner where two segments meet."""
    return [p for segment in segments for p in spline(segment)]


def flip(points):
    """The same points seen in a mirror down the middle of the board, in reverse order."""
    return [(2 * MIDDLE - x, y) for x, y in reversed(points)]


def both_sides(*segments):
    """Closed shape from its right half, given from the top middle down to the bottom middle."""
    half = outline(*segments)
    return half + flip(half)


def ellipse(cx, cy, rx, ry, turn=0.0, start=0.0, stop=360.0):
    angles = np.radians(np.linspace(start, stop, 72))
    x, y = rx * np.cos(angles), ry * np.sin(angles)
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return list(zip(cx + c * x - s * y, cy + s * x + c * y))


def ribbon(points, width, taper=False):
    """A line of some width as a closed shape; with taper it thins out to both ends."""
    line = np.array(points, dtype=np.float64)
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * (width / 2)
    if taper:
        across *= np.sin(np.linspace(0.04, math.pi - 0.04, len(line)))[:, None] ** 0.7
    return [tuple(p) for p in np.concatenate([line + across, (line - across)[::-1]])]


def resized(field, size, how):
    return np.asarray(Image.fromarray(field.astype(np.float32)).resize(size, how))


def box_blur(field, radius, axis):
    n = field.shape[axis]
    radius = min(radius, n - 1)
    pad = [(0, 0), (0, 0)]
    pad[axis] = (radius + 1, radius)
    total = np.cumsum(np.pad(field, pad, mode="edge"), axis=axis, dtype=np.float64)
    hi = np.take(total, np.arange(2 * radius + 1, 2 * radius + 1 + n), axis=axis)
    lo = np.take(total, np.arange(0, n), axis=axis)
    return ((hi - lo) / (2 * radius + 1)).astype(np.float32)


def blur(field, sigma):
    """Nearly Gaussian: three box blurs, on a smaller copy where sigma is large."""
    shrink = max(1, int(sigma / 8))
    height, width = field.shape
    small = field
    if shrink > 1:
        size = (max(2, width // shrink), max(2, height // shrink))
        small = resized(field, size, Image.Resampling.BOX)
    radius = max(1, round(math.sqrt(sigma**2 / shrink**2 + 1 / 12) * 0.98))
    for axis in (0, 1):
        for _ in range(3):
            small = box_blur(small, radius, axis)
    return resized(small, (width, height), Image.Resampling.BICUBIC) if shrink > 1 else small


class Part:
    """What was laid down: where (slices of the photo) and how much of each pixel it covers."""

    def __init__(self, rows, cols, cover):
        self.rows, self.cols, self.cover = rows, cols, cover


class Photo:
    def __init__(self, rng, size=BOARD, view=(0, 0, *BOARD), backdrop=(0.925, 0.925, 0.93), down=0,
                 zoom=1.0):
        """view: the window of the board that the photo shows; down, zoom: place the product."""
        self.rng = rng
        self.width, self.height = size
        self.scale = self.width / (view[2] - view[0])
        self.origin = view[:2]
        self.turn = math.radians(rng.uniform(-0.9, 0.9))
        self.zoom = zoom * rng.uniform(0.975, 1.0)
        self.shift = (rng.uniform(-10, 10), down + rng.uniform(-10, 10))
        self.waves = [(rng.uniform(0, 6.28), rng.uniform(150, 330), rng.uniform(1.0, 3.2))
                      for _ in range(6)]
        x, y = np.meshgrid(np.arange(self.width) + 0.5, np.arange(self.height) + 0.5)
        self.x, self.y = self.unplace(x / self.scale + self.origin[0],
                                      y / self.scale + self.origin[1])
        self.rgb = self.wall(backdrop)

    def wall(self, backdrop):
        """Paper backdrop: a little brighter where the lamp looks, darker towards the corners."""
        glow = ((self.x - 520) / 1150) ** 2 + ((self.y - 720) / 1500) ** 2
        tone = (1.035 - 0.085 * np.clip(glow, 0, 1.6)).astype(np.float32)
        return np.clip(tone[..., None] * np.array(backdrop, dtype=np.float32), 0, 1)

    def place(self, points):
        """Board points to where the hand of the stylist put them: bent, turned, shifted."""
        p = np.array(points, dtype=np.float64)
        x, y = p[:, 0].copy(), p[:, 1].copy()
        for i, (phase, length, size) in enumerate(self.waves):
            if i % 2:
                x += size * np.sin(p[:, 1] / length + phase)
            else:
                y += size * np.sin(p[:, 0] / length + phase)
        x, y = (x - MIDDLE) * self.zoom, (y - 875) * self.zoom
        c, s = math.cos(self.turn), math.sin(self.turn)
        return np.stack([c * x - s * y + MIDDLE + self.shift[0],
                         s * x + c * y + 875 + self.shift[1]], axis=1)

    def unplace(self, x, y):
        x, y = x - MIDDLE - self.shift[0], y - 875 - self.shift[1]
        c, s = math.cos(self.turn), math.sin(self.turn)
        return (((c * x + s * y) / self.zoom + MIDDLE).astype(np.float32),
                ((c * y - s * x) / self.zoom + 875).astype(np.float32))

    def pixels(self, points):
        return (self.place(points) - self.origin) * self.scale

    def window(self, shapes, pad):
        every = np.concatenate([self.pixels(s) for s in shapes])
        pad = pad * self.scale + 2
        x0, y0 = np.floor(every.min(axis=0) - pad).astype(int)
        x1, y1 = np.ceil(every.max(axis=0) + pad).astype(int)
        x0, y0 = min(max(x0, 0), self.width - 8), min(max(y0, 0), self.height - 8)
        return (slice(y0, min(max(y1, y0 + 8), self.height)),
                slice(x0, min(max(x1, x0 + 8), self.width)))

    def cover(self, shapes, rows, cols, holes=()):
        """How much of each pixel of the window the shapes cover, 0..1."""
        size = (cols.stop - cols.start, rows.stop - rows.start)
        sheet = Image.new("L", (size[0] * OVERSAMPLE, size[1] * OVERSAMPLE))
        draw = ImageDraw.Draw(sheet)
        for ink, group in ((255, shapes), (0, holes)):
            for shape in group:
                points = (self.pixels(shape) - (cols.start, rows.start)) * OVERSAMPLE - 0.5
                draw.polygon([tuple(p) for p in points], fill=ink)
        return np.asarray(sheet.reduce(OVERSAMPLE), dtype=np.float32) / 255

    def lay(self, shape, paint, *, puff=1.0, relief=None, frame=None, shadow=0.35, reach=16,
            sheen=0.06, gloss=0.0, dim=1.0, holes=(), clip=None):
        """Lays a piece of material on the photo: shadow first, then the lit material.

        puff: how strongly the piece bulges at its edges; relief(x, y): extra height, board units;
        frame: (x, y, degrees) of the pattern; shadow, reach: how dark and how far its shadow falls;
        sheen: how much light dark cloth gives back; gloss: leather or rubber highlights;
        dim: light that reaches it; clip: a Part that it must stay inside.
        """
        shapes = [shape] if isinstance(shape[0], tuple) else shape
        rows, cols = self.window(shapes, 3 * reach)
        cover = self.cover(shapes, rows, cols, holes)
        if clip is not None:
            cover = cover * self.part_cover(clip, rows, cols)
        x, y = self.x[rows, cols], self.y[rows, cols]
        height = self.dome(cover, puff)
        if relief is not None:
            height = height + relief(x, y)
        slope_y, slope_x = np.gradient(height, 1 / self.scale)
        rgb = paint(*framed(x + BEND * slope_x, y + BEND * slope_y, frame))
        self.drop_shadow(cover, rows, cols, shadow, reach)
        lit = lighten(rgb, slope_x, slope_y, sheen, gloss) * dim
        self.rgb[rows, cols] += (lit - self.rgb[rows, cols]) * cover[..., None]
        return Part(rows, cols, cover)

    def dome(self, cover, puff):
        height = np.zeros_like(cover)
        for sigma, size in ((4, 3.0), (14, 8.0), (44, 17.0)):
            if puff:
                height += puff * size * blur(cover, max(sigma * self.scale, 0.8))
        return height

    def drop_shadow(self, cover, rows, cols, strength, reach):
        if strength <= 0:
            return
        step = (round(0.45 * reach * self.scale), round(0.3 * reach * self.scale))
        moved = np.roll(cover, step, axis=(0, 1))
        dark = strength * blur(moved, max(reach * self.scale * 0.6, 0.8)) * (1 - cover)
        self.rgb[rows, cols] *= 1 - dark[..., None] * np.array((1.0, 0.98, 0.95), dtype=np.float32)

    def part_cover(self, part, rows, cols):
        whole = np.zeros((self.height, self.width), dtype=np.float32)
        whole[part.rows, part.cols] = part.cover
        return whole[rows, cols]

    def wall_shadow(self, shapes, strength=0.20, reach=30, step=(16, 22)):
        """The broad soft shadow that the whole product throws on the backdrop, moved by step."""
        rows, cols = self.window(shapes, 3 * reach + 24)
        cover = self.cover(shapes, rows, cols)
        moved = np.roll(cover, (round(step[1] * self.scale), round(step[0] * self.scale)), (0, 1))
        dark = strength * blur(moved, max(reach * self.scale, 0.8))
        self.rgb[rows, cols] *= 1 - dark[..., None] * np.array((1.0, 0.99, 0.97), dtype=np.float32)

    def stroke(self, line, width, colour, alpha=1.0, clip=None, taper=False):
        """A line of some colour, e.g. a seam; clip keeps it inside a Part."""
        self.flat([ribbon(line, width, taper)], colour, alpha, clip)

    def flat(self, shapes, colour, alpha=1.0, clip=None):
        """Shapes of one flat colour without relief."""
        rows, cols = self.window(shapes, 2)
        cover = self.cover(shapes, rows, cols) * alpha
        if clip is not None:
            cover = cover * self.part_cover(clip, rows, cols)
        ink = np.array(colour, dtype=np.float32)
        self.rgb[rows, cols] += (ink - self.rgb[rows, cols]) * cover[..., None]

    def seam(self, line, clip=None, width=3.0, alpha=0.22):
        """Two pieces of cloth meet: a dark line with a light edge beside it."""
        line = spline(line)
        self.stroke(line, width, (0.05, 0.05, 0.07), alpha, clip)
        self.stroke([(x + 2.2, y + 2.2) for x, y in line], width * 0.8, (1, 1, 1), alpha * 0.45,
                    clip)

    def stitches(self, line, colour, alpha=0.6, clip=None, width=2.6, step=9.0):
        """A row of stitches along the line."""
        line = np.array(spline(line, steps=30))
        far = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        marks = np.arange(0, far[-1] - step * 0.6, step)
        ends = [np.stack([np.interp(marks + d, far, line[:, i]) for i in (0, 1)], axis=1)
                for d in (0, step * 0.6)]
        if len(marks):
            self.flat([ribbon([tuple(a), tuple(b)], width) for a, b in zip(*ends)], colour, alpha,
                      clip)

    def image(self):
        """The photo as a camera sees it: a lens softens every edge a little."""
        for axis in (0, 1) * 3:
            self.rgb = self.rgb * 0.5 + 0.25 * (np.roll(self.rgb, 1, axis) + np.roll(self.rgb, -1,
                                                                                     axis))
        return Image.fromarray((np.clip(self.rgb, 0, 1) * 255 + 0.5).astype(np.uint8))


def framed(x, y, frame):
    if frame is None:
        return x, y
    cx, cy, degrees = frame
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return c * (x - cx) + s * (y - cy) + cx, c * (y - cy) - s * (x - cx) + cy


def lighten(rgb, slope_x, slope_y, sheen, gloss):
    """Lambert with some light from everywhere; 1 where the material faces the camera."""
    norm = np.sqrt(1 + slope_x**2 + slope_y**2)
    facing = (LIGHT[2] - LIGHT[0] * slope_x - LIGHT[1] * slope_y) / (LIGHT[2] * norm)
    light = np.clip(0.30 + 0.70 * facing, 0.2, 1.4)
    out = rgb * light[..., None] + (sheen * (facing - 1))[..., None]
    if gloss:
        half = (LIGHT[2] + 1 - LIGHT[0] * slope_x - LIGHT[1] * slope_y) / norm
        shine = np.clip(half / math.sqrt(LIGHT[0]**2 + LIGHT[1]**2 + (1 + LIGHT[2])**2), 0, 1)
        out = out + (gloss * shine**40)[..., None]
    return np.clip(out, 0, 1).astype(np.float32)


def crumple(rng, size, height):
    """Relief of soft cloth: smooth random hills about `size` units wide."""
    cols, rows = int(BOARD[0] / size) + 3, int(BOARD[1] / size) + 3
    grid = rng.uniform(-1, 1, (rows, cols)).astype(np.float32)
    step = 3.0
    fine = resized(grid, (round(cols * size / step), round(rows * size / step)),
                   Image.Resampling.BICUBIC)
    return lambda x, y: height * sample(fine, x / step, y / step)


def folds(creases, soft=1.0):
    """Relief of creases, each (points, width, height): a tapered ridge with a hollow beside it."""
    step = 3.0
    cols, rows = int(BOARD[0] / step), int(BOARD[1] / step)
    total = np.zeros((rows, cols), dtype=np.float32)
    for points, width, height in creases:
        sheet = Image.new("L", (cols * 2, rows * 2))
        band = np.array(ribbon(spline(points), width, taper=True)) * (2 / step)
        ImageDraw.Draw(sheet).polygon([tuple(p) for p in band], fill=255)
        ridge = np.asarray(sheet.reduce(2), dtype=np.float32) / 255
        side = max(1, round(width * 0.5 / step))
        total += height * (blur(ridge, soft * width * 0.34 / step)
                           - 0.7 * blur(np.roll(ridge, (side // 2, side), (0, 1)),
                                        soft * width * 0.55 / step))
    return lambda x, y: sample(total, x / step, y / step)


def together(*reliefs):
    return lambda x, y: sum(r(x, y) for r in reliefs)


def sample(field, u, v):
    """Bilinear look-up; beyond the border the border's value."""
    rows, cols = field.shape[:2]
    u, v = np.clip(u, 0, cols - 1.001), np.clip(v, 0, rows - 1.001)
    i, j = u.astype(np.int32), v.astype(np.int32)
    a, b = (u - i).astype(np.float32), (v - j).astype(np.float32)
    if field.ndim == 3:
        a, b = a[..., None], b[..., None]
    top = field[j, i] * (1 - a) + field[j, i + 1] * a
    return top * (1 - b) + (field[j + 1, i] * (1 - a) + field[j + 1, i + 1] * a) * b
