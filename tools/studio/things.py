# SPDX-License-Identifier: MIT
"""Accessories: bags, shoes, hats, scarves, socks."""
import math

from .canvas import (MIDDLE, both_sides, crumple, ellipse, flip, folds, outline, ribbon, spline,
                     together)
from .fabric import mix, rib_relief, solid
from .tops import button

BRASS = (0.80, 0.68, 0.40)


def moved(points, dx, dy, size=1.0):
    return [(x * size + dx, y * size + dy) for x, y in points]


def darker(colour, share=0.4):
    return mix(colour, (0, 0, 0), share)


def tote(photo, paint, colour, handles=None):
    handles = handles or colour
    bag = outline([(250, 700), (583, 692), (916, 700)], [(916, 700), (940, 1100), (930, 1480)],
                  [(930, 1480), (583, 1500), (236, 1480)], [(236, 1480), (226, 1100), (250, 700)])
    photo.wall_shadow([bag])
    rear = spline([(420, 720), (424, 480), (470, 300), (583, 252), (696, 300), (742, 480),
                   (746, 720)])
    photo.lay(ribbon(moved(rear, 10, -26), 44), solid(darker(handles, 0.2)), puff=0.5, shadow=0.3)
    photo.lay(both_sides([(MIDDLE, 660), (900, 676)], [(900, 676), (914, 716)], [(MIDDLE, 720)]),
              paint, dim=0.55, puff=-0.3)
    relief = together(crumple(photo.rng, 190, 8), folds([([(300, 760), (380, 980), (330, 1300)], 60,
                                                          9),
                      ([(860, 780), (800, 1000), (850, 1250)], 60, 9),
                                                         ([(330, 1440), (560, 1380), (800, 1440)],
                                                          70, 8)]))
    part = photo.lay(bag, paint, relief=relief, puff=1.1, shadow=0.45, reach=20)
    for d in (40, 48):
        photo.stitches([(250, 700 + d), (583, 692 + d), (916, 700 + d)], darker(colour), 0.55, part)
    photo.lay(ribbon(spline([(420, 860), (420, 700), (424, 520), (470, 350), (583, 300), (696, 350),
                             (742, 520), (746, 700),
                             (746, 860)]), 46), solid(handles), puff=0.5, shadow=0.4, reach=14)
    for x in (420, 746):
        photo.stitches([(x - 17, 745), (x + 17, 850)], darker(handles), 0.7)
        photo.stitches([(x + 17, 745), (x - 17, 850)], darker(handles), 0.7)


def shoulder_bag(photo, paint, colour, metal=BRASS):
    """A small flap bag on a long strap."""
    body = outline([(262, 800), (583, 786), (904, 800)], [(904, 800), (936, 1000), (926, 1250)],
                   [(926, 1250), (890, 1300), (583, 1312), (276, 1300), (240, 1250)],
                   [(240, 1250), (230, 1000), (262, 800)])
    photo.wall_shadow([body], 0.26)
    strap = spline([(272, 850), (240, 640), (330, 380), (583, 262), (836, 380), (926, 640),
                    (894, 850)])
    photo.lay(ribbon(strap, 34), solid(colour), puff=0.6, shadow=0.42, reach=14, gloss=0.12)
    photo.lay(body, paint, relief=crumple(photo.rng, 220, 4), puff=1.5, shadow=0.5, reach=22,
              gloss=0.14)
    flap = outline([(250, 792), (583, 772), (916, 792)], [(916, 792), (930, 940), (880, 1040)],
                   [(880, 1040), (583, 1120), (286, 1040)], [(286, 1040), (236, 940), (250, 792)])
    part = photo.lay(flap, paint, relief=crumple(photo.rng, 240, 4), puff=1.2, shadow=0.55,
                     reach=18, gloss=0.16)
    photo.stitches([(258, 930), (298, 1026), (583, 1102), (868, 1026), (908, 930)],
                   mix(colour, (1, 1, 1), 0.25), 0.55, part)
    for x in (266, 900):
        photo.lay(ellipse(x, 822, 32, 32), solid(metal), holes=[ellipse(x, 822, 20, 20)], puff=0.8,
                  gloss=0.5, shadow=0.5, reach=8)
    photo.lay(ellipse(MIDDLE, 1076, 44, 34), solid(metal), puff=0.9, gloss=0.55, shadow=0.5,
              reach=9)
    photo.lay(ellipse(MIDDLE, 1076, 24, 14), solid(darker(metal, 0.3)), puff=-0.6, gloss=0.3,
              shadow=0)


