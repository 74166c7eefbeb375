# SPDX-License-Identifier: MIT
"""A store that one may only read: another user's file, a folder that may not be written, changes that wait in the WAL."""
import contextlib
import json
import os
import shutil
import sqlite3
import subprocess

import cli
import stores

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
VECTORS = {"%03d" % i: {0: 3, 1 + i % 4: 2, 10 + i: 1} for i in range(20)}
NAMES = {code: {"name": "Thing " + code, "type": "Type %d" % (int(code) % 3)} for code in VECTORS}


class ReadOnly(cli.Case):
    """Root may write everywhere, so as root the program runs as somebody else; another user takes the right from himself."""

    def setUp(self):
        super().setUp()
        self.root = os.geteuid() == 0
        if self.root and not shutil.which("setpriv"):
            self.skipTest("no setpriv to become another user")
        os.chmod(self.dir, 0o755)
        self.shelf = self.path("shelf")
        os.makedirs(self.path("shelf"))
        os.makedirs(self.path("out"))
        self.addCleanup(os.chmod, self.shelf, 0o755)
        self.store = os.path.join(self.shelf, "what? 100% #1.db")
        stores.make(self.store, VECTORS, NAMES)
        shutil.copy(cli.PROGRAM[-1], self.path("hmrec"))
        self.hmrec("knn", "--store", self.store, "-q")

    def lock(self):
        for name in os.listdir(self.shelf):
            os.chmod(os.path.join(self.shelf, name), 0o444)
        os.chmod(self.shelf, 0o555)
        os.chmod(self.path("out"), 0o777)

    def read(self, *args, code=0):
        command = (NOBODY if self.root else []) + cli.PROGRAM[:-1] + [self.path("hmrec"), *args, "--store", self.store]
        result = cli.Result(subprocess.run(command, cwd=self.dir, env=cli.environment(), capture_output=True, timeout=60))
        self.assertEqual(result.code, code, result)
        return result

    def test_all_that_only_read(self):
        before = sorted(os.listdir(self.shelf))
        self.assertEqual(len(before), 1)
        self.lock()
        expected = self.hmrec("similar", "003", "--format", "json", "--store", self.store)
        self.assertEqual(self.read("similar", "003", "--format", "json").out, expected.out)
        self.assertEqual(len(json.loads(expected.out)), 10)
        self.assertEqual(self.read("similar", "003").err, "")
        self.assertIn("20 embeddings", self.read("info").out)
        self.assertIn("all", self.read("eval").out)
        shutil.copy(os.path.join(cli.SAMPLE, "images", "039", "0399223001.jpg"), self.path("out", "003.jpg"))
        self.read("gallery", "003", "--images", self.path("out"), "--output", self.path("out", "page"), "--no-sheets")
        self.assertEqual(sorted(os.listdir(self.shelf)), before)

    def test_what_writes_says_why_it_cannot(self):
        self.lock()
        for args in (("knn", "--full"), ("remove", "003")):
            err = self.read(*args, code=1).err
            self.assertIn("in the folder " + self.shelf, err)
        self.assertIn("20 embeddings", self.read("info").out)

    def test_changes_that_wait_in_the_wal(self):
        with contextlib.closing(sqlite3.connect(self.store)) as db:
            with db:
                db.execute("UPDATE product SET name = 'Changed'")
            os.makedirs(self.path("copy"))
            for ending in ("", "-wal"):
                shutil.copy(self.store + ending, self.path("copy"))
            # A writer is there: its shared memory shows the way.
            self.lock()
            self.assertIn("20 embeddings", self.read("info").out)
            os.chmod(self.shelf, 0o755)
            for name in os.listdir(self.shelf):
                os.chmod(os.path.join(self.shelf, name), 0o644)
        for name in os.listdir(self.path("copy")):
            shutil.move(self.path("copy", name), os.path.join(self.shelf, name))
        self.lock()
        err = self.read("eval", code=1).err
        self.assertIn("-wal holds changes that nobody without write permission for the folder can read", err)

    def test_an_older_store(self):
        stores.run(self.store, "PRAGMA user_version = 1")
        self.lock()
        err = self.read("similar", "003", code=1).err
        self.assertIn("found schema 1, this hmrec reads schema 3: hmrec setup --store", err)


if __name__ == "__main__":
    cli.main()
