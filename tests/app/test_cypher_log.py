# SPDX-License-Identifier: MIT
"""hmrec cypher --log: the dialogue with the server, without secrets."""
import os
import re

import cli
from fake_bolt import Answer, Case, Failure

LINE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (127\.0\.0\.1:\d+ [CS]|#): ")


class Log(Case):
    def answer(self, query, parameters):
        if "wrong" in query:
            raise Failure("Neo.ClientError.Statement.SyntaxError", "what is " + query)
        return Answer(["n", "m"], [["row-value", 2]])

    def talk(self, *args, stdin=b"", code=0, **more):
        """What is logged of it."""
        server = self.serve(self.answer, **more)
        self.cypher(server, "--log", "log", *args, stdin=stdin, code=code, NEO4J_PASSWORD="hideme")
        with open(self.path("log")) as file:
            text = file.read()
        os.unlink(self.path("log"))
        for line in text.splitlines():
            self.assertRegex(line, LINE)
        return [LINE.sub(lambda found: found[1][-1] + " ", line) for line in text.splitlines()]

    def test_the_dialogue(self):
        lines = self.talk("-P", "a=1", stdin=b"RETURN 1;:begin\nRETURN 2;:commit\nwrong;", code=1)
        for line in ('C LOGON {scheme: "basic", principal: "neo4j", credentials: *****}', 'C RUN "RETURN 1" {a: 1} {}', "C PULL {n: 1000}",
                     'S SUCCESS {fields: ["n", "m"], t_first: 1}', "S RECORD (2 values)", "C BEGIN {}", "C COMMIT",
                     'S FAILURE {code: "Neo.ClientError.Statement.SyntaxError", message: "what is wrong"}', "S IGNORED", "C GOODBYE"):
            self.assertIn(line, lines)
        self.assertEqual(lines[0][:9], "C HELLO {")
        self.assertNotRegex("\n".join(lines), "hideme|row-value")

    def test_credentials_in_hello(self):
        text = "\n".join(self.talk("RETURN 1", version=(4, 4)))
        self.assertIn("credentials: *****", text)
        self.assertNotIn("hideme", text)

    def test_secrets(self):
        for query in ("CREATE USER u SET PASSWORD 'secret-1'", "ALTER USER u SET PASSWORD \"secret-2\" CHANGE NOT REQUIRED",
                      "ALTER USER u SET password 'wrong secret-3'", "CREATE USER u SET PASSWORD $new"):
            text = "\n".join(self.talk(query, "-P", "new=secret-4", code=int("wrong" in query)))
            self.assertIn("USER u", text)
            self.assertNotIn("secret-", text)
        text = "\n".join(self.talk("RETURN 1", "-P", "myPassword=secret-5", "-P", '{"deep": {"api_token": "secret-6"}}'))
        self.assertIn("myPassword: *****", text)
        self.assertIn("api_token: *****", text)
        self.assertNotIn("secret-", text)
        text = "\n".join(self.talk(stdin=b":param password => 'secret-' + '7'\nRETURN 2;", code=1))
        self.assertNotIn("secret-", text)

    def test_where_it_goes(self):
        server = self.serve(self.answer)
        self.assertIn("C: RUN", self.cypher(server, "--log", "-", "RETURN 1").err)
        for _ in range(2):
            self.cypher(server, "--log", "log", "RETURN 1")
        with open(self.path("log")) as file:
            self.assertEqual(file.read().count("C: RUN"), 2)
        self.assertEqual(os.stat(self.path("log")).st_mode & 0o77, 0)
        self.assertIn("log no/such: No such file", self.cypher(server, "--log", "no/such", "RETURN 1", code=1).err)

    def test_long_and_hostile(self):
        lines = self.talk(stdin=("RETURN '" + "ä" * 100000 + "\x1b[2J\n'").encode())
        run = next(line for line in lines if line.startswith("C RUN"))
        self.assertTrue(run.endswith("..."))
        self.assertLess(len(run), 2100)
        text = "\n".join(self.talk("RETURN '\x1b[2J'"))
        self.assertIn("\\u001b[2J", text)
        self.assertNotIn("\x1b", text)


if __name__ == "__main__":
    cli.main()
