# SPDX-License-Identifier: MIT
"""Every network of weights/networks.def from outside: seeded weights, info, embed; a store that takes one model at a time, and none
before its first embedding."""
import contextlib
import glob
import os
import re
import sqlite3
import subprocess
import tempfile
import unittest

import cli

PHOTO = sorted(glob.glob(os.path.join(cli.SAMPLE, "images", "*", "*.jpg")))[0]
with open(os.path.join(cli.ROOT, "weights", "networks.def"), encoding="ascii") as rows:
    NETWORKS = re.findall(r"^NETWORK\((\w+), (\w+)", rows.read(), re.M)  # (identifier, name)


def setUpModule():
    global scratch, weights
    scratch = tempfile.TemporaryDirectory(prefix="hmrec-test-")
    weights = {model: os.path.join(scratch.name, model + ".safetensors") for model, _ in NETWORKS}
    for model, path in weights.items():
        subprocess.run(cli.PROGRAM + ["weights", "random", "--model", model, "--seed", "1", "-o", path, "-q"], check=True, env=cli.environment())


def tearDownModule():
    scratch.cleanup()


class Networks(cli.Case):
    def embed(self, model, *args, code=0):
        return self.hmrec("embed", *args, "-w", weights[model], code=code)

    def label(self, model):
        """The weights as messages name them."""
        return re.search(r"^digest +(\w{12})", self.hmrec("weights", "info", weights[model]).out, re.M)[1]

    def vectors(self):
        with contextlib.closing(sqlite3.connect(self.path("hmrec.db"))) as db:
            return [row[0] for row in db.execute("SELECT vector FROM embedding ORDER BY model")]

    def test_each_network(self):
        self.assertGreaterEqual(len(NETWORKS), 3)
        labels, flop = set(), []
        for model, name in NETWORKS:
            info = self.hmrec("weights", "info", weights[model]).out
            self.assertRegex(info, rf"(?m)^model +{name}$")
            flop.append(float(re.search(r"([\d.]+) GFLOP a picture", info)[1]))
            self.assertIn(name, self.hmrec("weights", "verify", weights[model]).out)
            self.assertIn(name, self.hmrec("info", "-w", weights[model]).out)
            labels.add(self.label(model))
        self.assertEqual(len(labels), len(NETWORKS))
        self.assertEqual(flop[:3], [6.96, 14.38, 21.81])  # the sums over Keras' layers of 2 * pixels * side * side * in * out
        refused = self.hmrec("weights", "random", "--model", "resnet18", "-o", "x.safetensors", code=2).err
        for model, _ in NETWORKS:
            self.assertIn(model, refused)

    def test_a_store_mixes_no_networks(self):
        (first, _), *others = NETWORKS
        self.assertIn("1 embedded", self.embed(first, PHOTO).err)
        for model, _ in others:
            refused = self.embed(model, PHOTO, code=1).err
            self.assertIn(f"its embeddings are from weights {self.label(first)}, not from {self.label(model)};", refused)
            refused = self.hmrec("similar", PHOTO, "-w", weights[model], code=1).err
            self.assertIn(f"its embeddings are from weights {self.label(first)}, a photo's would be from {self.label(model)};", refused)
        for model, _ in others:
            self.assertIn("1 embedded", self.embed(model, PHOTO, "--again").err)
            self.assertIn(f"1 embeddings (weights {self.label(model)})", self.hmrec("info").out)
        vectors = self.vectors()
        self.assertEqual(len(set(vectors)), len(vectors))

    def test_models_that_differ_in_precision_are_shown_so(self):
        model = NETWORKS[0][0]
        self.embed(model, PHOTO)
        with contextlib.closing(sqlite3.connect(self.path("hmrec.db"))) as db, db:
            db.execute("UPDATE model SET name = name || ':bf16'")  # as on a machine that can
        label = self.label(model)
        refused = self.embed(model, PHOTO, code=1).err
        self.assertIn(f"its embeddings are from weights {label}:bf16, not from {label}; use those weights (and precision)", refused)
        self.assertIn(f"(weights {label}:bf16)", self.hmrec("info").out)
        other = NETWORKS[1][0]
        refused = self.hmrec("similar", PHOTO, "-w", weights[other], code=1).err
        self.assertIn(f"from weights {label}:bf16, a photo's would be from {self.label(other)}:bf16;", refused)

    def test_a_run_that_embeds_nothing_leaves_the_store_free(self):
        with open(self.path("bad.jpg"), "wb") as bad:
            bad.write(b"no photo")
        (first, _), (second, _), *_ = NETWORKS
        self.embed(first, "bad.jpg", code=1)
        self.assertIn("0 embeddings (weights none)", self.hmrec("info").out)
        self.assertIn("1 embedded", self.embed(second, PHOTO).err)
        self.assertIn(f"1 embeddings (weights {self.label(second)})", self.hmrec("info").out)


if __name__ == "__main__":
    cli.main()
