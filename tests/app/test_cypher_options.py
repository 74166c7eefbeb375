# SPDX-License-Identifier: MIT
"""hmrec cypher: :sysinfo, --notifications, --idle-timeout, and what is said where no server was named."""
import json
import time

import cli
from fake_bolt import Answer, Failure
from terminal import Terminal


class Options(Terminal):
    def books(self, query, parameters):
        if "dbms.components" in query:
            return Answer(["name", "versions", "edition"], [["Neo4j Kernel", ["5.26.25"], "community"]])
        if "count(n)" in query:
            return Answer(["what", "count"], [["nodes", 7], ["relationships", 2]])
        if "SHOW DATABASES" in query:
            return Answer(["name", "status"], [["neo4j", "online"], ["shop\x1b[2J", "offline"]])
        return Answer(["n"], [[1]])

    def test_sysinfo(self):
        server = self.serve(self.books)
        rows = json.loads(self.cypher(server, "-d", "shop", "--format", "json", stdin=b":sysinfo").out)
        found = {row["what"]: row["value"] for row in rows}
        self.assertEqual(found["address"], server.uri.removeprefix("bolt://"))
        self.assertEqual((found["bolt"], found["encrypted"], found["user"], found["in database"]), ("5.4", "no", "neo4j", "shop"))
        self.assertEqual((found["edition"], found["nodes"], found["relationships"], found["database neo4j"]), ("community", "7", "2", "online"))
        self.assertEqual([fields[2].get("db") for name, fields in server.seen if name == "RUN"], ["shop", "shop", "system"])
        self.assertNotIn("\x1b", self.cypher(server, stdin=b":sysinfo").out)

    def test_sysinfo_inside_a_transaction_in_system_and_disconnected(self):
        server = self.serve(self.books)
        result = self.cypher(server, stdin=b":begin\nCREATE (n);:sysinfo\n:commit\n:use system\n:sysinfo")
        self.assertEqual(result.out.count("community"), 2)
        self.assertEqual(result.out.count("nodes"), 1)
        self.assertIn("COMMIT", server.names())
        self.assertIn("not connected", self.cypher(server, stdin=b":disconnect\n:sysinfo", code=1).err)
        self.assertIn('found "x"', self.cypher(server, stdin=b":sysinfo x", code=1).err)

    def test_sysinfo_of_a_user_who_may_not_ask(self):
        def answer(query, parameters):
            if "dbms.components" not in query:
                raise Failure("Neo.ClientError.Security.Forbidden", "not for you")
            return self.books(query, parameters)

        result = self.cypher(self.serve(answer), stdin=b":sysinfo")
        self.assertIn("community", result.out)
        self.assertEqual(result.err.count("not for you"), 2)

    def test_notifications_with_quiet(self):
        note = {"code": "Neo.ClientNotification.X", "title": "t", "description": "look here", "severity": "WARNING"}
        server = self.serve(lambda query, parameters: Answer(["n"], [[1]], notifications=[note]))
        self.assertEqual(self.cypher(server, "-q", "RETURN 1").err, "")
        for format in ("table", "verbose"):
            told = self.cypher(server, "-q", "--notifications", "--format", format, "RETURN 1").err
            self.assertIn("look here", told)
            self.assertNotIn("row", told)
        self.assertIn("1 row", self.cypher(server, "--notifications", "RETURN 1").err)

    def test_idle_timeout(self):
        server = self.serve(self.books)
        self.open(server, "--idle-timeout", "1s", NEO4J_PASSWORD="x")
        begin = time.monotonic()
        self.expect("neo4j> ")
        for _ in range(3):  # each key counts
            time.sleep(0.5)
            self.type("x")
        self.expect("nothing was typed for 1 s")
        self.assertGreater(time.monotonic() - begin, 2)
        self.assertEqual(self.end(), 124)
        self.assertIn("GOODBYE", server.names())

    def test_idle_timeout_is_for_persons(self):
        server = self.serve(self.books)
        self.cypher(server, "--idle-timeout", "1s", "RETURN 1")
        for value in ("", "x", "5", "1m1h", "0s", "1h1h", "-1s", "9999999h", "1.5h", "999999h999999h"):
            self.assertIn("expected a duration", self.cypher(server, "--idle-timeout", value, "RETURN 1", code=2).err)
        for value in ("1h30m", "10m", "1h2m3s", "90s"):
            self.cypher(server, "--idle-timeout", value, "RETURN 1")

    def test_nobody_named_a_server(self):
        words = "; no server was named: --uri, NEO4J_URI or NEO4J_ADDRESS"
        silent = {"NEO4J_PASSWORD": "x"}
        named = self.hmrec("cypher", "-a", "bolt://127.0.0.1:1", "RETURN 1", code=1, **silent)
        self.assertIn("127.0.0.1:1: ", named.err)
        self.assertNotIn(words, named.err)
        result = self.run_any("cypher", "RETURN 1", **silent)
        if "nothing listens" not in result.err:
            self.skipTest("a server listens on port 7687 of this machine")
        self.assertIn("localhost:7687", result.err)
        self.assertIn(words, result.err)


if __name__ == "__main__":
    cli.main()
