# SPDX-License-Identifier: MIT
"""hmrec cypher against a server that answers as told: every type in every format, parameters, statements, failures."""
import json
import math
import re
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time

import cli
from fake_bolt import RECORD, Answer, Case, Failure, Struct, hang_up, message

NODE = Struct("N", 1, ["Person", "Odd label"], {"name": "Ann", "x-y": 1}, "4:db:1")
OTHER = Struct("N", 2, [], {}, "4:db:2")
RELATIONSHIP = Struct("R", 7, 1, 2, "KNOWS", {"since": 1999}, "5:db:7", "4:db:1", "4:db:2")
PATH = Struct("P", [NODE, OTHER], [Struct("r", 7, "KNOWS", {}, "5:db:7")], [1, 1, -1, 0])
NODE_JSON = {"$type": "Node", "_value": {"_element_id": "4:db:1", "_labels": ["Person", "Odd label"], "_properties": {"name": "Ann", "x-y": 1}}}
OTHER_JSON = {"$type": "Node", "_value": {"_element_id": "4:db:2", "_labels": [], "_properties": {}}}


def knows(properties):
    return {"$type": "Relationship", "_value": {"_element_id": "5:db:7", "_start_node_element_id": "4:db:1", "_end_node_element_id": "4:db:2",
                                                "_type": "KNOWS", "_properties": properties}}


def typed(name, value):
    return {"$type": name, "_value": value}


