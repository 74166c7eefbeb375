# SPDX-License-Identifier: MIT
"""The file of an SQLite store: one of schema 1 (schema_1.sql, as it was) becomes one of today's; the WAL does not grow without end."""
import os
import random
import shutil
import sqlite3
import subprocess
import threading
import time

import cli
import stores

SEED = int(os.environ.get("HM_TEST_SEED", "4"), 0)
HERE = os.path.dirname(os.path.abspath(__file__))
OLD = """PRAGMA application_id = 0x686d7265; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;
INSERT INTO model VALUES (1, 'model A'); INSERT INTO meta VALUES ('model', 1), ('revision', 1);
INSERT INTO department VALUES (7, 'Basic', NULL);
INSERT INTO product (code, name, department) VALUES ('001', 'Vest', 7), ('002', 'Cap', 7), ('003', NULL, NULL);
INSERT INTO customer (id) VALUES ('c');
INSERT INTO purchased VALUES ('2018-09-20', 1, 1, 0.05, 2), ('2018-09-21', 1, 3, 0.5, 1);
INSERT INTO loaded VALUES ('articles:a', 10, 1), ('articles:b', 20, 2);"""


def setUpModule():
    print("seed: HM_TEST_SEED=%d" % SEED)


class Upgrade(cli.Case):
    def setUp(self):
        super().setUp()
        self.store = self.path("hmrec.db")
        with open(os.path.join(HERE, "schema_1.sql"), encoding="utf-8") as schema:
            stores.run(self.store, schema.read() + OLD)
        for product, vector in ((1, {0: 1}), (2, {0: 1, 1: 1}), (3, {})):
            db = sqlite3.connect(self.store)
            with db:
                db.execute("INSERT INTO embedding VALUES (?, 1, 1, ?, 1, 1, ?)", (product, "d" if vector else "", stores.blob(vector)))
            db.close()

    def schema(self, path):
        """Every table and index with its columns; not the words that made it."""
        return {(kind, name): stores.ask(path, f"PRAGMA {'table' if kind == 'table' else 'index'}_xinfo({name})") for kind, name in
                stores.ask(path, "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")}

    def test_the_first_command_that_writes_upgrades(self):
        self.assertIn("hmrec setup --store hmrec.db upgrades it", self.hmrec("similar", "001", code=1).err)
        self.assertEqual(stores.ask(self.store, "PRAGMA user_version"), [(1,)])
        self.hmrec("setup")
        self.hmrec("setup", "--store", "new.db")
        self.assertEqual(self.schema(self.store), self.schema(self.path("new.db")))
        self.assertEqual(stores.ask(self.store, "PRAGMA user_version"), [(3,)])
        self.assertEqual(stores.ask(self.store, "PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(stores.ask(self.store, "SELECT * FROM purchased"), [("2018-09-20", 1, 1, 0.05, 2, 1, 0), ("2018-09-21", 1, 3, 0.5, 1, 1, 0)])
        self.assertEqual(stores.ask(self.store, "SELECT code, catalogue FROM product"), [("001", 0), ("002", 0), ("003", None)])
        self.assertIn("002", self.hmrec("similar", "001").out)
        with open(self.path("t.csv"), "w", encoding="ascii") as out:
            out.write("t_dat,customer_id,article_id,price,sales_channel_id\n" + "2018-09-20,c,001,0.05,2\n" * 3)
        self.assertIn("3 pieces in 1 purchases", self.hmrec("load", "--transactions", "t.csv").err)
        self.assertEqual(stores.ask(self.store, "SELECT quantity, load FROM purchased ORDER BY t_date"), [(3, 1), (1, 0)])

    def test_an_upgrade_is_whole_or_not_at_all(self):
        stores.run(self.store, "ALTER TABLE embedding RENAME COLUMN revision TO other")  # fails at its last step
        before = self.schema(self.store)
        self.assertIn("hmrec.db", self.hmrec("knn", code=1).err)
        self.assertEqual(self.schema(self.store), before)
        self.assertEqual(stores.ask(self.store, "PRAGMA user_version"), [(1,)])
        self.assertEqual(stores.ask(self.store, "SELECT count(*) FROM purchased"), [(2,)])


class Views(cli.Case):
    def test_a_table_that_is_an_endless_view_is_refused_at_once(self):
        store = self.path("hmrec.db")
        self.hmrec("setup")
        names = [name for (name,) in stores.ask(store, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        for name in names:
            columns = [row[1] for row in stores.ask(store, f"PRAGMA table_info({name})")]
            bad = self.path(f"{name}.db")
            shutil.copy(store, bad)
            endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT " + ", ".join(f"x AS {c}" for c in columns) + " FROM n"
            stores.run(bad, f"DROP TABLE {name}; CREATE VIEW {name} AS {endless}")
            for args in (["similar", "001"], ["knn"], ["info"], ["eval"]):
                with self.subTest(name=name, command=args[0]):
                    start = time.monotonic()
                    result = self.run_any(*args, "--store", bad)
                    self.assertIn(result.code, (0, 1), result)
                    if name == "embedding" and args[0] in ("similar", "knn"):
                        self.assertIn("embedding.db: ", result.err)
                        self.assertEqual(result.code, 1, result)
                    self.assertLess(time.monotonic() - start, 20)


class Wal(cli.Case):
    def test_the_wal_stays_near_its_limit_while_loading(self):
        """64 MiB, and what the transaction at hand adds: without the limit, 300,000 purchases made it 186 MB."""
        rng = random.Random(SEED)
        with open(self.path("t.csv"), "w", encoding="ascii") as out:
            out.write("t_dat,customer_id,article_id,price,sales_channel_id\n")
            for i in range(300000):
                out.write("2018-%02d-%02d,%064x,%010d,0.%d,2\n" % (1 + i // 30000, 1 + i // 1100 % 27, rng.randrange(200000) * 2**200,
                                                                 rng.randrange(105000), rng.randrange(9)))
        process = subprocess.Popen(cli.PROGRAM + ["load", "--transactions", "t.csv", "-q"], cwd=self.dir, env=cli.environment())
        largest, watching = [0], True

        def watch():
            while watching:
                try:
                    largest[0] = max(largest[0], os.stat(self.path("hmrec.db-wal")).st_size)
                except OSError:
                    pass
                time.sleep(0.005)

        watcher = threading.Thread(target=watch)
        watcher.start()
        self.assertEqual(process.wait(timeout=300), 0)
        watching = False
        watcher.join()
        self.assertGreater(largest[0], 0)
        self.assertLess(largest[0], 110 << 20)


if __name__ == "__main__":
    cli.main()
