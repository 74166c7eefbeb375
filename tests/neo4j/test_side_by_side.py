#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cypher-shell 5.26.0 and hmrec cypher get the same files, options and standard input, on the server that NEO4J_URI names, whose data are deleted: stdout
and exit status are the same in every format that both have, but for the differences that docs/cypher.md lists. To see both: test_side_by_side.py FILE..."""
import difflib
import os
import re
import subprocess
import sys
import unittest

import cli

if not os.environ.get("NEO4J_URI"):
    cli.skip("NEO4J_URI names no server")
LOGIN = {k: os.environ[k] for k in ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD")}
SHELL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cypher-shell")
PROGRAMS = ([SHELL], cli.PROGRAM + ["cypher", "-q"])
FORMATS = ("plain", "verbose")

# Everything here comes out of both alike: name, text of the file, further options.
SAME = [
    ("values", r"""
RETURN 1 AS n, "a\"b\\c" AS s, null AS z, true AS t, [1, 2.5, 'x', null, false, []] AS l, {a: 1, b: {c: 'd"'}} AS m, {} AS e;
RETURN 1.0 AS a, 1e22 AS b, 0.1 + 0.2 AS c, 1e-7 AS d, 0.001 AS e, 12345678.9 AS f, 1e7 AS g, 9999999.0 AS h, 0.0 / 0.0 AS nan, 1.0 / 0.0 AS i,
       -1.0 / 0.0 AS j, -0.0 AS k, 5e-324 AS l, 123456789012.0 AS m, 9.99e-4 AS n, -1.5e300 AS o, 2.0 / 3 AS p;
RETURN 9223372036854775807 AS most, -9223372036854775808 AS least;
RETURN date('2020-02-29') AS d, localtime('23:59:59') AS lt, datetime('2015-11-21T21:40:32.142+01:00') AS dt, time('10:11:12+02:00') AS t,
       datetime('2015-07-21T21:40:32[Europe/Stockholm]') AS zdt, localdatetime('-0044-03-15T01:02:03') AS ldt, date('+12345-01-01') AS far;
RETURN duration('P1Y2M10DT2H30M5S') AS a, duration('PT0S') AS b, duration('P-1D') AS c, duration('PT30.25S') AS d, duration('PT-0.5S') AS e;
RETURN time('12:30:00.5Z') AS a, localtime('01:02:03.0000001') AS b, localtime('00:00') AS c, datetime('2020-01-01T00:00Z') AS d;
RETURN point({x: 1, y: 2.5}) AS p, point({longitude: 12.5, latitude: 56, height: 1e9}) AS q;"""),
    ("graphs", """
CREATE p = (:A {x: 1})-[:R {w: 2.0}]->(:B:C)<-[:`S T`]-(:`L b` {}) RETURN p, nodes(p) AS ns, relationships(p) AS rs, nodes(p)[2] AS n;
MATCH (n) WHERE n:A RETURN n, labels(n) AS l; MATCH (n)-[r]->() RETURN count(*) AS c, collect(type(r)) AS t;"""),
    ("no rows, no columns, what was changed", """
MATCH (n:Nope) RETURN n; UNWIND [] AS i RETURN i, 1 AS k;
CREATE (:A {x: 1})-[:R]->(:B);
MATCH (n:A) SET n.y = 2, n:Z; MATCH (n:A) REMOVE n:Z, n.y;
CREATE INDEX by_x FOR (n:A) ON (n.x); DROP INDEX by_x; CREATE CONSTRAINT c FOR (n:A) REQUIRE n.x IS UNIQUE; DROP CONSTRAINT c;
CREATE USER ann SET PASSWORD 'long enough'; DROP USER ann;
CALL () { CREATE (:Q) } IN TRANSACTIONS;
MATCH (n) DETACH DELETE n RETURN count(n) AS n; MATCH (n) DETACH DELETE n;
SHOW DATABASES YIELD name; CALL db.labels() YIELD label RETURN count(*) AS c;"""),
    ("columns", "UNWIND range(1, 3) AS i RETURN i, i * 0.5 AS `half of it`, 'row ' + i AS `x\"y`, 1, 2 AS `c,d`; RETURN 1 AS much_longer_than_its_value"),
    ("lines in values", r"""