# value, in a table, in CSV (None: as in a table), in JSON
VALUES = [
    (None, "NULL", "", None),
    (True, "true", None, True),
    (-5, "-5", None, -5),
    (2**63 - 1, "9223372036854775807", None, 2**63 - 1),
    (-2**63, "-9223372036854775808", None, -2**63),
    (1.0, "1.0", None, 1.0),
    (-0.0, "-0.0", None, -0.0),
    (0.1 + 0.2, "0.30000000000000004", None, 0.1 + 0.2),
    (1e22, "1e22", None, 1e22),
    (5e-324, "5e-324", None, 5e-324),
    (2.0**-44, "5.684341886080802e-14", None, 2.0**-44),
    (-2.0**-1074 * 3, "-1.5e-323", None, -1.5e-323),
    (1.7976931348623157e308, "1.7976931348623157e308", None, 1.7976931348623157e308),
    (math.nan, "NaN", None, typed("Float", "NaN")),
    (-math.inf, "-Infinity", None, typed("Float", "-Infinity")),
    ("Ä \"quoted\"\t\\", '"Ä \\"quoted\\"\\t\\\\"', '"Ä ""quoted""\t\\"', "Ä \"quoted\"\t\\"),
    ("\x1b[2J\x9b", '"\\u001b[2J\\u009b"', "\x1b[2J\x9b", "\x1b[2J\x9b"),
    ("", '""', "", ""),
    (b"\x00\xff\x10", "0x00ff10", None, typed("Base64", "AP8Q")),
    (b"\x01", "0x01", None, typed("Base64", "AQ==")),
    ([], "[]", None, []),
    ([1, "a", None, [2.5]], '[1, "a", NULL, [2.5]]', '"[1, ""a"", NULL, [2.5]]"', [1, "a", None, [2.5]]),
    ([0.5, 1.5], "[0.5, 1.5]", '"[0.5, 1.5]"', [0.5, 1.5]),
    ({"a": 1, "b c": "x"}, '{a: 1, `b c`: "x"}', '"{a: 1, `b c`: ""x""}"', {"a": 1, "b c": "x"}),
    ({"$type": "Date"}, '{`$type`: "Date"}', '"{`$type`: ""Date""}"', typed("Map", {"$type": "Date"})),
    (NODE, '(:Person:`Odd label` {name: "Ann", `x-y`: 1})', '"(:Person:`Odd label` {name: ""Ann"", `x-y`: 1})"', NODE_JSON),
    (OTHER, "()", None, OTHER_JSON),
    (RELATIONSHIP, "[:KNOWS {since: 1999}]", None, knows({"since": 1999})),
    (PATH, '(:Person:`Odd label` {name: "Ann", `x-y`: 1})-[:KNOWS]->()<-[:KNOWS]-(:Person:`Odd label` {name: "Ann", `x-y`: 1})',
     '"(:Person:`Odd label` {name: ""Ann"", `x-y`: 1})-[:KNOWS]->()<-[:KNOWS]-(:Person:`Odd label` {name: ""Ann"", `x-y`: 1})"',
     typed("Path", [NODE_JSON, knows({}), OTHER_JSON, knows({}), NODE_JSON])),
    (Struct("D", 18321), "2020-02-29", None, typed("Date", "2020-02-29")),
    (Struct("D", -719529), "-0001-12-31", None, typed("Date", "-0001-12-31")),
    (Struct("D", 2932897), "+10000-01-01", None, typed("Date", "+10000-01-01")),
    (Struct("T", 36672500000000, 7200), "10:11:12.5+02:00", None, typed("Time", "10:11:12.5+02:00")),
    (Struct("t", 1), "00:00:00.000000001", None, typed("LocalTime", "00:00:00.000000001")),
    (Struct("I", 1448138432, 142000000, -12600), "2015-11-21T17:10:32.142-03:30", None,
     typed("OffsetDateTime", "2015-11-21T17:10:32.142-03:30")),
    (Struct("i", 1448138432, 0, "Etc/UTC"), "2015-11-21T20:40:32Z[Etc/UTC]", None, typed("ZonedDateTime", "2015-11-21T20:40:32Z[Etc/UTC]")),
    (Struct("i", 0, 0, "No/Where"), "1970-01-01T00:00:00Z[No/Where]", None, typed("ZonedDateTime", "1970-01-01T00:00:00Z[No/Where]")),
    (Struct("d", -1, 999000), "1969-12-31T23:59:59.000999", None, typed("LocalDateTime", "1969-12-31T23:59:59.000999")),
    (Struct("E", 14, 10, 9005, 0), "P1Y2M10DT2H30M5S", None, typed("Duration", "P1Y2M10DT2H30M5S")),
    (Struct("E", -1, 0, -1, 300000000), "P-1MT-0.7S", None, typed("Duration", "P-1MT-0.7S")),
    (Struct("E", 0, 0, 30, 250000000), "PT30.25S", None, typed("Duration", "PT30.25S")),
    (Struct("t", 45000000000000), "12:30:00", None, typed("LocalTime", "12:30:00")),
    (Struct("E", 0, 0, 0, 0), "PT0S", None, typed("Duration", "PT0S")),
    (Struct("X", 4326, 12.5, -1.0), "point({srid: 4326, x: 12.5, y: -1.0})", '"point({srid: 4326, x: 12.5, y: -1.0})"',
     typed("Point", "SRID=4326;POINT (12.5 -1.0)")),
    (Struct("Y", 9157, 1.0, 2.0, 3.0), "point({srid: 9157, x: 1.0, y: 2.0, z: 3.0})", '"point({srid: 9157, x: 1.0, y: 2.0, z: 3.0})"',
     typed("Point", "SRID=9157;POINT Z (1.0 2.0 3.0)")),
    (Struct("q", 1, "a"), 'structure(0x71, 1, "a")', '"structure(0x71, 1, ""a"")"', typed("Structure", {"tag": 113, "fields": [1, "a"]})),
]
VECTORS = [
    (Struct("V", b"\xc8", b"\x01\xff"), "vector([1, -1], 2, INTEGER8)", {"coordinatesType": "INTEGER8", "coordinates": [1, -1]}),
    (Struct("V", b"\xc9", struct.pack(">h", -300)), "vector([-300], 1, INTEGER16)", {"coordinatesType": "INTEGER16", "coordinates": [-300]}),
    (Struct("V", b"\xca", struct.pack(">i", 70000)), "vector([70000], 1, INTEGER32)", {"coordinatesType": "INTEGER32", "coordinates": [70000]}),
    (Struct("V", b"\xcb", struct.pack(">q", 2**40)), "vector([1099511627776], 1, INTEGER64)",
     {"coordinatesType": "INTEGER64", "coordinates": [2**40]}),
    (Struct("V", b"\xc6", struct.pack(">fff", 0.1, 2.0, math.inf)), "vector([0.1, 2.0, Infinity], 3, FLOAT32)",
     {"coordinatesType": "FLOAT32", "coordinates": [0.1, 2.0, typed("Float", "Infinity")]}),
    (Struct("V", b"\xc1", struct.pack(">d", 0.1)), "vector([0.1], 1, FLOAT64)", {"coordinatesType": "FLOAT64", "coordinates": [0.1]}),
]


