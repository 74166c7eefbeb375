# SPDX-License-Identifier: MIT
"""hmrec cypher: what EXPLAIN and PROFILE show, in every format."""
import json
import re

import cli
from fake_bolt import Answer, Case


def step(name, *children, args=(), **more):
    return {"operatorType": name, "identifiers": [], "args": dict(args), "children": list(children), **more}


SCAN = step("NodeByLabelScan@neo4j", args={"EstimatedRows": 10.0, "Details": "n:Person"}.items())
PLAN = step("ProduceResults@neo4j", step("Apply", step("Sort", SCAN, args={"Details": "`n.x` ASC, \"a\"\x1b"}.items()), step("Filter", step("Argument"))),
            args={"EstimatedRows": 2.5, "planner": "COST", "runtime": "SLOTTED", "version": "5"}.items())
PROFILE = step("ProduceResults", step("Unwind", rows=3, dbHits=4, args={"EstimatedRows": 10.0, "Memory": 96}.items()), rows=3, dbHits=7,
               args={"planner": "COST", "runtime": "SLOTTED", "version": "5", "GlobalMemory": 64}.items())
TREE = """\
operator          estimated rows  rows  db hits  memory (bytes)  details
+ProduceResults                2
+Apply
| +Filter
| +Argument
+Sort                                                            `n.x` ASC, "a"\ufffd
+NodeByLabelScan              10                                 n:Person
planner COST, runtime SLOTTED, Cypher 5
"""


class Plans(Case):
    def answer(self, query, parameters):
        if query.startswith("EXPLAIN"):
            return Answer(["n"], [], plan=PLAN, type="r")
        return Answer(["n"], [[1]], **({"profile": PROFILE, "type": "r"} if query.startswith("PROFILE") else {}))

    def show(self, query, *args):
        return re.sub(" +\n", "\n", self.cypher(self.serve(self.answer), query, *args).out)

    def test_explain_is_a_tree(self):
        self.assertEqual(self.show("EXPLAIN x"), TREE)
        self.assertEqual(self.show("EXPLAIN x", "--retry"), TREE)
        self.assertEqual(self.show("x; EXPLAIN x; x"), "n\n1\n\n" + TREE + "\nn\n1\n")

    def test_profile_follows_the_rows(self):
        self.assertEqual(self.show("PROFILE x"), "n\n1\n\n"
                         "operator         estimated rows  rows  db hits  memory (bytes)  details\n"
                         "+ProduceResults                     3        7\n"
                         "+Unwind                      10     3        4              96\n"
                         "planner COST, runtime SLOTTED, Cypher 5; db hits 11, memory (bytes) 64\n")

    def test_for_programs(self):
        self.assertEqual(json.loads(self.show("EXPLAIN x", "--format", "json")), {"plan": PLAN})
        self.assertEqual(json.loads(self.show("EXPLAIN x", "--format", "ndjson")), {"plan": PLAN})
        self.assertEqual([json.loads(line) for line in self.show("PROFILE x", "--format", "ndjson").splitlines()], [{"n": 1}, {"profile": PROFILE}])
        self.assertEqual(self.show("PROFILE x", "--format", "csv"), "n\n1\n\noperator,estimated rows,rows,db hits,memory (bytes),details\n"
                         "+ProduceResults,,3,7,,\n+Unwind,10,3,4,96,\n")

    def test_as_cypher_shell_shows_them(self):
        facts = 'Plan: "EXPLAIN"\nStatement: "READ_ONLY"\nVersion: "5"\nPlanner: "COST"\nRuntime: "SLOTTED"\n'
        self.assertEqual(re.sub("Time: .*\n", "", self.show("EXPLAIN x", "--format", "plain")), facts)
        self.assertEqual(re.sub("Time: .*\n", "", self.show("PROFILE x", "--format", "plain")),
                         "n\n1\n" + facts.replace("EXPLAIN", "PROFILE") + "DbHits: 11\nRows: 3\nMemory (Bytes): 64\n")
        drawn = {**PLAN, "args": {**PLAN["args"], "string-representation": "a drawing\n"}}
        out = self.cypher(self.serve(lambda query, parameters: Answer(["n"], [], plan=drawn)), "x", "--format", "verbose").out
        self.assertRegex(out, r'^\+---\+\n\| n \|\n\+---\+\n\+---\+\n\n\+-+\+\n\| Plan [^\n]*\n\+-+\+\n\| "EXPLAIN" [^\n]*\n\+-+\+\n\n\na drawing\n\n0 rows\n')

    def test_odd_plans(self):
        for plan in ({}, {"operatorType": 1, "args": [], "children": {}}, {"children": [1.5, 2.5]}, {"children": [[], None]}):
            server = self.serve(lambda query, parameters, plan=plan: Answer(["n"], [], plan=plan))
            self.assertIn("operator", self.cypher(server, "x").out)
            self.assertEqual(json.loads(self.cypher(server, "x", "--format", "json").out), {"plan": plan})
            self.assertTrue(self.cypher(server, "x", "--format", "plain").out.startswith('Plan: "EXPLAIN"\n'))
            self.assertIn("operator", self.cypher(server, "x", "--format", "verbose").out)


if __name__ == "__main__":
    cli.main()
