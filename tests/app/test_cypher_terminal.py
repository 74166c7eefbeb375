# SPDX-License-Identifier: MIT
"""hmrec cypher as a person has it: on a terminal, with prompts, history, Ctrl-C and a password that is not shown."""
import os
import threading

import cli
from fake_bolt import Answer, Failure
from terminal import Terminal


class Person(Terminal):
    def test_statements_commands_history(self):
        server = self.serve(lambda query, parameters: Answer(["n"], [[len(query)]]))
        self.open(server, NEO4J_PASSWORD="x")
        self.expect("Neo4j/5.26.25")
        self.expect("neo4j> ")
        self.type("RETURN\n")
        self.expect("...> ")
        self.type("'ä;';\n")
        self.expect("\n11\r\n")
        self.expect("neo4j> ")
        self.type(":begin\n")
        self.expect("neo4j# ")
        self.type(":rollback\n")
        self.expect("neo4j> ")
        self.type("ALTER USER x SET PASSWORD 'y';\n")
        self.expect("row")
        self.expect("neo4j> ")
        self.type(":help\n")
        self.expect(":rollback")
        self.expect("neo4j> ")
        self.type(":use other\n")
        self.expect("other> ")
        self.type("\x04")
        self.assertEqual(self.end(), 0)
        self.assertEqual(server.runs()[0], "RETURN\n'ä;'")
        if os.path.exists(self.path(".local/state/hmrec/cypher_history")):  # with libedit
            with open(self.path(".local/state/hmrec/cypher_history")) as file:
                text = file.read()
            self.assertIn("begin", text)
            self.assertNotIn("PASSWORD", text)
            self.assertEqual(os.stat(self.path(".local/state/hmrec/cypher_history")).st_mode & 0o77, 0)

    def test_history_is_listed_and_kept_where_told(self):
        with open(self.path("more"), "w") as file:
            file.write("sourced;")
        for where in ("mine", "in-memory"):
            server = self.serve(lambda query, parameters: Answer())
            self.open(server, "--history", where, NEO4J_PASSWORD="x")
            self.expect("neo4j> ")
            self.type("first;\n")
            self.expect("neo4j> ")
            self.type(":history\n")
            self.expect(":history")
            shown = self.expect("neo4j> ")
            with_libedit = "no libedit" not in shown
            if with_libedit:
                self.assertIn("first;\r\n", shown)
            self.type(":source more\n")
            self.expect("neo4j> ")
            self.type(":source nothing\n")
            self.expect("No such file")
            self.type(":history clear\n:exit\n")
            self.assertEqual(self.end(), 0)
            self.assertEqual(server.runs(), ["first", "sourced"])
            self.assertFalse(os.path.exists(self.path("in-memory")))
            self.assertEqual(os.path.exists(self.path("mine")), with_libedit)
            self.assertFalse(os.path.exists(self.path(".local")))

    def test_non_interactive(self):
        server = self.serve(lambda query, parameters: Answer(["n"], [[1]]))
        self.open(server, "--non-interactive", NEO4J_PASSWORD="x")
        self.type("RETURN 1;\n\x04")
        self.assertNotIn("neo4j>", self.expect("1 row"))
        self.assertEqual(self.end(), 0)

    def test_a_failure_does_not_end_it(self):
        def answer(query, parameters):
            raise Failure("Neo.ClientError.Statement.SyntaxError", "no")

        self.open(self.serve(answer), NEO4J_PASSWORD="x")
        self.expect("neo4j> ")
        self.type("x;\n")
        self.expect("SyntaxError: no")
        self.expect("neo4j> ")
        self.type(":exit\n")
        self.assertEqual(self.end(), 0)

    def test_control_c(self):
        ready = threading.Event()

        def answer(query, parameters):
            if query == "slow":
                ready.set()
                threading.Event().wait(60)
            return Answer(["n"], [[42]])

        server = self.serve(answer)
        self.open(server, NEO4J_PASSWORD="x")
        self.expect("neo4j> ")
        self.type("half a statement\n")
        self.expect("...> ")
        self.type("\x03")
        self.expect("neo4j> ")
        self.type("slow;\n")
        self.assertTrue(ready.wait(20))
        self.type("\x03")
        self.expect("interrupted")
        self.expect("neo4j> ")
        self.type("RETURN 42;\n")
        self.expect("\n42\r\n")
        self.expect("neo4j> ")
        self.type("\x04")
        self.assertEqual(self.end(), 0)
        self.assertEqual(server.runs(), ["slow", "RETURN 42"])

    def test_the_password_is_asked_for_and_not_shown(self):
        server = self.serve(lambda query, parameters: Answer(["n"], [[1]]))
        self.open(server, "RETURN 1")
        before = self.expect("Password of neo4j at bolt://")
        self.expect(": ")
        self.type("topsecret\n")
        after = self.expect("row in")
        self.assertEqual(self.end(), 0)
        self.assertNotIn("topsecret", before + after)
        self.assertEqual(next(fields[0] for name, fields in server.seen if name == "LOGON")["credentials"], "topsecret")

    def test_no_password_is_asked_for_where_there_is_no_server(self):
        for args, words in ((["knn", "--store", "postgres://x/y"], 'unknown scheme "postgres"; known: a file name, sqlite:, bolt://, '),
                            (["cypher", "-a", "postgres://x/y", "RETURN 1"], 'unknown scheme "postgres"'),
                            (["cypher", "-a", "localhost:x", "RETURN 1"], "localhost:x names an SQLite file, expected a Neo4j server"),
                            (["knn", "--store", "SQLITE:no.db"], "no.db: no such file")):
            self.open_any(*args)
            self.assertNotIn("Password", self.expect(words))
            self.assertEqual(self.end(), 1)

    def test_control_c_at_the_password(self):
        self.open(self.serve(lambda query, parameters: Answer()), "RETURN 1")
        self.expect("Password of")
        self.type("\x03")
        self.assertEqual(self.end(), 130)


if __name__ == "__main__":
    cli.main()