class Values(Case):
    def show(self, rows, *args, version=(5, 4)):
        return self.cypher(self.serve(lambda query, parameters: Answer(["v"], rows), version), "RETURN v", *args).out

    def test_every_type_in_every_format(self):
        for value, text, csv, as_json in VALUES:
            with self.subTest(text):
                self.assertEqual(self.show([[value]]).split("\n", 1)[1].strip(), text)
                self.assertEqual(self.show([[value]], "--format", "csv"), f"v\n{text if csv is None else csv}\n")
                line = self.show([[value]], "--format", "ndjson")
                self.assertEqual(repr(json.loads(line)), repr({"v": as_json}))  # repr: 1 is not 1.0, nor True, nor is 0.0 -0.0
                self.assertEqual(self.show([[value]], "--format", "json"), f"[\n {line.rstrip()}\n]\n")

    def test_vectors_of_bolt_6(self):
        for value, text, as_json in VECTORS:
            with self.subTest(text):
                self.assertEqual(self.show([[value]], version=(6, 0)).split("\n", 1)[1].strip(), text)
                self.assertEqual(json.loads(self.show([[value]], "--format", "json", version=(6, 0))), [{"v": typed("Vector", as_json)}])

    def test_table_is_aligned_by_columns_of_the_terminal(self):
        rows = [["日本", 1], ["e\u0301", 20], [None, None]]
        server = self.serve(lambda query, parameters: Answer(["name", "n"], rows))
        lines = self.cypher(server, "q").out.split("\n")
        self.assertEqual(lines[:4], ['name       n', '"日本"     1', '"e\u0301"       20', 'NULL    NULL'])

    def test_widths_are_those_of_the_first_fetch(self):
        rows = [["a", 1], ["b", 2], ["long", 3]]
        server = self.serve(lambda query, parameters: Answer(["s", "n"], rows))
        self.assertEqual(self.cypher(server, "q", "--fetch-size", "2").out, 's    n\n"a"  1\n"b"  2\n"long"  3\n')

    def test_results_without_rows_or_columns(self):
        server = self.serve(lambda query, parameters: Answer(["a", "b"] if query == "q" else []))
        self.assertEqual(self.cypher(server, "q;w;q").out, "a  b\n\na  b\n")
        self.assertEqual(self.cypher(server, "q", "--format", "csv").out, "a,b\n")
        self.assertEqual(self.cypher(server, "q", "--format", "json").out, "[]\n")
        self.assertEqual(self.cypher(server, "q;w;q", "--format", "json").out, "[]\n[]\n")
        self.assertEqual(self.cypher(server, "q", "--format", "ndjson").out, "")


class Parameters(Case):
    def sent(self, *args, code=0, stdin=b""):
        server = self.serve(lambda query, parameters: Answer())
        result = self.cypher(server, "q", *args, code=code, stdin=stdin)
        return [fields[1] for name, fields in server.seen if name == "RUN"][0] if code == 0 else result.err

    def test_json_or_text(self):
        for given, value in [("1", 1), ("9007199254740993", 2**53 + 1), ("-9223372036854775808", -2**63), ("1.0", 1.0), ("1e3", 1000.0),
                             ("true", True), ("null", None), ("0108775015", "0108775015"), ("Anna", "Anna"), ("", ""), ("a=b", "a=b"),
                             ('"1"', "1"), ('"\\u00e4\\ud83d\\ude00\\n"', "ä😀\n"), ("[1, [], {}]", [1, [], {}]), ('{"a": [1.5]}', {"a": [1.5]}),
                             ("[1,", "[1,"), ("01", "01"), ("'x'", "'x'"), ('"\\ud83d"', '"\\ud83d"'), ("1 2", "1 2")]:
            with self.subTest(given):
                self.assertEqual(repr(self.sent("-P", f"x={given}")), repr({"x": value}))

    def test_several_ways(self):
        with open(self.path("p.json"), "w") as file:
            file.write('{"a": 1, "b": "two"}')
        self.assertEqual(self.sent("-P", "c=3", "--params", "p.json"), {"a": 1, "b": "two", "c": 3})
        self.assertEqual(self.sent("--params", "-", stdin=b'{"d": [4]}'), {"d": [4]})
        self.assertEqual(self.sent("-P", '{"x": 1, "y": 2}', "-P", "x=3"), {"x": 3, "y": 2})

    def test_bad_ones(self):
        self.assertIn("64 bits", self.sent("-P", "x=9223372036854775808", code=2))
        self.assertIn("expected name => expression", self.sent("-P", "x", code=2))
        self.assertIn("nested deeper", self.sent("-P", "x=" + 501 * "[", code=2))
        self.assertIn("no expression", self.sent("-P", '{"x" 1}', code=1))
        self.assertIn("nothing.json", self.sent("--params", "nothing.json", code=1))
        self.assertIn("expected a JSON object", self.sent("--params", "-", stdin=b"[1]", code=1))

    def test_param_commands(self):
        def answer(query, parameters):
            return Answer(["value"], [[Struct("D", 0)]]) if query == "RETURN date() AS value" else Answer(["p"], [[str(parameters.get("d"))]])

        server = self.serve(answer)
        text = b':param n => 1\n:param s=x y\n:param {"m": {"k": 1}}\n:param d => date()\n:params\n:param clear\n:params\n:param n 7\nq;'
        result = self.cypher(server, stdin=text)
        self.assertTrue(result.out.startswith("{\n  d: date('1970-01-01'),\n  m: {\n    k: 1\n  },\n  n: 1,\n  s: 'x y'\n}\n{\n}\np\n"), result)
        self.assertEqual([fields[1] for name, fields in server.seen if name == "RUN"][-1], {"n": 7})