UNWIND ['a', "line1\nline2\n\nline4", 'x', "end\n", "\r\n", ''] AS s RETURN s, 'q' AS k;
RETURN ["a\nb", {k: "c\"d"}] AS l, "it's" AS q, "cr\r\nlf" AS crlf, "two\r\rlines" AS cr;"""),
    ("rows wider than those before", "UNWIND ['a', 'b', 'much longer than before', \"x\ny\", 'abc', 'abcdef'] AS s RETURN s, 1 AS k, s AS t; RETURN 'ab' AS averylongname;",
     ("--sample-rows", "2")),
    ("rows that are cut", "UNWIND ['a', 'b', 'much longer than before', \"x\ny\", 'abc', \"abc\nd\", \"a\nb\"] AS s RETURN s, 1 AS k, s AS `te`;",
     ("--sample-rows", "1", "--wrap", "false")),
    ("more rows than are sampled", "UNWIND range(1, 2500) AS i RETURN i, 'x' AS x;"),
    ("comments and several statements in a line", "RETURN 1 AS x; RETURN 'a;b' AS y; // c;\nRETURN 3 /* ; */ AS z\n;\n\n  RETURN `a;b` FROM_NOWHERE;", ("--fail-at-end",)),
    ("the first failure ends it", "RETURN 1 AS x;\nBAD;\nRETURN 2 AS y;"),
    ("a failure, and on", "RETURN 1 AS x;\nBAD;\nRETURN 2 AS y;", ("--fail-at-end",)),
    ("widths that leave room for numbers", "UNWIND range(1, 3) AS i RETURN i AS a, 1.5 * i AS b, true AS c, null AS d, date('2020-01-01') AS e, [1] AS f, "
     "CASE i WHEN 1 THEN null ELSE 5 END AS g, CASE i WHEN 1 THEN 5 ELSE 'y' END AS h, CASE i WHEN 3 THEN 5 ELSE 'y' END AS i;", ("--sample-rows", "2")),
    ("as many rows as are sampled", "UNWIND range(1, 3) AS i RETURN i;", ("--sample-rows", "3")),
    ("plans", """
CREATE (:A {k: 1})-[:R]->(:B);
EXPLAIN MATCH (n:A) WHERE n.k > 1 RETURN n;
PROFILE MATCH (n:A)-[r]->(m) RETURN n.k AS k, count(*) AS c ORDER BY c;
EXPLAIN CREATE (n:A); PROFILE CREATE (n:A) DELETE n; EXPLAIN CREATE INDEX i FOR (n:A) ON (n.x);"""),
    ("parameters", r"""
:param a => 1
:param {x: 1 + 1, d: date('2020-01-01'), m: {k: [1, 'two', null, true, {a: 1}], e: {}}}
:param s => "it's \"q\"\\ and
more"
:param big => 1e22
:param p => point({x: 1, y: 2.5})
:param du => duration('P1DT2S')
:param dt => datetime('2015-07-21T21:40:32[Europe/Stockholm]')
:param `odd name` => localdatetime('2015-07-21T21:40:32')
:params
RETURN $a AS a, $x AS x, $s AS s, $`odd name` AS o;
:param
:param list
:param clear
:params
RETURN $a AS gone;"""),
    ("options for parameters", "RETURN $a AS a, $b AS b, $c AS c;", ("-P", "a => 1 + 1", "-P", "{b: 'x', c: date('2020-01-01')}")),
    ("transactions", """
