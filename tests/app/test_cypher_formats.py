# SPDX-License-Identifier: MIT
"""hmrec cypher: cypher-shell's formats. Beside cypher-shell itself: tests/neo4j/test_side_by_side.py."""
import cli
from fake_bolt import Answer, Case, Struct

NODE = Struct("N", 1, ["A", "B c"], {"x": 1.5}, "4:1")
VALUES = [1, 1e22, 1e-7, 0.001, 12345678.9, 5e-324, -2.5e300, True, None, "a\"b\\c", [1, "x", False], {"a": {"b c": "\u00e9"}}, NODE, Struct("X", 7203, 1.0, 2.5)]
SHOWN = ['1', '1.0E22', '1.0E-7', '0.001', '1.23456789E7', '4.9E-324', '-2.5E300', 'TRUE', 'NULL', '"a\\"b\\c"', '[1, "x", FALSE]',
         '{a: {`b c`: "\u00e9"}}', '(:A:`B c` {x: 1.5})', 'point({srid:7203, x:1.0, y:2.5})']


class Formats(Case):
    def show(self, answer, form, *args):
        return self.cypher(self.serve(lambda query, parameters: answer), "q", "--format", form, *args)

    def test_values(self):
        names = [f"v{i}" for i in range(len(VALUES))]
        result = self.show(Answer(names, [VALUES]), "plain")
        self.assertEqual(result.out, ", ".join(names) + "\n" + ", ".join(SHOWN) + "\n")
        lines = self.show(Answer(names, [VALUES]), "verbose").out.splitlines()
        self.assertEqual([cell.strip() for cell in lines[3].strip("|").split(" | ")], SHOWN)

    def test_footer(self):
        stats = {"nodes-created": 2, "properties-set": 1, "system-updates": 3, "contains-updates": True}
        out = self.show(Answer([], stats=stats), "verbose").out
        self.assertRegex(out, r"^0 rows\n(ready to start consuming query after \d+ ms, results consumed after another \d+ ms\n)?Added 2 nodes, Set 1 properties\n$")
        result = self.show(Answer(["n"], [[1]]), "verbose")
        self.assertIn("+---+\n| n |\n+---+\n| 1 |\n+---+\n\n1 row\n", result.out)
        self.assertNotIn("row", result.err)
        self.assertEqual(self.show(Answer([], stats=stats), "plain").out, "")
        self.assertEqual(self.show(Answer(["n"]), "plain").out, "")
        self.assertIn("+---+\n| n |\n+---+\n+---+\n\n0 rows\n", self.show(Answer(["n"]), "verbose").out)

    def test_widths(self):
        rows = [[1, "a"], [2, "longer"], [3, "x\ny"]]
        self.assertIn("| n                   | s   |", self.show(Answer(["n", "s"], rows), "verbose", "--sample-rows", "1").out)
        self.assertIn('| 2                   | "lo |\n|                     \\ nge |\n|                     \\ r"  |\n',
                      self.show(Answer(["n", "s"], rows), "verbose", "--sample-rows", "1").out)
        self.assertIn('| 2                   | "l\u2026 |\n', self.show(Answer(["n", "s"], rows), "verbose", "--sample-rows", "1", "--wrap", "false").out)
        self.assertIn('| 2 | "longer" |\n| 3 | "x       |\n|   \\ y"       |\n', self.show(Answer(["n", "s"], rows), "verbose", "--sample-rows", "3").out)
        for args in (["--wrap", "perhaps"], ["--sample-rows", "0"]):
            self.hmrec("cypher", "q", *args, code=2)

    def test_auto_is_plain_where_there_is_no_terminal(self):
        self.assertEqual(self.show(Answer(["n"], [[1]]), "auto").out, "n\n1\n")

    def test_what_moves_the_cursor(self):
        hostile = Answer(["a\x1b[31m"], [["b\x1b[31m\tc\x85"]])
        out = self.show(hostile, "verbose").out
        self.assertIn('| a\ufffd[31m ', out)
        self.assertIn('| "b\\u001b[31m\\tc\\u0085" |', out)
        self.assertEqual(self.show(Answer(["a"], [["b\tc\x1b"]]), "plain").out, 'a\n"b\tc\x1b"\n')


if __name__ == "__main__":
    cli.main()
