#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hmrec import and export on a server: the same files as from an SQLite store. The data of NEO4J_URI's server are deleted."""
import os
import random

import cli
import stores

if not os.environ.get("HMREC_TEST_SERVER"):
    cli.skip("NEO4J_URI names no server that tests/neo4j/server has started")
LOGIN = {k: os.environ[k] for k in ("NEO4J_USERNAME", "NEO4J_PASSWORD")}
BOLT = os.environ["NEO4J_URI"]
SEED = int(os.environ.get("HM_TEST_SEED", "16"), 0)


def setUpModule():
    print("seed: HM_TEST_SEED=%d" % SEED)


class Exchange(cli.Case):
    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def test_the_same_files_from_both_kinds_of_stores(self):
        rng = random.Random(SEED)
        self.hmrec("cypher", "--uri", BOLT, "MATCH (n) DETACH DELETE n", **LOGIN)
        stores.make(self.path("hmrec.db"), {"%010d" % code: {i: rng.random() for i in range(2048)} for code in range(30)})
        self.hmrec("knn", "-k", "4")
        self.hmrec("export", "--embeddings", "a.npy", "--neighbours", "a.csv")
        for put in ("30 embeddings put, 0 unchanged", "0 embeddings put, 30 unchanged"):
            self.assertIn(put, self.hmrec("import", "a.npy", "--model", "model A", "--store", BOLT, **LOGIN).err)
        photos = "MATCH (p:Product) SET p.image_digest = 'of a photo'"
        self.hmrec("cypher", "--uri", BOLT, photos, **LOGIN)
        self.assertIn("0 embeddings put, 30 unchanged", self.hmrec("import", "a.npy", "--model", "model A", "--store", BOLT, **LOGIN).err)
        self.assertIn("from weights model A", self.hmrec("import", "a.npy", "--model", "model B", "--store", BOLT, code=1, **LOGIN).err)
        self.hmrec("knn", "-k", "4", "--store", BOLT, **LOGIN)
        articles = os.path.join(cli.SAMPLE, "articles.csv")
        self.hmrec("load", "--articles", articles)
        self.hmrec("load", "--articles", articles, "--store", BOLT, **LOGIN)
        self.hmrec("export", "--products", "a.products.csv")
        self.hmrec("export", "--embeddings", "b.npy", "--neighbours", "b.csv", "--products", "b.products.csv", "--store", BOLT, **LOGIN)
        for name in ("%s.npy", "%s.npy.codes", "%s.csv", "%s.products.csv"):
            self.assertEqual(self.read(name % "b"), self.read(name % "a"))


if __name__ == "__main__":
    cli.main()
