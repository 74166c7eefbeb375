# SPDX-License-Identifier: MIT
"""Garments from the waist down, and dresses: skirts, trousers, jeans, shorts."""
import numpy as np

from .canvas import (MIDDLE, both_sides, crumple, ellipse, flip, folds, outline, ribbon, spline,
                     together)
from .fabric import mix, rib_relief, solid
from .tops import Upper, button


def drape(rng, levels, count=5.0, height=13.0):
    """Relief of hanging cloth: folds that start at nothing and deepen down to the hem.

    levels: (y, half width) pairs from the waist down; the folds spread as the width does.
    """
    ys, widths = zip(*levels)
    phases = rng.uniform(0, 6.28, 3)

    def relief(x, y):
        u = (x - MIDDLE) / np.interp(y, ys, widths)
        deep = np.clip((y - ys[0]) / (ys[-1] - ys[0]), 0, 1) ** 0.7
        wave = (np.sin(3.14 * count * u + phases[0] + 0.7 * np.sin(2 * u + phases[1]))
                + 0.45 * np.sin(3.14 * count * 1.83 * u + phases[1])
                + 0.25 * np.sin(3.14 * count * 3.1 * u + phases[2]))
        return (height * deep * wave).astype(np.float32)
    return relief


def pleats(levels, count=13, height=26.0):
    """Relief of pressed pleats: each rises slowly and drops at once."""
    ys, widths = zip(*levels)

    def relief(x, y):
        u = (x - MIDDLE) / np.interp(y, ys, widths)
        phase = np.mod(u * count / 2, 1)
        return height * np.minimum(phase, (1 - phase) * 7) * np.clip((y - ys[0]) / 250 + 0.45, 0, 1)
    return relief


def flare(top, bottom, waist, hem, curve=1.0):
    """Right edge and hem line of a skirt."""
    middle = (top + bottom) / 2
    side = [(MIDDLE + waist, top), (MIDDLE + waist + (hem - waist) * 0.5 * curve, middle),
            (MIDDLE + hem, bottom - 26)]
    edge = [(MIDDLE + hem, bottom - 26), (MIDDLE + hem * 0.5, bottom - 3), (MIDDLE, bottom + 2)]
    return side, edge


def hem_stitches(photo, edge, colour, part, up=24):
    line = [(x, y - up) for x, y in edge]
    photo.stitches(line + flip(line)[1:], mix(colour, (0, 0, 0), 0.42), 0.45, part)


def skirt(photo, paint, colour, *, top=330, bottom=1400, waist=215, hem=400, curve=1.0,
          pleated=False, buttons=None,
          band=None, folds_count=5.0):
    side, edge = flare(top, bottom, waist, hem, curve)
    shape = both_sides([(MIDDLE, top - 6), (MIDDLE + waist, top)], side, edge)
    photo.wall_shadow([shape])
    photo.lay(both_sides([(MIDDLE, top - 58), (MIDDLE + waist - 14, top - 44)],
                         [(MIDDLE + waist - 14, top - 44), (MIDDLE + waist - 6, top)],
                         [(MIDDLE, top)]), paint, dim=0.6, puff=-0.3, shadow=0.1)
    levels = [(top, waist), ((top + bottom) / 2, waist + (hem - waist) * 0.5 * curve),
              (bottom, hem)]
    fall = pleats(levels) if pleated else drape(photo.rng, levels, folds_count)
    part = photo.lay(shape, paint, relief=together(fall, crumple(photo.rng, 170, 3)), puff=1.1,
                     shadow=0.4)
    hem_stitches(photo, edge, colour, part)
    belt = both_sides([(MIDDLE, top - 30), (MIDDLE + waist - 4, top - 38)],
                      [(MIDDLE + waist - 4, top - 38), (MIDDLE + waist + 6, top + 34)],
                      [(MIDDLE + waist + 6, top + 34), (MIDDLE + waist * 0.5, top + 44),
                       (MIDDLE, top + 46)])
    photo.lay(belt, band or paint, puff=0.7, shadow=0.35, reach=9, relief=crumple(photo.rng, 90, 2))
    if buttons:
        photo.seam([(MIDDLE - 34, top + 46), (MIDDLE - 36, bottom)], part, 3)
        for i in range(7):
            button(photo, MIDDLE, top + 8 + i * (bottom - top - 120) / 6, 15, buttons)