:begin
CREATE (:T {x: 1});
MATCH (n:T) RETURN count(n) AS c;
:rollback
MATCH (n:T) RETURN count(n) AS c;
:begin
CREATE (:T {x: 1});
:commit
MATCH (n:T) RETURN count(n) AS c;
:use system
SHOW DATABASES YIELD name RETURN name ORDER BY name;
:use neo4j
:access-mode
:access-mode read
:access-mode
MATCH (n:T) RETURN n;
:exit
RETURN 'never';"""),
    ("commands that are none", "RETURN 1 AS a;\n:dance\nRETURN 2 AS b;"),
]

# What a script may call: name, exit status, arguments, standard input, changes of the environment (None: not set).
URI = LOGIN["NEO4J_URI"]
TWO = "RETURN 1 AS n; RETURN 'a' AS s;"
CALLS = [
    ("standard input", 0, [], TWO, {}),
    ("a failure there", 1, [], "RETURN 1 AS a;\nBAD;\nRETURN 2 AS b;", {}),
    ("a failure there, and on", 1, ["--fail-at-end"], "RETURN 1 AS a;\nBAD;\nRETURN 2 AS b;", {}),
    ("no semicolon", 0, [], "RETURN 1 AS a", {}),
    ("nothing", 0, [], "", {}),
    ("commands there", 0, [], ":param x => 2\nRETURN $x AS x;\n:exit\nRETURN 3;", {}),
    ("a file from a file", 0, [], ":source two.cypher\n", {}),
    ("a file that is not there, from standard input", 1, [], ":source nope\nRETURN 1 AS a;", {}),
    ("--non-interactive", 0, ["--non-interactive"], TWO, {}),
    ("one argument", 0, ["RETURN 1 AS n"], "", {}),
    ("one argument, two statements", 0, [TWO], "", {}),
    ("an argument is what counts", 0, ["RETURN 3 AS c"], TWO, {}),
    ("an empty argument", 0, [""], "", {}),
    ("a comment", 0, ["// x"], "", {}),
    ("a file", 0, ["-f", "two.cypher"], "", {}),
    ("an empty file", 0, ["-f", "empty.cypher"], "", {}),
    ("a file that is not there", 1, ["-f", "nope.cypher"], "", {}),
    ("login options", 0, ["-a", URI, "-u", LOGIN["NEO4J_USERNAME"], "-p", LOGIN["NEO4J_PASSWORD"], "RETURN 1 AS n"], "", dict.fromkeys(LOGIN)),
    ("host:port", 0, ["-a", URI.removeprefix("bolt://"), "RETURN 1 AS n"], "", {"NEO4J_URI": None}),
    ("NEO4J_ADDRESS", 0, ["RETURN 1 AS n"], "", {"NEO4J_URI": None, "NEO4J_ADDRESS": URI}),
    ("NEO4J_DATABASE", 0, ["SHOW DATABASES YIELD name RETURN name ORDER BY name"], "", {"NEO4J_DATABASE": "system"}),
    ("a database", 0, ["-d", "system", "SHOW DATABASES YIELD name RETURN name ORDER BY name"], "", {}),
    ("no such database", 1, ["-d", "nope", "RETURN 1 AS n"], "", {}),
    ("nobody there", 1, ["-a", "bolt://127.0.0.1:1", "RETURN 1 AS n"], "", {}),
    ("another protocol", 1, ["-a", URI.replace("bolt", "http"), "RETURN 1 AS n"], "", {}),
    ("encryption that the server has not", 1, ["--encryption", "true", "RETURN 1 AS n"], "", {}),
    ("no encryption", 0, ["--encryption", "false", "RETURN 1 AS n"], "", {}),
    ("reading alone", 1, ["--access-mode", "read", "CREATE (:N)"], "", {}),
    ("impersonation that is refused", 1, ["--impersonate", "nobody", "RETURN 1 AS n"], "", {}),
    ("a parameter that is not there", 1, ["RETURN $x AS x"], "", {}),
    ("a parameter that is no Cypher", 1, ["-P", "{x: nope(}", "RETURN 1"], "", {}),
    ("--history", 0, ["--history", "in-memory"], TWO, {}),
    ("--idle-timeout", 0, ["--idle-timeout", "1s"], TWO, {}),
    ("--log", 0, ["--log", "log", "RETURN 1 AS n"], "", {}),
    ("--notifications", 0, ["--notifications"], TWO, {}),
    ("a person is needed", 1, ["--change-password", "--non-interactive"], "", {}),
    # Last: after three of these the server refuses right ones for a while.
    ("another password", 1, ["-p", "wrong", "RETURN 1 AS n"], "", {}),
    ("another user", 1, ["-u", "nobody", "RETURN 1 AS n"], "", {}),
    ("no password", 1, ["RETURN 1 AS n"], "", {"NEO4J_PASSWORD": None}),
]

# Calls that differ: the reason, as docs/cypher.md has it, arguments, both exit statuses.
CALLS_DIFFER = [
    ("of its own", ["-v"], 0, 0),
    ("of its own", ["--help"], 1, 0),
    ("what is wrong with the arguments", ["--nope"], 1, 2),
    ("what is wrong with the arguments", ["--sample-rows", "0", "RETURN 1"], 1, 2),
    ("what is wrong with the arguments", ["--wrap", "maybe", "RETURN 1"], 1, 2),
    ("what is wrong with the arguments", ["--access-mode", "x", "RETURN 1"], 1, 2),
    ("what is wrong with the arguments", ["-P", "x", "RETURN 1"], 1, 2),
    ("what is wrong with the arguments", ["--idle-timeout", "x", "RETURN 1"], 1, 2),
    ("what is wrong with the arguments", ["RETURN 1 AS a", "RETURN 2 AS b"], 1, 2),
    ("a query beside `-f`", ["-f", "two.cypher", "RETURN 3 AS c"], 0, 2),
    ("a command as the query", [":params"], 1, 0),
    ("`--enable-autocompletions`", ["--enable-autocompletions", "RETURN 1 AS n"], 0, 2),
    ("`--driver-version`", ["--driver-version"], 0, 2),
]

# And here each differs: the reason, as docs/cypher.md has it; text of the file; further options.
DIFFERENT = [
    ("the order in which the server sends them", "RETURN {a: 1, `b c`: 2} AS m;"),
    ("by columns of the terminal", "RETURN '\U0001f600' AS s;", (), ("verbose",)),
    ("what would move the cursor", r"RETURN '\t\u001b[31m' AS s;", (), ("verbose",)),
    ("is printed whole or not at all", "UNWIND [3, 2, 1, 0, 5] AS i RETURN 6 / i AS x;"),
    ("left open at the end", ":begin\nCREATE (:T);"),
    (":help", ":help\n"),
]


def unlike(a, b):
    """Nothing, or how two outputs differ; times are not compared."""
    def lines(text):
        text = re.sub(r"\b\d+ ms", "N ms", text)
        text = re.sub(r"(?m)^Time: \d+$", "Time: N", text)
        text = re.sub(r'(?m)^((?:\| "[^|]*)+\| )\d+ *(?= \|)', r"\1N", text)  # the first number of a plan
        return text.splitlines(keepends=True)
    return "".join(difflib.unified_diff(lines(a), lines(b), "cypher-shell", "hmrec"))


class SideBySide(cli.Case):
    maxDiff = None

    def both(self, text, args, form):
        with open(self.path("file.cypher"), "w", newline="") as file:
            file.write(text)
        for program in PROGRAMS:
            self.hmrec("cypher", "-q", "MATCH (n) DETACH DELETE n", **LOGIN)
            yield self.call([*program, "--format", form, "-f", "file.cypher", *args])

    def call(self, command, text="", changes=()):
        kept = {k: v for k, v in os.environ.items() if k in ("HOME", "HMREC_NEO4J_DIR", "XDG_CACHE_HOME", "JAVA_HOME")}
        env = {k: v for k, v in {**cli.environment(**LOGIN), **kept, **dict(changes)}.items() if v is not None}
        return cli.Result(subprocess.run(command, cwd=self.dir, env=env, input=text.encode(), capture_output=True, timeout=600))

    def test_what_is_the_same(self):
        for name, text, *args in SAME:
            for form in FORMATS:
                with self.subTest(name, format=form):
                    theirs, ours = self.both(text, args[0] if args else (), form)
                    self.assertEqual(unlike(theirs.out, ours.out), "", f"\n{theirs.err}\n{ours.err}")
                    self.assertEqual(theirs.code, ours.code)

    def listed(self):
        with open(os.path.join(cli.ROOT, "docs", "cypher.md")) as file:
            return file.read().split("\n## Beside cypher-shell\n")[1].split("\n## ")[0]

    def files(self):
        for name, text in (("two.cypher", TWO), ("empty.cypher", "")):
            with open(self.path(name), "w") as file:
                file.write(text)

    def test_calls_that_are_the_same(self):
        self.files()
        for name, code, args, text, changes in CALLS:
            with self.subTest(name):
                theirs, ours = (self.call([*program, "--format", "auto", *args], text, changes) for program in PROGRAMS)
                self.assertEqual((theirs.out, theirs.code), (ours.out, ours.code), f"\n{theirs.err}\n{ours.err}")
                self.assertEqual((theirs.code, bool(ours.err)), (code, bool(code)), f"\n{theirs.err}\n{ours.err}")

    def test_calls_that_differ_are_listed(self):
        self.files()
        for reason, args, *codes in CALLS_DIFFER:
            self.assertIn(reason, self.listed())
            with self.subTest(args):
                theirs, ours = (self.call([*program, *args]) for program in PROGRAMS)
                self.assertEqual([theirs.code, ours.code], codes, f"\n{theirs.err}\n{ours.err}")
                self.assertNotEqual((theirs.out, theirs.code), (ours.out, ours.code))

    def test_differences_are_listed(self):
        for reason, text, *more in DIFFERENT:
            self.assertIn(reason, self.listed())
            for form in more[1] if len(more) > 1 else FORMATS:
                with self.subTest(reason, format=form):
                    theirs, ours = self.both(text, more[0] if more else (), form)
                    self.assertNotEqual((unlike(theirs.out, ours.out), theirs.code), ("", ours.code))


def main():
    found = subprocess.run([SHELL, "--path"], capture_output=True, text=True)
    if found.returncode:
        cli.skip(found.stdout.strip().removeprefix("skipped: ") or found.stderr)
    if not sys.argv[1:] or sys.argv[1].startswith("SideBySide"):
        cli.main()
    case = SideBySide()
    case.setUp()
    for path in sys.argv[1:]:
        for form in FORMATS:
            with open(path, newline="") as file:
                theirs, ours = case.both(file.read(), (), form)
            print(f"{path} {form}: exit status {theirs.code} and {ours.code}\n{unlike(theirs.out, ours.out)}")
    case.doCleanups()


if __name__ == "__main__":
    main()
