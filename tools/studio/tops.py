# SPDX-License-Identifier: MIT
"""Garments for the upper body, as an invisible figure wears them: T-shirts to jackets."""
from .canvas import (MIDDLE, both_sides, crumple, ellipse, flip, folds, outline, ribbon, spline,
                     together)
from .fabric import knit_relief, mix, rib_relief, solid

SLEEVES = {  # right sleeve: outer shoulder to cuff, cuff to armpit, axis of the cloth
    "short": ([(850, 372), (905, 392), (985, 480), (1072, 690)], [(1072, 690), (948, 742)],
              [(948, 742), (888, 640), (820, 570)], (960, 560, -27)),
    "long": ([(850, 372), (905, 392), (985, 500), (1040, 760), (1092, 1330)],
             [(1092, 1330), (984, 1346)],
             [(984, 1346), (925, 960), (876, 640), (820, 570)], (960, 560, -9)),
}


def mirrored(frame):
    x, y, degrees = frame
    return 2 * MIDDLE - x, y, -degrees


def body_creases(rng, bottom, hang=1.0):
    """Creases that run from the armpits and the waist across the body."""
    out = []
    for side in (-1, 1):
        for _ in range(3):
            x, y = MIDDLE + side * rng.uniform(245, 285), rng.uniform(560, 640)
            dx, dy = side * rng.uniform(90, 210), rng.uniform(90, 330)
            out.append(([(x, y), (x - dx * 0.6, y + dy * 0.4), (x - dx, y + dy)],
                        rng.uniform(26, 46), rng.uniform(7, 13) * hang))
        for _ in range(3):
            x, y = MIDDLE + side * rng.uniform(225, 290), rng.uniform(900, bottom - 170)
            out.append(([(x, y), (x - side * rng.uniform(60, 110), y + rng.uniform(-5, 50)),
                         (x - side * rng.uniform(150, 240), y + rng.uniform(20, 110))],
                        rng.uniform(30, 52), rng.uniform(6, 12) * hang))
    for _ in range(3):
        x = MIDDLE + rng.uniform(-180, 180)
        out.append(([(x, bottom - rng.uniform(260, 420)), (x + rng.uniform(-20, 20), bottom - 150),
                     (x + rng.uniform(-30, 30), bottom - 5)], rng.uniform(40, 62),
                    rng.uniform(6, 11) * hang))
    return out


def sleeve_creases(rng, side, long):
    out = []
    for i in range(9 if long else 3):
        share = (i + rng.uniform(0.1, 0.9)) / (9 if long else 3)
        y = 560 + share * (700 if long else 120)
        x = 905 + share * (135 if long else 80)
        a, b = rng.uniform(-62, -40), rng.uniform(30, 62)
        tilt = rng.uniform(-55, 45)
        points = [(x + a, y - tilt * 0.5), (x, y + rng.uniform(-8, 8)), (x + b, y + tilt * 0.5)]
        out.append(([(MIDDLE + side * (p - MIDDLE), q) for p, q in points],
                    rng.uniform(22, 40), rng.uniform(6, 11)))
    return out


def neckline(width, depth):
    """Right half of the front neck edge, from the middle up to the shoulder."""
    return [(MIDDLE, 300 + depth), (MIDDLE + width * 0.55, 300 + depth * 0.82),
            (MIDDLE + width * 0.93, 300 + depth * 0.38), (MIDDLE + width, 300)]


def v_neckline(width, depth):
    return [(MIDDLE, 300 + depth), (MIDDLE + width * 0.6, 300 + depth * 0.45), (MIDDLE + width,
                                                                                300)]