def dress(photo, paint, colour, *, sleeve=None, waist=820, bottom=1600, hem=400, neck=(130, 150),
          v_neck=False,
          skirt_paint=None, belt=None, collar=None, count=5.0):
    """A bodice and a flared skirt that meet at the waist."""
    body = Upper(photo, paint, colour, sleeve=sleeve, neck=neck, v_neck=v_neck, bottom=waist + 20,
                 trim=collar)
    edge, armhole = body.edge, body.armhole
    if not sleeve:
        armhole = [(MIDDLE + neck[0] + 88, 326), (MIDDLE + neck[0] + 82, 450), (846, 580)]
    fit = [armhole[-1], (830, 690), (MIDDLE + 208, waist + 16)]
    body.body = both_sides(edge, [edge[-1], armhole[0]], armhole, fit,
                           [(MIDDLE + 208, waist + 16), (MIDDLE + 100, waist + 26),
                            (MIDDLE, waist + 30)])
    body.armhole = armhole
    side, low = flare(waist, bottom, 212, hem, 1.08)
    whole = both_sides([(MIDDLE, waist - 4), (MIDDLE + 212, waist)], side, low)
    body.wall(whole)
    body.back()
    if sleeve:
        body.sleeves()
    levels = [(waist - 30, 212), ((waist + bottom) / 2, 212 + (hem - 212) * 0.54), (bottom, hem)]
    fall = together(drape(photo.rng, levels, count), crumple(photo.rng, 170, 3))
    part = photo.lay(whole, skirt_paint or paint, relief=fall, puff=1.1, shadow=0.4)
    hem_stitches(photo, low, colour, part)
    creases = [([(MIDDLE + s * 250, 590 + d), (MIDDLE + s * 190, 640 + d), (MIDDLE + s * 90,
                                                                            700 + d)], 34, 9)
               for s in (-1, 1) for d in (0, 60)]
    body.part = photo.lay(body.body, paint, relief=body.cloth(creases), puff=1.1, shadow=0.3)
    finish_bodice(photo, body, sleeve, belt, waist)


def finish_bodice(photo, body, sleeve, belt, waist):
    if sleeve:
        body.shoulder_seams()
        for line in (body.armhole, flip(body.armhole)):
            photo.seam(line, body.part, 3.2, 0.25)
    else:
        for line in (body.armhole, flip(body.armhole)):
            photo.lay(ribbon(spline(line), 13), solid(body.trim), puff=0.35, shadow=0.2, reach=4,
                      clip=body.part)
    body.collar_rib(18, stitched=False)
    line = both_sides([(MIDDLE, waist + 4), (MIDDLE + 110, waist), (MIDDLE + 214, waist - 10)],
                      [(MIDDLE + 214, waist - 10), (MIDDLE + 214, waist + 36)],
                      [(MIDDLE + 214, waist + 36), (MIDDLE + 110, waist + 46),
                       (MIDDLE, waist + 50)])
    if belt:
        photo.lay(line, solid(belt), puff=0.7, shadow=0.4, reach=9)
        photo.lay([(MIDDLE - 36, waist - 6), (MIDDLE + 36, waist - 6), (MIDDLE + 36, waist + 60),
                   (MIDDLE - 36, waist + 60)],
                  solid((0.78, 0.66, 0.38)), holes=[[(MIDDLE - 22, waist + 9),
                                                     (MIDDLE + 22, waist + 9),
                                                     (MIDDLE + 22, waist + 45),
                                                    (MIDDLE - 22, waist + 45)]], puff=0.7,
                  gloss=0.4, shadow=0.5, reach=6)
    else:
        photo.seam([(MIDDLE - 214, waist + 14), (MIDDLE, waist + 28), (MIDDLE + 214, waist + 14)],
                   None, 4, 0.25)


