# SPDX-License-Identifier: MIT
"""hmrec merge: shards of a job into one store, what contradicts, what is refused, and kills and full disks half way."""
import glob
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import time

import cli
import stores

ROWS = ("SELECT code, image_digest, image_bytes, image_mtime_ns, vector, m.name FROM embedding e JOIN product p ON p.id = e.product "
        "JOIN model m ON m.id = e.model ORDER BY code")


def vectors(first, last):
    return {"%05d" % i: {i % 7: 4, 10 + i % 1999: 2} for i in range(first, last)}


class Merge(cli.Case):
    def make(self, name, content):
        return stores.make(self.path(name), content)

    def merge(self, *args, code=0):
        return self.hmrec("merge", *args, code=code).err

    def rows(self, name="hmrec.db"):
        return stores.ask(self.path(name), ROWS)

    def content(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def check_untouched(self, err, text):
        """Refused for this reason, and nothing was written."""
        self.assertIn(text, err)
        if os.path.exists(self.path("hmrec.db")):
            self.assertEqual(self.rows(), [])


class Shards(Merge):
    def test_four_shards_are_what_one_process_makes(self):
        weights = self.path("w.safetensors")
        self.hmrec("weights", "random", "--seed", "1", "-o", weights, "-q")
        images = os.path.join(cli.SAMPLE, "images")
        self.hmrec("embed", images, "--store", "one.db", HMREC_WEIGHTS=weights)
        shards = [f"shard{i}.db" for i in range(1, 5)]
        for i, shard in enumerate(shards, 1):
            self.hmrec("embed", images, "--shard", f"{i}/4", "--store", shard, HMREC_WEIGHTS=weights)
            self.assertTrue(0 < len(self.rows(shard)) < 69)
        self.assertIn("hmrec.db: 69 embeddings from 4 stores, 0 were there already; hmrec knn", self.merge(*shards))
        self.assertEqual(len(self.rows()), 69)
        self.assertEqual(self.rows(), self.rows("one.db"))
        code = self.rows()[3][0]
        results = []
        for store in ("one.db", "hmrec.db"):
            searched = self.hmrec("similar", code, "--store", store, "--format", "json").out
            self.hmrec("knn", "--store", store)
            lists = stores.ask(self.path(store), "SELECT p.code, o.code, score FROM similar s JOIN product p ON p.id = s.product "
                                                 "JOIN product o ON o.id = s.neighbour ORDER BY 1, 3 DESC, 2")
            self.assertEqual(len(lists), 690)
            results.append((searched, lists, self.hmrec("similar", code, "--store", store, "--format", "json").out))
        self.assertEqual(results[0], results[1])
        # embed takes the merged store for its own: nothing is done again, by size and time alone
        self.assertIn("0 embedded, 69 unchanged", self.hmrec("embed", images, HMREC_WEIGHTS=weights).err)

    def test_again_changes_nothing(self):
        self.make("a.db", vectors(0, 300))
        self.make("b.db", vectors(300, 400))
        self.merge("a.db", "b.db")
        revisions = stores.ask(self.path("hmrec.db"), "SELECT product, revision FROM embedding")
        self.assertIn("0 embeddings from 2 stores, 400 were there already; nothing is changed", self.merge("b.db", "a.db"))
        self.assertEqual(stores.ask(self.path("hmrec.db"), "SELECT product, revision FROM embedding"), revisions)
        self.make("c.db", vectors(390, 410))
        self.assertIn("10 embeddings from 1 stores, 10 were there already", self.merge("c.db"))

    def test_old_neighbours_are_not_shown_in_silence(self):
        self.make("a.db", vectors(0, 30))
        self.make("b.db", vectors(30, 40))
        self.merge("a.db")
        self.hmrec("knn")
        self.merge("b.db")
        self.assertIn("10 embeddings are newer", self.hmrec("similar", "00003").err)

    def test_a_photo_comes_before_none(self):
        self.make("a.db", {"1": {}, "2": {}, "3": {5: 1}})
        self.make("b.db", {"1": {4: 1}, "3": {}})
        self.make("hmrec.db", {"2": {6: 1}, "3": {}})
        self.assertIn("2 embeddings from 2 stores, 1 were there already", self.merge("a.db", "b.db"))
        self.assertEqual([(r[0], r[4]) for r in self.rows()],
                         [("1", stores.blob({4: 1})), ("2", stores.blob({6: 1})), ("3", stores.blob({5: 1}))])


class Refused(Merge):
    def test_two_pictures_of_one_product(self):
        self.make("a.db", vectors(0, 40))
        self.make("b.db", vectors(10, 50))
        stores.run(self.path("b.db"), "UPDATE embedding SET image_digest = 'other'")
        err = self.merge("a.db", "b.db", code=1)
        self.check_untouched(err, "product 00010: picture d in a.db, other in b.db\n")
        self.assertIn("and 10 more products\n", err)
        self.assertIn("30 products have different pictures in two stores; nothing is written", err)
        self.make("hmrec.db", vectors(20, 22))
        before = self.rows()
        self.assertIn("product 00021: picture other in b.db, d in hmrec.db\n", self.merge("b.db", code=1))
        self.assertEqual(self.rows(), before)

    def test_another_model(self):
        self.make("a.db", vectors(0, 3))
        self.make("b.db", vectors(3, 6))
        stores.run(self.path("b.db"), "UPDATE model SET name = 'model A:bf16'")
        self.check_untouched(self.merge("a.db", "b.db", code=1),
                             "store b.db: found embeddings of model model A:bf16, expected model A as in the stores before it")
        self.make("hmrec.db", vectors(0, 3))
        before = self.rows()
        self.assertIn("bf16", self.merge("b.db", code=1))
        self.assertEqual(self.rows(), before)

    def test_stores_that_are_none(self):
        self.make("a.db", vectors(0, 3))
        self.make("new.db", vectors(3, 6))
        stores.run(self.path("new.db"), "PRAGMA user_version = 99")
        with open(self.path("text.db"), "w", encoding="ascii") as out:
            out.write("no store " * 1000)
        for name, text in (("none.db", "none.db"), ("new.db", "found schema 99"), ("text.db", "text.db"), ("", '"" is no store'),
                           ("bolt://localhost", "expected a store's file")):
            self.check_untouched(self.merge("a.db", name, code=1), text)
            self.assertFalse(os.path.exists(self.path("hmrec.db")), name)
        self.assertIn("name the stores", self.merge(code=2))

    def test_a_hostile_store(self):
        self.make("a.db", vectors(0, 3))
        for sql, text in (("UPDATE embedding SET vector = x'00'", "has 1 bytes, expected 8192"),
                          ("UPDATE embedding SET vector = replace(hex(zeroblob(4095)), '0', 'x')", "has 8190 bytes, expected 8192"),
                          ("UPDATE product SET code = replace(hex(zeroblob(200)), '0', 'x')", "found a product code of 400 bytes"),
                          ("UPDATE product SET code = ''", "found a product code of 0 bytes")):
            self.make("bad.db", {"x": {1: 1}})
            db = sqlite3.connect(self.path("bad.db"))
            db.execute("PRAGMA ignore_check_constraints = ON")
            with db:
                db.execute(sql)
            db.close()
            self.check_untouched(self.merge("bad.db", "a.db", code=1), text)
            os.remove(self.path("bad.db"))
        self.make("bad.db", {"x": {1: float("nan")}})
        self.check_untouched(self.merge("bad.db", "a.db", code=1), "embedding of x: found a number that is not finite")

    def test_the_target_among_the_sources(self):
        self.make("a.db", vectors(0, 3))
        self.make("hmrec.db", vectors(3, 6))
        os.symlink("hmrec.db", self.path("link.db"))
        before = self.rows()
        for name in ("hmrec.db", "link.db", "sqlite:hmrec.db"):
            self.assertIn(name + " is the store that is merged into, too", self.merge("a.db", name, code=1))
        self.assertEqual(self.rows(), before)


class Sources(Merge):
    def test_an_empty_store(self):
        self.make("a.db", vectors(0, 3))
        self.make("empty.db", {})
        self.assertIn("store empty.db has no embeddings", self.merge("empty.db", "a.db"))
        self.assertEqual(len(self.rows()), 3)
        self.assertIn("0 embeddings from 1 stores", self.merge("empty.db"))

    def test_sources_are_only_read(self):
        names = [f"{i}.db" for i in range(3)]
        for i, name in enumerate(names):
            self.make(name, vectors(10 * i, 10 * i + 10))
            os.chmod(self.path(name), 0o444)
        before = [self.content(name) for name in names]
        self.merge(*names, names[0])
        self.assertEqual([self.content(name) for name in names], before)
        self.assertEqual(len(self.rows()), 30)

    def test_what_load_read_is_said_to_stay(self):
        self.make("a.db", vectors(0, 3))
        with open(self.path("c.csv"), "w", encoding="ascii") as out:
            out.write("customer_id,FN,Active,club_member_status,fashion_news_frequency,age,postal_code\nc,1,1,x,y,30,z\n")
        self.hmrec("load", "--customers", "c.csv", "--store", "a.db")
        self.assertIn("store a.db: catalogue, customers and purchases are not merged; hmrec load", self.merge("a.db"))

    def test_more_stores_than_open_files(self):
        names = [f"{i}.db" for i in range(40)]
        self.make("0.db", vectors(0, 1))
        for i, name in enumerate(names[1:], 1):
            shutil.copy(self.path("0.db"), self.path(name))
            stores.run(self.path(name), f"UPDATE product SET code = '{i}'")
        limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))  # noqa: E731
        done = subprocess.run(cli.PROGRAM + ["merge", *names], cwd=self.dir, env=cli.environment(), capture_output=True, timeout=60,
                              preexec_fn=limit)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.rows()), 40)


