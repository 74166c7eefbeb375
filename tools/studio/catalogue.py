# SPDX-License-Identifier: MIT
"""The sample catalogue as tables: what is for sale, in which colours, and how each photo is drawn.

Standard library only: the tables also serve `make_sample.py --check`, which must run everywhere.
"""

# name: code, perceived value, perceived master, the colour of the cloth
COLOURS = {
    "Grey": (7, "Medium", "Grey", "#8f9297"),
    "Dark Grey": (8, "Dark", "Grey", "#47494d"),
    "Black": (9, "Dark", "Black", "#1d1d1f"),
    "White": (10, "Light", "White", "#efefed"),
    "Off White": (11, "Dusty Light", "White", "#ebe5d6"),
    "Light Beige": (12, "Dusty Light", "Beige", "#dccdb0"),
    "Beige": (13, "Medium Dusty", "Beige", "#b79d76"),
    "Dark Beige": (14, "Medium Dusty", "Brown", "#7a4d2b"),
    "Greenish Khaki": (19, "Medium Dusty", "Khaki green", "#6a7350"),
    "Yellow": (22, "Bright", "Yellow", "#e8b93c"),
    "Dark Yellow": (23, "Medium Dusty", "Yellow", "#c08f34"),
    "Orange": (32, "Bright", "Orange", "#cf6f2a"),
    "Red": (42, "Bright", "Red", "#b5272f"),
    "Dark Red": (43, "Dark", "Red", "#7d2536"),
    "Light Pink": (51, "Dusty Light", "Pink", "#e6bcc0"),
    "Pink": (52, "Medium", "Pink", "#d4808f"),
    "Light Blue": (71, "Dusty Light", "Blue", "#a4c1d8"),
    "Blue": (72, "Medium", "Blue", "#42628c"),
    "Dark Blue": (73, "Dark", "Blue", "#20304f"),
    "Turquoise": (82, "Medium", "Turquoise", "#3f9a9c"),
    "Green": (92, "Medium", "Green", "#3c7a58"),
    "Dark Green": (93, "Dark", "Green", "#28493b"),
}
PERCEIVED_VALUES = {"Dusty Light": 1, "Medium Dusty": 2, "Light": 3, "Dark": 4, "Bright": 5,
                    "Medium": 7}
PERCEIVED_MASTERS = {"Blue": 2, "Orange": 3, "Pink": 4, "Black": 5, "Turquoise": 7, "Yellow": 8,
                     "White": 9, "Beige": 11,
                     "Grey": 12, "Brown": 13, "Red": 18, "Green": 19, "Khaki green": 20}
APPEARANCES = {"All over pattern": 1010001, "Check": 1010004, "Dot": 1010006,
               "Front print": 1010008, "Melange": 1010010,
               "Placement print": 1010014, "Solid": 1010016, "Stripe": 1010017, "Denim": 1010023}

UPPER, LOWER, FULL = "Garment Upper body", "Garment Lower body", "Garment Full body"
TYPES = {  # name: number, group
    "Bag": (66, "Accessories"), "Belt": (67, "Accessories"), "Scarf": (71, "Accessories"),
    "Hat/beanie": (72, "Accessories"), "Cap/peaked": (73, "Accessories"),
    "Hat/brim": (74, "Accessories"), "Ballerinas": (87, "Shoes"), "Boots": (88, "Shoes"),
    "Sneakers": (94, "Shoes"), "Cardigan": (245, UPPER), "Sweater": (252, UPPER),
    "Vest top": (253, UPPER), "Top": (254, UPPER), "T-shirt": (255, UPPER),
    "Polo shirt": (257, UPPER), "Shirt": (259, UPPER), "Jacket": (262, UPPER),
    "Dress": (265, FULL), "Trousers": (272, LOWER), "Shorts": (274, LOWER), "Skirt": (275, LOWER),
    "Socks": (302, "Socks & Tights"), "Hoodie": (308, UPPER),
}

LADIES, DIVIDED, MEN, SPORT = ((1, "Ladieswear"), (2, "Divided"), (3, "Menswear"), (26, "Sport"))
KIDS = (4, "Baby/Children")
INDEXES = {"A": ("Ladieswear", LADIES), "B": ("Lingeries/Tights", LADIES),
           "C": ("Ladies Accessories", LADIES), "D": ("Divided", DIVIDED),
           "F": ("Menswear", MEN), "H": ("Children Sizes 92-140", KIDS),
           "J": ("Children Accessories, Swimwear", KIDS),
           "S": ("Sport", SPORT)}