def leg_creases(rng, bottom, knee):
    out = []
    for s in (-1, 1):
        for _ in range(3):
            x = MIDDLE + s * rng.uniform(20, 60)
            out.append(([(x, 560 + rng.uniform(-30, 60)), (x + s * 80, 570 + rng.uniform(0, 70)),
                         (x + s * 170, 560 + rng.uniform(-50, 50))], rng.uniform(24, 40),
                        rng.uniform(4, 8)))
        for _ in range(5 if bottom > 1200 else 1):
            x, y = MIDDLE + s * rng.uniform(50, 100), knee + rng.uniform(-140, 150)
            out.append(([(x, y), (x + s * 70, y + rng.uniform(-26, 26)),
                         (x + s * 140, y + rng.uniform(-40, 40))],
                        rng.uniform(24, 40), rng.uniform(6, 10)))
        for _ in range(4 if bottom > 1200 else 0):
            x, y = MIDDLE + s * rng.uniform(75, 110), bottom - rng.uniform(60, 260)
            out.append(([(x, y), (x + s * 60, y + rng.uniform(8, 34)),
                         (x + s * 125, y + rng.uniform(-20, 20))],
                        rng.uniform(22, 36), rng.uniform(6, 11)))
    return out


def leg(top, bottom, hip, knee, cuff, crotch):
    """Right leg with its half of the hips."""
    inner, outer = hem_ends(bottom, cuff)
    middle = (crotch + bottom) / 2
    bend = MIDDLE + 0.5 * (inner - MIDDLE) + 4
    return outline([(MIDDLE, top), (MIDDLE + 214, top - 6)],
                   [(MIDDLE + 214, top - 6), (MIDDLE + hip - 4, crotch - 160), (MIDDLE + hip + 2,
                                                                                crotch + 20),
                    (bend + 2 * knee, middle), (outer, bottom)],
                   [(outer, bottom), ((inner + outer) / 2, bottom + 10), (inner, bottom)],
                   [(inner, bottom), (bend, middle), (MIDDLE + 2, crotch)])


def hem_ends(bottom, cuff):
    """Inner and outer end of the right leg's hem."""
    inner = MIDDLE + (14 if bottom < 1200 else 62)
    return inner, inner + 2 * cuff


def trousers(photo, paint, colour, *, kind="chino", bottom=1610, knee=112, cuff=84, thread=None,
             side_stripe=None):
    """kind: jeans, chino, jogger or shorts, by their pockets, waist and hems."""
    top, hip, crotch = 240, 272, 690
    right = leg(top, bottom, hip, knee, cuff, crotch)
    photo.wall_shadow([right, flip(right)])
    thread = thread or mix(colour, (0, 0, 0), 0.42)
    photo.lay(both_sides([(MIDDLE, 176), (MIDDLE + 198, 190)], [(MIDDLE + 198, 190),
                                                                (MIDDLE + 206, 250)],
                         [(MIDDLE, 262)]),
              paint, dim=0.55, puff=-0.4, shadow=0.1)
    relief = together(crumple(photo.rng, 140, 4.5), folds(leg_creases(photo.rng, bottom,
                                                                      (crotch + bottom) / 2)))
    for shape in (flip(right), right):
        part = photo.lay(shape, paint, relief=relief, puff=1.25, shadow=0.42, reach=16)
        leg_details(photo, part, shape is right, bottom, crotch, kind, thread, side_stripe,
                    (hip, knee, cuff))
    photo.seam([(MIDDLE, top + 20), (MIDDLE + 2, crotch - 60), (MIDDLE, crotch)], None, 4, 0.3)
    waistband(photo, paint, colour, kind, thread)
    if kind in ("jeans", "chino"):
        fly = [(MIDDLE + 52, 272), (MIDDLE + 50, 430), (MIDDLE + 34, 490), (MIDDLE + 4, 520)]
        photo.stitches(fly, thread, 0.8, None, 3.2)
    if kind == "jogger":
        for s in (1, -1):
            x = MIDDLE + s * (62 + cuff)
            photo.lay([(x - cuff + 4, bottom - 14), (x + cuff - 4, bottom - 14), (x + cuff - 16,
                                                                                  bottom + 74),
                       (x - cuff + 16, bottom + 74)],
                      solid(colour), relief=rib_relief(12, 1.8), puff=0.8, shadow=0.35, reach=9)


