# SPDX-License-Identifier: MIT
"""docs/walkthrough.md on two real servers: its commands print what it says. The data of both are deleted."""
import os

import cli
import transcript

if not os.environ.get("HMREC_TEST_OTHER_URI"):
    cli.skip("NEO4J_URI and HMREC_TEST_OTHER_URI name no two servers")
PRODUCTS, GRAPH = os.environ["NEO4J_URI"], os.environ["HMREC_TEST_OTHER_URI"]
LOGIN = {k: os.environ[k] for k in ("NEO4J_USERNAME", "NEO4J_PASSWORD")}


class Walkthrough(cli.Case):
    def test_two_servers(self):
        for uri in (PRODUCTS, GRAPH):
            self.hmrec("cypher", "--uri", uri, "MATCH (n) DETACH DELETE n", **LOGIN)
        words = ["gds"] if self.run_any("cypher", "--uri", PRODUCTS, "RETURN gds.version()", **LOGIN).code == 0 else []
        transcript.check(self, "docs/walkthrough.md", "Two servers", words,
                         {PRODUCTS: "bolt://localhost:7687", GRAPH: "bolt://localhost:7688"}, PRODUCTS=PRODUCTS, GRAPH=GRAPH, **LOGIN)


if __name__ == "__main__":
    cli.main()
