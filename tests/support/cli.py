# SPDX-License-Identifier: MIT
"""What tests of the program itself share: running it, a scratch folder, skipping with a reason. Standard library only."""
import os
import shlex
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = shlex.split(os.environ.get("HMREC_RUN", "").replace(";", " ")) + [os.environ["HMREC_BIN"]]
SAMPLE = os.path.join(ROOT, "sample")
# Whether its memory can be judged: it runs on its own, without emulator or sanitizer.
with open(PROGRAM[-1], "rb") as binary:
    PLAIN = len(PROGRAM) == 1 and b"__asan_init" not in binary.read()


def environment(**extra):
    """This process' environment without the variables that hmrec reads, so that a developer's own settings change nothing."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HMREC_", "NEO4J_", "XDG_"))}
    return {**kept, "HOME": "/nonexistent", **extra}


class Result:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout.decode(), done.stderr.decode()

    def __repr__(self):
        return f"exit {self.code}\nstdout: {self.out}\nstderr: {self.err}"


class Case(unittest.TestCase):
    """A test with a folder of its own (self.dir), in which the program runs."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="hmrec-test-")
        self.addCleanup(scratch.cleanup)
        self.dir = scratch.name

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def start(self, *args, **env):
        return subprocess.Popen(PROGRAM + list(args), cwd=self.dir, env=environment(**env), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run_any(self, *args, stdin=b"", **env):
        """Run hmrec and give back what it did."""
        return Result(subprocess.run(PROGRAM + list(args), cwd=self.dir, env=environment(**env), input=stdin, capture_output=True, timeout=600))

    def hmrec(self, *args, code=0, stdin=b"", **env):
        """Run hmrec and expect an exit status."""
        result = self.run_any(*args, stdin=stdin, **env)
        self.assertEqual(result.code, code, f"hmrec {' '.join(map(os.fsdecode, args))}: {result}")
        return result


def skip(reason):
    """End the whole file as skipped; SKIPS_AS_FAILS=1 (set by CI) turns that into a failure."""
    print("skipped:", reason)
    sys.exit(1 if os.environ.get("SKIPS_AS_FAILS") == "1" else 77)


def main():
    program = unittest.main(verbosity=1, exit=False)
    for test, reason in program.result.skipped:
        print(f"skipped: {test.id().removeprefix('__main__.')}: {reason}")
    sys.exit(not program.result.wasSuccessful())