def leg_details(photo, part, right, bottom, crotch, kind, thread, side_stripe, size):
    hip, knee, cuff = size

    def side(line):
        return line if right else flip(line)
    middle = (crotch + bottom) / 2
    if side_stripe:
        x = hem_ends(bottom, cuff)[1]
        for d in (12, 40):
            photo.stroke(spline(side([(MIDDLE + 206 - d, 240), (MIDDLE + hip - 4 - d, crotch - 130),
                                      (MIDDLE + hip - 8 - d, crotch + 60),
                                      (MIDDLE + 35 + 2 * knee - d, middle),
                                      (x - d * 0.8, bottom)])), 13, side_stripe, 0.95, part)
    curve = [(MIDDLE + 150, 262), (MIDDLE + 166, 350), (MIDDLE + 268, 400)]
    if kind in ("jogger", "chino", "shorts"):
        curve = [(MIDDLE + 176, 262), (MIDDLE + 222, 380), (MIDDLE + 258, 480)]
    photo.seam(side(curve), part, 4.5, 0.35)
    for d in ((9, 17) if kind == "jeans" else (9,)):
        photo.stitches(side([(x - 2, y + d) for x, y in curve]), thread, 0.8, part, 3.0)
    if kind == "jogger":
        return
    x0, x1 = hem_ends(bottom, cuff)
    for d in (26, 32) if kind == "jeans" else (34,):
        photo.stitches(side([(x0, bottom - d), ((x0 + x1) / 2, bottom + 8 - d), (x1, bottom - d)]),
                       thread, 0.75, part, 3.0)


def waistband(photo, paint, colour, kind, thread):
    shape = both_sides([(MIDDLE, 214), (MIDDLE + 120, 208), (MIDDLE + 212, 196)],
                       [(MIDDLE + 212, 196), (MIDDLE + 220, 260)],
                       [(MIDDLE + 220, 260), (MIDDLE + 120, 274), (MIDDLE, 280)])
    soft = kind in ("jogger", "shorts")
    part = photo.lay(shape, solid(colour) if soft else paint, relief=rib_relief(16, 2.4) if soft
                     else crumple(photo.rng, 80, 2),
                     puff=0.75, shadow=0.35, reach=10)
    if soft:
        for s in (1, -1):
            photo.lay(ribbon(spline([(MIDDLE + s * 18, 250), (MIDDLE + s * 34, 330),
                                     (MIDDLE + s * 26, 430)]), 11),
                      solid((0.92, 0.92, 0.9)), puff=0.5, shadow=0.4, reach=7)
        return
    for d in (10, 58):
        photo.stitches([(MIDDLE - 212, 196 + d), (MIDDLE, 214 + d), (MIDDLE + 212, 196 + d)],
                       thread, 0.8, part, 3.0)
    for x in (-150, -84, 84, 150):
        y = 206 - abs(x) * 0.03
        photo.lay([(MIDDLE + x - 9, y), (MIDDLE + x + 9, y), (MIDDLE + x + 10, y + 74),
                   (MIDDLE + x - 8, y + 74)], paint,
                  puff=0.4, shadow=0.4, reach=6)
    if kind == "jeans":
        button(photo, MIDDLE + 4, 246, 15, (0.66, 0.50, 0.34))
        for s in (1, -1):
            for x, y in ((150, 288), (226, 396)):
                photo.lay(ellipse(MIDDLE + s * x, y, 6, 6), solid((0.70, 0.53, 0.36)), puff=0.5,
                          shadow=0.4, reach=4)
    else:
        button(photo, MIDDLE + 4, 246, 13, mix(colour, (0, 0, 0), 0.35))