def backpack(photo, paint, colour, accent=(0.55, 0.36, 0.20)):
    body = both_sides([(MIDDLE, 330), (MIDDLE + 190, 356), (MIDDLE + 306, 520), (MIDDLE + 328, 900),
                       (MIDDLE + 316, 1370)],
                      [(MIDDLE + 316, 1370), (MIDDLE + 260, 1430), (MIDDLE, 1440)])
    photo.wall_shadow([body], 0.26)
    for s in (1, -1):
        photo.lay(ribbon(spline([(MIDDLE + s * 240, 560), (MIDDLE + s * 370, 760),
                                 (MIDDLE + s * 372, 1120), (MIDDLE + s * 290, 1380)]), 54),
                  solid(darker(colour, 0.15)), puff=0.8, shadow=0.4)
    photo.lay(ribbon(spline([(MIDDLE - 84, 356), (MIDDLE - 66, 262), (MIDDLE, 236),
                             (MIDDLE + 66, 262), (MIDDLE + 84, 356)]), 34),
              solid(accent), puff=0.7, shadow=0.4)
    part = photo.lay(body, paint, relief=crumple(photo.rng, 200, 7), puff=1.5, shadow=0.5, reach=22)
    arch = spline([(MIDDLE - 252, 900), (MIDDLE - 240, 560), (MIDDLE - 140, 430), (MIDDLE, 404),
                   (MIDDLE + 140, 430), (MIDDLE + 240, 560),
                   (MIDDLE + 252, 900)])
    photo.stroke(arch, 22, darker(colour, 0.5), 0.8, part)
    photo.lay(ribbon(arch, 9), solid((0.6, 0.6, 0.62)), puff=0.4, shadow=0.3, reach=5)
    pocket = both_sides([(MIDDLE, 880), (MIDDLE + 200, 892), (MIDDLE + 236, 960),
                         (MIDDLE + 238, 1300)],
                        [(MIDDLE + 238, 1300), (MIDDLE + 200, 1354), (MIDDLE, 1362)])
    front = photo.lay(pocket, paint, relief=crumple(photo.rng, 160, 5), puff=1.3, shadow=0.5,
                      reach=16)
    photo.stroke([(MIDDLE - 205, 962), (MIDDLE + 205, 962)], 22, darker(colour, 0.5), 0.8, front)
    photo.lay(ribbon([(MIDDLE - 205, 962), (MIDDLE + 205, 962)], 9), solid((0.6, 0.6, 0.62)),
              puff=0.4, shadow=0.3, reach=5)
    photo.lay(ribbon([(MIDDLE + 190, 962), (MIDDLE + 206, 1036)], 16), solid(accent), puff=0.6,
              shadow=0.4, reach=6)
    photo.lay([(MIDDLE - 62, 1110), (MIDDLE + 62, 1110), (MIDDLE + 62, 1196), (MIDDLE - 62, 1196)],
              solid(accent), puff=0.5,
              shadow=0.4, reach=6)
    photo.stitches([(MIDDLE - 54, 1118), (MIDDLE + 54, 1118)], mix(accent, (1, 1, 1), 0.4), 0.6)
    photo.stitches([(MIDDLE - 54, 1188), (MIDDLE + 54, 1188)], mix(accent, (1, 1, 1), 0.4), 0.6)