# key: department, index, section, garment group
LINES = {
    "men basics": ((1722, "Jersey Basic Men"), "F", (26, "Men Basics"), (1002, "Jersey Basic")),
    "men shirts": ((5848, "Shirts Casual"), "F", (25, "Men Casual"), (1011, "Shirts")),
    "men knitwear": ((5963, "Knitwear Men"), "F", (25, "Men Casual"), (1003, "Knitwear")),
    "men trousers": ((5686, "Trousers Casual"), "F", (25, "Men Casual"), (1009, "Trousers")),
    "men denim": ((5687, "Denim Men"), "F", (20, "Men Denim"), (1016, "Trousers Denim")),
    "men outdoor": ((5627, "Outdoor Men"), "F", (27, "Men Outerwear"), (1007, "Outdoor")),
    "men things": ((3529, "Accessories Men"), "F", (29, "Men Accessories"), (1019, "Accessories")),
    "men shoes": ((7389, "Shoes Men"), "F", (28, "Men Shoes"), (1020, "Shoes")),
    "ladies basics": ((1676, "Jersey Basic"), "A", (16, "Womens Everyday Basics"),
                      (1002, "Jersey Basic")),
    "ladies jersey": ((1643, "Jersey Fancy"), "A", (15, "Womens Everyday Collection"),
                      (1005, "Jersey Fancy")),
    "ladies knitwear": ((1626, "Knitwear"), "A", (15, "Womens Everyday Collection"),
                        (1003, "Knitwear")),
    "ladies dresses": ((1522, "Dress"), "A", (15, "Womens Everyday Collection"),
                       (1013, "Dresses Ladies")),
    "ladies skirts": ((1510, "Skirt"), "A", (11, "Womens Tailoring"), (1012, "Skirts")),
    "ladies denim": ((1747, "Trouser Denim"), "A", (19, "Womens Denim"), (1016, "Trousers Denim")),
    "ladies bags": ((3941, "Bags"), "C", (65, "Womens Big accessories"), (1019, "Accessories")),
    "ladies shoes": ((3527, "Ballerinas & Flats"), "C", (64, "Womens Shoes"), (1020, "Shoes")),
    "ladies things": ((3510, "Hats & Scarves"), "C", (66, "Womens Small accessories"),
                      (1019, "Accessories")),
    "ladies socks": ((3611, "Socks"), "B", (62, "Womens Nightwear, Socks & Tigh"),
                     (1021, "Socks and Tights")),
    "divided": ((1641, "Jersey Divided"), "D", (53, "Divided Collection"), (1005, "Jersey Fancy")),
    "divided skirts": ((1310, "Skirts Divided"), "D", (53, "Divided Collection"), (1012, "Skirts")),
    "kids": ((4312, "Kids Jersey Fancy"), "H", (46, "Kids Boy & Girl"), (1005, "Jersey Fancy")),
    "kids things": ((6541, "Kids Accessories"), "J", (43, "Kids Accessories, Swimwear & D"),
                    (1019, "Accessories")),
    "sport": ((8310, "Sport Bottoms"), "S", (5, "Ladies & Men Sport"), (1005, "Jersey Fancy")),
    "sport swim": ((8956, "Swimwear Men"), "S", (24, "Men Swimwear"), (1018, "Swimwear")),
}

# How a photo is stored: size, chroma sampling, progressive?, greyscale?
FORMATS = {
    "usual": ((1166, 1750), "4:2:0", False, False),
    "progressive": ((1166, 1750), "4:2:0", True, False),
    "sharp": ((1166, 1750), "4:4:4", False, False),
    "half": ((1166, 1750), "4:2:2", False, False),
    "grey": ((1166, 1750), "grey", False, True),
    "small": ((600, 900), "4:2:0", False, False),
    "odd": ((1165, 1749), "4:2:0", False, False),
    "square": ((1200, 1200), "4:2:0", False, False),
    "wide": ((1750, 1166), "4:2:0", True, False),
    "none": None,  # an article without a photo
}

