# SPDX-License-Identifier: MIT
"""The whole way with products and embeddings on one Neo4j server, customers and catalogue on another, and the same in SQLite: both must
answer alike. The servers are those of NEO4J_URI and HMREC_TEST_OTHER_URI, whose data are deleted."""
import csv
import json
import os

import cli

if not os.environ.get("HMREC_TEST_OTHER_URI"):
    cli.skip("NEO4J_URI and HMREC_TEST_OTHER_URI name no two servers")
STORE, GRAPH = os.environ["NEO4J_URI"], os.environ["HMREC_TEST_OTHER_URI"]
LOGIN = {k: os.environ[k] for k in ("NEO4J_USERNAME", "NEO4J_PASSWORD")}
CATALOGUE = [w for name in ("articles", "customers") for w in (f"--{name}", os.path.join(cli.SAMPLE, f"{name}.csv"))]
PICTURES = [os.path.join(cli.SAMPLE, "images", folder) for folder in sorted(os.listdir(os.path.join(cli.SAMPLE, "images")))[:2]]


class TwoServers(cli.Case):
    def query(self, uri, text):
        result = self.hmrec("cypher", "--uri", uri, "--format", "ndjson", text, **LOGIN)
        return [json.loads(line) for line in result.out.splitlines()]

    def run_all(self, store, graph):
        """Every step on these stores; returns what similar says of each product that has a picture."""
        self.hmrec("setup", "--store", store, "--graph", graph, **LOGIN)
        self.hmrec("load", "--store", graph, *CATALOGUE, "--transactions", self.some_transactions(), **LOGIN)
        self.hmrec("embed", "--store", store, "--weights", "w.safetensors", *PICTURES, **LOGIN)
        again = self.hmrec("embed", "--store", store, "--weights", "w.safetensors", *PICTURES, **LOGIN)
        self.assertIn("0 embedded", again.err)
        self.hmrec("knn", "--store", store, "-k", "3", **LOGIN)
        result = self.hmrec("similar", "--store", store, "--graph", graph, "-k", "3", "--format", "csv", *self.codes(), **LOGIN)
        return result.out

    def page(self, store, graph, *options):
        """What gallery makes of some products."""
        self.hmrec("gallery", "--store", store, "--graph", graph, "--images", os.path.join(cli.SAMPLE, "images"), "-o", "page", "--no-sheets",
                   "--random", "5", *options, **LOGIN)
        with open(self.path("page", "index.html"), encoding="utf-8") as page:
            return page.read()

    def codes(self):
        return sorted(name[:-4] for folder in PICTURES for name in os.listdir(folder) if name.endswith(".jpg"))

    def some_transactions(self):
        with open(os.path.join(cli.SAMPLE, "transactions_train.csv"), encoding="utf-8") as whole:
            lines = whole.readlines()[:2001]
        with open(self.path("transactions.csv"), "w", encoding="utf-8") as some:
            some.writelines(lines)
        return "transactions.csv"

    def test_both_kinds_of_store_answer_alike(self):
        self.hmrec("weights", "random", "--seed", "1", "-o", "w.safetensors")
        for uri in (STORE, GRAPH):
            self.query(uri, "MATCH (n) DETACH DELETE n")
        files = self.run_all("products.db", "graph.db")
        servers = self.run_all(STORE, GRAPH)
        self.assertEqual(servers, files)
        self.assertEqual(len(files.splitlines()), 1 + 3 * len(self.codes()))
        for options in ((), ("-k", "3"), ("--one-per-product-code",), ("--same-department", "-k", "2"), ("--same-index", "--min-score", "0.6")):
            self.assertEqual(self.page(STORE, GRAPH, *options), self.page("products.db", "graph.db", *options), options)
        edges = self.query(STORE, "MATCH (:Product)-[s:SIMILAR]->() RETURN count(s) AS n")
        self.assertEqual(edges[0]["n"], 3 * len(self.codes()))
        catalogue = self.query(GRAPH, "MATCH (p:Product)-[:FROM_DEPARTMENT]->(:Department)-[:FROM_SECTION]->(:Section) "
                                      "RETURN count(DISTINCT p) AS n")
        with open(os.path.join(cli.SAMPLE, "articles.csv"), encoding="utf-8", newline="") as articles:
            self.assertEqual(catalogue[0]["n"], len(list(csv.DictReader(articles))))

    def test_what_the_community_edition_cannot_is_explained(self):
        refused = self.hmrec("similar", "--store", STORE, "--graph", GRAPH, "--via", "fabric", "0108775015", code=1, **LOGIN)
        self.assertIn("--via join", refused.err)
        refused = self.hmrec("setup", "--store", STORE + "/elsewhere", code=1, **LOGIN)
        self.assertIn("Community Edition", refused.err)
        refused = self.hmrec("knn", "--store", STORE, "--engine", "gds", code=1, **LOGIN)
        self.assertIn("--engine exact", refused.err)


if __name__ == "__main__":
    cli.main()
