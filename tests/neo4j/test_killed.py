#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hmrec killed while it writes to a server: the next run goes on, and the end equals an undisturbed run. The server's data are deleted."""
import glob
import collections
import json
import os
import signal
import sqlite3
import struct
import time

import cli

if not os.environ.get("NEO4J_URI"):
    cli.skip("NEO4J_URI names no server")
SERVER = {k: os.environ[k] for k in ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD")}
PICTURES = sorted(glob.glob(os.path.join(cli.SAMPLE, "images", "*", "*.jpg")))[:24]


class Killed(cli.Case):
    def query(self, text):
        return [json.loads(line) for line in self.hmrec("cypher", "--format", "ndjson", text, **SERVER).out.splitlines()]

    def revisions(self):
        rows = self.query("MATCH (p:Product) WHERE p.embedding IS NOT NULL RETURN p.code AS code, p.embedding_revision AS revision")
        return {row["code"]: row["revision"] for row in rows}

    def test_killed_run_goes_on(self):
        self.query("MATCH (n) DETACH DELETE n")
        self.hmrec("weights", "random", "--seed", "1", "-o", "w.safetensors")
        command = ("embed", "--weights", "w.safetensors", "--batch", "1", *PICTURES)
        run = self.start(*command, **SERVER)
        while run.poll() is None and len(self.revisions()) < 3:
            time.sleep(0.02)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        time.sleep(0.5)  # a transaction in flight may still be committed by the server
        kept = self.revisions()
        self.assertTrue(0 < len(kept) < len(PICTURES), f"killed with {len(kept)} of {len(PICTURES)} done")
        self.hmrec(*command, **SERVER)
        after = self.revisions()
        self.assertEqual(len(after), len(PICTURES))
        self.assertEqual({code: after[code] for code in kept}, kept, "what was kept is not done twice")
        self.hmrec(*command, "--store", "undisturbed.db")
        with sqlite3.connect(self.path("undisturbed.db")) as db:
            expected = dict(db.execute("SELECT code, vector FROM embedding e JOIN product p ON p.id = e.product"))
        db.close()
        for row in self.query("MATCH (p:Product) RETURN p.code AS code, p.embedding AS vector"):
            self.assertEqual(struct.pack("<2048f", *row["vector"]), expected.pop(row["code"]))
        self.assertEqual(expected, {})

    def test_a_killed_load_counts_no_piece_twice(self):
        self.query("MATCH (n) DETACH DELETE n")
        rows = ["2018-09-%02d,c%d,%010d,0.%d,2" % (1 + i // 2000, i * 7 % 300, i * 11 % 500, i % 3) for i in range(40000)]
        for i in range(0, len(rows), 3):  # second, third, ... pieces, of which some are batches away
            rows[i] = rows[max(0, i - (1, 2, 15000)[i % 4 % 3])]
        with open(self.path("t.csv"), "w", encoding="ascii") as out:
            out.write("t_dat,customer_id,article_id,price,sales_channel_id\n" + "\n".join(rows) + "\n")
        run = self.start("load", "--transactions", "t.csv", **SERVER)
        while run.poll() is None and not self.query("MATCH (l:HmrecLoad) RETURN l.bytes AS bytes"):
            time.sleep(0.02)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        time.sleep(0.5)
        for again, words in ((), "going on at line "), (("--again",), "40000 rows loaded"):
            err = self.hmrec("load", "--transactions", "t.csv", *again, **SERVER).err
            self.assertIn(words, err)
            self.assertIn(f"40000 pieces in {len(set(rows))} purchases", err)
            found = self.query("MATCH (c:Customer)-[b:PURCHASED]->(p) RETURN toString(b.t_date) AS d, c.id AS c, p.code AS p, b.price AS price, b.quantity AS n")
            counted = {f"{r['d']},{r['c']},{r['p']},0.{round(10 * r['price'])},2": r["n"] for r in found}
            self.assertTrue(counted == collections.Counter(rows))


if __name__ == "__main__":
    cli.main()
