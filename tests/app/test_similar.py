# SPDX-License-Identifier: MIT
"""hmrec similar: stored neighbours and searches give the rows that a search in Python gives; filters, formats, two stores, photos."""
import csv
import io
import json
import os
import random
import shutil
import struct
import sqlite3

import cli
import stores

SEED = int(os.environ.get("HM_TEST_SEED", "5"), 0)
COLUMNS = ["query", "rank", "code", "score", "product_type", "department"]


def setUpModule():
    print("seed: HM_TEST_SEED=%d" % SEED)


def catalogue(n, rng):
    """n products in a plane and a half, with photos but for every 13th; names are shared by a few."""
    vectors, names = {}, {}
    for i in range(n):
        code = "0%09d" % (100000000 + 37 * i)
        vectors[code] = {} if i % 13 == 12 else {p: rng.randrange(1, 9) for p in rng.sample(range(0, stores.DIM, 128), 5)}
        names[code] = {"name": f"Thing {i}", "type": f"Type {i % 7}", "department": f"Department {i % 10}", "index": f"Index {i % 3}"}
    return vectors, names


class Similar(cli.Case):
    def setUp(self):
        super().setUp()
        self.vectors, self.names = catalogue(300, random.Random(SEED))
        self.codes = list(self.vectors)
        stores.make(self.path("hmrec.db"), self.vectors, self.names)

    def expected(self, code, k, accept=lambda other: True):
        scored = [(-stores.score(self.vectors[code], v), other) for other, v in self.vectors.items() if v and other != code and accept(other)]
        return [(other, -score) for score, other in sorted((round(s, 6), o) for s, o in scored)[:k]]

    def rows(self, *args, code=0, err=None):
        result = self.hmrec("similar", "--format", "json", *args, code=code)
        if err is not None:
            self.assertRegex(result.err, err)
        rows = json.loads(result.out)
        for row in rows:
            self.assertEqual(list(row), COLUMNS)
            self.assertEqual(row["product_type"], self.names[row["code"]]["type"])
            self.assertEqual(row["department"], self.names[row["code"]]["department"])
        return rows

    def check(self, code, k, rows, accept=lambda other: True):
        """The scores of the best k, in order; each row's score is its product's."""
        mine = [r for r in rows if r["query"] == code]
        expected = self.expected(code, k, accept)
        self.assertEqual([r["rank"] for r in mine], list(range(1, len(expected) + 1)))
        for row, (_, score) in zip(mine, expected):
            self.assertAlmostEqual(row["score"], score, delta=6e-5)
            self.assertAlmostEqual(row["score"], stores.score(self.vectors[code], self.vectors[row["code"]]), delta=6e-5)
            self.assertTrue(accept(row["code"]))
        self.assertEqual(len({r["code"] for r in mine}), len(mine))

    def test_search_and_stored_neighbours_agree(self):
        some = [self.codes[i] for i in (0, 7, 100, 299)]
        searched = self.rows(*some, err="no neighbours in hmrec.db yet")
        for code in some:
            self.check(code, 10, searched)
        self.hmrec("knn")
        stored = self.hmrec("similar", "--format", "json", *some)
        self.assertEqual(stored.err, "")
        self.assertEqual(json.loads(stored.out), searched)
        self.check(some[0], 3, self.rows(some[0], "-k", "3"))
        self.check(some[0], 25, self.rows(some[0], "-k", "25", err="has stored 10 neighbours a product; searching all embeddings for 25"))

    def test_filters_look_far_enough(self):
        self.hmrec("knn")
        for option, field in (("--same-department", "department"), ("--same-index", "index")):
            some = self.codes[3:9]
            rows = self.rows(*some, option, "-k", "12")
            for code in some:
                self.check(code, 12, rows, lambda other: self.names[other][field] == self.names[code][field])
                self.assertEqual(sum(r["query"] == code for r in rows), 12)
        both = self.rows(self.codes[3], "--same-department", "--same-index")
        self.check(self.codes[3], 10, both, lambda other: all(self.names[other][f] == self.names[self.codes[3]][f]
                                                             for f in ("department", "index")))

    def test_one_per_product_code(self):
        """Garments in up to 40 colours that look much the same: of each the best colour, of the query's own none."""
        rng = random.Random(SEED)
        vectors = {}
        for garment in range(50):
            shape = {p: rng.randrange(1, 9) for p in rng.sample(range(0, stores.DIM, 128), 5)}
            for colour in range(1, 2 + rng.randrange(40)):
                vectors["%07d%03d" % (1000 + garment, colour)] = {**shape, 1: rng.randrange(6), 3: rng.randrange(6)}
        vectors.update({"0001000": {0: 3}, "0001000x": {0: 2, 1: 1}, "000100000a": {0: 2, 1: 2}})  # no articles: each its own
        stores.make(self.path("colours.db"), vectors)
        self.hmrec("knn", "--store", "colours.db")
        self.vectors = vectors
        some = rng.sample(list(vectors), 6)
        product = lambda code: code[:7] + "..." if len(code) == 10 and code.isdigit() else code  # noqa: E731
        for k in (1, 10, 49):
            rows = json.loads(self.hmrec("similar", "--store", "colours.db", "--one-per-product-code", "-k", str(k), "--format", "json", *some).out)
            for code in some:
                best = {}
                for other, score in self.expected(code, len(vectors)):
                    if product(other) != product(code):
                        best.setdefault(product(other), score)
                mine = [r for r in rows if r["query"] == code]
                self.assertEqual(len({product(r["code"]) for r in mine} - {product(code)}), len(mine))
                self.assertEqual(len(mine), min(k, len(best)))
                for row, score in zip(mine, sorted(best.values(), reverse=True)):
                    self.assertAlmostEqual(row["score"], score, delta=6e-5)
                    self.assertAlmostEqual(row["score"], best[product(row["code"])], delta=6e-5)

    def test_min_score(self):
        rows = self.rows(self.codes[1])
        least = rows[4]["score"]
        cut = self.rows(self.codes[1], "--min-score", str(least - 0.0001))
        self.assertEqual(cut, [r for r in rows if r["score"] >= least - 0.0001])
        self.assertEqual(self.rows(self.codes[1], "--min-score", "1"), [])
        for number in ("1.01", "-0.1", "nan", "inf", "0.5x", ""):
            self.assertIn("should be a number from 0 to 1", self.hmrec("similar", self.codes[1], "--min-score", number, code=2).err)

    def test_departments_that_share_a_name_are_told_apart(self):
        """As 299 departments of the competition have 250 names."""
        names = {"1": {"department": (4242, "Swimwear"), "index": ("B", "Lingeries")}, "2": {"department": (7920, "Swimwear"), "index": ("H", "Children")},
                 "3": {"department": (4242, "Swimwear"), "index": ("B", "Lingeries")}, "4": {"department": (7920, "Swimwear"), "index": ("B2", "Lingeries")}}
        stores.make(self.path("swim.db"), {code: {0: 1, int(code): 1} for code in names}, names)
        for option, expected in (("--same-department", {"1": ["3"], "2": ["4"], "4": ["2"]}), ("--same-index", {"1": ["3"], "3": ["1"], "4": []})):
            rows = json.loads(self.hmrec("similar", "--store", "swim.db", "--format", "json", option, *expected).out)
            self.assertEqual({code: [r["code"] for r in rows if r["query"] == code] for code in expected}, expected)

    def test_neighbours_from_before_a_change_are_not_shown(self):
        """New, changed, removed products: a search afresh, which says so; hmrec knn makes the stored ones good again."""
        code = self.codes[0]
        changed = dict(self.vectors[code])
        changed[max(changed)] += 1
        for what, words in ((lambda: {"0new": self.vectors[code]}, "1 embedding is newer than the neighbours in hmrec.db"),
                            (lambda: {self.codes[7]: changed, "0new": {5: 1}}, "2 embeddings are newer than the neighbours in hmrec.db"),
                            (lambda: None, "2 products are gone since the neighbours in hmrec.db were made")):
            self.hmrec("knn")
            self.assertEqual(self.hmrec("similar", code).err, "")
            change = what()
            if change:
                stores.put(self.path("hmrec.db"), change)
                self.vectors.update(change)
            else:
                self.hmrec("remove", "0new", self.codes[7])
                del self.vectors["0new"], self.vectors[self.codes[7]]
            self.names.setdefault("0new", {"type": "", "department": ""})
            rows = self.rows(code, err=words + r" \(hmrec knn updates them\); searching all embeddings")
            self.check(code, 10, rows)

    def test_embeddings_of_another_model_are_another_store(self):
        self.hmrec("knn")
        stores.run(self.path("hmrec.db"), stores.NEW_MODEL)
        stores.put(self.path("hmrec.db"), {code: self.vectors[code] for code in self.codes[:9]})
        self.vectors = {code: self.vectors[code] for code in self.codes[:9]}
        self.check(self.codes[0], 10, self.rows(self.codes[0], err="no neighbours in hmrec.db yet"))

    def test_a_number_that_is_none_is_named(self):
        stores.put(self.path("hmrec.db"), {self.codes[4]: {0: float("nan")}})
        self.assertRegex(self.hmrec("similar", self.codes[0], code=1).err, f"embedding of {self.codes[4]}: found a number that is not finite")

    def test_unknown_codes_get_suggestions(self):
        good, wrong = self.codes[5], self.codes[5][1:]
        rows = self.rows(wrong, good, "nonsense", code=1, err=rf"no product {wrong} in hmrec.db \(nearest: {good}")
        self.check(good, 10, rows)
        self.assertEqual({r["query"] for r in rows}, {good})
        self.assertRegex(self.hmrec("similar", "nonsense", code=1).err, "no product nonsense in hmrec.db\n")

    def test_products_without_photo(self):
        empty = self.codes[12]
        self.assertEqual(self.rows(empty, code=1, err=f"product {empty} has no picture"), [])
        self.hmrec("knn")
        self.assertEqual(self.rows(empty, code=1, err=f"product {empty} has no picture"), [])
        for row in self.rows(self.codes[0], "-k", "299"):
            self.assertTrue(self.vectors[row["code"]])

    def test_formats(self):
        by_json = self.rows(self.codes[2], "-k", "4")
        by_csv = list(csv.reader(io.StringIO(self.hmrec("similar", self.codes[2], "-k", "4", "--format", "csv").out)))
        self.assertEqual(by_csv[0], COLUMNS)
        self.assertEqual([r[2] for r in by_csv[1:]], [r["code"] for r in by_json])
        by_line = self.hmrec("similar", self.codes[2], "-k", "4", "-F", "ndjson").out
        self.assertEqual([json.loads(line) for line in by_line.splitlines()], by_json)
        self.assertEqual([float(r[3]) for r in by_csv[1:]], [r["score"] for r in by_json])
        for row in by_json:  # all digits: the float comes back
            self.assertEqual(float("%.9g" % struct.unpack("f", struct.pack("f", row["score"]))[0]), row["score"])
        self.assertTrue(any(len(str(row["score"])) > 8 for row in by_json))
        lines = self.hmrec("similar", self.codes[2], "-k", "4").out.splitlines()
        scores = [line.split()[3] for line in lines[1:]]  # as few digits as tell different ones apart
        self.assertEqual(len(set(scores)), len({row["score"] for row in by_json}))
        self.assertEqual(lines[0].split(), COLUMNS)
        self.assertEqual(lines[1].split()[:3], [self.codes[2], "1", by_json[0]["code"]])

    def test_names_from_another_store(self):
        names_only = {code: None for code in self.codes}
        stores.make(self.path("graph.db"), names_only, self.names)
        stores.make(self.path("bare.db"), self.vectors)
        code = self.codes[4]
        for extra in ((), ("--same-department",), ("--via", "join")):
            self.assertEqual(self.rows(code, "--store", "bare.db", "--graph", "graph.db", *extra), self.rows(code, *extra))
        self.assertEqual({r["department"] for r in json.loads(self.hmrec("similar", code, "--store", "bare.db", "--format", "json").out)}, {""})
        self.assertRegex(self.hmrec("similar", code, "--store", "bare.db", "--same-index", code=1).err, "has no index in bare.db")
        self.assertRegex(self.hmrec("similar", code, "--via", "fabric", code=1).err, "hmrec.db is not one")

    def test_wrong_usage(self):
        for args in ((), (self.codes[0], "-k", "0"), (self.codes[0], "-k", "1001"), (self.codes[0], "--via", "magic"),
                     (self.codes[0], "--format", "xml"), ("x.jpg", "--same-department"), (self.codes[0], "--min-score", "high")):
            self.hmrec("similar", *args, code=2)
        self.assertRegex(self.hmrec("similar", self.codes[0], "--store", "none.db", code=1).err, "none.db: no such file")