class Statements(Case):
    def test_from_argument_file_and_standard_input(self):
        text = "RETURN 'a;b'; // no; end\n/* ; */ RETURN \"\\\";\";\n\n RETURN `x;y`"
        expected = ["RETURN 'a;b'", "// no; end\n/* ; */ RETURN \"\\\";\"", "RETURN `x;y`"]
        with open(self.path("f.cypher"), "w") as file:
            file.write(text)
        for args, stdin in [((text,), b""), (("-f", "f.cypher"), b""), (("--file", "-"), text.encode()), ((), text.encode())]:
            server = self.serve(lambda query, parameters: Answer())
            self.cypher(server, *args, stdin=stdin)
            self.assertEqual(server.runs(), expected)
            self.assertEqual(server.names().count("HELLO"), 1)

    def test_a_statement_runs_as_soon_as_it_is_complete(self):
        ran = threading.Event()
        server = self.serve(lambda query, parameters: ran.set() or Answer())
        with subprocess.Popen(cli.PROGRAM + ["cypher", "-a", server.uri], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env=cli.environment(NEO4J_PASSWORD="x")) as process:
            process.stdin.write(b"RETURN 1;")
            process.stdin.flush()
            self.assertTrue(ran.wait(20))

    def test_failures(self):
        def answer(query, parameters):
            if "bad" in query:
                raise Failure("Neo.ClientError.Statement.SyntaxError", "Invalid input\n\"bad\"\n ^\x1b[2J")
            return Answer(["n"], [[1]])

        text = b"\n\n// first\nRETURN 1;\n\nbad;\nRETURN 2;"
        with open(self.path("f.cypher"), "wb") as file:
            file.write(text)
        message = "Neo.ClientError.Statement.SyntaxError: Invalid input\n  \"bad\"\n   ^\\x1b[2J\n"
        server = self.serve(answer)
        result = self.cypher(server, "-q", "--fail-fast", "-f", "f.cypher", code=1)
        self.assertEqual(result.err, "hmrec: f.cypher:6: " + message)
        self.assertEqual(result.out, "n\n1\n")
        result = self.cypher(server, "-q", "--fail-at-end", code=1, stdin=text)
        self.assertEqual(result.err, "hmrec: stdin:6: " + message)
        self.assertEqual(result.out, "n\n1\n\nn\n1\n")
        self.assertEqual(self.cypher(server, "-q", "bad", code=1).err, "hmrec: " + message)

    def test_summary_and_notifications(self):
        server = self.serve(lambda query, parameters: Answer(["n"], [[1]], stats={"nodes-created": 2, "properties-set": 5, "contains-updates": True},
                                                             notifications=[{"code": "Neo.ClientNotification.Statement.X", "title": "t",
                                                                             "description": "look here", "severity": "WARNING",
                                                                             "position": {"offset": 0, "line": 1, "column": 3}}]))
        result = self.cypher(server, "q")
        self.assertEqual(re.sub(r"\d+ ms", "N ms", result.err), "hmrec: WARNING: look here (Neo.ClientNotification.Statement.X, 01N42; line 1, column 3)\n"
                                                              "hmrec: 1 row in N ms; nodes created 2, properties set 5\n")
        self.assertEqual(self.cypher(server, "q", "--quiet").err, "")

    def test_scripts(self):
        text = self.hmrec("cypher", "--print").out
        self.assertRegex(text, r"(?m)^60_random_sample +example +Some products")
        self.assertRegex(text, r"(?m)^72_sources +sent +Where each embedding")
        self.assertIn("MATCH (p:Product)", self.hmrec("cypher", "--script", "60_random_sample", "--print").out)
        server = self.serve(lambda query, parameters: Answer(["code"], [["1"]]))
        self.cypher(server, "--script", "60", "-P", "limit=1")
        self.assertIn("LIMIT $limit", server.runs()[0])
        self.hmrec("cypher", "--script", "nonsense", code=2)

    def test_wrong_usage(self):
        for args in (["a", "b"], ["a", "-f", "b"], ["--fail-fast", "--fail-at-end", "a"], ["--access-mode", "x"], ["--format", "x"],
                     ["--fetch-size", "0"], ["--params", "-"]):
            self.hmrec("cypher", *args, code=2)
        self.assertRegex(self.hmrec("cypher", "--version").out, r"^hmrec \d")

    def test_a_store_is_an_address_and_may_name_its_database(self):
        server = self.serve(lambda query, parameters: Answer(["n"], [[1]]))
        for args, expected in (((), None), (("/shop",), "shop")):
            uri = server.uri + "".join(args)
            self.assertEqual(self.hmrec("cypher", "--store", uri, "q", NEO4J_PASSWORD="x").out, "n\n1\n")
            self.assertEqual([f[-1].get("db") for name, f in server.seen if name == "RUN"][-1], expected)
            self.assertEqual(self.hmrec("cypher", "q", NEO4J_PASSWORD="x", NEO4J_URI=uri).out, "n\n1\n")
        for uri in ("hmrec.db", "sqlite:hmrec.db"):
            self.assertIn("SQLite file, expected a Neo4j server", self.hmrec("cypher", "--store", uri, "q", code=1).err)

    def test_full_disk(self):
        server = self.serve(lambda query, parameters: Answer(["n"], [[1]]))
        with open("/dev/full", "wb") as full:
            done = subprocess.run(cli.PROGRAM + ["cypher", "-a", server.uri, "q"], stdout=full, stderr=subprocess.PIPE,
                                  env=cli.environment(NEO4J_PASSWORD="x"))
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output", done.stderr)


