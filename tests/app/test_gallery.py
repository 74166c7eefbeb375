# SPDX-License-Identifier: MIT
"""hmrec gallery: the page's structure, names that try to break out of it, the lot, missing photos, thumbnails beside the page."""
import base64
import html.parser
import os
import re
import shutil

import cli
import stores

VOID = {"meta", "link", "img", "input", "rect", "br"}
PHOTO = re.compile("data:image/jpeg;base64,[A-Za-z0-9+/]+=*")
HOSTILE = "</script><img src=x onerror=alert(1)> \"'&amp; Ünï 文字 \x01"


class Tree(html.parser.HTMLParser):
    """Elements as (tag, attributes, text), and that they are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.errors, self.text = [], [], [], []
        self.feed(text)
        self.close()
        self.errors += ["not closed: " + tag for tag, _ in self.open]

    def handle_starttag(self, tag, attrs):
        names = [n for n, _ in attrs]
        self.errors += ["twice: " + n for n in names if names.count(n) > 1]
        element = {"tag": tag, "text": "", **dict(attrs)}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append((tag, element))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open[-1][0] != tag:
            self.errors.append("closed out of order: " + tag)
        else:
            self.open.pop()

    def handle_data(self, data):
        for _, element in self.open:
            element["text"] += data

    def all(self, tag, **attributes):
        return [e for e in self.elements if e["tag"] == tag and all(e.get(k.rstrip("_")) == v for k, v in attributes.items())]


class Gallery(cli.Case):
    def setUp(self):
        super().setUp()
        photos = []
        for folder, _, names in sorted(os.walk(os.path.join(cli.SAMPLE, "images"))):
            photos += [os.path.join(folder, n) for n in sorted(names)]
        self.codes = ["%010d" % (108775015 + i) for i in range(24)]
        self.missing = {4, 9, *range(12, 24)}
        for i, code in enumerate(self.codes):
            folder = self.path("images", code[:3]) if i % 3 else self.path("images", "other", "deep")
            if i in self.missing:
                continue
            os.makedirs(folder, exist_ok=True)
            shutil.copy(photos[i % 12], os.path.join(folder, code + ".jpg"))
        self.photo = photos[0]
        self.vectors = {code: {i: 3, i + 1: 2, i + 2: 1, 99: 1} for i, code in enumerate(self.codes)}
        self.names = {code: {"name": f"Thing {i}", "type": f"Type {i % 7}", "department": f"Department {i % 4}", "colour": "Black"}
                      for i, code in enumerate(self.codes)}
        self.names[self.codes[5]]["name"] = HOSTILE
        self.names[self.codes[6]].update(type=HOSTILE, department=HOSTILE)
        self.names[self.codes[7]] = {}
        self.names[self.codes[8]]["name"] = "Long " * 60
        stores.make(self.path("hmrec.db"), self.vectors, self.names)

    def gallery(self, *args, code=0, out="out"):
        result = self.hmrec("gallery", "--images", "images", "-o", out, *args, code=code)
        with open(self.path(out, "index.html"), encoding="utf-8") as page:
            text = page.read()
        tree = Tree(PHOTO.sub("data:image/jpeg;base64,x", text))  # the parser is slow on long attributes
        self.assertEqual(tree.errors, [])
        ids = [e["id"] for e in tree.elements if "id" in e]
        self.assertEqual(len(ids), len(set(ids)))
        for link in tree.all("a"):
            if link["href"].startswith("#"):
                self.assertIn(link["href"][1:], ids)
            else:
                self.assertTrue(os.path.isfile(self.path(out, link["href"])), link["href"])
        return result, text, tree

    def products(self, tree):
        return [a["id"][2:] for a in tree.all("article")]

    def test_structure(self):
        _, text, tree = self.gallery(*self.codes, "--no-sheets")
        self.assertEqual(self.products(tree), self.codes)
        for tag, n in (("header", 1), ("main", 1), ("footer", 1), ("h1", 1), ("h2", 24), ("ol", 24), ("nav", 1), ("form", 1), ("title", 1)):
            self.assertEqual(len(tree.all(tag)), n, tag)
        self.assertEqual(tree.all("html")[0]["lang"], "en")
        self.assertEqual(tree.all("a", class_="skip")[0]["href"], "#products")
        pictures = tree.all("img")
        for picture in pictures:
            self.assertTrue(picture["alt"])
            self.assertEqual(picture["src"], "data:image/jpeg;base64,x")
        photos = PHOTO.findall(text)
        self.assertEqual(len(photos), len(pictures))
        for photo in photos:
            self.assertEqual(base64.b64decode(photo.split(",")[1], validate=True)[:2], b"\xff\xd8")
        missing = [e for e in tree.all("div", role="img")]
        self.assertEqual(len(pictures) + len(missing), 24 * 11)
        self.assertEqual({e["aria-label"] for e in missing}, {f"No photo of Thing {i}" for i in self.missing})
        for field in tree.all("select") + tree.all("input"):
            self.assertIn(field["id"], [label["for"] for label in tree.all("label")])
        scores = [float(e["text"]) for e in tree.all("span", class_="score")]
        self.assertEqual(len(scores), 240)
        for i in range(0, 240, 10):
            self.assertEqual(scores[i:i + 10], sorted(scores[i:i + 10], reverse=True))
        policy = tree.all("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"]
        self.assertIn("default-src 'none'", policy)
        for element in tree.elements:
            for address in (element.get("src"), element.get("href")):
                if address:
                    self.assertRegex(address, r"^(data:|#|sheets/)")
        self.assertNotIn("url(", text)
        self.assertNotIn("ResNet", tree.all("p")[0]["text"])  # a store does not know which network its embeddings are from

    def test_links_lead_to_products_on_the_page(self):
        some = self.codes[:3]
        _, _, tree = self.gallery(*some)
        inside = [a["href"] for a in tree.all("a") if a["href"].startswith("#p-")]
        self.assertEqual(set(inside), {"#p-" + code for code in some})
        self.assertGreater(len(inside), 2 * len(some))  # the list of products, and neighbours among each other

    def test_hostile_names_stay_text(self):
        self.gallery(*self.codes[5:7])  # on sheets, too
        _, text, tree = self.gallery(*self.codes, "--no-sheets")
        self.assertEqual(len(tree.all("script")), 1)
        self.assertEqual([e for e in tree.elements if any(k.startswith("on") for k in e)], [])
        shown = HOSTILE.replace("\x01", "\ufffd")
        self.assertIn(shown, [h["text"] for h in tree.all("h2")])
        self.assertIn(shown, [o["text"] for o in tree.all("option")])
        self.assertTrue([i for i in tree.all("img") if i["alt"].startswith(shown)])
        self.assertNotIn("<img src=x", text)

    def test_codes_as_file_names(self):
        """A code may hold anything that a file name may; what it becomes on disk stays in the output folder."""
        strange = "..%2f <x>&é"
        shutil.copy(self.photo, self.path("images", "a.jpg"))
        stores.make(self.path("strange.db"), {strange: {1: 1}, "a": {1: 1, 2: 1}, "b": {1: 1, 3: 1}, "../b": {1: 2, 3: 1}})
        _, _, tree = self.gallery(strange, "../b", "--store", "strange.db", out="out2")
        self.assertEqual([h["text"] for h in tree.all("h2")], [strange, "../b"])
        self.assertEqual(sorted(os.listdir(self.path("out2"))), ["index.html"] + ["sheets"] * os.path.isdir(self.path("out2", "sheets")))
        for sheet in os.listdir(self.path("out2", "sheets")) if os.path.isdir(self.path("out2", "sheets")) else []:
            self.assertRegex(sheet, r"^[A-Za-z0-9~_-]+\.jpg$")

    def test_look_alikes_from_before_a_change_are_not_shown(self):
        store = self.path("some.db")
        shutil.copy(self.photo, self.path("images", "a.jpg"))
        stores.make(store, {"a": {1: 1}, "b": {1: 1, 2: 1}, "c": {1: 1, 3: 3}})
        self.hmrec("knn", "--store", store)
        stores.put(store, {"d": {1: 1}})
        for expected in ("1 embedding is newer than the neighbours in ", ""):
            result, _, tree = self.gallery("a", "--store", store, "--no-sheets", out="out4")
            self.assertIn(expected, result.err)
            self.assertEqual(bool(expected), "newer" in result.err)
            self.assertTrue([c for c in tree.all("figcaption") if c["text"].split()[-1] == "d"])
            self.hmrec("knn", "--store", store)

    def test_codes_as_long_as_file_names_may_be(self):
        """Escaped, they would be too long for one: cut, with a digest that keeps them apart."""
        long = ["\u00e4" * 127 + end for end in "xy"]
        self.assertEqual(len(long[0].encode()), 255)
        stores.make(self.path("long.db"), {long[0]: {1: 1}, long[1]: {1: 1, 2: 1}, "c" * 255: {1: 1, 3: 1}, "a": {1: 1, 4: 1}})
        shutil.copy(self.photo, self.path("images", "a.jpg"))
        _, _, tree = self.gallery(*long, "c" * 255, "--store", "long.db", out="out3")
        self.assertEqual([h["text"] for h in tree.all("h2")], [*long, "c" * 255])
        sheets = os.listdir(self.path("out3", "sheets")) if os.path.isdir(self.path("out3", "sheets")) else []
        self.assertIn(len(sheets), (0, 3))
        rows = self.hmrec("similar", long[0], "--store", "long.db", "--format", "csv").out
        self.assertIn(long[1], rows)
        self.assertIn("c" * 255, rows)

    def test_the_lot(self):
        first = self.gallery("--random", "5", "--seed", "9", "--no-sheets")
        again = self.gallery("--random", "5", "--seed", "9", "--no-sheets")
        other = self.gallery("--random", "5", "--seed", "10", "--no-sheets")
        self.assertEqual(first[1], again[1])
        self.assertIn("seed 9", first[1])
        self.assertEqual(len(set(self.products(first[2]))), 5)
        self.assertNotEqual(self.products(first[2]), self.products(other[2]))
        self.assertEqual(len(self.products(self.gallery("--no-sheets")[2])), 20)  # without codes and without --random
        self.assertEqual(sorted(self.products(self.gallery("--random", "100", "--no-sheets")[2])), self.codes)

    def test_sheets(self):
        result, _, tree = self.gallery(*self.codes[:4])
        if "without Cairo" in result.err:
            self.assertFalse(os.path.exists(self.path("out", "sheets")))
            self.skipTest("built without Cairo")
        self.assertEqual(sorted(os.listdir(self.path("out", "sheets"))), [c + ".jpg" for c in self.codes[:4]])
        with open(self.path("out", "sheets", self.codes[0] + ".jpg"), "rb") as sheet:
            data = sheet.read()
        frame = re.search(rb"\xff\xc0\x00\x11\x08(..)(..)", data, re.S)
        self.assertEqual([int.from_bytes(x, "big") for x in frame.groups()], [880, 1640])
        self.assertEqual(len([a for a in tree.all("a") if a["href"].startswith("sheets/")]), 4)

    def test_what_goes_wrong(self):
        with open(self.path("images", self.codes[1][:3], self.codes[1] + ".jpg"), "wb") as photo:
            photo.write(b"no photo at all")
        result, _, tree = self.gallery(self.codes[0], "unknown", self.codes[0], code=1)
        self.assertIn("no product unknown", result.err)
        self.assertIn(self.codes[1] + ".jpg: ", result.err)
        self.assertEqual(self.products(tree), [self.codes[0]])
        self.assertIn("No photo of Thing 1", [e.get("aria-label") for e in tree.elements])
        for args in ((), ("--images", "images"), ("-o", "x"), ("--images", "images", "-o", "x", "--random", "3", self.codes[0]),
                     ("--images", "images", "-o", "x", "--seed", "-1")):
            self.hmrec("gallery", *args, code=2)
        self.assertIn("nothing to show", self.hmrec("gallery", "--images", "images", "-o", "none", "unknown", code=1).err)
        self.assertFalse(os.path.exists(self.path("none")))
        with open(self.path("file"), "w"):
            pass
        self.assertIn("file", self.hmrec("gallery", "--images", "images", "-o", "file", self.codes[0], code=1).err)
        self.assertEqual([n for n in os.listdir(self.path("out")) if n.endswith(".part")], [])

    def test_without_photos_there_is_no_page(self):
        os.makedirs(self.path("empty", "inside"))
        os.makedirs(self.path("others"))
        shutil.copy(self.photo, self.path("others", "somebody.jpg"))
        for folder, words in (("nowhere", "--images nowhere: No such file or directory"),
                              ("hmrec.db", "--images hmrec.db: found a file, expected a folder"),
                              ("empty", "--images empty: no pictures in it"),
                              ("others", f"--images others: 1 picture, none of the products to show; expected names like {self.codes[0]}.jpg")):
            result = self.hmrec("gallery", "--images", folder, "-o", "none", self.codes[0], code=1)
            self.assertIn(words, result.err)
            self.assertFalse(os.path.exists(self.path("none")))

    def test_a_photo_that_cannot_be_read_is_exit_1(self):
        with open(self.path("images", self.codes[1][:3], self.codes[1] + ".jpg"), "wb") as photo:
            photo.write(b"no photo at all")
        result, _, tree = self.gallery(self.codes[0], self.codes[1], "--no-sheets", code=1)
        self.assertIn(self.codes[1] + ".jpg: ", result.err)
        self.assertEqual(self.products(tree), self.codes[:2])  # the rest is there

    def files(self, out="out"):
        return sorted(os.path.relpath(os.path.join(folder, n), self.path(out)) for folder, _, names in os.walk(self.path(out)) for n in names)

    def test_a_smaller_gallery_leaves_nothing_of_the_larger_one(self):
        result, _, _ = self.gallery(*self.codes[:5])
        sheets = "without Cairo" not in result.err
        self.assertEqual(self.files(), ["index.html"] + ["sheets/" + c + ".jpg" for c in self.codes[:5] if sheets])
        os.makedirs(self.path("out", "sheets"), exist_ok=True)
        os.makedirs(self.path("out", "thumbs"))
        mine = ["notes.txt", "sheets/mine.jpg", "thumbs/" + self.codes[2] + ".jpg"]
        for name in mine:
            shutil.copy(self.photo, self.path("out", name))
        self.gallery(self.codes[0])
        self.assertEqual(self.files(), sorted(["index.html", *mine] + ["sheets/" + self.codes[0] + ".jpg"] * sheets))
        self.gallery(self.codes[0], "--no-sheets")
        self.assertEqual(self.files(), sorted(["index.html", *mine]))

    def test_a_code_that_looks_like_a_file_of_a_gallery_is_none(self):
        stores.make(self.path("strange.db"), {"sheets/mine.jpg": {1: 1}, "a": {1: 1, 2: 1}})
        shutil.copy(self.photo, self.path("images", "a.jpg"))
        self.gallery("sheets/mine.jpg", "--store", "strange.db", "--no-sheets")
        os.makedirs(self.path("out", "sheets"))
        shutil.copy(self.photo, self.path("out", "sheets", "mine.jpg"))
        self.gallery("a", "--store", "strange.db", "--no-sheets")
        self.assertEqual(self.files(), ["index.html", "sheets/mine.jpg"])

    def content(self, out="out"):
        found = {}
        for name in self.files(out):
            with open(self.path(out, name), "rb") as file:
                found[name] = file.read()
        return found

    def test_files_that_cannot_have_their_places_leave_the_earlier_gallery(self):
        many = {"%010d" % i: {i % 50: 1, 50 + i % 49: 1} for i in range(230)}
        stores.make(self.path("many.db"), many)
        shutil.copy(self.photo, self.path("images", "0000000000.jpg"))
        shutil.copy(self.photo, self.path("images", "0000000007.jpg"))
        self.gallery(*self.codes[:3])
        os.makedirs(self.path("out", "thumbs", "0000000007.jpg"))  # in the way of a thumbnail
        before = self.content()
        result = self.hmrec("gallery", "--random", "230", "--store", "many.db", "--images", "images", "-o", "out", code=1)
        self.assertIn("out/thumbs/0000000007.jpg: cannot be written: Is a directory", result.err)
        self.assertEqual(self.content(), before)
        self.assertNotIn("gallery.part", os.listdir(self.path("out")))

    def test_only_a_page_of_hmrec_says_what_may_go(self):
        os.makedirs(self.path("out", "sheets"))
        shutil.copy(self.photo, self.path("out", "sheets", "mine.jpg"))
        with open(self.path("out", "index.html"), "w", encoding="utf-8") as page:
            page.write('<html>\n<a href="sheets/mine.jpg">mine</a>\n')
        self.gallery(self.codes[0], "--no-sheets")
        self.assertEqual(self.files(), ["index.html", "sheets/mine.jpg"])
        with open(self.path("out", "index.html"), "a", encoding="utf-8") as page:
            page.write('<a href="sheets/../../images/../hmrec.db"><a href="sheets/../mine.jpg"><a href="sheets//x.jpg">\n')
        self.gallery(self.codes[0], "--no-sheets")
        self.assertTrue(os.path.exists(self.path("hmrec.db")))

    def test_an_earlier_page_that_cannot_be_read_is_no_end_of_it(self):
        os.makedirs(self.path("out", "index.html"))
        result = self.hmrec("gallery", self.codes[0], "--images", "images", "--output", "out", "--no-sheets", code=1)
        self.assertIn("out/index.html: cannot be read: Is a directory", result.err)

    def test_departments_that_share_a_name_are_told_apart(self):
        names = {"1": {"department": (4242, "Swimwear")}, "2": {"department": (7920, "Swimwear")}, "3": {"department": (4242, "Swimwear")}}
        stores.make(self.path("swim.db"), {code: {0: 1, int(code): 1} for code in names}, names)
        shutil.copy(self.photo, self.path("images", "1.jpg"))
        _, _, tree = self.gallery(*names, "--store", "swim.db", "--no-sheets", out="swim")
        self.assertEqual([o["text"] for o in tree.all("option")], ["All", "Swimwear (4242)", "Swimwear (7920)"])
        self.assertEqual([a["data-department"] for a in tree.all("article")], ["0", "1", "0"])
        self.assertEqual(len([li for li in tree.all("li") if li.get("class") == "same"]), 2)

    def alike(self, tree):
        return [a["alt"].split(",")[0] for a in tree.all("img", class_="photo")[1:]] + \
            [a["aria-label"][len("No photo of "):] for a in tree.all("div", role="img")]

    def test_look_alikes_have_rank_score_name_and_code(self):
        """Scores that differ read differently, even where two places would not tell."""
        close = {"%03d" % i: {0: 1000, 1: 2 * i * i} for i in range(8)}
        stores.make(self.path("close.db"), close, {code: {"name": "Name of " + code} for code in close})
        shutil.copy(self.photo, self.path("images", "000.jpg"))
        _, _, tree = self.gallery("000", "--store", "close.db", out="close")
        captions = [c["text"].split() for c in tree.all("figcaption")]
        self.assertEqual([(c[0], c[-1]) for c in captions], [(f"{i}.", "%03d" % i) for i in range(1, 8)])
        self.assertEqual([e["text"] for e in tree.all("span", class_="cut name")], ["Name of %03d" % i for i in range(1, 8)])
        scores = [e["text"] for e in tree.all("span", class_="score")]
        self.assertEqual(len(set(scores)), 7)
        for i, score in enumerate(scores):
            self.assertAlmostEqual(float(score), stores.score(close["000"], close["%03d" % (i + 1)]), delta=0.6 * 10 ** -len(score[2:]))

    def test_the_options_of_similar(self):
        code = self.codes[0]
        self.hmrec("knn")
        for options, n in (((), 10), (("-k", "3"), 3), (("-k", "23"), 23), (("--same-department",), 5), (("--min-score", "0.75"), None),
                           (("--one-per-product-code",), 0), (("--same-department", "-k", "2"), 2)):
            rows = [r.split(",") for r in self.hmrec("similar", code, "--format", "csv", *options).out.splitlines()[1:]]
            _, text, tree = self.gallery(code, "--no-sheets", *options)
            expected = [self.names[r[2]].get("name") or r[2] for r in rows]
            if n is not None:
                self.assertEqual(len(rows), n, options)
            self.assertEqual(sorted(" ".join(e.split()) for e in self.alike(tree)),
                             sorted(" ".join(e.replace("\x01", "\ufffd").split(",")[0].split()) for e in expected), options)
        self.assertIn("should be 100 at most", self.hmrec("gallery", code, "--images", "images", "-o", "x", "-k", "101", code=2).err)
        self.assertIn("no index", self.hmrec("gallery", code, "--images", "images", "-o", "x", "--same-index", code=1).err)
        self.gallery(code, "-k", "23")  # the sheet shows the first ten

    def test_many_products_have_thumbnails_beside_the_page(self):
        many = {"%010d" % i: {i % 50: 1, 50 + i % 49: 1} for i in range(230)}
        stores.make(self.path("many.db"), many)
        os.makedirs(self.path("images", "000"), exist_ok=True)
        for code in list(many)[:3]:
            shutil.copy(os.path.join(self.path("images", self.codes[1][:3]), self.codes[1] + ".jpg"), self.path("images", "000", code + ".jpg"))
        _, text, tree = self.gallery("--random", "230", "--store", "many.db", "--no-sheets", out="out3")
        self.assertFalse(os.path.exists(self.path("out3", "sheets")))
        self.assertEqual(len(self.products(tree)), 230)
        self.assertEqual(sorted(os.listdir(self.path("out3", "thumbs"))),
                         sorted(x for c in list(many)[:3] for x in (c + "-large.jpg", c + ".jpg")))
        self.assertTrue(tree.all("img"))
        for picture in tree.all("img"):
            self.assertTrue(os.path.isfile(self.path("out3", picture["src"])))
        self.assertLess(len(text), 3 << 20)

    def test_names_from_another_store(self):
        stores.make(self.path("bare.db"), self.vectors)
        _, _, tree = self.gallery(self.codes[0], "--store", "bare.db", "--graph", "hmrec.db")
        self.assertEqual([h["text"] for h in tree.all("h2")], ["Thing 0"])


if __name__ == "__main__":
    cli.main()
