# SPDX-License-Identifier: MIT
"""hmrec knn on stores made here: against a search in exact arithmetic, updates against full runs, models, signals, bad input.

The vectors have four places of +-1 (or none): cosines are multiples of 1/4, exact in every precision, with ties everywhere."""
import array
import os
import random
import signal
import sqlite3
import time

import cli

DIM = 2048
PLACES = (0, 7, 511, 512, 1024, 1500, 2046, 2047)
SEED = int(os.environ.get("HM_TEST_SEED", "7"), 0)


def setUpModule():
    print("seed: HM_TEST_SEED=%d" % SEED)


def some_vector(rng):
    """{place: value}; now and then the zero vector of a product without a picture."""
    return {} if rng.random() < 0.1 else {p: rng.choice((1, 1, -1)) for p in rng.sample(PLACES, 4)}


def blob(vector):
    numbers = array.array("f", bytes(4 * DIM))
    for place, value in vector.items():
        numbers[place] = value
    return numbers.tobytes()


def expected(vectors, k):
    """{code: [(neighbour, score)]} of {code: vector}, by counting."""
    lists = {}
    for code, a in vectors.items():
        scored = [(-(1 + sum(v * b.get(p, 0) for p, v in a.items()) / 4) / 2, other) for other, b in vectors.items() if other != code]
        lists[code] = [(other, -score) for score, other in sorted(scored)[:k]]
    return lists