class Interrupted(Merge):
    def stopped(self, number):
        """A merge that gets this signal once something has been written; what it left."""
        run = self.start("merge", "a.db", "b.db")
        while run.poll() is None:
            try:
                if self.rows():
                    run.send_signal(number)
                    break
            except sqlite3.Error:
                pass  # not made yet
            time.sleep(0.002)
        run.communicate()
        return run.returncode, self.rows()

    def test_a_merge_that_is_stopped_is_completed_by_the_next(self):
        self.make("a.db", vectors(0, 6000))
        self.make("b.db", vectors(6000, 12000))
        whole = self.rows("a.db") + self.rows("b.db")
        for number, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 128 + signal.SIGTERM)):
            ended, left = self.stopped(number)
            self.assertEqual(ended, code)
            self.assertTrue(0 < len(left) < 12000, len(left))
            self.assertEqual(left, whole[:len(left)])
            self.assertIn(f"{12000 - len(left)} embeddings from 2 stores, {len(left)} were there already", self.merge("a.db", "b.db"))
            self.assertEqual(self.rows(), whole)
            for name in glob.glob(self.path("hmrec.db*")):
                os.remove(name)

    def test_a_disk_that_is_full(self):
        self.make("a.db", vectors(0, 2000))
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (6 << 20, 6 << 20))  # noqa: E731
        done = subprocess.run(cli.PROGRAM + ["merge", "a.db"], cwd=self.dir, env=cli.environment(), capture_output=True, timeout=60,
                              preexec_fn=lambda: (limit(), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(b"store hmrec.db", done.stderr)
        self.assertLess(len(self.rows()), 2000)
        self.merge("a.db")
        self.assertEqual(self.rows(), self.rows("a.db"))


if __name__ == "__main__":
    cli.main()
