# SPDX-License-Identifier: MIT
"""hmrec cypher and the official Python driver (with its Rust extensions) on one server, in turns; prints the best of each as JSON.

    HMREC_TEST_JIT=4 tests/neo4j/server run 5.26.25 -- python3 bench/peers/cypher.py HMREC [--rounds N]      (pip install neo4j neo4j-rust-ext)

Of hmrec the whole process counts: start, login, the text of every row. Of the driver only the queries count, their rows as Record objects.
--shell also measures whole processes, with cypher-shell among them (tests/neo4j/cypher-shell): seconds to the end of RETURN 1, seconds and peak
memory of a million rows to a CSV file.
"""
import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time

import neo4j
import neo4j._rust  # noqa: F401  without the Rust extensions this would be another peer

TRIPS, ROWS = 4000, 500000
QUERIES = {"rows of 1 value": f"UNWIND range(1, {ROWS}) AS n RETURN n",
           "rows of 3 values": f"UNWIND range(1, {ROWS}) AS n RETURN n, n * 0.5 AS half, 'row ' + n AS text"}


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def hmrec(program, *args, stdin=""):
    return seconds(lambda: subprocess.run([program, "cypher", "--quiet", *args], input=stdin, text=True, check=True, stdout=subprocess.DEVNULL))


def driver_trips(session):
    for _ in range(TRIPS):
        session.run("RETURN 1").single()


def driver_rows(session, query):
    if sum(1 for _ in session.run(query)) != ROWS:
        raise SystemExit("rows are missing")


def write_csv(query):
    """What a script of the driver does; the process that --shell measures."""
    with neo4j.GraphDatabase.driver(os.environ["NEO4J_URI"], auth=(os.environ["NEO4J_USERNAME"], os.environ["NEO4J_PASSWORD"])) as driver:
        with driver.session() as session:
            result = session.run(query)
            writer = csv.writer(sys.stdout)
            writer.writerow(result.keys())
            for record in result:
                writer.writerow(record.values())


def process(command, lines):
    """(seconds, peak MB) of a whole process, which prints so many lines."""
    with tempfile.TemporaryFile("w+b") as out:
        start, peak = time.perf_counter(), 0
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out)
        while child.poll() is None:  # wait4's would be that of this process, from which it was forked
            with open(f"/proc/{child.pid}/status") as status:
                peak = max([peak, *(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))])
            time.sleep(0.001 if time.perf_counter() - start < 0.5 else 0.05)
        took = time.perf_counter() - start
        out.seek(0)
        if child.returncode or sum(1 for _ in out) != lines:
            raise SystemExit(f"{command[0]}: exit status {child.returncode}, or lines are missing")
    return round(took, 3), round(peak / 1024)


def shells(program, rounds):
    """Whole processes, in turns; the fastest of each."""
    here = os.path.dirname(os.path.abspath(__file__))
    home = subprocess.run([os.path.join(here, "../../tests/neo4j/cypher-shell"), "--path"], check=True, capture_output=True, text=True).stdout.strip()
    many = "UNWIND range(1, 1000000) AS n RETURN n, n * 0.5 AS half, 'row ' + n AS text"
    best = {}
    for _ in range(rounds):
        for what, query, lines in (("RETURN 1", "RETURN 1", 2), ("1,000,000 rows to CSV", many, 1000001)):
            for who, command in (("hmrec", [program, "cypher", "--quiet", "--format", "csv", query]),
                                 ("cypher-shell", [home + "/bin/cypher-shell", "-a", os.environ["NEO4J_URI"], "--format", "plain", query]),
                                 ("driver", [sys.executable, __file__, "--csv", query])):
                best.setdefault(what, {})
                best[what][who] = min(best[what].get(who, (1e9, 0)), process(command, lines))
    return best


def main():
    if sys.argv[1:2] == ["--csv"]:
        write_csv(sys.argv[2])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hmrec")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shell", action="store_true")
    a = parser.parse_args()
    if a.shell:
        print(json.dumps({"seconds, peak MB": shells(a.hmrec, a.rounds)}, indent=1))
        return
    driver = neo4j.GraphDatabase.driver(os.environ["NEO4J_URI"], auth=(os.environ["NEO4J_USERNAME"], os.environ["NEO4J_PASSWORD"]))
    best = {}

    def keep(what, who, count, time_s):
        best.setdefault(what, {})
        best[what][who] = max(best[what].get(who, 0), round(count / time_s))

    with driver, driver.session() as session:
        for _ in range(a.rounds):
            keep("round trips", "driver", TRIPS, seconds(lambda: driver_trips(session)))
            keep("round trips", "hmrec json", TRIPS, hmrec(a.hmrec, "--format", "json", stdin="RETURN 1;\n" * TRIPS))
            for what, query in QUERIES.items():
                keep(what, "driver", ROWS, seconds(lambda: driver_rows(session, query)))
                for form in ("json", "csv", "table"):
                    keep(what, f"hmrec {form}", ROWS, hmrec(a.hmrec, "--format", form, query))
    print(json.dumps({"server": os.environ.get("HMREC_TEST_VERSION"), "driver": neo4j.__version__, "per_second": best}, indent=1))


if __name__ == "__main__":
    main()
