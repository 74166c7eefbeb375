# SPDX-License-Identifier: MIT
"""hmrec bench knn --vectors: the arrays that numpy.save writes, and what is refused."""
import json
import os
import random
import struct

import cli

SEED = int(os.environ.get("HM_TEST_SEED", "8"), 0)
DIM = 2048


def setUpModule():
    print("seed: HM_TEST_SEED=%d" % SEED)


def array(rows, header="{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 2048), }", version=1, data=None):
    rng = random.Random(SEED)
    text = (header % rows if "%" in header else header).encode() + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    numbers = struct.pack("<%df" % (DIM * rows), *(rng.random() for _ in range(DIM * rows)))
    return b"\x93NUMPY" + bytes((version, 0)) + length + text + (numbers if data is None else data)


class Vectors(cli.Case):
    def bench(self, content, *args, **options):
        with open(self.path("v.npy"), "wb") as file:
            file.write(content)
        return self.hmrec("bench", "knn", "--vectors", "v.npy", "--seconds", "0.01", *args, **options)

    def test_a_file_of_vectors(self):
        for version in (1, 2):
            found = json.loads(self.bench(array(40, version=version), "--json").out)
            self.assertEqual((found["n"], found["compared_share"]), (40, 1))
            self.assertGreater(found["processor_seconds"], 0)
        self.assertIn("40 x 2048", self.bench(array(40)).out)
        self.assertIn("100 % of the pairs in full", self.bench(array(40)).out)
        other_order = "{'shape': (%d, 2048), 'fortran_order': False, 'descr': '<f4'}"
        self.assertEqual(json.loads(self.bench(array(3, other_order), "--json").out)["n"], 3)

    def test_other_arrays_are_refused(self):
        like = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 2048), }"
        for content, said in ((array(2, like.replace("<f4", "<f8")), "<f8"), (array(2, like.replace("False", "True")), "True"),
                              (array(2, like.replace("2048", "512")), "512"), (array(2, like.replace(", 2048", ", 2048, 1")), "2048, 1"),
                              (array(2, like.replace("%d, 2048", "4096,")), "4096,"), (array(2, version=3), "another version"),
                              (array(0), "no vectors"), (b"", "no .npy file"), (b"1,2\n3,4\n", "no .npy file"), (array(2)[:40], "cut short")):
            err = self.bench(content, code=1).err
            self.assertIn("v.npy: found", err)
            self.assertIn(said, err)
        self.assertIn("found 2 vectors, expected the 3", self.bench(array(2, like.replace("%d", "3")), code=1).err)
        self.assertIn("found 1 vectors, expected the 2", self.bench(array(2)[:-4], code=1).err)
        self.assertRegex(self.bench(array(2)[:-4 * DIM - 4] + struct.pack("<f", float("nan")) + array(2)[-4 * DIM:], code=1).err, "row 0: .*not finite")
        self.assertIn("nothing.npy", self.hmrec("bench", "knn", "--vectors", "nothing.npy", code=1).err)
        self.assertIn("--rows and --vectors", self.bench(array(2), "-n", "3", code=2).err)
        self.assertIn("model takes no --vectors", self.hmrec("bench", "model", "--vectors", "v.npy", code=2).err)


if __name__ == "__main__":
    cli.main()
