# SPDX-License-Identifier: MIT
"""hmrec cypher: what files may hold, forms of parameters, commands, and what becomes of a transaction when something in it fails."""
import cli
from fake_bolt import Answer, Case, Failure


class Files(Case):
    def run_file(self, data, *args, code=0):
        with open(self.path("f.cypher"), "wb") as file:
            file.write(data)
        server = self.serve(lambda query, parameters: Answer())
        results = [self.cypher(server, "-q", "-f", "f.cypher", *args, code=code), self.cypher(server, "-q", *args, stdin=data, code=code)]
        runs = server.runs()
        self.assertEqual(runs[:len(runs) // 2], runs[len(runs) // 2:])
        return runs[:len(runs) // 2], results[0].err

    def test_a_byte_order_mark_is_skipped(self):
        self.assertEqual(self.run_file(b"\xef\xbb\xbfRETURN 1;")[0], ["RETURN 1"])
        self.assertEqual(self.run_file(b"\xef\xbb\xbf:param x => 1\nRETURN $x;")[0], ["RETURN $x"])
        self.assertEqual(self.run_file(b"\xef\xbb\xbf")[0], [])
        self.assertEqual(self.run_file("\ufefc".encode())[0], ["\ufefc"])  # its first two bytes are those of a mark
        with open(self.path("p.json"), "wb") as file:
            file.write(b'\xef\xbb\xbf{"a": 1}')
        server = self.serve(lambda query, parameters: Answer())
        self.cypher(server, "q", "--params", "p.json")
        self.assertEqual(next(fields[1] for name, fields in server.seen if name == "RUN"), {"a": 1})

    def test_latin_1_is_refused_with_file_and_line(self):
        text = b"RETURN 1;\r\n// \xfcber\r\nRETURN 2;\rRETURN\r'caf\xe9';\nRETURN 3;"
        runs, err = self.run_file(text, "--fail-at-end", code=1)
        self.assertEqual(runs, ["RETURN 1", "RETURN 3"])
        self.assertIn("hmrec: f.cypher:2: found the byte 0xfc, expected UTF-8", err)
        self.assertIn("hmrec: f.cypher:5: found the byte 0xe9, expected UTF-8", err)
        self.assertEqual(self.run_file(text, code=1)[0], ["RETURN 1"])
        server = self.serve(lambda query, parameters: Answer())
        for args in (["RETURN 'caf\udce9'"], ["RETURN $a", "-P", "a=caf\udce9"]):
            self.assertIn("0xe9", self.cypher(server, *args, code=1 if len(args) == 1 else 2).err)
        self.assertEqual(server.runs(), [])

    def test_latin_1_in_a_transaction_stops_its_commit(self):
        for how in ("--fail-fast", "--fail-at-end"):
            runs, err = self.run_file(b":begin\nCREATE (a);\nRETURN '\xe9';\n:commit", how, code=1)
            self.assertEqual(runs, ["CREATE (a)"])
            self.assertNotIn("no :commit", err)

    def test_a_lone_cr_ends_a_line_comment(self):
        self.assertEqual(self.run_file(b"// one\rRETURN 1;\r// two\r:param x => 1\rRETURN 2;")[0], ["// one\rRETURN 1", "RETURN 2"])

    def test_nul_bytes(self):
        self.assertIn("NUL", self.run_file("RETURN 1;".encode("utf-16"), code=1)[1])


class Forms(Case):
    """Of parameters, as cypher-shell 5 takes them."""

    def answer(self, query, parameters):
        if query == "bad":
            raise Failure("Neo.ClientError.Statement.SyntaxError", "no")
        computed = {"RETURN 1 + 1 AS value": 2, "RETURN {a: 1,\n f: date()} AS value": {"a": 1, "f": "day"}, "RETURN {a: 1} AS value": {"a": 1},
                    "RETURN $a + 1 AS value": parameters["a"] + 1 if query.startswith("RETURN $a") else None}
        if query.startswith("RETURN") and query not in computed:
            raise Failure("Neo.ClientError.Statement.SyntaxError", f"cannot compute {query}")
        return Answer(["value"], [[computed.get(query)]]) if query in computed else Answer()

    def sent(self, *args, stdin=b"q;", code=0):
        server = self.serve(self.answer)
        result = self.cypher(server, "-q", *args, stdin=stdin, code=code)
        return [fields[1] for name, fields in server.seen if name == "RUN" and fields[0] == "q"][-1] if code == 0 else result.err

    def test_commands(self):
        for text, expected in [("{a: 1,\n f: date()}", {"a": 1, "f": "day"}), ("{a: 1};", {"a": 1}), ("x => 1 + 1", {"x": 2}), ("x=>7", {"x": 7}),
                               ("g: 12", {"g": 12}), ("g:12", {"g": 12}), ("x 7", {"x": 7}), ("`a b` => 1", {"a b": 1}), ("`a``b`=>1", {"a`b": 1}),
                               ("ä => 1", {"ä": 1}), ("x=text; more", {"x": "text; more"}), ('{"a": 1, "b": [2.5]}', {"a": 1, "b": [2.5]}),
                               ("list => 1", {"list": 1}), ("1 => 2", {"1": 2})]:
            for name in (":param", ":PARAM"):
                with self.subTest(text, name=name):
                    self.assertEqual(self.sent(stdin=f"{name} {text}\nq;".encode()), expected)

    def test_what_is_not_understood_is_an_error(self):
        for text in ("x", "x =>", "=> 1", "`a => 1", "`` => 1", "x-y => 1", "g:", "x +1", "list more", "clear x", "{a: 1", "x => nonsense("):
            with self.subTest(text):
                self.assertRegex(self.sent(stdin=f":param {text}\n".encode(), code=1), "expected name => expression|cannot compute")
        self.assertIn("expected nothing", self.sent(stdin=b":params x\n", code=1))

    def test_listed_so_that_they_can_be_read_again(self):
        server = self.serve(self.answer)
        text = ":param `b c` => \"it's\\n\"\n:param a => [1, {b: true}]\n"
        listed = "{\n  a: [1, {\n    b: true\n  }],\n  `b c`: 'it\\'s\n'\n}\n"
        stdin = text.replace("{b: true}", '{"b": true}') + ":params\n:param\n:param list\n:param clear\n:param\n:param " + listed
        out = self.cypher(server, stdin=stdin.encode(), code=1).out
        self.assertEqual(out, listed * 3 + "{\n}\n")
        self.assertEqual(server.runs()[-1], f"RETURN {listed[:-1]} AS value")

    def test_options(self):
        for args, expected in [(["{a: 1}"], {"a": 1}), (["a => 1 + 1"], {"a": 2}), (["a: 1"], {"a": 1}), (["`a b`=1"], {"a b": 1}),
                               (["a => 1 + 1", "a=5"], {"a": 5}), (["a=4", "b => $a + 1"], {"a": 4, "b": 5}), (["a==b"], {"a": "=b"})]:
            with self.subTest(args):
                self.assertEqual(self.sent(*[word for given in args for word in ("-P", given)]), expected)
        self.assertIn("expected name => expression", self.sent("-P", "x", code=2))
        self.assertIn("expected name => expression", self.sent("-P", "x =>", code=2))
        self.assertIn("cannot compute RETURN {a: 1 AS value", self.sent("-P", "{a: 1", code=1))


class Commands(Case):
    def answer(self, query, parameters):
        if query == "bad" or "(" in query:
            raise Failure("Neo.ClientError.Statement.SyntaxError", "no")
        return Answer()

    def test_in_any_case(self):
        server = self.serve(self.answer)
        self.cypher(server, stdin=b":BEGIN\na;\n:Commit\n:begin;\nb;\n:RollBack;\n:HELP\n:Use x\n:EXIT\nc;")
        self.assertEqual([n for n in server.names() if n in ("BEGIN", "RUN", "COMMIT", "ROLLBACK")], ["BEGIN", "RUN", "COMMIT", "BEGIN", "RUN", "ROLLBACK"])

    def test_a_failure_in_a_transaction_stops_its_commit(self):
        for failing in ("bad;", ":nonsense", ":begin", ":use x", ":param x", ":param x => f(", ":params x"):
            for how in ("--fail-fast", "--fail-at-end"):
                with self.subTest(failing, how=how):
                    server = self.serve(self.answer)
                    result = self.cypher(server, how, "-q", stdin=f":begin\na;\n{failing}\nmore;\n:commit\nlast;".encode(), code=1)
                    self.assertNotIn("COMMIT", server.names())
                    self.assertNotIn("no :commit", result.err)
                    self.assertNotIn("more", server.runs())
                    if how == "--fail-at-end":
                        self.assertIn("nothing is committed", result.err)
                        self.assertEqual(server.runs()[-1], "last")
                    else:
                        self.assertIn("the transaction in which that failed has been rolled back", result.err)
                        self.assertNotIn("last", server.runs())

    def test_what_is_said_of_a_transaction_left_open(self):
        for text, said in [(b":begin\na;", "there is no :commit"), (b":begin\na;\n:exit\n:commit", "the end was asked for before :commit"),
                           (b":begin\na;\n\0:commit", "NUL")]:
            result = self.cypher(self.serve(self.answer), "-q", stdin=text, code=1)
            self.assertIn(said, result.err)
            self.assertEqual("no :commit" in result.err, "no :commit" in said)

    def test_source(self):
        files = {"one": "a;\n:source two\nb;", "two": "c;\nbad;\nd;", "good": "e;\nf", "loop": "g;\n:source loop"}
        for name, text in files.items():
            with open(self.path(name), "w") as file:
                file.write(text)
        for args, expected in [((), ["a", "c", "bad"]), (("--fail-at-end",), ["a", "c", "bad", "d", "b", "e", "f", "z"])]:
            server = self.serve(self.answer)
            result = self.cypher(server, "-q", *args, stdin=b":source one\n:SOURCE good;\nz;", code=1)
            self.assertEqual(server.runs(), expected)
            self.assertIn("hmrec: two:2: Neo.ClientError", result.err)
        for text, said in [(b":source", "expected :source FILE"), (b":source nothing", "stdin:1: nothing: No such file"), (b":source loop", "read each other")]:
            self.assertIn(said, self.cypher(self.serve(self.answer), "-q", stdin=text, code=1).err)
        server = self.serve(self.answer)
        self.cypher(server, "-q", stdin=b":begin\n:source good\n:commit")
        self.assertIn("COMMIT", server.names())
        self.assertIn("there is no :commit", self.cypher(server, "-q", stdin=b":begin\n:source good", code=1).err)
        self.assertNotIn("no :commit", self.cypher(server, "-q", "--fail-at-end", stdin=b":begin\n:source two\n:commit", code=1).err)

    def test_help_access_mode_history(self):
        server = self.serve(self.answer)
        out = self.cypher(server, stdin=b":help\n").out
        for word in (":begin", ":source", ":access-mode", ":exit"):
            self.assertIn(word, out)
        self.assertEqual(self.cypher(server, stdin=b":help begin\n").out, self.cypher(server, stdin=b":help :BEGIN").out)
        self.assertEqual(self.cypher(server, stdin=b":help param").out.count("\n:param"), 2)
        self.assertIn("no command :dance", self.cypher(server, stdin=b":help :dance", code=1).err)
        self.assertEqual(self.cypher(server, stdin=b":access-mode\n:access-mode READ\n:access-mode\na;").out, "Access mode write\nAccess mode read\n")
        self.assertEqual([fields[-1].get("mode") for name, fields in server.seen if name == "RUN"], ["r"])
        self.assertIn("expected read or write", self.cypher(server, stdin=b":access-mode x", code=1).err)
        self.assertIn("a person types", self.cypher(server, stdin=b":history", code=1).err)


class Options(Case):
    """Those of cypher-shell."""

    def ask(self, *args, code=0, **env):
        return self.hmrec("cypher", *args, "q", code=code, **{"NEO4J_PASSWORD": "x", **env})

    def test_addresses(self):
        server = self.serve(lambda query, parameters: Answer(["n"], [[1]]))
        bare = server.uri.split("://")[1]
        self.assertEqual(self.ask(NEO4J_ADDRESS=server.uri).out, "n\n1\n")
        self.assertEqual(self.ask(NEO4J_ADDRESS="bolt://127.0.0.1:1", NEO4J_URI=server.uri).out, "n\n1\n")
        for args, env in ((["-a", bare], {}), ([], {"NEO4J_ADDRESS": bare}), (["--address", bare], {})):
            before = len(server.names())
            self.ask(*args, code=1, **env)  # which asks for a routing table, as with neo4j://
            self.assertIn("ROUTE", server.names()[before:])

    def test_impersonation(self):
        server = self.serve(lambda query, parameters: Answer())
        self.ask("-a", server.uri, "--impersonate", "ann")
        self.assertEqual(next(fields[2] for name, fields in server.seen if name == "RUN")["imp_user"], "ann")

    def test_encryption(self):
        server = self.serve(lambda query, parameters: Answer())
        for how in ("default", "false"):
            self.ask("-a", server.uri, "--encryption", how)
        self.assertRegex(self.ask("-a", server.uri, "--encryption", "true", code=1).err, "(?i)tls")
        self.assertEqual(server.names().count("HELLO"), 2)
        self.assertRegex(self.ask("-a", server.uri.replace("bolt:", "bolt+ssc:"), "--encryption", "false", code=1).err, "(?i)tls|encr|scheme")
        self.ask("--encryption", "maybe", code=2)

    def test_version(self):
        self.assertEqual(self.hmrec("cypher", "-v").out, self.hmrec("cypher", "--version").out)


if __name__ == "__main__":
    cli.main()
