# SPDX-License-Identifier: MIT
"""From a row of the catalogue to a picture: chooses cloth, print and style, then draws it."""
import zlib

import numpy as np

from . import bottoms, fabric, prints, things, tops
from .canvas import BOARD, MIDDLE, Photo
from .catalogue import COLOURS, FORMATS
from .fabric import rgb

STYLES = {"tee": tops.tee, "polo": tops.polo, "vest": tops.vest, "sweater": tops.sweater,
          "shirt": tops.shirt, "hoodie": tops.hoodie,
          "cardigan": tops.cardigan, "jacket": tops.jacket, "dress": bottoms.dress,
          "skirt": bottoms.skirt,
          "trousers": bottoms.trousers, "tote": things.tote, "shoulder_bag": things.shoulder_bag,
          "backpack": things.backpack,
          "sneakers": things.sneakers, "boots": things.boots, "ballerinas": things.ballerinas,
          "beanie": things.beanie,
          "cap": things.cap, "straw_hat": things.straw_hat, "scarf": things.scarf,
          "socks": things.socks, "belt": things.belt}
FRAMING = {"tee": (95, 1.08), "polo": (75, 1.08), "vest": (20, 1.1), "jacket": (20, 1.0),
           "cardigan": (20, 1.0), "sweater": (30, 1.0)}
CLOTHS = {"stripes": fabric.stripes, "dots": fabric.dots, "gingham": fabric.gingham,
          "tartan": fabric.tartan, "denim": fabric.denim,
          "melange": fabric.melange, "straw": fabric.straw}


def coloured(value):
    """The tables' '#rrggbb' as floats, inside tuples too."""
    if isinstance(value, str) and value.startswith("#"):
        return rgb(value)
    return tuple(coloured(v) for v in value) if isinstance(value, tuple) else value


def cloth(ground, recipe):
    if recipe is None:
        return fabric.solid(ground)
    name, *settings = recipe
    return CLOTHS[name](ground, *coloured(tuple(settings)))


def printed(rng, paint, recipe):
    where, kind, colours, *settings = recipe
    colours = coloured(tuple(colours))
    if where == "chest":
        return prints.chest(kind, colours).on(paint)
    if where == "hem":
        return prints.border(rng, kind, colours, *settings).on(paint)
    return prints.scatter(rng, kind, colours, *settings).on(paint)


def view_of(size):
    """The window of the board that suits the shape of the photo; wide photos show more backdrop."""
    width, height = size
    shape = height / width
    if shape > 1.4:
        return (0, 0, *BOARD)
    tall = 1520 if shape > 0.9 else 1180
    wide = tall / shape
    return (MIDDLE - wide / 2, 880 - tall / 2, MIDDLE + wide / 2, 880 + tall / 2)


def draw(product, variant, article_id, scale=1.0):
    """The finished picture; scale < 1 for a quick look."""
    style = STYLES[product[5]]
    _, colour, _, recipe, form = variant
    size = FORMATS[form][0]
    rng = np.random.default_rng(zlib.crc32(article_id.encode()))
    options = {k: coloured(v) for k, v in recipe.items() if k not in ("cloth", "print", "ground",
                                                                      "down", "zoom")}
    base = rgb(COLOURS[colour][3])
    paint = cloth(rgb(recipe["ground"]) if "ground" in recipe else base, recipe.get("cloth"))
    if "print" in recipe:
        paint = printed(rng, paint, recipe["print"])
    if options.get("relief") == "cables":
        options["relief"] = fabric.cable_relief((MIDDLE - 150, MIDDLE, MIDDLE + 150))
    down, zoom = FRAMING.get(product[5], (0, 1.0))
    tone = rng.uniform(0.905, 0.93)
    photo = Photo(rng, size=(round(size[0] * scale), round(size[1] * scale)), view=view_of(size),
                  backdrop=(tone, tone, tone + rng.uniform(-0.004, 0.008)), down=recipe.get("down",
                                                                                            down),
                  zoom=recipe.get("zoom", zoom))
    style(photo, paint, base, **options)
    return photo.image()