NAVY, CHALK, CRIMSON, INK = "#20304f", "#efefed", "#b5272f", "#1d1d1f"
SUNSET = ("#f3c9a0", "#e8703a", "#7d6a92", "#36415f")
PETALS = ("#d96c7b", "#e9a05f", "#efe2d0", "#7f9a6a")
LEAVES = ("#3f6b4c", "#7f9a5a", "#2c4a3c")

# Product code, name, type, line, price in cents, style, description, variants.
# Variant: number, colour, appearance, how it is made (cloth, print, options of the style), format.
PRODUCTS = [
    ("0110065", "Crew-neck tee", "T-shirt", "men basics", 999, "tee",
     "T-shirt in soft cotton jersey with a round, rib-trimmed neckline.", [
         (1, "White", "Solid", {}, "usual"),
         (2, "Black", "Solid", {}, "usual"),
         (10, "Red", "Solid", {}, "usual"),
         (14, "Dark Green", "Solid", {}, "none")]),
    ("0126589", "Bretonne stripe tee", "T-shirt", "ladies jersey", 1299, "tee",
     "Striped T-shirt in cotton jersey, \"marinière\" style, with a contrasting neckline.", [
         (1, "White", "Stripe", {"cloth": ("stripes", NAVY, 64, 0.42), "trim": NAVY}, "usual"),
         (3, "White", "Stripe", {"cloth": ("stripes", CRIMSON, 64, 0.42), "trim": CRIMSON},
          "usual"),
         (7, "Dark Blue", "Stripe", {"cloth": ("stripes", CHALK, 84, 0.26)}, "progressive")]),
    ("0141661", "Summit tee", "T-shirt", "kids", 799, "tee",
     "T-shirt in printed cotton jersey:\nmountains and a low sun on the chest.", [
         (2, "Light Blue", "Front print", {"print": ("chest", "mountains", SUNSET)}, "usual"),
         (5, "Off White", "Front print", {"print": ("chest", "mountains", ("#bcd7dc", "#f0b440",
                                                                           "#5d8f8a", "#2c5152"))},
          "usual")]),
    ("0158340", "Kitty & Co tee", "T-shirt", "kids", 799, "tee",
     "T-shirt with a cat on the front. The cat wears glasses; the glasses are printed, too.", [
         (1, "Pink", "Front print", {"print": ("chest", "cat", ("#efefed", "#33353c"))}, "usual"),
         (4, "Yellow", "Front print", {"print": ("chest", "cat", ("#5a5f6b", "#22242a"))},
          "usual")]),
    ("0176209", "Slogan tee <oversized>", "T-shirt", "divided", 1499, "tee",
     "Wide T-shirt with dropped shoulders and one word on the chest.", [
         (2, "Black", "Front print", {"print": ("chest", "OCEAN", ("#f0ede4",)), "wide": 26},
          "usual"),
         (6, "White", "Front print", {"print": ("chest", "SOL", ("#cf4a32",)), "wide": 26},
          "sharp"),
         (9, "Grey", "Front print", {"print": ("chest", "TERRE", ("#20304f",)), "wide": 26},
          "none")]),
    ("0188183", "Rainbow tee", "T-shirt", "kids", 799, "tee",
     "T-shirt in cotton jersey with a large print: a rainbow between two clouds.", [
         (3, "Dark Blue", "Front print",
          {"print": ("chest", "rainbow", ("#cf4a44", "#e58a3a", "#ecc64a", "#5aa06a", "#4d86b8"))},
          "usual")]),
    ("0201219", "Tee, print at hem", "T-shirt", "ladies jersey", 1499, "tee",
     "Straight-cut T-shirt, plain above, with a printed border above the hem.", [
         (1, "White", "Placement print", {"print": ("hem", "flowers", PETALS, 1195, 3)}, "usual"),
         (4, "Light Beige", "Placement print", {"print": ("hem", "leaves", LEAVES, 1185, 2, 58)},
          "usual")]),
    ("0212629", "Dotty long-sleeved top", "Top", "ladies jersey", 1799, "tee",
     "Long-sleeved top in dotted jersey.", [
         (2, "Red", "Dot", {"cloth": ("dots", CHALK, 92, 17), "sleeve": "long"}, "usual")]),
    ("0224314", "Citron tee", "T-shirt", "ladies jersey", 1499, "tee",
     "Short T-shirt with an all-over print of lemons. Smells of nothing, despite rumours.", [
         (1, "Light Blue", "All over pattern", {"print": ("all", "lemons", ("#ecc83f", "#f2d65e"),
                                                          150, 42)}, "usual")]),
    ("0237347", "Piqué polo", "Polo shirt", "men basics", 1999, "polo",
     "Polo shirt in cotton piqué: ribbed collar, short button placket, 100 % coton.", [
         (1, "Green", "Solid", {}, "usual")]),
    ("0253448", "Rib vest", "Vest top", "ladies basics", 699, "vest",
     "Fitted vest top in ribbed jersey.", [
         (1, "Pink", "Solid", {}, "usual"),
         (4, "White", "Stripe", {"cloth": ("stripes", CRIMSON, 52, 0.3), "trim": CRIMSON}, "usual"),
         (8, "Black", "Solid", {}, "none")]),
    ("0279531", "Lambswool jumper", "Sweater", "men knitwear", 3999, "sweater",
     "Jumper in a soft knit, ribbed at neckline, cuffs and hem.", [
         (1, "Grey", "Melange", {"cloth": ("melange", 0.07)}, "usual"),
         (2, "Off White", "Solid", {"relief": "cables"}, "usual"),
         (6, "Dark Yellow", "Stripe", {"cloth": ("stripes", "#5b3b26", 150, 0.36)}, "usual")]),
    ("0300024", "Everyday hoodie", "Hoodie", "divided", 2999, "hoodie",
     "Hoodie in sweatshirt fabric with a kangaroo pocket and a drawstring hood.", [
         (1, "Light Beige", "Solid", {}, "usual"),
         (3, "Dark Green", "Solid", {"zipped": True}, "usual"),
         (7, "Grey", "Melange", {"cloth": ("melange", 0.06)}, "grey")]),
    ("0316657", "Flannel check shirt", "Shirt", "men shirts", 2499, "shirt",
     "Shirt in checked cotton flannel with a turn-down collar, an open chest pocket "
     "and long sleeves with buttoned cuffs.", [
         (1, "Light Blue", "Check", {"cloth": ("gingham", "#42628c", 88), "ground": CHALK},
          "usual"),
         (2, "Dark Red", "Check", {"cloth": ("tartan", ((0, 78, INK), (96, 12, "#d9c9a0"),
                                                        (60, 8, CHALK)), 230)}, "usual")]),
    ("0328617", "Poplin shirt", "Shirt", "men shirts", 1999, "shirt",
     "Shirt in crisp poplin, \"easy iron\", with a chest pocket.", [
         (1, "White", "Solid", {}, "half"),
         (4, "Blue", "Stripe", {"cloth": ("stripes", CHALK, 66, 0.3, True)}, "usual")]),
    ("0351484", "Grandpa cardigan", "Cardigan", "ladies knitwear", 2999, "cardigan",
     "V-neck cardigan, horn-look buttons. The sleeves end in long ribbed cuffs.", [
         (2, "Dark Yellow", "Solid", {}, "usual")]),
    ("0372860", "Padded jacket", "Jacket", "men outdoor", 5999, "jacket",
     "Padded jacket with a stand-up collar and a zip.\n- side pockets\n- ribbed cuffs and hem", [
         (1, "Black", "Solid", {"quilted": True}, "usual"),
         (5, "Orange", "Solid", {"quilted": True}, "usual")]),
    ("0399223", "Rockabella dress", "Dress", "ladies dresses", 3499, "dress",
     "Sleeveless dress with a seam at the waist and a flared, dotted skirt.", [
         (1, "Dark Blue", "Dot", {"cloth": ("dots", CHALK, 84, 13)}, "usual"),
         (2, "Red", "Dot", {"cloth": ("dots", CHALK, 104, 20)}, "usual")]),
    ("0421380", "Fleurie dress", "Dress", "ladies dresses", 3999, "dress",
     "Short-sleeved dress in crêpe with an all-over print of flowers: anémones, œillets & co.", [
         (1, "Black", "All over pattern", {"print": ("all", "flowers", PETALS, 140, 38),
                                           "sleeve": "short"}, "usual"),
         (3, "Off White", "All over pattern",
          {"print": ("all", "flowers", ("#5f83b4", "#d4808f", "#8fae80"), 140, 35),
           "sleeve": "short"}, "usual")]),
    ("0448509", "Belted jersey dress", "Dress", "ladies dresses", 2999, "dress",
     "Calf-length dress in jersey with a V-neck, long sleeves and a belt.", [
         (1, "Green", "Solid", {"sleeve": "long", "v_neck": True, "belt": "#5e3a20"}, "usual"),
         (2, "Dark Red", "Solid", {"sleeve": "long", "v_neck": True, "belt": INK}, "none")]),
    ("0463000", "Border print dress", "Dress", "ladies dresses", 3499, "dress",
     "Airy dress; a meadow grows along its hem.", [
         (1, "Light Blue", "Placement print", {"print": ("hem", "flowers", PETALS, 1505, 3),
                                               "neck": (150, 120)}, "usual")]),
    ("0479604", "Slim jeans", "Trousers", "ladies denim", 2999, "trousers",
     "5-pocket jeans in washed stretch denim, slim legs, zip fly and button.", [
         (1, "Blue", "Denim", {"cloth": ("denim", 0.30), "kind": "jeans", "thread": "#c98b45"},
          "usual"),
         (2, "Black", "Denim", {"cloth": ("denim", 0.05), "kind": "jeans", "thread": "#6d6d70"},
          "usual"),
         (5, "Light Blue", "Denim", {"cloth": ("denim", 0.35), "kind": "jeans",
                                     "thread": "#c9a06a"}, "usual")]),
    ("0501616", "Cotton chinos", "Trousers", "men trousers", 2499, "trousers",
     "Chinos in cotton twill: side pockets, welt back pockets, regular waist.", [
         (1, "Beige", "Solid", {"kind": "chino", "knee": 118, "cuff": 98}, "usual"),
         (2, "Dark Blue", "Solid", {"kind": "chino", "knee": 118, "cuff": 98}, "odd")]),
    ("0520736", "Track joggers", "Trousers", "sport", 2499, "trousers",
     "Joggers with an elasticated, drawstring waist and stripes down the legs.", [
         (1, "Black", "Solid", {"kind": "jogger", "side_stripe": CHALK, "bottom": 1540}, "usual"),
         (2, "Grey", "Melange", {"cloth": ("melange", 0.07), "kind": "jogger", "bottom": 1540},
          "none")]),
    ("0539723", "Swim shorts", "Shorts", "sport swim", 1499, "trousers",
     "Knee-length swim shorts, elastic waist.", [
         (1, "Turquoise", "All over pattern", {"print": ("all", "leaves", ("#dfe8d8", "#1f5f66"),
                                                         135, 40), "kind": "shorts",
                                              "bottom": 980, "cuff": 134, "knee": 132, "down": 270,
                                               "zoom": 1.1}, "usual")]),
    ("0554450", "Flared skirt", "Skirt", "ladies skirts", 2499, "skirt",
     "Calf-length skirt that falls in soft folds.", [
         (1, "Dark Red", "Solid", {}, "usual"),
         (2, "Black", "Dot", {"cloth": ("dots", CHALK, 88, 13)}, "usual")]),
    ("0572998", "Kilt, pleated", "Skirt", "divided skirts", 1999, "skirt",
     "Short pleated skirt in a checked weave.", [
         (1, "Red", "Check", {"cloth": ("tartan", ((0, 70, NAVY), (95, 14, CHALK),
                                                   (60, 10, "#d0a030")), 190), "pleated": True,
                              "bottom": 1130, "hem": 430, "down": 120}, "usual"),
         (2, "Grey", "Check", {"cloth": ("tartan", ((0, 60, INK), (95, 40, CHALK)), 130),
                               "pleated": True, "bottom": 1130, "hem": 430,
                               "down": 120}, "usual")]),
    ("0590928", "Market tote", "Bag", "ladies bags", 1999, "tote",
     "Large tote in sturdy canvas, 38 × 40 cm, two handles. Holds a week "
     "of vegetables, \"or a cello\" (not tested).", [
         (1, "Light Beige", "Solid", {"handles": "#7a4d2b"}, "usual"),
         (2, "Off White", "Stripe", {"cloth": ("stripes", NAVY, 110, 0.4), "handles": NAVY},
          "usual")]),
    ("0608776", "Flap shoulder bag", "Bag", "ladies bags", 2499, "shoulder_bag",
     "Small shoulder bag with a flap and a turn lock.", [
         (1, "Black", "Solid", {}, "usual"),
         (3, "Red", "Solid", {}, "usual")]),
    ("0627759", "Backpack, 20 l", "Bag", "men things", 2999, "backpack",
     "Backpack with padded straps, one large compartment and a zipped front pocket.", [
         (1, "Dark Blue", "Solid", {}, "usual"),
         (2, "Greenish Khaki", "Solid", {}, "square")]),
    ("0644276", "Court sneakers", "Sneakers", "men shoes", 3499, "sneakers",
     "High-cut sneakers with contrasting details, laces and a thick sole.", [
         (1, "White", "Solid", {"accent": "#3c7a58"}, "usual"),
         (2, "Black", "Solid", {"accent": "#c9c9c9"}, "wide")]),
    ("0662888", "Chelsea boots", "Boots", "men shoes", 4999, "boots",
     "Ankle boots with elastic gores and a loop at the back.", [
         (1, "Dark Beige", "Solid", {}, "usual"),
         (2, "Black", "Solid", {}, "progressive")]),
    ("0680265", "Ballet pumps", "Ballerinas", "ladies shoes", 1499, "ballerinas",
     "Ballet pumps with a small bow.", [
         (1, "Red", "Solid", {}, "usual"),
         (4, "Black", "Dot", {"cloth": ("dots", CHALK, 44, 7)}, "usual")]),
    ("0697564", "Pom beanie", "Hat/beanie", "kids things", 899, "beanie",
     "Rib-knit hat, turned up at the edge.", [
         (1, "Orange", "Solid", {"pompom": CHALK}, "usual"),
         (2, "Dark Grey", "Solid", {}, "small")]),
    ("0714790", "Twill cap", "Cap/peaked", "men things", 999, "cap",
     "Cap with an embroidered badge and an adjustable strap.", [
         (1, "Dark Blue", "Solid", {"badge": CHALK}, "usual")]),
    ("0733749", "Straw hat", "Hat/brim", "ladies things", 1499, "straw_hat",
     "", [
         (1, "Light Beige", "Solid", {"cloth": ("straw",), "ground": "#d8bd86", "band": INK},
          "usual")]),
    ("0750330", "Wide check scarf", "Scarf", "ladies things", 1999, "scarf",
     "Woven scarf with fringes along the short sides, 70 × 200 cm.", [
         (1, "Light Beige", "Check", {"cloth": ("tartan", ((0, 70, INK), (95, 14, CHALK),
                                                           (60, 10, CRIMSON)), 190)}, "usual"),
         (2, "Blue", "Check", {"cloth": ("tartan", ((0, 70, NAVY), (95, 14, CHALK),
                                                    (60, 10, "#e0c060")), 190)}, "none")]),
    ("0768912", "Sailor socks, 1 pair", "Socks", "ladies socks", 399, "socks",
     "Fine-knit socks in a cotton blend; heel and toe in another colour.", [
         (1, "White", "Stripe", {"cloth": ("stripes", NAVY, 60, 0.4), "heel": CRIMSON}, "usual")]),
    ("0787049", "Leather belt", "Belt", "men things", 1499, "belt",
     "Belt in leather with a metal buckle. Width 3 cm.", [
         (1, "Dark Beige", "Solid", {}, "usual")]),
]