class Photos(cli.Case):
    """Photos of the sample, with seeded weights."""

    def test_a_photo_is_found(self):
        self.hmrec("weights", "random", "--seed", "1", "-o", "w.safetensors")
        weights = {"HMREC_WEIGHTS": "w.safetensors"}
        os.mkdir(self.path("images"))
        paths = []
        for folder in sorted(os.listdir(os.path.join(cli.SAMPLE, "images")))[:4]:
            name = sorted(os.listdir(os.path.join(cli.SAMPLE, "images", folder)))[0]
            paths.append(shutil.copy(os.path.join(cli.SAMPLE, "images", folder, name), self.path("images", name)))
        self.hmrec("embed", "images", **weights)
        asked = shutil.copy(paths[2], self.path("my photo.JPG"))
        result = self.hmrec("similar", asked, "-k", "2", "--format", "json", **weights)
        rows = json.loads(result.out)
        self.assertEqual([r["query"] for r in rows], [asked] * 2)
        self.assertEqual(rows[0]["code"], os.path.basename(paths[2])[:-4])
        self.assertAlmostEqual(rows[0]["score"], 1, places=6)
        self.assertLess(rows[1]["score"], rows[0]["score"])
        self.assertIn("image p.gif: .gif pictures are not read; expected JPEG, PNG or WebP", self.hmrec("similar", "p.gif", code=1).err)
        self.assertRegex(self.hmrec("similar", "p.png", code=1, **weights).err, "p.png: .*[Nn]o such file")
        result = self.hmrec("similar", "p.png", code=1)  # without weights, which it would not need
        self.assertIn("image p.png: no such file", result.err)
        self.assertNotIn("weights", result.err)
        with open(self.path("bad.jpg"), "wb") as bad:
            bad.write(b"no photo")
        result = self.hmrec("similar", "bad.jpg", asked, "none.jpg", "--format", "json", code=1, **weights)
        self.assertRegex(result.err, "bad.jpg: ")
        self.assertRegex(result.err, "none.jpg: no such file")
        self.assertEqual({r["query"] for r in json.loads(result.out)}, {asked})
        db = sqlite3.connect(self.path("hmrec.db"))
        with db:
            db.execute("UPDATE model SET name = replace(name, substr(name, 1, 4), 'ffff')")
        db.close()
        self.assertRegex(self.hmrec("similar", asked, code=1, **weights).err, "its embeddings are from weights ffff")


if __name__ == "__main__":
    cli.main()
