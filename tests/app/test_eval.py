# SPDX-License-Identifier: MIT
"""hmrec eval: shares and chances against counting in Python; the plot; look-alikes of the sample's photos beat chance."""
import csv
import io
import json
import os
import random
import resource
import subprocess
import xml.etree.ElementTree

import cli
import stores

SEED = int(os.environ.get("HM_TEST_SEED", "2"), 0)
FACETS = ("type", "colour", "appearance")


def setUpModule():
    print("seed: HM_TEST_SEED=%d" % SEED)


class Eval(cli.Case):
    def setUp(self):
        super().setUp()
        rng = random.Random(SEED)
        self.vectors, self.names = {}, {}
        for i in range(120):
            code = "%010d" % i
            kind = rng.randrange(5)
            self.names[code] = {"type": f"Type {kind}", "group": ("Upper", "Upper", "Lower & <x>", None, "Shoes")[kind],
                                "colour": rng.choice(("Red", "Blue", "Blue", None)), "appearance": rng.choice(("Solid", "Stripe"))}
            self.vectors[code] = {} if i % 11 == 10 else {kind: 4, 10 + rng.randrange(3): 3, 20 + rng.randrange(8): 2, 30 + rng.randrange(40): 1}
        stores.make(self.path("hmrec.db"), self.vectors, self.names)

    def expected(self, neighbours):
        """{group: row} by counting pairs."""
        embedded = [c for c in self.names if self.vectors[c]]
        rows = {}
        for code, others in neighbours.items():
            if not self.vectors[code]:
                continue
            others = [o for o in others if self.vectors[o]]
            for group in ("all", self.names[code]["group"] or ""):
                row = rows.setdefault(group, {"products": 0, "neighbours": 0, **{f: [] for f in FACETS}})
                row["products"] += 1
                row["neighbours"] += len(others)
                for f in FACETS:
                    mine = self.names[code][f]
                    known = [c for c in embedded if self.names[c][f]]
                    chance = (sum(self.names[c][f] == mine for c in known) - 1) / (len(known) - 1)
                    row[f] += [(self.names[o][f] == mine, chance) for o in others if mine and self.names[o][f]]
        return rows

    def test_against_counting(self):
        self.assertRegex(self.hmrec("eval", code=1).err, "no neighbours yet")
        self.hmrec("knn", "-k", "7")
        db = stores.sqlite3.connect(self.path("hmrec.db"))
        neighbours = {code: [] for code in self.vectors}
        for code, other in db.execute("SELECT p.code, n.code FROM similar s JOIN product p ON p.id = s.product "
                                      "JOIN product n ON n.id = s.neighbour ORDER BY p.code, rank"):
            neighbours[code].append(other)
        db.close()
        expected = self.expected(neighbours)
        rows = json.loads(self.hmrec("eval", "--format", "json").out)
        self.assertEqual([r["group"] for r in rows][0], "all")
        self.assertEqual(sorted(r["group"] for r in rows), sorted(expected))
        self.assertEqual([r["products"] for r in rows[1:]], sorted((r["products"] for r in rows[1:]), reverse=True))
        for row in rows:
            e = expected[row["group"]]
            self.assertEqual((row["products"], row["neighbours"]), (e["products"], e["neighbours"]))
            for f in FACETS:
                if not e[f]:
                    self.assertIsNone(row[f])
                    continue
                self.assertAlmostEqual(row[f], sum(s for s, _ in e[f]) / len(e[f]), delta=6e-5)
                self.assertAlmostEqual(row[f + "_by_chance"], sum(c for _, c in e[f]) / len(e[f]), delta=6e-5)
        by_csv = list(csv.DictReader(io.StringIO(self.hmrec("eval", "--format", "csv").out)))
        self.assertEqual([r["group"] for r in by_csv], [r["group"] for r in rows])

    def test_what_has_changed_since_is_said(self):
        store = self.path("hmrec.db")
        self.hmrec("knn", "-k", "7")
        self.assertEqual(self.hmrec("eval").err, "")
        stores.put(store, {"0000000001": {1: 1}, "new": {2: 1}})
        self.assertRegex(self.hmrec("eval").err, "2 embeddings are newer than the neighbours in hmrec.db, which are measured as they are; hmrec knn")
        self.hmrec("knn", "-k", "7")
        self.hmrec("remove", "new")
        self.assertRegex(self.hmrec("eval").err, "1 product is gone since the neighbours in hmrec.db were made")
        stores.run(store, stores.NEW_MODEL)
        stores.put(store, {"0000000001": {1: 1}, "0000000002": {2: 1}})
        result = self.hmrec("eval", code=1)
        self.assertRegex(result.err, "no neighbours yet of the embeddings that it holds")
        self.assertEqual(result.out, "")

    def test_without_a_catalogue(self):
        stores.make(self.path("bare.db"), self.vectors)
        self.hmrec("knn", "--store", "bare.db")
        result = self.hmrec("eval", "--store", "bare.db", "-o", "plot.svg", code=1)
        self.assertRegex(result.err, "bare.db: no type, colour or appearance of two products is known.*hmrec load --articles")
        self.assertEqual(result.out, "")
        self.assertFalse(os.path.exists(self.path("plot.svg")))
        self.hmrec("eval", "--store", "bare.db", "--graph", "hmrec.db")

    def test_the_plot(self):
        self.hmrec("knn")
        self.hmrec("eval", "-o", "plot.svg")
        root = xml.etree.ElementTree.parse(self.path("plot.svg")).getroot()
        space = "{http://www.w3.org/2000/svg}"
        self.assertEqual(root.tag, space + "svg")
        texts = [t.text for t in root.iter(space + "text")]
        for label in ("all", "Upper", "Lower & <x>", "(no group)", "Shoes", "same type", "same colour", "same appearance"):
            self.assertIn(label, texts)
        bars = [r for r in root.iter(space + "rect") if r.get("class") == "bar"]
        self.assertEqual(len(bars), 5 * 3)
        for bar in bars:
            self.assertTrue(0 <= float(bar.get("width")) <= 190)
        self.assertRegex(self.hmrec("eval", "-o", "no/such/folder.svg", code=1).err, "no/such/folder.svg")

    def test_a_plot_is_whole_or_not_there(self):
        self.hmrec("knn")
        with open(self.path("plot.svg"), "w") as file:
            file.write("yesterday's")
        run = subprocess.run(cli.PROGRAM + ["eval", "-o", "plot.svg"], cwd=self.dir, restore_signals=False, env=cli.environment(), capture_output=True,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500)))
        self.assertEqual(run.returncode, 1)
        with open(self.path("plot.svg")) as file:
            self.assertEqual(file.read(), "yesterday's")
        self.assertFalse(os.path.exists(self.path("plot.svg.part")))
        self.hmrec("eval", "-o", "plot.svg")
        self.assertGreater(os.path.getsize(self.path("plot.svg")), 500)


class Sample(cli.Case):
    def test_look_alikes_of_the_sample_beat_chance(self):
        self.hmrec("weights", "random", "--seed", "1", "-o", "w.safetensors")
        self.hmrec("load", "--articles", os.path.join(cli.SAMPLE, "articles.csv"))
        self.hmrec("embed", os.path.join(cli.SAMPLE, "images"), HMREC_WEIGHTS="w.safetensors")
        self.hmrec("knn")
        everything = json.loads(self.hmrec("eval", "--format", "json").out)[0]
        self.assertGreater(everything["type"], everything["type_by_chance"])
        self.assertGreater(everything["colour"], 1.8 * everything["colour_by_chance"])
        self.assertGreater(everything["appearance"], 1.2 * everything["appearance_by_chance"])


if __name__ == "__main__":
    cli.main()