ARTICLE_COLUMNS = """
    article_id product_code prod_name product_type_no product_type_name product_group_name
    graphical_appearance_no graphical_appearance_name colour_group_code colour_group_name
    perceived_colour_value_id perceived_colour_value_name perceived_colour_master_id
    perceived_colour_master_name department_no department_name index_code index_name index_group_no
    index_group_name section_no section_name garment_group_no garment_group_name detail_desc
""".split()


def articles():
    """Every (product, variant, article_id), in the order of the ids."""
    for product in PRODUCTS:
        for variant in product[7]:
            yield product, variant, f"{product[0]}{variant[0]:03d}"


def article_row(product, variant, article_id):
    code, name, kind, line, _, _, text, _ = product
    _, colour, appearance, _, _ = variant
    department, index, section, garment = LINES[line]
    index_name, group = INDEXES[index]
    colour_code, value, master, _ = COLOURS[colour]
    return [article_id, code, name, TYPES[kind][0], kind, TYPES[kind][1], APPEARANCES[appearance],
            appearance, colour_code, colour,
            PERCEIVED_VALUES[value], value, PERCEIVED_MASTERS[master], master, *department, index,
            index_name, *group, *section,
            *garment, text]


def photo_path(article_id):
    return f"images/{article_id[:3]}/{article_id}.jpg"
