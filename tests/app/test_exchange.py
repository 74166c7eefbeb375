# SPDX-License-Identifier: MIT
"""hmrec import and hmrec export --embeddings, --neighbours: what goes out comes in again to the bit, what is wrong is refused by name, and the
recipes of docs/embeddings.md find what hmrec finds."""
import array
import contextlib
import csv
import json
import math
import os
import random
import re
import sqlite3
import subprocess
import sys
import unittest

import cli
import stores

SEED = int(os.environ.get("HM_TEST_SEED", "15"), 0)
DIM = 2048
CODES = ["0399223001", "a,\"b\"", "é 1", "x" * 255] + ["%010d" % i for i in range(36)]


def setUpModule():
    print("seed: HM_TEST_SEED=%d" % SEED)


def npy(rows, head="{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 2048), }"):
    text = (head % len(rows) if "%" in head else head).encode() + b"\n"
    return b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text + b"".join(array.array("f", row).tobytes() for row in rows)


class Exchange(cli.Case):
    def setUp(self):
        super().setUp()
        rng = random.Random(SEED)
        self.vectors = {code: [math.ldexp(rng.random(), rng.randrange(-30, 3)) for _ in range(DIM)] for code in CODES}
        stores.make(self.path("hmrec.db"), {code: dict(enumerate(vector)) for code, vector in self.vectors.items()})

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return name

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def test_out_and_in_again_to_the_bit(self):
        self.hmrec("knn")
        out = self.hmrec("export", "--embeddings", "e.npy", "--neighbours", "n.csv")
        self.assertIn("e.npy: 40 embeddings of model model A", out.err)
        self.hmrec("export", "--embeddings", "e.ndjson", "--neighbours", "n.jsonl")
        self.assertEqual(self.read("e.npy.codes").decode().splitlines(), sorted(CODES, key=str.encode))
        self.assertEqual(self.read("e.npy")[-4 * DIM:], array.array("f", self.vectors[max(CODES, key=str.encode)]).tobytes())
        for name in ("e.npy", "e.ndjson"):
            store = name + ".db"
            self.assertIn("40 embeddings put, 0 unchanged", self.hmrec("import", name, "--model", "model A", "--store", store).err)
            self.assertIn("0 embeddings put, 40 unchanged", self.hmrec("import", name, "--model", "model A", "--store", store).err)
            self.hmrec("knn", "--store", store)
            self.hmrec("export", "--store", store, "--embeddings", "f.npy", "--neighbours", "f.csv")
            for a, b in (("e.npy", "f.npy"), ("e.npy.codes", "f.npy.codes"), ("n.csv", "f.csv")):
                self.assertEqual(self.read(a), self.read(b))
        with open(self.path("n.csv"), newline="", encoding="utf-8") as file:
            listed = list(csv.DictReader(file))
        self.assertEqual(listed, [{k: str(v) if k == "rank" else "%.9g" % v if k == "score" else v for k, v in json.loads(line).items()}
                                  for line in self.read("n.jsonl").decode().splitlines()])
        shown = self.hmrec("similar", "0399223001", "-F", "csv").out.splitlines()
        self.assertEqual([row["neighbour"] for row in listed if row["code"] == "0399223001"],
                         [row["code"] for row in csv.DictReader(shown)])

    def test_a_model_of_another_name(self):
        self.hmrec("export", "--embeddings", "e.npy")
        err = self.hmrec("import", "e.npy", "--model", "another model of mine", code=1).err
        self.assertIn("from weights model A, not from another model of mine", err)
        err = self.hmrec("import", "e.npy", "--model", "another model of mine", "--again").err
        self.assertIn("all 40 embeddings", err)
        self.assertIn("40 embeddings put", err)
        self.assertIn("(weights another model of mine)", self.hmrec("info", "--store", "hmrec.db").out)
        err = self.hmrec("import", "e.npy", "--model", "another model of mine, 2", code=1).err
        self.assertIn("from weights another model of mine, not from another model of mine, 2;", err)
        for name in ("", "x" * 80, "a\nb"):
            self.assertIn("expected one line of 1 to 79 bytes", self.hmrec("import", "e.npy", "--model", name, code=1).err)
        self.assertIn("--model NAME", self.hmrec("import", "e.npy", code=2).err)

    def test_photos_are_not_compared_with_others(self):
        self.hmrec("weights", "random", "-o", "w.safetensors")
        photo = os.path.join(cli.SAMPLE, "images", "039", "0399223001.jpg")
        err = self.hmrec("similar", photo, "--weights", "w.safetensors", code=1).err
        self.assertIn("hmrec.db: its embeddings were imported as \"model A\"; photos can be compared with hmrec's own alone", err)

    def test_only_what_is_new_or_changed_is_put(self):
        self.hmrec("export", "--embeddings", "e.npy")
        self.hmrec("import", "e.npy", "--model", "m", "--store", "o.db")
        changed = bytearray(self.read("e.npy"))
        changed[-1] ^= 1
        self.write("e.npy", bytes(changed))
        self.assertIn("1 embeddings put, 39 unchanged", self.hmrec("import", "e.npy", "--model", "m", "--store", "o.db").err)

    def test_into_the_store_that_it_came_from(self):
        db = sqlite3.connect(self.path("hmrec.db"))
        with db:
            db.execute("UPDATE embedding SET image_digest = 'of a photo' || product")
        self.hmrec("knn")
        self.hmrec("export", "--embeddings", "e.ndjson")
        self.assertIn("0 embeddings put, 40 unchanged", self.hmrec("import", "e.ndjson", "--model", "model A").err)
        self.assertNotIn("note:", self.hmrec("export", "--neighbours", "n.csv").err)
        self.assertEqual(db.execute("SELECT count(*) FROM embedding WHERE image_digest LIKE 'of a photo%'").fetchone(), (40,))
        db.close()

    def test_a_killed_import_goes_on_where_it_was(self):
        rng = random.Random(SEED)
        rows = [[rng.random()] + [i] * (DIM - 1) for i in range(1500)]
        self.write("v.npy", npy(rows))
        self.write("v.npy.codes", "".join("%06d\n" % i for i in range(len(rows))))
        running = self.start("import", "v.npy", "--model", "m", "--store", "k.db")
        there = 0
        while not there and running.poll() is None:
            with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(sqlite3.connect(self.path("k.db"))) as db:
                there = db.execute("SELECT count(*) FROM embedding").fetchone()[0]
        running.kill()
        running.communicate()
        self.assertGreater(there, 0)
        put, unchanged = map(int, re.search(r"(\d+) embeddings put, (\d+) unchanged",
                                            self.hmrec("import", "v.npy", "--model", "m", "--store", "k.db").err).groups())
        self.assertGreaterEqual(unchanged, there)
        self.assertEqual(put + unchanged, len(rows))
        self.hmrec("export", "--embeddings", "w.npy", "--store", "k.db")
        self.assertEqual(self.read("w.npy")[-len(rows) * 4 * DIM:], self.read("v.npy")[-len(rows) * 4 * DIM:])
        self.assertEqual(self.read("w.npy.codes"), self.read("v.npy.codes"))

    def refused(self, said, name, **files):
        for part, content in files.items():
            self.write(name + {"rows": "", "codes": ".codes"}[part], content)
        result = self.hmrec("import", name, "--model", "m", "--store", "r.db", code=1)
        self.assertRegex(result.err, said)
        self.assertEqual(self.hmrec("export", "--embeddings", "r.npy", "--store", "r.db", code=1).err.count("has no embeddings"), 1)

    def test_what_is_refused_of_npy(self):
        rows, codes = [self.vectors[code] for code in CODES[:3]], "a\nb\nc\n"
        nan, endless = [rows[0], [float("nan")] + rows[1][1:]], [[-math.inf] * DIM]
        self.refused("v.npy: row 2: code \"b\": found a number that is not finite", "v.npy", rows=npy(nan), codes="a\nb\n")
        self.refused("v.npy: row 1: code \"a\": found a number that is not finite", "v.npy", rows=npy(endless), codes="a\n")
        self.refused("code \"a\" at row 1 and again at 3", "v.npy", rows=npy(rows), codes="a\nb\na\n")
        self.refused("v.npy.codes: found fewer codes than the 3 rows", "v.npy", rows=npy(rows), codes="a\nb\n")
        self.refused("v.npy.codes: found more codes than the 3 rows", "v.npy", rows=npy(rows), codes="a\nb\nc\nd\n")
        self.refused("row 2: code \"\": found none or one that is too long", "v.npy", rows=npy(rows), codes="a\n\nc\n")
        self.refused("row 1: .*too long", "v.npy", rows=npy(rows), codes="x" * 256 + "\nb\nc\n")
        self.refused("row 3: .*not UTF-8", "v.npy", rows=npy(rows), codes=b"a\nb\n\xff\n")
        self.refused("row 2: .*NUL", "v.npy", rows=npy(rows), codes="a\nb\0b\nc\n")
        self.refused("found 2 vectors, expected the 3", "v.npy", rows=npy(rows)[:-1], codes=codes)
        like = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 2048), }"
        for head, said in ((like.replace("<f4", "<f8"), "<f8"), (like.replace("<f4", "|O"), "[|]O"), (like.replace("2048", "2047"), "2047"),
                           (like.replace("%d", "99999999999999999999"), "9999"), (like.replace("False", "True"), "True")):
            self.refused(f"v.npy: found .*{said}.*, expected an array of '<f4' in C order", "v.npy", rows=npy(rows, head), codes=codes)
        for cut in (0, 5, 9, 20, 60):
            self.refused("v.npy: found", "v.npy", rows=npy(rows)[:cut], codes=codes)
        os.unlink(self.path("v.npy.codes"))
        self.refused("open v.npy.codes, the codes of the rows .--codes names another file.: No such file", "v.npy", rows=npy(rows))
        for text in ("x" * 1000 + "\n", "x" * 100000):
            self.refused("row 1: .*too long", "v.npy", rows=npy(rows), codes=text)
        os.unlink(self.path("v.npy.codes"))
        os.mkfifo(self.path("p"))
        piped = subprocess.Popen(["sh", "-c", "printf 'a\\nb\\nc\\n' > p"], cwd=self.dir)
        self.assertIn("p is read twice", self.hmrec("import", "v.npy", "--codes", "p", "--model", "m", "--store", "r.db", code=1).err)
        piped.wait()
        self.write("c.txt", "\ufeffa\r\n" + "x" * 255 + "\r\nc\r\n")  # as other systems write them
        self.assertIn("3 embeddings put", self.hmrec("import", "v.npy", "--codes", "c.txt", "--model", "m", "--store", "r.db").err)
        self.hmrec("export", "--embeddings", "r.npy", "--store", "r.db")
        self.assertEqual(self.read("r.npy.codes").decode().split(), ["a", "c", "x" * 255])

    def test_what_is_refused_of_json_lines(self):
        good = json.dumps({"code": "a", "other": [1], "embedding": [0.5] * DIM}) + "\n"
        line = lambda **members: json.dumps(members) + "\n"  # noqa: E731
        for bad, said in (("[1]\n", "no JSON object"), ("{\n", "no JSON object"), (good[:-1] + "x\n", "no JSON object"), ("[" * 100000 + "\n", "no JSON object"),
                          (line(code=1, embedding=[1] * DIM), "no \"code\" that is a text"), (line(code="b", embedding="x"), "no \"embedding\" that is a list"),
                          (line(embedding=[1] * DIM), "no \"code\""), (line(code="b"), "no \"embedding\""), (line(code="b", embedding=[1] * 2047), "2047 numbers"),
                          (line(code="b", embedding=[1] * 2047 + ["1"]), "another thing"), (line(code="b", embedding=[1] * 2047 + [1e300]), "not finite"),
                          (line(code="b", embedding=[[1]] * DIM), "another thing"), ("\0\n", "NUL"), (line(code="b\0c", embedding=[1] * DIM), "NUL in a text"), ("x" * (2 << 20) + "\n", "more than 1 MB"),
                          (line(code="", embedding=[1] * DIM), "found none"), (good, "code \"a\" at line 1 and again at 2")):
            self.refused(said, "v.ndjson", rows=good + bad)
        self.refused("found no embeddings", "v.ndjson", rows="\n")
        self.write("v.jsonl", good + "\n" + line(code="b", embedding=[0] * DIM).rstrip())
        self.assertIn("2 embeddings put", self.hmrec("import", "v.jsonl", "--model", "m", "--store", "r.db").err)
        self.assertIn("2 products: 2", self.hmrec("knn", "--store", "r.db").err)

    def test_wrong_usage_and_files_that_are_not_there(self):
        self.assertIn(".npy", self.hmrec("import", "v.csv", "--model", "m", code=1).err)
        self.assertIn("nothing.npy", self.hmrec("import", "nothing.npy", "--model", "m", code=1).err)
        self.write("v.ndjson", "")
        self.assertIn("has its codes itself", self.hmrec("import", "v.ndjson", "--codes", "c", "--model", "m", code=1).err)
        self.hmrec("import", code=2)
        self.hmrec("import", "a.npy", "b.npy", "--model", "m", code=2)
        self.assertIn("has no neighbours to export; hmrec knn makes them", self.hmrec("export", "--neighbours", "n.csv", code=1).err)
        self.assertFalse(os.path.exists(self.path("n.csv")) or os.path.exists(self.path("n.csv.part")))
        self.assertIn("expected a name that ends with .csv", self.hmrec("export", "--neighbours", "n.txt", code=1).err)
        err = self.hmrec("export", "--neighbours", "n.ndjson", "--embeddings", "n.ndjson", code=2).err
        self.assertIn("--embeddings and --neighbours are both to be n.ndjson", err)
        self.assertIn("of a store", self.hmrec("export", "--embeddings", "e.npy", "--articles", "a.csv", code=2).err)

    def test_an_older_export_stays_when_a_new_one_fails(self):
        self.hmrec("knn")
        self.hmrec("export", "--neighbours", "n.csv", "--embeddings", "e.npy")
        before = [self.read(name) for name in ("n.csv", "e.npy", "e.npy.codes")]
        for option, name in (("--neighbours", "n.csv"), ("--embeddings", "e.npy")):
            limit = "ulimit -f 8; exec \"$@\""  # 4 or 8 KB: a file may not grow beyond
            done = subprocess.run(["sh", "-c", limit, "sh", *cli.PROGRAM, "export", option, name], cwd=self.dir, env=cli.environment(), capture_output=True)
            self.assertNotEqual(done.returncode, 0)
        self.assertEqual([self.read(name) for name in ("n.csv", "e.npy", "e.npy.codes")], before)

    def test_a_catalogue_out_and_in_again(self):
        self.hmrec("load", "--store", "c.db", "--articles", os.path.join(cli.SAMPLE, "articles.csv"))
        self.hmrec("export", "--store", "c.db", "--products", "p.csv")
        with open(os.path.join(cli.SAMPLE, "articles.csv"), newline="", encoding="utf-8") as given, \
                open(self.path("p.csv"), newline="", encoding="utf-8") as found:
            given, found = ({row["article_id"]: row for row in csv.DictReader(file)} for file in (given, found))
        self.assertEqual(len(found), 75)
        self.assertEqual(found, given)
        self.hmrec("load", "--store", "d.db", "--articles", "p.csv")
        self.hmrec("export", "--store", "d.db", "--products", "q.csv")
        self.assertEqual(self.read("q.csv"), self.read("p.csv"))
        self.assertIn("has no products of a catalogue to export; hmrec load makes them", self.hmrec("export", "--products", "r.csv", code=1).err)
        self.assertIn("expected a name that ends with .csv", self.hmrec("export", "--products", "r.txt", "--store", "c.db", code=1).err)

    @unittest.skipUnless(cli.PLAIN, "its memory is the emulator's or the sanitizer's, too")
    def test_all_vectors_are_never_in_memory_at_once(self):
        rows = 20000
        head = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 2048), }\n" % rows
        tail = array.array("f", [1.0] * (DIM - 1)).tobytes()
        with open(self.path("e.npy"), "wb") as file:  # piece by piece: a child's peak counts from its parent's
            file.write(b"\x93NUMPY\1\0" + len(head).to_bytes(2, "little") + head)
            for i in range(rows):
                file.write(array.array("f", [i]).tobytes() + tail)
        self.write("codes", "".join("%05d\n" % i for i in random.Random(SEED).sample(range(rows), rows)))
        self.hmrec("import", "e.npy", "--codes", "codes", "--model", "m", "--store", "big.db")
        for arguments in (["export", "--embeddings", "f.npy"], ["similar", "00007"]):
            with subprocess.Popen([*cli.PROGRAM, *arguments, "--store", "big.db"], cwd=self.dir, env=cli.environment(),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
                _, status, used = os.wait4(child.pid, 0)
                child.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(child.returncode, 0)
            self.assertLess(used.ru_maxrss * 1024, rows * DIM * 4, arguments)

    def test_lists_that_are_not_up_to_date_are_said(self):
        self.hmrec("knn")
        self.write("v.npy", npy([self.vectors["0399223001"]]))
        self.write("v.npy.codes", "new\n")
        self.hmrec("import", "v.npy", "--model", "model A")
        self.assertIn("1 embeddings were added or changed", self.hmrec("export", "--neighbours", "n.csv").err)


class Recipes(cli.Case):
    """The pieces of Python in docs/embeddings.md, as they stand there."""

    def recipes(self):
        with open(os.path.join(cli.ROOT, "docs", "embeddings.md"), encoding="utf-8") as page:
            return re.findall(r"^(\S+)[^\n]*:\n\n```python\n(.*?)^```$", page.read(), re.M | re.S)

    def test_each_finds_what_hmrec_finds(self):
        rng = random.Random(SEED)
        stores.make(self.path("hmrec.db"), {code: {i: rng.random() for i in range(DIM)} for code in CODES if code != "a,\"b\""})
        self.hmrec("knn")
        self.hmrec("export", "--embeddings", "products.npy", "--neighbours", "neighbours.csv")
        with open(self.path("neighbours.csv"), newline="", encoding="utf-8") as file:
            expected = [row["neighbour"] for row in csv.DictReader(file) if row["code"] == "0399223001"]
        self.assertEqual(len(expected), 10)
        recipes = self.recipes()
        self.assertEqual(len(recipes), 5)
        for name, text in recipes:
            with self.subTest(name):
                done = subprocess.run([sys.executable, "-c", text + "import json; print(json.dumps([str(c) for c in found]))"], cwd=self.dir,
                                      capture_output=True, text=True, env=cli.environment())
                if "ModuleNotFoundError" in done.stderr or "attribute 'enable_load_extension'" in done.stderr:
                    raise unittest.SkipTest(done.stderr.strip().splitlines()[-1])
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(sorted(json.loads(done.stdout)), sorted(expected))


if __name__ == "__main__":
    cli.main()