class Upper:
    """One upper garment on its way through the studio; each method lays one kind of detail."""

    def __init__(self, photo, paint, colour, *, sleeve="short", neck=(135, 120), v_neck=False,
                 bottom=1290,
                 wide=0, relief=None, trim=None):
        self.photo, self.paint, self.colour, self.relief = photo, paint, colour, relief
        self.sleeve, self.bottom, self.wide = sleeve, bottom, wide
        self.trim = trim or colour
        self.edge = (v_neckline if v_neck else neckline)(*neck)
        self.neck = neck
        shoulder, self.armpit = (905 + wide * 0.5, 392), (868 + wide, 590)
        self.armhole = [shoulder, (872 + wide * 0.7, 470), self.armpit]
        self.side = [self.armpit, (858 + wide, 760), (846 + wide, 1000), (862 + wide, bottom - 14)]
        self.hem = [(862 + wide, bottom - 14), (740, bottom - 1), (MIDDLE, bottom + 4)]
        self.body = both_sides(self.edge, [(MIDDLE + neck[0], 300), shoulder], self.armhole,
                               self.side, self.hem)

    def sleeve_shape(self):
        outer, cuff, inner, _ = SLEEVES[self.sleeve]
        return outline(outer, cuff, inner)

    def wall(self, *more):
        """The shadow on the backdrop of the whole garment."""
        shapes = [self.body, *more]
        if self.sleeve in SLEEVES:
            shapes += [self.sleeve_shape(), flip(self.sleeve_shape())]
        self.photo.wall_shadow(shapes)

    def cloth(self, creases=(), size=150, height=4.0):
        parts = [crumple(self.photo.rng, size, height), folds(list(creases))]
        return together(*parts, self.relief) if self.relief else together(*parts)

    def back(self, drop=34, label=True):
        """The inside of the back, seen through the neck opening."""
        w = self.neck[0]
        shape = outline([(MIDDLE - w - 8, 302), (MIDDLE - w * 0.6, 300 + drop * 0.8),
                         (MIDDLE, 300 + drop),
                         (MIDDLE + w * 0.6, 300 + drop * 0.8), (MIDDLE + w + 8, 302)],
                        [(MIDDLE + w + 8, 302), (MIDDLE + w * 0.7, 330 + self.neck[1]),
                         (MIDDLE, 350 + self.neck[1]),
                         (MIDDLE - w * 0.7, 330 + self.neck[1]), (MIDDLE - w - 8, 302)])
        part = self.photo.lay(shape, self.paint, dim=0.62, puff=-0.5, shadow=0)
        self.photo.stroke(spline([(MIDDLE - w - 4, 312), (MIDDLE - w * 0.6, 320 + drop * 0.8),
                                  (MIDDLE, 324 + drop),
                                  (MIDDLE + w * 0.6, 320 + drop * 0.8), (MIDDLE + w + 4, 312)]),
                          24, mix(self.trim, (0, 0, 0), 0.30), 1.0, part)
        if label:
            self.photo.lay([(MIDDLE - 34, 342 + drop), (MIDDLE + 34, 342 + drop),
                            (MIDDLE + 34, 368 + drop),
                            (MIDDLE - 34, 368 + drop)], solid((0.82, 0.82, 0.80)), puff=0.1,
                           shadow=0.2, reach=5)
            self.photo.flat([ribbon([(MIDDLE - 18, 355 + drop), (MIDDLE + 18, 355 + drop)], 5)],
                            (0.35, 0.35, 0.37))

    def sleeves(self, cuff=None):
        """cuff: None for a stitched hem, or the height of a ribbed cuff."""
        outer, end, inner, frame = SLEEVES[self.sleeve]
        long = self.sleeve == "long"
        for side in (1, -1):
            shape = self.sleeve_shape()
            place = frame
            if side < 0:
                shape, place = flip(shape), mirrored(frame)
            relief = self.cloth(sleeve_creases(self.photo.rng, side, long), 90, 3.0)
            part = self.photo.lay(shape, self.paint, relief=relief, frame=place, shadow=0.30,
                                  puff=1.05)
            (x1, y1), (x0, y0) = end
            up = (-0.07, -1.0) if long else (-0.40, -0.92)
            if cuff:
                self.ribbed([(x1 - 3, y1 - 2), (x0 + 3, y0 - 2), (x0 + 16, y0 + cuff),
                             (x1 - 4, y1 + cuff - 2)], side)
            else:
                for d in (18, 24):
                    line = [(x1 + up[0] * d + 8, y1 + up[1] * d), (x0 + up[0] * d - 8,
                                                                   y0 + up[1] * d)]
                    self.photo.stitches(line if side > 0 else flip(line), mix(self.colour,
                                                                              (0, 0, 0), 0.42), 0.5,
                                        part)

    def ribbed(self, shape, side):
        if side < 0:
            shape = flip(shape)
        self.photo.lay(shape, solid(self.trim), relief=rib_relief(16, 1.5), puff=0.7, shadow=0.3,
                       reach=8)

    def front(self, creases=None, paint=None, band=None):
        """The body; band: height of a ribbed waistband, else a stitched hem."""
        rng = self.photo.rng
        relief = self.cloth(body_creases(rng, self.bottom) if creases is None else creases)
        part = self.photo.lay(self.body, paint or self.paint, relief=relief, shadow=0.42, reach=18,
                              puff=1.15)
        self.part = part
        for line in (self.armhole, flip(self.armhole)):
            self.photo.seam(line, part, 3.2, 0.25)
        if band:
            b, w = self.bottom, 862 + self.wide
            self.photo.lay(both_sides([(MIDDLE, b - 6), (w - 90, b - 10), (w - 4, b - 24)],
                                      [(w - 14, b + band - 22), (w - 100, b + band - 6),
                                       (MIDDLE, b + band)]),
                           solid(self.trim), relief=rib_relief(16, 1.5), puff=0.8, shadow=0.35,
                           reach=10)
        else:
            for d in (22, 29):
                line = [(x, y - d) for x, y in self.hem]
                self.photo.stitches(line + [(2 * MIDDLE - x, y) for x, y in reversed(line[:-1])],
                                    mix(self.colour, (0, 0, 0), 0.42), 0.5, part)
        return part

    def collar_rib(self, width=30, stitched=True):
        """The ribbed band around the neck opening."""
        line = spline(flip(self.edge)[:-1] + self.edge)
        slanted = [(MIDDLE + self.neck[0] + dx, 300 + dy) for dx, dy in
                   ((-40, -40), (40, -40), (40, 0.4 * width), (-0.5 * width, -0.14 * width))]
        self.photo.lay(ribbon(line, width), solid(self.trim), relief=rib_relief(14, 0.6), puff=0.55,
                       shadow=0.32,
                       reach=7, holes=[slanted, flip(slanted)])
        if stitched:
            lower = [(MIDDLE + (x - MIDDLE) * 1.10, y + width * 0.75) for x, y in self.edge[:-1]]
            self.photo.stitches(flip(lower)[:-1] + lower, mix(self.colour, (0, 0, 0), 0.4), 0.5,
                                self.part, step=8)

    def shoulder_seams(self):
        for line in ([(MIDDLE + self.neck[0], 312), (904, 402)],):
            self.photo.seam(line, self.part, 2.6, 0.16)
            self.photo.seam(flip(line), self.part, 2.6, 0.16)

    def buttons(self, x, first, last, count, colour, size=12.5):
        for i in range(count):
            button(self.photo, x, first + (last - first) * i / max(1, count - 1), size, colour)

    def placket(self, top, bottom, width=58, x=MIDDLE):
        part = self.photo.lay([(x - width / 2, top), (x + width / 2, top), (x + width / 2, bottom),
                               (x - width / 2, bottom)],
                              self.paint, relief=crumple(self.photo.rng, 60, 1.2), puff=0.45,
                              shadow=0.28, reach=7,
                              clip=self.part)
        for d in (-width / 2 + 9, width / 2 - 9):
            self.photo.stitches([(x + d, top + 4), (x + d, bottom - 8)], mix(self.colour, (0, 0, 0),
                                                                             0.4), 0.45, part)

    def collar(self, spread=150, drop=150, width=132):
        """A turned-down shirt collar: the stand behind, then two leaves."""
        w = self.neck[0]
        for side in (1, -1):
            leaf = outline([(MIDDLE + 8, 330 + drop * 0.42), (MIDDLE + w * 0.55, 288),
                            (MIDDLE + w + 12, 262)],
                           [(MIDDLE + w + 12, 262), (MIDDLE + w + 34, 318)],
                           [(MIDDLE + w + 34, 318), (MIDDLE + spread, 318 + drop * 0.52),
                            (MIDDLE + spread * 0.62, 310 + drop)],
                           [(MIDDLE + spread * 0.62, 310 + drop), (MIDDLE + 8, 330 + drop * 0.42)])
            edge = [(MIDDLE + w + 24, 322), (MIDDLE + spread - 10, 314 + drop * 0.52),
                    (MIDDLE + spread * 0.62 - 2, 294 + drop)]
            frame = (MIDDLE + 100, 360, -38)
            if side < 0:
                leaf, edge, frame = flip(leaf), flip(edge), mirrored(frame)
            part = self.photo.lay(leaf, self.paint, frame=frame, puff=0.6, shadow=0.42, reach=12)
            self.photo.stitches(edge, mix(self.colour, (0, 0, 0), 0.4), 0.45, part)

    def stand(self):
        w = self.neck[0]
        shape = both_sides([(MIDDLE, 246), (MIDDLE + w * 0.6, 250), (MIDDLE + w + 10, 268)],
                           [(MIDDLE + w + 10, 268), (MIDDLE + w + 6, 380), (MIDDLE + w * 0.6, 480),
                            (MIDDLE, 500)])
        self.photo.lay(shape, self.paint, dim=0.62, puff=-0.4, shadow=0.1, reach=8)
        self.photo.lay([(MIDDLE - 36, 300), (MIDDLE + 36, 300), (MIDDLE + 36, 326),
                        (MIDDLE - 36, 326)],
                       solid((0.82, 0.82, 0.80)), puff=0.1, shadow=0.2, reach=5)
        self.photo.flat([ribbon([(MIDDLE - 18, 313), (MIDDLE + 18, 313)], 5)], (0.35, 0.35, 0.37))

    def pocket(self, x, y, width=170, height=190, paint=None):
        shape = outline([(x, y), (x + width, y)], [(x + width, y), (x + width, y + height * 0.82)],
                        [(x + width, y + height * 0.82), (x + width / 2, y + height)],
                        [(x + width / 2, y + height), (x, y + height * 0.82)],
                        [(x, y + height * 0.82), (x, y)])
        part = self.photo.lay(shape, paint or self.paint, relief=crumple(self.photo.rng, 90, 2),
                              puff=0.4, shadow=0.28,
                              reach=7, clip=self.part)
        self.photo.stitches([(x + 6, y + 26), (x + width - 6, y + 26)], mix(self.colour, (0, 0, 0),
                                                                            0.4), 0.45, part)

    def zip(self, top, bottom, metal=(0.62, 0.63, 0.66)):
        self.photo.stroke([(MIDDLE, top), (MIDDLE, bottom)], 34, mix(self.colour, (0, 0, 0), 0.45),
                          0.9, self.part)
        self.photo.lay(ribbon([(MIDDLE, top), (MIDDLE, bottom)], 13), solid(metal),
                       relief=rib_relief(7, 2.0, upright=False), puff=0.3, shadow=0.3, reach=5,
                       clip=self.part)
        self.photo.lay(ribbon([(MIDDLE, top + 6), (MIDDLE, top + 62)], 15), solid(metal), puff=0.5,
                       shadow=0.4, reach=6,
                       gloss=0.4)


