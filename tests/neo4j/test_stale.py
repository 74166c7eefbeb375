#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Look-alikes after changes: a server's store says and shows what an SQLite store does, step by step. The data of NEO4J_URI's server are
deleted."""
import array
import os
import random
import re

import cli

if not os.environ.get("HMREC_TEST_SERVER"):
    cli.skip("NEO4J_URI names no server that tests/neo4j/server has started")
LOGIN = {k: os.environ[k] for k in ("NEO4J_USERNAME", "NEO4J_PASSWORD")}
BOLT = os.environ["NEO4J_URI"]
SEED = int(os.environ.get("HM_TEST_SEED", "17"), 0)
HEAD = "article_id,product_code,prod_name,product_type_no,product_type_name,product_group_name,department_no,department_name,index_code,index_name\n"


def setUpModule():
    print("seed: HM_TEST_SEED=%d" % SEED)


class Stale(cli.Case):
    def setUp(self):
        super().setUp()
        self.rng = random.Random(SEED)
        self.hmrec("cypher", "--uri", BOLT, "MATCH (n) DETACH DELETE n", **LOGIN)

    def vectors(self, name, codes):
        text = ("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 2048), }\n" % len(codes)).encode()
        numbers = array.array("f", (self.rng.random() for _ in range(2048 * len(codes))))
        with open(self.path(name), "wb") as file:
            file.write(b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text + numbers.tobytes())
        with open(self.path(name + ".codes"), "w", encoding="utf-8") as file:
            file.write("".join(code + "\n" for code in codes))
        return name

    def both(self, *args, code=0):
        """A command on each store; what it printed, which must be the same but for the store's name and the time."""
        said = []
        for store, login in (("hmrec.db", {}), (BOLT, LOGIN)):
            done = self.hmrec(*args, "--store", store, code=code, **login)
            text = re.sub(r"bolt://127.0.0.1:[0-9]+(/\w+)?|hmrec\.db", "STORE", done.err)
            said.append((done.out, re.sub(r"\d+\.\d\d s( \(\d+/s\))?", "TIME", text)))
        self.assertEqual(said[1], said[0])
        return said[0]

    def test_what_came_after_the_lists(self):
        codes = ["%010d" % code for code in range(24)]
        with open(self.path("articles.csv"), "w", encoding="utf-8") as file:
            file.write(HEAD + "".join(f"{code},{code[:7]},N{code},{i % 3},T{i % 3},G,{i % 4},D{i % 2},{'AB'[i % 2]},I\n" for i, code in enumerate(codes)))
        self.both("load", "--articles", "articles.csv")
        self.both("import", self.vectors("a.npy", codes), "--model", "m")
        self.both("knn", "-k", "5")
        fresh = self.both("similar", codes[3], "-k", "5", "-F", "csv")
        self.assertEqual(fresh[1], "")
        steps = (("new", ("import", self.vectors("b.npy", ["0000000100"]), "--model", "m")),
                 ("changed", ("import", self.vectors("c.npy", [codes[7]]), "--model", "m")),
                 ("removed", ("remove", codes[9])))
        for name, step in steps:
            with self.subTest(name):
                self.both(*step)
                self.assertIn("knn", self.both("similar", codes[3], "-k", "5", "-F", "csv")[1])
                for option in ("--same-department", "--same-index", "--one-per-product-code"):
                    self.both("similar", codes[3], codes[4], option, "-F", "csv")
                self.assertIn("knn", self.both("eval", "-F", "csv")[1])
                self.both("knn", "-k", "5")
                self.assertEqual(self.both("similar", codes[3], "-k", "5", "-F", "csv")[1], "")
        with self.subTest("more than the lists have"):
            self.both("similar", codes[3], "-k", "9", "-F", "csv")
        with self.subTest("fewer"):
            self.both("similar", codes[3], "-k", "2", "-F", "csv")
        with self.subTest("another model"):
            self.both("import", self.vectors("d.npy", codes[:12]), "--model", "other", "--again")
            self.both("similar", codes[3], "-F", "csv")
            self.both("similar", codes[20], "-F", "csv", code=1)
            self.both("eval", code=1)


if __name__ == "__main__":
    cli.main()
