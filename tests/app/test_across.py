# SPDX-License-Identifier: MIT
"""One query across two databases, and what sets them up: against a server that answers as the Enterprise Edition does, which no test can
download."""
import json

import cli
from fake_bolt import Answer, Failure, Server

LOGIN = {"NEO4J_PASSWORD": "secret"}
OLD = {"version": (4, 4), "agent": "Neo4j/4.4.46"}
NAMES = ["code", "score", "type", "department"]
ROWS = [["0200", 0.9375, "Vest top", "Basic"], ["0300", 0.75, None, None]]


class Enterprise:
    """Databases by name; answers scripts by what stands in them."""

    def __init__(self, *databases, **server):
        self.databases = set(databases)
        self.columns = NAMES
        self.newer = 0
        self.server = Server(self.answer, **server)

    def database(self):
        """Of the transaction or query at hand."""
        name, fields = next(x for x in reversed(self.server.seen) if x[0] in ("BEGIN", "RUN") and "db" in x[1][-1])
        return fields[-1]["db"]

    def answer(self, query, parameters):
        named = any("db" in f[-1] for n, f in self.server.seen[-2:] if n in ("BEGIN", "RUN"))
        if named and self.database() not in self.databases | {"system"}:
            raise Failure("Neo.ClientError.Database.DatabaseNotFound", f"Graph not found: {self.database()}")
        if "USE fabric.products" in query:
            return Answer(self.columns, [row[:len(self.columns)] for row in ROWS] if parameters["code"] == "0100" else [])
        if "dbms.components" in query:
            return Answer(["name", "versions", "edition"], [["Neo4j Kernel", ["5"], "enterprise"]])
        if "CREATE DATABASE" in query:
            self.databases.add(parameters["name"])
        if "MATCH (p:Product {code: $code})" in query and "collect" in query:
            return Answer(["code", "codes", "scores"], [[parameters["code"], ["0400"], [0.625]]])
        if "AS newer" in query:
            return Answer(["newer", "lasting"], [[self.newer, 3]])
        if "HmrecStore" in query:
            return Answer(["model", "revision", "knn_revision", "knn_products", "knn_k", "knn_approximate"], [["m", 1, 1, 3, 10, False]])
        if "$codes[place]" in query:
            return Answer(["code", "name", "type", "group", "department", "index", "appearance", "colour",
                           "department_number", "index_code", "embedded", "listed"],
                          [[c, "", "Joined", "", "Here", "", "", "", 1, "A", True, True] for c in parameters["codes"]])
        return Answer()


class Across(cli.Case):
    def similar(self, server, *options, code=0):
        uri = server.server.uri
        result = self.hmrec("similar", "--store", uri + "/products", "--graph", uri, "--format", "json", *options, code=code, **LOGIN)
        return result, json.loads(result.out or "[]")

    def queries(self, server):
        return [q for q in server.server.runs() if "USE fabric.products" in q]

    def test_a_composite_database_is_asked_once(self):
        server = Enterprise("products", "fabric")
        _, rows = self.similar(server, "--via", "composite", "0100")
        self.assertEqual([(r["code"], r["product_type"], r["department"]) for r in rows],
                         [("0200", "Vest top", "Basic"), ("0300", "", "")])
        self.assertEqual([float(r["score"]) for r in rows], [0.9375, 0.75])
        self.assertEqual(len(self.queries(server)), 1)
        self.assertIn("CALL (code)", self.queries(server)[0])

    def test_fabric_of_the_older_servers(self):
        server = Enterprise("products", "fabric", **OLD)
        _, rows = self.similar(server, "--via", "fabric", "--min-score", "0.8", "0100")
        self.assertEqual([r["code"] for r in rows], ["0200"])
        self.assertIn("WITH code", self.queries(server)[0])

    def test_other_columns_than_the_query_asks_for_end_the_work(self):
        server = Enterprise("products", "fabric")
        for columns in ["code", "score", "department", "type"], ["code", "score", "type"]:
            server.columns = columns
            result, rows = self.similar(server, "--via", "composite", "0100", code=1)
            self.assertIn("script 63_similar_composite: found columns " + ", ".join(columns) + "; expected code STRING, score FLOAT, ", result.err)
            self.assertEqual(rows, [])

    def test_auto_takes_what_is_there(self):
        joined = Enterprise("products", "fabric")
        _, rows = self.similar(joined, "0100")
        self.assertEqual(rows[0]["department"], "Basic")
        apart = Enterprise("products")
        _, rows = self.similar(apart, "0100")
        self.assertEqual([(r["code"], r["department"]) for r in rows], [("0400", "Here")])

    def test_neighbours_that_are_not_up_to_date_are_said_to_be(self):
        server = Enterprise("products", "fabric")
        server.newer = 2
        result, rows = self.similar(server, "--via", "composite", "0100")
        self.assertIn("2 embeddings are newer than the neighbours in bolt://", result.err)
        self.assertEqual(len(rows), 2)

    def test_what_does_not_fit_is_explained(self):
        for server, options, words in [(Enterprise("products"), ["--via", "composite"], "--via join"),
                                       (Enterprise("products", "fabric"), ["--via", "fabric"], "--via composite"),
                                       (Enterprise("products", "fabric", **OLD), ["--via", "composite"], "--via fabric"),
                                       (Enterprise("products", "fabric"), ["--via", "composite", "--same-department"], "--via join")]:
            result, _ = self.similar(server, *options, "0100", code=1)
            self.assertIn(words, result.err)

    def test_a_product_without_neighbours_is_named(self):
        result, rows = self.similar(Enterprise("products", "fabric"), "--via", "composite", "0100", "0999", code=1)
        self.assertIn("0999", result.err)
        self.assertEqual(len(rows), 2)

    def setup_of(self, server):
        uri = server.server.uri
        return self.hmrec("setup", "--store", uri + "/products", "--graph", uri + "/neo4j", **LOGIN)

    def test_setup_makes_databases_and_joins_them(self):
        server = Enterprise("neo4j")
        result = self.setup_of(server)
        self.assertIn("database products (made)", result.out)
        self.assertIn("composite database fabric in place", result.out)
        runs = server.server.runs()
        self.assertEqual(len([q for q in runs if "CREATE ALIAS fabric." in q]), 2)
        self.assertTrue(any("(n:Customer)" in q for q in runs))

    def test_setup_tells_what_fabric_needs(self):
        result = self.setup_of(Enterprise("neo4j", **OLD))
        for line in ("fabric.database.name=fabric", "fabric.graph.0.name=neo4j", "fabric.graph.1.database=products"):
            self.assertIn(line, result.out.splitlines())


if __name__ == "__main__":
    cli.main()
