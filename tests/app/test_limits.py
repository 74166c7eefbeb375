# SPDX-License-Identifier: MIT
"""What the system limits: threads, the length of names."""
import os
import resource
import shutil
import subprocess

import cli
import stores

PHOTO = os.path.join(cli.SAMPLE, "images", "039", "0399223001.jpg")
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}


class Threads(cli.Case):
    """One process and no further thread: OpenMP's own runtime would end hmrec."""

    def setUp(self):
        super().setUp()
        if not cli.PLAIN:
            self.skipTest("emulators and sanitizers need threads of their own")
        os.chmod(self.dir, 0o777)
        shutil.copy(cli.PROGRAM[-1], self.path("hmrec"))
        shutil.copy(PHOTO, self.path("1.jpg"))
        self.hmrec("weights", "random", "-o", "w.safetensors")
        stores.make(self.path("s.db"), {"%03d" % i: {0: 3, 1 + i % 4: 2, 10 + i: 1} for i in range(20)})
        os.chmod(self.path("s.db"), 0o666)

    def alone(self, *args):
        done = subprocess.run([self.path("hmrec"), *args], cwd=self.dir, env=cli.environment(), capture_output=True, timeout=60, **NOBODY,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (1, 1)))
        result = cli.Result(done)
        self.assertEqual(result.code, 0, result)
        return result

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def test_a_picture(self):
        self.alone("embed", "1.jpg", "-w", "w.safetensors", "-t", "2", "-o", "alone.npy")
        self.hmrec("embed", "1.jpg", "-w", "w.safetensors", "-t", "1", "-o", "one.npy")
        self.assertEqual(self.read("alone.npy"), self.read("one.npy"))

    def test_neighbours(self):
        self.alone("knn", "-t", "2", "--store", "s.db")
        alone = self.hmrec("similar", "003", "--store", "s.db").out
        self.hmrec("knn", "-t", "2", "--store", "s.db")
        self.assertEqual(self.hmrec("similar", "003", "--store", "s.db").out, alone)


class Names(cli.Case):
    def test_long_folder_of_data(self):
        home = self.path(*["d" * 200] * 5)
        os.makedirs(os.path.join(home, "hmrec"))
        self.hmrec("weights", "random", "-o", os.path.join(home, "hmrec", "resnet50v2.safetensors"))
        self.assertIn(home, self.hmrec("info", XDG_DATA_HOME=home).out)
        result = self.hmrec("embed", PHOTO, code=1, XDG_DATA_HOME="/" + "d" * 5000)
        self.assertIn("found a path of 5001 bytes, expected 4095 at most", result.err)

    def test_long_name_of_a_store(self):
        folder = self.path("d" * 200, "e" * 200)
        os.makedirs(os.path.join(folder, "shop.db"))  # a folder: no file that SQLite could open
        result = self.hmrec("knn", "--store", os.path.join(folder, "shop.db"), code=1)
        self.assertIn("shop.db: a file cannot be opened or made in the folder ...", result.err)
        result = self.hmrec("knn", "--store", os.path.join(folder, "other.db"), code=1)
        self.assertIn("other.db: no such file", result.err)

    def test_long_name_of_a_gallery(self):
        stores.make(self.path("s.db"), {"%03d" % i: {0: 3, 1 + i % 4: 2, 10 + i: 1} for i in range(5)})
        os.makedirs(self.path("photos"))
        shutil.copy(PHOTO, self.path("photos", "001.jpg"))
        self.hmrec("knn", "--store", "s.db")
        result = self.hmrec("gallery", "001", "--store", "s.db", "--images", "photos", "--output", "g/" * 2046, code=1)
        self.assertIn("bytes, expected 4095 at most", result.err)


if __name__ == "__main__":
    cli.main()
