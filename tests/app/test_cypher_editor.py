# SPDX-License-Identifier: MIT
"""hmrec cypher's lines: completion with the names of the database, statements that are edited as a whole."""
import subprocess
import threading
import time
import unittest

import cli
from fake_bolt import Answer, Failure
from terminal import Terminal

NAMES = [["label", "Product"], ["label", "ProductGroup"], ["label", "Märchen"], ["label", "odd `name"], ["label", "bad\x1b[2J"], ["type", "SIMILAR"],
         ["type", "SUBSET_OF"], ["property", "code"], ["property", "colour"], ["property", "odd name"]]


def is_names(query):
    return "db.labels()" in query


WITH_LIBEDIT = b"libedit" in subprocess.run(cli.PROGRAM + ["info"], capture_output=True).stdout


@unittest.skipUnless(WITH_LIBEDIT, "built without libedit")
class Editor(Terminal):
    def start_it(self, answer=None, **env):
        def usual(query, parameters):
            return Answer(["kind", "name"], NAMES) if is_names(query) else Answer(["n"], [[42]])

        server = self.serve(answer or usual)
        self.open(server, "--history", "mine", NEO4J_PASSWORD="x", **env)
        self.expect("neo4j> ")
        return server

    def statements(self, server):
        return [query for query in server.runs() if not is_names(query)]

    def enter(self, text):
        """Type it, and wait until it was answered."""
        self.type(text)
        self.expect("\n42\r\n")
        self.expect("neo4j> ")

    def leave(self):
        self.type(":exit\n")
        self.assertEqual(self.end(), 0)

    def test_words(self):
        server = self.start_it()
        for typed, sent in (
            ("mat\t (p:Prod\tG\t) ret\t p", "MATCH (p:ProductGroup) RETURN p"),
            ("RETURN (a)-[:SI\t|SUB\t]->(:m\t)", "RETURN (a)-[:SIMILAR|SUBSET_OF]->(:Märchen)"),
            ("RETURN p.cod\t, {col\t: 1, cod\t: 2}", "RETURN p.code, {colour: 1, code: 2}"),
            ("RETURN p.od\t, p.`od\t", "RETURN p.`odd name`, p.`odd name`"),
            ("RETURN x:od\t", "RETURN x:`odd ``name`"),
            ("RETURN 'MAT\x16\tx (:Pro' // no\t", "RETURN 'MAT\tx (:Pro' // no"),
            ("RETURN [x IN xs WHERE x:Mä\t]", "RETURN [x IN xs WHERE x:Märchen]"),
            ("RETURN {a:tru\t}", "RETURN {a:tru}"),
            ("RETURN 1.co\t, xs[1..co\t", "RETURN 1.co, xs[1..co"),
        ):
            with self.subTest(typed):
                self.enter(typed + ("\n;\n" if "//" in typed else ";\n"))
                self.assertEqual(self.statements(server)[-1].rstrip(), sent)
        self.assertEqual(sum(map(is_names, server.runs())), 1)  # asked once
        self.leave()

    def test_words_that_are_not_sure_are_listed(self):
        self.start_it()
        self.type("MATCH (p:Pr\t")
        self.expect("duct")
        self.type("\t")
        self.expect("Product  ProductGroup")
        self.assertNotIn("bad", self.expect("MATCH (p:Product"))
        self.type("\x03")
        self.expect("neo4j> ")
        self.type("MATCH (:\t")
        self.assertNotIn("\x1b[2J", self.expect("ProductGroup"))
        self.type("\x03")
        self.expect("neo4j> ")
        self.leave()

    def test_commands_and_parameters(self):
        server = self.start_it()
        self.type(":par\t quantity => 3\n")
        self.expect("neo4j> ")
        self.type(":he\t :acc\t\n")
        self.expect("go on as one who may read or write")
        self.expect("neo4j> ")
        self.enter("RETURN $qu\t;\n")
        self.assertEqual(server.runs(), ["RETURN $quantity"])
        self.leave()

    def test_nobody_waits_for_names(self):
        for failing in (False, True):
            def answer(query, parameters):
                if is_names(query):
                    if failing:
                        raise Failure("Neo.ClientError.Security.Forbidden", "no procedures for you")
                    threading.Event().wait(30)
                return Answer(["n"], [[42]])

            server = self.start_it(answer)
            begin = time.monotonic()
            self.enter("RETURN p.x\ty\t;\n")
            self.assertLess(time.monotonic() - begin, 8)
            self.assertEqual(self.statements(server), ["RETURN p.xy"])
            self.assertEqual(len(server.runs()), 2)
            self.leave()

    def test_an_open_transaction_knows_nothing_of_it(self):
        def answer(query, parameters):
            if is_names(query):
                raise Failure("Neo.ClientError.Security.Forbidden", "no")
            return Answer(["n"], [[42]])

        server = self.start_it(answer)
        self.type(":begin\n")
        self.expect("neo4j# ")
        self.type("RETURN p.x\t;\n")
        self.expect("\n42\r\n")
        self.type(":commit\n")
        self.expect("neo4j> ")
        self.assertIn("COMMIT", server.names())
        self.leave()

    def test_a_statement_is_edited_as_a_whole(self):
        server = self.start_it(TERM="xterm")
        self.enter("MATCH (n)\nRETURN n;\n")
        self.enter("\x1b[A\x1b[A\x01/* one */ \n")  # the line above, at its begin
        self.assertEqual(server.runs(), ["MATCH (n)\nRETURN n", "/* one */ MATCH (n)\nRETURN n"])
        self.enter("RETURN 'a;\nb'\n;\n")
        self.assertEqual(server.runs()[-1], "RETURN 'a;\nb'\n")
        self.leave()

    def test_what_is_pasted(self):
        server = self.start_it(TERM="xterm")
        lines = ["RETURN [", *(f"\t{i}," for i in range(300)), "0]"]
        self.enter("\n".join(lines) + ";\n")
        self.assertEqual(server.runs(), ["\n".join(lines)])
        self.type("RETURN 1;\nRETURN 2; RETURN\n3;\n")
        for _ in range(3):
            self.expect("\n42\r\n")
        self.assertEqual(server.runs()[1:], ["RETURN 1", "RETURN 2", "RETURN\n3"])
        self.leave()


if __name__ == "__main__":
    cli.main()
