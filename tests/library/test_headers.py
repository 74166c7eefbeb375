# SPDX-License-Identifier: MIT
"""Each public header compiles alone, as C99 and C11 and from C++, without a warning."""
import os
import subprocess
import unittest

import cli

INCLUDE = os.path.join(cli.ROOT, "include")
HEADERS = sorted(os.listdir(os.path.join(INCLUDE, "hmrec")))
STRICT = ["-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{INCLUDE}"]


class Headers(unittest.TestCase):
    def compile_each(self, compiler, language, standard):
        for header in HEADERS:
            source = f"#include <hmrec/{header}>\n#include <hmrec/{header}>\n"
            done = subprocess.run([compiler, "-x", language, f"-std={standard}", *STRICT, "-"], input=source, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, f"{header} as {standard}:\n{done.stderr}")

    def test_c(self):
        self.assertGreater(len(HEADERS), 8)
        for standard in ("c99", "c11"):
            self.compile_each(os.environ["HM_CC"], "c", standard)

    @unittest.skipIf(os.environ["HM_CXX"].endswith("NOTFOUND"), "no C++ compiler")
    def test_cpp(self):
        for standard in ("c++98", "c++11", "c++17"):
            self.compile_each(os.environ["HM_CXX"], "c++", standard)


if __name__ == "__main__":
    cli.main()