def button(photo, x, y, size, colour):
    photo.lay(ellipse(x, y, size, size), solid(colour), puff=0.5, shadow=0.5, reach=5, gloss=0.25)
    dark = mix(colour, (0, 0, 0), 0.6)
    photo.flat([ellipse(x + dx, y + dy, 1.9, 1.9) for dx in (-3.4, 3.4) for dy in (-3.4, 3.4)],
               dark, 0.9)


def tee(photo, paint, colour, *, sleeve="short", trim=None, pocket=None, **shape):
    top = Upper(photo, paint, colour, sleeve=sleeve, trim=trim, **shape)
    top.wall()
    top.back()
    top.sleeves()
    top.front()
    top.shoulder_seams()
    if pocket:
        top.pocket(655, 560, 165, 185, pocket)
    top.collar_rib()


def polo(photo, paint, colour, trim=None):
    top = Upper(photo, paint, colour, neck=(126, 128), bottom=1320, trim=trim)
    top.wall()
    top.stand()
    top.sleeves(cuff=None)
    top.front()
    top.placket(400, 700, 62)
    top.buttons(MIDDLE, 505, 655, 3, (0.93, 0.92, 0.88))
    top.paint = solid(trim or colour)
    top.collar(spread=170, drop=130)


def sweater(photo, paint, colour, *, trim=None, relief=None, v_neck=False, neck=(128, 92)):
    top = Upper(photo, paint, colour, sleeve="long", bottom=1330, neck=neck, v_neck=v_neck,
                trim=trim,
                relief=relief or knit_relief(30, 0.45), wide=6)
    top.wall()
    top.back(drop=20)
    top.sleeves(cuff=92)
    top.front(band=104)
    top.collar_rib(52, stitched=False)


