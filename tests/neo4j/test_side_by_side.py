#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cypher-shell 5.26.0 and hmrec cypher get the same files, on the server that NEO4J_URI names, whose data are deleted: stdout and exit status are
the same in every format that both have, but for the differences that docs/cypher.md lists. To see both: side_by_side.py FILE..."""
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
        done = []
        for program in ([SHELL], cli.PROGRAM + ["cypher", "-q"]):
            self.hmrec("cypher", "-q", "MATCH (n) DETACH DELETE n", **LOGIN)
            kept = {**cli.environment(**LOGIN), **{k: v for k, v in os.environ.items() if k in ("HOME", "HMREC_NEO4J_DIR", "XDG_CACHE_HOME", "JAVA_HOME")}}
            done.append(cli.Result(subprocess.run([*program, "--format", form, "-f", "file.cypher", *args], cwd=self.dir, env=kept,
                                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=600)))
        return done

    def test_what_is_the_same(self):
        for name, text, *args in SAME:
            for form in FORMATS:
                with self.subTest(name, format=form):
                    theirs, ours = self.both(text, args[0] if args else (), form)
                    self.assertEqual(unlike(theirs.out, ours.out), "", f"\n{theirs.err}\n{ours.err}")
                    self.assertEqual(theirs.code, ours.code)

    def test_differences_are_listed(self):
        with open(os.path.join(cli.ROOT, "docs", "cypher.md")) as file:
            listed = file.read().split("\n## Beside cypher-shell\n")[1].split("\n## ")[0]
        for reason, text, *more in DIFFERENT:
            self.assertIn(reason, listed)
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