def sneaker(photo, paint, colour, dx, dy, size, sole, accent):
    def at(points):
        return moved(points, dx, dy, size)
    upper = outline([(60, 120), (90, 40), (170, 16), (262, 30)], [(262, 30), (330, 150), (480, 236),
                                                                  (660, 262), (764, 322),
                                                                  (802, 396), (798, 424)],
                    [(798, 424), (60, 420)], [(60, 420), (40, 300), (60, 120)])
    under = outline([(34, 392), (400, 398), (808, 392)], [(808, 392), (822, 440), (790, 476)],
                    [(790, 476), (400, 484), (60, 476)],
                    [(60, 476), (26, 450), (34, 392)])
    floor_shadow(photo, at([(20, 470), (830, 486)]), 34 * size)
    photo.lay(at(ellipse(165, 44, 104, 34, 6)), solid(darker(colour, 0.45)), puff=-0.5, shadow=0.1)
    part = photo.lay(at(upper), paint, relief=crumple(photo.rng, 110, 3), puff=1.5, shadow=0.35)
    toe = outline([(600, 410), (612, 320), (668, 268)], [(668, 268), (770, 330), (804, 400),
                                                         (796, 425)], [(600, 425)])
    photo.lay(at(toe), solid(mix(colour, (1, 1, 1), 0.08)), puff=0.9, shadow=0.22, reach=6,
              clip=part)
    heel = outline([(30, 420), (36, 200), (58, 110), (110, 120)], [(110, 120), (150, 280),
                                                                   (140, 420)])
    photo.lay(at(heel), solid(accent), puff=0.7, shadow=0.25, reach=7, clip=part)
    swoop = outline([(190, 400), (300, 290), (420, 250)], [(420, 250), (380, 330), (300, 410)],
                    [(190, 400)])
    photo.lay(at(swoop), solid(accent), puff=0.6, shadow=0.25, reach=6, clip=part)
    photo.stitches(at([(612, 408), (622, 326), (672, 276)]), darker(colour), 0.5, part)
    tongue = outline([(232, 30), (284, 14), (330, 40)], [(330, 40), (400, 130), (380, 160)],
                     [(380, 160), (290, 120), (232, 30)])
    photo.lay(at(tongue), paint, puff=0.9, shadow=0.3, reach=8)
    for i in range(5):
        x, y = 290 + 52 * i, 96 + 34 * i
        photo.lay(at(ribbon(spline([(x - 24, y + 44), (x + 8, y + 6), (x + 52, y - 4)]), 17)),
                  solid((0.95, 0.95, 0.94)), puff=0.7,
                  shadow=0.45, reach=6)
    base = photo.lay(at(under), solid(sole), puff=0.9, shadow=0.4, reach=8)
    photo.stroke(at([(30, 424), (400, 430), (816, 424)]), 4, darker(sole, 0.35), 0.5, base)