def shirt(photo, paint, colour, *, buttons=(0.94, 0.93, 0.90), pocket=True, sleeve="long"):
    top = Upper(photo, paint, colour, sleeve=sleeve, neck=(122, 126), bottom=1440)
    top.wall()
    top.stand()
    top.sleeves()
    if sleeve == "long":
        for side in (1, -1):
            cuff = outline([(1088, 1262), (974, 1276)], [(974, 1276), (984, 1366)],
                           [(984, 1366), (1100, 1350)],
                           [(1100, 1350), (1088, 1262)])
            frame = SLEEVES["long"][3]
            photo.lay(cuff if side > 0 else flip(cuff), paint, frame=frame if side > 0
                      else mirrored(frame), puff=0.8,
                      shadow=0.35, reach=8)
            button(photo, MIDDLE + side * 425, 1314, 10, buttons)
    top.front()
    top.shoulder_seams()
    if pocket:
        top.pocket(650, 560)
    top.placket(430, 1445)
    top.buttons(MIDDLE, 520, 1350, 7, buttons)
    top.collar()
    button(photo, MIDDLE, 412, 11, buttons)


def hood(top):
    """The hood behind and around the neck opening."""
    photo, rng = top.photo, top.photo.rng
    shape = both_sides([(MIDDLE, 118), (MIDDLE + 110, 136), (MIDDLE + 192, 230),
                        (MIDDLE + 205, 345), (MIDDLE + 150, 470)],
                       [(MIDDLE + 150, 470), (MIDDLE + 70, 520), (MIDDLE, 528)])
    photo.lay(shape, solid(top.colour), relief=together(crumple(rng, 110, 5), folds(
        [([(MIDDLE + s * 150, 200), (MIDDLE + s * 175, 300), (MIDDLE + s * 120, 430)], 40, 10)
         for s in (-1, 1)])),
        puff=1.2, shadow=0.3)
    inside = both_sides([(MIDDLE, 186), (MIDDLE + 78, 204), (MIDDLE + 126, 290),
                         (MIDDLE + 112, 392), (MIDDLE, 492)])
    photo.lay(inside, solid(mix(top.colour, (0, 0, 0), 0.1)), dim=0.52, puff=-1.0, shadow=0,
              relief=crumple(rng, 120, 5))
    edge = spline([(MIDDLE + 10, 500), (MIDDLE + 116, 396), (MIDDLE + 130, 290), (MIDDLE + 80, 200),
                   (MIDDLE, 180)])
    photo.lay(ribbon(edge + flip(edge), 26), solid(top.colour), puff=0.6, shadow=0.3, reach=7)


