# SPDX-License-Identifier: MIT
"""What cmake/scripts.cmake makes of the headers of scripts, and that C code which takes them for something else does not compile."""
import os
import subprocess

import cli

HEAD = "// A sentence.\n// database: products\n// parameters: none\n{}// servers: >= 4.4\nRETURN 1\n"


class Names(cli.Case):
    def make(self, code=0, **scripts):
        """Names of the scripts s01_NAME=RETURNS (None: no such field); what CMake says."""
        files = []
        for name, returns in scripts.items():
            files.append(self.path(name[1:] + ".cypher"))
            with open(files[-1], "w", encoding="utf-8") as file:
                file.write(HEAD.format("" if returns is None else f"// returns: {returns}\n"))
        done = subprocess.run([os.environ["HM_CMAKE"], "-DIDS=ids.h", "-DCOLUMNS=columns.h", "-DFILES=" + ";".join(files), "-P",
                               os.path.join(cli.ROOT, "cmake", "scripts.cmake")], cwd=self.dir, capture_output=True, text=True)
        self.assertEqual(done.returncode != 0, code != 0, done.stderr)
        return " ".join(done.stderr.split())

    def compile(self, text, error=None):
        source = f'#include "ids.h"\n#include "columns.h"\n{text}\n'
        done = subprocess.run([os.environ["HM_CC"], "-std=c11", "-Wall", "-Werror", "-fsyntax-only", "-x", "c", "-I", self.dir, "-"],
                              input=source, capture_output=True, text=True)
        if error is None:
            self.assertEqual(done.returncode, 0, done.stderr)
        else:
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(error, done.stderr)

    def test_names(self):
        self.make(s10_first="code STRING, bytes INTEGER, codes LIST<STRING>", s20_put_it="nothing", s30_second="code STRING, bytes FLOAT, codes LIST<STRING>")
        self.compile("_Static_assert(CYPHER_FIRST == 0 && CYPHER_PUT_IT == 1 && CYPHER_SECOND == 2 && CYPHER_SCRIPTS == 3, \"\");")
        self.compile("_Static_assert(FIRST_CODE == 0 && FIRST_BYTES == 1 && FIRST_CODES == 2 && FIRST_COLUMNS == 3 && PUT_IT_COLUMNS == 0, \"\");")
        self.compile("CYPHER_SAME_COLUMNS(FIRST, SECOND);")
        self.compile("CYPHER_SAME_COLUMNS(FIRST, PUT_IT);", error="FIRST and PUT_IT return other columns")
        self.compile("int place = FIRST_NAME;", error="FIRST_NAME")

    def test_other_order(self):
        self.make(s10_first="code STRING, bytes INTEGER", s20_second="bytes INTEGER, code STRING")
        self.compile("CYPHER_SAME_COLUMNS(FIRST, SECOND);", error="FIRST and SECOND return other columns")

    def test_one_name_twice(self):
        self.make(s10_first="code STRING", s20_first="code STRING")
        self.compile("", error="CYPHER_FIRST")

    def test_bad_headers_are_named(self):
        for returns in "code", "code STRING bytes INTEGER", "code STRING,bytes INTEGER", "Code STRING":
            self.assertIn(f'10_first.cypher: returns: found "{returns}", expected NAME TYPE', self.make(code=1, s10_first=returns))
        self.assertIn("expected a name such as 72_sources.cypher", self.make(code=1, sfirst="nothing"))
        self.assertIn('10_first.cypher: its header has no field "returns"', self.make(code=1, s10_first=None))


if __name__ == "__main__":
    cli.main()