class Transactions(Case):
    def test_begin_commit_rollback_use(self):
        server = self.serve(lambda query, parameters: Answer())
        self.cypher(server, "-d", "one", stdin=b":begin\na;\n:commit\n:begin\nb;\n:rollback\n:use `two`\nc;\n:use\nd;")
        self.assertEqual([n for n in server.names() if n in ("BEGIN", "RUN", "COMMIT", "ROLLBACK")],
                         ["BEGIN", "RUN", "COMMIT", "BEGIN", "RUN", "ROLLBACK", "RUN", "RUN"])
        extra = [fields[-1] for name, fields in server.seen if name in ("BEGIN", "RUN") and fields[-1]]
        self.assertEqual([e.get("db") for e in extra], ["one", "one", "two", None])
        self.assertEqual(extra[2]["bookmarks"], ["bookmark:1"])

    def test_nothing_runs_behind_a_failure_until_the_transaction_is_over(self):
        def answer(query, parameters):
            if query == "bad":
                raise Failure("Neo.ClientError.Schema.ConstraintValidationFailed", "no")
            return Answer()

        server = self.serve(answer)
        result = self.cypher(server, "--fail-at-end", stdin=b":begin\nbad;\nmore;\n:commit\nlast;", code=1)
        self.assertEqual(server.runs(), ["bad", "last"])
        self.assertIn("stdin:3: the transaction has failed", result.err)
        self.assertIn("nothing is committed", result.err)

    def test_misuse_and_a_transaction_left_open(self):
        server = self.serve(lambda query, parameters: Answer())
        result = self.cypher(server, "--fail-at-end", stdin=b":commit\n:begin\n:begin\n:use x\n:dance\na;", code=1)
        for word in ("no transaction is open", "open already", ":commit or :rollback first", "no command :dance", "has been rolled back"):
            self.assertIn(word, result.err)
        self.assertNotIn("COMMIT", server.names())

    def test_retry(self):
        def answer(query, parameters):
            runs.append(query)
            if len(runs) == 1:
                raise Failure("Neo.TransientError.Transaction.DeadlockDetected", "deadlock")
            return Answer(["n"], [[1]])

        runs = []
        server = self.serve(answer)
        self.assertEqual(self.cypher(server, "--retry", "--access-mode", "read", "q").out, "n\n1\n")
        self.assertEqual(server.names().count("BEGIN"), 2)
        self.assertEqual(server.names().count("COMMIT"), 1)
        self.assertEqual(next(fields[0] for name, fields in server.seen if name == "BEGIN")["mode"], "r")
        runs.clear()
        self.assertIn("DeadlockDetected: deadlock", self.cypher(server, "q", code=1).err)

    def test_no_retry_once_rows_are_printed(self):
        def rows():
            yield from ([i] for i in range(5000))
            raise Failure("Neo.TransientError.General.X", "gone")

        server = self.serve(lambda query, parameters: Answer(["n"], rows()))
        result = self.cypher(server, "--retry", "--format", "csv", "q", code=1)
        self.assertIn("Neo.TransientError.General.X", result.err)
        self.assertEqual(len(server.runs()), 1)
        self.assertEqual(result.out.split("\n")[:3], ["n", "0", "1"])