def hoodie(photo, paint, colour, *, zipped=False, laces=(0.92, 0.92, 0.90)):
    top = Upper(photo, paint, colour, sleeve="long", neck=(120, 170), bottom=1330, wide=14)
    top.wall()
    top.sleeves(cuff=92)
    top.front(band=104)
    pocket = both_sides([(MIDDLE, 1010), (MIDDLE + 140, 1010)], [(MIDDLE + 140, 1010),
                                                                 (MIDDLE + 226, 1150)],
                        [(MIDDLE + 226, 1150), (MIDDLE + 232, 1300), (MIDDLE, 1306)])
    part = photo.lay(pocket, solid(colour), relief=crumple(photo.rng, 120, 4), puff=0.6,
                     shadow=0.35, reach=9)
    for line in ([(MIDDLE + 132, 1022), (MIDDLE + 214, 1156)],):
        photo.stitches(line, mix(colour, (0, 0, 0), 0.45), 0.6, part)
        photo.stitches(flip(line), mix(colour, (0, 0, 0), 0.45), 0.6, part)
    hood(top)
    if zipped:
        top.zip(500, 1432)
    for side in (1, -1):
        x = MIDDLE + side * 52
        photo.lay(ribbon(spline([(x, 470), (x + side * 14, 560), (x + side * 6, 690),
                                 (x + side * 12, 780)]), 11),
                  solid(laces), puff=0.5, shadow=0.45, reach=8)


