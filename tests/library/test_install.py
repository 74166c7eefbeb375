# SPDX-License-Identifier: MIT
"""hmrec as `cmake --install` leaves it: what is there, found wherever it was moved to; the examples built with it alone, both
ways, and run."""
import glob
import os
import shutil
import subprocess
import unittest

import cli
from fake_bolt import Answer, Failure, Server
from installed import Installed, run

PHOTOS = sorted(glob.glob(os.path.join(cli.SAMPLE, "images", "*", "*.jpg")))[:8]


def answer(query, parameters):
    if query == "RETURN 1 AS n, 'two' AS t":
        return Answer(["n", "t"], [[1, "two"]])
    raise Failure("Neo.ClientError.Statement.SyntaxError", "not understood")


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for tool in ("make", "pkg-config"):
            if not shutil.which(tool):
                cli.skip(f"no {tool} here, which the examples are built with")
        cls.installed = Installed()
        cls.addClassCleanup(cls.installed.scratch.cleanup)
        cls.weights = os.path.join(cls.installed.scratch.name, "random.safetensors")
        run(*cli.PROGRAM, "weights", "random", "--seed", "1", "-q", "-o", cls.weights)

    def example(self, folder, name, *args):
        return subprocess.run([os.path.join(folder, name), *args], capture_output=True, text=True, timeout=300,
                              env={**self.installed.environment, "NEO4J_PASSWORD": "secret"})

    def check_nearest(self, folder):
        """The same lines whichever way it was built: the query itself first."""
        done = self.example(folder, "nearest", self.weights, PHOTOS[2], *PHOTOS)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()
        self.assertEqual((len(lines), lines[0]), (3, f"1.0000  {PHOTOS[2]}"))
        type(self).lines = getattr(self, "lines", lines)
        self.assertEqual(lines, self.lines)

    def check_query(self, folder):
        server = Server(answer)
        self.addCleanup(server.close)
        done = self.example(folder, "query", server.uri, "neo4j", "RETURN 1 AS n, 'two' AS t")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "n 1, t two\n", ""))
        done = self.example(folder, "query", server.uri, "neo4j", "RETURNS")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("Neo.ClientError.Statement.SyntaxError: ", done.stderr)

    def needs(self, program):
        """Names of the shared libraries that it asks for."""
        text = run(os.environ["HM_READELF"], "-d", program)
        return [line.split("[")[1].rstrip("]") for line in text.splitlines() if "(NEEDED)" in line]

    def check(self, folder, shared):
        self.assertEqual("libhmrec.so.0" in self.needs(os.path.join(folder, "nearest")), shared)
        self.check_nearest(folder)
        self.check_query(folder)

    def test_cmake(self):
        self.check(self.installed.cmake("shared"), True)

    def test_cmake_static(self):
        self.check(self.installed.cmake("static", "-DSTATIC=ON"), False)

    def test_make(self):
        self.check(self.installed.make(), True)

    def test_make_static(self):
        self.check(self.installed.make("STATIC=1"), False)

    def test_failures_are_said(self):
        folder = self.installed.cmake("shared")
        done = self.example(folder, "query", "bolt://127.0.0.1:1", "neo4j", "RETURN 1")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("nothing listens there", done.stderr)
        done = self.example(folder, "nearest", self.weights, PHOTOS[0], "/nonexistent.jpg")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("/nonexistent.jpg", done.stderr)

    def test_a_newer_version_is_not_found(self):
        examples = os.path.join(self.installed.examples, "CMakeLists.txt")
        with open(examples, encoding="ascii") as file:
            text = file.read()
        folder = os.path.join(self.installed.scratch.name, "newer")
        os.mkdir(folder)
        with open(os.path.join(folder, "CMakeLists.txt"), "w", encoding="ascii") as file:
            file.write(text.replace("hmrec 0.1", "hmrec 9.9"))
        done = subprocess.run([os.environ["HM_CMAKE"], "-S", folder, "-B", folder, f"-DCMAKE_PREFIX_PATH={self.installed.prefix}"],
                              capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("9.9", done.stderr)

    def test_what_is_there(self):
        for name in ("hmrec", "libhmrec.a", "hmrec.pc", "LICENSE", "hmrec.1", "embedder.h", "bolt.h"):
            self.installed.find(name)
        headers = os.listdir(os.path.dirname(self.installed.find("bolt.h")))
        self.assertEqual(sorted(headers), sorted(os.listdir(os.path.join(cli.ROOT, "include", "hmrec"))))

    def test_the_program_finds_its_share_folder(self):
        share = os.path.join(self.installed.prefix, "share", "hmrec")
        program = os.path.join(self.installed.prefix, "bin", "hmrec")
        done = subprocess.run([program, "weights", "info"], capture_output=True, text=True, env=cli.environment(), cwd=self.installed.scratch.name)
        self.assertEqual(done.returncode, 1)
        self.assertIn(os.path.join(share, "resnet50v2.safetensors"), done.stderr)
        self.assertIn(f"python3 {share}/convert_weights.py --download", done.stderr)
        done = subprocess.run(["/usr/bin/env", "python3", os.path.join(share, "convert_weights.py"), "--help"], capture_output=True, text=True)
        self.assertIn("h5py" if done.returncode else "{resnet50v2,", done.stdout + done.stderr)
        os.symlink(self.weights, os.path.join(share, "resnet50v2.safetensors"))
        done = subprocess.run([program, "weights", "info"], capture_output=True, text=True, env=cli.environment(), cwd=self.installed.scratch.name)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    cli.main()
