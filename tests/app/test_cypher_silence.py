# SPDX-License-Identifier: MIT
"""hmrec cypher where a connection or a server falls silent."""
import subprocess
import time

import cli
from fake_bolt import Answer, Case, Hole


class Silence(Case):
    def hole(self, requests):
        server = Hole(lambda query, parameters: Answer(["n"], [[int(query[7:])]]), requests)
        self.addCleanup(server.close)
        return server

    def test_a_connection_that_died_while_idle_is_replaced(self):
        server = self.hole(4)  # HELLO, LOGON, RUN, PULL
        process = subprocess.Popen(cli.PROGRAM + ["cypher", "-a", server.uri, "--format", "csv"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=cli.environment(NEO4J_PASSWORD="x"))
        process.stdin.write(b"RETURN 1;\n")
        process.stdin.flush()
        self.assertEqual([process.stdout.readline() for _ in range(2)], [b"n\n", b"1\n"])
        time.sleep(6)  # more than the 5 s that are taken for granted
        out, err = process.communicate(b"RETURN 2;\n", timeout=60)
        self.assertEqual((process.returncode, out), (0, b"\nn\n2\n"), err)
        self.assertEqual(server.names().count("RESET"), 1)

    def test_a_silent_server_is_given_up(self):
        start = time.monotonic()
        result = self.hmrec("cypher", "-a", self.hole(2).uri, "--read-timeout", "1", "RETURN 1", code=1, NEO4J_PASSWORD="x")
        self.assertLess(time.monotonic() - start, 30)
        self.assertRegex(result.err, "no answer|silent|timed? out|in time")


if __name__ == "__main__":
    cli.main()