def cardigan(photo, paint, colour, relief=None, buttons=(0.35, 0.24, 0.16)):
    top = Upper(photo, paint, colour, sleeve="long", bottom=1350, neck=(122, 400), v_neck=True,
                relief=relief or knit_relief(30, 0.45))
    top.wall()
    top.back(drop=24)
    top.sleeves(cuff=92)
    top.front(band=96)
    edge = spline(flip(top.edge)[:-1] + [(MIDDLE, 700)] + top.edge[1:])
    photo.lay(ribbon([(MIDDLE, 700), (MIDDLE, 1444)], 56), solid(top.trim),
              relief=rib_relief(9, 1.0, upright=False),
              puff=0.5, shadow=0.3, reach=8)
    photo.lay(ribbon(edge, 46), solid(top.trim), relief=rib_relief(9, 0.8), puff=0.55, shadow=0.32,
              reach=8)
    top.buttons(MIDDLE, 745, 1410, 6, buttons, 17)


def jacket(photo, paint, colour, *, quilted=False, metal=(0.70, 0.70, 0.72)):
    """A zipped jacket: stand-up collar, welt pockets; quilted: a padded one."""
    top = Upper(photo, paint, colour, sleeve="long", neck=(126, 130), bottom=1300, wide=20,
                relief=(lambda x, y: 30 * (1 - (2 * ((y % 118) / 118) - 1) ** 2)) if quilted
                else None)
    top.wall()
    top.stand()
    top.sleeves(cuff=70)
    top.front(band=80)
    collar = both_sides([(MIDDLE, 420), (MIDDLE + 60, 390), (MIDDLE + 128, 268)],
                        [(MIDDLE + 128, 268), (MIDDLE + 172, 318)],
                        [(MIDDLE + 172, 318), (MIDDLE + 120, 440), (MIDDLE, 492)])
    photo.lay(collar, solid(colour), relief=rib_relief(13, 1.4), puff=0.8, shadow=0.4, reach=12)
    top.zip(430, 1378, metal)
    for side in (1, -1):
        line = [(MIDDLE + side * 150, 1010), (MIDDLE + side * 210, 1170)]
        photo.lay(ribbon(line, 26), solid(mix(colour, (0, 0, 0), 0.12)), puff=0.5, shadow=0.4,
                  reach=7)
        photo.stroke(line, 5, mix(colour, (0, 0, 0), 0.6), 0.8)


def vest(photo, paint, colour, *, strap=58, depth=210, bottom=1380, trim=None):
    """A sleeveless top: wide straps, or narrow ones for a strap top."""
    inner = MIDDLE + 135
    neck = [(MIDDLE, 330 + depth), (MIDDLE + 62, 330 + depth * 0.93),
            (inner - 26, 330 + depth * 0.55), (inner, 316)]
    arm = [(inner + strap, 318), (inner + strap + 8, 420), (850, 575)]
    body = both_sides(neck, [(inner, 316), (inner + strap, 318)], arm,
                      [(850, 575), (838, 760), (824, 960), (852, bottom - 14)],
                      [(852, bottom - 14), (720, bottom), (MIDDLE, bottom + 4)])
    photo.wall_shadow([body])
    back = both_sides([(MIDDLE, 430), (inner - 40, 405), (inner + 2, 320)], [(inner + 2, 320),
                                                                             (inner, 520),
                                                                             (MIDDLE, 380 + depth)])
    photo.lay(back, paint, dim=0.6, puff=-0.4, shadow=0.15)
    photo.flat([ribbon([(MIDDLE - 30, 452), (MIDDLE + 30, 452)], 24)], (0.82, 0.82, 0.80))
    relief = together(crumple(photo.rng, 150, 4), folds(body_creases(photo.rng, bottom)))
    part = photo.lay(body, paint, relief=relief, shadow=0.4, puff=1.1)
    for line in (neck, arm):
        for shape in (line, flip(line)):
            photo.lay(ribbon(spline(shape), 17), solid(trim or colour), puff=0.4, shadow=0.25,
                      reach=5, clip=part)
    for d in (22, 29):
        photo.stitches([(318, bottom - 14 - d), (450, bottom - d), (MIDDLE, bottom + 4 - d),
                        (720, bottom - d),
                        (848, bottom - 14 - d)], mix(colour, (0, 0, 0), 0.42), 0.5, part)
