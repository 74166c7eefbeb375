# SPDX-License-Identifier: MIT
"""Standard output that cannot be written, descriptors that are closed, and signals: nothing is lost in silence."""
import os
import signal
import subprocess
import tempfile
import threading
import unittest

import cli
import stores
from fake_bolt import Answer, Server

FULL = "/dev/full"
PHOTO = os.path.join(cli.SAMPLE, "images", "039", "0399223001.jpg")


def commands():
    """Names of all commands, from the program's own help."""
    text = subprocess.run(cli.PROGRAM + ["--help"], env=cli.environment(), stdout=subprocess.PIPE, check=True).stdout.decode()
    return [line.split()[0] for line in text.splitlines() if line.startswith("  ")]


class Output(cli.Case):
    """Every command that writes something, by what it writes."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="hmrec-test-")
        cls.addClassCleanup(folder.cleanup)
        cls.shared = folder.name
        cls.weights = os.path.join(cls.shared, "w.safetensors")
        cls.db = os.path.join(cls.shared, "hmrec.db")
        codes = ["%010d" % i for i in range(40)]
        stores.make(cls.db, {code: {i % 7: 3, i % 5 + 10: 2, i + 50: 1} for i, code in enumerate(codes)},
                    {code: {"type": "T%d" % (i % 3), "group": "G", "colour": "Red", "appearance": "Solid"} for i, code in enumerate(codes)})
        for args in (["weights", "random", "-o", cls.weights], ["knn", "--store", cls.db]):
            subprocess.run(cli.PROGRAM + args + ["-q"], env=cli.environment(), check=True)
        cls.server = Server(lambda query, parameters: Answer(["n"], [[1]]))
        cls.addClassCleanup(cls.server.close)
        some = codes[:3]
        cls.writers = [[command, "--help"] for command in commands()] + [
            ["--help"], ["--version"], ["help", "embed"], ["help", "environment"], ["info"], ["info", "--store", cls.db],
            ["similar", *some, "--store", cls.db], ["eval", "--store", cls.db], ["setup", "--store", cls.db],
            ["weights", "info", cls.weights], ["weights", "info", "--tensors", cls.weights], ["weights", "verify", cls.weights],
            ["bench", "knn", "-n", "200", "--seconds", "0.01"], ["bench", "knn", "-n", "200", "--seconds", "0.01", "--json"],
            ["bench", "jpeg", "--seconds", "0.01"], ["cypher", "--print"], ["cypher", "--print", "--script", "72_sources"], ["cypher", "--version"],
            ["cypher", "-a", cls.server.uri, "q"], ["embed", PHOTO, "-o", "-", "--weights", cls.weights]]
        help_file = os.path.join(cls.shared, "help.cypher")
        with open(help_file, "w") as file:
            file.write(":help\n")
        cls.writers += [["cypher", "-a", cls.server.uri, "-f", help_file]]
        cls.writers += [["similar", *some, "--store", cls.db, "-F", name] for name in ("csv", "json", "ndjson")]

    def run_to(self, args, stdout, **options):
        return subprocess.run(cli.PROGRAM + args, cwd=self.dir, env=cli.environment(NEO4J_PASSWORD="x"), stdin=subprocess.DEVNULL,
                              stdout=stdout, stderr=subprocess.PIPE, timeout=120, **options)

    def test_all_of_them_succeed(self):
        for args in self.writers:
            with self.subTest(" ".join(args)):
                done = self.run_to(args, subprocess.PIPE)
                self.assertEqual((done.returncode, bool(done.stdout)), (0, True), done.stderr.decode())

    @unittest.skipUnless(os.path.exists(FULL), "no /dev/full")
    def test_a_full_disk_is_a_failure_that_is_said_once(self):
        for args in self.writers:
            with self.subTest(" ".join(args)), open(FULL, "wb") as full:
                done = self.run_to(args, full)
                self.assertEqual(done.returncode, 1, done.stderr.decode())
                self.assertEqual(done.stderr.decode().count("No space left on device"), 1, done.stderr.decode())
                self.assertNotIn("Input/output error", done.stderr.decode())

    @unittest.skipUnless(os.path.exists(FULL), "no /dev/full")
    def test_what_writes_nothing_does_not_mind(self):
        for args in (["knn", "--store", self.db], ["embed", PHOTO, "--store", "a.db", "--weights", self.weights]):
            with open(FULL, "wb") as full:
                self.assertEqual(self.run_to(args, full).returncode, 0)

    def test_nobody_reading_ends_it_quietly(self):
        def ignoring():
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)

        for args in self.writers:
            for options in ({}, {"preexec_fn": ignoring}):
                with self.subTest(" ".join(args), **options):
                    read, write = os.pipe()
                    os.close(read)
                    done = self.run_to(args, write, restore_signals=not options, **options)
                    os.close(write)
                    self.assertEqual(done.returncode, -signal.SIGPIPE, done.stderr.decode())
                    self.assertNotRegex(done.stderr.decode(), "pipe|standard output")

    def test_closed_descriptors_get_no_rows_and_no_messages(self):
        def shell(command):
            return subprocess.run(["sh", "-c", command, "sh", *cli.PROGRAM], cwd=self.dir, env=cli.environment(NEO4J_PASSWORD="x"),
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)

        embed = f'"$@" embed "{PHOTO}" -o v.npy --weights "{self.weights}"'
        for closed in ("2>&-", "1>&-", "0<&-", "0<&- 1>&-", "0<&- 1>&- 2>&-"):
            with self.subTest(closed):
                done = shell(f"{embed} {closed}")
                self.assertEqual(done.returncode, 0, done.stderr.decode())
                with open(self.path("v.npy"), "rb") as file:
                    data = file.read()
                self.assertEqual(data[:6], b"\x93NUMPY")
                self.assertNotIn(b"hmrec:", data)
                self.assertEqual((len(data) - 64) % 64, 0)
        for args in ("info", "similar 0000000001 --store " + self.db, "--help", f"cypher -a {self.server.uri} q"):
            done = shell(f'"$@" {args} 1>&-')
            self.assertEqual(done.returncode, 1, args)
            self.assertIn(b"standard output", done.stderr)
            self.assertEqual(shell(f'"$@" {args} 2>&-').returncode, 0, args)
        done = shell('"$@" cypher -a ' + self.server.uri + ' -f - 0<&-')
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"Bad file descriptor", done.stderr)

    def test_a_small_disk(self):
        if os.geteuid() != 0:
            self.skipTest("only root mounts a small tmpfs")
        disk = self.path("disk")
        os.mkdir(disk)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "none", disk], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("no tmpfs can be mounted here")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        codes = ["%010d" % i for i in range(40)]
        with open(os.path.join(disk, "out"), "wb") as out:
            done = self.run_to(["similar", *codes, "-k", "30", "--store", self.db, "-F", "json"], out)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"hmrec: standard output: No space left on device\n", done.stderr)


class Signals(cli.Case):
    def wait(self, process):
        out, err = process.communicate(timeout=60)
        return process.returncode, err.decode()

    def test_hangup_ends_like_sigterm(self):
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                process = self.waiting()
                process.send_signal(number)
                self.assertEqual(self.wait(process)[0], 128 + number)

    def test_nohup_holds(self):
        process = self.waiting(lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        process.send_signal(signal.SIGHUP)
        with self.assertRaises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.wait(process)[0], 128 + signal.SIGTERM)

    def waiting(self, before=None):
        """A query whose server does not answer."""
        def answer(query, parameters):
            asked.set()
            never.wait(60)
            return Answer()

        asked, never = threading.Event(), threading.Event()
        server = Server(answer)
        self.addCleanup(server.close)
        self.addCleanup(never.set)
        process = subprocess.Popen(cli.PROGRAM + ["cypher", "-a", server.uri, "q"], cwd=self.dir, env=cli.environment(NEO4J_PASSWORD="x"),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=before)
        self.assertTrue(asked.wait(20))
        return process


if __name__ == "__main__":
    cli.main()