class Knn(cli.Case):
    def make_store(self, name="hmrec.db"):
        db = sqlite3.connect(self.path(name))
        self.addCleanup(db.close)
        with open(os.path.join(cli.ROOT, "store", "sqlite", "schema.sql"), encoding="utf-8") as schema:
            db.executescript(schema.read())
        db.executescript("PRAGMA journal_mode = WAL;"
                         "INSERT INTO model VALUES (1, 'model A'); INSERT INTO meta VALUES ('model', 1), ('revision', 0);")
        return db

    def put(self, db, vectors, model=1):
        """As one run of hmrec embed would: one more revision."""
        with db:
            db.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
            for code, vector in vectors.items():
                db.execute("INSERT OR IGNORE INTO product (code) VALUES (?)", (code,))
                db.execute("INSERT OR REPLACE INTO embedding SELECT id, ?, (SELECT value FROM meta WHERE key = 'revision'), ?, 0, 0, ? "
                           "FROM product WHERE code = ?", (model, "digest" if vector else "", blob(vector), code))

    def lists(self, db):
        found = {}
        for code, neighbour, score in db.execute("SELECT p.code, n.code, s.score FROM similar s JOIN product p ON p.id = s.product "
                                                 "JOIN product n ON n.id = s.neighbour ORDER BY p.code, s.rank"):
            found.setdefault(code, []).append((neighbour, score))
        return found

    def check(self, db, vectors, k):
        want = {code: row for code, row in expected(vectors, k).items() if row}
        self.assertEqual(self.lists(db), want)

    def test_all_products_zero_vectors_too(self):
        rng, db = random.Random(SEED), self.make_store()
        vectors = {"%010d" % (i * 7 % 1000): some_vector(rng) for i in range(120)}
        self.put(db, vectors)
        result = self.hmrec("knn")
        self.assertEqual(result.out, "")
        self.assertIn("120 products: 120 searched anew", result.err)
        self.assertIn("120 lists of 10 written", result.err)
        self.check(db, vectors, 10)
        self.hmrec("knn", "-k", "3", "--threads", "3", "-q")
        self.check(db, vectors, 3)
        self.hmrec("knn", "-k", "200", "--threads", "1", "--isa", "baseline")
        self.check(db, vectors, 200)

    def test_one_product_and_none(self):
        db = self.make_store()
        self.assertIn("no embeddings", self.hmrec("knn", code=1).err)
        self.put(db, {"0100": {0: 1, 7: 1, 511: 1, 512: 1}})
        self.assertIn("1 products", self.hmrec("knn").err)
        self.assertEqual(self.lists(db), {})
        self.put(db, {"0200": {}})
        self.hmrec("knn")
        self.assertEqual(self.lists(db), {"0100": [("0200", 0.5)], "0200": [("0100", 0.5)]})

    def test_updates_equal_a_full_run(self):
        rng, db = random.Random(SEED + 1), self.make_store()
        vectors = {"%05d" % rng.randrange(10000): some_vector(rng) for _ in range(60)}
        self.put(db, vectors)
        self.hmrec("knn", "-k", "5", "-q")
        for step in range(12):
            change = {code: some_vector(rng) for code in rng.sample(sorted(vectors), rng.randrange(4))}
            change.update({"%05d" % rng.randrange(10000): some_vector(rng) for _ in range(rng.randrange(6))})
            vectors.update(change)
            self.put(db, change)
            gone = rng.sample(sorted(vectors), rng.randrange(3)) if step % 3 == 2 else []
            with db:  # a product loses its embedding
                for code in gone:
                    db.execute("DELETE FROM embedding WHERE product = (SELECT id FROM product WHERE code = ?)", (code,))
                    del vectors[code]
            self.hmrec("knn", "-k", "5", "-q", "--threads", str(1 + step % 3))
            self.check(db, vectors, 5)
        self.assertIn(" 0 lists of 5 written", self.hmrec("knn", "-k", "5", "--full").err)

    def test_only_what_changed_is_searched(self):
        rng, db = random.Random(SEED + 2), self.make_store()
        near, far = (0, 7, 511, 512), (1024, 1500, 2046, 2047)
        vectors = {"a%d" % i: {p: 1 for p in near} for i in range(20)} | {"b%d" % i: {p: 1 for p in far} for i in range(20)}
        self.put(db, vectors)
        self.hmrec("knn", "-k", "2")
        self.assertIn("40 products: 0 searched anew", self.hmrec("knn", "-k", "2").err)
        self.put(db, {"c": {p: -1 for p in near}})
        self.assertIn("41 products: 1 searched anew", self.hmrec("knn", "-k", "2").err)
        self.put(db, {"a0": {p: 1 for p in far}})  # a0 and the 19 whose first neighbour it was; written: those, and b1 to b19
        vectors.update({"c": {p: -1 for p in near}, "a0": {p: 1 for p in far}})
        self.assertIn("41 products: 20 searched anew", self.hmrec("knn", "-k", "2").err)
        self.check(db, vectors, 2)
        self.assertIn("41 searched anew", self.hmrec("knn", "-k", "3").err)
        self.check(db, vectors, 3)

    def test_damaged_lists_are_made_anew(self):
        rng, db = random.Random(SEED + 3), self.make_store()
        vectors = {"%03d" % i: some_vector(rng) for i in range(40)}
        self.put(db, vectors)
        self.hmrec("knn", "-k", "4")
        for harm in ("DELETE FROM similar WHERE product = 5 AND rank = 2", "UPDATE similar SET neighbour = 6 WHERE product = 6 AND rank = 1",
                     "UPDATE similar SET score = 7 WHERE product = 7 AND rank = 1", "DELETE FROM similar WHERE product = 8",
                     "UPDATE similar SET neighbour = (SELECT neighbour FROM similar WHERE product = 9 AND rank = 2) WHERE product = 9"):
            with db:
                db.execute(harm)
            self.assertIn("1 searched anew", self.hmrec("knn", "-k", "4").err, harm)
            self.check(db, vectors, 4)

    def test_another_model_means_everything(self):
        rng, db = random.Random(SEED + 4), self.make_store()
        self.put(db, {"%03d" % i: some_vector(rng) for i in range(30)})
        self.hmrec("knn", "-k", "4")
        with db:  # as hmrec embed --again with other weights begins
            db.execute("INSERT INTO model VALUES (2, 'model B')")
            db.execute("UPDATE meta SET value = 2 WHERE key = 'model'")
            db.execute("UPDATE meta SET value = 0 WHERE key = 'knn_revision'")
        vectors = {"%03d" % i: some_vector(rng) for i in range(10, 35)}
        self.put(db, vectors, model=2)
        self.assertIn("25 products: 25 searched anew", self.hmrec("knn", "-k", "4").err)
        self.check(db, vectors, 4)

    def test_numbers_that_are_none(self):
        db = self.make_store()
        self.put(db, {"0100": {0: 1}, "0200": {0: float("nan")}, "0300": {0: 1}})
        self.assertIn("embedding of 0200: found a number that is not finite", self.hmrec("knn", code=1).err)
        self.assertEqual(self.lists(db), {})

    def test_a_signal_leaves_the_old_neighbours(self):
        rng, db = random.Random(SEED + 5), self.make_store()
        vectors = {"%05d" % i: some_vector(rng) for i in range(2500)}
        self.put(db, vectors)
        self.hmrec("knn", "-k", "1")
        before = self.lists(db)
        for number, delay in ((signal.SIGINT, 0.15), (signal.SIGTERM, 0.05)):
            run = self.start("knn", "-k", "6", "--isa", "baseline", "--threads", "1")  # about 1 s
            time.sleep(delay)
            run.send_signal(number)
            out, err = run.communicate(timeout=60)
            # Before the handlers are there the signal ends the process by itself.
            self.assertIn(run.returncode, (128 + number, -number), err)
            self.assertEqual(self.lists(db), before)
            self.assertEqual(db.execute("SELECT value FROM meta WHERE key = 'knn_k'").fetchone(), (1,))

    def test_usage(self):
        db = self.make_store()
        self.put(db, {"0100": {0: 1}, "0200": {0: 1}})
        for args in (["-k", "0"], ["-k", "1001"], ["-k", "x"], ["--engine", "ann"], ["what"], ["--nothing"]):
            self.assertIn("see hmrec knn --help", self.hmrec("knn", *args, code=2).err)
        refused = self.hmrec("knn", "--engine", "gds", code=1).err
        self.assertIn("Neo4j", refused)
        self.assertIn("hmrec.db is an SQLite file", refused)
        self.assertIn("--engine exact", refused)
        self.hmrec("knn", "--engine", "exact")
        self.assertIn("no such file", self.hmrec("knn", "--store", "none.db", code=1).err)
        self.assertIn("mmx", self.hmrec("knn", "--isa", "mmx", "--full", code=2).err)
        self.assertIn("mmx", self.hmrec("knn", "--full", code=2, HMREC_ISA="mmx").err)


if __name__ == "__main__":
    cli.main()
