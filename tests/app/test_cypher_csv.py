# SPDX-License-Identifier: MIT
"""hmrec cypher --csv: a file in batches, failures, going on where another run ended."""
import os
import signal
import time

import cli
from fake_bolt import Answer, Case, Failure

QUERY = "UNWIND $rows AS row MERGE (n:N) SET n = row"


class Csv(Case):
    def setUp(self):
        super().setUp()
        self.batches, self.bad = [], set()

    def answer(self, query, parameters):
        self.assertEqual(query, QUERY)
        rows = parameters["rows"]
        if any(row["code"] in self.bad for row in rows):
            raise Failure("Neo.ClientError.Schema.ConstraintValidationFailed", "not this one")
        self.batches.append(rows)
        return Answer(["code"], [[row["code"]] for row in rows], stats={"nodes-created": len(rows), "contains-updates": True})

    def write(self, text, name="f.csv"):
        with open(self.path(name), "wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)

    def load(self, *args, **more):
        return self.cypher(self.serve(self.answer), "--csv", "f.csv", QUERY, *args, **more)

    def codes(self):
        return [[row["code"] for row in rows] for rows in self.batches]

    def test_rows_are_maps_of_text(self):
        self.write('code , b\n1,"x, ""y"""\n2,\n3,ä\n')
        result = self.load()
        self.assertEqual(self.batches, [[{"code": "1", "b": 'x, "y"'}, {"code": "2", "b": None}, {"code": "3", "b": "ä"}]])
        self.assertRegex(result.err, r"3 rows in \d+ ms; nodes created 3\n")

    def test_other_parameters_and_dialects(self):
        self.write("\ufeffcode;b\r\n1;2\r\n".encode("utf-16-le"))
        seen = []
        server = self.serve(lambda query, parameters: seen.append(parameters) or Answer())
        self.cypher(server, "--csv", "f.csv", "q", "-P", "k=1")
        self.assertEqual(seen, [{"k": 1, "rows": [{"code": "1", "b": "2"}]}])

    def test_batches_are_one_result(self):
        self.write("code\n" + "".join(f"{i}\n" for i in range(2500)))
        result = self.load("--format", "csv")
        self.assertEqual([len(rows) for rows in self.batches], [1000, 1000, 500])
        self.assertEqual(result.out.split(), ["code"] + [str(i) for i in range(2500)])
        self.batches.clear()
        self.load("--batch-size", "600", "--format", "json", "--retry")
        self.assertEqual([len(rows) for rows in self.batches], [600, 600, 600, 600, 100])

    def test_standard_input(self):
        self.cypher(self.serve(self.answer), "--csv", "-", QUERY, stdin=b"code\n1\n")
        self.assertEqual(self.codes(), [["1"]])
        self.assertIn("not a pipe", self.cypher(self.serve(self.answer), "--csv", "-", QUERY, "--resume", "s", stdin=b"code\n1\n", code=1).err)

    def test_no_rows(self):
        self.write("code\n")
        self.assertIn("0 rows", self.load().err)
        self.write("")
        self.load(code=1)

    def test_a_bad_row(self):
        self.write("code,b\n1,2\n3\n4,5\n")
        self.assertIn("f.csv:3: found 1 fields, expected 2", self.load(code=1).err)
        self.assertEqual(self.codes(), [["1"]])
        self.load("--fail-at-end", code=1)
        self.assertEqual(self.codes(), [["1"], ["1", "4"]])

    def test_a_batch_that_fails(self):
        self.write("code\n" + "".join(f"{i}\n" for i in range(10)))
        self.bad = {"4"}
        err = self.load("--batch-size", "3", code=1).err
        self.assertIn("f.csv:5: Neo.ClientError.Schema.ConstraintValidationFailed: not this one", err)
        self.assertIn("lines 5 to 7 are one transaction, which failed", err)
        self.assertEqual(self.codes(), [["0", "1", "2"]])
        self.batches.clear()
        self.load("--batch-size", "3", "--fail-at-end", code=1)
        self.assertEqual(self.codes(), [["0", "1", "2"], ["6", "7", "8"], ["9"]])

    def test_resume(self):
        self.write("code\n" + "".join(f"{i}\n" for i in range(10)))
        self.bad = {"7"}
        self.load("--batch-size", "3", "--resume", "state", code=1)
        self.bad.clear()
        self.assertIn("6 rows are done; on from line 8", self.load("--batch-size", "3", "--resume", "state").err)
        self.assertEqual(self.codes(), [["0", "1", "2"], ["3", "4", "5"], ["6", "7", "8"], ["9"]])
        self.assertIn("10 rows are done", self.load("--resume", "state").err)
        self.assertEqual(len(self.batches), 4)
        self.assertEqual(sorted(os.listdir(self.dir)), ["f.csv", "state"])

    def test_resume_is_of_the_same_file_and_query(self):
        self.write("code\n1\n")
        self.load("--resume", "state")
        self.assertIn("another query", self.cypher(self.serve(self.answer), "--csv", "f.csv", "other", "--resume", "state", code=1).err)
        self.write("code\n1\n2\n")
        self.assertIn("another file than f.csv, or it has changed", self.load("--resume", "state", code=1).err)
        for text in ("", "something else\n", "hmrec cypher --csv 1 file x"):
            self.write(text, "state")
            self.assertIn("expected what --resume has written", self.load("--resume", "state", code=1).err)
        self.assertIn("no/state", self.load("--resume", "no/state", code=1).err)

    def test_a_signal_keeps_what_is_done(self):
        self.write("code\n" + "".join(f"{i}\n" for i in range(10)))

        def slow(query, parameters):
            if parameters["rows"][0]["code"] == "6":
                os.kill(process.pid, signal.SIGTERM)
                time.sleep(0.5)
            return self.answer(query, parameters)

        server = self.serve(slow)
        process = self.start("cypher", "-a", server.uri, "--csv", "f.csv", QUERY, "--batch-size", "3", "--resume", "state", NEO4J_PASSWORD="x")
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 143)
        self.assertIn("6 rows are done", self.load("--resume", "state").err)

    def test_usage(self):
        for args in (["--csv", "f.csv"], ["--csv", "f.csv", "-f", "q"], ["--resume", "s", "q"], ["--batch-size", "3", "q"],
                     ["--csv", "-", "--params", "-", "q"], ["--csv", "f.csv", "q", "--batch-size", "0"]):
            self.hmrec("cypher", *args, code=2)
        self.assertIn("no.csv: no such file", self.cypher(self.serve(self.answer), "--csv", "no.csv", QUERY, code=1).err)


if __name__ == "__main__":
    cli.main()
