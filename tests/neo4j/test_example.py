#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""examples/query.c, built against an installed hmrec, on the server that NEO4J_URI names."""
import os
import subprocess
import unittest

import cli
from installed import Installed

if "NEO4J_URI" not in os.environ:
    cli.skip("NEO4J_URI names no server")


class Example(unittest.TestCase):
    def test_query(self):
        installed = Installed()
        self.addCleanup(installed.scratch.cleanup)
        program = os.path.join(installed.cmake("shared"), "query")
        arguments = [program, os.environ["NEO4J_URI"], os.environ["NEO4J_USERNAME"]]

        def query(text, **env):
            return subprocess.run([*arguments, text], capture_output=True, text=True, timeout=120, env={**installed.environment, **env})

        done = query("UNWIND range(1, 2500) AS n RETURN n, n % 2 = 0 AS even, 'x' AS text, n / 2.0 AS half, [n] AS list")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 2500)
        self.assertEqual(lines[-1], "n 2500, even true, text x, half 1250, list (LIST)")
        self.assertIn("Neo.ClientError.Statement.SyntaxError: ", query("RETURNS 1").stderr)
        done = query("RETURN 1", NEO4J_PASSWORD="wrong")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("Neo.ClientError.Security.Unauthorized: ", done.stderr)


if __name__ == "__main__":
    cli.main()
