# SPDX-License-Identifier: MIT
"""hmrec embed from files to the store: what is done, skipped, redone, reported; interrupted and killed runs."""
import contextlib
import glob
import json
import os
import shutil
import signal
import sqlite3
import struct
import time

import cli

PICTURES = sorted(glob.glob(os.path.join(cli.SAMPLE, "images", "*", "*.jpg")))
VEST, BAG = PICTURES[0], PICTURES[-1]  # any two that differ


def content(path):
    with open(path, "rb") as file:
        return file.read()


def setUpModule():
    """Weights for the whole file: 94 MB, made once."""
    import subprocess
    import tempfile
    global weights, scratch
    scratch = tempfile.TemporaryDirectory(prefix="hmrec-test-")
    weights = os.path.join(scratch.name, "random.safetensors")
    subprocess.run(cli.PROGRAM + ["weights", "random", "--seed", "1", "-o", weights, "-q"], check=True, env=cli.environment())


def tearDownModule():
    scratch.cleanup()


class Embed(cli.Case):
    def pictures(self, n):
        """n pictures images/00N/00N*.jpg, all different in bytes (a comment at the end changes no pixel)."""
        source = content(VEST)
        for i in range(n):
            code = f"0{100000000 + i}"
            folder = self.path("images", code[:3])
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, code + ".jpg"), "wb") as out:
                out.write(source + b"picture %d" % i)
        return [f"0{100000000 + i}" for i in range(n)]

    def embed(self, *args, code=0, **env):
        return self.hmrec("embed", *args, code=code, HMREC_WEIGHTS=weights, **env)

    def rows(self, what="code, image_digest, revision, vector", file="hmrec.db"):
        with contextlib.closing(sqlite3.connect(self.path(file))) as db:
            return db.execute(f"SELECT {what} FROM embedding e JOIN product p ON p.id = e.product ORDER BY code").fetchall()

    def revisions(self):
        return dict(self.rows("code, revision"))

    def test_tree_then_again_then_touched_then_changed(self):
        codes = self.pictures(5)
        for name in (".DS_Store", "notes.txt", "images/._0100000001.jpg", "images/folder.gif"):
            open(self.path(name) if "/" in name else self.path("images", name), "w").close()
        self.assertIn("5 embedded, 0 unchanged, 0 failed", self.embed("images").err)
        first = self.revisions()
        self.assertEqual(sorted(first), codes)
        self.assertIn("0 embedded, 5 unchanged, 0 failed", self.embed("images").err)
        picture = self.path("images", "010", codes[2] + ".jpg")
        os.utime(picture, (1, 1))
        self.assertIn("0 embedded, 5 unchanged, 0 failed", self.embed("images").err)
        self.assertEqual(self.revisions(), first)
        self.assertIn((codes[2], 10**9), self.rows("code, image_mtime_ns"))
        shutil.copy(BAG, picture)
        self.assertIn("1 embedded, 4 unchanged, 0 failed", self.embed("images").err)
        changed = [code for code, revision in self.revisions().items() if revision != first[code]]
        self.assertEqual(changed, [codes[2]])

    def test_bad_pictures_are_named_and_the_rest_is_done(self):
        self.pictures(3)
        os.makedirs(self.path("more"))
        for name, data in (("empty.jpg", b""), ("png.jpg", b"\x89PNG\r\n\x1a\n" + bytes(100)),
                              ("cut.jpg", content(VEST)[:2000])):
            with open(self.path("more", name), "wb") as out:
                out.write(data)
        os.makedirs(self.path("more", "folder.jpg"))
        result = self.embed("images", "more", "absent", code=1)
        self.assertIn("3 embedded, 0 unchanged, 4 failed", result.err)
        for name in ("empty.jpg", "png.jpg", "cut.jpg", "absent"):
            self.assertIn(name, result.err)
        self.assertEqual(len(self.rows()), 3)

    def test_same_code_twice_is_reported(self):
        self.pictures(2)
        os.makedirs(self.path("other"))
        shutil.copy(BAG, self.path("other", "0100000001.JPEG"))
        result = self.embed("images", "other", "images", code=1)
        self.assertIn("other/0100000001.JPEG: product 0100000001 has a picture already", result.err)
        self.assertIn("2 embedded, 0 unchanged, 1 failed", result.err)

    def test_names_that_the_catalogue_lacks_are_said(self):
        """Photos whose names lost their zero: products without a name, beside those of the catalogue."""
        codes = self.pictures(3)
        with open(self.path("a.csv"), "w", encoding="ascii") as out:
            out.write("article_id,prod_name\n" + "".join(code + ",x\n" for code in codes))
        self.hmrec("load", "--articles", "a.csv")
        self.assertNotIn("lacks", self.embed("images").err)
        os.rename(self.path("images", codes[0][:3], codes[0] + ".jpg"), self.path("images", codes[0][1:] + ".jpg"))
        self.assertIn(f"products with a photo that the catalogue in hmrec.db lacks: 1 ({codes[0][1:]}); hmrec prune --catalogue",
                      self.embed("images").err)

    def test_files_from_and_shards_cover_everything_once(self):
        codes = self.pictures(9)
        names = "\n".join(self.path("images", c[:3], c + ".jpg") for c in codes).encode()
        seen = []
        for shard in ("1/3", "2/3", "3/3"):
            result = self.hmrec("embed", "--files-from", "-", "--shard", shard, "-o", "-", stdin=names, HMREC_WEIGHTS=weights)
            seen += [json.loads(line)["code"] for line in result.out.splitlines()]
        self.assertEqual(sorted(seen), codes)
        self.assertEqual(len(seen), 9)

    def test_outputs_agree_with_the_store_bit_for_bit(self):
        codes = self.pictures(5)
        shutil.copy(BAG, self.path("images", codes[0][:3], codes[0] + ".jpg"))
        self.embed("images", "--batch", "2", "--threads", "2")
        stored = [vector for (vector,) in self.rows("vector")]
        self.assertNotEqual(stored[0], stored[1])
        self.embed("images", "-o", "out.npy", "--batch", "3", "--threads", "1")
        npy = content(self.path("out.npy"))
        self.assertEqual(npy[:8], b"\x93NUMPY\1\0")
        self.assertIn(b"'shape': (5, 2048)", npy[:128])
        self.assertEqual(npy[128:], b"".join(stored))
        self.assertEqual(content(self.path("out.npy.codes")).decode().split(), codes)
        lines = self.embed("images", "-o", "-", "--batch", "8", "--threads", "3").out.splitlines()
        self.assertEqual([struct.pack("<2048f", *json.loads(line)["embedding"]) for line in lines], stored)

    def test_other_weights_are_not_mixed_in(self):
        self.pictures(2)
        self.embed("images")
        self.hmrec("weights", "random", "--seed", "2", "-o", "other.safetensors")
        result = self.embed("images", "--weights", "other.safetensors", code=1)
        self.assertIn("--again", result.err)
        before = self.rows()
        again = self.embed("images", "--weights", "other.safetensors", "--again").err
        self.assertIn("2 embedded", again)
        self.assertRegex(again, "note: all 2 embeddings in hmrec.db are from weights [0-9a-f]{12}; the first new one puts them out of sight")
        self.assertNotIn("out of sight", self.embed("images", "--weights", "other.safetensors", "--again").err)
        self.assertNotEqual([r[3] for r in self.rows()], [r[3] for r in before])
        self.assertIn("random weights", result.err)

    def wait_for_rows(self, run, least):
        """Wait until that many embeddings are there or the run has ended."""
        while run.poll() is None:
            try:
                if len(self.rows("code")) >= least:
                    return
            except sqlite3.Error:
                pass  # the tables are not there yet
            time.sleep(0.01)

    def test_killed_run_resumes_and_equals_an_undisturbed_one(self):
        codes = self.pictures(24)
        run = self.start("embed", "images", "--batch", "2", HMREC_WEIGHTS=weights)
        self.wait_for_rows(run, 4)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        kept = self.revisions()
        self.assertTrue(0 < len(kept) < 24, f"killed with {len(kept)} of 24 done")
        self.embed("images")
        after = self.revisions()
        self.assertEqual(sorted(after), codes)
        self.assertEqual({c: after[c] for c in kept}, kept, "what was kept is not done twice")
        self.embed("images", "--store", "undisturbed.db")
        self.assertEqual(self.rows("code, image_digest, vector"), self.rows("code, image_digest, vector", "undisturbed.db"))

    def test_interrupt_keeps_what_is_done(self):
        self.pictures(24)
        for number in (signal.SIGINT, signal.SIGTERM):
            store = f"{number.name}.db"
            run = self.start("embed", "images", "--batch", "1", "--store", store, HMREC_WEIGHTS=weights)
            while run.poll() is None and not os.path.exists(self.path(store)):
                time.sleep(0.01)
            run.send_signal(number)
            err = run.communicate()[1].decode()
            self.assertEqual(run.returncode, 128 + number, err)
            self.assertIn("interrupted", err)
            self.assertIn(f"{len(self.rows('code', store))} embedded", err)

    def test_two_processes_share_a_store(self):
        codes = self.pictures(12)
        runs = [self.start("embed", "images", "--shard", f"{i}/2", HMREC_WEIGHTS=weights) for i in (1, 2)]
        for run in runs:
            err = run.communicate()[1].decode()
            self.assertEqual(run.returncode, 0, err)
        self.assertEqual(sorted(self.revisions()), codes)

    def test_full_disk_is_said(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        self.pictures(2)
        os.symlink("/dev/full", self.path("full.ndjson"))
        self.assertIn("No space left", self.embed("images", "-o", "full.ndjson", code=1).err)

    def test_no_weights_says_how_to_get_some(self):
        self.pictures(1)
        result = self.hmrec("embed", "images", code=1)
        self.assertIn("hmrec weights random", result.err)
        self.assertIn("resnet50v2.safetensors", result.err)


if __name__ == "__main__":
    cli.main()