class Credentials(Case):
    def logon(self, *args, **env):
        server = self.serve(lambda query, parameters: Answer())
        result = self.hmrec("cypher", "-a", server.uri, "q", *args, **env)
        self.assertNotIn("secret", result.out + result.err)
        logon = next(fields[0] for name, fields in server.seen if name == "LOGON")
        return logon["scheme"], logon.get("principal"), logon.get("credentials")

    def test_where_they_come_from(self):
        with open(self.path("pw"), "w") as file:
            file.write("secret of file\r\nmore\n")
        self.assertEqual(self.logon(NEO4J_PASSWORD="secret"), ("basic", "neo4j", "secret"))
        self.assertEqual(self.logon(NEO4J_PASSWORD="secret", NEO4J_USERNAME="ann"), ("basic", "ann", "secret"))
        self.assertEqual(self.logon("-u", "bob", "-p", "secret", NEO4J_PASSWORD="x"), ("basic", "bob", "secret"))
        self.assertEqual(self.logon("--user", "bob", "--password-file", "pw", NEO4J_PASSWORD="x"), ("basic", "bob", "secret of file"))
        self.assertEqual(self.logon("-u", "", NEO4J_PASSWORD="x"), ("none", None, None))

    def test_missing_ones(self):
        self.assertIn("pw", self.hmrec("cypher", "q", "--password-file", "pw", code=1).err)

    def test_environment_names_server_and_database(self):
        server = self.serve(lambda query, parameters: Answer())
        self.hmrec("cypher", "q", NEO4J_URI=server.uri, NEO4J_DATABASE="d", NEO4J_PASSWORD="x")
        self.assertEqual(next(fields[2] for name, fields in server.seen if name == "RUN")["db"], "d")

    def test_a_login_in_an_address_is_refused_and_not_shown(self):
        for uri in ("bolt://neo4j:topsecret@localhost", "bolt://neo4j:top?secret@localhost", "bolt://neo4j:top/secret@localhost/db", "neo4j+s://n:top@secret@h",
                    "http://neo4j:topsecret@localhost", "neo4j:topsecret@localhost", "neo4j:topsecret@localhost:7687", "bolt:neo4j:topsecret@h"):
            for args in (["cypher", "-a", uri, "q"], ["cypher", "--store", uri, "q"], ["knn", "--store", uri], ["similar", "1", "--store", uri],
                         ["setup", "--store", uri], ["info", "--store", uri], ["load", "--store", uri, "--articles", "a.csv"]):
                with self.subTest(uri=uri, args=args):
                    result = self.run_any(*args)
                    self.assertEqual(result.code, 0 if args[0] == "info" else 1, result)
                    for part in ("top", "secret"):
                        self.assertNotIn(part, result.out + result.err)
            result = self.run_any("cypher", "q", NEO4J_URI=uri)
            self.assertNotIn("secret", result.out + result.err)

    def test_the_password_leaves_the_arguments(self):
        ready, go = threading.Event(), threading.Event()

        def answer(query, parameters):
            ready.set()
            go.wait(20)
            return Answer()

        server = self.serve(answer)
        process = self.start("cypher", "-a", server.uri, "-p", "verysecret", "q")
        self.assertTrue(ready.wait(20))
        with open(f"/proc/{process.pid}/cmdline", "rb") as file:
            arguments = file.read()
        go.set()
        process.communicate()
        if len(cli.PROGRAM) == 1:  # an emulator keeps arguments of its own
            self.assertNotIn(b"verysecret", arguments)


