# SPDX-License-Identifier: MIT
"""The program as a person has it: on a terminal."""
import os
import pty
import select
import signal
import time

import cli
from fake_bolt import Case


class Terminal(Case):
    """The program on a terminal of its own."""

    def open(self, server, *args, **env):
        self.open_any("cypher", "-a", server.uri, *args, **env)

    def open_any(self, *args, **env):
        pid, self.fd = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            os.execvpe(cli.PROGRAM[0], cli.PROGRAM + list(args), cli.environment(**{"HOME": self.dir, "TERM": "dumb", **env}))
        self.pid, self.shown = pid, ""
        self.addCleanup(os.close, self.fd)

    def expect(self, text):
        """Read until text was shown; it is then no longer looked at."""
        deadline = time.monotonic() + 20
        while text not in self.shown:
            self.assertLess(time.monotonic(), deadline, f"expected {text!r}, found {self.shown!r}")
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self.fd, 4096).decode(errors="replace")
                except OSError:
                    self.assertIn(text, self.shown)
        before, self.shown = self.shown.split(text, 1)
        return before

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        deadline, pid = time.monotonic() + 20, 0
        while not pid and time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            time.sleep(0.01)
        if not pid:
            os.kill(self.pid, signal.SIGKILL)
            pid, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)
