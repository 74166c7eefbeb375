#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hmrec cypher against the server that NEO4J_URI names (started with tls), whose data are deleted."""
import csv
import io
import json
import math
import os
import random
import re
import signal
import struct
import subprocess
import time

import cli

if not os.environ.get("NEO4J_URI"):
    cli.skip("NEO4J_URI names no server")
URI, HOME = os.environ["NEO4J_URI"], os.environ["HMREC_TEST_HOME"]
VERSION = tuple(map(int, os.environ["HMREC_TEST_VERSION"].split(".")[:2]))
LOGIN = {k: os.environ[k] for k in ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD")}
CA = os.path.join(HOME, "certificates", "ca.crt")

# expression, in a table, in CSV (None: as in a table), in JSON
VALUES = [
    ("NULL", "NULL", "", "null"),
    ("true", "true", None, "true"),
    ("9223372036854775807", "9223372036854775807", None, "9223372036854775807"),
    ("0.1 + 0.2", "0.30000000000000004", None, "0.30000000000000004"),
    ("0.0 / 0.0", "NaN", None, '{"$type": "Float", "_value": "NaN"}'),
    ("'a \"b\", ä'", '"a \\"b\\", ä"', '"a ""b"", ä"', '"a \\"b\\", ä"'),
    ("[1, 2.5, 'x', NULL]", '[1, 2.5, "x", NULL]', '"[1, 2.5, ""x"", NULL]"', '[1, 2.5, "x", null]'),
    ("{a: 1}", "{a: 1}", None, '{"a": 1}'),
    ("date('2020-02-29')", "2020-02-29", None, '{"$type": "Date", "_value": "2020-02-29"}'),
    ("time('10:11:12.5+02:00')", "10:11:12.5+02:00", None, '{"$type": "Time", "_value": "10:11:12.5+02:00"}'),
    ("localtime('23:59:59')", "23:59:59", None, '{"$type": "LocalTime", "_value": "23:59:59"}'),
    ("datetime('2015-11-21T21:40:32.142+01:00')", "2015-11-21T21:40:32.142+01:00", None,
     '{"$type": "OffsetDateTime", "_value": "2015-11-21T21:40:32.142+01:00"}'),
    ("datetime('2015-07-21T21:40:32[Europe/Stockholm]')", "2015-07-21T21:40:32+02:00[Europe/Stockholm]", None,
     '{"$type": "ZonedDateTime", "_value": "2015-07-21T21:40:32+02:00[Europe/Stockholm]"}'),
    ("localdatetime('-0044-03-15T01:02:03')", "-0044-03-15T01:02:03", None, '{"$type": "LocalDateTime", "_value": "-0044-03-15T01:02:03"}'),
    ("duration('P1Y2M10DT2H30M-0.5S')", "P1Y2M10DT2H29M59.5S", None, '{"$type": "Duration", "_value": "P1Y2M10DT2H29M59.5S"}'),
    ("point({x: 1, y: 2.5})", "point({srid: 7203, x: 1.0, y: 2.5})", '"point({srid: 7203, x: 1.0, y: 2.5})"',
     '{"$type": "Point", "_value": "SRID=7203;POINT (1.0 2.5)"}'),
]


def digits_of(text):
    """Those of a number, without sign, point, exponent and zeros at either end."""
    return re.sub(r"e.*|[-.]", "", text.lower()).strip("0")


class Live(cli.Case):
    def cypher(self, *args, **more):
        return self.hmrec("cypher", *args, **{**LOGIN, **more})

    def test_every_type_in_every_format(self):
        query = "RETURN " + ", ".join(f"{row[0]} AS v{i}" for i, row in enumerate(VALUES))
        text = self.cypher(query).out.split("\n")[1]
        for row in VALUES:
            self.assertIn(row[1], text)
        line = ",".join(row[1] if row[2] is None else row[2] for row in VALUES)
        self.assertEqual(self.cypher(query, "--format", "csv").out.split("\n")[1], line)
        as_json = ", ".join(f'"v{i}": {row[3]}' for i, row in enumerate(VALUES))
        self.assertEqual(self.cypher(query, "--format", "ndjson").out, "{" + as_json + "}\n")

    def test_texts_are_those_of_the_server(self):
        """What csv shows of a value is what toString() says of it; of a FLOAT, the fewest digits that are the same number."""
        seed = random.randrange(2**32)
        rng = random.Random(seed)
        print(f"seed {seed}")
        times = [f"{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.choice((0, rng.randrange(60))):02}"
                 f"{rng.choice(('', '.%d' % rng.randrange(1, 10), '.%09d' % rng.randrange(10**9)))}" for _ in range(40)]
        days = [f"{rng.randrange(1, 9999):04}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}" for _ in range(40)]
        zones = [rng.choice(("Z", "+01:00", "-03:30", "+14:00")) for _ in range(40)]
        values = [f"localtime('{t}')" for t in times] + [f"time('{t}{z}')" for t, z in zip(times, zones)]
        values += [f"localdatetime('{d}T{t}')" for d, t in zip(days, times)] + [f"datetime('{d}T{t}{z}')" for d, t, z in zip(days, times, zones)]
        values += [f"date('{d}')" for d in days] + ["datetime('2020-01-01T00:00:00.25[Europe/Berlin]')", "date('+12345-03-15')", "date('-0044-03-15')"]
        for _ in range(80):
            part = {name: rng.choice((0, rng.randrange(-100, 100))) for name in ("months", "days", "hours", "minutes", "seconds")}
            part["nanoseconds"] = rng.choice((0, rng.randrange(-10**9, 10**9), rng.randrange(-9, 10) * 10**8))
            values.append("duration({" + ", ".join(f"{name}: {n}" for name, n in part.items()) + "})")
        rows = list(csv.reader(io.StringIO(self.cypher("UNWIND [" + ", ".join(values) + "] AS x RETURN x, toString(x)", "--format", "csv").out)))[1:]
        self.assertEqual(len(rows), len(values))
        for value, (shown, said) in zip(values, rows):
            self.assertEqual(shown, said, value)
        floats = [struct.unpack(">d", rng.randbytes(8))[0] for _ in range(300)]
        floats = [x for x in floats if math.isfinite(x)] + [2.0**n for n in range(-1074, 1024, 7)] + [1e7, 1e-4, 5e-324, 1e23, 123456789.0]
        query = "UNWIND [" + ", ".join(map(repr, floats)) + "] AS x RETURN x, toString(x)"
        for x, (shown, said) in zip(floats, list(csv.reader(io.StringIO(self.cypher(query, "--format", "csv").out)))[1:]):
            self.assertEqual(float(shown), x)
            self.assertEqual(float(shown), float(said), said)
            self.assertEqual(digits_of(shown), digits_of(repr(x)), said)  # Python's are the fewest, as Java's are from 19 on

    def test_a_query_too_deep_for_the_server_ends(self):
        began = time.monotonic()
        got = self.run_any("cypher", stdin=("RETURN " + 3000 * "[" + "1" + 3000 * "]" + " AS x;\nRETURN 2;\n").encode(), **LOGIN)
        self.assertLess(time.monotonic() - began, 60)
        if got.code:  # 5.26 never answers such a RUN, and ignores its PULL
            self.assertRegex(got.err, r":1: .*(nest deeper|Neo\.\w+Error\.)")

    def test_csv(self):
        self.cypher("MATCH (n) DETACH DELETE n")
        with open(self.path("f.csv"), "w") as file:
            file.write("id,name\n" + "".join(f"{i},{'row ' + str(i) if i % 2 else ''}\n" for i in range(5000)))
        query = "UNWIND $rows AS row CREATE (n:Row) SET n = row RETURN count(n.name) AS named"
        result = self.cypher(query, "--csv", "f.csv", "--batch-size", "2000", "--resume", "state", "--format", "csv")
        self.assertEqual(result.out, "named\n1000\n1000\n500\n")
        self.assertIn("nodes created 5000", result.err)
        self.assertIn("5000 rows are done", self.cypher(query, "--csv", "f.csv", "--resume", "state").err)
        self.assertEqual(self.cypher("MATCH (n:Row) RETURN count(n) AS n, sum(toInteger(n.id)) AS s", "--format", "csv").out, "n,s\n5000,12497500\n")
        self.cypher("MATCH (n) DETACH DELETE n")

    def test_entities(self):
        self.cypher("MATCH (n) DETACH DELETE n")
        query = "CREATE p = (:A {x: 1})-[:R {w: 2.0}]->(:B)<-[:S]-(:C) RETURN p, nodes(p)[0] AS n, relationships(p)[0] AS r"
        self.assertIn('(:A {x: 1})-[:R {w: 2.0}]->(:B)<-[:S]-(:C)  (:A {x: 1})  [:R {w: 2.0}]', self.cypher(query).out)
        row = json.loads(self.cypher("MATCH p = (:A)-->()<--(:C) RETURN p, nodes(p)[0] AS n, relationships(p)[0] AS r LIMIT 1", "--format", "ndjson").out)
        node, relationship = row["n"]["_value"], row["r"]["_value"]
        self.assertEqual(row["p"]["_value"][0], row["n"])
        self.assertEqual(row["p"]["_value"][1], row["r"])
        self.assertEqual((node["_labels"], node["_properties"]), (["A"], {"x": 1}))
        self.assertEqual(relationship["_start_node_element_id"], node["_element_id"])
        result = self.cypher("MATCH (n) DETACH DELETE n")
        self.assertRegex(result.err, r"0 rows in \d+ ms; nodes deleted 3, relationships deleted 2")

    def test_vectors(self):
        if VERSION < (2026, 0):
            self.skipTest("vectors came with Neo4j 2025.10")
        query = "CYPHER 25 RETURN vector([1, -2], 2, INTEGER8) AS a, vector([0.1, 2], 2, FLOAT32) AS b"
        self.assertIn("vector([1, -2], 2, INTEGER8)  vector([0.1, 2.0], 2, FLOAT32)", self.cypher(query).out)

    def test_parameters_come_back_as_they_were(self):
        out = self.cypher("RETURN $a AS a, $b AS b, $c AS c", "-P", "a=9007199254740993", "-P", 'b={"k": [1.0, true, null]}', "-P", "c=ä", "--format", "ndjson").out
        self.assertEqual(out, '{"a": 9007199254740993, "b": {"k": [1.0, true, null]}, "c": "ä"}\n')

    def test_tls(self):
        address = URI.split("://")[1]
        for scheme in ("bolt+s", "neo4j+s"):
            self.assertEqual(self.cypher("RETURN 1", "-a", f"{scheme}://{address}", "--ca", CA).out, "1\n1\n")
            self.assertIn("unknown authority", self.cypher("RETURN 1", "-a", f"{scheme}://{address}", code=1).err)
        for scheme in ("bolt+ssc", "neo4j+ssc", "neo4j"):
            self.assertEqual(self.cypher("RETURN 1", "-a", f"{scheme}://{address}").out, "1\n1\n")

    def test_wrong_password(self):
        self.assertIn("Neo.ClientError.Security.Unauthorized", self.cypher("RETURN 1", code=1, NEO4J_PASSWORD="wrong").err)

    def test_failures_and_notifications(self):
        result = self.cypher("--fail-at-end", code=1, stdin=b"RETURN 1 AS a;\nRETUR 2;\nEXPLAIN MATCH (n:NoSuchLabel) RETURN n.x AS b;")
        self.assertIn("stdin:2: Neo.ClientError.Statement.SyntaxError: Invalid input", result.err)
        self.assertRegex(result.err, r"WARNING: .*NoSuchLabel.*\(Neo.ClientNotification.Statement.UnknownLabelWarning, 01N[0-9]+; line 1, column 18\)")
        self.assertRegex(result.out, r"^a\n1\n\noperator .*\n\+ProduceResults[^|]*\n\+NodeByLabelScan.*\nplanner COST")

    def test_plans(self):
        query = "MATCH (a:Plan) WHERE EXISTS { (a)-->(b {x: 1}) } RETURN count(*) AS n"
        self.assertRegex(self.cypher("EXPLAIN " + query).out, r"(?s)^operator .*\n\| \+Argument.*\n\+NodeByLabelScan.*\nplanner COST, runtime \w+, Cypher")
        out = self.cypher("PROFILE UNWIND range(1, 3) AS n RETURN n").out
        self.assertRegex(out, r"(?s)^n\n1\n2\n3\n\noperator.*\+Unwind[^\n]* 3 .*; db hits \d+")
        plan = json.loads(self.cypher("EXPLAIN " + query, "--format", "json").out)["plan"]
        self.assertTrue(plan["operatorType"].startswith("ProduceResults"))

    def test_transactions(self):
        self.cypher(stdin=b"MATCH (t:T) DELETE t;\n:begin\nCREATE (:T);\n:rollback\n:begin\nCREATE (:T);CREATE (:T);\n:commit")
        self.assertEqual(self.cypher("--retry", "MATCH (t:T) DELETE t RETURN count(t) AS n").out, "n\n2\n")

    def test_parameters_that_the_server_computes(self):
        text = b'\xef\xbb\xbf:param {a: 1 + 1,\n day: date("2020-02-29")}\n:PARAM `b c` => $a + 1\n// one\rRETURN $a AS a, $day AS day, $`b c` AS b, $p AS p;'
        self.assertEqual(self.cypher("-P", "{p: duration('P1D')}", "--format", "csv", stdin=text).out, "a,day,b,p\n2,2020-02-29,3,P1D\n")
        self.assertIn("SyntaxError", self.cypher("q", "-P", "{a: 1", code=1).err)

    def test_a_failed_command_stops_the_commit(self):
        self.cypher("MATCH (t:Stop) DELETE t")
        for failing in (b":param x => nonsense(", b":no", b"RETURN '\xe9';"):
            for how in ("--fail-fast", "--fail-at-end"):
                self.cypher(how, stdin=b":begin\nCREATE (:Stop);\n" + failing + b"\n:commit", code=1)
        self.assertEqual(self.cypher("MATCH (t:Stop) RETURN count(t) AS n").out, "n\n0\n")

    def test_a_signal_ends_the_query_on_the_server_too(self):
        process = self.start("cypher", "UNWIND range(1, 1000000000) AS endless RETURN sum(sin(endless))", **LOGIN)
        running = """SHOW TRANSACTIONS YIELD currentQuery, status
            WHERE currentQuery STARTS WITH 'UNWIND range' AND status = 'Running' RETURN count(*) AS n"""
        self.wait_for(running, "n\n1\n")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.wait_for(running, "n\n0\n")

    def test_an_expired_password(self):
        if VERSION >= (5, 0):
            words = "credentials you provided were valid, but must be changed"
        else:
            words = "CredentialsExpired"
        name = "expired%d" % random.randrange(10**9)
        self.cypher("-d", "system", f"CREATE USER {name} SET PASSWORD 'first-one' CHANGE REQUIRED")
        for file, text in (("first", "first-one"), ("second", "second-one"), ("brief", "")):
            with open(self.path(file), "w") as out:
                out.write(text + "\n")
        as_user = ["-u", name, "--password-file"]
        failed = self.hmrec("cypher", *as_user, "first", "RETURN 1", code=1, NEO4J_URI=URI)
        self.assertIn(words, failed.err)
        self.assertIn("--change-password", failed.err)
        change = ["cypher", *as_user, "first", "--change-password", "--new-password-file"]
        self.assertIn("password", self.hmrec(*change, "brief", code=1, NEO4J_URI=URI).err)
        self.assertIn("has been changed", self.hmrec(*change, "second", NEO4J_URI=URI).err)
        self.assertEqual(self.hmrec("cypher", *as_user, "second", "RETURN 42", NEO4J_URI=URI).out, "42\n42\n")
        text = f":connect -u {name} -p second-one\nSHOW CURRENT USER YIELD user;:disconnect\n:connect\nRETURN 1;"
        self.assertIn(name, self.cypher(stdin=text.encode()).out)
        self.cypher("-d", "system", f"DROP USER {name}")

    def test_impersonation_in_the_community_edition(self):
        refused = self.cypher("--fail-at-end", stdin=b":impersonate anna\nRETURN 42;", code=1)
        self.assertRegex(refused.err, "(?i)impersonat")
        self.assertEqual(refused.out, "42\n42\n")

    def wait_for(self, query, out):
        deadline = time.monotonic() + 60
        while self.cypher(query).out != out:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def test_a_million_rows_in_constant_memory(self):
        peak_kb, lines = 0, 0
        args = ["cypher", "-q", "UNWIND range(1, 1000000) AS n RETURN n, n * 0.5 AS half, 'row ' + n AS text", "--format", "csv"]
        with subprocess.Popen(cli.PROGRAM + args, stdout=subprocess.PIPE, env=cli.environment(**LOGIN)) as process:
            for lines, _ in enumerate(process.stdout, 1):
                if lines % 10000 == 0:
                    with open(f"/proc/{process.pid}/status") as file:
                        found = re.search(r"VmHWM:\s+(\d+)", file.read())
                    peak_kb = int(found.group(1)) if found else peak_kb
        self.assertEqual((process.returncode, lines), (0, 1000001))
        print(f"1,000,000 rows: peak memory {peak_kb / 1024:.1f} MB")
        if cli.PLAIN:
            self.assertTrue(0 < peak_kb < 40 * 1024, peak_kb)


if __name__ == "__main__":
    cli.main()