class Peers(Case):
    """Who answers when it is no Bolt server, or none that fits."""

    def listen(self, talk):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(hang_up, listener)

        def serve():
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    peer.settimeout(5)
                    try:
                        talk(peer)
                    except OSError:
                        pass

        threading.Thread(target=serve, daemon=True).start()
        return "127.0.0.1:%d" % listener.getsockname()[1]

    def fail(self, uri):
        return self.cypher(uri, "q", code=1).err

    def test_no_listener(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        self.assertIn("nothing listens there", self.fail(f"bolt://127.0.0.1:{port}"))

    def test_http_server(self):
        def talk(peer):
            peer.recv(100)
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        self.assertIn("HTTP", self.fail("bolt://" + self.listen(talk)))

    def test_tls_asked_of_a_plain_server(self):
        server = self.serve(lambda query, parameters: Answer())
        self.assertRegex(self.fail(server.uri.replace("bolt:", "bolt+ssc:")), "(?i)tls")

    def test_plain_asked_of_a_tls_server(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=other",
                        "-keyout", self.path("key"), "-out", self.path("cert")], check=True, stderr=subprocess.DEVNULL)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("cert"), self.path("key"))
        address = self.listen(lambda peer: context.wrap_socket(peer, server_side=True).recv(100))
        self.assertRegex(self.fail("bolt://" + address), "TLS|closed")
        self.assertRegex(self.fail("bolt+s://" + address), "unknown authority.*--ca FILE")
        self.assertRegex(self.cypher("bolt+s://" + address, "q", "--ca", "cert", code=1).err, "name|127.0.0.1")

    def test_odd_addresses(self):
        self.assertIn("found", self.fail("http://localhost"))


class Interruption(Case):
    def interrupt(self, signal_number, *args):
        ready = threading.Event()

        def answer(query, parameters):
            ready.set()
            threading.Event().wait(60)
            return Answer()

        server = self.serve(answer)
        process = self.start("cypher", "-a", server.uri, *args, NEO4J_PASSWORD="x")
        self.assertTrue(ready.wait(20))
        start = time.monotonic()
        process.send_signal(signal_number)
        process.communicate(timeout=20)
        self.assertLess(time.monotonic() - start, 10)
        return process.returncode

    def test_a_signal_ends_a_query_that_does_not(self):
        self.assertEqual(self.interrupt(signal.SIGINT, "q"), 130)
        self.assertEqual(self.interrupt(signal.SIGTERM, "--retry", "q"), 143)


class Stream(Case):
    def test_a_million_rows_in_constant_memory(self):
        checked, done = threading.Event(), threading.Event()

        def all_rows():
            for i in range(rows):
                yield row
            done.set()
            checked.wait(300)  # the program is still there to be looked at

        row = message(RECORD, [12345, 0.5, "a text of some length"])
        for rows, header, args in [(1000000, 1, ["--format", "csv"]), (200000, 2, ["--format", "json"]), (200000, 0, ["--format", "ndjson"]), (200000, 1, [])]:
            done.clear()
            checked.clear()
            server = self.serve(lambda query, parameters: Answer(["a", "b", "c"], all_rows()))
            with open(self.path("out"), "wb") as out:
                process = subprocess.Popen(cli.PROGRAM + ["cypher", "-q", "-a", server.uri, "q", *args], stdout=out, cwd=self.dir,
                                           env=cli.environment(NEO4J_PASSWORD="x"))
                self.assertTrue(done.wait(300))
                with open(f"/proc/{process.pid}/status") as file:
                    peak_kb = int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1))
                checked.set()
                self.assertEqual(process.wait(60), 0)
            with open(self.path("out"), "rb") as out:
                self.assertEqual(sum(1 for _ in out), rows + header)
            print(f"{rows:,} rows, {' '.join(args) or 'table'}: peak memory {peak_kb / 1024:.1f} MB")
            if cli.PLAIN:
                self.assertLess(peak_kb, 40 * 1024)


if __name__ == "__main__":
    cli.main()
