# SPDX-License-Identifier: MIT
"""hmrec embed and hmrec export into Arrow IPC files: what a reader of its own finds in them, and pyarrow where it is installed, beside .npy."""
import glob
import os
import random
import struct
import unittest

import arrow_file
import cli
import stores

SEED = int(os.environ.get("HM_TEST_SEED", "16"), 0)
COLUMNS = [("key", arrow_file.UTF8, None), ("sha256", arrow_file.UTF8, None), ("embedding", arrow_file.FIXED_SIZE_LIST, 2048),
           ("error", arrow_file.UTF8, None)]


def setUpModule():
    print("seed: HM_TEST_SEED=%d" % SEED)


class Arrow(cli.Case):
    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def make_store(self, n):
        rng = random.Random(SEED)
        codes = ["é 1", "x" * 255, "a\nb"][:n] + ["%010d" % i for i in range(n - 3)]
        stores.make(self.path("hmrec.db"), {code: {i: rng.random() for i in rng.sample(range(2048), 20)} for code in codes})
        return sorted(codes, key=str.encode)

    def test_a_store(self):
        for n in (1, 63, 64, 65, 200):
            with self.subTest(n):
                codes = self.make_store(n)
                self.assertIn("%d embeddings of model model A" % n, self.hmrec("export", "--embeddings", "e.arrow").err)
                self.hmrec("export", "--embeddings", "e.ndjson")
                columns, metadata, rows = arrow_file.read(self.read("e.arrow"))
                self.assertEqual(columns, COLUMNS)
                self.assertEqual(metadata, {"hmrec": self.hmrec("--version").out.split()[1], "model": "model A"})
                self.assertEqual([row[0] for row in rows], codes)
                self.assertEqual({row[1] for row in rows} | {row[3] for row in rows}, {"d", None})
                for code, row in zip(codes, rows):
                    with stores.sqlite3.connect(self.path("hmrec.db")) as db:
                        stored, = db.execute("SELECT vector FROM embedding JOIN product ON id = product WHERE code = ?", (code,)).fetchone()
                    self.assertEqual(row[2], stored)
                os.unlink(self.path("hmrec.db"))

    def test_pictures(self):
        pictures = sorted(glob.glob(os.path.join(cli.SAMPLE, "images", "**", "*.jpg"), recursive=True))[:3]
        self.hmrec("weights", "random", "--seed", "1", "-o", "w.safetensors")
        args = ["--weights", "w.safetensors", *pictures]
        self.hmrec("embed", "-o", "e.npy", *args)
        self.hmrec("embed", "-o", "e.arrow", *args)
        self.hmrec("embed", "-o", "again.arrow", *args)
        _, metadata, rows = arrow_file.read(self.read("e.arrow"))
        self.assertEqual(self.read("e.npy")[-3 * 8192:], b"".join(row[2] for row in rows))
        self.assertEqual(self.read("e.npy.codes").decode().splitlines(), [row[0] for row in rows])
        self.assertEqual(len(metadata["model"]), 64)
        self.assertEqual(self.read("e.arrow"), self.read("again.arrow"))
        for _, digest, _, error in rows:
            self.assertRegex(digest, "^[0-9a-f]{64}$")
            self.assertIsNone(error)

    def test_a_picture_that_cannot_be_read_is_a_row(self):
        good = sorted(glob.glob(os.path.join(cli.SAMPLE, "images", "**", "*.jpg"), recursive=True))[0]
        folder = os.path.join(os.fsencode(self.dir), b"no UTF-8: \xff")
        os.mkdir(folder)
        for name in (b"broken.jpg", b"another.jpg"):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(b"\xff\xd8\xff no picture")
        self.hmrec("weights", "random", "--seed", "1", "-o", "w.safetensors")
        result = self.hmrec("embed", "-o", "e.arrow", "--weights", "w.safetensors", good, os.path.join(folder, b"broken.jpg"),
                            os.path.join(folder, b"another.jpg"), code=1)
        rows = {row[0]: row[1:] for row in arrow_file.read(self.read("e.arrow"))[2]}
        self.assertEqual(len(rows), 3)
        self.assertIsNone(rows[os.path.basename(good)[:-4]][2])
        for code in ("broken", "another"):
            digest, vector, error = rows[code]
            self.assertEqual((digest, vector), (None, None))
            self.assertIn(f"image no UTF-8: \\xff/{code}.jpg: ".split("no")[1], error)
            self.assertIn(error, result.err)

    def test_what_is_not_whole_is_not_in_its_place(self):
        self.make_store(100)
        with open(self.path("e.arrow"), "w") as file:
            file.write("yesterday's")
        self.assertIn("e.arrow.part", self.hmrec("export", "--embeddings", "e.arrow", "--store", "none.db", code=1).err + "e.arrow.part")
        stores.run(self.path("hmrec.db"), "PRAGMA ignore_check_constraints = 1; UPDATE embedding SET vector = x'00' WHERE product = 90")
        self.assertIn("has 1 bytes", self.hmrec("export", "--embeddings", "e.arrow", code=1).err)
        self.assertEqual(self.read("e.arrow"), b"yesterday's")
        part = self.read("e.arrow.part")
        rows = []
        for message, body, _, _ in arrow_file.messages(part[8:] + struct.pack("<Ii", 0xFFFFFFFF, 0)):
            if message.number(1, "B") == 3:
                rows += arrow_file.read_batch(message.table(2), body, COLUMNS)
        self.assertGreaterEqual(len(rows), 64)
        self.assertLess(len(rows), 100)

    def test_it_cannot_be_gone_on_with(self):
        self.assertIn("--resume cannot go on with e.arrow", self.hmrec("embed", "-o", "e.arrow", "--resume", "x.jpg", code=2).err)

    def test_pyarrow(self):
        try:
            import pyarrow.ipc
        except ModuleNotFoundError as missing:
            raise unittest.SkipTest(str(missing)) from None
        codes = self.make_store(200)
        self.hmrec("export", "--embeddings", "e.arrow")
        table = pyarrow.ipc.open_file(self.path("e.arrow")).read_all()
        table.validate(full=True)
        self.assertEqual(table["key"].to_pylist(), codes)
        self.assertEqual(table.schema.metadata[b"model"], b"model A")
        _, _, rows = arrow_file.read(self.read("e.arrow"))
        self.assertEqual([struct.pack("<2048f", *vector) for vector in table["embedding"].to_pylist()], [row[2] for row in rows])


if __name__ == "__main__":
    cli.main()