def floor_shadow(photo, ends, height):
    (x0, y0), (x1, y1) = ends
    for grow, dark in ((0.7, 0.42), (1.3, 0.26)):
        shape = ellipse((x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, height * grow)
        photo.wall_shadow([shape], dark, reach=height * grow, step=(0, 0))


def sneakers(photo, paint, colour, sole=(0.94, 0.94, 0.92), accent=None):
    accent = accent or darker(colour, 0.25)
    sneaker(photo, paint, colour, 250, 520, 0.98, sole, accent)
    sneaker(photo, paint, colour, 90, 850, 1.12, sole, accent)


def boot(photo, paint, colour, dx, dy, size, sole):
    def at(points):
        return moved(points, dx, dy, size)
    upper = outline([(70, 10), (190, -4), (318, 14)], [(318, 14), (322, 160), (346, 300),
                                                       (470, 390), (640, 440), (726, 520),
                                                       (732, 580)],
                    [(732, 580), (56, 584)], [(56, 584), (44, 480), (84, 260), (70, 10)])
    floor_shadow(photo, at([(40, 640), (740, 640)]), 32 * size)
    photo.lay(at(ellipse(194, 16, 118, 26)), solid(darker(colour, 0.55)), puff=-0.5, shadow=0.1)
    creases = [(at([(330, 310), (280, 350), (180, 360)]), 34, 10),
               (at([(400, 360), (350, 420), (250, 450)]), 34, 9),
               (at([(90, 300), (150, 280), (220, 300)]), 30, 7)]
    part = photo.lay(at(upper), paint, relief=together(crumple(photo.rng, 140, 3), folds(creases)),
                     puff=1.6, shadow=0.4, gloss=0.16)
    elastic = outline([(140, 20), (262, 16)], [(262, 16), (250, 150), (206, 270)],
                      [(206, 270), (150, 150), (140, 20)])
    photo.lay(at(elastic), solid(darker(colour, 0.35)), relief=rib_relief(10, 1.6), puff=0.4,
              shadow=0.2, reach=6, clip=part)
    photo.seam(at([(206, 270), (214, 400), (180, 580)]), part, 4, 0.35)
    photo.lay(at(outline([(46, 560), (400, 566), (742, 560)], [(742, 560), (748, 606), (730, 612)],
                         [(730, 612), (40, 612)], [(40, 612), (46, 560)])),
              solid(sole), puff=0.6, shadow=0.35, reach=8)
    photo.lay(at([(44, 604), (262, 604), (250, 676), (50, 676)]), solid(darker(sole, 0.15)),
              puff=0.7, shadow=0.3, reach=8)
    photo.lay(at(ribbon(spline([(78, 20), (50, -30), (96, -54), (106, 20)]), 16)), paint, puff=0.5,
              shadow=0.3, reach=6)


def boots(photo, paint, colour, sole=(0.16, 0.14, 0.13)):
    boot(photo, paint, colour, 330, 430, 0.98, sole)
    boot(photo, paint, colour, 130, 720, 1.12, sole)


def ballerina(photo, paint, colour, right, bow):
    def at(points):
        return points if right else flip(points)
    shoe = outline([(MIDDLE + 170, 430), (MIDDLE + 262, 500), (MIDDLE + 300, 800),
                    (MIDDLE + 330, 1060), (MIDDLE + 268, 1320),
                    (MIDDLE + 160, 1350), (MIDDLE + 62, 1250), (MIDDLE + 42, 1000),
                    (MIDDLE + 62, 760), (MIDDLE + 84, 520),
                    (MIDDLE + 170, 430)])
    opening = outline([(MIDDLE + 172, 478), (MIDDLE + 236, 540), (MIDDLE + 258, 800),
                       (MIDDLE + 270, 960), (MIDDLE + 184, 1064),
                       (MIDDLE + 92, 960), (MIDDLE + 104, 760), (MIDDLE + 118, 540),
                       (MIDDLE + 172, 478)])
    photo.lay(at(shoe), paint, relief=crumple(photo.rng, 180, 3), puff=1.5, shadow=0.5, reach=22,
              gloss=0.12)
    photo.lay(at(opening), solid((0.80, 0.71, 0.60)), puff=-1.2, shadow=0, dim=0.9)
    photo.lay(ribbon(at(opening), 13), solid(darker(colour, 0.18)), puff=0.5, shadow=0.3, reach=6)
    photo.flat([at(ellipse(MIDDLE + 172, 640, 34, 62))], (0.68, 0.59, 0.48), 0.7)
    x, y = MIDDLE + 182, 1078
    for s in (-1, 1):
        wing = outline([(x, y), (x + s * 52, y - 40), (x + s * 82, y - 10), (x + s * 60, y + 34),
                        (x, y)])
        photo.lay(at(wing), solid(bow), puff=0.8, shadow=0.4, reach=7)
    photo.lay(at(ellipse(x, y, 15, 17)), solid(bow), puff=0.8, shadow=0.4, reach=5)


def ballerinas(photo, paint, colour, bow=None):
    for right in (False, True):
        ballerina(photo, paint, colour, right, bow or darker(colour, 0.12))


def beanie(photo, paint, colour, pompom=None):
    dome = both_sides([(MIDDLE, 470), (MIDDLE + 170, 510), (MIDDLE + 280, 690),
                       (MIDDLE + 306, 960)], [(MIDDLE + 306, 960), (MIDDLE, 1010)])
    photo.wall_shadow([dome], 0.24)
    if pompom:
        tufts = ellipse(MIDDLE, 430, 118, 112)
        ragged = [(x + 7 * math.sin(i * 2.3), y + 7 * math.cos(i * 3.1)) for i,
                  (x, y) in enumerate(tufts)]
        photo.lay(ragged, solid(pompom), relief=crumple(photo.rng, 22, 10), puff=1.8, shadow=0.4)
    photo.lay(dome, paint, relief=together(rib_relief(30, 5.0), crumple(photo.rng, 160, 6)),
              puff=1.7, shadow=0.4)
    cuff = both_sides([(MIDDLE, 950), (MIDDLE + 170, 940), (MIDDLE + 312, 910)],
                      [(MIDDLE + 312, 910), (MIDDLE + 322, 1030), (MIDDLE + 308, 1130)],
                      [(MIDDLE + 308, 1130), (MIDDLE + 160, 1166), (MIDDLE, 1174)])
    photo.lay(cuff, solid(mix(colour, (0, 0, 0), 0.06)), relief=together(rib_relief(30, 5.5),
                                                                         crumple(photo.rng, 160,
                                                                                 4)), puff=1.5,
              shadow=0.5, reach=16)


def cap(photo, paint, colour, brim=None, badge=None):
    brim = brim or colour
    crown = both_sides([(MIDDLE, 560), (MIDDLE + 190, 604), (MIDDLE + 302, 780),
                        (MIDDLE + 320, 990)], [(MIDDLE + 320, 990), (MIDDLE, 960)])
    peak = both_sides([(MIDDLE, 930), (MIDDLE + 180, 940), (MIDDLE + 318, 986)],
                      [(MIDDLE + 318, 986), (MIDDLE + 356, 1100), (MIDDLE + 300, 1190)],
                      [(MIDDLE + 300, 1190), (MIDDLE + 160, 1150), (MIDDLE, 1136)])
    photo.wall_shadow([crown, peak], 0.24)
    part = photo.lay(crown, paint, relief=crumple(photo.rng, 200, 4), puff=1.9, shadow=0.4)
    for bend in (-1, 1):
        photo.seam([(MIDDLE + bend * 6, 566), (MIDDLE + bend * 116, 700), (MIDDLE + bend * 152,
                                                                           960)], part, 4, 0.3)
        photo.stitches([(MIDDLE + bend * 16, 570), (MIDDLE + bend * 128, 700), (MIDDLE + bend * 163,
                                                                                960)],
                       darker(colour), 0.45, part)
        photo.lay(ellipse(MIDDLE + bend * 208, 770, 10, 12), solid(darker(colour, 0.3)), puff=0.4,
                  shadow=0.2, reach=4)
    photo.lay(ellipse(MIDDLE, 562, 30, 17), solid(colour), puff=0.9, shadow=0.35, reach=6)
    if badge:
        photo.lay(ellipse(MIDDLE, 830, 82, 66), solid(badge), puff=0.5, shadow=0.3, reach=6)
        hill = outline([(MIDDLE - 58, 858), (MIDDLE - 16, 794), (MIDDLE + 10, 830)],
                       [(MIDDLE + 10, 830), (MIDDLE + 28, 812), (MIDDLE + 58, 858)])
        photo.flat([hill], colour, 0.95)
    front = photo.lay(peak, solid(brim), relief=crumple(photo.rng, 240, 4), puff=1.3, shadow=0.5,
                      reach=18)
    for d in (26, 52, 78, 104):
        photo.stitches([(MIDDLE - 320, 1180 - d), (MIDDLE - 160, 1150 - d), (MIDDLE, 1136 - d),
                        (MIDDLE + 160, 1150 - d),
                        (MIDDLE + 320, 1180 - d)], darker(brim), 0.5, front)


def straw_hat(photo, paint, colour, band):
    brim = ellipse(MIDDLE, 980, 480, 176)
    crown = both_sides([(MIDDLE, 560), (MIDDLE + 150, 576), (MIDDLE + 226, 680),
                        (MIDDLE + 268, 940)],
                       [(MIDDLE + 268, 940), (MIDDLE + 150, 1000), (MIDDLE, 1014)])
    photo.wall_shadow([brim], 0.28)

    def plaits(x, y):
        return 1.5 * abs(((x - MIDDLE) ** 2 / 7.5 + (y - 980) ** 2) ** 0.5 % 16 - 8)

    def rings(x, y):
        return 1.3 * abs((y + (x - MIDDLE) ** 2 / 1500) % 18 - 9)
    photo.lay(brim, paint, puff=1.3, shadow=0.4, relief=plaits)
    photo.lay(crown, paint, puff=1.8, shadow=0.5, reach=26, relief=rings)
    ring = both_sides([(MIDDLE, 926), (MIDDLE + 150, 912), (MIDDLE + 256, 856)],
                      [(MIDDLE + 256, 856), (MIDDLE + 270, 944)],
                      [(MIDDLE + 270, 944), (MIDDLE + 150, 1002), (MIDDLE, 1016)])
    photo.lay(ring, solid(band), puff=0.8, shadow=0.35, reach=8, relief=crumple(photo.rng, 90, 3))


def scarf(photo, paint, colour):
    """A scarf folded over once, fringes below."""
    left = outline([(360, 290), (640, 262)], [(640, 262), (690, 800), (600, 1400)],
                   [(600, 1400), (330, 1386)], [(330, 1386), (350, 800), (360, 290)])
    right = outline([(520, 270), (800, 300)], [(800, 300), (830, 800), (860, 1300)],
                    [(860, 1300), (600, 1326)], [(600, 1326), (560, 800), (520, 270)])
    photo.wall_shadow([left, right])
    for shape, frame, (x0, y0), (x1, y1) in ((left, (480, 300, 3), (334, 1380), (598, 1394)),
                                             (right, (660, 300, -4), (604, 1320), (856, 1294))):
        for i in range(22):
            x, y = x0 + (x1 - x0) * (i + 0.5) / 22, y0 + (y1 - y0) * (i + 0.5) / 22
            sway, end = photo.rng.uniform(-9, 9), photo.rng.uniform(92, 112)
            thread = spline([(x, y - 10), (x + sway, y + 50), (x + sway * 0.4, y + end)])
            photo.lay(ribbon(thread, 9), solid(darker(colour, 0.1)), puff=0.5, shadow=0.35, reach=5)
        middles = [x0 + (x1 - x0) * share for share in (0.3, 0.7)]
        drapes = [([(x, 400), (x + 20, 800), (x, 1250)], 60, 12) for x in middles]
        photo.lay(shape, paint, frame=frame, relief=together(crumple(photo.rng, 130, 6),
                                                             folds(drapes)), puff=1.3, shadow=0.5,
                  reach=20)
    fold = outline([(366, 300), (480, 246), (640, 236), (796, 306)], [(796, 306), (700, 362),
                                                                      (560, 372), (366, 300)])
    photo.lay(fold, paint, frame=(560, 300, 0), relief=crumple(photo.rng, 110, 6), puff=1.2,
              shadow=0.45, reach=14)


def socks(photo, paint, colour, heel):
    for dx, dy in ((-40, 0), (190, 90)):
        def at(points, dx=dx, dy=dy):
            return moved(points, dx, dy)
        shape = outline([(420, 330), (640, 330)], [(640, 330), (636, 700), (640, 900), (600, 1060),
                                                   (420, 1250), (290, 1330)],
                        [(290, 1330), (200, 1330), (170, 1240), (230, 1160)],
                        [(230, 1160), (370, 1020), (420, 860), (424, 600), (420, 330)])
        photo.wall_shadow([at(shape)], 0.14)
        creases = [(at([(430, 900), (500, 920), (580, 900)]), 34, 9),
                   (at([(400, 980), (480, 980), (560, 940)]), 30, 8)]
        part = photo.lay(at(shape), paint, relief=together(crumple(photo.rng, 150, 5),
                                                           folds(creases)), puff=1.2, shadow=0.45)
        photo.lay(at(ellipse(640, 1010, 96, 130, 24)), solid(heel), puff=0.3, shadow=0, clip=part)
        photo.lay(at(ellipse(210, 1270, 110, 120, 30)), solid(heel), puff=0.4, shadow=0, clip=part)
        photo.lay(at(outline([(412, 322), (530, 314), (648, 322)], [(648, 322), (642, 450)],
                             [(642, 450), (530, 458), (418, 450)], [(418, 450), (412, 322)])),
                  solid(colour), relief=rib_relief(14, 2.2), puff=0.9, shadow=0.35, reach=8)


def belt(photo, paint, colour, metal=(0.75, 0.75, 0.77)):
    """A belt rolled up once, buckle in front."""
    photo.wall_shadow([ribbon(ellipse(MIDDLE, 880, 380, 210), 90)])
    photo.lay(ribbon(ellipse(MIDDLE, 860, 380, 210), 74), paint, puff=0.9, shadow=0.4, gloss=0.12,
              dim=0.72)
    front = spline([(200, 880), (300, 1040), (583, 1110), (866, 1040), (966, 880)])
    part = photo.lay(ribbon(front, 86), paint, puff=0.9, shadow=0.45, gloss=0.14)
    for d in (-30, 30):
        photo.stitches([(x, y + d) for x, y in [(206, 880), (300, 1040), (583, 1110), (866, 1040),
                                                (960, 880)]],
                       mix(colour, (1, 1, 1), 0.3), 0.6, part)
    photo.lay([(500, 1040), (666, 1040), (666, 1184), (500, 1184)], solid(metal), puff=0.9,
              gloss=0.5, shadow=0.5, reach=10,
              holes=[[(526, 1066), (640, 1066), (640, 1158), (526, 1158)]])
    photo.lay(ribbon([(520, 1112), (652, 1112)], 15), solid(metal), puff=0.8, gloss=0.5, shadow=0.5,
              reach=6)
    for x in (720, 776, 832):
        button(photo, x, 1092 - (x - 700) * 0.22, 8, darker(colour, 0.6))
