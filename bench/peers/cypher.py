# SPDX-License-Identifier: MIT
"""hmrec cypher and the official Python driver (with its Rust extensions) on one server, in turns; prints the best of each as JSON.

    HMREC_TEST_JIT=4 tests/neo4j/server run 5.26.25 -- python3 bench/peers/cypher.py HMREC [--rounds N]      (pip install neo4j neo4j-rust-ext)

Of hmrec the whole process counts: start, login, the text of every row. Of the driver only the queries count, their rows as Record objects.
"""
import argparse
import json
import os
import subprocess
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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hmrec")
    parser.add_argument("--rounds", type=int, default=3)
    a = parser.parse_args()
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
